import { cacheDir } from "../cli/directories.ts";
import { type DebianRelease, releaseTitle } from "../config/releases.ts";
import { engineVersion, provideEngine, requireDisk } from "./dockerEngine.ts";
import { labImageExists, provideLabImage } from "./labImage.ts";
import { mediaImageExists, provideMediaImage } from "./mediaImage.ts";
import type { Step } from "./steps.ts";

export function dockerEngineStep(): Step {
  return {
    title: "Docker engine",
    isDone: async () => (await engineVersion()) !== undefined,
    work: async (onLine) => `version ${await provideEngine(onLine)}`,
  };
}

/** Needs the engine. */
export function labImageStep(release: DebianRelease): Step {
  return {
    title: `Lab image (${releaseTitle(release)})`,
    isDone: async () => (await engineVersion()) !== undefined && (await labImageExists(release)),
    work: async (onLine) => {
      await requireDisk(cacheDir());
      return await provideLabImage(release, onLine);
    },
  };
}

/** Needs the engine. */
export function mediaImageStep(): Step {
  return {
    title: "Media servers' image (Asterisk)",
    isDone: async () => (await engineVersion()) !== undefined && (await mediaImageExists()),
    work: async (onLine) => {
      await requireDisk(cacheDir());
      return await provideMediaImage(onLine);
    },
  };
}
