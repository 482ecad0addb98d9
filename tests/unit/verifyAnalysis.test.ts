import { expect } from "chai";
import {
  acknowledged,
  callSucceeded,
  calls,
  directSound,
  interruptions,
  outage,
  probes,
  registersOf,
  slowestAnswerMs,
  standstills,
  soundGapMs,
  soundOf,
  straySound,
  withoutLastWords,
} from "../../verify/evidence/analysis.ts";
import { parseRecord } from "../../verify/evidence/record.ts";
import { probeFindings } from "../../verify/scenarios/measuring.ts";

const VIP = "198.51.100.10";
const PHONE = "198.18.0.10";

interface SipRow {
  readonly time: number;
  readonly from?: "phone" | "vip";
  readonly port?: number;
  readonly method?: string;
  readonly status?: number;
  readonly callId: string;
  readonly cseq?: number;
  readonly of: string;
  readonly user?: string;
  readonly media?: number;
  readonly contact?: string;
}

/** A row as `caller rows` prints it. */
function sip({
  time,
  from = "phone",
  port = 5072,
  method = "",
  status,
  callId,
  cseq = 1,
  of,
  user = "",
  media,
  contact = "",
}: SipRow): string {
  const ends = from === "phone" ? [PHONE, port, VIP, 5060] : [VIP, 5060, PHONE, port];
  return [time, ...ends, method, status ?? "", callId, cseq, of, user, media ?? "", "", "", contact].join("\t");
}

function rtp(time: number, from: readonly [string, number], to: readonly [string, number], sequence: number): string {
  return [time, ...from, ...to, "", "", "", "", "", "", "", "0x1", sequence, ""].join("\t");
}

function probe(index: number, sent: number, answered?: number): string[] {
  const callId = `probe-${index}-9@x`;
  const request = sip({ time: sent, method: "OPTIONS", callId, of: "OPTIONS" });
  if (answered === undefined) return [request];
  return [request, sip({ time: answered, from: "vip", status: 200, callId, of: "OPTIONS" })];
}

function record(lines: readonly string[]): ReturnType<typeof parseRecord> {
  return parseRecord(`${lines.join("\n")}\n`);
}

describe("the outage that a caller notices", () => {
  it("lasts from the last good answer before the fault to the first good answer after it", () => {
    const rows = [
      ...probe(1, 10, 10.01),
      ...probe(2, 10.5, 10.51),
      ...probe(3, 11),
      ...probe(4, 12, 12.25),
      ...probe(5, 12.3, 12.31),
    ];
    expect(outage(probes(record(rows)), 10.6)).to.deep.equal({ from: 10.51, to: 12.25 });
  });

  it("is found when service ends only a while after a switchover was asked for", () => {
    const rows = [...probe(1, 10, 10.01), ...probe(2, 10.1, 10.11), ...probe(3, 10.2, 10.21), ...probe(4, 10.9, 10.91)];
    expect(outage(probes(record(rows)), 10.05)).to.deep.equal({ from: 10.21, to: 10.91 });
  });

  it("does not take an answer that is no 200 for service", () => {
    const refused = [
      sip({ time: 10.5, method: "OPTIONS", callId: "probe-2-9@x", of: "OPTIONS" }),
      sip({ time: 10.51, from: "vip", status: 503, callId: "probe-2-9@x", of: "OPTIONS" }),
    ];
    const rows = [...probe(1, 10, 10.01), ...refused, ...probe(3, 11, 11.01)];
    expect(outage(probes(record(rows)), 10.2)).to.deep.equal({ from: 10.01, to: 11.01 });
  });

  it("does not end with what a frozen node says while it is killed", () => {
    const rows = [
      ...probe(1, 10, 10.01),
      ...probe(2, 10.5, 12), // waited for it
      ...probe(3, 11.99, 12.01),
      ...probe(4, 12.6),
      ...probe(5, 13, 13.02), // the other node
    ];
    const heard = withoutLastWords(probes(record(rows)), { from: 10.1, to: 12.9 });
    expect(outage(heard, 10.1)).to.deep.equal({ from: 10.01, to: 13.02 });
    expect(outage(probes(record(rows)), 10.1)).to.deep.equal({ from: 10.01, to: 12 });
  });

  it("rejects a record in which service did not come back", () => {
    expect(() => outage(probes(record([...probe(1, 10, 10.01), ...probe(2, 11)])), 10.5)).to.throw("after the fault");
  });

  it("rejects a record in which service had not begun", () => {
    expect(() => outage(probes(record([...probe(1, 10), ...probe(2, 11, 11.1)])), 10.5)).to.throw("before the fault");
  });

  it("lists every gap above the limit, and none at it or below", () => {
    const rows = [...probe(1, 1, 1), ...probe(2, 1.5, 1.5), ...probe(3, 2, 2), ...probe(4, 2.75, 2.75)];
    expect(interruptions(probes(record(rows)), 500)).to.deep.equal([{ from: 2, to: 2.75 }]);
  });

  it("tells a cluster that does not answer from a caller that does not ask", () => {
    const rows = [...probe(1, 1, 1.01), ...probe(2, 1.02), ...probe(3, 1.5, 4.9), ...probe(4, 4.9, 4.91)];
    expect(standstills(probes(record(rows)), 480)).to.deep.equal([{ from: 1.5, to: 4.9 }]);
    const { notes } = probeFindings(record(rows), 1.01);
    expect(notes.at(-1)).to.equal(
      "the caller itself sent nothing for 3400 ms: its machine stood still, and times are too long",
    );
  });
});

