import { expect } from "chai";
import fc from "fast-check";
import { type Key, type KeyState, type KeyStep, keyRefusal, keySteps, type WantedKey } from "../../activate/keys.ts";

const key = (number: number): Key => ({ number, sum: `k${number}` });
const wantedOf = (number: number): WantedKey => ({ key: key(number), follows: number > 1 ? `k${number - 1}` : "" });
const fresh = (name: string): KeyState => ({ name, signs: 1, keys: [key(1)], held: false });

/** What a step makes of a node. */
function after(node: KeyState, { what }: KeyStep, wanted: Key): KeyState {
  const keys = [...node.keys.filter(({ number }) => number !== wanted.number), wanted];
  switch (what) {
    case "accept":
      return { ...node, keys };
    case "sign":
      return { ...node, keys, signs: wanted.number };
    case "drop":
      return { ...node, keys: [wanted], signs: wanted.number };
    case "hold":
      return { ...node, held: true };
    case "release":
      return { ...node, held: false };
  }
}

/** Runs in a row, each with the key that it wants and the number of steps after which it is killed. */
const runs = fc.array(
  fc.record({ wanted: fc.integer({ min: 1, max: 4 }), killedAfter: fc.nat(10), moved: fc.boolean() }),
  { maxLength: 8 },
);

/** Calls `each` after every step of every run; answers what the nodes have in the end. */
function play(
  history: typeof runs extends fc.Arbitrary<infer T> ? T : never,
  each: (nodes: readonly KeyState[]) => void,
) {
  let [standby, active] = [fresh("sip2"), fresh("sip1")];
  for (const { wanted: number, killedAfter, moved } of history) {
    // a held node cannot take the group
    if (moved && !standby.held) [standby, active] = [active, standby];
    const wanted = wantedOf(number);
    if (keyRefusal([standby, active], wanted) !== undefined) continue;
    for (const step of keySteps(standby, active, wanted).slice(0, killedAfter)) {
      if (step.node === standby.name) standby = after(standby, step, wanted.key);
      else active = after(active, step, wanted.key);
      each([standby, active]);
    }
  }
  return [standby, active] as const;
}

describe("the steps of a change of Heartbeat's key", () => {
  it("never let two running nodes sign differently, wherever earlier runs were killed", () => {
    fc.assert(
      fc.property(runs, (history) => {
        play(history, ([standby, active]) => {
          expect(active?.held).to.equal(false);
          if (!standby?.held) expect(standby?.signs).to.equal(active?.signs);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("let each node know the key that the other one signs with, so that the watchers hear each other throughout", () => {
    const knows = (one?: KeyState, other?: KeyState): boolean =>
      one?.keys.some(({ number }) => number === other?.signs) === true;
    fc.assert(
      fc.property(runs, (history) => {
        play(history, ([standby, active]) => {
          expect(knows(standby, active) && knows(active, standby)).to.equal(true);
        });
      }),
      { numRuns: 1000 },
    );
  });

  it("end with the wanted key alone on both, nobody held, and are none then", () => {
    fc.assert(
      fc.property(runs, (history) => {
        const nodes = play(history, () => undefined);
        const number = Math.max(...nodes.flatMap(({ keys }) => keys.map((known) => known.number)));
        const [standby, active] = play(
          [...history, { wanted: number, killedAfter: 99, moved: false }],
          () => undefined,
        );
        if (keyRefusal(nodes, wantedOf(number)) !== undefined) return;
        expect([standby.keys, active.keys]).to.deep.equal([[key(number)], [key(number)]]);
        expect([standby.signs, active.signs, standby.held]).to.deep.equal([number, number, false]);
        expect(keySteps(standby, active, wantedOf(number))).to.deep.equal([]);
      }),
      { numRuns: 1000 },
    );
  });

  it("take the standby first in each part", () => {
    expect(
      keySteps(fresh("sip2"), fresh("sip1"), wantedOf(2)).map(({ node, what }) => `${what} ${node}`),
    ).to.deep.equal([
      ...[
        "accept sip2",
        "accept sip1",
        "hold sip2",
        "sign sip2",
        "sign sip1",
        "release sip2",
        "drop sip2",
        "drop sip1",
      ],
    ]);
  });

  it("rejects a key that neither is known nor follows a known one, and a generation too many", () => {
    const nodes = [fresh("sip1"), fresh("sip2")];
    expect(keyRefusal(nodes, wantedOf(1))).to.equal(undefined);
    expect(keyRefusal(nodes, wantedOf(2))).to.equal(undefined);
    expect(keyRefusal(nodes, wantedOf(3))).to.match(/sip1 and sip2 has nor the generation after it/);
    expect(keyRefusal(nodes, { key: { number: 1, sum: "other" }, follows: "" })).to.include("sip1 and sip2");
    expect(keyRefusal(nodes, { key: { number: 2, sum: "other" }, follows: "none" })).to.include("sip1 and sip2");
  });
});
