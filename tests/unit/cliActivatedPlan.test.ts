import { expect } from "chai";
import { ACTIVATION, planIn } from "../../cli/activatedPlan.ts";
import { twoNodePlan } from "../support/plans.ts";

function state(urn: string, stdin: unknown): unknown {
  return {
    deployment: { resources: [{ urn: "urn:pulumi:x::p::pulumi:pulumi:Stack::s" }, { urn, inputs: { stdin } }] },
  };
}

describe("the plan that was activated last", () => {
  const urn = `urn:pulumi:two-node::sip-ha::${ACTIVATION}`;
  const secret = (value: unknown): unknown => ({ plaintext: JSON.stringify(JSON.stringify(value)) });

  it("is read from the input of the activation, and not from what a deployment that failed left in the outputs", () => {
    const plan = twoNodePlan();
    expect(planIn(state(urn, secret({ plan, hosts: [] })))).to.deep.equal(plan);
  });

  it("is unknown where nothing was activated, or what another version did", () => {
    expect(planIn({ deployment: {} })).to.equal(undefined);
    expect(planIn(state("urn:pulumi:x::p::other::edge-activation", secret({})))).to.equal(undefined);
    expect(planIn(state(urn, secret({ plan: { stack: "old" } })))).to.equal(undefined);
  });
});
