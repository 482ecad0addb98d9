import { type DebianImage, imageExists, provideImage } from "./debianImage.ts";
import { changes, customizeHooks, labImageName, packages } from "./labImageName.ts";

function labImage(): DebianImage {
  return {
    name: labImageName(),
    title: "the lab image's Debian 12",
    suites: ["bookworm"],
    packages,
    customizeHooks,
    changes,
    fix: "check that apt-get update works on this machine and run the command again",
  };
}

/** Whether the engine has the image. */
export async function labImageExists(): Promise<boolean> {
  return imageExists(labImageName());
}

/**
 * Makes the lab image: a bare Debian 12.
 * @throws ToolchainError when mmdebstrap is missing and cannot be installed, or fails
 */
export async function provideLabImage(onLine: (line: string) => void): Promise<string> {
  return provideImage(labImage(), onLine);
}
