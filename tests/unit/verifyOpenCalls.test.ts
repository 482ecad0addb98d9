import { expect } from "chai";
import { bounds } from "../../verify/bounds/bounds.ts";
import { parseAccounting } from "../../verify/openCalls/callTable.ts";
import { type OpenCallFacts, openCallFindings, requestsWithin } from "../../verify/openCalls/findings.ts";
import {
  firstOrders,
  type KeptCall,
  keptCalls,
  lastOrders,
  portOf,
  type Side,
} from "../../verify/openCalls/keptCalls.ts";
import type { PacketRecord, PacketRow, SipFields } from "../../verify/evidence/record.ts";
import { registrationsRefused } from "../../verify/scenarios/databaseAway.ts";
import { twoNodePlan } from "../support/plans.ts";

const VIP = "198.51.100.10";
const PHONE = "198.18.0.10";
const SINCE = 100;

type Message = Partial<SipFields> & Pick<SipFields, "cseq" | "cseqMethod">;

function sip(time: number, from: Side | "cluster", to: Side | "cluster", number: number, message: Message): PacketRow {
  const end = (who: Side | "cluster"): PacketRow["source"] =>
    who === "cluster" ? { address: VIP, port: 5060 } : { address: PHONE, port: portOf[who] };
  const fields = { callId: `kept-1f-${number}@${PHONE}`, toUser: "", ...message };
  return { time, source: end(from), destination: end(to), sip: fields };
}

/** An INVITE that is answered before the fault. */
function setUp(number: number): PacketRow[] {
  return [
    sip(90, "caller", "cluster", number, { method: "INVITE", cseq: 2, cseqMethod: "INVITE" }),
    sip(91, "cluster", "caller", number, { status: 200, cseq: 2, cseqMethod: "INVITE" }),
  ];
}

interface Exchange {
  readonly by: Side;
  readonly method: string;
  readonly at: number;
  readonly cseq?: number;
  readonly status?: number;
}

/** A request of a phone to the cluster, and its final answer. */
function exchange(number: number, { by, method, at, cseq = 4, status }: Exchange): PacketRow[] {
  const request = sip(at, by, "cluster", number, { method, cseq, cseqMethod: method });
  if (status === undefined) return [request];
  return [request, sip(at + 0.1, "cluster", by, number, { status, cseq, cseqMethod: method })];
}

function row(number: number, changes: Partial<OpenCallFacts["accounting"][number]> = {}) {
  const whole = { ended: true, duration: 12.5, startSeen: true, startedBy: "sip1", endedBy: "sip2" };
  return { callId: `kept-1f-${number}@${PHONE}`, ...whole, ...changes };
}

/** What is known after a takeover from sip1 to sip2 in which everything went well with one call. */
function facts(call: KeptCall, changes: Partial<OpenCallFacts> = {}): OpenCallFacts {
  const ended = exchange(1, { by: call.hangUp, method: "BYE", at: SINCE + 2, cseq: 5, status: 200 });
  return {
    calls: [call],
    record: [...setUp(1), ...ended],
    floatingIp: VIP,
    label: "kept-1f",
    since: SINCE,
    known: new Set([`kept-1f-1@${PHONE}`]),
    accounting: [row(1)],
    left: 0,
    from: "sip1",
    to: "sip2",
    ...changes,
  };
}

const plain: KeptCall = { mode: "plain", hangUp: "caller" };

