import { expect } from "chai";
import { collectDrift } from "../../cli/drift/collect.ts";
import { collectStatus } from "../../cli/status/index.ts";
import type { HostAccess } from "../../components/hosts/host.ts";
import { type Answer, SshHost } from "../support/sshHost.ts";
import { twoNodePlan } from "../support/plans.ts";

const RELEASE = JSON.stringify({ files: "f", secrets: "s", bundle: "b" });

function answer(command: string): Answer {
  return command.includes("current.json") ? { stdout: RELEASE } : {};
}

describe("a look at all hosts", () => {
  let bastion: SshHost;
  let hosts: readonly SshHost[];

  beforeEach(async () => {
    bastion = await SshHost.start("bastion");
    hosts = await Promise.all(["sip1", "sip2", "db"].map((name) => SshHost.start(name, { answer })));
  });

  afterEach(async () => {
    await Promise.all([...hosts, bastion].map((host) => host.stop()));
  });

  /** How many connections it takes to the bastion and to each host. */
  async function connections(look: (hosts: readonly HostAccess[]) => Promise<unknown>): Promise<readonly number[]> {
    await look(hosts.map((host) => host.access({ via: bastion.connection() })));
    return [bastion, ...hosts].map(({ accepted }) => accepted);
  }

  it("for drift takes one connection to each, and one to the bastion for all of them", async () => {
    expect(await connections(collectDrift)).to.deep.equal([1, 1, 1, 1]);
  });

  it("for the status takes one connection to each, and one to the bastion for all of them", async () => {
    const plan = twoNodePlan();
    expect(await connections((accesses) => collectStatus(plan, accesses))).to.deep.equal([1, 1, 1, 1]);
  });
});
