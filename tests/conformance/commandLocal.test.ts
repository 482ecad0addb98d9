import { existsSync } from "node:fs";
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commandPlugin } from "../../toolchain/plugins/command/plugin.ts";
import { PluginClient } from "./support/pluginClient.ts";
import { type Entry, readRecordings } from "./support/recordings.ts";
import { CaseReplay } from "./support/replay.ts";
import { describeSteps } from "./support/suite.ts";

const TOKEN = "command:local:Command";

/** Cases that use what the stand-in refuses. */
const NOT_COVERED: Readonly<Record<string, string>> = {
  assets: "assetPaths and archivePaths are not covered",
};

/** One case in a directory of its own, with the files that its commands expect. */
class LocalCase {
  private readonly directory: string;
  private readonly replayed: CaseReplay;

  private constructor(directory: string, replayed: CaseReplay) {
    this.directory = directory;
    this.replayed = replayed;
  }

  static async start(client: PluginClient, name: string, root: string): Promise<LocalCase> {
    const directory = join(root, name, "work");
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "trig.txt"), "one\n");
    return new LocalCase(directory, new CaseReplay({ token: TOKEN, client }, name, { "<path>": directory }));
  }

  async replay(entry: Entry): Promise<readonly string[]> {
    await this.arrange(entry);
    const seen = (await this.ranSoFar()).length;
    const differences = await this.replayed.replay(entry);
    const ran = (await this.ranSoFar()).slice(seen);
    const wanted = entry.ran.join("\n");
    return wanted === ran.join("\n") ? differences : [...differences, `ran: recorded ${wanted}, got ${ran.join("\n")}`];
  }

  private async arrange({ name, step }: Entry): Promise<void> {
    const flag = join(this.directory, "flag");
    if (name === "failReplDel" && step === 1) await writeFile(flag, "");
    if (name === "failReplDel" && step === 4) await rm(flag);
    if (name === "trgAsset" && step === 2) await appendFile(join(this.directory, "trig.txt"), "two\n");
  }

  /** What the commands wrote down, with several lines of output kept in one entry as in the recording. */
  private async ranSoFar(): Promise<string[]> {
    const log = join(this.directory, "ran.log");
    if (!existsSync(log)) return [];
    return (await readFile(log, "utf8"))
      .split(/\n(?=[A-Za-z]+ (?:create|update|delete)\d* STDOUT=)|\n$/)
      .filter((line) => line !== "");
  }
}

describe("the stand-in for command.local answers as the official plugin", () => {
  const cases = new Map<string, LocalCase>();
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
      const found = cases.get(entry.name) ?? (await LocalCase.start(client, entry.name, root));
      cases.set(entry.name, found);
      return await found.replay(entry);
    },
  );
});
