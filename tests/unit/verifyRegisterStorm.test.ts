import { expect } from "chai";
import type { PacketRow, SipFields } from "../../verify/evidence/record.ts";
import { stormFindings } from "../../verify/scenarios/registerStorm.ts";

const PHONE = { address: "198.18.0.10", port: 5073 };
const CLUSTER = { address: "198.51.100.10", port: 5060 };

function row(time: number, user: number, cseq: number, status?: number, label = "storm"): PacketRow {
  const sip: SipFields = {
    ...(status === undefined ? { method: "REGISTER" } : { status }),
    callId: `${label}-${user}-7@x`,
    cseq,
    cseqMethod: "REGISTER",
    toUser: `u${user}`,
  };
  const ends = status === undefined ? [PHONE, CLUSTER] : [CLUSTER, PHONE];
  return { time, source: ends[0] ?? PHONE, destination: ends[1] ?? CLUSTER, sip };
}

describe("a storm of registrations", () => {
  const well = [row(10, 1, 1), row(10.25, 1, 1, 401), row(10.5, 1, 2), row(10.75, 1, 2, 200)];

  it("is told by user, from the first REGISTER to the last 200; a challenge is no refusal", () => {
    const second = [row(10.75, 2, 1), row(11, 2, 1, 401), row(11.25, 2, 2), row(12, 2, 2, 200)];
    const expected = { users: 2, acknowledged: ["u1", "u2"], refused: 0, repeated: 0, lastsMs: 2000 };
    expect(stormFindings([...well, ...second], "storm")).to.deep.equal(expected);
  });

  it("counts who was refused or never answered, and what was sent again", () => {
    const banned = [row(11, 2, 1), row(11.5, 2, 1), row(12.5, 2, 1)];
    const refused = [row(11, 3, 1), row(11.25, 3, 1, 503)];
    const others = [row(11, 4, 1, undefined, "before"), row(11, 4, 1, 403, "before")];
    const expected = { users: 3, acknowledged: ["u1"], refused: 1, repeated: 2, lastsMs: 750 };
    expect(stormFindings([...well, ...banned, ...refused, ...others], "storm")).to.deep.equal(expected);
  });

  it("is none in a record without one", () => {
    expect(stormFindings([], "storm")).to.deep.equal({
      users: 0,
      acknowledged: [],
      refused: 0,
      repeated: 0,
      lastsMs: 0,
    });
  });
});