describe("a call that was open when a fault came", () => {
  it("is well when the next node knows it, its BYE is answered, and it has one complete row", () => {
    const found = openCallFindings(facts(plain));
    expect(found).to.deep.include({ unknown: 0, failedRequests: 0, silentDirections: 0, wrongAccounting: 0 });
    expect(found.notes[0]).to.equal("1 open calls and 0 ringing ones at the fault");
  });

  it("is told by number when the next node does not know it", () => {
    const found = openCallFindings(facts(plain, { known: new Set() }));
    expect(found.unknown).to.equal(1);
    expect(found.notes).to.include("call 1 is not known to sip2");
  });

  it("has failed when its BYE gets another answer than 200, none, or was never sent", () => {
    const told = (record: PacketRecord) => openCallFindings(facts(plain, { record }));
    const bye = { by: "caller", method: "BYE", at: SINCE + 1, cseq: 5 } as const;
    expect(told([...setUp(1), ...exchange(1, { ...bye, status: 481 })]).notes).to.include(
      "call 1 (plain): BYE of the caller got 481",
    );
    expect(told([...setUp(1), ...exchange(1, bye)]).notes).to.include(
      "call 1 (plain): BYE of the caller got no answer",
    );
    expect(told(setUp(1)).notes).to.include("call 1 (plain): the caller never sent its BYE");
    expect(told(setUp(1)).failedRequests).to.equal(1);
  });

  it("has failed when a re-INVITE of the phone that was called is refused", () => {
    const call: KeptCall = { mode: "plain", reinvite: "callee", hangUp: "caller" };
    const refused = exchange(1, { by: "callee", method: "INVITE", at: SINCE + 1, cseq: 1, status: 404 });
    const { record } = facts(call);
    const found = openCallFindings(facts(call, { record: [...record, ...refused].sort((a, b) => a.time - b.time) }));
    expect(found.failedRequests).to.equal(1);
    expect(found.notes).to.include("call 1 (plain): INVITE of the callee got 404");
  });

  it("counts a repeated request once, with the final answer, and nothing from before the fault", () => {
    const repeated = [
      ...exchange(1, { by: "caller", method: "BYE", at: SINCE - 3, cseq: 3, status: 481 }),
      ...exchange(1, { by: "caller", method: "BYE", at: SINCE + 1, cseq: 5 }),
      sip(SINCE + 1.1, "cluster", "caller", 1, { status: 100, cseq: 5, cseqMethod: "BYE" }),
      ...exchange(1, { by: "caller", method: "BYE", at: SINCE + 1.5, cseq: 5, status: 200 }),
    ];
    expect(requestsWithin(facts(plain, { record: repeated }), `kept-1f-1@${PHONE}`, "caller")).to.deep.equal([
      { method: "BYE", sent: SINCE + 1, status: 200, answered: SINCE + 1.6 },
    ]);
  });
});

/** One second of sound between the relay and a phone. */
function sound(relayPort: number, phonePort: number, way: "in" | "out", from = SINCE + 0.2): PacketRow[] {
  const relay = { address: VIP, port: relayPort };
  const phone = { address: PHONE, port: phonePort };
  const [source, destination] = way === "in" ? [phone, relay] : [relay, phone];
  return Array.from({ length: 80 }, (_, index) => ({
    time: from + index * 0.02,
    source,
    destination,
    rtp: { ssrc: "0x1", sequence: index },
  }));
}

describe("sound after a re-INVITE", () => {
  const call: KeptCall = { mode: "sound", reinvite: "caller", hangUp: "caller" };
  const offer = sip(SINCE + 0.05, "cluster", "callee", 1, {
    method: "INVITE",
    cseq: 4,
    cseqMethod: "INVITE",
    mediaPort: 35_000,
  });
  const invite = exchange(1, { by: "caller", method: "INVITE", at: SINCE, status: 200 }).map((packet) =>
    packet.sip?.status === undefined ? packet : { ...packet, sip: { ...packet.sip, mediaPort: 35_002 } },
  );

  function silent(packets: readonly PacketRow[]): number {
    const bye = exchange(1, { by: "caller", method: "BYE", at: SINCE + 1.8, cseq: 5, status: 200 });
    const record = [...setUp(1), ...invite, offer, ...packets, ...bye].sort((a, b) => a.time - b.time);
    return openCallFindings(facts(call, { record })).silentDirections;
  }

  const both = [...sound(35_000, 21_010, "in"), ...sound(35_000, 21_010, "out"), ...sound(35_002, 6000, "in")];

  it("is there when all four directions of the new relay ports carry packets", () => {
    expect(silent([...both, ...sound(35_002, 6000, "out")])).to.equal(0);
  });

  it("is missed in each direction that carries none, or only on ports from before", () => {
    expect(silent([...both, ...sound(35_990, 6000, "out")])).to.equal(1);
    expect(silent([])).to.equal(4);
  });

  it("does not count when it came only before the re-INVITE was answered", () => {
    expect(silent([...both, ...sound(35_002, 6000, "out", SINCE - 2)])).to.equal(1);
  });
});

