import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";
import { githubSteps, githubWorkflowOf, gitlabPipelineOf, gitlabSteps, type ShellStep } from "../support/pipelines.ts";
import { projectDir } from "../../toolchain/versions.ts";

const WORKFLOWS = ["change", "drift", "trial"] as const;

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(projectDir, "package.json"), "utf8")));

function lines(steps: readonly ShellStep[]): string[] {
  return steps.map(({ run }) => run);
}

const everyStep = [
  ...WORKFLOWS.flatMap((name) => Object.keys(githubWorkflowOf(name).jobs).flatMap((job) => githubSteps(name, job))),
  ...Object.keys(gitlabPipelineOf().jobs).flatMap(gitlabSteps),
];

describe("the pipelines in examples", () => {
  it("are the ones that are looked at here", () => {
    const files = readdirSync(join(projectDir, "examples", "pipelines"), { recursive: true, encoding: "utf8" });
    const expected = ["github", ...WORKFLOWS.map((name) => `github/${name}.yml`), "gitlab-ci.yml"];
    expect(files.sort()).to.deep.equal(expected.sort());
  });

  it("run npm scripts that are there, one on each line, and nothing else", () => {
    for (const { run } of everyStep) {
      if (run === "npm ci") continue;
      const script = /^npm run ([\w:-]+) -- [^\n;&|`]*$/.exec(run)?.[1];
      expect(script, run).to.be.oneOf(Object.keys(scripts));
    }
  });

  it("do the same on either forge", () => {
    for (const job of ["preview", "comment", "up"]) {
      expect(lines(githubSteps("change", job)), job).to.deep.equal(lines(gitlabSteps(job)));
    }
    expect(lines(githubSteps("drift", "drift"))).to.deep.equal(lines(gitlabSteps("drift")));
    expect(lines(githubSteps("trial", "trial"))).to.deep.equal(lines(gitlabSteps("trial")));
  });
});

describe("the workflows for GitHub Actions", () => {
  const jobs = WORKFLOWS.flatMap((name) =>
    Object.entries(githubWorkflowOf(name).jobs).map(([job, content]) => ({ name: `${name}/${job}`, ...content })),
  );

  it("give no job a right beyond reading, save the one that comments, and that one no secret of the stack", () => {
    for (const { name, permissions, env } of jobs) {
      const rights = name === "change/comment" ? { contents: "read", "pull-requests": "write" } : { contents: "read" };
      expect(permissions, name).to.deep.equal(rights);
      if (name === "change/comment" || name === "trial/trial")
        expect(JSON.stringify(env), name).to.not.include("secrets.");
    }
  });

  it("comment by the reviewed program, not by that of the change", () => {
    const { steps } = githubWorkflowOf("change").jobs["comment"] ?? { steps: [] };
    expect(steps[0]?.with["ref"]).to.equal("${{ github.event.pull_request.base.sha }}");
  });

  it("leave no token in the clone, and run nothing of forks with secrets", () => {
    for (const { name, steps } of jobs) {
      const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
      expect(
        checkouts.map((step) => step.with["persist-credentials"]),
        name,
      ).to.deep.equal([false]);
    }
    for (const name of WORKFLOWS) expect(githubWorkflowOf(name).on).to.not.have.property("pull_request_target");
    for (const { name, if: condition } of jobs.filter((job) => /preview|trial/.test(job.name))) {
      expect(condition, name).to.include("github.event.pull_request.head.repo.full_name == github.repository");
    }
  });

  it("keep reports and remove the trial's cluster also after a failure", () => {
    for (const { name, steps } of jobs) {
      for (const step of steps) {
        const always =
          step.uses?.startsWith("actions/upload-artifact@") === true || /run destroy /.test(step.run ?? "");
        expect(step.if, `${name}: ${step.uses ?? step.run ?? ""}`).to.equal(always ? "always()" : undefined);
      }
    }
  });
});

describe("the pipeline for GitLab CI", () => {
  const { stages, jobs } = gitlabPipelineOf();

  it("has a stage for each job, and a rule that says when it runs", () => {
    for (const [name, { stage, rules }] of Object.entries(jobs)) {
      expect(stages, name).to.include(stage);
      expect(rules[0]?.if, name).to.include("$CI_PIPELINE_SOURCE ==");
    }
  });

  it("changes one stack once at a time, and removes the trial's cluster also after a failure", () => {
    expect(jobs["up"]?.resource_group).to.equal("$SIP_HA_STACK");
    expect(jobs["trial"]?.resource_group).to.equal("sip-ha-trial");
    expect(jobs["trial"]?.after_script).to.deep.equal(['npm run destroy -- --stack "$SIP_HA_STACK"']);
  });

  it("keeps previews and reports also of a job that failed", () => {
    for (const name of ["preview", "up", "trial"]) expect(jobs[name]?.artifacts?.when, name).to.equal("always");
  });
});
