import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { eventually } from "../../remote/eventually.ts";
import { projectDir } from "../../toolchain/versions.ts";
import { killedController } from "../support/killedController.ts";

const AFTERWARDS = JSON.stringify(join(projectDir, "verify", "faults", "afterwards.ts"));
const POWER = JSON.stringify(join(projectDir, "verify", "faults", "power.ts"));

function happens(what: string, done: () => boolean): Promise<unknown> {
  return eventually(
    what,
    () => Promise.resolve(done() ? { met: true, value: true } : { met: false, seen: "not yet" }),
    {
      withinMs: 30_000,
      everyMs: 20,
    },
  );
}

describe("what shall happen after the controller's end", function () {
  this.timeout(60_000);
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sip-ha-afterwards-"));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it("happens when it is killed, and what was taken back does not", async () => {
    const [kept, takenBack] = [join(directory, "kept"), join(directory, "taken-back")];
    await killedController(`
      import { afterwards } from ${AFTERWARDS};
      afterwards(["/usr/bin/touch", ${JSON.stringify(kept)}]);
      afterwards(["/usr/bin/touch", ${JSON.stringify(takenBack)}])();
      process.stdout.write("ready");`);
    await happens("the command ran", () => existsSync(kept));
    expect(existsSync(takenBack)).to.equal(false);
  });

  it("keeps no controller from ending by itself", async () => {
    const program = `import { afterwards } from ${AFTERWARDS}; afterwards(["/bin/true"]);`;
    const words = ["--import", "tsx", "--input-type=module", "-e", program];
    const controller = spawn(process.execPath, words, { cwd: projectDir });
    await once(controller, "exit");
    expect(controller.exitCode).to.equal(0);
  });

  for (const [order, begun, ended] of [
    ["freeze", "pause", "unpause"],
    ["off", "kill", "start"],
  ] as const) {
    it(`is, for a machine that was told to ${order}, that the engine gets \`${ended}\``, async () => {
      const asked: string[] = [];
      const State = { Paused: order === "freeze", Running: order === "freeze" };
      const engine = createServer(({ method, url }, answer) => {
        const path = url?.replace(/\?.*/, "").replace(/.*\/containers\/box\//, "") ?? "";
        if (method === "POST") asked.push(path);
        if (path === "json" || path === "wait") answer.end(JSON.stringify({ State, StatusCode: 137 }));
        else answer.writeHead(204).end();
      }).listen(0, "127.0.0.1");
      await once(engine, "listening");
      const address: AddressInfo | string | null = engine.address();
      const port = typeof address === "object" ? (address?.port ?? 0) : 0;
      try {
        const program = `
          import { powerSwitches } from ${POWER};
          const hosts = [{ name: "sip1", power: { kind: "docker", container: "box" } }];
          await powerSwitches({}, hosts).power("sip1").${order}();
          process.stdout.write("done");`;
        await killedController(program, { DOCKER_HOST: `tcp://127.0.0.1:${port}` });
        expect(asked[0]).to.equal(begun);
        await happens("the machine comes back", () => asked.includes(ended));
      } finally {
        engine.close();
      }
    });
  }
});
