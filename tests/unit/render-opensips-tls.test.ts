import { expect } from "chai";
import type { ClusterPlan } from "../../config/plan.ts";
import { opensipsFiles, opensipsSecretFiles } from "../../render/opensips.ts";
import { packagesFor } from "../../render/packages.ts";
import { opensipsPlan, placeholderSecrets } from "../support/plans.ts";

const plan = opensipsPlan();
const tls = { port: 5061, certificate: "first\nsecond\n", validUntil: "2126-11-05T19:23:46.000Z" };
const secure = { ...plan, sip: { ...plan.sip, tls } };
const secrets = { ...placeholderSecrets, tlsKey: "key: text\r\nend\r\n" };

const local = (changed: ClusterPlan = secure): string =>
  opensipsFiles(changed).find(({ path }) => path.endsWith("/opensips-local.cfg"))?.content ?? "";

describe("SIP over TLS in OpenSIPS's files", () => {
  it("is nowhere without it", () => {
    expect(local(plan)).not.to.match(/tls/);
    expect(opensipsFiles(plan).some(({ path }) => path.includes("tls"))).to.equal(false);
    expect(opensipsSecretFiles(plan, secrets).some(({ path }) => path.includes("tls"))).to.equal(false);
    expect(packagesFor("node", plan).filter((name) => name.includes("tls"))).to.deep.equal([]);
  });

  it("has a socket of its own, the part of the configuration, and its packages", () => {
    expect(local()).to.include("socket=tls:198.51.100.10:5061\nalias=tls:sip.example.net:5061\n");
    expect(local()).to.include('include_file "/etc/opensips/tls.cfg"');
    expect(packagesFor("node", secure)).to.include.members(["opensips-tls-openssl-module", "opensips-tlsmgm-module"]);
  });

  it("keeps certificate and key in one table, which root and the proxy alone can read, and which no restart needs", () => {
    const table = opensipsSecretFiles(secure, secrets).find(({ path }) => path === "/etc/opensips/tls/tls_mgm");
    expect(table).to.include({ mode: "0640", owner: "root:opensips", effect: "tls" });
    const [columns = "", ...rows] = (table?.content ?? "").trimEnd().split("\n");
    expect(rows).to.have.lengthOf(2);
    for (const row of rows) {
      const fields = row.split(/(?<!\\):/);
      const named = new Map(columns.split(" ").map((column, at) => [column.replace(/\(.*/, ""), fields[at]] as const));
      expect(fields).to.have.lengthOf(named.size);
      expect(named.get("certificate")).to.equal(String.raw`first\nsecond\n`);
      expect(named.get("private_key")).to.equal(String.raw`key\: text\nend\n`);
      expect([named.get("method"), named.get("verify_cert"), named.get("require_cert")]).to.deep.equal([
        "TLSv1_2-",
        "0",
        "0",
      ]);
    }
  });

  it("shows the key in no file that everybody may read", () => {
    expect(opensipsFiles(secure).map(({ content }) => content)).to.satisfy((all: string[]) =>
      all.every((content) => !content.includes("key: text") && !content.includes(String.raw`key\:`)),
    );
  });
});
