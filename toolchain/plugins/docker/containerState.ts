import type { ContainerInspectInfo, MountSettings } from "dockerode";
import { type Properties, type Value } from "../shared/values.ts";
import { printDuration } from "./duration.ts";
import { labelBlocks } from "./labels.ts";
import { inSetOrder } from "./plan.ts";

const MEGABYTE = 1024 * 1024;

/** What the engine says about a container, as the state has it; `known` is the state or plan so far. */
export function containerState(found: ContainerInspectInfo, known: Properties): Properties {
  return {
    ...identity(found),
    ...limits(found),
    ...surroundings(found),
    ...storage(found),
    ...condition(found, known),
  };
}

function identity({ Name, Config: config, ...found }: ContainerInspectInfo): Properties {
  return {
    name: Name.replace(/^\//, ""),
    hostname: config.Hostname,
    domainname: config.Domainname,
    command: texts(config.Cmd),
    entrypoints: texts(config.Entrypoint),
    envs: inSetOrder(texts(config.Env)),
    labels: labelBlocks(config.Labels),
    user: config.User,
    workingDir: config.WorkingDir,
    tty: config.Tty,
    stdinOpen: config.OpenStdin,
    stopSignal: textAt(config, "StopSignal"),
    stopTimeout: numberAt(config, "StopTimeout"),
    healthcheck: healthcheck(config.Healthcheck),
    platform: found.Platform,
  };
}

function limits({ HostConfig: host }: ContainerInspectInfo): Properties {
  const swap = host.MemorySwap ?? 0;
  return {
    memory: (host.Memory ?? 0) / MEGABYTE,
    memoryReservation: (host.MemoryReservation ?? 0) / MEGABYTE,
    memorySwap: swap > 0 ? swap / MEGABYTE : swap,
    shmSize: (host.ShmSize ?? 0) / MEGABYTE,
    cpuShares: host.CpuShares ?? 0,
    cpuSet: host.CpusetCpus ?? "",
    restart: host.RestartPolicy?.Name ?? "",
    maxRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    ulimits: inSetOrder(
      (host.Ulimits ?? []).map((limit) => ({
        hard: limit.Hard ?? 0,
        name: limit.Name ?? "",
        soft: limit.Soft ?? 0,
      })),
    ),
    capabilities: capabilities(texts(host.CapAdd).map(fullName), texts(host.CapDrop).map(fullName)),
    privileged: host.Privileged ?? false,
    readOnly: host.ReadonlyRootfs ?? false,
    rm: host.AutoRemove ?? false,
    runtime: host.Runtime ?? "",
    init: host.Init ?? false,
    securityOpts: inSetOrder(texts(host.SecurityOpt)),
    groupAdds: inSetOrder(texts(host.GroupAdd)),
    sysctls: { ...(host.Sysctls ?? {}) },
    usernsMode: host.UsernsMode ?? "",
    ipcMode: host.IpcMode ?? "",
  };
}

function capabilities(adds: string[], drops: string[]): Value {
  if (adds.length === 0 && drops.length === 0) return null;
  return { adds: inSetOrder(adds), drops: inSetOrder(drops) };
}

/** The state has all names with their prefix, whatever the engine was told. */
function fullName(capability: string): string {
  return capability === "ALL" || capability.startsWith("CAP_") ? capability : `CAP_${capability}`;
}

function surroundings({ HostConfig: host, NetworkSettings: network }: ContainerInspectInfo): Properties {
  return {
    bridge: textAt(network, "Bridge"),
    networkMode: host.NetworkMode ?? "",
    ports: ports(network.Ports),
    networkDatas: Object.entries(network.Networks).map(([networkName, data]) => ({
      gateway: data.Gateway,
      globalIpv6Address: data.GlobalIPv6Address,
      globalIpv6PrefixLength: data.GlobalIPv6PrefixLen,
      ipAddress: data.IPAddress,
      ipPrefixLength: data.IPPrefixLen,
      ipv6Gateway: data.IPv6Gateway,
      macAddress: data.MacAddress,
      networkName,
    })),
    dns: inSetOrder(texts(host.Dns)),
    dnsOpts: inSetOrder(texts(host.DnsOptions)),
    dnsSearches: inSetOrder(texts(host.DnsSearch)),
    hosts: inSetOrder(texts(host.ExtraHosts).map(hostEntry)),
    publishAllPorts: host.PublishAllPorts ?? false,
  };
}

function hostEntry(entry: string): Properties {
  const at = entry.indexOf(":");
  return { host: entry.slice(0, at), ip: entry.slice(at + 1) };
}

function ports(published: ContainerInspectInfo["NetworkSettings"]["Ports"]): Value {
  const entries: Readonly<Record<string, readonly { HostIp: string; HostPort: string }[] | null>> = published;
  return Object.entries(entries)
    .flatMap(([key, bindings]) => {
      const [internal = "", protocol = ""] = key.split("/");
      return (bindings ?? []).map(({ HostIp, HostPort }) => ({
        external: Number(HostPort),
        internal: Number(internal),
        ip: HostIp,
        protocol,
      }));
    })
    .sort((left, right) => left.internal - right.internal);
}

function storage({ HostConfig: host }: ContainerInspectInfo): Properties {
  return {
    logDriver: host.LogConfig?.Type ?? "",
    logOpts: stringMap(host.LogConfig?.Config),
    mounts: inSetOrder((host.Mounts ?? []).map(mount)),
    storageOpts: { ...(host.StorageOpt ?? {}) },
    tmpfs: { ...(host.Tmpfs ?? {}) },
  };
}

function mount(settings: MountSettings): Properties {
  const { BindOptions: bind, TmpfsOptions: tmpfs } = settings;
  return {
    type: settings.Type,
    source: textAt(settings, "Source"),
    target: settings.Target,
    readOnly: settings.ReadOnly ?? false,
    bindOptions: bind === undefined ? null : { propagation: bind.Propagation },
    tmpfsOptions: tmpfs === undefined ? null : { mode: tmpfs.Mode, sizeBytes: tmpfs.SizeBytes },
    volumeOptions: null,
  };
}

/** A container that should run and does not is one whose `mustRun` is false. */
function condition({ State: state }: ContainerInspectInfo, known: Properties): Properties {
  if (state.Running) return {};
  return known["mustRun"] === true ? { mustRun: false, exitCode: state.ExitCode } : { exitCode: state.ExitCode };
}

function healthcheck(found: ContainerInspectInfo["Config"]["Healthcheck"]): Value {
  if (found === undefined) return null;
  return {
    interval: printDuration(found.Interval ?? 0),
    retries: found.Retries ?? 0,
    startInterval: "0s",
    startPeriod: printDuration(found.StartPeriod ?? 0),
    tests: texts(found.Test),
    timeout: printDuration(found.Timeout ?? 0),
  };
}

function texts(values: unknown): string[] {
  if (typeof values === "string") return [values];
  return Array.isArray(values) ? values.filter((value): value is string => typeof value === "string") : [];
}

function stringMap(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, String(item)]));
}

/** Answers of the engine that its type declarations leave out. */
function textAt(owner: object, name: string): string {
  const value: unknown = Reflect.get(owner, name);
  return typeof value === "string" ? value : "";
}

function numberAt(owner: object, name: string): number {
  const value: unknown = Reflect.get(owner, name);
  return typeof value === "number" ? value : 0;
}
