import { say } from "../cli/say.ts";
import { execa } from "execa";
import { prepareToolchain } from "../toolchain/prepare.ts";
import { projectDir } from "../toolchain/versions.ts";
import { runCatalogue } from "./catalogue/run.ts";
import { addTally, countMocha, countTap, type Tally, tallyLine } from "./support/tally.ts";
import { ensureTestTools } from "./support/testTools.ts";

/** A group of tests; what it prints is counted. */
interface Suite {
  readonly name: string;
  /** Gets the scenarios that were asked for; none when all are meant. */
  readonly run: (scenarios: readonly string[]) => Promise<Tally>;
}

const CHECKS: readonly Suite[] = [
  { name: "format: prettier", run: () => command("prettier", "--check", "--log-level", "warn", ".") },
  { name: "types: tsc", run: () => command("tsc", "--noEmit") },
  { name: "lint: eslint", run: () => command("eslint", ".") },
];
const UNIT: readonly Suite[] = [
  {
    name: "unit, golden and property tests",
    run: () => mocha("tests/unit/**/*.test.ts", "tests/property/**/*.test.ts"),
  },
];
const SHELL: readonly Suite[] = [
  { name: "shell: shellcheck", run: async () => command("shellcheck", "-x", ...(await shellPrograms())) },
  { name: "shell: shfmt", run: async () => command("shfmt", "-d", "-i", "2", "-ci", ...(await shellPrograms())) },
  { name: "shell: bats", run: bats },
  { name: "python: the watcher", run: python },
];
const CONFORMANCE: readonly Suite[] = [
  { name: "conformance: stand-ins against recorded answers", run: () => mocha("tests/conformance/**/*.test.ts") },
];
const PACKAGE: readonly Suite[] = [
  { name: "package: what other projects install", run: () => mocha("tests/package/**/*.test.ts") },
];
const LAB: readonly Suite[] = [
  { name: "lab: a whole cluster, end to end", run: () => mocha("tests/lab/**/*.test.ts") },
];

const RELEASES: readonly Suite[] = [
  { name: "releases: a cluster on machines with Debian 13", run: () => mocha("tests/releases/**/*.test.ts") },
];
const CATALOGUE: readonly Suite[] = [{ name: "catalogue: every fault on clusters of its own", run: runCatalogue }];
const ALL = [...CHECKS, ...UNIT, ...SHELL, ...CONFORMANCE, ...PACKAGE, ...LAB];

/** Which suites a selection runs, and what the machine must have for them. */
const SELECTIONS: Readonly<Record<string, { readonly suites: readonly Suite[]; readonly machine: boolean }>> = {
  unit: { suites: UNIT, machine: false },
  package: { suites: PACKAGE, machine: false },
  check: { suites: CHECKS, machine: false },
  lab: { suites: LAB, machine: true },
  releases: { suites: RELEASES, machine: true },
  catalogue: { suites: CATALOGUE, machine: true },
  all: { suites: ALL, machine: true },
  full: { suites: [...ALL, ...RELEASES, ...CATALOGUE], machine: true },
};

/**
 * Runs the tests of a selection one suite after the other and prints `N passed, N failed` (`, N skipped`) as the last line.
 * @param scenarios of the catalogue, where that is run; none for every one
 * @returns the exit status.
 */
export async function runTests(selection: string, scenarios: readonly string[]): Promise<number> {
  const chosen = SELECTIONS[selection];
  if (!chosen) throw new Error(`unknown selection ${selection}; one of ${Object.keys(SELECTIONS).join(", ")}`);
  if (chosen.machine) {
    await prepareToolchain({ need: ["pulumi", "docker", "image"] });
    await ensureTestTools(say);
  }
  let total: Tally = { passed: 0, failed: 0, skipped: 0 };
  for (const suite of chosen.suites) {
    say(`\n== ${suite.name}`);
    const started = performance.now();
    const tally = await suite.run(scenarios);
    say(`== ${suite.name}: ${tallyLine(tally)} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
    total = addTally(total, tally);
  }
  process.stdout.write(`\n${tallyLine(total)}\n`);
  return total.failed === 0 && total.passed > 0 ? 0 : 1;
}

/** A checker that is one test: it passes or fails as a whole. */
async function command(program: string, ...args: readonly string[]): Promise<Tally> {
  const { exitCode } = await start(program, args);
  return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

async function mocha(...patterns: readonly string[]): Promise<Tally> {
  const { exitCode, stdout } = await start("mocha", patterns);
  return withExit(countMocha(stdout), exitCode);
}

async function bats(): Promise<Tally> {
  const { exitCode, stdout } = await start("bats", ["--formatter", "tap", "tests/shell"]);
  return withExit(countTap(stdout), exitCode);
}

async function python(): Promise<Tally> {
  const { exitCode, stdout } = await start("python3", ["tests/python/run.py"]);
  return withExit(countTap(stdout), exitCode);
}

/** A runner that died before its summary must not look like success. */
function withExit(tally: Tally, exitCode: number | undefined): Tally {
  return exitCode !== 0 && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
}

async function start(
  program: string,
  args: readonly string[],
): Promise<{ exitCode: number | undefined; stdout: string }> {
  const result = await execa(program, args, {
    cwd: projectDir,
    preferLocal: true,
    localDir: projectDir,
    stdin: "ignore",
    stdout: ["pipe", "inherit"],
    stderr: "inherit",
    reject: false,
  });
  if (result.failed && result.exitCode === undefined) say(result.shortMessage ?? "it did not start");
  return { exitCode: result.exitCode, stdout: result.stdout };
}

/** Shell programs have no common ending, since they are called as they lie on a host; their first line tells. */
async function shellPrograms(): Promise<string[]> {
  const listing = ["grep", "-lIE", "^#!(/usr/bin/env bash|/bin/(ba)?sh)", "--", "files", "bundle", "bench", "examples"];
  const { stdout } = await execa("git", listing, { cwd: projectDir });
  return stdout.split("\n").filter((line) => line !== "");
}
