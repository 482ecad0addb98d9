import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { expect } from "chai";
import { eventually } from "../../remote/eventually.ts";
import { projectDir } from "../../toolchain/versions.ts";

const TSX = ["--import", "tsx", "--input-type=module", "-e"];

/** Starts the second process, which tells its id, and ends when it is ready to be orphaned. */
const PARENT = `
  import { spawn } from "node:child_process";
  const child = spawn(process.execPath, ${JSON.stringify(TSX)}.concat(process.argv[1]), { stdio: ["ignore", "inherit", "inherit"] });
`;

/** The process id of a program whose parent was killed when it had begun. */
async function orphan(program: string): Promise<number> {
  const parent = spawn(process.execPath, [...TSX, PARENT, program], {
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

  it("does first what it does at its end, also when its words reach nobody", async () => {
    const done = `/tmp/sip-ha-orphan-${process.pid}`;
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
  });
});
