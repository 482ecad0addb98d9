import { setTimeout as delay } from "node:timers/promises";
import { Readable } from "node:stream";
import { expect } from "chai";
import type { ServerChannel } from "ssh2";
import { deriveSshKey } from "../../components/hosts/sshKey.ts";
import { HostStepError } from "../../remote/errors.ts";
import { BastionPool, openSession, type Session } from "../../remote/session.ts";
import { type Answer, SshHost } from "../support/sshHost.ts";

const other = deriveSshKey("another secret", "other");

async function failure(promise: Promise<unknown>): Promise<HostStepError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof HostStepError)) throw new Error(`expected a HostStepError, got ${String(error)}`);
  return error;
}

function answer(command: string, stdin: string): Answer {
  const [word = "", value = ""] = command.split(" ");
  if (word === "exit") return { code: Number(value), stderr: "first line\nwhat is wrong\n" };
  if (word === "silent") return { code: 9 };
  if (word === "cat") return { stdout: stdin };
  return { stdout: `${command}\n` };
}

/** Commands that are more than a question and its answer. */
function take(command: string, channel: ServerChannel): boolean {
  if (command === "tick") {
    channel.write("one\ntw");
    setTimeout(() => channel.write("o\nthree"), 5);
    channel.resume().on("end", () => {
      channel.exit(0);
      channel.end();
    });
  } else if (command === "killed") {
    channel.exit("KILL");
    channel.end();
  }
  return ["tick", "killed", "hang"].includes(command);
}

describe("a session on a host", () => {
  const bastions = new BastionPool();
  let host: SshHost;
  let session: Session;

  before(async () => {
    host = await SshHost.start("sip1", { answer, take });
    session = await openSession(host.access(), bastions);
  });

  after(async () => {
    session.close();
    await bastions.close();
    await host.stop();
  });

  it("answers what a command said and how it ended", async () => {
    expect(await session.run("hello")).to.deep.equal({ stdout: "hello\n", stderr: "", code: 0 });
    expect(await session.run("exit 3")).to.include({ stdout: "", code: 3 });
  });

  it("never loses the exit status of a short command", async () => {
    for (let round = 0; round < 20; round += 1) {
      const wanted = Array.from({ length: 10 }, (_, index) => (round * 10 + index) % 200);
      const results = await Promise.all(wanted.map((code) => session.run(`exit ${code}`)));
      expect(results.map(({ code }) => code)).to.deep.equal(wanted);
    }
  });

  it("hands stdin over whole, from text, bytes and streams", async () => {
    const long = "a line of some length\n".repeat(20_000);
    expect((await session.run("cat", { stdin: long })).stdout).to.equal(long);
    expect((await session.run("cat", { stdin: Buffer.from("bytes") })).stdout).to.equal("bytes");
    expect((await session.run("cat", { stdin: Readable.from(["a ", "stream"]) })).stdout).to.equal("a stream");
  });

  it("tells stderr line by line", async () => {
    const lines: string[] = [];
    await session.run("exit 1", { onStderrLine: (line) => lines.push(line) });
    expect(lines).to.deep.equal(["first line", "what is wrong"]);
  });

  it("does not take a command that was killed for one that succeeded", async () => {
    expect((await session.run("killed")).code).to.equal(255);
  });

  it("names host, step, what was said and what to do when a command that must succeed fails", async () => {
    const error = await failure(session.must("do it", "exit 2", { fix: "try something else" }));
    expect(error.message).to.equal("sip1: do it: first line\nwhat is wrong; try something else");
    expect(error.detail.retry).to.equal(false);
    const silent = await failure(session.must("do it", "silent"));
    expect(silent.detail.said).to.equal("exit status 9");
  });

  it("gives a command up that does not answer in time, and stays usable", async () => {
    const error = await failure(session.run("hang", { timeoutMs: 30 }));
    expect(error.message).to.match(/^sip1: run hang: no answer within 30 ms; /);
    expect((await session.run("hello")).code).to.equal(0);
  });

  it("reads a running command line by line until it is stopped", async () => {
    const lines: string[] = [];
    const stream = await session.stream("tick", (line) => lines.push(line));
    await delay(50);
    expect(lines).to.deep.equal(["one", "two"]);
    await stream.stop();
    expect(await stream.done).to.equal(0);
    expect(lines).to.deep.equal(["one", "two", "three"]);
  });

  it("says that the connection is gone, and does not wait for an answer", async () => {
    const lost = await openSession(host.access(), bastions);
    const waiting = lost.run("hang", { timeoutMs: 5_000 });
    await delay(100);
    lost.close();
    expect((await waiting).code).to.equal(255);
    expect(lost.alive).to.equal(false);
    expect((await failure(lost.run("hello"))).message).to.match(/^sip1: run hello: .*; check that the machine is up/);
  });

  it("rejects a host with another key than the pinned one, and does not ask again", async () => {
    const error = await failure(openSession(host.access({ hostKey: other.publicKey }), bastions, 5_000));
    expect(error.message).to.match(
      /^sip1: connect over SSH: the host answered with another host key than the pinned one; /,
    );
    expect(error.message).to.include("find out why the key changed");
    expect(error.detail.retry).to.equal(false);
  });

  it("rejects a login that the host does not allow, and does not ask again", async () => {
    const started = performance.now();
    const error = await failure(openSession(host.access({ privateKey: other.privateKey }), bastions, 5_000));
    expect(error.message).to.match(/as operator: .*authentication.*; .*user and key are allowed/i);
    expect(performance.now() - started).to.be.below(3_000);
  });

  it("says where nothing answers: host, address, step and what to do", async () => {
    const gone = await SshHost.start("sip2");
    const access = gone.access();
    await gone.stop();
    const error = await failure(openSession(access, bastions));
    const { port } = access.connection;
    expect(error.message).to.include(`sip2: connect over SSH to 127.0.0.1:${port} as operator: `);
    expect(error.message).to.match(/ECONNREFUSED.*; check that the machine is up, that sshd runs/);
    expect(error.detail.retry).to.equal(true);
  });
});

