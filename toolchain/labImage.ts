import { type DebianRelease, releaseTitle } from "../config/releases.ts";
import { type DebianImage, imageExists, provideImage } from "./debianImage.ts";
import { changes, customizeHooks, labImageName, packages } from "./labImageName.ts";

function labImage(release: DebianRelease): DebianImage {
  return {
    name: labImageName(release),
    title: `the lab image's ${releaseTitle(release)}`,
    suites: [release],
    packages,
    customizeHooks,
    changes,
    fix: "check that apt-get update works on this machine and run the command again",
  };
}

/** Whether the engine has the image. */
export async function labImageExists(release: DebianRelease): Promise<boolean> {
  return imageExists(labImageName(release));
}

/**
 * Makes the lab image of a release: a bare Debian.
 * @throws ToolchainError when mmdebstrap is missing and cannot be installed, or fails
 */
export async function provideLabImage(release: DebianRelease, onLine: (line: string) => void): Promise<string> {
  return provideImage(labImage(release), onLine);
}
