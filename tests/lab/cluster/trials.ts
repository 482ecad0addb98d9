import { expect } from "chai";
import { execa } from "execa";
import { z } from "zod";
import { coreHash, DIALOG_SLOTS } from "../../../bench/proxy/subject.ts";
import { NODES } from "../../support/lab.ts";
import { inMachine, LAB, STACK } from "../../support/sandbox.ts";

const STAGED = "/var/lib/sip-ha/staged";
const releaseSchema = z.object({ files: z.string(), secrets: z.string() });

/** Writes whatever the proxy's own account could, as soon as the proxy starts. */
const GREEDY = [
  "delete from location where username = 'trial'",
  "delete from dialog",
  "update accounting set ended = utc_timestamp()",
  "insert into location (ruid, username) values ('greedy', 'greedy')",
]
  .map((statement) => `\tsql_query("location", "${statement}");\n`)
  .join("");
const AT_START = `\nevent_route[core:worker-one-init] {\n${GREEDY}}\n`;

/** What is tried, by the name of its staged files; each differs from what is in service by that. */
const TRIALS = [
  { files: "a".repeat(64), what: "that writes as it starts", passes: true, change: (text: string) => text + AT_START },
  {
    files: "b".repeat(64),
    what: "that writes as it starts and does not answer",
    passes: false,
    change: (text: string) => text.replace("options_reply();", "exit;") + AT_START,
  },
] as const;

/** Where the dialog module has a call with that Call-ID; a trial loads the row. */
const SLOT = coreHash("trial", DIALOG_SLOTS);
const SOCKET = `udp:${LAB.floatingIp}:5060`;

/** Rows of a user, a contact, a call and its accounting (by a trigger), which no daemon in service looks at. */
const ROWS = `
INSERT INTO subscriber (username, domain, ha1) VALUES ('trial', 'test.example.net', 'digest');
INSERT INTO location (ruid, username, contact, expires) VALUES ('trial', 'trial', 'sip:trial@192.0.2.1', '2037-01-01');
INSERT INTO dialog_vars (hash_entry, hash_id, dialog_key, dialog_value) VALUES (${SLOT}, 1, 'trial', 'trial');
INSERT INTO dialog (hash_entry, hash_id, callid, from_uri, from_tag, to_uri, to_tag, caller_cseq, callee_cseq,
  caller_contact, callee_contact, caller_sock, callee_sock, state, start_time, req_uri)
  VALUES (${SLOT}, 1, 'trial', 'sip:a@b', 'a', 'sip:c@d', 'c', '1', '1', 'sip:a@192.0.2.1', 'sip:c@192.0.2.2',
  '${SOCKET}', '${SOCKET}', 4, UNIX_TIMESTAMP(), 'sip:c@d');
`;
const NO_ROWS = `
DELETE FROM subscriber WHERE username = 'trial';
DELETE FROM location WHERE username IN ('trial', 'greedy');
DELETE FROM dialog_vars WHERE dialog_key = 'trial';
DELETE FROM dialog WHERE callid = 'trial';
DELETE FROM accounting WHERE call_id = 'trial';
`;

async function sql(text: string): Promise<void> {
  await execa("docker", ["exec", "--interactive", `sip-ha-${STACK}-db`, "mariadb", "kamailio"], { input: text });
}

/** Every table and row of the database, with the counters of the tables. */
async function liveTables(): Promise<readonly string[]> {
  const options = ["--skip-dump-date", "--skip-comments", "--order-by-primary", "--skip-extended-insert"];
  return (await inMachine("db", "mariadb-dump", ...options, "kamailio")).split("\n");
}

function differences(before: readonly string[], after: readonly string[]): readonly string[] {
  const gone = before.filter((line) => !after.includes(line));
  const come = after.filter((line) => !before.includes(line));
  return [...gone.map((line) => `-${line}`), ...come.map((line) => `+${line}`)];
}

/** Puts files beside the staged ones of a node that differ from those in service by their kamailio.cfg. */
async function stage(node: string, from: string, files: string, change: (text: string) => string): Promise<void> {
  const config = `${STAGED}/${files}/root/etc/kamailio/kamailio.cfg`;
  await inMachine(node, "cp", "-a", "--no-target-directory", `${STAGED}/${from}`, `${STAGED}/${files}`);
  const before = await inMachine(node, "cat", config);
  const after = change(before);
  expect(after).to.not.equal(before);
  await execa("docker", ["exec", "--interactive", `sip-ha-${STACK}-${node}`, "tee", config], { input: after });
}

/** What trial starts leave alone. Nobody calls or registers meanwhile, so the tables stay as they are, row by row. */
export function trials(): void {
  it("changes no table and no row by a trial start on either node, whatever it tries and however it ends", async () => {
    await sql(ROWS);
    try {
      const before = await liveTables();
      expect(before.filter((line) => line.includes("'trial'"))).to.have.length(5);
      for (const node of NODES) {
        const current = releaseSchema.parse(JSON.parse(await inMachine(node, "/usr/lib/sip-ha/release", "current")));
        const same = { files: current.files, what: "that is in service", passes: true };
        for (const { files, change } of TRIALS) await stage(node, current.files, files, change);
        for (const { files, what, passes } of [same, ...TRIALS]) {
          const prove = ["/usr/lib/sip-ha/release", "prove", files, current.secrets];
          const { exitCode, stderr } = await execa("docker", ["exec", `sip-ha-${STACK}-${node}`, ...prove], {
            reject: false,
          });
          expect(exitCode === 0, `${node}, one ${what}: ${stderr}`).to.equal(passes);
          expect(differences(before, await liveTables()), `${node}, one ${what}`).to.deep.equal([]);
        }
      }
    } finally {
      await sql(NO_ROWS);
      for (const node of NODES) await inMachine(node, "rm", "-rf", ...TRIALS.map(({ files }) => `${STAGED}/${files}`));
    }
  });
}
