import { execa } from "execa";
import { eventually } from "../../remote/eventually.ts";
import { NODES } from "./lab.ts";
import { inMachine, type Sandbox, STACK } from "./sandbox.ts";

/** What `status` says while the nodes do not hear each other on these cards, which both of them tell by then. */
export async function saidWithPathsCut(sandbox: Sandbox, cards: readonly string[]): Promise<string> {
  const cuts = NODES.map((node) =>
    execa("docker", ["exec", "-i", `sip-ha-${STACK}-${node}`, "/usr/lib/sip-ha/verify/cut", ...cards], {
      stdin: "pipe",
      reject: false,
    }),
  );
  try {
    await bothTell(cards.map((card) => `"link":"${card}","status":"dead"`));
    return (await sandbox.sipHa("status")).said;
  } finally {
    for (const cut of cuts) cut.stdin.end();
    await Promise.all(cuts);
    await bothTell(cards.map((card) => `"link":"${card}","status":"up"`));
  }
}

async function bothTell(words: readonly string[]): Promise<void> {
  await eventually(
    `both nodes tell ${words.join(" and ")}`,
    async () => {
      const said = await Promise.all(NODES.map((node) => inMachine(node, "/usr/lib/sip-ha/engine", "paths")));
      const met = said.every((text) => words.every((word) => text.includes(word)));
      return met ? { met, value: undefined } : { met, seen: said.join("; ") };
    },
    { withinMs: 30_000, everyMs: 250 },
  );
}
