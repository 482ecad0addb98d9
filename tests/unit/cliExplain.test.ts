import { expect } from "chai";
import { explain, explanationText, type NodeStory } from "../../cli/explain/explanation.ts";

const SINCE = "2026-11-23T19:20:00Z";

/** Two nodes of which sip2 has the group since 19:20:00; lines as `[seconds before or after, text]`. */
function stories(sip1: readonly [number, string][], sip2: readonly [number, string][]): NodeStory[] {
  const events = (lines: readonly [number, string][]) =>
    lines.map(([seconds, text]) => ({ time: new Date(Date.parse(SINCE) + seconds * 1000).toISOString(), text }));
  return [
    { node: "sip1", role: "standby", since: null, events: events(sip1) },
    { node: "sip2", role: "active", since: SINCE, events: events(sip2) },
  ];
}

const why = (sip1: readonly [number, string][], sip2: readonly [number, string][] = []): string =>
  explain(stories(sip1, sip2)).why;

describe("the explanation of who is active", () => {
  it("is the supervision's reason where that moved the group", () => {
    const line =
      "sip-ha-watcher[7]: proxy makes the group move to the peer: proxy failed 4 times within 60 s, last: crashed";
    expect(why([[-1, line]], [[-0.5, "heartbeat[3]: info: remote standby"]])).to.equal(
      "the supervision of sip1 gave the group up: proxy failed 4 times within 60 s, last: crashed",
    );
  });

  it("is the order where one was given", () => {
    expect(why([[-1, "sip-ha-watcher[7]: ordered here: standby, a planned switchover"]])).to.equal(
      "it was ordered on sip1: standby, a planned switchover",
    );
    expect(why([], [[-1, "sip-ha-watcher[7]: ordered here: takeover, by the controller"]])).to.equal(
      "it was ordered on sip2: takeover, by the controller",
    );
  });

  it("is the silence of a dead node", () => {
    expect(why([], [[-0.4, "heartbeat[3]: WARN: node sip1: is dead"]])).to.equal(
      "sip2 heard nothing from sip1 any more",
    );
  });

  it("is the public link where that is dead, or that a node reached nobody", () => {
    const order = "sip-ha-watcher[7]: ordered here: relinquish, the public link is dead";
    const line =
      "sip-ha-watcher[7]: the public link makes the group move to sip2: 198.51.100.1 does not answer here, and sip2 sees it";
    expect(
      why([
        [-1.1, line],
        [-1, order],
      ]),
    ).to.equal("sip1 gave the group to sip2: 198.51.100.1 does not answer on sip1, and sip2 sees it");
    const alone =
      "sip-ha-watcher[7]: this node reaches nobody, neither gateway nor peer nor database: it lets the group go";
    expect(why([[-0.1, alone]], [[-0.4, "heartbeat[3]: WARN: node sip1: is dead"]])).to.equal(
      "sip1 reached nobody any more and let the group go; sip2 heard nothing from it",
    );
  });

  it("is that nobody had it", () => {
    const line =
      "sip-ha-watcher[7]: nobody has had the group for 0.8 s although both nodes are well: this node takes it";
    expect(why([], [[-0.4, line]])).to.equal("nobody had had the group for 0.8 s, and sip2 took it");
  });

  it("takes no cause from after the move, from the wrong node, or from long before", () => {
    const order = "sip-ha-watcher[7]: ordered here: standby, x";
    const untold = "the journals of that time do not tell";
    expect(why([[5, order]])).to.equal(untold);
    expect(why([], [[-1, order]])).to.equal(untold);
    expect(why([[-300, order]])).to.equal(untold);
  });

  it("has the timeline of both nodes in order, without what only says how", () => {
    const { timeline } = explain(
      stories(
        [[-1, "sip-ha-watcher[7]: ordered here: standby"]],
        [
          [-2, "heartbeat[3]: debug: something"],
          [0.2, "systemd[1]: Started sip-ha-proxy.service"],
          [-0.5, "heartbeat[3]: info: remote resource transition completed; takeover"],
        ],
      ),
    );
    expect(timeline.map(({ node }) => node)).to.deep.equal(["sip1", "sip2", "sip2"]);
    const text = explanationText(explain(stories([[-1, "sip-ha-watcher[7]: ordered here: standby"]], [])));
    expect(text).to.include("active   sip2, since 2026-11-23T19:20:00Z\n");
    expect(text).to.include("  19:19:59.000  sip1  sip-ha-watcher[7]: ordered here: standby\n");
  });

  it("says so when nobody is active", () => {
    expect(explain([{ node: "sip1", role: "stopped", since: null, events: [] }])).to.deep.equal({
      active: null,
      since: null,
      why: "no node has the group: sip1 is stopped",
      timeline: [],
    });
  });
});
