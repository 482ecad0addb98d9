import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Entry } from "./recordings.ts";
import { CaseReplay, type ReplayedType } from "./replay.ts";

/** One recorded command in a directory of its own, with the files that its commands expect. */
export class CommandCase {
  private readonly directory: string;
  private readonly replayed: CaseReplay;

  private constructor(directory: string, replayed: CaseReplay) {
    this.directory = directory;
    this.replayed = replayed;
  }

  /** Makes the directory below `root`; `values` are what placeholders stand for. */
  static async start(
    type: ReplayedType,
    name: string,
    root: string,
    values: Readonly<Record<string, string>> = {},
  ): Promise<CommandCase> {
    const directory = join(root, name, "work");
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "trig.txt"), "one\n");
    return new CommandCase(directory, new CaseReplay(type, name, { ...values, "<path>": directory }));
  }

  /** Replays an entry and compares also which commands really ran, and with which environment. */
  async replay(entry: Entry): Promise<readonly string[]> {
    await this.arrange(entry);
    const seen = (await this.ranSoFar()).length;
    const differences = await this.replayed.replay(entry);
    const ran = (await this.ranSoFar()).slice(seen).join("\n");
    const wanted = entry.ran.join("\n");
    return wanted === ran ? differences : [...differences, `ran: recorded ${wanted}, got ${ran}`];
  }

  private async arrange({ name, step }: Entry): Promise<void> {
    const flag = join(this.directory, "flag");
    if (name === "failReplDel" && step === 1) await writeFile(flag, "");
    if (name === "failReplDel" && step === 4) await rm(flag);
    if (name === "trgAsset" && step === 2) await appendFile(join(this.directory, "trig.txt"), "two\n");
  }

  /** What the commands wrote down; several lines of output stay in one entry, as in the recordings. */
  private async ranSoFar(): Promise<string[]> {
    const log = join(this.directory, "ran.log");
    if (!existsSync(log)) return [];
    const text = await readFile(log, "utf8");
    return text.split(/\n(?=[A-Za-z]+ (?:create|update|delete)\d* STDOUT=)|\n$/).filter((line) => line !== "");
  }
}
