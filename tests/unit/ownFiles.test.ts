import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import type { ClusterPlan } from "../../config/plan.ts";
import { renderHost, renderHostSecrets } from "../../render/index.ts";
import { projectDir } from "../../toolchain/versions.ts";
import { opensipsPlan, placeholderSecrets, twoNodePlan, withRelay } from "../support/plans.ts";

const RELAYS = ["rtpproxy", "rtpengine", "mediaproxy", "none"] as const;

/** What `status` does not hold against the other node. */
function ownFiles(): RegExp {
  const report = readFileSync(join(projectDir, "files/common/usr/lib/sip-ha/report"), "utf8");
  const [, pattern = ""] = /^readonly OWN_FILES='(.*)'$/m.exec(report) ?? [];
  return new RegExp(`^(?:${pattern})$`);
}

/** Paths whose content is not the same on every node. */
function differing(plan: ClusterPlan): readonly string[] {
  const contents = new Map<string, Set<string>>();
  for (const node of plan.nodes) {
    for (const { path, content } of [...renderHost(plan, node), ...renderHostSecrets(plan, node, placeholderSecrets)]) {
      contents.set(path, (contents.get(path) ?? new Set()).add(content));
    }
  }
  return [...contents].filter(([, { size }]) => size > 1).map(([path]) => path);
}

describe("files that differ between nodes by design", () => {
  for (const relay of RELAYS) {
    for (const [proxy, plan] of Object.entries({ kamailio: twoNodePlan(), opensips: opensipsPlan() })) {
      it(`are known to status, with ${proxy} and relay ${relay}`, () => {
        const found = differing(withRelay(plan, relay));
        expect(found.filter((path) => !ownFiles().test(path))).to.deep.equal([]);
        expect(found).to.include("/etc/sip-ha/cluster.env");
      });
    }
  }
});
