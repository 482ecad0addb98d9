import { expect } from "chai";
import { faultLine } from "../../config/faults.ts";
import { proxyChangeFaults } from "../../config/proxyChange.ts";
import { opensipsPlan, twoNodePlan } from "../support/plans.ts";

describe("a change of the proxy", () => {
  it("rejects another proxy than the one in service", () => {
    expect(proxyChangeFaults(opensipsPlan(), "kamailio").map(faultLine)).to.deep.equal([
      "proxy must stay kamailio, which is in service, since a change loses every registration until the phones register again, got opensips; write proxy: kamailio, or allow it by allowRegistrationLoss: true",
    ]);
    expect(proxyChangeFaults(twoNodePlan(), "opensips")).to.have.length(1);
  });

  it("accepts the same proxy, and another one where the stack allows the loss", () => {
    expect(proxyChangeFaults(opensipsPlan(), "opensips")).to.deep.equal([]);
    expect(proxyChangeFaults({ ...opensipsPlan(), allowRegistrationLoss: true }, "kamailio")).to.deep.equal([]);
  });
});
