import { expect } from "chai";
import { eventually } from "../../remote/eventually.ts";
import { withSessions } from "../../remote/withSessions.ts";
import { SshHost } from "../support/sshHost.ts";

async function closed(host: SshHost): Promise<void> {
  await eventually(
    `${host.name} has no connection`,
    () => {
      const seen = `${host.connections} connections`;
      return Promise.resolve(host.connections === 0 ? { met: true, value: undefined } : { met: false, seen });
    },
    { withinMs: 5_000, everyMs: 10 },
  );
}

describe("connections for as long as an action takes", () => {
  let hosts: SshHost[];

  beforeEach(async () => {
    hosts = await Promise.all(["sip1", "sip2"].map((name) => SshHost.start(name)));
  });

  afterEach(async () => {
    for (const host of hosts) await host.stop();
  });

  it("are given in the order of the hosts and closed afterwards", async () => {
    const names = await withSessions(
      hosts.map((host) => host.access()),
      (sessions) => Promise.resolve(sessions.map(({ name }) => name)),
    );
    expect(names).to.deep.equal(["sip1", "sip2"]);
    for (const host of hosts) await closed(host);
  });

  it("are closed when the action fails", async () => {
    const outcome = withSessions(
      hosts.map((host) => host.access()),
      () => Promise.reject(new Error("refused")),
    );
    expect(await outcome.catch(String)).to.equal("Error: refused");
    for (const host of hosts) await closed(host);
  });

  it("are closed when one of them cannot be made, and the action is not begun", async () => {
    const [, sip2] = hosts;
    const access = hosts.map((host) => host.access());
    await sip2?.stop();
    let begun = false;
    const outcome = withSessions(access, () => {
      begun = true;
      return Promise.resolve("never");
    });
    expect(await outcome.catch(String)).to.match(/sip2: connect over SSH/);
    expect(begun).to.equal(false);
    await closed(hosts[0] ?? (await SshHost.start("none")));
  });
});
