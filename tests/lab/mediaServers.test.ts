import { expect } from "chai";
import { callBehindEdge } from "../support/behindEdge.ts";
import { DOMAIN, expectSuccess } from "../support/lab.ts";
import { registerBehindNat } from "../support/behindNat.ts";
import { sharesAcrossSwitchover } from "../support/leastCalls.ts";
import { LAB, Sandbox, STACK } from "../support/sandbox.ts";
import { addUser, wrongAtBounds } from "../support/registrarBounds.ts";
import { wrongToStrangers } from "../support/strangers.ts";
import { saidWithPathsCut } from "../support/pathsCut.ts";
import { makeCertificate, renewUnderCalls, SIP_WITH_TLS } from "../support/tlsOf.ts";
import { takeoverWithoutDatabase } from "../support/withoutDatabase.ts";

const NAT_PING_S = 3;
const BOUNDS = { maxContacts: 3, minSec: 60, maxSec: 900 } as const;
const USER = { name: "alice", password: "correct horse battery staple" } as const;
const MORE = [
  "relay: rtpengine",
  "redis: { maxMemoryMb: 64 }",
  "mediaServers: [{ name: media1, weight: 75 }, { name: media2, weight: 25 }]",
  'balancing: { users: ["9*"] }',
  `registrar: { natPingSec: ${NAT_PING_S}, maxContacts: ${BOUNDS.maxContacts}, expires: { minSec: ${BOUNDS.minSec}, maxSec: ${BOUNDS.maxSec} } }`,
];

const VERIFICATION = "{ tolerance: 4, first: checks, change: off }";

describe("a cluster with Kamailio, rtpengine and media servers in the Docker lab", function () {
  this.timeout("10m");
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await Sandbox.create({
      site: { ...LAB, heartbeatSubnet: "10.78.1.0/24", verification: VERIFICATION, more: MORE },
    });
    await makeCertificate(sandbox);
    await sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace(`sip: { domain: ${DOMAIN} }`, SIP_WITH_TLS));
  });

  after(async () => {
    await sandbox.sipHa("destroy");
    await sandbox.remove();
  });

  it("spreads calls by weight, and loses none but those on a media server that dies", async () => {
    expectSuccess(await sandbox.sipHa("up"));
    expectSuccess(await sandbox.sipHa("verify", "media-server"));
  });

  it("hears the other node on three heartbeat paths, and keeps the group on the third alone", async () => {
    expectSuccess(await sandbox.sipHa("verify", "two-links-cut"));
    expect(await saidWithPathsCut(sandbox, ["eth0", "eth1"])).to.include(
      "; failover depends on dedicated (eth2) alone",
    );
  });

  it("calls a phone by way of the edge proxy through which it registered", async () => {
    expect(await callBehindEdge(sandbox)).to.deep.equal([]);
  });

  it("registers phones behind NAT over UDP and TCP, and keeps the way to them open from the floating IP", async () => {
    const { faults, pings } = await registerBehindNat(sandbox, 2 * NAT_PING_S * 1000);
    expect(faults).to.deep.equal([]);
    expect(pings).to.be.within(1, 3);
  });

  it("bounds how long a registration lasts and how many phones a user has", async () => {
    await addUser(sandbox, USER);
    expect(await wrongAtBounds(USER, BOUNDS)).to.deep.equal([]);
  });

  it("sends nothing elsewhere for strangers who forge a Route, tells them of no user, and takes nothing too large", async () => {
    expect(await wrongToStrangers(DOMAIN)).to.deep.equal([]);
  });

  it("starts on the next node while the database is down, passes requests within calls, and serves when it is back", async () => {
    const { faults } = await takeoverWithoutDatabase(sandbox, [
      { mode: "sound", reinvite: "caller", hangUp: "callee" },
      { mode: "plain", hangUp: "caller" },
    ]);
    expect(faults).to.deep.equal([]);
  });

  it("takes another certificate by an `up` under calls, which neither restarts the proxy nor moves the group", async () => {
    expect(await renewUnderCalls(sandbox)).to.deep.equal([]);
  });

  it("gives calls to the server with the fewest for its weight, also after the group has moved", async () => {
    await sandbox.edit(`Pulumi.${STACK}.yaml`, (text) => text.replace('["9*"] }', '["9*"], algorithm: least-calls }'));
    expectSuccess(await sandbox.sipHa("up"));
    expect(await sharesAcrossSwitchover(sandbox, ["media1", "media2"])).to.deep.equal([3, 1]);
  });
});