describe("sound after a re-INVITE that the other phone refuses", () => {
  const call: KeptCall = { mode: "stubborn", reinvite: "caller", hangUp: "caller" };
  const ports = [35_000, 35_002];
  const begun = [
    ...setUp(1),
    ...ports.map((mediaPort) =>
      sip(91, "cluster", "caller", 1, { status: 200, cseq: 2, cseqMethod: "INVITE", mediaPort }),
    ),
  ];
  function found(status: number, packets: readonly PacketRow[]) {
    const invite = exchange(1, { by: "caller", method: "INVITE", at: SINCE, status });
    const bye = exchange(1, { by: "caller", method: "BYE", at: SINCE + 1.8, cseq: 5, status: 200 });
    const record = [...begun, ...invite, ...packets, ...bye].sort((a, b) => a.time - b.time);
    return openCallFindings(facts(call, { record }));
  }

  it("has to go on as it was", () => {
    const heard = ports.flatMap((port) => [...sound(port, 6000, "in"), ...sound(port, 6000, "out")]);
    expect(found(488, heard)).to.deep.include({ failedRequests: 0, silentDirections: 0 });
    expect(found(488, [])).to.deep.include({ failedRequests: 0, silentDirections: 4 });
  });

  it("is not what is tried when it is not refused", () => {
    expect(found(200, []).notes).to.include("call 1 (stubborn): INVITE of the caller got 200");
  });
});

