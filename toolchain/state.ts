import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { stateDir } from "../cli/directories.ts";
import { ownBackendDir, ownBackendUrl, ownPassphraseFile } from "./statePaths.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the stacks' state lives. */
export interface Backend {
  readonly url: string;
  /** False: the user chose it, so its stacks and secrets are left alone. */
  readonly own: boolean;
  readonly env: Readonly<Record<string, string>>;
}

const credentials = z.object({ current: z.string().default("") });

/**
 * The backend that the user chose (PULUMI_BACKEND_URL, a login, an access token), else one in the state directory.
 * @param userHome the user's PULUMI_HOME
 */
export function findBackend(userHome: string, env: Environment = process.env): Backend {
  const chosen = chosenBackend(userHome, env);
  if (chosen !== undefined) return { url: chosen, own: false, env: { PULUMI_BACKEND_URL: chosen } };
  return {
    url: ownBackendUrl(env),
    own: true,
    env: {
      PULUMI_BACKEND_URL: ownBackendUrl(env),
      PULUMI_CONFIG_PASSPHRASE_FILE: ownPassphraseFile(env),
      PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER: "true",
    },
  };
}

function chosenBackend(userHome: string, env: Environment): string | undefined {
  const named = env["PULUMI_BACKEND_URL"];
  if (named === ownBackendUrl(env)) return undefined;
  if (named !== undefined && named !== "") return named;
  const file = join(userHome, "credentials.json");
  const current = existsSync(file) ? credentials.parse(JSON.parse(readFileSync(file, "utf8"))).current : "";
  if (current !== "") return current;
  const token = env["PULUMI_ACCESS_TOKEN"];
  return token === undefined || token === "" ? undefined : "https://api.pulumi.com";
}

/** Makes the backend's directory and its passphrase, 0600, unless they are there. */
export function makeOwnBackend(): void {
  mkdirSync(stateDir(), { recursive: true, mode: 0o700 });
  mkdirSync(ownBackendDir(), { recursive: true, mode: 0o700 });
  const file = ownPassphraseFile();
  if (existsSync(file)) return;
  writeFileSync(`${file}.new`, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}

/** Whether {@link makeOwnBackend} would have nothing to do. */
export function ownBackendExists(): boolean {
  return existsSync(ownBackendDir()) && existsSync(ownPassphraseFile());
}
