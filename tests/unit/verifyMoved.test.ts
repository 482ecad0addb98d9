import { expect } from "chai";
import { BastionPool } from "../../remote/session.ts";
import { Sessions, VerificationContext } from "../../verify/context.ts";
import { Observer } from "../../verify/evidence/observer.ts";
import { outagePartsText } from "../../verify/report/outagePartsText.ts";
import { divideOutage } from "../../verify/scenarios/moved.ts";
import { runScenario } from "../../verify/scenarios/scenario.ts";
import type { ScenarioReport } from "../../verify/report/report.ts";
import { twoNodePlan } from "../support/plans.ts";
import { SshHost } from "../support/sshHost.ts";

/** What the survivor's journal tells from a moment on, in seconds since 1970. */
function journal(since: number): string {
  const line = (second: number, text: string): { time: string; text: string } => ({
    time: new Date((since + second) * 1000).toISOString(),
    text,
  });
  return JSON.stringify([
    line(1, "heartbeat[3109]: [3109]: WARN: node sip1: is dead"),
    line(1.02, "ResourceManager[3480]: info: Starting sipha-floating-ip"),
    line(1.03, "ResourceManager[3480]: info: Starting sipha-default-route"),
    line(1.13, "systemd[1]: Started sip-ha-proxy.service - SIP proxy (Kamailio) of the resource group."),
  ]);
}

describe("the outage of a move, as the nodes tell it", () => {
  let survivor: SshHost;
  /** A minute and a half ago. */
  let since: number;
  let asked: string[];
  let answer: { readonly stdout?: string; readonly stderr?: string; readonly code?: number };
  const bastions = new BastionPool();

  beforeEach(async () => {
    asked = [];
    since = Math.floor(Date.now() / 1000) - 90;
    answer = { stdout: journal(since) };
    survivor = await SshHost.start("sip2", {
      answer: (command) => {
        asked.push(command);
        return answer;
      },
    });
  });
  afterEach(() => survivor.stop());

  async function divided(): Promise<ScenarioReport> {
    const plan = twoNodePlan();
    const sessions = new Sessions([survivor.access()], bastions);
    const context = new VerificationContext(plan, sessions, () => undefined, new AbortController().signal);
    const span = { from: since + 0.1, to: since + 1.15 };
    const report = await runScenario("power-off of sip1", context, (log) =>
      divideOutage(
        { context },
        log,
        { observer: new Observer(plan) },
        {
          way: "death",
          since,
          from: "sip1",
          to: "sip2",
          span,
        },
      ),
    );
    sessions.close();
    return report;
  }

  it("is divided by the survivor's journal of that time, and the dead node is not asked", async () => {
    const { outageParts, failure } = await divided();
    expect(failure).to.equal(undefined);
    expect(asked).to.deep.equal(["sudo -n /usr/lib/sip-ha/engine events 3 0"]);
    expect(outageParts && outagePartsText(outageParts)).to.equal(
      "1,050 ms = detection 900 + address 30 + proxy 100 + ARP and probe 20; " +
        "before it 100 ms with service: detection 100; not seen: the end of ARP",
    );
  });

  it("is no failure of the cluster where the journal cannot be read, and says so", async () => {
    answer = { stderr: "no journal files were found", code: 1 };
    const { outageParts, failure, notes } = await divided();
    expect([outageParts, failure]).to.deep.equal([undefined, undefined]);
    expect(notes).to.include("the SIP outage could not be divided: no step of the move was seen in it");
    expect(notes.join("\n"))
      .to.contain("the journal of sip2 could not be read")
      .and.contain("no journal files were found");
  });
});
