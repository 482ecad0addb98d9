import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { projectDir } from "../../toolchain/versions.ts";

const PIPELINES = join(projectDir, "examples", "pipelines");

const variables = z.record(z.string(), z.string()).default({});
const githubStep = z.object({
  run: z.string().optional(),
  uses: z.string().optional(),
  if: z.string().optional(),
  env: variables,
  with: z.record(z.string(), z.unknown()).default({}),
});
const githubJob = z.object({
  if: z.string().optional(),
  needs: z.string().optional(),
  permissions: z.record(z.string(), z.string()),
  environment: z.string().optional(),
  env: variables,
  steps: z.array(githubStep),
});
const githubWorkflow = z.object({
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({}),
  env: variables,
  jobs: z.record(z.string(), githubJob),
});

/** A workflow of GitHub Actions in examples/pipelines. */
export function githubWorkflowOf(name: "change" | "drift" | "trial"): z.infer<typeof githubWorkflow> {
  return githubWorkflow.parse(parse(readFileSync(join(PIPELINES, "github", `${name}.yml`), "utf8")));
}

const gitlabJob = z.object({
  stage: z.string(),
  rules: z.array(z.object({ if: z.string(), when: z.string().optional() })),
  needs: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  resource_group: z.string().optional(),
  environment: z.object({ name: z.string(), action: z.string().optional() }).optional(),
  variables,
  script: z.array(z.string()),
  after_script: z.array(z.string()).default([]),
  artifacts: z.object({ when: z.string(), paths: z.array(z.string()) }).optional(),
});
const gitlabPipeline = z
  .object({ stages: z.array(z.string()), variables, default: z.object({ before_script: z.array(z.string()) }) })
  .catchall(z.unknown());

/** The pipeline of GitLab CI in examples/pipelines, its jobs by name. */
export function gitlabPipelineOf(): {
  readonly stages: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly before: readonly string[];
  readonly jobs: Readonly<Record<string, z.infer<typeof gitlabJob>>>;
} {
  const {
    stages,
    variables,
    default: common,
    ...jobs
  } = gitlabPipeline.parse(parse(readFileSync(join(PIPELINES, "gitlab-ci.yml"), "utf8")));
  return { stages, variables, before: common.before_script, jobs: z.record(z.string(), gitlabJob).parse(jobs) };
}

/** What a runner's shell is given, with the variables that it sees. */
export interface ShellStep {
  readonly run: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The shell steps of a job of GitHub Actions, in order. */
export function githubSteps(workflow: "change" | "drift" | "trial", job: string): readonly ShellStep[] {
  const { env, jobs } = githubWorkflowOf(workflow);
  const found = jobs[job];
  if (!found) throw new Error(`${workflow}.yml has no job ${job}`);
  return found.steps.flatMap((step) =>
    step.run === undefined ? [] : [{ run: step.run, env: { ...env, ...found.env, ...step.env } }],
  );
}

/** The shell steps of a job of GitLab CI, in order. */
export function gitlabSteps(job: string): readonly ShellStep[] {
  const { variables: env, before, jobs } = gitlabPipelineOf();
  const found = jobs[job];
  if (!found) throw new Error(`gitlab-ci.yml has no job ${job}`);
  const all = [...before, ...found.script, ...found.after_script];
  return all.map((run) => ({ run, env: { ...env, ...found.variables } }));
}
