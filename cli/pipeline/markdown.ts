/** A preview as it ended. */
export interface Previewed {
  readonly stack: string;
  /** `refused`: before Pulumi started; `failed`: by Pulumi, or by the program. */
  readonly ending: "done" | "refused" | "failed";
  /** What has to be known before, an outage for instance; one line each. */
  readonly announced: readonly string[];
  /** What differs on the hosts from what was activated; empty where nothing does. */
  readonly drift: string;
  /** What Pulumi said, or why it was not asked; no colours. */
  readonly said: string;
}

/** GitHub takes 65,536 characters; room is left for what stands around. */
const LONGEST = 60_000;
const DRIFT_AT_MOST = 20_000;

/** A preview as a comment on a change. Its first line tells which earlier comment it takes the place of. */
export function previewMarkdown({ stack, ending, announced, drift, said }: Previewed): string {
  const where = `stack \`${stack}\``;
  const driftPart =
    drift === "" ? [] : ["**Hosts differ from what was activated:**", "", fenced(cut(drift, DRIFT_AT_MOST)), ""];
  const diff = fenced(
    cut(ending === "refused" ? said : signsFirst(said), LONGEST - Math.min(drift.length, DRIFT_AT_MOST)),
  );
  return [
    `<!-- sip-ha preview ${stack} -->`,
    `### ${titleOf(ending, where, said)}`,
    "",
    ...announced.flatMap((line) => [`**${line}**`, ""]),
    ...driftPart,
    ...(ending === "done" ? ["<details><summary>What would change</summary>", "", diff, "", "</details>"] : [diff]),
    "",
  ].join("\n");
}

function titleOf(ending: Previewed["ending"], where: string, said: string): string {
  if (ending === "refused") return `Refused: ${where}`;
  if (ending === "failed") return `The preview of ${where} failed`;
  const changes = changesOf(said);
  return changes === "" ? `Nothing changes in ${where}` : `Changes of ${where}: ${changes}`;
}

/** `2 to update, 1 to replace`; empty where nothing changes. */
export function changesOf(said: string): string {
  return [...said.matchAll(/^\s+[^\s\d]+ ?(\d+ to \w+)$/gm)].map(([, count = ""]) => count).join(", ");
}

/** The sign of a changed line in the first column, where a diff's colours look for it. */
function signsFirst(text: string): string {
  return text.replace(/^( +)([+-])(?= )/gm, "$2$1");
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text.trimEnd();
  const kept = text.slice(0, text.lastIndexOf("\n", longest));
  const left = text.slice(kept.length).trim().split("\n").length;
  return `${kept}\n... ${left} more lines; the job's log has them all`;
}

/** A block that nothing in it ends early. */
function fenced(text: string): string {
  const runs = [...text.matchAll(/`+/g)].map(([run]) => run.length);
  const fence = "`".repeat(Math.max(3, ...runs.map((length) => length + 1)));
  return `${fence}diff\n${text}\n${fence}`;
}
