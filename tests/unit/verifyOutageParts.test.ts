import { expect } from "chai";
import type { JournalEvent } from "../../remote/journal.ts";
import { milestonesOf, type MoveEvidence } from "../../verify/evidence/milestones.ts";
import type { NeighbourLook } from "../../verify/evidence/neighbour.ts";
import { type OutageParts, outageParts } from "../../verify/evidence/outageParts.ts";
import type { Sample } from "../../verify/evidence/samples.ts";
import type { ScenarioReport } from "../../verify/report/report.ts";
import { outagePartsSvg } from "../../verify/report/outagePartsSvg.ts";
import { medianParts, outagePartsText } from "../../verify/report/outagePartsText.ts";

const MINUTE = Date.UTC(2026, 10, 30, 16, 19) / 1000;
const OLD = "02:42:c6:33:64:fd";
const NEW = "02:42:c6:33:64:fc";

/** Journal lines as `[seconds of the minute, text]`. */
function journal(...lines: readonly (readonly [number, string])[]): readonly JournalEvent[] {
  return lines.map(([second, text]) => ({ time: new Date((MINUTE + second) * 1000).toISOString(), text }));
}

/** Looks at a node every 50 ms from one second of the minute to another; it has the group from `from` until `until`. */
function looks(
  begin: number,
  end: number,
  { from = Infinity, until = Infinity }: { from?: number; until?: number },
): Sample[] {
  return Array.from({ length: Math.round((end - begin) * 20) }, (_, index) => {
    const second = begin + index / 20;
    const has = second >= from && second < until;
    return { time: MINUTE + second, address: has, route: has, proxy: has };
  });
}

function gateway(second: number): readonly NeighbourLook[] {
  return [
    { time: MINUTE, hardwareAddress: OLD },
    { time: MINUTE + second, hardwareAddress: NEW, told: true },
  ];
}

/** What Heartbeat 3.0.6, the resource manager and systemd write on the node that takes over from a dead one. */
const DEATH = journal(
  [19.525, "heartbeat[3109]: [3109]: WARN: node sip1: is dead"],
  [19.526, "heartbeat[3109]: [3109]: info: Resources being acquired from sip1."],
  [19.547, "ResourceManager[3480]: info: Starting sipha-floating-ip"],
  [19.562, "ResourceManager[3480]: info: Starting sipha-default-route"],
  [19.578, "ResourceManager[3480]: info: Starting sipha-proxy"],
  [19.678, "systemd[1]: Started sip-ha-proxy.service - SIP proxy (Kamailio) of the resource group."],
);

const death: MoveEvidence = {
  way: "death",
  since: MINUTE + 18.613,
  from: "sip1",
  to: "sip2",
  fenced: false,
  journal: (node) => (node === "sip2" ? DEATH : []),
  samples: (node) => (node === "sip2" ? looks(17, 22, { from: 19.588 }) : looks(17, 18.65, { from: 0 })),
  neighbour: gateway(19.565),
};
const SPAN = { from: MINUTE + 18.673, to: MINUTE + 19.726 };

function divide(evidence: MoveEvidence, span = SPAN): OutageParts {
  const divided = outageParts({ span, since: evidence.since, milestones: milestonesOf(evidence), clockMs: 0 });
  if (divided === undefined) throw new Error("the outage is not that of the move");
  return divided;
}

const text = (evidence: MoveEvidence, span = SPAN): string => outagePartsText(divide(evidence, span));

