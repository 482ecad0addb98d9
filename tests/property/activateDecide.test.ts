import { expect } from "chai";
import fc from "fast-check";
import { decide, isSettled, type NodeState, sameRelease } from "../../activate/decide.ts";
import type { OwnerView, Release } from "../../remote/programs.ts";

const release: fc.Arbitrary<Release> = fc.record({
  files: fc.constantFrom("f1", "f2"),
  secrets: fc.constantFrom("s1", "s2"),
  bundle: fc.constantFrom("b1", "b2"),
});
const owed = fc.constantFrom<readonly string[]>([], [], ["proxy"], ["engine"]);
const drifted = fc.constantFrom(false, false, true);
const units = fc.constantFrom<readonly string[]>([], [], ["heartbeat"], ["sip-ha-watcher"]);
const role = fc.constantFrom<OwnerView["role"]>("active", "standby", "stopped", "transition", "maintenance");

/** A node as it can be: one without a release has no engine to ask. */
function nodeState(name: string): fc.Arbitrary<NodeState> {
  const bare = release.map((wanted) => ({
    name,
    current: undefined,
    wanted,
    owed: [],
    drifted: false,
    units: [],
    held: false,
    view: undefined,
  }));
  const installed = fc
    .record({ current: release, wanted: release, owed, drifted, units, role })
    .map(({ role: told, ...rest }) => ({ name, ...rest, held: false, view: viewOf(name, told) }));
  return fc.oneof(bare, installed);
}

function viewOf(self: string, told: OwnerView["role"]): OwnerView {
  return { self, owner: told === "active" ? self : null, role: told, since: null };
}

const twoNodes = fc.tuple(nodeState("sip1"), nodeState("sip2"));
const holds = (told: OwnerView["role"]) => (state: NodeState) => state.view?.role === told;
const isStale = ({ current, wanted, owed: waiting, drifted: edited }: NodeState): boolean =>
  !sameRelease(current, wanted) || waiting.length > 0 || edited;

const asWanted = ({ wanted }: NodeState) => ({ current: wanted, owed: [], drifted: false });
const isIdle = (state: NodeState): boolean => holds("stopped")(state) && state.units.includes("heartbeat");

/** Holds for every pair of nodes that fulfils the condition; there must be enough of those to try. */
function forNodes(given: (states: NodeState[]) => boolean, check: (states: NodeState[]) => void): void {
  fc.assert(
    fc.property(
      twoNodes.filter((states) => given([...states])),
      (states) => {
        check([...states]);
      },
    ),
    { numRuns: 500 },
  );
}

describe("the way that an activation takes", () => {
  it("never changes all nodes at once while one of them is active", () => {
    forNodes(
      (states) => states.some(holds("active")),
      (states) => {
        expect(decide(states).kind).to.not.equal("install");
      },
    );
  });

  it("never changes all nodes at once while Heartbeat may be between two owners", () => {
    forNodes(
      (states) => isSettled(states) && states.some(holds("standby")),
      (states) => {
        expect(decide(states).kind).to.not.equal("install");
      },
    );
  });

  it("takes the standby first, whichever node it is", () => {
    forNodes(
      (states) =>
        states.filter(holds("active")).length === 1 &&
        !states.some(holds("transition")) &&
        !states.some(holds("maintenance")),
      (states) => {
        const course = decide(states);
        if (course.kind !== "roll") {
          expect(course.kind).to.equal(states.some(isIdle) ? "join" : "nothing");
          expect(states.some(isStale)).to.equal(false);
          return;
        }
        expect(course.active).to.equal(states.find(holds("active"))?.name);
        expect(course.standby).to.equal(states.find((state) => !holds("active")(state))?.name);
        expect(course.changed).to.deep.equal(states.filter(isStale).map(({ name }) => name));
      },
    );
  });

  it("rejects two active nodes and names both", () => {
    forNodes(
      (states) => states.every(holds("active")),
      (states) => {
        const course = decide(states);
        expect(course.kind === "refuse" ? course.why : "").to.match(/^sip1 and sip2 both hold the group/);
      },
    );
  });

  it("rejects a change while a node is in maintenance, and needs nothing when nothing changes", () => {
    forNodes(
      (states) => states.filter(holds("active")).length === 1 && states.some(holds("maintenance")),
      (states) => {
        const course = decide(states);
        expect(course.kind).to.equal(states.some(isStale) ? "refuse" : "nothing");
        if (course.kind === "refuse") expect(course.why).to.include("npm run maintenance -- off sip");
      },
    );
  });

  it("rejects a group that is on the move", () => {
    forNodes(
      (states) => states.some(holds("transition")) && !states.every(holds("active")),
      (states) => {
        const course = decide(states);
        expect(course.kind === "refuse" ? course.why : "").to.include("right now");
      },
    );
  });

  it("installs all stale nodes together when nobody is active", () => {
    forNodes(
      (states) =>
        !["active", "transition", "maintenance"].some((role) => states.some((state) => state.view?.role === role)),
      (states) => {
        expect(decide(states)).to.deep.equal({
          kind: "install",
          nodes: states.filter(isStale).map(({ name }) => name),
        });
      },
    );
  });

  it("lets a node in again whose Heartbeat does not run and shall, and changes neither node for it", () => {
    fc.assert(
      fc.property(twoNodes, fc.boolean(), ([one, other], turned) => {
        const serving = { ...one, ...asWanted(one), view: viewOf("sip1", "active") };
        const idle = { ...other, ...asWanted(other), view: viewOf("sip2", "stopped"), units: ["heartbeat"] };
        const states = turned ? [idle, serving] : [serving, idle];
        expect(decide(states)).to.deep.equal({ kind: "join", active: "sip1", standby: "sip2" });
        expect(decide([serving, { ...idle, units: ["chrony"] }]).kind).to.equal("nothing");
      }),
    );
  });

  it("does nothing exactly when one node is active and all have what they shall have", () => {
    forNodes(
      () => true,
      (states) => {
        const settled = states.filter(holds("active")).length === 1 && !states.some(holds("transition"));
        expect(decide(states).kind === "nothing").to.equal(settled && !states.some(isStale) && !states.some(isIdle));
      },
    );
  });

  it("decides the same whatever the order of the nodes", () => {
    forNodes(
      (states) => states.some(holds("active")) && !states.every(holds("active")),
      (states) => {
        const [forth, back] = [decide(states), decide(states.toReversed())];
        if (forth.kind !== "roll" || back.kind !== "roll") {
          expect(back).to.deep.equal(forth);
          return;
        }
        expect(back).to.deep.equal({ ...forth, changed: forth.changed.toReversed() });
      },
    );
  });
});
