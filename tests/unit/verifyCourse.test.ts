import { expect } from "chai";
import { levelCourse, parseCourse, refuseHarm } from "../../verify/catalogue/course.ts";
import type { CatalogueEntry } from "../../verify/catalogue/entry.ts";
import { catalogue } from "../../verify/catalogue/index.ts";
import { listText } from "../../verify/catalogue/listText.ts";
import { twoNodePlan } from "../support/plans.ts";

const once = { repeats: 1, seed: 7 };

describe("the course of a verification", () => {
  it("of each level names scenarios that exist, the harmless ones first", () => {
    const names = catalogue.map(({ name }) => name);
    expect(levelCourse("checks").scenarios).to.deep.equal(["call"]);
    expect(levelCourse("power-off").scenarios).to.deep.equal(["call", "power-off", "switchover"]);
    expect(names).to.include.members([...levelCourse("switchover").scenarios]);
  });

  it("is the level's when one word names it, and the scenario alone when it is repeated", () => {
    expect(parseCourse(["power-off"], catalogue, once)).to.deep.equal(levelCourse("power-off"));
    expect(parseCourse(["power-off"], catalogue, { ...once, repeats: 2 }).scenarios).to.deep.equal([
      "power-off",
      "power-off",
    ]);
  });

  it("has every scenario as often as asked, in the same order for the same seed and another for another", () => {
    const drawn = (seed: number) => parseCourse(["all"], catalogue, { repeats: 5, seed });
    const sorted = [...drawn(7).scenarios].sort();
    expect(sorted).to.deep.equal(catalogue.flatMap(({ name }) => Array.from({ length: 5 }, () => name)).sort());
    expect(drawn(7)).to.deep.equal(drawn(7));
    expect(drawn(8).scenarios).to.not.deep.equal(drawn(7).scenarios);
  });

  it("has the scenarios of the core rows more often than the others where that is asked for", () => {
    const { scenarios, title } = parseCourse(["all"], catalogue, { repeats: 1, coreRepeats: 5, seed: 7 });
    const often = new Set(scenarios.filter((name) => scenarios.filter((other) => other === name).length === 5));
    const core = ["switchover", "power-off", "proxy-crash", "proxy-hang", "private-link-cut", "public-link-cut"];
    expect([...often])
      .to.include.members(core)
      .and.not.include("freeze");
    expect(scenarios.filter((name) => !often.has(name))).to.have.lengthOf(catalogue.length - often.size);
    expect(title).to.equal("all, core rows 5 times");
  });

  it("of `safe` has no fault in it", () => {
    const { scenarios } = parseCourse(["safe"], catalogue, once);
    const harms = catalogue.filter(({ name }) => scenarios.includes(name)).map(({ harm }) => harm);
    expect(harms).to.not.be.empty.and.not.include("fault");
  });

  it("rejects unknown words, all at once, with what is known", () => {
    expect(() => parseCourse(["call", "powr-off", "everything"], catalogue, once)).to.throw(
      /unknown scenario powr-off, everything; one or more of call, .*power-off.*all, safe.*a level by itself/,
    );
  });

  it("rejects faults on a cluster that is not marked for them, by name", () => {
    const marked = twoNodePlan();
    const plan = { ...marked, verification: { ...marked.verification, faults: false } };
    const refused = (level: "switchover" | "power-off", on: typeof marked) => () => {
      refuseHarm(levelCourse(level), catalogue, on);
    };
    expect(refused("power-off", plan)).to.throw(/^power-off would break service/);
    expect(refused("switchover", plan)).to.not.throw();
    expect(refused("power-off", marked)).to.not.throw();
  });

  it("can be listed: each scenario with its rows and what it does to the service", () => {
    const entry: CatalogueEntry = {
      name: "freeze",
      rows: [6],
      title: "a node stands still",
      harm: "fault",
      run: () => Promise.reject(new Error("never run")),
    };
    expect(listText([entry])).to.match(/^freeze {2}row 6 +harm: a fault +a node stands still\n/);
  });

  it("names every scenario once, in words that the command line takes", () => {
    const names = catalogue.map(({ name }) => name);
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).to.match(/^[a-z]+(-[a-z0-9]+)*$/);
  });
});
