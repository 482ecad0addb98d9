import { join } from "node:path";
import { execa } from "execa";
import { projectDir } from "../../toolchain/versions.ts";
import { injectionLines, type TestUser } from "../../verify/phones/users.ts";
import { DOMAIN } from "./lab.ts";
import { inMachine, LAB, STACK } from "./sandbox.ts";

/** One call of a scenario of tests/sipp. */
export interface Scenario {
  /** A folder of tests/sipp. */
  readonly folder: string;
  /** A file in it, without its ending. */
  readonly name: string;
  readonly port: number;
  /** Of SIPp: one socket. */
  readonly transport?: "u1" | "t1";
  /** Whose name and credentials the scenario gets. */
  readonly user?: TestUser;
  readonly keys?: Readonly<Record<string, string | number>>;
}

/** Plays one call to its end, from the caller's machine to the floating IP; answers what was wrong with it, or nothing. */
export async function playOnCaller(scenario: Scenario): Promise<string> {
  const { folder, name, port, transport = "u1", user, keys = {} } = scenario;
  // docker cp does not reach what is mounted in memory
  const there = `/var/tmp/sip-ha-test-${folder}`;
  await inMachine("caller", "mkdir", "-p", "-m", "0700", there);
  await execa("docker", ["cp", `${join(projectDir, "tests/sipp", folder)}/.`, `sip-ha-${STACK}-caller:${there}`]);
  const options = Object.entries(keys).map(([key, value]) => `-key ${key} ${value}`);
  const sipp = [
    `sipp ${LAB.floatingIp}:5060 -sf ${name}.xml -i $address -p ${port} -t ${transport} -m 1 -key domain ${DOMAIN}`,
    ...options,
    ...(user === undefined ? [] : [`-inf ${name}.users`]),
    `-nostdin -timeout 30s -timeout_error -trace_err -error_file ${name}.errors >${name}.screen 2>&1`,
  ].join(" ");
  const line = [
    `cd ${there} && { echo SEQUENTIAL && cat; } >${name}.users`,
    `address=$(ip -4 -o route get ${LAB.floatingIp} | sed -n 's/.* src \\([0-9.]*\\).*/\\1/p')`,
    sipp,
  ].join(" && ");
  const input = user === undefined ? "" : injectionLines([user]);
  const words = ["exec", "-i", `sip-ha-${STACK}-caller`, "sh", "-c", line];
  const { exitCode } = await execa("docker", words, { input, reject: false });
  if (exitCode === 0) return "";
  return inMachine("caller", "sh", "-c", `cd ${there} && cat ${name}.errors || tail -n 30 ${name}.screen`);
}

/** Waits until a phone listens, since a datagram that comes before would be lost. */
export async function listensOnCaller(port: number): Promise<void> {
  const look = `until ss -Hlun 'sport = :${port}' | grep -q .; do sleep 0.02; done`;
  await inMachine("caller", "timeout", "10", "sh", "-c", look);
}
