import { expect } from "chai";
import fc from "fast-check";
import { dispatcherFiles, dispatcherSets, mediaServerDefines, userPattern } from "../../render/dispatcher.ts";
import { kamailioFiles } from "../../render/kamailio.ts";
import { renderHost } from "../../render/index.ts";
import { mediaServerPlan, twoNodePlan } from "../support/plans.ts";

const plan = mediaServerPlan();

describe("media servers in the proxy's files", () => {
  it("are nowhere without media servers", () => {
    expect(
      kamailioFiles(twoNodePlan())
        .map(({ content }) => content)
        .join(""),
    ).not.to.match(/MEDIA/);
    expect(dispatcherFiles(twoNodePlan())).to.deep.equal([]);
  });

  it("are sets by priority, the highest first, with their weights", () => {
    const lines = dispatcherFiles(plan)[0]?.content.split("\n").slice(1, -1);
    expect(lines).to.deep.equal([
      "1 sip:10.77.0.41:5060 0 0 duid=media1;rweight=75",
      "1 sip:10.77.0.42:5060 0 0 duid=media2;rweight=25",
      "2 sip:10.77.0.43:5060 0 0 duid=media3;rweight=50",
    ]);
    expect(mediaServerDefines(plan)["MEDIA_ROUTES"]).to.deep.equal({ string: "1=11;2=11" });
  });

  it("are counted call by call where the one with the fewest calls is wanted, and only there", () => {
    const byWeight = { ...plan, balancing: { ...plan.balancing, algorithm: "weight" as const } };
    expect(mediaServerDefines(plan)["WITH_LEAST_CALLS"]).to.equal("defined");
    expect(mediaServerDefines(byWeight)).not.to.have.property("WITH_LEAST_CALLS");
  });

  it("restart the proxy when they change", () => {
    expect(dispatcherFiles(plan).map(({ effect }) => effect)).to.deep.equal(["proxy"]);
  });

  it("keep every server exactly once, whatever the priorities", () => {
    const servers = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 20 });
    fc.assert(
      fc.property(servers, (priorities) => {
        const all = priorities.map((priority, index) => ({
          name: `media${index}`,
          kind: "asterisk" as const,
          address: `10.77.0.${index + 1}`,
          port: 5060,
          weight: 50,
          priority,
        }));
        const sets = dispatcherSets(all);
        expect(
          sets
            .flat()
            .map(({ name }) => name)
            .sort(),
        ).to.deep.equal(all.map(({ name }) => name).sort());
        const firsts = sets.map(([first]) => first?.priority ?? -1);
        expect(firsts).to.deep.equal([...firsts].sort((a, b) => b - a));
      }),
    );
  });
});

describe("user parts of media servers", () => {
  const pattern = new RegExp(userPattern(["9*", "conference", "+49*", "a.b"]));

  it("are digits that begin so, or exactly the name", () => {
    for (const user of ["9", "9001", "conference", "+491234", "a.b"]) expect(user, user).to.match(pattern);
  });

  it("are nothing else: no letters behind digits, no longer name, no other number, no dot for any character", () => {
    for (const user of ["", "8001", "9a", "conferences", "x9", "49123", "axb", "9001@x"]) {
      expect(user, user).not.to.match(pattern);
    }
  });
});

describe("a node with media servers in front of it", () => {
  const [node] = plan.nodes;
  const file = (path: string, of = plan): string =>
    (node && renderHost(of, node).find((one) => one.path === path)?.content) ?? "";

  it("answers for the floating address on the private network, and only then", () => {
    expect(file("/etc/sysctl.d/61-sip-ha-local.conf")).to.include("all.arp_ignore = 0\n");
    expect(file("/etc/sysctl.d/61-sip-ha-local.conf", twoNodePlan())).to.include("all.arp_ignore = 1\n");
  });

  it("announces the floating address there, and only then", () => {
    expect(file("/etc/sip-ha/cluster.env")).to.include("MEDIA_IF=eth0\n");
    expect(file("/etc/sip-ha/cluster.env", twoNodePlan())).not.to.include("MEDIA_IF");
  });
});
