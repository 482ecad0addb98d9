import { expect } from "chai";
import { BastionPool, openSession } from "../../remote/session.ts";
import { digestsOf, subscriberName, subscriberPassword, Subscribers } from "../../remote/subscribers.ts";
import { SshHost } from "../support/sshHost.ts";

describe("a user of the domain", () => {
  it("may have the characters of numbers and names", () => {
    for (const name of ["alice", "4930123456", "+49*30#1", "a.b_c-d"]) expect(subscriberName(name)).to.equal(name);
  });

  it("rejects what would end an SQL literal, or is too long", () => {
    for (const name of ["", "o'hara", "a\\", "a b", "a\n", "é", "x".repeat(65)]) {
      expect(() => subscriberName(name), name).to.throw("a user must be 1 to 64 of letters, digits");
    }
  });

  it("rejects names that this project uses itself", () => {
    expect(() => subscriberName("sip-ha-watcher")).to.throw("must not begin with sip-ha-");
  });

  it("rejects a short password, and one of two lines, without repeating it", () => {
    for (const password of ["hush\n", "", "long enough\nbut two lines"]) {
      expect(() => subscriberPassword(password)).to.throw(
        /^a password must be one line of at least 8 characters, got \d+;/,
      );
    }
    expect(subscriberPassword("correct horse\r\n")).to.equal("correct horse");
  });

  it("is stored as the digests of RFC 2617, never as a password", () => {
    expect(digestsOf("Mufasa", "testrealm@host.com", "Circle Of Life").ha1).to.equal(
      "939e7578ed9e3c518a452acee763bce9",
    );
    expect(digestsOf("alice", "sip.example.net", "secret-alice")).to.deep.equal({
      ha1: "ade776a0412f213e7355b2cffce51010",
      ha1b: "503544108b0bd8e70c8adbb9da843ed1",
    });
  });
});

describe("the users in the database", () => {
  const asked: { command: string; stdin: string }[] = [];
  let host: SshHost;
  let answer = "";
  const bastions = new BastionPool();
  let users: Subscribers;

  before(async () => {
    host = await SshHost.start("db", {
      answer: (command, stdin) => {
        asked.push({ command, stdin });
        return { stdout: answer };
      },
    });
    users = new Subscribers(await openSession(host.access(), bastions), "sip.example.net");
  });

  after(async () => {
    await bastions.close();
    await host.stop();
  });

  beforeEach(() => asked.splice(0));

  it("are listed with their phones", async () => {
    answer = "alice\t2\nbob\t0\n";
    expect(await users.list()).to.deep.equal([
      { name: "alice", contacts: 2 },
      { name: "bob", contacts: 0 },
    ]);
  });

  it("get their password by stdin, as digests, and never on a command line", async () => {
    answer = "bob\t0\n";
    expect(await users.put("alice", "correct horse")).to.equal(true);
    expect(await users.put("bob", "correct horse")).to.equal(false);
    const said = JSON.stringify(asked);
    expect(said)
      .to.include(digestsOf("alice", "sip.example.net", "correct horse").ha1)
      .and.not.include("correct horse");
    for (const { command } of asked) expect(command).to.equal("sudo -n mariadb --batch --skip-column-names kamailio");
  });

  it("are removed with what was registered for them, and a missing one is told", async () => {
    answer = "1\n";
    expect(await users.remove("alice")).to.equal(true);
    expect(asked[0]?.stdin).to.include("DELETE FROM location WHERE username = 'alice'");
    answer = "0\n";
    expect(await users.remove("alice")).to.equal(false);
  });
});