describe("the accounting of calls over a fault", () => {
  const wrong = (accounting: OpenCallFacts["accounting"]) => openCallFindings(facts(plain, { accounting }));

  it("must have exactly one row for each call", () => {
    expect(wrong([]).notes).to.include("accounting of call 1 (plain): no row");
    expect(wrong([row(1), row(1)]).notes).to.include("accounting of call 1 (plain): 2 rows");
    expect(wrong([row(1), row(1)]).wrongAccounting).to.equal(1);
  });

  it("must have the end, a duration, and both nodes", () => {
    expect(wrong([row(1, { ended: false, duration: 0, endedBy: "" })]).notes).to.include(
      "accounting of call 1 (plain): no end",
    );
    expect(wrong([row(1, { duration: 0 })]).notes).to.include("accounting of call 1 (plain): a duration of 0 s");
    expect(wrong([row(1, { startedBy: "sip2" })]).notes).to.include(
      "accounting of call 1 (plain): started_by is 'sip2', must be 'sip1'",
    );
    expect(wrong([row(1, { endedBy: "sip1" })]).notes).to.include(
      "accounting of call 1 (plain): ended_by is 'sip1', must be 'sip2'",
    );
  });

  it("of a call that rang begins on the next node, with the first request that was seen", () => {
    const call: KeptCall = { mode: "ring", hangUp: "callee" };
    const ack = sip(SINCE + 1, "caller", "cluster", 1, { method: "ACK", cseq: 2, cseqMethod: "ACK" });
    const record = [...facts(call).record, ack].sort((a, b) => a.time - b.time);
    const later = row(1, { startSeen: false, startedBy: "sip2", duration: 0 });
    expect(openCallFindings(facts(call, { record, accounting: [later] })).wrongAccounting).to.equal(0);
    expect(openCallFindings(facts(call, { record, accounting: [row(1)] })).wrongAccounting).to.equal(2);
    expect(openCallFindings(facts(call, { record, accounting: [] })).wrongAccounting).to.equal(1);
  });

  it("is not missed for a call that rang and was never answered", () => {
    const call: KeptCall = { mode: "ring", hangUp: "callee" };
    const found = openCallFindings(facts(call, { record: setUp(1), accounting: [] }));
    expect(found).to.deep.include({ wrongAccounting: 0, failedRequests: 0, unknown: 0 });
    expect(found.notes).to.include("calls that rang at the fault: 0 of 1 were answered afterwards");
  });

  it("of a call that rang is that of any other call where the group stays", () => {
    const call: KeptCall = { mode: "ring", hangUp: "callee" };
    const ack = sip(SINCE + 1, "caller", "cluster", 1, { method: "ACK", cseq: 2, cseqMethod: "ACK" });
    const record = [...facts(call).record, ack].sort((a, b) => a.time - b.time);
    const stayed = { record, to: "sip1", accounting: [row(1, { endedBy: "sip1" })] };
    expect(openCallFindings(facts(call, stayed)).wrongAccounting).to.equal(0);
    expect(openCallFindings(facts(call, { ...stayed, accounting: [] })).wrongAccounting).to.equal(1);
  });

  it("is not missed for a call that was given up in time", () => {
    const call: KeptCall = { mode: "ring", cancel: true, hangUp: "caller" };
    const record = [
      ...setUp(1).slice(0, 1),
      ...exchange(1, { by: "caller", method: "CANCEL", at: SINCE + 1, cseq: 2, status: 200 }),
      sip(SINCE + 1.2, "cluster", "caller", 1, { status: 487, cseq: 2, cseqMethod: "INVITE" }),
      sip(SINCE + 1.3, "caller", "cluster", 1, { method: "ACK", cseq: 2, cseqMethod: "ACK" }),
    ];
    expect(openCallFindings(facts(call, { record, to: "sip1", accounting: [] })).wrongAccounting).to.equal(0);
  });

  it("is read as the database's client prints it", () => {
    expect(parseAccounting("kept-1-1@x\t1\t12.500\t1\tsip1\tsip2\nkept-1-2@x\t0\t0.000\t0\tsip2\t\n")).to.deep.equal([
      { callId: "kept-1-1@x", ended: true, duration: 12.5, startSeen: true, startedBy: "sip1", endedBy: "sip2" },
      { callId: "kept-1-2@x", ended: false, duration: 0, startSeen: false, startedBy: "sip2", endedBy: "" },
    ]);
  });
});

describe("a CANCEL of a call that rang at the fault", () => {
  it("is told with the answer that it got", () => {
    const call: KeptCall = { mode: "ring", cancel: true, hangUp: "caller" };
    const cancel = exchange(1, { by: "caller", method: "CANCEL", at: SINCE + 1, cseq: 2, status: 481 });
    const told = (record: PacketRecord) => openCallFindings(facts(call, { record, accounting: [] })).notes;
    expect(told([...setUp(1), ...cancel])).to.include("CANCEL of a call that rang at the fault got 481");
    expect(told(setUp(1))).to.include("CANCEL of a call that rang at the fault got no answer");
  });
});

