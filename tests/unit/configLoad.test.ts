import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { ConfigError, loadPlan, loadSecrets } from "../../config/load.ts";
import { smallestCluster } from "../support/refusals.ts";

const KEYS = "PULUMI_CONFIG_SECRET_KEYS";

/** Puts a stack's configuration where the language host puts it. */
function configured(values: Readonly<Record<string, string>>, encrypted: readonly string[] = []): pulumi.Config {
  pulumi.runtime.setAllConfig({ "sip-ha:cluster": JSON.stringify(smallestCluster), ...values }, [...encrypted]);
  process.env[KEYS] = JSON.stringify(encrypted);
  return new pulumi.Config("sip-ha");
}

function refusal(config: pulumi.Config): string {
  try {
    loadPlan(config, "test");
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

describe("configuration of a stack", () => {
  const before = process.env[KEYS];

  afterEach(() => {
    pulumi.runtime.setAllConfig({});
    if (before === undefined) Reflect.deleteProperty(process.env, KEYS);
    else process.env[KEYS] = before;
  });

  it("becomes a plan", () => {
    expect(loadPlan(configured({}), "test").stack).to.equal("test");
  });

  it("has no chosen secrets unless the stack file holds some", () => {
    expect(loadSecrets(configured({}))).to.deep.equal({});
  });

  it("keeps a chosen password secret", async () => {
    const config = configured({ "sip-ha:databasePassword": "correct horse" }, ["sip-ha:databasePassword"]);
    expect(loadPlan(config, "test").stack).to.equal("test");
    expect(await pulumi.isSecret(loadSecrets(config).databasePassword ?? pulumi.output(""))).to.equal(true);
  });

  it("rejects a fencing device without its password, unless the lab makes both", () => {
    const fencing = {
      plugin: "external/ipmi",
      parameters: { userid: "fence" },
      devices: { sip1: { ipaddr: "10.77.0.41" }, sip2: { ipaddr: "10.77.0.42" } },
    };
    const values = { "sip-ha:cluster": JSON.stringify({ ...smallestCluster, fencing }) };
    expect(refusal(configured(values)).split("\n").slice(1)).to.deep.equal([
      "  - sip-ha:fencingPassword must be set, since external/ipmi needs it, got nothing; set it by `pulumi config set --secret sip-ha:fencingPassword`",
    ]);
    const given = { ...values, "sip-ha:fencingPassword": "bmc/4711" };
    expect(refusal(configured(given, ["sip-ha:fencingPassword"]))).to.equal("");
    const lab = { "sip-ha:cluster": JSON.stringify({ ...smallestCluster, fencing: "lab" }) };
    expect(refusal(configured(lab))).to.equal("");
  });

  it("takes an address for alerts that is one, and never repeats it; a command is an absolute path", () => {
    const values = {
      "sip-ha:cluster": JSON.stringify(smallestCluster),
      "sip-ha:alertUrl": "https://hooks.example.net/T0K3N",
    };
    expect(refusal(configured(values, ["sip-ha:alertUrl"]))).to.equal("");
    expect(
      refusal(configured({ ...values, "sip-ha:alertUrl": "hooks.example.net/T0K3N" }, ["sip-ha:alertUrl"])).split(
        "\n",
      )[1],
    ).to.equal(
      "  - sip-ha:alertUrl must be an http or https address, got 23 characters that are not shown here; choose another by `pulumi config set --secret sip-ha:alertUrl`",
    );
    const alerts = { command: ["page-me"] };
    const refused = refusal(configured({ "sip-ha:cluster": JSON.stringify({ ...smallestCluster, alerts }) }));
    expect(refused).to.include("alerts.command must be a list of words").and.include("the first an absolute path");
  });

  it("rejects a plain password, an unknown key and the cluster's own faults together", () => {
    const values = {
      "sip-ha:databasePassword": "correct horse",
      "sip-ha:databasPassword": "battery staple",
      "sip-ha:cluster": JSON.stringify({ ...smallestCluster, heartbeatPort: 0 }),
    };
    expect(refusal(configured(values)).split("\n")).to.deep.equal([
      "3 faults in the configuration of stack test (Pulumi.test.yaml):",
      "  - heartbeatPort must be a port number from 1 to 65535, got 0; change it, for instance heartbeatPort: 695",
      "  - sip-ha:databasPassword must be one of the keys sip-ha:cluster, sip-ha:alertUrl, sip-ha:databasePassword, sip-ha:fencingPassword, sip-ha:sshKey, sip-ha:tlsKey, got an unknown key; did you mean sip-ha:databasePassword",
      "  - sip-ha:databasePassword must be a Pulumi secret, got a plain value; set it by `pulumi config set --secret sip-ha:databasePassword` and choose another value, since this one was stored in clear",
    ]);
  });

  it("rejects a short password and does not repeat it", () => {
    const config = configured({ "sip-ha:databasePassword": "hush" }, ["sip-ha:databasePassword"]);
    expect(refusal(config).split("\n").slice(1)).to.deep.equal([
      "  - sip-ha:databasePassword must be at least 12 printable ASCII characters in one line, without a slash, got 4 characters that are not shown here; choose another by `pulumi config set --secret sip-ha:databasePassword`",
    ]);
  });

  it("rejects a password with a slash, which no database URL of Kamailio can carry", () => {
    const config = configured({ "sip-ha:databasePassword": "long-enough/but" }, ["sip-ha:databasePassword"]);
    expect(refusal(config)).to.include("without a slash, got 15 characters that are not shown here");
  });

  it("rejects an encrypted value inside the cluster's key and does not repeat it", () => {
    const cluster = JSON.stringify({ ...smallestCluster, engine: "hush" });
    expect(
      refusal(configured({ "sip-ha:cluster": cluster }, ["sip-ha:cluster"]))
        .split("\n")
        .slice(1),
    ).to.deep.equal([
      "  - sip-ha:cluster must hold no secrets, got an encrypted value in it; write its options in clear and secrets as top-level keys of their own",
    ]);
  });

  it("rejects a stack without its cluster, and one with plain text for it", () => {
    pulumi.runtime.setAllConfig({});
    expect(refusal(new pulumi.Config("sip-ha"))).to.contain("got nothing; set it, for instance { sip: {");
    expect(refusal(configured({ "sip-ha:cluster": "two nodes" }))).to.contain('got "two nodes"; change it');
  });

  it("is refused without a stack trace", () => {
    const error = new ConfigError("test", []);
    expect(pulumi.RunError.isInstance(error)).to.equal(true);
  });
});
