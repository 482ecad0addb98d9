import { delimiter, join } from "node:path";
import { cacheDir } from "../cli/directories.ts";
import { labImageName } from "./labImageName.ts";
import { withLock } from "./locks.ts";
import { userPulumiHome } from "./official.ts";
import { PulumiKit } from "./pulumiSteps.ts";
import { findBackend } from "./state.ts";
import { anyPending, runSteps, type Step } from "./steps.ts";

export interface PrepareOptions {
  /**
   * What the verb uses: the Pulumi CLI with its plugins, a Docker engine, in it the lab image, that of Debian 13 and that of
   * media servers.
   */
  readonly need: readonly ("pulumi" | "docker" | "image" | "trixie-image" | "media-image")[];
  /** Print nothing when everything is there already. Default: false. */
  readonly quiet?: boolean;
}

/** A toolchain that is ready to use. */
export interface ToolchainEnv {
  /** What the Pulumi CLI must find in its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The pieces of the official release that the closed-network kit stands in for. */
  readonly standIns: readonly string[];
  /** The lab image's name. */
  readonly image: string;
  readonly backend: { readonly url: string; readonly own: boolean };
}

/**
 * Brings this machine to the point where the Pulumi CLI runs, a Docker engine answers and the lab image exists.
 * What is done already is not done again; progress goes to stderr.
 * @throws ToolchainError with the step, what was said and what to do
 */
export async function prepareToolchain(options: PrepareOptions): Promise<ToolchainEnv> {
  const kit = await PulumiKit.find();
  const steps = [...(options.need.includes("pulumi") ? kit.steps() : []), ...(await dockerSteps(options.need))];
  if (await anyPending(steps))
    await withLock(join(cacheDir(), "locks"), "toolchain", sayWaiting, () => runSteps(steps));
  else if (options.quiet !== true) await runSteps(steps);
  return describe(kit, options.need.includes("pulumi"));
}

function describe(kit: PulumiKit, withPulumi: boolean): ToolchainEnv {
  const backend = findBackend(userPulumiHome());
  return {
    env: {
      ...(withPulumi ? pulumiEnvironment(kit) : {}),
      ...backend.env,
    },
    standIns: kit.standIns,
    image: labImageName(),
    backend: { url: backend.url, own: backend.own },
  };
}

function pulumiEnvironment(kit: PulumiKit): Readonly<Record<string, string>> {
  const home = kit.home();
  const bin = join(home, "versions", kit.versions.cli, "bin");
  const others = (process.env["PATH"] ?? "").split(delimiter).filter((path) => !path.startsWith(cacheDir()));
  return {
    PULUMI_HOME: home,
    PATH: [bin, ...others].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Every plugin is in the home; asking the network for one would only hide that it is broken.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
  };
}

/** Loaded only when needed: the Docker client takes longer to load than everything else here. */
async function dockerSteps(need: PrepareOptions["need"]): Promise<readonly Step[]> {
  if (need.every((piece) => piece === "pulumi")) return [];
  const { dockerEngineStep, labImageStep, mediaImageStep } = await import("./dockerSteps.ts");
  return [
    dockerEngineStep(),
    ...(need.includes("image") ? [labImageStep("bookworm")] : []),
    ...(need.includes("trixie-image") ? [labImageStep("trixie")] : []),
    ...(need.includes("media-image") ? [mediaImageStep()] : []),
  ];
}

function sayWaiting(pid: number): void {
  process.stderr.write(`waiting: another run (process ${pid}) prepares the toolchain\n`);
}
