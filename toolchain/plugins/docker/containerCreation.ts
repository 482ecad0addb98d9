import type { ContainerCreateOptions, HostConfig, MountSettings } from "dockerode";
import { isProperties, type Properties } from "../shared/values.ts";
import { parseDuration } from "./duration.ts";
import { labelMap } from "./labels.ts";
import { blocksOf, mapOf, numberOf, textOf, textsOf } from "./properties.ts";

const MEGABYTE = 1024 * 1024;

/** A planned container as the engine's create call wants it; what was left out is left to the engine. */
export function containerOptions(plan: Properties, image: string): ContainerCreateOptions {
  const options: ContainerCreateOptions = {
    name: textOf(plan, "name"),
    Image: image,
    Env: textsOf(plan, "envs"),
    Labels: labelMap(plan),
    Tty: plan["tty"] === true,
    OpenStdin: plan["stdinOpen"] === true,
    HostConfig: hostConfig(plan),
    ...ports(plan).exposed,
    Volumes: Object.fromEntries(anonymousVolumes(plan).map((path) => [path, {}])),
  };
  for (const [name, key] of TEXTS) {
    const value = textOf(plan, name);
    if (value !== "") options[key] = value;
  }
  if (Array.isArray(plan["command"])) options.Cmd = textsOf(plan, "command");
  if (Array.isArray(plan["entrypoints"])) options.Entrypoint = textsOf(plan, "entrypoints");
  if (typeof plan["stopTimeout"] === "number") options.StopTimeout = plan["stopTimeout"];
  const health = plan["healthcheck"];
  if (isProperties(health)) options.Healthcheck = healthcheck(health);
  return options;
}

const TEXTS = [
  ["hostname", "Hostname"],
  ["domainname", "Domainname"],
  ["user", "User"],
  ["workingDir", "WorkingDir"],
  ["stopSignal", "StopSignal"],
  ["platform", "platform"],
] as const;

function healthcheck(health: Properties) {
  return {
    Test: textsOf(health, "tests"),
    Interval: parseDuration(textOf(health, "interval")),
    Timeout: parseDuration(textOf(health, "timeout")),
    StartPeriod: parseDuration(textOf(health, "startPeriod")),
    Retries: numberOf(health, "retries"),
  };
}

function hostConfig(plan: Properties): HostConfig {
  const config: HostConfig = {
    ...resources(plan),
    ...security(plan),
    ...network(plan),
    AutoRemove: plan["rm"] === true,
    Binds: binds(plan),
    Mounts: blocksOf(plan, "mounts").map(mount),
    Tmpfs: mapOf(plan, "tmpfs"),
    StorageOpt: mapOf(plan, "storageOpts"),
    Devices: blocksOf(plan, "devices").map((device) => ({
      PathOnHost: textOf(device, "hostPath"),
      PathInContainer: textOf(device, "containerPath") || textOf(device, "hostPath"),
      CgroupPermissions: textOf(device, "permissions") || "rwm",
    })),
  };
  if (typeof plan["init"] === "boolean") config.Init = plan["init"];
  if (textOf(plan, "runtime") !== "") config.Runtime = textOf(plan, "runtime");
  const driver = textOf(plan, "logDriver");
  if (driver !== "") config.LogConfig = { Type: driver, Config: mapOf(plan, "logOpts") };
  return config;
}

function resources(plan: Properties): HostConfig {
  const swap = numberOf(plan, "memorySwap");
  const config: HostConfig = {
    Memory: numberOf(plan, "memory") * MEGABYTE,
    MemoryReservation: numberOf(plan, "memoryReservation") * MEGABYTE,
    MemorySwap: swap > 0 ? swap * MEGABYTE : swap,
    CpuShares: numberOf(plan, "cpuShares"),
    CpusetCpus: textOf(plan, "cpuSet"),
    RestartPolicy: { Name: textOf(plan, "restart"), MaximumRetryCount: numberOf(plan, "maxRetryCount") },
    Ulimits: blocksOf(plan, "ulimits").map((limit) => ({
      Name: textOf(limit, "name"),
      Soft: numberOf(limit, "soft"),
      Hard: numberOf(limit, "hard"),
    })),
  };
  if (numberOf(plan, "shmSize") > 0) config.ShmSize = numberOf(plan, "shmSize") * MEGABYTE;
  return config;
}