describe("a session through the bastion", () => {
  let bastion: SshHost;
  let inner: SshHost;
  let bastions: BastionPool;

  beforeEach(async () => {
    [bastion, inner, bastions] = [
      await SshHost.start("bastion"),
      await SshHost.start("db", { answer }),
      new BastionPool(),
    ];
  });

  afterEach(async () => {
    await bastions.close();
    await inner.stop();
    await bastion.stop();
  });

  it("runs commands on the host behind it", async () => {
    const session = await openSession(inner.access({ via: bastion.connection() }), bastions);
    expect((await session.run("hello")).stdout).to.equal("hello\n");
    expect(bastion.forwarded).to.deep.equal([inner.connection().port]);
    session.close();
  });

  it("shares one connection to the bastion among all sessions", async () => {
    const access = inner.access({ via: bastion.connection() });
    const sessions = await Promise.all([1, 2, 3].map(() => openSession(access, bastions)));
    expect([bastion.connections, inner.connections]).to.deep.equal([1, 3]);
    for (const session of sessions) session.close();
  });

  it("rejects another key of the host behind it", async () => {
    const access = inner.access({ via: bastion.connection(), hostKey: other.publicKey });
    expect((await failure(openSession(access, bastions))).message).to.match(/^db: .*another host key/);
  });

  it("rejects another key of the bastion itself, and says that it is the bastion's", async () => {
    const via = { ...bastion.connection(), hostKey: other.publicKey };
    expect((await failure(openSession(inner.access({ via }), bastions))).message).to.match(
      /^bastion: .*another host key/,
    );
  });

  it("names the host that the bastion cannot reach", async () => {
    const access = inner.access({ via: bastion.connection() });
    await inner.stop();
    expect((await failure(openSession(access, bastions))).message).to.match(
      /^db: connect over SSH to 127\.0\.0\.1:\d+/,
    );
    inner = await SshHost.start("db");
  });

  it("dials the bastion anew after it went away", async () => {
    const access = inner.access({ via: bastion.connection() });
    (await openSession(access, bastions)).close();
    await bastion.stop();
    bastion = await SshHost.start("bastion");
    const again = inner.access({ via: bastion.connection() });
    const session = await openSession(again, bastions);
    expect((await session.run("hello")).code).to.equal(0);
    session.close();
  });
});
