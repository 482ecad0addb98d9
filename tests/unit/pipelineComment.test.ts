import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { putComment } from "../../cli/pipeline/comment.ts";
import { forgeOf } from "../../cli/pipeline/forge.ts";
import { ForgeServer } from "../support/forges.ts";

const TEXT = "<!-- sip-ha preview dev -->\n### Nothing changes\n";

function refusal(env: Readonly<Record<string, string>>): string {
  try {
    forgeOf(env);
  } catch (error) {
    return String(error);
  }
  return "";
}

async function failure(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => "",
    (error: unknown) => String(error),
  );
}

describe("the comment of a pipeline", () => {
  let server: ForgeServer;
  let directory: string;
  let environments: Readonly<Record<string, Readonly<Record<string, string>>>>;

  beforeEach(async () => {
    server = await ForgeServer.start();
    directory = mkdtempSync(join(tmpdir(), "sip-ha-comment-"));
    const event = join(directory, "event.json");
    writeFileSync(event, JSON.stringify({ pull_request: { number: 12 } }));
    environments = {
      GitHub: {
        GITHUB_ACTIONS: "true",
        GITHUB_API_URL: server.url,
        GITHUB_REPOSITORY: "operator/edge",
        GITHUB_EVENT_PATH: event,
        GITHUB_TOKEN: "token-of-the-job",
      },
      GitLab: {
        GITLAB_CI: "true",
        CI_API_V4_URL: server.url,
        CI_PROJECT_ID: "4711",
        CI_MERGE_REQUEST_IID: "12",
        SIP_HA_GITLAB_TOKEN: "token-of-the-project",
      },
    };
  });

  afterEach(async () => {
    await server.stop();
    rmSync(directory, { recursive: true });
  });

  for (const name of ["GitHub", "GitLab"]) {
    it(`is added on ${name}, and replaced by the next one of the same stack alone`, async () => {
      const forge = forgeOf(environments[name] ?? {});
      server.comments.push({ id: 1, body: TEXT, own: false });
      expect(await putComment(forge, TEXT)).to.match(/^commented on (pull|merge) request 12$/);
      expect(await putComment(forge, `${TEXT}again`)).to.match(/^replaced the comment on /);
      await putComment(forge, TEXT.replace("dev", "staging"));
      const bodies = server.comments.map(({ body }) => body);
      expect(bodies).to.deep.equal([TEXT, `${TEXT}again`, TEXT.replace("dev", "staging")]);
      expect([...server.tokens]).to.have.lengthOf(1);
    });

    it(`rejects a call that ${name} refuses, without naming the token`, async () => {
      const env = Object.fromEntries(
        Object.entries(environments[name] ?? {}).map(([key, value]) => [
          key,
          key.endsWith("_URL") || key.endsWith("V4_URL") ? `${server.url}/elsewhere` : value,
        ]),
      );
      const forge = forgeOf({ ...env, GITHUB_REPOSITORY: "x/comments/y" });
      const said = await failure(forge.replace(99, TEXT));
      expect(said).to.match(/was answered with 404/);
      expect(said).to.not.include("token-of");
    });
  }

  it("rejects a text without a mark, by which the next one would find it", async () => {
    const forge = forgeOf(environments["GitHub"] ?? {});
    expect(await failure(putComment(forge, "hello"))).to.include("must begin with `<!-- sip-ha ... -->`");
  });

  it("rejects an environment that is no pipeline, and one that lacks something, by its name", () => {
    expect(refusal({})).to.include("got neither GITHUB_ACTIONS nor GITLAB_CI");
    expect(refusal({ ...environments["GitLab"], SIP_HA_GITLAB_TOKEN: "" })).to.include(
      "needs SIP_HA_GITLAB_TOKEN, got nothing; make a project access token",
    );
    const push = join(directory, "push.json");
    writeFileSync(push, "{}");
    expect(refusal({ ...environments["GitHub"], GITHUB_EVENT_PATH: push })).to.include("needs a pull request");
  });
});
