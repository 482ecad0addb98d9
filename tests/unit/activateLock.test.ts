import { expect } from "chai";
import type { ServerChannel } from "ssh2";
import { lockNodes } from "../../activate/lock.ts";
import { HostStepError } from "../../remote/errors.ts";
import { eventually, type Look } from "../../remote/eventually.ts";
import { BastionPool, openSession, type Session } from "../../remote/session.ts";
import { SshHost } from "../support/sshHost.ts";

/** A host with one lock that, as flock's does, ends with the command that holds it. */
class Lock {
  held = false;

  readonly take = (_command: string, channel: ServerChannel): boolean => {
    if (this.held) {
      channel.exit(75);
      channel.end();
      return true;
    }
    this.held = true;
    channel.write("held\n");
    channel.resume().on("end", () => {
      this.held = false;
      channel.exit(0);
      channel.end();
    });
    return true;
  };
}

describe("the activation lock", () => {
  const bastions = new BastionPool();
  let locks: readonly Lock[];
  let hosts: readonly SshHost[];
  let sessions: readonly Session[];
  const held = (): readonly boolean[] => locks.map((lock) => lock.held);

  beforeEach(async () => {
    locks = [new Lock(), new Lock()];
    hosts = await Promise.all(locks.map(({ take }, index) => SshHost.start(`sip${index + 1}`, { take })));
    sessions = await Promise.all(hosts.map((host) => openSession(host.access(), bastions)));
  });

  afterEach(async () => {
    for (const session of sessions) session.close();
    await Promise.all(hosts.map((host) => host.stop()));
  });

  it("is held on every node until it is freed", async () => {
    const free = await lockNodes(sessions);
    expect(held()).to.deep.equal([true, true]);
    await free();
    expect(held()).to.deep.equal([false, false]);
    await (
      await lockNodes(sessions)
    )();
  });

  it("rejects a second controller and names the node", async () => {
    const free = await lockNodes(sessions);
    const error: unknown = await lockNodes(sessions).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(HostStepError);
    expect(String(error)).to.include("sip1: take the activation lock: another run is changing this cluster; wait for");
    await free();
  });

  it("is freed where it was taken when another node refuses it", async () => {
    const [, second] = locks;
    if (second) second.held = true;
    const error: unknown = await lockNodes(sessions).catch((reason: unknown) => reason);
    expect(String(error)).to.include("sip2: take the activation lock");
    expect(held()).to.deep.equal([false, true]);
  });

  it("is free again when the controller's connection is gone", async () => {
    await lockNodes(sessions);
    for (const session of sessions) session.close();
    const look = (): Promise<Look<undefined>> =>
      Promise.resolve(held().includes(true) ? { met: false, seen: String(held()) } : { met: true, value: undefined });
    await eventually("both locks are free", look, { withinMs: 2_000, everyMs: 10 });
  });
});
