import { expect } from "chai";
import { knownDockerIds } from "../../cli/leftovers.ts";

const resource = (type: string, id?: string): object => ({ urn: "urn:x", type, ...(id === undefined ? {} : { id }) });

describe("the Docker objects that a stack's state knows", () => {
  it("are its containers and networks", () => {
    const resources = [
      resource("pulumi:pulumi:Stack"),
      resource("docker:index/container:Container", "c1"),
      resource("docker:index/network:Network", "n1"),
      resource("random:index/randomPassword:RandomPassword", "none"),
    ];
    expect(knownDockerIds({ version: 3, deployment: { manifest: {}, resources } })).to.deep.equal(
      new Set(["c1", "n1"]),
    );
  });

  it("are none in a stack that was never built", () => {
    expect(knownDockerIds({ version: 3, deployment: {} })).to.deep.equal(new Set());
    expect(knownDockerIds({ version: 3, deployment: { resources: null } })).to.deep.equal(new Set());
  });

  it("rejects what is no deployment", () => {
    expect(() => knownDockerIds({})).to.throw("unexpected output of `pulumi stack export`");
  });
});
