import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { z } from "zod";

const manifest = z.object({
  version: z.string().default("0.0.0"),
  dependencies: z.record(z.string(), z.string()).default({}),
  pulumi: z
    .object({
      resource: z.boolean().default(false),
      name: z.string().optional(),
      version: z.string().optional(),
      server: z.string().default(""),
    })
    .optional(),
});

export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

export interface RequiredProvider extends InstalledPackage {
  /** Where the provider's plugin is published; empty for the usual place. */
  readonly server: string;
}

/** The packages that the program's package.json names, with the versions that are installed. */
export function packagesOf(directory: string): readonly InstalledPackage[] {
  return dependenciesOf(directory).map(({ name, manifest }) => ({ name, version: manifest.version }));
}

/** Those of them that need a resource plugin. */
export function providersOf(directory: string): readonly RequiredProvider[] {
  return dependenciesOf(directory).flatMap(({ name, manifest: { pulumi, version } }) =>
    pulumi?.resource === true
      ? [
          {
            name: pulumi.name ?? name.replace(/^@pulumi\//, ""),
            version: (pulumi.version ?? version).replace(/^v/, ""),
            server: pulumi.server,
          },
        ]
      : [],
  );
}

function dependenciesOf(directory: string) {
  const file = upwards(directory, "package.json");
  if (file === undefined) return [];
  const installed = createRequire(file).resolve.paths("x") ?? [];
  return Object.keys(readManifest(file).dependencies).flatMap((name) => {
    const found = installed.map((path) => join(path, name, "package.json")).find((path) => existsSync(path));
    return found === undefined ? [] : [{ name, manifest: readManifest(found) }];
  });
}

function readManifest(path: string) {
  return manifest.parse(JSON.parse(readFileSync(path, "utf8")));
}

function upwards(directory: string, name: string): string | undefined {
  const path = join(directory, name);
  if (existsSync(path)) return path;
  return dirname(directory) === directory ? undefined : upwards(dirname(directory), name);
}
