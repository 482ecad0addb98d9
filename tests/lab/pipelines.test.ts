import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { z } from "zod";
import { ForgeServer } from "../support/forges.ts";
import { githubSteps, gitlabSteps, type ShellStep } from "../support/pipelines.ts";
import { expectSuccess } from "../support/lab.ts";
import { dockerObjects, LAB, type Outcome, Sandbox } from "../support/sandbox.ts";

const CANARY = "canary-5d02b7e1f9-not-a-real-password";
const KAMAILIO_CFG = "files/node-kamailio/etc/kamailio/kamailio.cfg";

const reportSchema = z.object({ stack: z.string(), passed: z.boolean(), course: z.string() });

describe("the steps of the pipelines, in order, on a lab", function () {
  this.timeout("15m");
  let sandbox: Sandbox;
  let forge: ForgeServer;
  let runner: Readonly<Record<string, string>>;

  before(async () => {
    sandbox = await Sandbox.create();
    forge = await ForgeServer.start();
    const backend = join(sandbox.directory, "..", "backend");
    const event = join(sandbox.directory, "..", "event.json");
    await mkdir(backend);
    await writeFile(event, JSON.stringify({ pull_request: { number: 12 } }));
    // what the forges set, and what docs/pipelines.md tells an operator to set
    runner = {
      SIP_HA_STACK: LAB.stack,
      SIP_HA_STATE_DIR: sandbox.state,
      PULUMI_BACKEND_URL: `file://${backend}`,
      PULUMI_CONFIG_PASSPHRASE: "of the pipelines",
      GITHUB_API_URL: forge.url,
      GITHUB_REPOSITORY: "operator/edge",
      GITHUB_EVENT_PATH: event,
      GITHUB_TOKEN: "token-of-the-job",
      CI_API_V4_URL: forge.url,
      CI_PROJECT_ID: "4711",
      CI_MERGE_REQUEST_IID: "12",
      SIP_HA_GITLAB_TOKEN: "token-of-the-project",
    };
    await sandbox.edit(`Pulumi.${LAB.stack}.yaml`, (text) =>
      text.replace("tolerance: 4", "tolerance: 4, first: checks"),
    );
    const set = `printf %s '${CANARY}' | npx pulumi config set --secret sip-ha:databasePassword -s ${LAB.stack}`;
    expectSuccess(await shell(`eval "$(node bin/sip-ha.mjs env --stack ${LAB.stack})" && ${set}`, runner));
  });

  after(async () => {
    await shell(`npm run destroy -- --stack ${LAB.stack}`, runner);
    await forge.stop();
    await sandbox.remove();
  });

  /** As a forge's runner starts a shell: it ends at the first command that fails. */
  async function shell(line: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
    const result = await execa("bash", ["-e", "-c", line], {
      cwd: sandbox.directory,
      env,
      stdin: "ignore",
      stdout: ["pipe", "inherit"],
      stderr: ["pipe", "inherit"],
      all: true,
      reject: false,
    });
    return { exitCode: result.exitCode, said: result.all };
  }

  /** Runs the steps of a job as they stand in its file, up to the first that fails. */
  async function job(steps: readonly ShellStep[], on: "GITHUB_ACTIONS" | "GITLAB_CI"): Promise<Outcome> {
    let said = "";
    for (const { run } of steps) {
      if (run === "npm ci") continue; // the clone has its packages
      const outcome = await shell(run, { ...runner, [on]: "true" });
      said += outcome.said;
      if (outcome.exitCode !== 0) return { exitCode: outcome.exitCode, said };
    }
    return { exitCode: 0, said };
  }

  const file = (name: string): Promise<string> => readFile(join(sandbox.directory, name), "utf8");

  it("comments on a change why it is refused", async () => {
    const sound = await file(`Pulumi.${LAB.stack}.yaml`);
    await sandbox.edit(`Pulumi.${LAB.stack}.yaml`, (text) => text.replace("first: checks", "first: cheques"));
    const outcome = await job(githubSteps("change", "preview"), "GITHUB_ACTIONS");
    await sandbox.edit(`Pulumi.${LAB.stack}.yaml`, () => sound);
    expect(outcome.exitCode).to.not.equal(0);
    expectSuccess(await job(githubSteps("change", "comment"), "GITHUB_ACTIONS"));
    const said = forge.comments.map(({ body }) => body).join();
    expect(said).to.include(`### Refused: stack \`${LAB.stack}\``).and.include("verification.first");
  });

  it("comments on a change what it would do, without a secret that somebody wrote into a file", async () => {
    const line = `# password ${CANARY}`;
    await sandbox.edit(KAMAILIO_CFG, (text) => text.replace("#!KAMAILIO", `#!KAMAILIO\n${line}`));
    const outcome = await job(githubSteps("change", "preview"), "GITHUB_ACTIONS");
    await sandbox.edit(KAMAILIO_CFG, (text) => text.replace(`\n${line}`, ""));
    expectSuccess(outcome);
    expectSuccess(await job(githubSteps("change", "comment"), "GITHUB_ACTIONS"));
    expect(forge.comments).to.have.lengthOf(1);
    const [{ body } = { body: "" }] = forge.comments;
    expect(body)
      .to.include(`### Changes of stack \`${LAB.stack}\`: `)
      .and.match(/: \d+ to create/);
    expect(`${body}\n${outcome.said}\n${await file("preview.md")}`).to.not.include(CANARY);
  });

  it("builds the cluster on a merge and keeps the report", async () => {
    expectSuccess(await job(githubSteps("change", "up"), "GITHUB_ACTIONS"));
    const report = reportSchema.parse(JSON.parse(await file("report/report.json")));
    expect(report).to.include({ stack: LAB.stack, passed: true });
    expect(await file("report/report.html")).to.match(/^<!doctype html>/i);
  });

  it("comments by GitLab on a changed line, and says nothing of secrets that are in the state", async () => {
    const line = `# password ${CANARY}, and more`;
    await sandbox.edit(KAMAILIO_CFG, (text) => text.replace("#!KAMAILIO", `#!KAMAILIO\n${line}`));
    const outcome = await job(gitlabSteps("preview"), "GITLAB_CI");
    await sandbox.edit(KAMAILIO_CFG, (text) => text.replace(`\n${line}`, ""));
    expectSuccess(outcome);
    expectSuccess(await job(gitlabSteps("comment"), "GITLAB_CI"));
    const [{ body } = { body: "" }] = forge.comments;
    expect(body).to.match(/^\+ .*# password \[secret\], and more$/m);
    expect(`${body}\n${outcome.said}`).to.not.include(CANARY);
  });

  it("changes nothing by GitLab where nothing changed, and finds no drift", async () => {
    const outcome = await job(gitlabSteps("up"), "GITLAB_CI");
    expectSuccess(outcome);
    expect(outcome.said).to.match(/\d+ unchanged/);
    expectSuccess(await job(gitlabSteps("drift"), "GITLAB_CI"));
  });

  it("fails the scheduled look at drift when somebody changed a host", async () => {
    await execa("docker", [
      "exec",
      `sip-ha-${LAB.stack}-sip1`,
      "sh",
      "-c",
      "echo '# by hand' >>/etc/kamailio/kamailio.cfg",
    ]);
    const outcome = await job(githubSteps("drift", "drift"), "GITHUB_ACTIONS");
    expect(outcome.exitCode).to.not.equal(0);
    expect(outcome.said).to.match(/sip1: file \/etc\/kamailio\/kamailio\.cfg/);
  });

  it("proves a cluster for trial, which mends the drift, and removes it", async () => {
    expectSuccess(await job(githubSteps("trial", "trial"), "GITHUB_ACTIONS"));
    expect(reportSchema.parse(JSON.parse(await file("report/report.json"))).course).to.equal("switchover");
    expect(await dockerObjects()).to.deep.equal([]);
    // a job that failed early removes what never was
    expectSuccess(await shell(githubSteps("trial", "trial").at(-1)?.run ?? "", runner));
  });
});
