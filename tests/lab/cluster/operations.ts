import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { eventually } from "../../../remote/eventually.ts";
import { askInOneDatagram, registerDatagram } from "../../support/oneDatagram.ts";
import {
  activeNode,
  clusterStatus,
  DOMAIN,
  expectSuccess,
  holders,
  NODES,
  otherThan,
  proxySince,
} from "../../support/lab.ts";
import { inMachine, LAB, Sandbox, STACK } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";

/** What an operator does to a cluster that stays what it is. */
export function operations(lab: SharedLab): void {
  it("changes nothing in a second `up`, and does not verify again", async () => {
    const outcome = lab.hear(await lab.sandbox.sipHa("up"));
    expectSuccess(outcome);
    expect(outcome.said).to.match(/\d+ unchanged/);
    expect(outcome.said).to.not.match(/\d+ (created|updated|replaced|deleted)/);
  });

  it("takes the active node out of the cluster, which serves on, and lets it in again as standby", async () => {
    const [node = ""] = await holders();
    const other = NODES.filter((name) => name !== node);
    const challenge = await askInOneDatagram(STACK, registerDatagram(DOMAIN, "before"), 10);
    expectSuccess(lab.hear(await lab.sandbox.sipHa("maintenance", "on", node)));
    expect(await holders()).to.deep.equal(other);
    // phones repeat the request with the new challenge, without asking for a password
    const nonce = /nonce="([^"]+)"/.exec(challenge.text)?.[1];
    const anew = await askInOneDatagram(STACK, registerDatagram(DOMAIN, "after", nonce), 10);
    expect(anew.text)
      .to.match(/^SIP\/2.0 401 /)
      .and.include("stale=true");
    expect(challenge.text)
      .to.match(/^SIP\/2.0 401 /)
      .and.not.include("stale");
    expect(await clusterStatus(lab.sandbox)).to.include({ verdict: "degraded", active: other[0] });
    const drift = await lab.sandbox.sipHa("drift");
    expect(drift.exitCode, drift.said).to.equal(0);
    expectSuccess(lab.hear(await lab.sandbox.sipHa("maintenance", "off", node)));
    const healthy = async () => {
      const { verdict } = await clusterStatus(lab.sandbox);
      return verdict === "healthy"
        ? ({ met: true, value: verdict } as const)
        : ({ met: false, seen: verdict } as const);
    };
    await eventually("the cluster is healthy again", healthy, { withinMs: 60_000, everyMs: 1000 });
    expect(await holders()).to.deep.equal(other);
  });

  it("shows what was edited on a node as a diff, and an account that is gone, and puts both back while the active serves", async () => {
    const active = await activeNode();
    const standby = otherThan(active);
    const sql = async (text: string): Promise<string> => inMachine("db", "mariadb", "-N", "-e", text);
    await inMachine(standby, "sh", "-c", "echo '# edited by hand' >>/etc/kamailio/kamailio.cfg");
    const accounts = "SELECT CONCAT(User, '@', Host) FROM mysql.user WHERE User LIKE 'kamailio\\_%' ORDER BY Host";
    const [account = ""] = (await sql(accounts)).split("\n");
    await sql(`DROP USER '${account.replace("@", "'@'")}'`);
    const drift = await lab.sandbox.sipHa("drift");
    expect(drift.exitCode, drift.said).to.equal(2);
    expect(drift.said).to.include(`${standby}: file /etc/kamailio/kamailio.cfg: content differs`);
    expect(drift.said).to.match(/\+# edited by hand/);
    expect(drift.said).to.include(`db: account ${account}: missing`);
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
    expect(await sql(accounts)).to.include(account);
    expect(await holders()).to.deep.equal([active]);
    expect(await inMachine(standby, "cat", "/etc/kamailio/kamailio.cfg")).to.not.include("edited by hand");
    expect((await lab.sandbox.sipHa("drift")).exitCode).to.equal(0);
  });

  it("tells which units do not run or would not after a boot, and starts them without a word to who serves", async () => {
    const active = await activeNode();
    const standby = otherThan(active);
    const since = await proxySince(active);
    await inMachine(active, "systemctl", "stop", "sip-ha-watcher");
    await inMachine(standby, "systemctl", "disable", "--now", "sip-ha-watcher");
    await inMachine(standby, "systemctl", "mask", "--now", "heartbeat");
    await inMachine("db", "systemctl", "stop", "mariadb", "chrony");
    const drift = await lab.sandbox.sipHa("drift");
    expect(drift.exitCode, drift.said).to.equal(2);
    expect(drift.said.match(/^\S+: (unit|daemon) .*$/gm)?.sort()).to.deep.equal(
      [
        `${active}: unit sip-ha-watcher: is inactive, must be active`,
        "db: unit chrony: is inactive, must be active",
        "db: unit mariadb: is inactive, must be active",
        `${standby}: unit heartbeat: is inactive, must be active`,
        `${standby}: unit heartbeat: is masked, must be enabled`,
        `${standby}: unit sip-ha-watcher: is disabled, must be enabled`,
        `${standby}: unit sip-ha-watcher: is inactive, must be active`,
      ].sort(),
    );
    expectSuccess(lab.hear(await lab.sandbox.sipHa("up")));
    expect([await holders(), await proxySince(active)]).to.deep.equal([[active], since]);
    expect((await lab.sandbox.sipHa("drift")).exitCode).to.equal(0);
    expect((await clusterStatus(lab.sandbox)).verdict).to.equal("healthy");
  });

  it("continues the same stack from a second clone with plain Pulumi", async () => {
    const second = await Sandbox.create({ state: lab.sandbox.state });
    try {
      await execa("cp", [join(lab.sandbox.directory, `Pulumi.${STACK}.yaml`), second.directory]);
      expectSuccess(lab.hear(await second.preparedShell(`npx pulumi preview -s ${STACK} --expect-no-changes`)));
    } finally {
      await second.remove();
    }
  });

  it("rejects under plain Pulumi, too, what would make both nodes and the database machine anew", async () => {
    const network = (from: string, to: string) =>
      lab.sandbox.edit(`Pulumi.${STACK}.yaml`, (text) =>
        text.replace(`privateSubnet: ${from}`, `privateSubnet: ${to}`),
      );
    await network(LAB.privateSubnet, "10.90.0.0/24");
    const outcome = await lab.sandbox.preparedShell(`npx pulumi preview -s ${STACK}`);
    await network("10.90.0.0/24", LAB.privateSubnet);
    expect(outcome.exitCode).to.not.equal(0);
    expect(outcome.said).to.include(`hosts.privateSubnet must stay ${LAB.privateSubnet}, which is in service`);
  });
}
