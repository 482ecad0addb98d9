import { type DebianImage, imageExists, provideImage } from "./debianImage.ts";
import { customizeHooks, mediaImageName, packages, suites } from "./mediaImageName.ts";

function mediaImage(): DebianImage {
  return {
    name: mediaImageName(),
    title: "the media servers'",
    suites,
    packages,
    customizeHooks,
    changes: [],
    fix: `the lab's media servers need Asterisk from Debian ${suites.join(" or ")}, beside this machine's own release on the same mirror; list no mediaServers where neither can be had`,
  };
}

/** Whether the engine has the image. */
export async function mediaImageExists(): Promise<boolean> {
  return imageExists(mediaImageName());
}

/**
 * Makes the image of the lab's media servers: Asterisk on a Debian that has it.
 * @throws ToolchainError with what each release said, when it can be made from none
 */
export async function provideMediaImage(onLine: (line: string) => void): Promise<string> {
  return provideImage(mediaImage(), onLine);
}