describe("the slowest answer to a probe", () => {
  it("is of those sent within the span; one that never came counts until its end", () => {
    const all = probes(record([...probe(1, 10, 14), ...probe(2, 12, 12.5), ...probe(3, 13, 13.25), ...probe(4, 30)]));
    expect(slowestAnswerMs(all, { from: 11, to: 20 })).to.equal(500);
    expect(slowestAnswerMs(all, { from: 29, to: 32 })).to.equal(2000);
    expect(slowestAnswerMs(all, { from: 15, to: 20 })).to.equal(0);
  });
});

describe("registrations in the record", () => {
  const register = (time: number, user: string, status: number, label = "load"): string[] => [
    sip({ time, method: "REGISTER", callId: `${label}-${user}@x`, of: "REGISTER", user }),
    sip({ time: time + 0.01, from: "vip", status, callId: `${label}-${user}@x`, of: "REGISTER", user }),
  ];

  it("count as acknowledged only with a 200", () => {
    const rows = [
      ...register(1, "x0", 200),
      ...register(2, "x1", 401),
      ...register(3, "x2", 500),
      ...register(4, "x3", 200, "callee"),
    ];
    expect([...acknowledged(record(rows), "load")]).to.deep.equal(["x0"]);
  });

  it("are counted by user and span", () => {
    const rows = record([...register(1, "b", 200), ...register(5, "b", 200), ...register(5.5, "a", 200)]);
    expect(registersOf(rows, "b", { from: 2, to: 9 })).to.equal(1);
    expect(registersOf(rows, "b", { from: 6, to: 9 })).to.equal(0);
  });
});

