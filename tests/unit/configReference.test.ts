import { expect } from "chai";
import { readFileSync } from "node:fs";
import { faultLine } from "../../config/faults.ts";
import { clusterOption, type Option } from "../../config/options.ts";
import { editorSchema, referencePage } from "../../config/reference.ts";
import { resolvePlan } from "../../config/resolve.ts";

function written(name: string): string {
  return readFileSync(new URL(`../../docs/${name}`, import.meta.url), "utf8");
}

function options(option: Option): readonly Option[] {
  const children = [...Object.values(option.properties ?? {}), ...(option.items ? [option.items] : [])];
  const branches = option.anyOf?.flatMap((branch) => Object.values(branch.properties ?? {})) ?? [];
  return [option, ...[...children, ...branches].flatMap(options)];
}

describe("reference of the stack file", () => {
  it("is the page that the schema makes (npm run docs)", () => {
    expect(written("configuration.md")).to.equal(referencePage());
  });

  it("is the editor's schema that the schema makes (npm run docs)", async () => {
    expect(written("stack-file.schema.json")).to.equal(await editorSchema());
  });

  it("has effect, range and example for every option", () => {
    const bare = options(clusterOption).filter(
      ({ description, allowed, examples }) => !description || !allowed || examples?.[0] === undefined,
    );
    expect(bare).to.deep.equal([]);
  });

  it("has an example that is accepted for every option of the first level", () => {
    const required = {
      sip: clusterOption.properties?.["sip"]?.examples?.[0],
      floatingIp: clusterOption.properties?.["floatingIp"]?.examples?.[0],
      // what other options need beside them
      mediaServers: clusterOption.properties?.["mediaServers"]?.examples?.[0],
    };
    const companions: Readonly<Record<string, object>> = { redis: { relay: "rtpengine" } };
    for (const [key, option] of Object.entries(clusterOption.properties ?? {})) {
      const resolution = resolvePlan({ ...required, ...companions[key], [key]: option.examples?.[0] }, "test");
      expect("faults" in resolution ? resolution.faults.map(faultLine) : []).to.deep.equal([]);
    }
  });
});
