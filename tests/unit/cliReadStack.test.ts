import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readPlan, StackFileError } from "../../cli/readStack.ts";

const SOUND = `config:
  sip-ha:cluster:
    sip: { domain: sip.example.net }
    floatingIp: { address: 198.51.100.10, prefix: 24, gateway: 198.51.100.1 }
    hosts: { kind: lab }
`;

describe("a stack file read without Pulumi", () => {
  let directory = "";

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sip-ha-stack-"));
  });

  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  const write = (stack: string, text: string): void => {
    writeFileSync(join(directory, `Pulumi.${stack}.yaml`), text);
  };

  function faultsOf(text: string): string[] {
    write("dev", text);
    try {
      readPlan(directory, "dev");
    } catch (error) {
      if (error instanceof StackFileError) return error.faults.map(({ path }) => path);
      throw error;
    }
    return [];
  }

  it("gives the plan with its defaults", () => {
    write("dev", SOUND);
    const plan = readPlan(directory, "dev");
    expect(plan.stack).to.equal("dev");
    expect(plan.nodes.map(({ name }) => name)).to.deep.equal(["sip1", "sip2"]);
  });

  it("takes the cluster as JSON text too, and an encrypted password", () => {
    const cluster = { sip: { domain: "sip.example.net" }, hosts: { kind: "lab" } };
    const floatingIp = { address: "198.51.100.10", prefix: 24, gateway: "198.51.100.1" };
    const text = JSON.stringify(JSON.stringify({ ...cluster, floatingIp }));
    const password = "  sip-ha:databasePassword:\n    secure: v1:abc:def\n";
    expect(faultsOf(`config:\n  sip-ha:cluster: ${text}\n${password}`)).to.deep.equal([]);
  });

  it("rejects a stack without a file and names those that have one", () => {
    write("dev", SOUND);
    write("prod.eu", SOUND);
    expect(() => readPlan(directory, "lab")).to.throw("has no file Pulumi.lab.yaml; stacks with one: dev, prod.eu;");
  });

  it("rejects a file that is no YAML, with the place", () => {
    write("dev", "config:\n  a: [1\n");
    expect(() => readPlan(directory, "dev")).to.throw(/Pulumi\.dev\.yaml is no valid YAML: .*line 3/);
  });

  it("rejects options, unknown keys and plain secrets in one go", () => {
    const text = `${SOUND.replace("sip.example.net", "x y")}  sip-ha:clusterr: {}\n  sip-ha:databasePassword: hunter2-hunter2\n`;
    expect(faultsOf(text)).to.deep.equal(["sip.domain", "sip-ha:clusterr", "sip-ha:databasePassword"]);
  });

  it("rejects an empty file, naming what is missing", () => {
    expect(faultsOf("")).to.include("sip-ha:cluster");
  });

  it("rejects encrypted values inside the cluster's options", () => {
    expect(faultsOf(SOUND.replace("sip.example.net", "{ secure: v1:abc:def }"))).to.deep.equal(["sip-ha:cluster"]);
  });
});