describe("calls in the record", () => {
  const callId = "first-1-7@x";
  const invite = [
    sip({ time: 1, port: 5074, method: "INVITE", callId, of: "INVITE", media: 6000 }),
    sip({ time: 1.01, from: "vip", port: 5074, status: 407, callId, of: "INVITE" }),
    sip({ time: 1.02, port: 5074, method: "INVITE", callId, cseq: 2, of: "INVITE", media: 6000 }),
    sip({ time: 1.03, from: "vip", port: 5070, method: "INVITE", callId, cseq: 2, of: "INVITE", media: 30002 }),
    sip({ time: 1.04, port: 5070, status: 200, callId, cseq: 2, of: "INVITE", media: 21000 }),
    sip({ time: 1.05, from: "vip", port: 5074, status: 200, callId, cseq: 2, of: "INVITE", media: 30000 }),
  ];
  const bye = [
    sip({ time: 2, port: 5074, method: "BYE", callId, cseq: 3, of: "BYE" }),
    sip({ time: 2.01, from: "vip", port: 5070, method: "BYE", callId, cseq: 3, of: "BYE" }),
    sip({ time: 2.02, port: 5070, status: 200, callId, cseq: 3, of: "BYE" }),
  ];
  const byeAnswer = sip({ time: 2.03, from: "vip", port: 5074, status: 200, callId, cseq: 3, of: "BYE" });

  it("are followed over both legs, with the relay's ports", () => {
    const [call] = calls(record([...invite, ...bye, byeAnswer]), "first", VIP);
    expect(call).to.deep.equal({
      callId,
      invited: 1,
      answered: 1.05,
      byeSent: 2,
      byeAnswered: 2.03,
      relayPorts: [30002, 30000],
    });
    expect(call && callSucceeded(call)).to.equal(true);
  });

  it("do not succeed when the BYE is answered by the other phone but not to the caller", () => {
    const [call] = calls(record([...invite, ...bye]), "first", VIP);
    expect(call && callSucceeded(call)).to.equal(false);
  });

  it("do not take a challenge for a refusal, but a 404 for one", () => {
    const refusal = sip({ time: 1.03, from: "vip", port: 5074, status: 404, callId, cseq: 2, of: "INVITE" });
    const [call] = calls(record([...invite.slice(0, 3), refusal]), "first", VIP);
    expect(call?.refused).to.equal(404);
    expect(call?.answered).to.equal(undefined);
    expect(calls(record(invite), "first", VIP)[0]?.refused).to.equal(undefined);
  });

  it("have their sound told by direction, with packets, gaps and missing numbers", () => {
    const packets = [
      rtp(1.1, [PHONE, 6000], [VIP, 30000], 65534),
      rtp(1.12, [PHONE, 6000], [VIP, 30000], 65535),
      rtp(1.5, [PHONE, 6000], [VIP, 30000], 1),
      rtp(1.11, [VIP, 30002], [PHONE, 21000], 7),
      rtp(1.2, [VIP, 40000], [PHONE, 21000], 7),
    ];
    const rows = record([...invite, ...packets]);
    const [call] = calls(rows, "first", VIP);
    const streams = call ? soundOf(rows, call, VIP) : [];
    expect(
      streams.map(({ relayPort, direction, packets: count, missing }) => ({ relayPort, direction, count, missing })),
    ).to.deep.equal([
      { relayPort: 30002, direction: "out", count: 1, missing: 0 },
      { relayPort: 30000, direction: "in", count: 3, missing: 1 },
    ]);
    expect(streams[1]?.longestGapMs).to.be.closeTo(380, 0.001);
  });

  it("have the longest time told that a phone heard nothing, also at the end and when it never heard anything", () => {
    const heard = (from: number, to: number, port: number, phone: number): string[] =>
      Array.from({ length: Math.round((to - from) * 50) + 1 }, (_, index) =>
        rtp(from + index / 50, [VIP, port], [PHONE, phone], index),
      );
    const gap = (...packets: readonly string[]): number | undefined =>
      soundGapMs(record([...invite, ...bye, ...packets]), "first", VIP);
    const callee = heard(1.06, 2, 30002, 21000);
    expect(gap(...callee, ...heard(1.06, 2, 30000, 6000))).to.be.closeTo(20, 1);
    expect(gap(...callee, ...heard(1.06, 1.3, 30000, 6000), ...heard(1.8, 2, 30000, 6000))).to.be.closeTo(500, 1);
    expect(gap(...callee, ...heard(1.06, 1.3, 30000, 6000))).to.be.closeTo(700, 1);
    expect(gap(...callee)).to.be.closeTo(950, 1);
    expect(soundGapMs(record(bye), "first", VIP)).to.equal(undefined);
  });

  it("have their sound told without a relay, from phone to phone", () => {
    const direct = invite.map((line) => line.replace("\t30002\t", "\t6000\t").replace("\t30000\t", "\t21000\t"));
    const rows = record([
      ...direct,
      rtp(1.1, [PHONE, 6000], [PHONE, 21000], 1),
      rtp(1.1, [PHONE, 21000], [PHONE, 6000], 1),
      rtp(1.1, [PHONE, 6002], [PHONE, 21000], 1),
    ]);
    const [call] = calls(rows, "first", VIP);
    expect(call && directSound(rows, call).map(({ packets }) => packets)).to.deep.equal([1, 1]);
  });

  it("have sound past the floating IP counted", () => {
    const rows = record([rtp(1, [PHONE, 6000], [PHONE, 21000], 1), rtp(1, [PHONE, 6000], [VIP, 30000], 1)]);
    expect(straySound(rows, VIP)).to.equal(1);
  });
});

describe("the rows of the record", () => {
  it("are put in order of time", () => {
    const rows = record([...probe(2, 5), ...probe(1, 3)]);
    expect(rows.map((row) => row.time)).to.deep.equal([3, 5]);
  });

  it("rejects a row with another number of columns", () => {
    expect(() => parseRecord("1\t2\t3\n")).to.throw("15 columns, got 3");
  });
});
