import { expect } from "chai";
import * as pulumi from "@pulumi/pulumi";
import { ACTIVATION } from "../../activate/input.ts";
import { refuseChangeInService } from "../../config/inService.ts";
import type { ClusterPlan } from "../../config/plan.ts";
import { twoNodePlan } from "../support/plans.ts";

const serving = twoNodePlan();
const other: ClusterPlan = { ...serving, hosts: { ...serving.hosts, privateSubnet: "10.90.0.0/24" } };

/** What the engine answers of this stack's own state. */
interface State {
  readonly outputs: object;
  readonly resources: object;
}

/** What the program says to a plan under plain Pulumi; empty when it goes on. */
async function said(plan: ClusterPlan, { outputs, resources }: State): Promise<string> {
  const answers = new Map<string, [name: string, answer: object]>([
    ["pulumi:pulumi:readStackOutputs", ["name", outputs]],
    ["pulumi:pulumi:readStackResourceOutputs", ["stackName", resources]],
  ]);
  await pulumi.runtime.setMocks(
    {
      call: ({ token, inputs }) => {
        const [name, answer] = answers.get(token) ?? ["", {}];
        expect(inputs).to.deep.equal({ [name]: "operator/sip-ha/two-node" });
        return { outputs: answer };
      },
      newResource: ({ id }) => ({ id: id ?? "", state: {} }),
    },
    "sip-ha",
    "two-node",
    false,
    "operator",
  );
  return refuseChangeInService(plan).then(
    () => "",
    (error: unknown) => String(error),
  );
}

function activated(plan: ClusterPlan): State {
  const urn = `urn:pulumi:two-node::sip-ha::${ACTIVATION}`;
  const stdin = JSON.stringify({ plan, hosts: [] });
  return { outputs: { cluster: other }, resources: { [urn]: { type: "command", outputs: { stdin } } } };
}

describe("plain Pulumi on a running stack", () => {
  it("rejects what would make both nodes anew, held against what was activated and not what a failed run left", async () => {
    const text = await said(other, activated(serving));
    expect(text).to.match(/1 fault in the configuration of stack two-node/);
    expect(text).to.include("hosts.privateSubnet must stay 10.77.0.0/24, which is in service");
  });

  it("goes on with the plan in service, and where nothing was activated yet", async () => {
    expect(await said(serving, activated(serving))).to.equal("");
    expect(await said(other, { outputs: {}, resources: {} })).to.equal("");
    expect(await said(other, { outputs: { cluster: serving }, resources: {} })).to.equal("");
  });
});
