import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ownBackendDir, ownPassphraseFile } from "../statePaths.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** The project's stack files as they were before the CLI ran. */
export class StackFiles {
  readonly #directory: string | undefined;
  readonly #before: ReadonlyMap<string, string>;

  private constructor(directory: string | undefined) {
    this.#directory = directory;
    this.#before = new Map(stackFilesIn(directory).map((file) => [file, readFileSync(file, "utf8")]));
  }

  /** Remembers nothing, and later changes nothing, when the state is the user's own choice. */
  static remember(args: readonly string[], env: Environment): StackFiles {
    const own = env["PULUMI_CONFIG_PASSPHRASE_FILE"] === ownPassphraseFile(env);
    return new StackFiles(own ? projectDirectory(resolve(workingDirectory(args))) : undefined);
  }

  /** Takes out each salt that the state holds too; a file that differs in nothing else becomes what it was. */
  withoutSalt(env: Environment = process.env): void {
    for (const file of stackFilesIn(this.#directory)) {
      const now = readFileSync(file, "utf8");
      const before = this.#before.get(file);
      const wanted = restored(before ?? "", now, (salt) => stateHolds(salt, file, env));
      // A file that the CLI made for nothing but the salt.
      if (before === undefined && wanted === "") rmSync(file);
      else if (wanted !== now) writeFileSync(file, wanted);
    }
  }
}

/**
 * A stack file without its salt.
 * @param before the file's text before the CLI ran
 * @param now its text now
 * @param known whether this salt can be found elsewhere
 */
export function restored(before: string, now: string, known: (salt: string) => boolean): string {
  const strip = (text: string): string =>
    text.replace(/^encryptionsalt: *(\S+)\n?/m, (line, salt: string) => (known(salt) ? "" : line));
  const stripped = strip(now);
  const original = strip(before);
  // The CLI also writes flow mappings and quotes its own way.
  const bare = (text: string): string => text.replace(/[\s"']/g, "");
  return bare(stripped) === bare(original) ? original : stripped;
}

function stateHolds(salt: string, file: string, env: Environment): boolean {
  const stack = /Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? "";
  const stacks = join(ownBackendDir(env), ".pulumi", "stacks");
  if (!existsSync(stacks)) return false;
  return readdirSync(stacks)
    .map((project) => join(stacks, project, `${stack}.json`))
    .some((state) => existsSync(state) && readFileSync(state, "utf8").includes(salt));
}

/** `-C dir`, `--cwd dir` or `--cwd=dir`, as the CLI reads it. */
function workingDirectory(args: readonly string[]): string {
  for (const [index, argument] of args.entries()) {
    if (argument === "-C" || argument === "--cwd") return args[index + 1] ?? ".";
    if (argument.startsWith("--cwd=")) return argument.slice("--cwd=".length);
  }
  return ".";
}

function projectDirectory(directory: string): string | undefined {
  if (existsSync(join(directory, "Pulumi.yaml"))) return directory;
  return dirname(directory) === directory ? undefined : projectDirectory(dirname(directory));
}

function stackFilesIn(directory: string | undefined): readonly string[] {
  if (directory === undefined) return [];
  return readdirSync(directory)
    .filter((name) => /^Pulumi\..+\.yaml$/.test(name))
    .map((name) => join(directory, name));
}
