import { setTimeout as sleep } from "node:timers/promises";
import { notices } from "../config/notices.ts";
import { packageFileFaults } from "../config/packageFiles.ts";
import { type ClusterPlan, isExisting } from "../config/plan.ts";
import { liveChangeFaults, liveChangeNotices, LOOKED_AT } from "../config/liveChange.ts";
import { engine } from "../remote/programs.ts";
import { type Connections, withConnections } from "../remote/connections.ts";
import { withSessions } from "../remote/withSessions.ts";
import { switchOver } from "../activate/group.ts";
import { lineProgress } from "../activate/progress.ts";
import { clearStaleLock } from "../toolchain/staleLock.ts";
import { removeTornNotes } from "../toolchain/interruptedWrites.ts";
import { forgetPendingOperations } from "../toolchain/pendingOperations.ts";
import { type PrepareOptions, prepareToolchain, type ToolchainEnv } from "../toolchain/prepare.ts";
import { envShellLines } from "../toolchain/shellEnv.ts";
import { ensureStack, stackExists } from "../toolchain/stack.ts";
import { powerOn, remainingObjects, removeLeftovers, somethingIsGone } from "./leftovers.ts";
import { driftArguments } from "./drift/repair.ts";
import { type Prepared, previewInto } from "./pipeline/preview.ts";
import { withReport } from "./pipeline/report.ts";
import { lookAtMachines } from "./existing/look.ts";
import { privateKeyOf } from "./existing/privateKey.ts";
import { preflight } from "./preflight/preflight.ts";
import { pulumi, readOutputs } from "./pulumi.ts";
import { runningStack } from "./runningStack.ts";
import { say } from "./say.ts";
import { hostsKind, readPlan, StackFileError } from "./readStack.ts";
import { StackState } from "./stackState.ts";
import { collectStatus, exitCode, renderStatus, statusJson } from "./status/index.ts";
import { levelCourse, parseCourse } from "../verify/catalogue/course.ts";
import { catalogue } from "../verify/catalogue/index.ts";
import { listText } from "../verify/catalogue/listText.ts";
import { verifyStack } from "./verifyStack.ts";
import { projectDir } from "../toolchain/versions.ts";

interface StackOption {
  readonly stack: string;
}

interface UpOptions extends StackOption {
  readonly report?: string;
}

/** Builds the cluster or brings it to what the stack file says. */
export async function up({ stack, report }: UpOptions): Promise<void> {
  await withReport(report, stack, () => withConnections((connections) => deploy(stack, connections)));
}

/** What is looked at before and afterwards takes one connection to each host. */
async function deploy(stack: string, connections: Connections): Promise<void> {
  const toolchain = await prepareForChange(stack, connections);
  const refresh = await healInterrupted(toolchain, stack, toolchain.state);
  const repair = await driftArguments(toolchain.state, connections);
  await pulumi(toolchain.env, stack, "up", "--yes", "--skip-preview", "--suppress-outputs", ...refresh, ...repair);
  await printStatus(toolchain, stack, connections);
}

interface PreviewOptions extends StackOption {
  readonly markdown?: string;
}

/** Shows what `up` would change, as lines of the files that change. */
export async function preview({ stack, markdown }: PreviewOptions): Promise<void> {
  await withConnections(async (connections) => {
    const prepare = (): Promise<Prepared> => prepareForChange(stack, connections);
    if (markdown !== undefined) {
      await previewInto(markdown, stack, prepare, connections);
      return;
    }
    const { env, state } = await prepare();
    const repair = await driftArguments(state, connections);
    await pulumi(env, stack, "preview", "--diff", ...repair);
  });
}