function security(plan: Properties): HostConfig {
  const capabilities = isProperties(plan["capabilities"]) ? plan["capabilities"] : {};
  const config: HostConfig = {
    CapAdd: textsOf(capabilities, "adds"),
    CapDrop: textsOf(capabilities, "drops"),
    SecurityOpt: textsOf(plan, "securityOpts"),
    Privileged: plan["privileged"] === true,
    ReadonlyRootfs: plan["readOnly"] === true,
    GroupAdd: textsOf(plan, "groupAdds"),
    Sysctls: mapOf(plan, "sysctls"),
    UsernsMode: textOf(plan, "usernsMode"),
    PidMode: textOf(plan, "pidMode"),
  };
  if (textOf(plan, "ipcMode") !== "") config.IpcMode = textOf(plan, "ipcMode");
  const cgroup = textOf(plan, "cgroupnsMode");
  return cgroup === "" ? config : Object.assign(config, { CgroupnsMode: cgroup });
}

function network(plan: Properties): HostConfig {
  return {
    NetworkMode: textOf(plan, "networkMode"),
    PortBindings: ports(plan).bindings,
    PublishAllPorts: plan["publishAllPorts"] === true,
    Dns: textsOf(plan, "dns"),
    DnsOptions: textsOf(plan, "dnsOpts"),
    DnsSearch: textsOf(plan, "dnsSearches"),
    ExtraHosts: blocksOf(plan, "hosts").map((host) => `${textOf(host, "host")}:${textOf(host, "ip")}`),
  };
}

function ports(plan: Properties) {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  const exposed: Record<string, Record<string, never>> = {};
  for (const port of blocksOf(plan, "ports")) {
    const key = `${numberOf(port, "internal")}/${textOf(port, "protocol")}`;
    const external = numberOf(port, "external");
    exposed[key] = {};
    const binding = { HostIp: textOf(port, "ip"), HostPort: external === 0 ? "" : String(external) };
    bindings[key] = [...(bindings[key] ?? []), binding];
  }
  return { bindings, exposed: { ExposedPorts: exposed } };
}

function binds(plan: Properties): string[] {
  return blocksOf(plan, "volumes")
    .map((volume) => ({ volume, source: textOf(volume, "hostPath") || textOf(volume, "volumeName") }))
    .filter(({ source }) => source !== "")
    .map(({ volume, source }) => {
      const access = volume["readOnly"] === true ? "ro" : "rw";
      return `${source}:${textOf(volume, "containerPath")}:${access}`;
    });
}

function anonymousVolumes(plan: Properties): string[] {
  return blocksOf(plan, "volumes")
    .filter((volume) => textOf(volume, "hostPath") === "" && textOf(volume, "volumeName") === "")
    .map((volume) => textOf(volume, "containerPath"));
}

function mount(block: Properties): MountSettings {
  const type = textOf(block, "type");
  if (type !== "bind" && type !== "volume" && type !== "tmpfs") {
    throw new Error(`mount type must be bind, volume or tmpfs, got ${type}`);
  }
  const settings: MountSettings = {
    Type: type,
    Source: textOf(block, "source"),
    Target: textOf(block, "target"),
    ReadOnly: block["readOnly"] === true,
  };
  const tmpfs = block["tmpfsOptions"];
  if (isProperties(tmpfs)) {
    settings.TmpfsOptions = { SizeBytes: numberOf(tmpfs, "sizeBytes"), Mode: numberOf(tmpfs, "mode") };
  }
  const bind = block["bindOptions"];
  const propagation = isProperties(bind)
    ? PROPAGATIONS.find((known) => known === textOf(bind, "propagation"))
    : undefined;
  if (propagation !== undefined) settings.BindOptions = { Propagation: propagation };
  return settings;
}

const PROPAGATIONS = ["private", "rprivate", "shared", "rshared", "slave", "rslave"] as const;
