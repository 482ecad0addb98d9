import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { levelCourse } from "../../verify/catalogue/course.ts";
import { runVerification, type VerificationReport } from "../../verify/index.ts";
import { ACTIVE, STANDBY } from "../support/nodeFacts.ts";
import { twoNodePlan } from "../support/plans.ts";
import { SshHost } from "../support/sshHost.ts";

describe("a verification of a cluster without a caller", () => {
  let nodes: readonly SshHost[];
  let directory: string;
  let asked: number;
  /** Happens while the first node is asked. */
  let meanwhile: () => void;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sip-ha-verify-"));
    asked = 0;
    meanwhile = () => undefined;
    const answer = (stdout: string) => () => {
      asked += 1;
      if (asked === 1) meanwhile();
      return { stdout };
    };
    nodes = await Promise.all([
      SshHost.start("sip1", { answer: answer(ACTIVE) }),
      SshHost.start("sip2", { answer: answer(STANDBY) }),
    ]);
  });

  afterEach(async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    await rm(directory, { recursive: true });
  });

  function run(): Promise<VerificationReport> {
    const hosts = nodes.map((node) => node.access());
    const input = { plan: twoNodePlan(), hosts, course: levelCourse("checks"), reportDir: join(directory, "report") };
    return runVerification(input, () => undefined);
  }

  it("asks every host once, over one connection, where all is well", async () => {
    const { passed, checks, skipped } = await run();
    expect([passed, asked, nodes.map(({ accepted }) => accepted)]).to.deep.equal([true, 2, [1, 1]]);
    expect(checks.length).to.be.above(10);
    expect(skipped.join()).to.include("stopped at checks");
  });

  it("does not pass when it was interrupted while hosts were asked", async () => {
    meanwhile = () => process.emit("SIGTERM");
    const outcome = await run().then(
      () => "passed",
      (error: unknown) => String(error),
    );
    expect(outcome).to.include("interrupted; the cluster is left healthy, no result");
  });
});
