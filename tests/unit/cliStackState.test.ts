import { expect } from "chai";
import { ACTIVATION } from "../../activate/input.ts";
import { StackState } from "../../cli/stackState.ts";
import type { HostAccess } from "../../components/hosts/host.ts";
import { twoNodePlan } from "../support/plans.ts";

const URN = `urn:pulumi:two-node::sip-ha::${ACTIVATION}`;
const SIGNATURE = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };

/** As `pulumi stack export --show-secrets` writes it. */
const secret = (value: unknown): object => ({ ...SIGNATURE, plaintext: JSON.stringify(value) });

function state(...resources: readonly object[]): StackState {
  const stack = { urn: "urn:pulumi:x::p::pulumi:pulumi:Stack::s", type: "pulumi:pulumi:Stack" };
  return new StackState({ version: 3, deployment: { manifest: {}, resources: [stack, ...resources] } });
}

const never = (): readonly StackState[] => [
  new StackState({ version: 3, deployment: {} }),
  new StackState({ version: 3, deployment: { resources: null } }),
  state(),
];

describe("the state of a stack", () => {
  it("tells the plan that was activated last, and not what a deployment that failed left in the outputs", () => {
    const plan = twoNodePlan();
    const stdin = secret(JSON.stringify({ plan, hosts: [] }));
    expect(state({ urn: URN, type: "command", inputs: { stdin } }).activatedPlan).to.deep.equal(plan);
  });

  it("knows no plan where nothing was activated, or what another version did", () => {
    for (const bare of never()) expect(bare.activatedPlan).to.equal(undefined);
    const other = { urn: "urn:pulumi:x::p::other::edge-activation", type: "command", inputs: { stdin: secret("{}") } };
    expect(state(other).activatedPlan).to.equal(undefined);
    const stdin = secret(JSON.stringify({ plan: { stack: "old" } }));
    expect(state({ urn: URN, type: "command", inputs: { stdin } }).activatedPlan).to.equal(undefined);
  });

  it("tells the outputs, what is secret among them, too", () => {
    const cluster = twoNodePlan();
    const connection = { host: "10.77.0.11", port: 22, user: "operator", hostKey: "ssh-ed25519 AAAA" };
    const access: HostAccess[] = [{ name: "sip1", role: "node", privateAddress: "10.77.0.11", connection }];
    const root = { urn: "urn:pulumi:x::p::pulumi:pulumi:Stack::s", type: "pulumi:pulumi:Stack" };
    const outputs = { cluster, access: secret(access) };
    const found = new StackState({ deployment: { resources: [{ ...root, outputs }] } }).outputs;
    expect(found).to.deep.equal({ plan: cluster, hosts: access });
    for (const bare of never()) expect(bare.outputs).to.equal(undefined);
  });

  it("names the containers and networks that the stack made", () => {
    const resources = [
      { urn: "urn:c", type: "docker:index/container:Container", id: "c1" },
      { urn: "urn:n", type: "docker:index/network:Network", id: "n1" },
      { urn: "urn:r", type: "random:index/randomPassword:RandomPassword", id: "none" },
    ];
    expect(state(...resources).dockerIds).to.deep.equal(new Set(["c1", "n1"]));
    for (const bare of never()) expect(bare.dockerIds.size).to.equal(0);
  });

  it("finds a resource by the end of its URN", () => {
    const found = state({ urn: "urn:pulumi:x::p::command:remote:Command::edge-sip1-files", type: "command" });
    expect(found.urn("::edge-sip1-files")).to.equal("urn:pulumi:x::p::command:remote:Command::edge-sip1-files");
    expect(found.urn("::edge-sip2-files")).to.equal(undefined);
  });

  it("rejects what is no export", () => {
    expect(() => new StackState({})).to.throw("unexpected output of `pulumi stack export`");
  });
});