/** Removes every object of the stack and its state; the stack file stays. */
export async function destroy({ stack }: StackOption): Promise<void> {
  const lab = hostsKind(projectDir, stack) === "lab";
  const toolchain = await prepareToolchain({ need: lab ? ["pulumi", "docker"] : ["pulumi"] });
  const { env } = toolchain;
  if (await stackExists(toolchain, stack)) {
    for (const line of removeTornNotes()) say(line);
    await clearStaleLock(toolchain, stack);
    await healInterrupted(toolchain, stack, await StackState.read(toolchain, stack));
    await pulumi(env, stack, "destroy", "--yes", "--skip-preview");
    await pulumi(env, stack, "stack", "rm", "--yes", "--preserve-config");
  }
  if (!lab) {
    say("destroyed: the machines stay, without the service of this stack; what stays on each is told above");
    return;
  }
  await removeLeftovers(stack, new Set(), say);
  const left = await remainingObjects(stack);
  if (left.length > 0)
    throw new Error(`left behind: ${left.join(", ")}; remove them with docker rm and docker network rm`);
  say("destroyed: no container, network or volume of this stack is left; the Docker engine itself keeps running");
}

interface StatusOptions extends StackOption {
  readonly json?: true;
  readonly watch?: true;
}

/** Between two looks of `status --watch`, in milliseconds. */
const WATCH_EVERY_MS = 2000;
/** Cursor to the upper left, and all that is there gone. */
const CLEAR = "\x1b[H\x1b[2J";

export async function showStatus({ stack, json, watch }: StatusOptions): Promise<void> {
  const { plan, hosts } = await runningStack(stack);
  await withConnections(async (connections) => {
    for (;;) {
      const status = await collectStatus(plan, hosts, connections);
      const screen = watch && process.stdout.isTTY ? CLEAR : "";
      process.stdout.write(json ? `${statusJson(status)}\n` : `${screen}${renderStatus(status)}`);
      process.exitCode = exitCode(status);
      if (!watch) return;
      await sleep(WATCH_EVERY_MS);
    }
  });
}

interface VerifyOptions extends StackOption {
  readonly list?: true;
  readonly repeat: string;
  readonly coreRepeat?: string;
  readonly seed?: string;
  readonly report?: string;
}

/** Verifies the running cluster at a level, or by scenarios of one's choice. */
export async function verify(words: readonly string[], options: VerifyOptions): Promise<void> {
  if (options.list) {
    process.stdout.write(listText(catalogue));
    return;
  }
  const repeats = wholeNumber("--repeat", options.repeat, 1, 100);
  const seed =
    options.seed === undefined ? Date.now() % 1_000_000 : wholeNumber("--seed", options.seed, 0, 2 ** 32 - 1);
  const { coreRepeat } = options;
  const coreRepeats = coreRepeat === undefined ? repeats : wholeNumber("--core-repeat", coreRepeat, 1, 100);
  const asked = words.length === 0 ? undefined : parseCourse(words, catalogue, { repeats, coreRepeats, seed });
  const { plan, hosts } = await runningStack(options.stack);
  const { first } = plan.verification;
  const course = asked ?? levelCourse(first === "off" ? "checks" : first);
  if (course.seed !== undefined) say(`order of the scenarios: \`--seed ${course.seed}\` repeats it`);
  await withReport(options.report, options.stack, async () => {
    await verifyStack(plan, hosts, course, say);
  });
}

/** @throws Error when the text is no whole number from min to max. */
function wholeNumber(option: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${option} must be a whole number from ${min} to ${max}, got ${text}`);
}

/** A planned switchover to the standby node. */
export async function switchover({ stack }: StackOption): Promise<void> {
  const { hosts } = await runningStack(stack);
  const nodes = hosts.filter(({ role }) => role === "node");
  await withSessions(nodes, async (sessions) => {
    const views = await Promise.all(sessions.map((session) => engine.owner(session)));
    const from = sessions.find((_, index) => views[index]?.role === "active");
    const to = sessions.find((_, index) => views[index]?.role === "standby");
    if (!from || !to) {
      const seen = views.map(({ self, role }) => `${self} is ${role}`).join(", ");
      throw new Error(`a switchover needs one active and one standby node, got ${seen}; see \`npm run status\``);
    }
    await switchOver(from, to, lineProgress(say));
  });
}

