import { expect } from "chai";
import { bcryptHash } from "../../toolchain/plugins/random/bcrypt.ts";
import { randomPlugin } from "../../toolchain/plugins/random/plugin.ts";
import { PluginClient } from "./support/pluginClient.ts";
import { readRecordings } from "./support/recordings.ts";
import { CaseReplay } from "./support/replay.ts";
import { describeSteps } from "./support/suite.ts";

const TOKEN = "random:index/randomPassword:RandomPassword";

describe("the stand-in for random answers as the official plugin", () => {
  const cases = new Map<string, CaseReplay>();
  let client: PluginClient;

  before(async () => {
    client = await PluginClient.start(randomPlugin);
  });

  after(() => {
    client.stop();
  });

  describeSteps(
    "random.RandomPassword",
    readRecordings("random-RandomPassword"),
    () => undefined,
    async (entry) => {
      const replay = cases.get(entry.name) ?? new CaseReplay({ token: TOKEN, client }, entry.name, {});
      cases.set(entry.name, replay);
      return await replay.replay(entry);
    },
  );
});

describe("bcrypt", () => {
  it("gives the hash of the reference vectors", () => {
    const salt = Buffer.from("10410410410410410410410410410410", "hex");
    expect(bcryptHash("U*U", 5, salt)).to.equal("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
  });
});
