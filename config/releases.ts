/** What differs between the releases of Debian that machines may run, by codename. */
export const releases = {
  bookworm: { version: 12, python: "3.11" },
  trixie: { version: 13, python: "3.13" },
} as const;

/** Codename of a release of Debian. */
export type DebianRelease = keyof typeof releases;

/** The oldest first. */
export const releaseNames = ["bookworm", "trixie"] as const satisfies readonly DebianRelease[];

/** As its users call it: `Debian 12`. */
export function releaseTitle(release: DebianRelease): string {
  return `Debian ${releases[release].version}`;
}
