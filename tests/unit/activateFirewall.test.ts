import { createServer, type Server } from "node:net";
import { expect } from "chai";
import { applyFirewall } from "../../activate/firewall.ts";
import type { Progress } from "../../activate/progress.ts";
import { HostStepError } from "../../remote/errors.ts";
import { BastionPool, openSession, type Session } from "../../remote/session.ts";
import { SshHost } from "../support/sshHost.ts";

const quiet: Progress = { step: (_host, _what, action) => action(), say: () => undefined };

describe("rules of a firewall", () => {
  const bastions = new BastionPool();
  let applied = true;
  let done: string[] = [];
  let host: SshHost;
  let session: Session;

  beforeEach(async () => {
    [applied, done] = [true, []];
    host = await SshHost.start("sip1", {
      answer: (command) => {
        done.push(/firewall (apply|confirm|rollback)/.exec(command)?.[1] ?? command);
        return { stdout: JSON.stringify({ applied }) };
      },
    });
    session = await openSession(host.access(), bastions);
  });

  afterEach(async () => {
    session.close();
    await host.stop();
  });

  async function refusal(withinMs?: number): Promise<HostStepError> {
    const error = await applyFirewall(session, quiet, withinMs).catch((caught: unknown) => caught);
    if (!(error instanceof HostStepError)) throw new Error(`expected a refusal, got ${String(error)}`);
    return error;
  }

  it("are confirmed by a connection of its own", async () => {
    await applyFirewall(session, quiet);
    expect(done).to.deep.equal(["apply", "confirm"]);
  });

  it("that are in force already are left alone", async () => {
    applied = false;
    await applyFirewall(session, quiet);
    expect(done).to.deep.equal(["apply"]);
  });

  it("that let no new connection in are taken back by the old one, and it says what to do", async () => {
    host.shut();
    const { message } = await refusal();
    expect(done).to.deep.equal(["apply", "rollback"]);
    expect(message).to.match(
      /sip1: come in under the new firewall.*the former rules are in force again.*`firewall.ssh`/s,
    );
  });

  it("under which a new connection gets no answer are taken back without waiting for the host's own time", async () => {
    const mute: Server = createServer();
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    const address = mute.address();
    if (address === null || typeof address === "string") throw new Error("the mute host does not listen");
    const elsewhere = { ...session.host.connection, port: address.port };
    Object.assign(session, { host: { ...session.host, connection: elsewhere } });
    const { message } = await refusal(200);
    mute.close();
    expect(done).to.deep.equal(["apply", "rollback"]);
    expect(message).to.include("no answer to a new connection within 0.2 s");
  });
});
