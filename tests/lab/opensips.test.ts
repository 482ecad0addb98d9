import { expect } from "chai";
import { measures } from "../support/labReport.ts";
import { askInOneDatagram, requestDatagram } from "../support/oneDatagram.ts";
import { activeNode, DOMAIN, expectSuccess } from "../support/lab.ts";
import { inMachine, LAB, Sandbox, STACK } from "../support/sandbox.ts";
import { addUser, digestResponse, nonceOf, wrongAtBounds } from "../support/registrarBounds.ts";
import { wrongToStrangers } from "../support/strangers.ts";
import { tortureMessages, wrongAnswers } from "../support/torture.ts";

const DEBS = process.env["SIP_HA_OPENSIPS_DEBS"];
const USER = { name: "alice", password: "correct horse battery staple" } as const;
const BOUNDS = { maxContacts: 3, minSec: 60, maxSec: 900 } as const;
const RTPENGINE = "relay: rtpengine\n    redis: { maxMemoryMb: 64 }";

const REQUESTS = [
  { method: "REGISTER", uri: `sip:${DOMAIN}`, refused: "401", proven: "200" },
  // nobody has registered for that user
  { method: "INVITE", uri: `sip:nobody@${DOMAIN}`, refused: "407", proven: "404" },
] as const;

describe("a cluster with OpenSIPS in the Docker lab", function () {
  this.timeout("15m");
  let sandbox: Sandbox | undefined;
  let asked = 0;

  const lab = (): Sandbox => {
    if (sandbox === undefined) throw new Error("there is no lab");
    return sandbox;
  };
  const ask = ({ method, uri }: (typeof REQUESTS)[number], proof?: { nonce: string; response: string }) => {
    const callId = `opensips-${(asked += 1)}`;
    const request = { method, uri, callId, user: USER.name, ...(proof ? { proof } : {}) };
    return askInOneDatagram(STACK, requestDatagram(request, DOMAIN), 10);
  };

  before(async function () {
    if (DEBS === undefined) {
      process.stderr.write("skipped: SIP_HA_OPENSIPS_DEBS is not set, OpenSIPS is not in Debian\n");
      this.skip();
    }
    const { maxContacts, minSec, maxSec } = BOUNDS;
    const registrar = `registrar: { maxContacts: ${maxContacts}, expires: { minSec: ${minSec}, maxSec: ${maxSec} } }`;
    const more = ["proxy: opensips", `packageSources: [{ directory: ${DEBS} }]`, registrar];
    sandbox = await Sandbox.create({ site: { ...LAB, more } });
  });

  after(async () => {
    await sandbox?.sipHa("destroy");
    await sandbox?.remove();
  });

  it("serves, keeps calls and registrations when a node dies and when the group is moved, with RTPproxy", async () => {
    expectSuccess(await lab().sipHa("up"));
    expect(await inMachine(await activeNode(), "ps", "-o", "user:20=", "-C", "opensips")).to.match(/^(opensips\s*)+$/);
  });

  it("serves those who were there before while the database is down or frozen, and owes it no call afterwards", async () => {
    expectSuccess(await lab().sipHa("verify", "database-down", "database-frozen"));
  });

  it("answers or refuses every torture message as expected, in the same process", async () => {
    const node = await activeNode();
    const process = ["systemctl", "show", "-p", "MainPID", "-p", "NRestarts", "sip-ha-proxy"];
    const before = await inMachine(node, ...process);
    expect(await wrongAnswers(tortureMessages(DOMAIN, "opensips"))).to.deep.equal([]);
    expect(await inMachine(node, ...process)).to.equal(before);
  });

  it("sends nothing elsewhere for strangers who forge a Route, tells them of no user, and takes nothing too large", async () => {
    expect(await wrongToStrangers(DOMAIN)).to.deep.equal([]);
  });

  it("takes a challenge that it never made for an old one, and goes on serving", async () => {
    for (const request of REQUESTS) {
      for (const nonce of ["Zm9yZWlnbg==", "A".repeat(44), ""]) {
        const answer = await ask(request, { nonce, response: "0".repeat(32) });
        expect(answer.status, answer.text).to.equal(request.refused);
        expect(answer.text).to.include("stale=true");
      }
    }
  });

  it("takes the right answer to a challenge of the other node, and a wrong one for a wrong password", async () => {
    await addUser(lab(), USER);
    const before = await activeNode();
    const challenges = await Promise.all(REQUESTS.map((request) => ask(request)));
    expectSuccess(await lab().sipHa("switchover"));
    expect(await activeNode()).to.not.equal(before);
    for (const [index, request] of REQUESTS.entries()) {
      const nonce = nonceOf(challenges[index] ?? { status: "none", text: "" });
      const wrong = await ask(request, { nonce, response: "0".repeat(32) });
      expect(wrong.status, wrong.text).to.equal(request.refused);
      expect(wrong.text).to.not.include("stale");
      const right = await ask(request, { nonce, response: digestResponse(USER, nonce, request.method, request.uri) });
      expect(right.status, right.text).to.equal(request.proven);
    }
  });

  it("believes no name in credentials that prove nothing", async () => {
    const [register] = REQUESTS;
    const victim = { method: register.method, uri: register.uri, user: "bob" };
    const more = [
      "Contact: <sip:alice@10.255.255.3:6000>",
      'Proxy-Authorization: Digest username="bob", realm="elsewhere", nonce="1", uri="sip:elsewhere", response="0"',
    ];
    const nonce = nonceOf(await ask(register));
    const response = digestResponse(USER, nonce, register.method, register.uri);
    const proof = { nonce, response, username: USER.name };
    const datagram = requestDatagram({ ...victim, callId: "opensips-bob", more, proof }, DOMAIN);
    expect((await askInOneDatagram(STACK, datagram, 10)).status).to.equal("401");
  });

  it("acknowledges no registration that the database did not take", async () => {
    const [register] = REQUESTS;
    const more = ["Contact: <sip:alice@10.255.255.3:6000>"];
    const nonce = nonceOf(await ask(register));
    const proof = { nonce, response: digestResponse(USER, nonce, register.method, register.uri) };
    const trigger =
      "CREATE TRIGGER opensips.full BEFORE INSERT ON opensips.location FOR EACH ROW SIGNAL SQLSTATE '45000'";
    await inMachine("db", "mariadb", "-e", trigger);
    try {
      const request = { method: register.method, uri: register.uri, user: USER.name, more, proof };
      const { status, text } = await askInOneDatagram(
        STACK,
        requestDatagram({ ...request, callId: "opensips-full" }, DOMAIN),
        10,
      );
      expect(status, text).to.equal("503");
    } finally {
      await inMachine("db", "mariadb", "-e", "DROP TRIGGER opensips.full");
    }
  });

  it("bounds how long a registration lasts and how many phones a user has", async () => {
    expect(await wrongAtBounds(USER, BOUNDS)).to.deep.equal([]);
  });

  it("carries on with the sound of an open call when a node dies, and when the group is moved, with rtpengine", async () => {
    await lab().edit(`Pulumi.${STACK}.yaml`, (text) => text.replace("    sip:", `    ${RTPENGINE}\n    sip:`));
    expectSuccess(await lab().sipHa("up"));
    expectSuccess(await lab().sipHa("verify", "power-off", "switchover"));
    const gaps = await measures(lab(), "sound gap of the open call");
    expect(gaps).to.have.length(2);
    for (const { measured, limit } of gaps) expect(measured).to.be.within(1, limit);
  });

  it("serves without a relay in the group when the stack file says none", async () => {
    await lab().edit(`Pulumi.${STACK}.yaml`, (text) => text.replace(RTPENGINE, "relay: none"));
    expectSuccess(await lab().sipHa("up"));
    expectSuccess(await lab().sipHa("verify", "power-off", "switchover"));
    expect(await inMachine(await activeNode(), "cat", "/etc/ha.d/haresources")).to.not.include("relay");
  });

  it("becomes a cluster with Kamailio only where the stack file allows that phones register anew, and keeps the users", async () => {
    await lab().edit(`Pulumi.${STACK}.yaml`, (text) => text.replace("    proxy: opensips\n", ""));
    const refused = await lab().sipHa("preview");
    expect(refused.said).to.include("allowRegistrationLoss: true");
    expect(refused.exitCode).to.not.equal(0);
    const allowed = "    allowRegistrationLoss: true\n    sip:";
    await lab().edit(`Pulumi.${STACK}.yaml`, (text) => text.replace("    sip:", allowed));
    expectSuccess(await lab().sipHa("up"));
    expect(await inMachine(await activeNode(), "ps", "-o", "user:20=", "-C", "kamailio")).to.match(/^(kamailio\s*)+$/);
    const users = "SELECT username FROM kamailio.subscriber WHERE username NOT LIKE 'sip-ha-%'";
    expect(await inMachine("db", "mariadb", "-N", "-e", users)).to.equal(USER.name);
  });
});
