import { expect } from "chai";
import { switchOver } from "../../activate/group.ts";
import { refuseLiveChange } from "../../activate/liveChange.ts";
import { activateNodes } from "../../activate/nodes.ts";
import { refuseOtherKey } from "../../activate/rotation.ts";
import type { Progress } from "../../activate/progress.ts";
import type { ClusterPlan } from "../../config/plan.ts";
import type { Release } from "../../remote/programs.ts";
import { BastionPool, type Session } from "../../remote/session.ts";
import { FakeNode, type Group } from "../support/fakeNodes.ts";
import { twoNodePlan } from "../support/plans.ts";

const OLD: Release = { files: "old", secrets: "s", bundle: "b" };
const NEW: Release = { ...OLD, files: "new" };
const quiet: Progress = { step: (_host, _what, action) => action(), say: () => undefined };

describe("an activation", () => {
  let group: Group;
  let sip1: FakeNode;
  let sip2: FakeNode;
  let sessions: readonly Session[] = [];
  const bastions = new BastionPool();

  /** Two nodes with the old release; sip1 is active. */
  beforeEach(async () => {
    group = { owner: "sip1", stopped: new Set() };
    sip1 = new FakeNode("sip1", "sip2", group, OLD);
    sip2 = new FakeNode("sip2", "sip1", group, OLD);
    sessions = [await sip1.open(bastions), await sip2.open(bastions)];
  });

  afterEach(async () => {
    for (const session of sessions) session.close();
    await Promise.all([sip1.stop(), sip2.stop()]);
  });

  async function activate(wanted = NEW, plan: ClusterPlan = twoNodePlan()): Promise<string> {
    const nodes = sessions.map((session) => ({ session, wanted }));
    return activateNodes(nodes, { plan, hosts: [], releases: new Map() }, quiet).then(
      () => "",
      (error: unknown) => String(error),
    );
  }

  const CHANGE = ["install-packages", "prove", "swap", "start heartbeat", "applied"];

  it("changes the standby, switches over once, then changes the other", async () => {
    expect(await activate()).to.equal("");
    expect(sip2.done).to.deep.equal(CHANGE);
    expect(sip1.done).to.deep.equal(["standby", ...CHANGE]);
    expect([sip1.current, sip2.current]).to.deep.equal([NEW, NEW]);
    expect(group.owner).to.equal("sip2");
  });

  it("moves the group also for what only the active node has to restart", async () => {
    sip2.effects = [];
    expect(await activate()).to.equal("");
    expect(sip2.done).to.deep.equal(CHANGE);
    expect(sip1.done).to.deep.equal(["install-packages", "prove", "swap", "standby", ...CHANGE]);
    expect([group.owner, ...sip1.owed]).to.deep.equal(["sip2"]);
  });

  it("moves the group only when the active node's Heartbeat has taken notice of the changed standby", async () => {
    sip1.transitions = 2;
    sip1.meanwhile.set("standby", () => expect(sip1.transitions).to.be.below(0));
    expect(await activate()).to.equal("");
    expect(group.owner).to.equal("sip2");
  });

  it("takes one node after the other also when it begins in the middle of a move, when neither has the group", async () => {
    group.owner = null;
    let looks = 0;
    sip2.meanwhile.set("owner", () => {
      looks += 1;
      if (looks === 2) group.owner = "sip1";
    });
    expect(await activate()).to.equal("");
    expect(sip2.done).to.deep.equal(CHANGE);
    expect(sip1.done).to.deep.equal(["standby", ...CHANGE]);
  });

  it("waits for a move that goes on when it begins", async () => {
    sip1.moving = 2;
    expect(await activate()).to.equal("");
    expect(sip2.done).to.deep.equal(CHANGE);
    expect(sip1.done).to.deep.equal(["standby", ...CHANGE]);
  });

  it("changes nothing when everything is in service", async () => {
    expect(await activate(OLD)).to.equal("");
    expect([...sip1.done, ...sip2.done]).to.deep.equal([]);
  });

  for (const [step, done] of [
    ["prove", ["install-packages", "prove"]],
    ["swap", ["install-packages", "prove", "swap"]],
  ] as const) {
    it(`restarts and rolls back nothing when the standby takes the group over during ${step}, and converges later`, async () => {
      sip2.effects = ["engine"];
      sip2.meanwhile.set(step, () => (group.owner = "sip2"));
      expect(await activate()).to.match(/a failover came in between: sip1, which was active, says 'standby'/);
      expect([sip1.done, sip2.done, group.owner]).to.deep.equal([[], [...done], "sip2"]);
      sip2.meanwhile.clear();
      expect(await activate()).to.equal("");
      expect([sip1.current, sip2.current, [...sip1.owed, ...sip2.owed]]).to.deep.equal([NEW, NEW, []]);
    });
  }

  it("lets a machine that is new join as standby, and leaves the active alone", async () => {
    sip2.current = undefined;
    expect(await activate(OLD)).to.equal("");
    expect([sip1.done, group.owner, sip2.current]).to.deep.equal([[], "sip1", OLD]);
    expect(sip2.done).to.deep.equal(["install-packages", ...CHANGE.filter((step) => step !== "install-packages")]);
  });

  describe("that changes Heartbeat's key", () => {
    const ROTATED: Release = { ...OLD, secrets: "s2" };
    const NEW_KEY = { signs: 2, keys: [{ number: 2, sum: "k2" }] };

    beforeEach(() => {
      for (const node of [sip1, sip2]) node.effects = [];
    });

    it("stops the standby's Heartbeat for as long as the two sign differently, and moves nothing", async () => {
      const deaf: string[] = [];
      for (const node of [sip1, sip2]) {
        for (const step of ["accept", "sign", "drop", "maintenance off", "install-packages"]) {
          node.meanwhile.set(step, () => {
            if (sip1.keys.signs !== sip2.keys.signs && group.stopped?.size === 0) deaf.push(step);
          });
        }
      }
      expect(await activate(ROTATED)).to.equal("");
      const rest = CHANGE.filter((step) => step !== "start heartbeat");
      expect(sip2.done).to.deep.equal(["accept", "maintenance on", "sign", "maintenance off", "drop", ...CHANGE]);
      expect(sip1.done).to.deep.equal(["accept", "sign", "drop", ...rest]);
      expect([sip1.keys, sip2.keys, group.owner, deaf]).to.deep.equal([NEW_KEY, NEW_KEY, "sip1", []]);
    });

    for (const [name, step] of [
      ["sip2", "accept"],
      ["sip2", "sign"],
      ["sip1", "sign"],
      ["sip2", "maintenance off"],
    ] as const) {
      it(`converges with one owner after it failed at \`${step}\` on ${name}`, async () => {
        const node = name === "sip1" ? sip1 : sip2;
        node.failing.add(step);
        expect(await activate(ROTATED)).to.match(/is broken.*sip1 is active; sip2 .*the next run goes on/s);
        node.failing.clear();
        expect(await activate(ROTATED)).to.equal("");
        expect([sip1.keys, sip2.keys, group.owner]).to.deep.equal([NEW_KEY, NEW_KEY, "sip1"]);
        expect(group.stopped?.size).to.equal(0);
      });
    }

    it("rejects a key of another controller before anything is changed", async () => {
      const nodes = sessions.map((session) => ({ session, wanted: { ...NEW, secrets: "foreign" } }));
      const said = await refuseOtherKey(nodes).then(
        () => "",
        (error: unknown) => String(error),
      );
      expect(said).to.match(
        /refused, nothing was changed: the key in \/etc\/ha.d\/authkeys that is wanted .* sip1 and sip2/,
      );
      expect([sip1.done, sip2.done]).to.deep.equal([[], []]);
    });
  });

  describe("that changes the floating IP", () => {
    const floatingIp = { ...twoNodePlan().floatingIp, address: "198.51.100.20" };
    const allowed: ClusterPlan = { ...twoNodePlan(), floatingIp, allowOutage: true };

    beforeEach(() => {
      for (const node of [sip1, sip2]) {
        node.floatingIps.set("new", floatingIp.address);
        node.effects = ["proxy", "engine"];
      }
    });

    async function refusal(plan: ClusterPlan): Promise<string> {
      return refuseLiveChange(sessions, plan).then(
        () => "",
        (error: unknown) => String(error),
      );
    }

    it("ends the calls at the former address, moves once, and goes on when no node has it any more", async () => {
      sip1.lingers = 1;
      sip1.meanwhile.set("install-packages", () => expect(sip1.lingers).to.be.below(0));
      expect(await activate(NEW, allowed)).to.equal("");
      const change = CHANGE.map((step) => (step === "start heartbeat" ? "restart heartbeat" : step));
      expect(sip2.done).to.deep.equal(change);
      expect(sip1.done).to.deep.equal(["drain", "standby", ...change]);
      expect(group.owner).to.equal("sip2");
    });

    it("ends no calls where the active node has it already, or only the way to it changes", async () => {
      sip1.current = NEW;
      expect(await activate(NEW, allowed)).to.equal("");
      for (const node of [sip1, sip2]) node.floatingIps.clear();
      sip1.current = sip2.current = OLD;
      expect(await activate(NEW, twoNodePlan())).to.equal("");
      expect([...sip1.done, ...sip2.done]).to.not.include("drain");
      expect(sip1.done).to.include("standby");
    });

    it("goes on where the group has moved by itself to the node that sees the new gateway", async () => {
      sip2.meanwhile.set("swap", () => {
        group.owner = "sip2";
        sip2.meanwhile.clear();
      });
      const gateway = { ...twoNodePlan().floatingIp, gateway: "198.51.100.2" };
      expect(await activate(NEW, { ...allowed, floatingIp: gateway })).to.equal("");
      expect([sip1.current, sip2.current, [...sip1.owed, ...sip2.owed]]).to.deep.equal([NEW, NEW, []]);
    });

    it("goes on where the proxy cannot end its calls", async () => {
      sip1.failing.add("end-calls");
      expect(await activate(NEW, allowed)).to.equal("");
      expect(group.owner).to.equal("sip2");
    });

    it("rejects an address that another machine has, before anything is changed", async () => {
      sip2.taken.add(floatingIp.address);
      expect(await activate(NEW, allowed)).to.match(
        /sip2: ask who has the new floating IP: another machine answers for 198.51.100.20 on eth1/,
      );
      expect([sip1.done, sip2.done]).to.deep.equal([[], []]);
    });

    it("is rejected where the plan does not allow it, by what the active node has", async () => {
      expect(await refusal({ ...allowed, allowOutage: false })).to.match(
        /^Error: nothing was changed: floatingIp must stay 198.51.100.10\/24 via .*; write .* allowOutage: true; see/,
      );
      expect(await refusal(allowed)).to.equal("");
    });

    it("may be taken back where it only reached the standby", async () => {
      sip2.current = NEW;
      expect(await refusal(twoNodePlan())).to.equal("");
      expect(await activate(OLD)).to.equal("");
      expect([sip1.done, sip2.current, group.owner]).to.deep.equal([[], OLD, "sip1"]);
    });

    it("is rejected with every other change that a running cluster cannot take", async () => {
      const [first, second] = twoNodePlan().nodes;
      if (!first || !second) throw new Error("two nodes are needed");
      const nodes = [
        { ...first, name: "edge1" },
        { ...second, privateAddress: "10.77.0.99" },
      ];
      const said = await refusal({ ...twoNodePlan(), nodes, proxy: "opensips" });
      expect(said.split("\n").map((line) => line.replace(/, which is in service.*/, ""))).to.deep.equal([
        "Error: nothing was changed: proxy must stay kamailio",
        "hosts.nodes[0].name must stay sip1",
        "hosts.nodes[1].address must stay 10.77.0.12",
      ]);
    });

    it("asks a machine that has nothing yet for nothing", async () => {
      sip1.current = sip2.current = undefined;
      expect(await refusal({ ...allowed, allowOutage: false })).to.equal("");
    });
  });

  it("does not restart a standby whose active node has fallen silent", async () => {
    sip2.effects = ["engine"];
    sip2.meanwhile.set("swap", () => sip1.failing.add("engine owner"));
    expect(await activate()).to.match(/a failover came in between: sip1, which was active, says '.*no answer/s);
    expect(sip2.done).to.deep.equal(["install-packages", "prove", "swap"]);
  });

  it("does not roll a standby back that has taken the group over at its last step", async () => {
    sip2.effects = ["engine"];
    sip2.meanwhile.set("applied", () => (group.owner = "sip2"));
    sip2.failing.add("applied");
    expect(await activate()).to.match(/a failover came in between/);
    expect(sip2.done).to.not.include("rollback");
  });

  it("puts back what somebody edited on the standby, and leaves the active alone", async () => {
    sip2.drift = ["file\t/etc/kamailio/kamailio.cfg\tcontent differs", "\t+debug=9"];
    expect(await activate(OLD)).to.equal("");
    expect(sip2.done).to.deep.equal(CHANGE);
    expect([sip1.done, group.owner]).to.deep.equal([[], "sip1"]);
  });

  it("starts units that do not run on either node, and touches nothing else", async () => {
    for (const node of [sip1, sip2]) node.drift = ["unit\tsip-ha-watcher\tis inactive, must be active"];
    expect(await activate(OLD)).to.equal("");
    expect([sip1.done, sip2.done, group.owner]).to.deep.equal([["start-units"], ["start-units"], "sip1"]);
  });

  it("starts a Heartbeat that somebody stopped on the standby, and awaits it there", async () => {
    sip2.heartbeat = false;
    sip2.drift = ["unit\theartbeat\tis masked, must be enabled", "unit\theartbeat\tis inactive, must be active"];
    expect(await activate(OLD)).to.equal("");
    expect([sip1.done, sip2.done, group.owner]).to.deep.equal([[], ["start-units", "start heartbeat"], "sip1"]);
  });

  it("leaves a Heartbeat alone that is stopped for a reason of the cluster's own", async () => {
    sip2.heartbeat = false;
    expect(await activate(OLD)).to.equal("");
    expect([...sip1.done, ...sip2.done]).to.deep.equal([]);
  });

  it("leaves daemons of the group to their watcher", async () => {
    sip1.drift = ["daemon\tsip-ha-proxy\tis failed, must be active; the watcher starts it"];
    expect(await activate(OLD)).to.equal("");
    expect([...sip1.done, ...sip2.done]).to.deep.equal([]);
  });

  it("starts no unit where everything is refused", async () => {
    const other = new FakeNode("sip2", "sip1", { owner: "sip2" }, OLD);
    const [first, second] = sessions;
    sessions = [...(first ? [first] : []), await other.open(bastions)];
    other.drift = ["unit\tsip-ha-watcher\tis inactive, must be active"];
    expect(await activate(OLD)).to.match(/refused, nothing was changed: sip1 and sip2 both hold the group/);
    expect([...sip1.done, ...other.done]).to.deep.equal([]);
    second?.close();
    await other.stop();
  });

  it("replaces releases that cannot tell yet what differs", async () => {
    [sip1.drift, sip2.drift] = [undefined, undefined];
    expect(await activate()).to.equal("");
    expect([sip1.current, sip2.current]).to.deep.equal([NEW, NEW]);
  });

  it("leaves routes and addresses that differ to the engine", async () => {
    sip2.drift = ["route\tdefault\tis 198.51.100.1, must be none"];
    expect(await activate(OLD)).to.equal("");
    expect([...sip1.done, ...sip2.done]).to.deep.equal([]);
  });

  it("leaves the group where it is when the change touches no service", async () => {
    [sip1.effects, sip2.effects] = [["database"], ["database"]];
    expect(await activate()).to.equal("");
    expect(group.owner).to.equal("sip1");
    expect(sip1.done).to.deep.equal(["install-packages", "prove", "swap", "applied"]);
  });

  it("has the active read a changed certificate anew, and moves nothing for it", async () => {
    for (const node of [sip1, sip2]) node.effects = ["tls"];
    expect(await activate()).to.equal("");
    expect(sip1.done).to.deep.equal(["install-packages", "prove", "swap", "reload-tls", "applied"]);
    expect(sip2.done).to.not.include("reload-tls");
    expect(group.owner).to.equal("sip1");
  });

  it("restarts the engine of the node that serves nobody when the change touches it", async () => {
    [sip1.effects, sip2.effects] = [["engine"], ["engine"]];
    expect(await activate()).to.equal("");
    expect(sip2.done).to.deep.equal(["install-packages", "prove", "swap", "restart heartbeat", "applied"]);
    expect(sip1.done[0]).to.equal("standby");
    expect(sip1.done).to.include("restart heartbeat");
  });

  for (const [step, done] of [
    ["install-packages", []],
    ["prove", CHANGE.slice(0, 1)],
    ["swap", CHANGE.slice(0, 2)],
    [" start heartbeat", [...CHANGE.slice(0, 3), "rollback", "restart heartbeat", "applied"]],
    ["applied", [...CHANGE.slice(0, 4), "rollback", "restart heartbeat"]],
  ] as const) {
    it(`leaves the active alone and puts the standby back when \`${step.trim()}\` fails on it`, async () => {
      sip2.failing.add(step);
      const said = await activate();
      expect(said).to.include("sip1 is active and was not touched");
      expect(said).to.match(/sip2: .* is broken; /);
      expect(sip1.done).to.deep.equal([]);
      expect(sip2.done).to.deep.equal(done);
      expect([sip1.current, sip2.current]).to.deep.equal([OLD, OLD]);
      expect(group.owner).to.equal("sip1");
    });
  }

  for (const [step, done] of [
    ["prove", ["install-packages", "restore-packages", "restart heartbeat", "applied"]],
    [" start heartbeat", [...CHANGE.slice(0, 3), "restore-packages", "rollback", "restart heartbeat", "applied"]],
  ] as const) {
    it(`puts the standby's packages back when \`${step.trim()}\` fails with new ones`, async () => {
      sip2.failing.add(step);
      expect(await activate({ ...NEW, bundle: "b2" })).to.include("sip2 is standby with its previous release");
      expect(sip2.done).to.deep.equal(done);
      expect([sip1.done, sip2.installed, sip2.current]).to.deep.equal([[], OLD.bundle, OLD]);
      expect([group.owner, ...sip2.owed]).to.deep.equal(["sip1"]);
    });
  }

  it("confirms new firewall rules on the standby first, by a new connection, and without a switchover", async () => {
    for (const node of [sip1, sip2]) [node.newRules, node.effects] = [true, ["none"]];
    expect(await activate()).to.equal("");
    const changed = ["install-packages", "prove", "swap", "firewall apply", "firewall confirm"];
    expect(sip2.done).to.deep.equal([...changed, "start heartbeat", "applied"]);
    expect(sip1.done).to.deep.equal([...changed, "applied"]);
    expect(group.owner).to.equal("sip1");
  });

  it("puts the former rules and files back where no new connection comes in, and leaves the active alone", async () => {
    sip2.newRules = true;
    sip2.shut();
    const said = await activate();
    expect(said).to.match(/sip2: come in under the new firewall: .*ECONNREFUSED/);
    expect(said).to.include(
      "the former rules are in force again; add the network that SSH comes from to `firewall.ssh`",
    );
    expect(said).to.include("sip1 is active and was not touched; sip2 is standby with its previous release");
    expect(sip2.done.slice(3, 6)).to.deep.equal(["firewall apply", "firewall rollback", "rollback"]);
    expect(sip1.done).to.deep.equal([]);
  });

  it("says both what failed and what could not be put back", async () => {
    sip2.failing.add(" start heartbeat").add("rollback");
    const said = await activate();
    expect(said).to.include("start heartbeat is broken").and.to.include("rollback is broken");
    expect(sip1.done).to.deep.equal([]);
  });

  it("goes on after a run that ended between the two nodes", async () => {
    sip2.current = NEW;
    expect(await activate()).to.equal("");
    expect(group.owner).to.equal("sip2");
    expect([sip1.current, sip2.current]).to.deep.equal([NEW, NEW]);
  });

  it("restarts what a run that ended between swap and restart still owes", async () => {
    [sip1.current, sip2.current] = [NEW, NEW];
    sip2.owed.add("engine");
    expect(await activate()).to.equal("");
    expect(sip2.done).to.include.members(["restart heartbeat", "applied"]);
    expect(sip1.done).to.deep.equal([]);
  });

  it("restarts a changed engine also while nobody is active", async () => {
    group.owner = null;
    sip1.heartbeat = sip2.heartbeat = false;
    [sip1.effects, sip2.effects] = [["engine"], ["engine"]];
    expect(await activate()).to.equal("");
    expect(sip1.done).to.include("restart heartbeat");
    expect(sip2.done).to.include("restart heartbeat");
  });

  it("installs both nodes together when there was nothing", async () => {
    group.owner = null;
    [sip1.current, sip2.current] = [undefined, undefined];
    expect(await activate()).to.equal("");
    expect([sip1.current, sip2.current]).to.deep.equal([NEW, NEW]);
    expect(group.owner).to.be.oneOf(["sip1", "sip2"]);
  });

  describe("that switches over", () => {
    async function move(): Promise<string> {
      const [from, to] = sessions;
      if (!from || !to) throw new Error("two sessions are needed");
      return switchOver(from, to, quiet, 300).then(
        () => "",
        (error: unknown) => String(error),
      );
    }

    it("leaves the group on the other node when proxy and relay answer there", async () => {
      expect(await move()).to.equal("");
      expect(group.owner).to.equal("sip2");
    });

    it("takes the group back when it does not serve on the other node", async () => {
      sip2.failing.add("relay monitor");
      expect(await move()).to.match(
        /relay monitor exits 7: not running[^]*the group was taken back: sip1 is active and sip2 is standby/,
      );
      expect(group.owner).to.equal("sip1");
      expect(sip1.done).to.deep.equal(["standby", "takeover"]);
    });

    it("says both what failed and that the group could not be taken back", async () => {
      sip2.failing.add("relay monitor");
      sip1.failing.add("engine takeover");
      expect(await move())
        .to.include("relay monitor exits 7")
        .and.to.include("takeover is broken");
    });
  });
});
