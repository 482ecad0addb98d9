import { expect } from "chai";
import { callBehindEdge } from "../support/behindEdge.ts";
import { registerBehindNat } from "../support/behindNat.ts";
import { activeNode, DOMAIN, expectSuccess } from "../support/lab.ts";
import { sharesAcrossSwitchover } from "../support/leastCalls.ts";
import { LiveCalls } from "../support/liveCalls.ts";
import { dockerObjects, inMachine, LAB, Sandbox, STACK } from "../support/sandbox.ts";
import { makeCertificate, renewUnderCalls, SIP_WITH_TLS } from "../support/tlsOf.ts";
import { takeoverWithoutDatabase } from "../support/withoutDatabase.ts";

const DEBS = process.env["SIP_HA_OPENSIPS_DEBS"];
const OTHER_ADDRESS = "198.18.10.20";
const NAT_PING_S = 3;
const UDP_FLOW = "net.netfilter.nf_conntrack_udp_timeout";

describe("the edge of a cluster with OpenSIPS in the Docker lab", function () {
  this.timeout("10m");
  let sandbox: Sandbox | undefined;

  const lab = (): Sandbox => {
    if (sandbox === undefined) throw new Error("there is no lab");
    return sandbox;
  };
  const change = (edit: (text: string) => string): Promise<void> => lab().edit(`Pulumi.${STACK}.yaml`, edit);

  before(async function () {
    if (DEBS === undefined) {
      process.stderr.write("skipped: SIP_HA_OPENSIPS_DEBS is not set, OpenSIPS is not in Debian\n");
      this.skip();
    }
    const more = [
      "proxy: opensips",
      `packageSources: [{ directory: ${DEBS} }]`,
      "relay: rtpengine",
      "redis: { maxMemoryMb: 64 }",
      "mediaServers: [{ name: media1, weight: 75 }, { name: media2, weight: 25 }]",
      'balancing: { users: ["9*"] }',
      `registrar: { natPingSec: ${NAT_PING_S} }`,
    ];
    const verification = "{ tolerance: 4, first: checks, change: off }";
    sandbox = await Sandbox.create({ site: { ...LAB, verification, more } });
    await makeCertificate(sandbox);
    await change((text) => text.replace(`sip: { domain: ${DOMAIN} }`, SIP_WITH_TLS));
  });

  after(async () => {
    await sandbox?.sipHa("destroy");
    await sandbox?.remove();
  });

  it("spreads calls by weight, and loses none but those on a media server that dies", async () => {
    expectSuccess(await lab().sipHa("up"));
    expectSuccess(await lab().sipHa("verify", "media-server"));
  });

  it("calls a phone by way of the edge proxy through which it registered", async () => {
    expect(await callBehindEdge(lab())).to.deep.equal([]);
  });

  it("registers phones behind NAT over UDP and TCP, and keeps the way to them open from the floating IP", async () => {
    const { faults, pings } = await registerBehindNat(lab(), 2 * NAT_PING_S * 1000);
    expect(faults).to.deep.equal([]);
    expect(pings).to.be.within(1, 3);
  });

  it("starts on the next node while the database is down, passes requests within calls, and serves when it is back", async () => {
    const { faults } = await takeoverWithoutDatabase(lab(), [{ mode: "sound", reinvite: "caller", hangUp: "callee" }]);
    expect(faults).to.deep.equal([]);
  });

  it("takes another certificate by an `up` under calls, which neither restarts the proxy nor moves the group", async () => {
    expect(await renewUnderCalls(lab())).to.deep.equal([]);
  });

  it("gives calls to the server with the fewest for its weight, also after the group has moved", async () => {
    await change((text) => text.replace('["9*"] }', '["9*"], algorithm: least-calls }'));
    expectSuccess(await lab().sipHa("up"));
    expect(await sharesAcrossSwitchover(lab(), ["media1", "media2"])).to.deep.equal([3, 1]);
  });

  it("ends each call at both phones before the floating IP becomes another one", async () => {
    await change((text) =>
      text
        .replace(`${LAB.floatingIp},`, `${OTHER_ADDRESS},`)
        .replace("    timing:", "    allowOutage: true\n    timing:"),
    );
    // the packet filter of the phones' machine would take a BYE after half a minute of silence for a stranger's
    await inMachine("caller", "sysctl", "-q", "-w", ...["", "_stream"].map((kind) => `${UDP_FLOW}${kind}=600`));
    const calls = await LiveCalls.begin(await lab().outputs());
    try {
      const outcome = await lab().sipHa("up");
      expectSuccess(outcome);
      expect(outcome.said).to.include("end the calls, which go with the former floating IP");
      const sql =
        "SELECT COUNT(*) FROM opensips.dialog; SELECT COUNT(*) FROM kamailio.accounting WHERE ended IS NULL OR ended_how <> 'bye'";
      expect(await inMachine("db", "mariadb", "-N", "-e", sql)).to.equal("0\n0");
      expect(await calls.toldToEnd()).to.equal(4);
    } finally {
      await calls.remove();
    }
    expect(await inMachine(await activeNode(), "ip", "-o", "-4", "addr", "show", "dev", "eth1")).to.include(
      OTHER_ADDRESS,
    );
  });

  it("leaves nothing behind after destroy", async () => {
    expectSuccess(await lab().sipHa("destroy"));
    expect(await dockerObjects()).to.deep.equal([]);
  });
});
