import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** The root of this clone. */
export const projectDir = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Pulumi providers that the program uses, by the name in their package and plugin. */
export const providers = ["command", "random", "docker"] as const;
export type Provider = (typeof providers)[number];

const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });

/** Versions as package.json pins them: a plugin has the version of its package, the CLI that of its launcher. */
export interface Versions {
  readonly cli: string;
  readonly plugins: Readonly<Record<Provider, string>>;
}

/** @throws Error when package.json does not name a version of the launcher or of a provider's package. */
export function readVersions(packageJson = readFileSync(join(projectDir, "package.json"), "utf8")): Versions {
  const { dependencies } = manifest.parse(JSON.parse(packageJson));
  const pinned = (name: string): string => {
    const version = dependencies[name];
    if (version !== undefined && /^\d+\.\d+\.\d+$/.test(version)) return version;
    throw new Error(`package.json must pin ${name} to one exact version, got ${version ?? "none"}`);
  };
  return {
    cli: pinned("pulumi"),
    plugins: {
      command: pinned("@pulumi/command"),
      random: pinned("@pulumi/random"),
      docker: pinned("@pulumi/docker"),
    },
  };
}
