import { expect } from "chai";
import { collectDrift } from "../../cli/drift/collect.ts";
import { collectStatus } from "../../cli/status/index.ts";
import { type Connections, withConnections } from "../../remote/connections.ts";
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
  async function connections(
    look: (hosts: readonly HostAccess[], kept: Connections) => Promise<unknown>,
  ): Promise<readonly number[]> {
    await withConnections((kept) =>
      look(
        hosts.map((host) => host.access({ via: bastion.connection() })),
        kept,
      ),
    );
    return [bastion, ...hosts].map(({ accepted }) => accepted);
  }

  it("for drift takes one connection to each, and one to the bastion for all of them", async () => {
    expect(await connections(collectDrift)).to.deep.equal([1, 1, 1, 1]);
  });

  it("for the status takes one connection to each, and one to the bastion for all of them", async () => {
    const plan = twoNodePlan();
    expect(await connections((accesses, kept) => collectStatus(plan, accesses, kept))).to.deep.equal([1, 1, 1, 1]);
  });

  it("takes no further connection after another one, and a new one to a host whose connection broke meanwhile", async () => {
    const both = await connections(async (accesses, kept) => {
      await collectDrift(accesses, kept);
      await collectStatus(twoNodePlan(), accesses, kept);
    });
    expect(both).to.deep.equal([1, 1, 1, 1]);
    const [sip1] = hosts;
    const again = await connections(async (accesses, kept) => {
      await collectDrift(accesses, kept);
      sip1?.hangUp();
      expect((await collectDrift(accesses, kept)).filter((host) => "silent" in host)).to.deep.equal([]);
    });
    expect(again).to.deep.equal([2, 3, 2, 2]);
  });
});
