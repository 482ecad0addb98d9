import { expect } from "chai";
import { execa } from "execa";
import { hostRows, useBetween } from "../../bench/proxy/hosts.ts";
import { kamailio } from "../../bench/proxy/kamailio.ts";
import { opensips } from "../../bench/proxy/opensips.ts";
import { coreHash } from "../../bench/proxy/subject.ts";
import { comparison } from "../../bench/proxy/throughput.ts";
import { type Row, rowsText } from "../../bench/rows.ts";
import { opensipsPlan } from "../support/plans.ts";

describe("bench of the proxy", () => {
  it("puts a Call-ID into the slot in which the dialog modules look for it", () => {
    expect(["bench-0", "bench-1", "bench-999"].map((callId) => coreHash(callId, 4096))).to.deep.equal([886, 887, 2192]);
  });

  it("numbers OpenSIPS's calls by slot and place in it, as its dialog module reads them", () => {
    const plan = opensipsPlan();
    const sql = opensips("debs").dialogs(plan, 2);
    expect(sql)
      .to.include(`(${886n * 2n ** 32n + 1n}, 'bench-0', `)
      .and.include(`(${887n * 2n ** 32n + 2n}, 'bench-1', `);
    expect(kamailio.dialogs(plan, 1)).to.include("(886, 1, 'bench-0', ");
  });

  it("makes OpenSIPS's sample by its own switches, with calls and accounting in the database only if they shall be", async function () {
    if ((await execa("m4", ["--version"], { reject: false })).exitCode !== 0) {
      process.stderr.write("skipped: m4 is not installed\n");
      this.skip();
    }
    const template =
      "ifelse(USE_AUTH,`yes',`auth ')ifelse(USE_DBACC,`yes',`acc ')ifelse(USE_DIALOG,`yes',`dialog ')end\n";
    const { sample } = opensips("debs");
    expect(await sample?.(template, "bare")).to.equal("auth end");
    expect(await sample?.(template, "durable")).to.equal("auth acc dialog end");
  });

  it("says why a proxy is not measured", () => {
    expect(kamailio.missing).to.equal(undefined);
    expect(opensips("debs").missing).to.equal(undefined);
    const reason = opensips(undefined).missing;
    expect(reason).to.include("SIP_HA_OPENSIPS_DEBS");
    const machine = { cores: 2, processor: "some", memoryGiB: 8, kernel: "Linux", node: "20", load: 1 };
    const begun = { startedAt: "2026-11-30T00:00:00Z", command: "npm run bench", machine, rows: [] };
    expect(rowsText("Proxy", { ...begun, skipped: ["OpenSIPS: no packages"] })).to.include(
      "at the start\n- skipped: OpenSIPS: no packages\n\n| what",
    );
    expect(rowsText("Proxy", begun)).to.include("at the start\n\n| what");
  });

  it("takes what a machine uses from two looks at its processes", () => {
    const use = useBetween("sip1", { at: 1000, said: "500 2048" }, { at: 3000, said: "600 3072" });
    expect(use).to.deep.equal({ host: "sip1", processor: 50, memoryMiB: 3 });
    expect(hostRows([[use], [use]], "at rest")[0]).to.deep.equal({
      title: "sip1, at rest: of one core",
      unit: "%",
      samples: [50, 50],
    });
  });

  it("holds a throughput against the sample of the same turn, with a limit where both do the same work", () => {
    const [, , below] = comparison("INVITE", "durable", [90, 80], [100, 100]);
    expect(below?.samples.map(Math.round)).to.deep.equal([10, 20]);
    expect(below?.limit).to.equal(10);
    expect(comparison("INVITE", "bare", [90], [100])[2]).not.to.have.property("limit");
  });

  it("says of each row whether it is over its limit, and nothing where there is none", () => {
    const rows: readonly Row[] = [
      { title: "a start", unit: "ms", samples: [140, 160], limit: 150 },
      { title: "calls", unit: "a second", samples: [1234] },
    ];
    const machine = { cores: 2, processor: "some", memoryGiB: 8, kernel: "Linux", node: "20", load: 1 };
    const text = rowsText("Proxy", {
      startedAt: "2026-11-30T00:00:00Z",
      command: "npm run bench:proxy",
      machine,
      rows,
    });
    expect(text).to.contain("| a start | 2 | 150 ms | 160 ms | 150 ms | over |");
    expect(text).to.contain("| calls | 1 | 1,234 a second | 1,234 a second |  |  |");
  });
});
