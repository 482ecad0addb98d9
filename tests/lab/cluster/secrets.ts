import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { expectSuccess, NODES } from "../../support/lab.ts";
import { inMachine, STACK } from "../../support/sandbox.ts";
import type { SharedLab } from "../../support/sharedLab.ts";

/** Secrets and data stay where they belong. */
export function secrets(lab: SharedLab, canary: string): void {
  it("shows the canary secret in no state, preview, log or stack file", async () => {
    expect(lab.heard.join("\n")).to.not.include(canary);
    const files = await readdir(lab.sandbox.state, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      const text = await readFile(join(file.parentPath, file.name), "latin1");
      expect(text.includes(canary), join(file.parentPath, file.name)).to.equal(false);
    }
    expect(await readFile(join(lab.sandbox.directory, `Pulumi.${STACK}.yaml`), "utf8")).to.not.include(canary);
    for (const machine of [...NODES, "db"]) {
      expect(
        await inMachine(machine, "sh", "-c", "journalctl --no-pager; cat /proc/[0-9]*/cmdline"),
        machine,
      ).to.not.include(canary);
    }
  });

  it("collects logs of every host without the canary secret", async () => {
    const archive = join(lab.sandbox.directory, "logs.tar.gz");
    expectSuccess(await lab.sandbox.sipHa("logs", "--file", archive));
    const { stdout } = await execa("tar", ["-xzOf", archive]);
    expect(stdout).to.not.include(canary);
    const { stdout: names } = await execa("tar", ["-tzf", archive]);
    for (const host of [...NODES, "db", "bastion", "caller"]) expect(names).to.include(`/${host}/journal.txt`);
    await execa("rm", [archive]);
  });

  it("restores a backup, and tries each one in a scratch database first", async () => {
    const file = join(lab.sandbox.directory, "backup.sql");
    const sql = async (text: string): Promise<string> => inMachine("db", "mariadb", "-N", "kamailio", "-e", text);
    await sql("INSERT INTO subscriber (username, domain, ha1) VALUES ('kept', 'sip.example.net', 'digest')");
    expectSuccess(await lab.sandbox.sipHa("backup", "--file", file));
    await sql("DELETE FROM subscriber");
    await execa("truncate", ["-s", "-10", file]);
    expect((await lab.sandbox.sipHa("restore", file)).said).to.include("the dump is cut off; nothing was changed");
    expect(await sql("SELECT COUNT(*) FROM subscriber")).to.equal("0");
    await execa("rm", [file]);
    await sql("INSERT INTO subscriber (username, domain, ha1) VALUES ('kept', 'sip.example.net', 'digest')");
    const call = "('kept', 'a', 'b', 'x', 'y', '2026-01-01 10:00:00', '2026-01-01 10:01:00', 'sip1', 'sip2')";
    const columns = "call_id, from_tag, to_tag, caller, called, started, ended, started_by, ended_by";
    await sql(`INSERT INTO accounting (${columns}) VALUES ${call}`);
    expectSuccess(await lab.sandbox.sipHa("backup", "--file", file));
    await sql("DELETE FROM subscriber; DELETE FROM accounting");
    expectSuccess(await lab.sandbox.sipHa("restore", file));
    expect(await sql("SELECT username, ha1 FROM subscriber")).to.equal("kept\tdigest");
    const kept = "SELECT started_by, ended_by, ROUND(duration) FROM accounting WHERE call_id = 'kept'";
    expect(await sql(kept)).to.equal("sip1\tsip2\t60");
    expect(await sql("SHOW DATABASES LIKE 'sip_ha%'")).to.equal("");
    await sql("DELETE FROM subscriber");
    await execa("rm", [file]);
  });

  it("keeps every secret file of a node away from other users", async () => {
    const readable = "find /etc /var/lib/sip-ha /usr/lib/sip-ha -perm -o+r -type f -print0 | xargs -0 grep -lF";
    for (const node of NODES) {
      const found = await inMachine(node, "sh", "-c", `${readable} '${canary}' || true`);
      expect(found, node).to.equal("");
    }
  });
}
