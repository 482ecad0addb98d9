import { createHash } from "node:crypto";
import { z } from "zod";
import type { HostRole } from "../config/plan.ts";
import { releaseNames } from "../config/releases.ts";

/** Says what is being done, one line at a time. */
export type Progress = (line: string) => void;

/** In the order in which a lock lists them. */
export const ROLES = [
  "node",
  "database",
  "bastion",
  "router",
  "caller",
  "fence",
] as const satisfies readonly HostRole[];

/** Of the lock's format and of how it is resolved. */
export const LOCK_VERSION = 1;

/** A name that is safe as a file name and in a shell command. */
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.+~_-]*$/, "a plain file name, without directories");
const packageName = z.string().regex(/^[a-z0-9][a-z0-9.+-]+$/, "a Debian package name (Debian Policy 5.6.7)");
const packageVersion = z.string().regex(/^[A-Za-z0-9.+:~-]+$/, "a Debian version (Debian Policy 5.6.12)");
const digest = z.string().regex(/^[0-9a-f]{64}$/, "a sha256 in lower-case hexadecimal");

const wheelRequest = z.strictObject({
  name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "a Python distribution name"),
  version: z.string().regex(/^[A-Za-z0-9.!+]+$/, "a Python version (PEP 440)"),
  /** `major.minor` of the interpreter on the hosts. */
  python: z.string().regex(/^3\.\d+$/, "a Python version such as 3.11"),
});

/** Where packages come from beside the controller's own sources. */
export const sourcesSchema = z.array(
  z.discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("repository"),
      url: z.url(),
      suite: z.string(),
      components: z.array(z.string()),
      /** In base64, whole: a binary key may end with what text would lose. */
      key: z.base64(),
    }),
    z.strictObject({
      kind: z.literal("directory"),
      directory: z.string(),
      files: z.array(z.strictObject({ file: z.string().regex(/^[^/]+\.deb$/), sha256: digest })),
    }),
  ]),
);

/** Of each role, which packages and wheels its hosts need. */
export const bundleRequestSchema = z.strictObject({
  release: z.enum(releaseNames),
  architecture: z.literal("amd64"),
  roles: z.record(z.enum(ROLES), z.array(packageName)),
  wheels: z.record(z.enum(ROLES), z.array(wheelRequest)),
  sources: sourcesSchema,
});

const lockedPackage = z.strictObject({
  name: packageName,
  version: packageVersion,
  /** As in the archive's pool: without epoch. */
  file: fileName,
  sha256: digest,
  /** In bytes. */
  size: z.int().positive(),
});

const lockedWheel = z.strictObject({ ...wheelRequest.shape, file: fileName, sha256: digest });

const roleLockSchema = z.strictObject({
  /** The names to install; everything else in `packages` is there because these need it. */
  install: z.array(packageName),
  packages: z.array(lockedPackage),
  wheels: z.array(lockedWheel),
});

/** Exactly what is installed on hosts of each role. Holds no addresses: where the files come from differs between controllers. */
export const bundleLockSchema = z.strictObject({
  version: z.literal(LOCK_VERSION),
  release: bundleRequestSchema.shape.release,
  architecture: bundleRequestSchema.shape.architecture,
  roles: z.record(z.enum(ROLES), roleLockSchema),
});

export type BundleRequest = z.infer<typeof bundleRequestSchema>;
export type BundleLock = z.infer<typeof bundleLockSchema>;
export type RoleLock = z.infer<typeof roleLockSchema>;
export type LockedPackage = z.infer<typeof lockedPackage>;
export type LockedWheel = z.infer<typeof lockedWheel>;
export type BundleSources = z.infer<typeof sourcesSchema>;
export type WheelRequest = z.infer<typeof wheelRequest>;

/** What does not fit the schema, all faults at once, each at its path. */
export class BundleFormatError extends Error {
  constructor(what: string, error: z.ZodError) {
    const faults = error.issues.map((issue) => `${issue.path.join(".") || "(all of it)"}: ${issue.message}`);
    super(`${what} cannot be used: ${faults.join("; ")}; make a new one with npm run bundle:update`);
    this.name = "BundleFormatError";
  }
}

/** @throws BundleFormatError naming every fault. */
export function parseLock(value: unknown): BundleLock {
  const parsed = bundleLockSchema.safeParse(value);
  if (!parsed.success) throw new BundleFormatError("the package lock", parsed.error);
  return parsed.data;
}

/** @throws BundleFormatError naming every fault. */
export function parseRequest(value: unknown): BundleRequest {
  const parsed = bundleRequestSchema.safeParse(value);
  if (!parsed.success) throw new BundleFormatError("the list of packages", parsed.error);
  return parsed.data;
}

/** JSON with sorted keys and no white space: equal values give equal bytes. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => compareText(a, b)));
  });
}

/** Orders by code unit, the same on every machine whatever its locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The part of a lock that decides what is in the bundle of one role, as canonical JSON. */
export function roleManifest(role: HostRole, lock: BundleLock): string {
  const { version, release, architecture } = lock;
  return canonicalJson({ version, release, architecture, ...lock.roles[role] });
}

/** The name of a bundle: two roles with the same content share one. */
export function bundleId(role: HostRole, lock: BundleLock): string {
  return createHash("sha256").update(roleManifest(role, lock)).digest("hex");
}

/** Whether hosts of this role get nothing installed. */
export function isEmpty(role: HostRole, lock: BundleLock): boolean {
  const { packages, wheels } = lock.roles[role];
  return packages.length === 0 && wheels.length === 0;
}
