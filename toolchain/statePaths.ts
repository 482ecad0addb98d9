import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { stateDir } from "../cli/directories.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where stacks live when the user has chosen no backend. */
export function ownBackendDir(env: Environment = process.env): string {
  return join(stateDir(env), "backend");
}

/** {@link ownBackendDir} as Pulumi writes it. */
export function ownBackendUrl(env: Environment = process.env): string {
  return pathToFileURL(ownBackendDir(env)).href;
}

/** The generated passphrase of those stacks. */
export function ownPassphraseFile(env: Environment = process.env): string {
  return join(stateDir(env), "passphrase");
}