/** Resolves the newest package versions anew; the nodes get them one after the other. */
export async function bundleUpdate({ stack }: StackOption): Promise<void> {
  const toolchain = await withConnections((connections) => prepareForChange(stack, connections));
  const refresh = await healInterrupted(toolchain, stack, toolchain.state);
  const urn = toolchain.state.urn(LOCK);
  if (urn === undefined)
    throw new Error(`stack ${stack} has no package lock yet; run \`npm run up -- --stack ${stack}\` first`);
  await pulumi(
    toolchain.env,
    stack,
    "up",
    "--yes",
    "--skip-preview",
    "--suppress-outputs",
    "--replace",
    urn,
    ...refresh,
  );
}

/** Makes the stack, too, so that `pulumi config set` works before the first `up`. */
export async function printEnv({ stack }: StackOption): Promise<void> {
  const toolchain = await prepareToolchain({ need: piecesOf(stack) });
  await ensureStack(toolchain, stack);
  process.stdout.write(`${envShellLines(toolchain).join("\n")}\n`);
}

/** What a change of a running stack costs. A stack that was never deployed has nothing in service. */
function announceLiveChange(plan: ClusterPlan, inService: ClusterPlan | undefined): readonly string[] {
  if (!inService) return [];
  const faults = liveChangeFaults(plan, inService);
  if (faults.length > 0) throw new StackFileError(plan.stack, faults);
  const announced = liveChangeNotices(plan, inService);
  for (const line of announced) say(line);
  return announced;
}

/** Everything that can be wrong before Pulumi starts is found here, before anything is touched. */
async function prepareForChange(stack: string, connections: Connections): Promise<Prepared> {
  const plan = readPlan(projectDir, stack);
  const faults = packageFileFaults(plan, projectDir);
  if (faults.length > 0) throw new StackFileError(stack, faults);
  const toolchain = await prepareToolchain({ need: pieces(plan) });
  if (toolchain.standIns.length > 0) {
    say(`closed network: stand-ins built by this project are in use for ${toolchain.standIns.join(", ")}`);
  }
  await preflight(plan);
  for (const line of notices(plan)) say(line);
  for (const line of removeTornNotes()) say(line);
  await ensureStack(toolchain, stack);
  const state = await StackState.read(toolchain, stack);
  const inService = state.activatedPlan;
  const announced = announceLiveChange(plan, inService);
  if (isExisting(plan)) {
    await lookAtMachines(plan, await privateKeyOf(plan, toolchain.env), inService?.floatingIp, connections);
  }
  await clearStaleLock(toolchain, stack);
  return { ...toolchain, env: { ...toolchain.env, [LOOKED_AT]: "yes" }, state, announced };
}

type Pieces = PrepareOptions["need"];

/** Machines that are there need no Docker engine. */
function pieces({ hosts, mediaServers }: ClusterPlan): Pieces {
  if (hosts.kind === "existing") return ["pulumi"];
  return ["pulumi", "docker", "image", ...(mediaServers.length > 0 ? ["media-image" as const] : [])];
}

/** A stack file that is missing or unsound is refused when it is used, not when a shell is prepared. */
function piecesOf(stack: string): Pieces {
  try {
    return pieces(readPlan(projectDir, stack));
  } catch {
    return hostsKind(projectDir, stack) === "existing" ? ["pulumi"] : ["pulumi", "docker", "image"];
  }
}

/** Mends what a killed run left half done. Answers what the Pulumi CLI has to be told in addition. */
async function healInterrupted(
  toolchain: ToolchainEnv,
  stack: string,
  { dockerIds }: StackState,
): Promise<readonly string[]> {
  await forgetPendingOperations(toolchain, stack);
  if (hostsKind(projectDir, stack) === "existing") return [];
  await removeLeftovers(stack, dockerIds, say);
  await powerOn(stack, say);
  if (!(await somethingIsGone(stack, dockerIds))) return [];
  say("something of this stack was removed by other hands; the state is refreshed first");
  return ["--refresh"];
}

async function printStatus({ env }: ToolchainEnv, stack: string, connections: Connections): Promise<void> {
  const { plan, hosts } = await readOutputs(env, stack);
  process.stdout.write(renderStatus(await collectStatus(plan, hosts, connections)));
}

/** End of the URN of the command that resolves the versions of the packages. */
const LOCK = "sipha:index:PackageBundle$command:local:Command::edge-packages-lock";