describe("the parts of an outage", () => {
  it("of a node's death are its detection, the address, ARP, the proxy, and the first answer", () => {
    expect(text(death)).to.equal(
      "1,053 ms = detection 852 + address 37 + ARP 3 + proxy 113 + probe 48; before it 60 ms with service: detection 60",
    );
  });

  it("have ARP after the proxy where the gateway learned later", () => {
    expect(text({ ...death, neighbour: gateway(19.7) })).to.contain("address 37 + proxy 116 + ARP 22 + probe 26");
  });

  it("name the device's confirmation where a device has to confirm", () => {
    const confirmed = journal([19.53, "sip-ha-fence[4]: sip1 was shot: external/ipmi confirmed after 5 ms"]);
    const fenced = { ...death, fenced: true, journal: () => [...DEATH.slice(0, 1), ...confirmed, ...DEATH.slice(1)] };
    expect(text(fenced)).to.contain("detection 852 + fencing 5 + address 32");
  });

  it("that nobody saw end are in the next one, and are named", () => {
    const silent = { ...death, journal: () => DEATH.slice(1) };
    expect(text(silent))
      .to.contain("= detection and address 889 + ARP 3")
      .and.contain("not seen: the end of detection");
    const blind = { ...death, neighbour: [], journal: () => DEATH.slice(0, -1) };
    expect(text(blind)).to.contain("address 37 + proxy and ARP and probe 164");
  });

  it("end by the looks at a node whose journal cannot be read, which may be late by their pace", () => {
    const divided = divide({ ...death, journal: () => [], neighbour: [] });
    expect(divided.notSeen).to.deep.equal(["detection", "proxy", "ARP"]);
    const [address] = divided.parts;
    expect(address?.ms).to.be.closeTo(927, 0.1);
    expect(address?.withinMs).to.be.closeTo(50, 0.1);
  });

  it("do not depend on what was written before the fault, or by a former move", () => {
    const before = journal(
      [5, "heartbeat[3109]: [3109]: WARN: node sip1: is dead"],
      [5.1, "ResourceManager[1]: info: Starting sipha-default-route"],
      [5.2, "systemd[1]: Started sip-ha-proxy.service - SIP proxy (Kamailio) of the resource group."],
    );
    expect(text({ ...death, journal: () => [...before, ...DEATH] })).to.equal(text(death));
  });

  it("of a planned switchover tell apart what passed with service and what without", () => {
    const former = journal(
      [35.214, "heartbeat[3109]: [3109]: info: sip2 wants to go standby [all]"],
      [35.569, "ResourceManager[4289]: info: Stopping sipha-proxy"],
      [35.635, "heartbeat[4285]: [4285]: info: all HA resource release completed (standby)."],
    );
    const next = journal(
      [35.349, "heartbeat[88]: [88]: info: sip2 wants to go standby [all]"],
      [35.762, "ResourceManager[636]: info: Starting sipha-floating-ip"],
      [35.779, "ResourceManager[636]: info: Starting sipha-default-route"],
      [35.892, "systemd[1]: Started sip-ha-proxy.service - SIP proxy (Kamailio) of the resource group."],
    );
    const evidence: MoveEvidence = {
      way: "order",
      since: MINUTE + 34.634,
      from: "sip2",
      to: "sip1",
      fenced: true,
      journal: (node) => (node === "sip2" ? former : next),
      samples: (node) => (node === "sip2" ? looks(33, 40, { from: 0, until: 35.65 }) : looks(33, 40, { from: 35.81 })),
      neighbour: gateway(35.781),
    };
    // the proxy answered before systemd said that it had started
    expect(text(evidence, { from: MINUTE + 35.574, to: MINUTE + 35.853 })).to.equal(
      "279 ms = release 61 + hand-over 127 + address 17 + ARP 2 + proxy 72 + probe 0; " +
        "before it 940 ms with service: drain 580 + release 360",
    );
  });

  it("of a group that the watcher gave up begin with its decision", () => {
    const decided = "sip-ha-watcher[7]: proxy makes the group move to the peer: proxy failed 4 times within 60 s";
    const evidence: MoveEvidence = {
      ...death,
      way: "decision",
      journal: (node) => (node === "sip1" ? journal([19.1, decided]) : DEATH),
      samples: (node) => (node === "sip1" ? looks(17, 22, { from: 0, until: 19.4 }) : looks(17, 22, { from: 19.588 })),
    };
    expect(text(evidence)).to.contain("detection 427 + release 300 + hand-over 147 + address 15");
  });

  it("of a group that its node took again know no ARP, and no look from before", () => {
    const again = {
      way: "dropped" as const,
      to: "sip1",
      journal: () => DEATH,
      samples: () => [...looks(17, 18.7, { from: 0 }), ...looks(18.7, 22, { from: 19.588 })],
    };
    expect(text({ ...death, ...again })).to.contain("= release 27 + detection 825 + address 37 + proxy 116 + probe 48");
  });

  it("of two dead nodes are the time without power and the boot", () => {
    const lines = [...journal([19.3, "heartbeat[88]: [88]: info: Configuration validated. Starting heartbeat 3.0.6"])];
    const evidence: MoveEvidence = {
      ...death,
      way: "reboot",
      powered: MINUTE + 18.9,
      journal: () => [...lines, ...DEATH],
    };
    expect(text(evidence)).to.contain("= power 227 + boot 400 + address 262 + ARP 3");
  });

  it("are none where the longest gap is not that of the move", () => {
    const outage = (from: number, to: number) =>
      outageParts({
        span: { from: MINUTE + from, to: MINUTE + to },
        since: death.since,
        milestones: milestonesOf(death),
        clockMs: 0,
      });
    expect(outage(18.6, 19.2)).to.equal(undefined);
    expect(outage(20, 21)).to.equal(undefined);
    expect(outage(18.6, 21)).not.to.equal(undefined);
  });

  it("say how far the clocks are apart by which they were measured", () => {
    const apart = { ...divide(death), lead: [], clockMs: 0.4 };
    expect(outagePartsText(apart)).to.match(/; by clocks that are up to 1 ms apart$/);
    expect(outagePartsText({ ...apart, clockMs: null })).to.match(/; by clocks of which nobody knows/);
  });
});

