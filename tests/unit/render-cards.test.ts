import { expect } from "chai";
import { machines } from "../../config/plan.ts";
import { cardFiles } from "../../render/cards.ts";
import { renderHost } from "../../render/index.ts";
import { readStatic } from "../../render/staticTree.ts";
import { twoNodePlan } from "../support/plans.ts";

describe("network managers", () => {
  const plan = twoNodePlan();
  const files = cardFiles({ ...plan, interfaces: { ...plan.interfaces, public: "ens4.100" } });
  const lines = (path: string): string[] =>
    (files.find((file) => file.path === path)?.content ?? "").split("\n").filter((line) => /^[^#]/.test(line));

  it("leave the public card alone, whichever of them a node has", () => {
    expect(lines("/etc/systemd/network/05-sip-ha-public.network")).to.deep.equal([
      "[Match]",
      "Name=ens4.100",
      "[Link]",
      "Unmanaged=yes",
    ]);
    expect(lines("/etc/NetworkManager/conf.d/60-sip-ha.conf")).to.deep.equal([
      "[keyfile]",
      "unmanaged-devices+=interface-name:ens4.100",
    ]);
    expect(lines("/etc/network/interfaces.d/60-sip-ha")).to.deep.equal(["no-auto-down ens4.100"]);
  });

  it("leave routes and rules of others alone: the default route, and those that keep a frozen database away", () => {
    const text = readStatic("node", "/etc/systemd/networkd.conf.d/60-sip-ha.conf");
    expect(text)
      .to.match(/^ManageForeignRoutes=no$/m)
      .and.match(/^ManageForeignRoutingPolicyRules=no$/m);
  });

  it("are told so on nodes only", () => {
    const told = machines(plan).filter((machine) =>
      renderHost(plan, machine).some(({ path }) => path.startsWith("/etc/systemd/network/")),
    );
    expect(told.map(({ role }) => role)).to.deep.equal(["node", "node"]);
  });
});
