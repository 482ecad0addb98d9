import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { machines, type ClusterPlan, type MachinePlan, type Relay } from "../../config/plan.ts";
import { renderHost, renderHostSecrets } from "../../render/index.ts";
import { renderMediaServer } from "../../render/mediaServer.ts";
import type { RenderedFile } from "../../render/renderedFile.ts";
import { staticTree } from "../../render/staticTree.ts";
import { mediaServerPlan, placeholderSecrets, twoNodePlan, withRelay } from "../support/plans.ts";

const GOLDEN = fileURLToPath(new URL("../golden/", import.meta.url));
const UPDATE = process.env.UPDATE_GOLDEN === "1";

/** Files that are delivered as they lie in files/: the manifest names them, a second copy would say nothing. */
const AS_IT_LIES = new Set(
  (
    [
      "common",
      "node",
      "node-kamailio",
      "node-opensips",
      "node-relay",
      "node-rtpproxy",
      "node-rtpengine",
      "node-mediaproxy",
      "redis",
      "database",
      "bastion",
      "time-server",
      "router",
      "caller",
      "media",
    ] as const
  )
    .flatMap((tree) => staticTree(tree))
    .map(({ path, content }) => `${path}\0${content}`),
);

/** Path below a host's golden tree -> content; `MANIFEST` lists every file and what a tree cannot show. */
function expectedTree(plan: ClusterPlan, machine: MachinePlan): Map<string, string> {
  return treeOf([...renderHost(plan, machine), ...renderHostSecrets(plan, machine, placeholderSecrets)]);
}

function treeOf(files: readonly RenderedFile[]): Map<string, string> {
  const manifest = files
    .map(({ path, mode, owner, effect }) => `${path} ${mode} ${owner} ${effect}\n`)
    .sort()
    .join("");
  const generated = files.filter(({ path, content }) => !AS_IT_LIES.has(`${path}\0${content}`));
  return new Map([["MANIFEST", manifest], ...generated.map(({ path, content }) => [path.slice(1), content] as const)]);
}

function storedTree(root: string): Map<string, string> {
  if (!existsSync(root)) return new Map();
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(root, path), readFileSync(path, "utf8")]));
}

function check(root: string, expected: ReadonlyMap<string, string>): void {
  if (UPDATE) writeTree(root, expected);
  const stored = storedTree(root);
  expect([...stored.keys()].sort()).to.deep.equal([...expected.keys()].sort());
  for (const [path, content] of expected) expect(stored.get(path), path).to.equal(content);
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
        check(join(GOLDEN, name, machine.name), expectedTree(plan, machine));
      });
    }
  }
});

/** Every proxy with every relay but the first pair, which `two-node` holds whole. */
const MATRIX: readonly (readonly [ClusterPlan["proxy"], Relay])[] = [
  ["kamailio", "rtpengine"],
  ["kamailio", "mediaproxy"],
  ["kamailio", "none"],
  ["opensips", "rtpproxy"],
  ["opensips", "rtpengine"],
  ["opensips", "mediaproxy"],
  ["opensips", "none"],
];

/** What a tree has that another one has not, or has otherwise; of the manifest the lines that come and go. */
function difference(tree: ReadonlyMap<string, string>, base: ReadonlyMap<string, string>): Map<string, string> {
  const lines = (of: ReadonlyMap<string, string>): string[] => (of.get("MANIFEST") ?? "").split("\n").filter(Boolean);
  const [has, had] = [lines(tree), lines(base)];
  const changes = [
    ...had.filter((line) => !has.includes(line)).map((line) => `- ${line}\n`),
    ...has.filter((line) => !had.includes(line)).map((line) => `+ ${line}\n`),
  ];
  const files = [...tree].filter(([path, content]) => path !== "MANIFEST" && base.get(path) !== content);
  return new Map([...(changes.length > 0 ? [["MANIFEST.diff", changes.join("")] as const] : []), ...files]);
}

describe("golden trees of every proxy with every relay", () => {
  const base = twoNodePlan();
  for (const [proxy, relay] of MATRIX) {
    const plan = withRelay({ ...base, proxy }, relay);
    // the nodes differ from each other as in two-node
    for (const machine of machines(plan).filter(({ name }) => name !== plan.nodes[1]?.name)) {
      it(`${proxy}-${relay}/${machine.name} differs from two-node in what it must (UPDATE_GOLDEN=1 rewrites it)`, () => {
        const root = join(GOLDEN, `${proxy}-${relay}`, machine.name);
        check(root, difference(expectedTree(plan, machine), expectedTree(base, machine)));
      });
    }
  }
});

describe("golden trees with media servers", () => {
  const [base, plan] = [twoNodePlan(), mediaServerPlan()];
  for (const node of plan.nodes) {
    it(`media-servers/${node.name} differs from two-node in what it must (UPDATE_GOLDEN=1 rewrites it)`, () => {
      const root = join(GOLDEN, "media-servers", node.name);
      check(root, difference(expectedTree(plan, node), expectedTree(base, node)));
    });
  }
  for (const node of plan.nodes.slice(0, 1)) {
    it(`opensips-media-servers/${node.name} differs from opensips-rtpproxy in what it must (UPDATE_GOLDEN=1 rewrites it)`, () => {
      const root = join(GOLDEN, "opensips-media-servers", node.name);
      const of = (one: ClusterPlan): Map<string, string> => expectedTree({ ...one, proxy: "opensips" }, node);
      check(root, difference(of(plan), of(base)));
    });
  }
  for (const server of plan.mediaServers) {
    it(`media-servers/${server.name} is what is rendered (UPDATE_GOLDEN=1 rewrites it)`, () => {
      check(join(GOLDEN, "media-servers", server.name), treeOf(renderMediaServer(plan, server)));
    });
  }
});