describe("the medians of the parts", () => {
  const run = (seconds: number): ScenarioReport => ({
    name: "power-off of sip1",
    scenario: "power-off",
    steps: [],
    measures: [],
    notes: [],
    timelines: [],
    seconds: 1,
    outageParts: divide(death, { from: SPAN.from, to: SPAN.to + seconds }),
  });

  it("are of each part by itself, over the runs of one scenario", () => {
    expect(medianParts([run(0), run(0.01), run(0.5)])).to.deep.equal([
      "power-off, medians of 3 runs: 1,063 ms; detection 852, address 37, ARP 3, proxy 113, probe 58",
    ]);
  });

  it("need two runs in which everything was seen", () => {
    const blind = { ...run(0), outageParts: divide({ ...death, neighbour: [] }) };
    expect(medianParts([run(0), blind])).to.deep.equal([]);
  });
});

describe("the picture of an outage's parts", () => {
  const svg = outagePartsSvg(divide(death));

  it("is one bar as wide as the outage, each part in proportion to its time", () => {
    const bars = [...svg.matchAll(/class="part part-([a-z-]+)" x="([\d.]+)" y="0" width="([\d.]+)"/g)];
    expect(bars.map(([, name]) => name)).to.deep.equal(["detection", "address", "arp", "proxy", "probe"]);
    const [detection, , , , probe] = bars.map(([, , x, width]) => ({ x: Number(x), width: Number(width) }));
    expect(detection).to.deep.equal({ x: 0, width: 906.2 });
    expect((probe?.x ?? 0) + (probe?.width ?? 0)).to.be.closeTo(1120, 0.2);
  });

  it("writes into a part what fits there, and everything into the legend, which stays within the picture", () => {
    expect(svg).to.contain(">detection 852</text>").and.not.to.contain(">ARP 3</text>");
    expect(svg).to.contain('ARP <tspan class="figure">3 ms</tspan>');
    const [, height] = /viewBox="0 0 1120 (\d+)"/.exec(svg) ?? [];
    const lines = [...svg.matchAll(/class="name" x="([\d.]+)" y="(\d+)">(.*?)<\/text>/g)];
    expect(lines).to.have.length(5);
    for (const [, x, y, words = ""] of lines) {
      expect(Number(y)).to.be.below(Number(height));
      expect(Number(x) + words.replace(/<[^>]*>/g, "").length * 6.6).to.be.at.most(1121);
    }
  });
});
