import { expect } from "chai";
import { commandPlugin } from "../../toolchain/plugins/command/plugin.ts";
import { dockerPlugin } from "../../toolchain/plugins/docker/plugin.ts";
import { randomPlugin } from "../../toolchain/plugins/random/plugin.ts";
import type { Plugin } from "../../toolchain/plugins/shared/plugin.ts";
import type { Properties } from "../../toolchain/plugins/shared/values.ts";
import { type Answer, PluginClient } from "./support/pluginClient.ts";

const refusal = (property: string, name = property) => ({
  property,
  reason: `the stand-in does not support property ${name}; use the official plugin`,
});

async function check(plugin: Plugin, token: string, news: Properties): Promise<Answer> {
  const client = await PluginClient.start(plugin);
  try {
    return await client.check(`urn:pulumi:dev::refusals::${token}::one`, { olds: {}, news });
  } finally {
    client.stop();
  }
}

describe("the stand-ins refuse what they do not cover", () => {
  it("rejects an input of a local command that is not covered", async () => {
    const { failures } = await check(commandPlugin, "command:local:Command", { create: "true", assetPaths: ["*"] });
    expect(failures).to.deep.equal([refusal("assetPaths")]);
  });

  it("rejects a part of a connection that is not covered", async () => {
    const connection = { host: "h.test", agentSocketPath: "/run/agent" };
    const { failures } = await check(commandPlugin, "command:remote:Command", { connection });
    expect(failures).to.deep.equal([refusal("connection", "connection.agentSocketPath")]);
  });

  it("rejects a remote command without a connection", async () => {
    const { failures } = await check(commandPlugin, "command:remote:Command", { create: "true" });
    const reason = "Missing required field 'connection' on 'remote.CommandInputs'";
    expect(failures).to.deep.equal([{ property: "connection", reason }]);
  });

  it("rejects inputs of a container that are not covered, at any depth", async () => {
    const { failures } = await check(dockerPlugin, "docker:index/container:Container", {
      image: "box:1",
      attach: true,
      uploads: [{ file: "/etc/a", source: "a" }],
    });
    expect(failures).to.deep.equal([refusal("attach"), refusal("uploads[0].source")]);
  });

  it("rejects a container's input of a wrong type", async () => {
    const { failures } = await check(dockerPlugin, "docker:index/container:Container", { image: "b:1", envs: "A=1" });
    expect(failures).to.deep.equal([{ property: "envs", reason: 'expected a list, got "A=1"' }]);
  });

  it("rejects an input of a password that is not covered", async () => {
    const token = "random:index/randomPassword:RandomPassword";
    const { failures } = await check(randomPlugin, token, { length: 8, seed: "x" });
    expect(failures).to.deep.equal([refusal("seed")]);
  });

  it("rejects a resource type that is not covered", async () => {
    const { error } = await check(randomPlugin, "random:index/randomId:RandomId", { byteLength: 8 });
    expect(error).to.equal(
      "the stand-in for random does not have type random:index/randomId:RandomId, " +
        "only random:index/randomPassword:RandomPassword; use the official plugin",
    );
  });
});
