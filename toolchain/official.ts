import { accessSync, constants, existsSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { execa } from "execa";
import { cacheDir } from "../cli/directories.ts";
import { isOlder } from "./goToolchain.ts";
import { projectDir, type Provider, providers, type Versions } from "./versions.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The official release's pieces that are on this machine. */
export interface OfficialPieces {
  /** The CLI's executable; its language hosts stand beside it. */
  readonly cli: string | undefined;
  readonly plugins: ReadonlyMap<Provider, string>;
}

/** The oldest CLI that the pinned SDK was tried with. */
const oldestCli = "3.248.0";

/** The user's own PULUMI_HOME; in a shell that was prepared by `sip-ha env`, the usual one. */
export function userPulumiHome(env: Environment = process.env): string {
  const named = env["PULUMI_HOME"] ?? "";
  return named === "" || named.startsWith(cacheDir(env)) ? join(homedir(), ".pulumi") : named;
}

/** Where this project puts official downloads of its own. */
export function downloadHome(env: Environment = process.env): string {
  return join(cacheDir(env), "official");
}

/** Looks for official pieces in the user's PULUMI_HOME, on PATH and among earlier downloads. */
export async function findOfficial(versions: Versions, env: Environment = process.env): Promise<OfficialPieces> {
  const homes = [userPulumiHome(env), downloadHome(env)];
  return { cli: await findCli(homes, versions, env), plugins: findPlugins(homes, versions) };
}

function findPlugins(homes: readonly string[], versions: Versions): ReadonlyMap<Provider, string> {
  return new Map(
    providers.flatMap((name) => {
      const directory = homes
        .map((home) => join(home, "plugins", `resource-${name}-v${versions.plugins[name]}`))
        .find((path) => isExecutable(join(path, `pulumi-resource-${name}`)) && !existsSync(`${path}.partial`));
      return directory === undefined ? [] : [[name, directory] as const];
    }),
  );
}

async function findCli(homes: readonly string[], versions: Versions, env: Environment): Promise<string | undefined> {
  const candidates = [
    ...homes.flatMap((home) => [join(home, "versions", versions.cli, "bin", "pulumi"), join(home, "bin", "pulumi")]),
    ...(env["PATH"] ?? "").split(delimiter).map((directory) => join(directory, "pulumi")),
  ];
  for (const candidate of new Set(candidates)) {
    if (isExecutable(candidate) && (await isUsableCli(candidate))) return realpathSync(candidate);
  }
  return undefined;
}

/** The launcher of the npm package and the kit's own links are no official release. */
async function isUsableCli(path: string): Promise<boolean> {
  const real = realpathSync(path);
  if (real.includes("/node_modules/") || isInKit(real) || isInKit(path)) return false;
  if (!existsSync(join(dirname(real), "pulumi-language-nodejs"))) return false;
  const { stdout, failed } = await execa(real, ["version"], {
    reject: false,
    stdin: "ignore",
    timeout: 10_000,
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  const version = /^v(3\.\d+\.\d+)/.exec(stdout)?.[1];
  return !failed && version !== undefined && !isOlder(version, oldestCli);
}

function isInKit(path: string): boolean {
  return path.startsWith(cacheDir()) && !path.startsWith(downloadHome());
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether the place that Pulumi publishes its releases at answers within a few seconds. */
export async function officialSiteAnswers(timeoutMs = 4000): Promise<boolean> {
  try {
    const answer = await fetch("https://get.pulumi.com/install.sh", {
      method: "HEAD",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return answer.ok;
  } catch {
    return false;
  }
}

/** Downloads the official release and plugins by the npm package's launcher. Returns what could not be had. */
export async function downloadOfficial(
  versions: Versions,
  missing: { readonly cli: boolean; readonly plugins: readonly Provider[] },
): Promise<readonly string[]> {
  const launcher = join(projectDir, "node_modules", ".bin", "pulumi");
  const download = async (args: readonly string[]): Promise<boolean> => {
    const result = await execa(launcher, args, {
      reject: false,
      stdin: "ignore",
      timeout: 300_000,
      env: { PULUMI_HOME: downloadHome(), PULUMI_SKIP_UPDATE_CHECK: "true" },
    });
    return !result.failed;
  };
  if (missing.cli && !(await download(["version"]))) return ["CLI", ...missing.plugins];
  const failed: string[] = [];
  for (const name of missing.plugins) {
    if (!(await download(["plugin", "install", "resource", name, versions.plugins[name]]))) failed.push(name);
  }
  return failed;
}
