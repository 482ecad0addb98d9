import { expect } from "chai";
import { certificateFindings, certificateLines } from "../../cli/status/certificate.ts";
import { twoNodePlan } from "../support/plans.ts";

const plain = twoNodePlan();
const tls = { port: 5061, certificate: "", validUntil: "2030-06-30T12:00:00.000Z" };
const plan = { ...plain, sip: { ...plain.sip, tls } };

describe("the certificate in status", () => {
  it("shows its end, and nothing without TLS", () => {
    const lines = certificateLines(plan, new Date("2030-01-01"));
    expect(lines).to.deep.equal(["TLS       port 5061, certificate until 2030-06-30 (180 d)"]);
    expect(certificateLines(plain, new Date())).to.deep.equal([]);
    expect(certificateFindings(plain, new Date())).to.deep.equal([]);
  });

  it("is a finding three weeks before its end, and after it", () => {
    const said = (day: string): readonly string[] =>
      certificateFindings(plan, new Date(day)).map(({ level, what }) => `${level}: ${what}`);
    expect(said("2030-06-01")).to.deep.equal([]);
    expect(said("2030-06-20")).to.deep.equal(["degraded: the certificate of SIP over TLS ends on 2030-06-30, in 10 d"]);
    expect(said("2030-07-02")).to.deep.equal([
      "degraded: the certificate of SIP over TLS ended on 2030-06-30: phones refuse TLS",
    ]);
  });
});
