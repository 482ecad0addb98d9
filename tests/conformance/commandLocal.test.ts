import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandPlugin } from "../../toolchain/plugins/command/plugin.ts";
import { CommandCase } from "./support/commandCase.ts";
import { PluginClient } from "./support/pluginClient.ts";
import { readRecordings } from "./support/recordings.ts";
import { describeSteps } from "./support/suite.ts";

const TOKEN = "command:local:Command";

/** Cases that use what the stand-in refuses. */
const NOT_COVERED: Readonly<Record<string, string>> = { assets: "assetPaths and archivePaths are not covered" };

describe("the stand-in for command.local answers as the official plugin", () => {
  const cases = new Map<string, CommandCase>();
  let client: PluginClient;
  let root: string;

  before(async () => {
    client = await PluginClient.start(commandPlugin);
    root = await mkdtemp(join(tmpdir(), "conformance-"));
  });

  after(async () => {
    client.stop();
    await rm(root, { recursive: true });
  });

  describeSteps(
    "command.local.Command",
    readRecordings("command-local-Command"),
    ({ name }) => NOT_COVERED[name],
    async (entry) => {
      const found = cases.get(entry.name) ?? (await CommandCase.start({ token: TOKEN, client }, entry.name, root));
      cases.set(entry.name, found);
      return await found.replay(entry);
    },
  );
});
