import { readFileSync } from "node:fs";
import { z } from "zod";

type Environment = Readonly<Record<string, string | undefined>>;

/** A comment that is there already. */
export interface Comment {
  readonly id: number;
  readonly body: string;
}

/** The change that a pipeline runs for, on the forge that runs it. */
export interface Forge {
  readonly change: string;
  /** Comments of the pipeline's own user. */
  readonly comments: () => Promise<readonly Comment[]>;
  readonly add: (body: string) => Promise<unknown>;
  readonly replace: (id: number, body: string) => Promise<unknown>;
}

const PER_PAGE = 100;
const MOST_PAGES = 20;
const ANSWERS_WITHIN_MS = 30_000;

/**
 * The forge whose pipeline this runs in, by the variables that it sets.
 *
 * @throws Error naming what is missing
 */
export function forgeOf(env: Environment): Forge {
  if (env["GITHUB_ACTIONS"] === "true") return github(env);
  if (env["GITLAB_CI"] === "true") return gitlab(env);
  throw new Error(
    "comment needs a pipeline of GitHub Actions or GitLab CI, got neither GITHUB_ACTIONS nor GITLAB_CI; read the file instead",
  );
}

function needed(env: Environment, name: string, fix: string): string {
  const value = env[name];
  if (value === undefined || value === "") throw new Error(`comment needs ${name}, got nothing; ${fix}`);
  return value;
}

const eventSchema = z.object({ pull_request: z.object({ number: z.int() }) });
const githubComments = z.array(
  z.object({ id: z.int(), body: z.string().nullish(), user: z.object({ type: z.string() }).nullish() }),
);

function github(env: Environment): Forge {
  const onEvent = "run it on pull_request";
  const api = needed(env, "GITHUB_API_URL", onEvent);
  const repository = needed(env, "GITHUB_REPOSITORY", onEvent);
  const token = needed(
    env,
    "GITHUB_TOKEN",
    "give the step `GITHUB_TOKEN: ${{ github.token }}` and its job pull-requests: write",
  );
  const event = eventSchema.safeParse(JSON.parse(readFileSync(needed(env, "GITHUB_EVENT_PATH", onEvent), "utf8")));
  if (!event.success) throw new Error(`comment needs a pull request, got another event; ${onEvent}`);
  const { number } = event.data.pull_request;
  const ask = asking({ authorization: `Bearer ${token}`, accept: "application/vnd.github+json" });
  const issues = `${api}/repos/${repository}/issues`;
  return {
    change: `pull request ${number}`,
    comments: async () => {
      const all = await everyPage((page) => ask("GET", `${issues}/${number}/comments?${page}`), githubComments);
      // the token's user is a bot; a person's comment is left alone, whatever it begins with
      return all.filter(({ user }) => user?.type === "Bot").map(({ id, body }) => ({ id, body: body ?? "" }));
    },
    add: (body) => ask("POST", `${issues}/${number}/comments`, { body }),
    replace: (id, body) => ask("PATCH", `${issues}/comments/${id}`, { body }),
  };
}

const gitlabUser = z.object({ id: z.int() });
const gitlabNotes = z.array(
  z.object({ id: z.int(), body: z.string(), system: z.boolean(), author: z.object({ id: z.int() }) }),
);

function gitlab(env: Environment): Forge {
  const onEvent = "run it in a merge request pipeline";
  const api = needed(env, "CI_API_V4_URL", onEvent);
  const project = needed(env, "CI_PROJECT_ID", onEvent);
  const number = needed(env, "CI_MERGE_REQUEST_IID", onEvent);
  const token = needed(
    env,
    "SIP_HA_GITLAB_TOKEN",
    "make a project access token, role Reporter, scope api: a job token may not write notes",
  );
  const ask = asking({ "private-token": token });
  const notes = `${api}/projects/${encodeURIComponent(project)}/merge_requests/${number}/notes`;
  return {
    change: `merge request ${number}`,
    comments: async () => {
      const own = gitlabUser.parse(await ask("GET", `${api}/user`)).id;
      const all = await everyPage((page) => ask("GET", `${notes}?${page}`), gitlabNotes);
      return all.filter(({ system, author }) => !system && author.id === own);
    },
    add: (body) => ask("POST", notes, { body }),
    replace: (id, body) => ask("PUT", `${notes}/${id}`, { body }),
  };
}

async function everyPage<Item>(
  ask: (page: string) => Promise<unknown>,
  schema: z.ZodType<readonly Item[]>,
): Promise<readonly Item[]> {
  const found: Item[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const items = schema.parse(await ask(`per_page=${PER_PAGE}&page=${page}`));
    found.push(...items);
    if (items.length < PER_PAGE) break;
  }
  return found;
}

type Ask = (method: string, url: string, body?: unknown) => Promise<unknown>;

function asking(headers: Readonly<Record<string, string>>): Ask {
  return async (method, url, body) => {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, "content-type": "application/json", "user-agent": "sip-ha" },
      signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.ok) return answer.json();
    const said = (await answer.text()).slice(0, 300);
    throw new Error(`${method} ${url} was answered with ${answer.status}: ${said}; look at what the token may do`);
  };
}