describe("registrations while the database is down", () => {
  const register = (user: number, status?: number, after = 0.2): PacketRow[] => {
    const fields = { callId: `load-${user}-7@x`, cseqMethod: "REGISTER", toUser: `u${user}` };
    const challenged = [
      sip(10, "caller", "cluster", 1, { ...fields, method: "REGISTER", cseq: 1 }),
      sip(10.1, "cluster", "caller", 1, { ...fields, status: 401, cseq: 1 }),
      sip(10.2, "caller", "cluster", 1, { ...fields, method: "REGISTER", cseq: 2 }),
    ];
    if (status === undefined) return challenged;
    return [...challenged, sip(10.2 + after, "cluster", "caller", 1, { ...fields, status, cseq: 2 })];
  };

  it("are well when each is refused with 503 at once", () => {
    expect(registrationsRefused([...register(1, 503), ...register(2, 503)], "load")).to.deep.equal({
      all: 2,
      acknowledged: 0,
      late: 0,
    });
  });

  it("are as well when the first REGISTER is refused, before any challenge", () => {
    const fields = { callId: "load-9-7@x", cseqMethod: "REGISTER", toUser: "u9", cseq: 1 };
    const refused = [
      sip(10, "caller", "cluster", 1, { ...fields, method: "REGISTER" }),
      sip(10.1, "cluster", "caller", 1, { ...fields, status: 503 }),
    ];
    expect(registrationsRefused(refused, "load")).to.deep.equal({ all: 1, acknowledged: 0, late: 0 });
  });

  it("are not when one is acknowledged, refused late or otherwise, or not answered", () => {
    const all = [
      ...register(1, 200),
      ...register(2, 503, 1.5),
      ...register(3, 403),
      ...register(4),
      ...register(5, 503),
    ];
    expect(registrationsRefused(all, "load")).to.deep.equal({ all: 5, acknowledged: 1, late: 4 });
  });

  it("count only when they were sent while it was known to be away, and a 200 only until it was back", () => {
    const all = [...register(1, 503, 1.5), ...register(2, 200)];
    const during = (from: number, to: number) => registrationsRefused(all, "load", { from, to });
    expect(during(10.3, 20)).to.deep.equal({ all: 0, acknowledged: 1, late: 0 });
    expect(during(10, 11)).to.deep.equal({ all: 0, acknowledged: 1, late: 0 });
    expect(during(10, 10.3)).to.deep.equal({ all: 0, acknowledged: 0, late: 0 });
    expect(during(10, 20)).to.deep.equal({ all: 2, acknowledged: 1, late: 2 });
  });
});

describe("the calls that a verification keeps open", () => {
  it("have every pair of who re-INVITEs and who hangs up, with sound", () => {
    const pairs = keptCalls.flatMap(({ mode, reinvite, hangUp }) =>
      mode === "sound" && reinvite ? [`${reinvite} ${hangUp}`] : [],
    );
    expect(pairs).to.have.members(["caller caller", "callee callee", "caller callee", "callee caller"]);
    expect(keptCalls.filter(({ mode }) => mode === "plain").map(({ hangUp }) => hangUp)).to.have.members([
      "caller",
      "callee",
    ]);
  });

  it("are each told what to do once there is service again, and those that go on are told to end", () => {
    expect(firstOrders().map(({ number }) => number)).to.deep.equal(keptCalls.map((_, index) => index + 1));
    expect(firstOrders([plain])).to.deep.equal([{ number: 1, port: portOf.caller, method: "MESSAGE" }]);
    expect(lastOrders([plain])).to.deep.equal([]);
    const cancelled: KeptCall = { mode: "ring", cancel: true, hangUp: "caller" };
    expect(firstOrders([cancelled])).to.deep.equal([{ number: 1, port: portOf.caller, method: "INFO" }]);
    expect(lastOrders([cancelled])).to.deep.equal([{ number: 1, port: portOf.callee, method: "INFO" }]);
  });

  it("may not lose one of them, whatever the timers are", () => {
    const { openCallsUnknown, openCallsFailed, openCallsSilent, openCallsLeft, accountingWrong } = bounds(
      twoNodePlan().timing,
    );
    const limits = [openCallsUnknown, openCallsFailed, openCallsSilent, openCallsLeft, accountingWrong];
    expect(limits.map(({ limit }) => limit)).to.deep.equal([0, 0, 0, 0, 0]);
  });
});
