import { expect } from "chai";
import fc from "fast-check";
import { dbTextField } from "../../render/dbText.ts";
import { opensipsFiles } from "../../render/opensips.ts";
import { mediaServerTables } from "../../render/opensipsMediaServers.ts";
import { mediaServerPlan, opensipsPlan } from "../support/plans.ts";

const { mediaServers, balancing } = mediaServerPlan();
const plan = { ...opensipsPlan(), mediaServers, balancing };

const local = (changed = plan): string =>
  opensipsFiles(changed).find(({ path }) => path.endsWith("/opensips-local.cfg"))?.content ?? "";

describe("media servers in OpenSIPS's files", () => {
  it("are nowhere without media servers", () => {
    expect(local({ ...plan, mediaServers: [] })).not.to.match(/"media_|dispatcher/);
    expect(mediaServerTables({ ...plan, mediaServers: [] })).to.deep.equal([]);
  });

  it("are rows of a set for each priority, the highest first, in turn by the smallest numbers of their shares", () => {
    const [version, dispatcher] = mediaServerTables(plan);
    expect(version?.content.split("\n").slice(1)).to.deep.equal(["dispatcher:9", ""]);
    expect(dispatcher?.content.split("\n").slice(1)).to.deep.equal([
      String.raw`1:sip\:10.77.0.41\:5060:3:name=media1;weight=75::::`,
      String.raw`1:sip\:10.77.0.42\:5060:1:name=media2;weight=25::::`,
      String.raw`2:sip\:10.77.0.43\:5060:1:name=media3;weight=50::::`,
      "",
    ]);
    expect(local()).to.include('"media_sets=i:2"');
  });

  it("are chosen by weight or by the fewest calls", () => {
    expect(local()).to.include('"media_algorithm=i:10"');
    expect(local({ ...plan, balancing: { ...balancing, algorithm: "weight" } })).to.include('"media_algorithm=i:4"');
  });

  it("are counted answers in a row only when the next answer comes before the one after it could", () => {
    const streak = (probeIntervalSec: number): string =>
      /media_streak=i:(\d+)/.exec(local({ ...plan, balancing: { ...balancing, probeIntervalSec } }))?.[1] ?? "";
    expect([1, 2, 5, 60].map(streak)).to.deep.equal(["2", "3", "9", "119"]);
  });

  it("restart the proxy when they change, and are never too much for its limits", () => {
    expect(mediaServerTables(plan).map(({ effect }) => effect)).to.deep.equal(["proxy", "proxy"]);
    expect(local()).to.include('"exempt=s:10.77.0.41/32,10.77.0.42/32,10.77.0.43/32,"');
  });
});

describe("a field of db_text", () => {
  it("comes back as it was, whatever is printable, and ends where it ends", () => {
    const printable = fc.string({ unit: fc.constantFrom("a", ":", "\\", ";", "=", " ") });
    fc.assert(
      fc.property(printable, printable, (first, second) => {
        const row = `${dbTextField(first)}:${dbTextField(second)}`;
        // a colon with an even number of backslashes before it ends a field
        const ends = [...row.matchAll(/\\.|:/g)].filter(([found]) => found === ":").map(({ index }) => index);
        expect(ends).to.have.lengthOf(1);
        const fields = [row.slice(0, ends[0]), row.slice((ends[0] ?? 0) + 1)];
        expect(fields.map((field) => field.replace(/\\(.)/g, "$1"))).to.deep.equal([first, second]);
      }),
    );
  });

  it("carries lines, and rejects what nobody could read", () => {
    expect(dbTextField("a\nb")).to.equal(String.raw`a\nb`);
    expect(() => dbTextField("a\tb")).to.throw("printable ASCII");
  });
});
