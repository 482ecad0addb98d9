import type { NetworkInspectInfo } from "dockerode";
import type { Properties, Value } from "../shared/values.ts";
import { attempt, engine, isMissing } from "./engine.ts";
import { labelBlocks, labelMap } from "./labels.ts";
import { inSetOrder } from "./plan.ts";
import { blocksOf, mapOf, textOf } from "./properties.ts";
import { type DockerKind } from "./resource.ts";
import type { Field, Fields } from "./schema.ts";
import { removeWithPatience } from "./waitRemoved.ts";

const text: Field = { kind: "text", empty: "" };

const FIELDS: Fields = {
  attachable: { kind: "flag", replaces: true },
  driver: { kind: "text", computed: true, replaces: true },
  ingress: { kind: "flag", replaces: true },
  internal: { kind: "flag", computed: true, replaces: true },
  ipamConfigs: {
    kind: "set",
    computed: true,
    replaces: true,
    fields: { auxAddress: { kind: "map" }, gateway: text, ipRange: text, subnet: text },
  },
  ipamDriver: { kind: "text", fallback: "default", replaces: true },
  ipamOptions: { kind: "map", replaces: true },
  ipv6: { kind: "flag", replaces: true },
  labels: { kind: "set", replaces: true, fields: { label: text, value: text } },
  name: { kind: "text", replaces: true },
  options: { kind: "map", computed: true, replaces: true },
  scope: { kind: "text", output: true, computed: true },
};

/** docker.Network. */
export const network: DockerKind = {
  fields: FIELDS,
  schemaVersion: "1",
  hasTimeouts: false,
  autoName: true,
  deleteFirst: true,
  create: async (plan) => {
    const made = await attempt("Unable to create network", () => engine.createNetwork(creation(plan)));
    return { id: made.id, state: readState(await made.inspect()) };
  },
  read: async (id) => {
    try {
      return { id, state: readState(await engine.getNetwork(id).inspect()) };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  update: () => Promise.resolve(),
  delete: (id) => removeWithPatience(() => engine.getNetwork(id).remove(), "pending"),
};

function creation(plan: Properties) {
  const options = mapOf(plan, "options");
  const driver = textOf(plan, "driver");
  const Config = blocksOf(plan, "ipamConfigs").map((config) => {
    const parts: Record<string, string> = {};
    for (const [key, name] of Object.entries(IPAM_NAMES)) {
      if (textOf(config, key) !== "") parts[name] = textOf(config, key);
    }
    const AuxiliaryAddresses = mapOf(config, "auxAddress");
    return Object.keys(AuxiliaryAddresses).length === 0 ? parts : { ...parts, AuxiliaryAddresses };
  });
  return {
    Name: textOf(plan, "name"),
    CheckDuplicate: true,
    Attachable: plan["attachable"] === true,
    Ingress: plan["ingress"] === true,
    Internal: plan["internal"] === true,
    EnableIPv6: plan["ipv6"] === true,
    Labels: labelMap(plan),
    Options: options,
    IPAM: { Driver: textOf(plan, "ipamDriver"), Options: mapOf(plan, "ipamOptions"), Config },
    ...(driver !== "" && { Driver: driver }),
  };
}

const IPAM_NAMES = { subnet: "Subnet", gateway: "Gateway", ipRange: "IPRange" } as const;

function readState(found: NetworkInspectInfo): Properties {
  const options: Record<string, string> = found.Options ?? {};
  const ipamOptions: Record<string, string> = found.IPAM?.Options ?? {};
  return {
    attachable: found.Attachable,
    driver: found.Driver,
    ingress: found.Ingress,
    internal: found.Internal,
    ipamConfigs: readIpam(found),
    ipamDriver: found.IPAM?.Driver ?? "default",
    ipamOptions,
    ipv6: found.EnableIPv6,
    labels: labelBlocks(found.Labels),
    name: found.Name,
    options,
    scope: found.Scope,
  };
}

function readIpam(found: NetworkInspectInfo): Value {
  const configs = found.IPAM?.Config ?? [];
  return inSetOrder(
    configs.map(({ AuxiliaryAddresses: auxiliary, Gateway = "", IPRange = "", Subnet = "" }) => {
      const auxAddress = Object.fromEntries(Object.entries(auxiliary ?? {}).map(([name, at]) => [name, at ?? ""]));
      return { auxAddress, gateway: Gateway, ipRange: IPRange, subnet: Subnet };
    }),
  );
}
