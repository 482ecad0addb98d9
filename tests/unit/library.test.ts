import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ClusterError, type ClusterOptions, clusterPlan, type Host, SipCluster } from "../../library.ts";
import { projectDir } from "../../toolchain/versions.ts";
import { fitting } from "../../components/refusals.ts";
import { machines } from "../../config/plan.ts";
import { resolvePlan } from "../../config/resolve.ts";
import { registeredBy } from "../support/registered.ts";
import { smallestCluster } from "../support/refusals.ts";

const directory = join(projectDir, "tests", "support", "tls");
const tls = { ...smallestCluster, sip: { domain: "sip.example.net", tls: { certificate: "certificate.pem" } } };

/** The lines of what is thrown; none where nothing is. */
function faultsOf(run: () => unknown): string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof ClusterError) return error.message.split("\n");
    throw error;
  }
  return [];
}

function planFaults(options: ClusterOptions, secrets: readonly ("tlsKey" | "fencingPassword")[] = []): string[] {
  return faultsOf(() => clusterPlan(options, { stack: "mine", directory, secrets }));
}

describe("clusterPlan", () => {
  it("makes the plan that a stack file with the same options makes", () => {
    const resolution = resolvePlan(smallestCluster, "mine", { directory, now: new Date() });
    expect({ plan: clusterPlan(smallestCluster, { stack: "mine", directory }) }).to.deep.equal(resolution);
  });

  it("rejects unsound options, every fault at once, as an error that Pulumi prints without a stack trace", () => {
    const timing = { keepaliveMs: 200, warntimeMs: 500, deadtimeMs: 450, initdeadMs: 10_000 };
    const options = { ...tls, timing, heartbeatPort: 0 };
    expect(planFaults(options)).to.deep.equal([
      "3 faults in the options of cluster mine:",
      "  - heartbeatPort must be a port number from 1 to 65535, got 0; change it, for instance heartbeatPort: 695",
      "  - timing.deadtimeMs must exceed warntimeMs (500), got 450; raise deadtimeMs or lower warntimeMs",
      "  - secrets.tlsKey must hold the private key of sip.tls.certificate, got nothing; give it to SipCluster as tlsKey, and name tlsKey in secrets",
    ]);
    const error = new ClusterError("x", []);
    expect(pulumi.RunError.isInstance(error)).to.equal(true);
  });

  it("rejects what only a stack file can have, and secrets that nothing needs", () => {
    const keyFile = { ...tls, sip: { ...tls.sip, tls: { ...tls.sip.tls, keyFile: "key.pem" } } };
    expect(planFaults(keyFile).slice(1)).to.deep.equal([
      "  - sip.tls.keyFile must be absent in a program, got a file; read the file in the program, give its text to SipCluster as tlsKey, and name tlsKey in secrets",
    ]);
    expect(planFaults(smallestCluster, ["tlsKey"]).slice(1)).to.deep.equal([
      "  - secrets.tlsKey must be absent without sip.tls, got a value; leave tlsKey out of secrets",
    ]);
    expect(planFaults(tls, ["tlsKey"])).to.deep.equal([]);
  });
});

describe("SipCluster", () => {
  const plan = clusterPlan(tls, { stack: "mine", directory, secrets: ["tlsKey"] });
  const host = (name: string): Host => ({
    name,
    role: "node",
    privateAddress: "10.77.0.11",
    connection: pulumi.output({ host: "", port: 22, user: "", privateKey: "", hostKey: "" }),
  });

  it("rejects hosts and secrets that do not fit its plan, all at once, before it registers anything", () => {
    const names = machines(plan).map(({ name }) => name);
    const hosts = [...names.filter((name) => name !== "db").map(host), host("sip1"), host("sip3")];
    const lines = faultsOf(() => new SipCluster("edge", { plan, hosts, directory }));
    expect(lines.map((line) => line.split("; ")[0])).to.deep.equal([
      "4 faults in the arguments of SipCluster edge:",
      "  - hosts must hold one host for each machine of the plan, and sip1 is its node, got 2 named sip1",
      "  - hosts must hold one host for each machine of the plan, and db is its database, got none named db",
      `  - hosts must hold machines of the plan only: ${names.join(", ")}, got one named sip3`,
      "  - tlsKey must hold the private key of the plan's certificate, got nothing",
    ]);
  });

  it("rejects a password that no configuration file could carry, without showing it", () => {
    expect(fitting("databasePassword", "long enough for it")).to.equal("long enough for it");
    expect(faultsOf(() => fitting("databasePassword", "too/short")).slice(1)).to.deep.equal([
      "  - databasePassword must be at least 12 printable ASCII characters in one line, without a slash, got 9 characters that are not shown here; choose another",
    ]);
  });
});

describe("examples/library", () => {
  it("makes a lab and a cluster of its own, and reads nothing of a stack file", async () => {
    pulumi.runtime.setAllConfig({ "edge-of-my-own:domain": "sip.example.org", "sip-ha:cluster": "no options" });
    const registered = await registeredBy("edge-of-my-own", "dev", async () => {
      await import("../../examples/library/index.ts");
    });
    pulumi.runtime.setAllConfig({});
    const containers = registered.filter(({ type }) => type === "docker:index/container:Container");
    expect(containers.map(({ inputs }) => inputs["name"])).to.include("sip-ha-library-dev-sip1");
    const files = registered.find(({ name }) => name === "edge-sip1-files");
    expect(files?.inputs["stdin"]).to.include("sip.example.org");
    expect(registered.map(({ name }) => name)).to.include("edge-activation-run");
  });
});
