import { expect } from "chai";
import { driftText, hasDrifted, silentHosts } from "../../cli/drift/render.ts";
import { isMendable, parseDrift, unitsOf } from "../../remote/drift.ts";

const SAID = [
  "file\t/etc/kamailio/kamailio.cfg\tcontent differs",
  "\t--- activated",
  "\t+children=1",
  "package\tkamailio\tis 5.7.1, must be 5.6.3-2",
  "route\tdefault\tis none, must be 198.51.100.1",
  "",
].join("\n");

describe("the drift of a host", () => {
  const found = parseDrift(SAID);

  it("is read line by line, each difference with its own diff", () => {
    expect(found).to.deep.equal([
      {
        kind: "file",
        subject: "/etc/kamailio/kamailio.cfg",
        detail: "content differs",
        diff: ["--- activated", "+children=1"],
      },
      { kind: "package", subject: "kamailio", detail: "is 5.7.1, must be 5.6.3-2", diff: [] },
      { kind: "route", subject: "default", detail: "is none, must be 198.51.100.1", diff: [] },
    ]);
    expect(parseDrift("")).to.deep.equal([]);
  });

  it("is mended by an activation, but for addresses and routes", () => {
    expect(found.map(isMendable)).to.deep.equal([true, true, false]);
  });

  it("has units to be started, each once, and leaves daemons of the group to the watcher", () => {
    const said = parseDrift(
      "unit\tsip-ha-watcher\tis disabled, must be enabled\nunit\tsip-ha-watcher\tis failed, must be active\n" +
        "daemon\tsip-ha-proxy\tis failed, must be active; the watcher starts it\n",
    );
    expect(said.map(isMendable)).to.deep.equal([true, true, false]);
    expect(unitsOf(said)).to.deep.equal(["sip-ha-watcher"]);
    expect(unitsOf(found)).to.deep.equal([]);
  });

  it("rejects other lines", () => {
    expect(() => parseDrift("release: not staged\n")).to.throw(/not a line of `release drift`: release: not staged/);
  });

  it("is shown with its host, diffs indented, and says which hosts could not be asked", () => {
    const hosts = [
      { host: "sip1", found },
      { host: "sip2", silent: "no route" },
      { host: "db", found: [] },
    ];
    expect(driftText(hosts)).to.equal(
      "sip1: file /etc/kamailio/kamailio.cfg: content differs\n    --- activated\n    +children=1\n" +
        "sip1: package kamailio: is 5.7.1, must be 5.6.3-2\nsip1: route default: is none, must be 198.51.100.1\n" +
        "sip2: could not be asked: no route\n",
    );
    expect([hasDrifted(hosts), silentHosts(hosts)]).to.deep.equal([true, ["sip2"]]);
    expect(hasDrifted(hosts.slice(1))).to.equal(false);
  });
});
