import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { machines, type ClusterPlan, type MachinePlan } from "../../config/plan.ts";
import { renderHost, renderHostSecrets } from "../../render/index.ts";
import { staticTree } from "../../render/staticTree.ts";
import { placeholderSecrets, twoNodePlan } from "../support/plans.ts";

const GOLDEN = fileURLToPath(new URL("../golden/", import.meta.url));
const UPDATE = process.env.UPDATE_GOLDEN === "1";

/** Files that are delivered as they lie in files/: the manifest names them, a second copy would say nothing. */
const AS_IT_LIES = new Set(
  (["common", "node", "node-kamailio", "database", "bastion", "router", "caller"] as const)
    .flatMap((tree) => staticTree(tree))
    .map(({ path, content }) => `${path}\0${content}`),
);

/** Path below a host's golden tree -> content; `MANIFEST` lists every file and what a tree cannot show. */
function expectedTree(plan: ClusterPlan, machine: MachinePlan): Map<string, string> {
  const files = [...renderHost(plan, machine), ...renderHostSecrets(plan, machine, placeholderSecrets)];
  const manifest = files
    .map(({ path, mode, owner, effect }) => `${path} ${mode} ${owner} ${effect}\n`)
    .sort()
    .join("");
  const generated = files.filter(({ path, content }) => !AS_IT_LIES.has(`${path}\0${content}`));
  return new Map([["MANIFEST", manifest], ...generated.map(({ path, content }) => [path.slice(1), content] as const)]);
}

function storedTree(root: string): Map<string, string> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(root, path), readFileSync(path, "utf8")]));
}

function writeTree(root: string, tree: ReadonlyMap<string, string>): void {
  rmSync(root, { recursive: true, force: true });
  for (const [path, content] of tree) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
    chmodSync(target, 0o644);
  }
}

describe("golden trees", () => {
  const cases = { "two-node": twoNodePlan() };
  for (const [name, plan] of Object.entries(cases)) {
    for (const machine of machines(plan)) {
      it(`${name}/${machine.name} is what is rendered (UPDATE_GOLDEN=1 rewrites it)`, () => {
        const root = join(GOLDEN, name, machine.name);
        const expected = expectedTree(plan, machine);
        if (UPDATE) writeTree(root, expected);
        const stored = storedTree(root);
        expect([...stored.keys()].sort()).to.deep.equal([...expected.keys()].sort());
        for (const [path, content] of expected) expect(stored.get(path), path).to.equal(content);
      });
    }
  }
});
