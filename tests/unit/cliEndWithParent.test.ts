import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { eventually } from "../../remote/eventually.ts";
import { projectDir } from "../../toolchain/versions.ts";

const TSX = ["--import", "tsx", "--input-type=module", "-e"];

/** Starts another process, which tells its id. */
const PARENT = `
  import { spawn } from "node:child_process";
  const [program, ...words] = process.argv.slice(1);
  spawn(program, words, { stdio: ["ignore", "inherit", "inherit"] });
`;
/** A shell that stays for as long as what it starts. */
const SHELL = ["/bin/sh", "-c", '"$@"; true', "sh"];

/** The process id of a program whose parent was killed when it had begun. */
async function orphan(program: string, by: readonly string[] = []): Promise<number> {
  const parent = spawn(process.execPath, [...TSX, PARENT, ...by, process.execPath, ...TSX, program], {
    cwd: projectDir,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: unknown = (await once(parent.stdout, "data")).at(0);
  parent.kill("SIGKILL");
  // nobody listens any more
  parent.stdout.destroy();
  return Number(String(said));
}

const BEGUN = `
  import { endWithParent } from "./cli/endWithParent.ts";
  endWithParent();
  setInterval(() => undefined, 60_000);
`;

async function ends(pid: number): Promise<void> {
  const look = () => {
    const there = existsSync(`/proc/${pid}`);
    return Promise.resolve(there ? ({ met: false, seen: "it runs" } as const) : ({ met: true, value: pid } as const));
  };
  await eventually(`process ${pid} has ended`, look, { withinMs: 10_000 }).finally(() => {
    if (existsSync(`/proc/${pid}`)) process.kill(pid, "SIGKILL");
  });
}

describe("a program of the stack whose parent was killed", function () {
  this.timeout("30s");

  it("ends although it says nothing", async () => {
    await ends(await orphan(`${BEGUN} console.log(process.pid);`));
  });

  it("ends although the shell stays by which it was started", async () => {
    await ends(await orphan(`${BEGUN} console.log(process.pid);`, SHELL));
  });

  it("does first what it does at its end, also when its words reach nobody", async () => {
    const directory = await mkdtemp(join(tmpdir(), "sip-ha-orphan-"));
    const done = join(directory, "done");
    try {
      const pid = await orphan(`${BEGUN}
        import { mkdirSync } from "node:fs";
        process.once("SIGTERM", () => {
          console.error("the first word");
          console.log("the second");
          setTimeout(() => { mkdirSync("${done}"); process.exit(); }, 300);
        });
        console.log(process.pid);
      `);
      await ends(pid);
      expect(existsSync(done)).to.equal(true);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
