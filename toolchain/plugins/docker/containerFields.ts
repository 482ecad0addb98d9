import type { Field, Fields } from "./schema.ts";

const text: Field = { kind: "text", empty: "" };
const texts: Field = { kind: "set", empty: [] };
const number: Field = { kind: "number" };
const flag: Field = { kind: "flag" };

const LABELS: Field = { kind: "set", fields: { label: text, value: text }, computed: true, replaces: true };

const HEALTHCHECK: Fields = {
  tests: { kind: "list", empty: [] },
  interval: { kind: "text", fallback: "0s" },
  timeout: { kind: "text", fallback: "0s" },
  startPeriod: { kind: "text", fallback: "0s" },
  startInterval: { kind: "text", fallback: "0s" },
  retries: { kind: "number", fallback: 0 },
};

const MOUNT: Fields = {
  type: text,
  source: text,
  target: text,
  readOnly: flag,
  bindOptions: { kind: "block", fields: { propagation: text } },
  tmpfsOptions: { kind: "block", fields: { mode: number, sizeBytes: number } },
  volumeOptions: { kind: "block", output: true },
};

const NETWORK: Fields = {
  name: text,
  aliases: texts,
  driverOpts: { ...texts, output: true },
  gwPriority: { ...number, output: true },
  ipv4Address: text,
  ipv6Address: { ...text, output: true },
  linkLocalIps: { ...texts, output: true },
  macAddress: { ...text, output: true },
};

const UPLOAD: Fields = {
  file: text,
  content: text,
  contentBase64: text,
  executable: { kind: "flag", fallback: false },
  permissions: text,
  source: { ...text, output: true },
  sourceHash: { ...text, output: true },
};

const VOLUME: Fields = {
  containerPath: text,
  hostPath: text,
  volumeName: text,
  readOnly: flag,
  fromContainer: { ...text, output: true },
  selinuxRelabel: { ...text, output: true },
};

const PORT: Fields = {
  internal: number,
  external: { kind: "number", computed: true },
  ip: { kind: "text", fallback: "0.0.0.0" },
  protocol: { kind: "text", fallback: "tcp" },
};

const DEVICE: Fields = { hostPath: text, containerPath: text, permissions: text };

const BLOCKS_NOT_COVERED: Field = { kind: "set", output: true, empty: [] };

/** docker.Container: what this stand-in covers; `output` marks what may not be set here. */
export const CONTAINER: Fields = {
  attach: { kind: "flag", fallback: false, output: true },
  bridge: { kind: "text", output: true, computed: true },
  capabilities: { kind: "block", fields: { adds: texts, drops: texts }, replaces: true },
  cgroupParent: { kind: "text", replaces: true, output: true, empty: null },
  cgroupnsMode: { kind: "text", replaces: true },
  command: { kind: "list", computed: true, replaces: true },
  containerLogs: { kind: "text", output: true, computed: true },
  containerReadRefreshTimeoutMilliseconds: { kind: "number", fallback: 15000 },
  cpuPeriod: { kind: "number", output: true, empty: null },
  cpuQuota: { kind: "number", output: true, empty: null },
  cpuSet: { kind: "text" },
  cpuShares: { kind: "number" },
  cpus: { kind: "text", replaces: true, output: true, empty: null },
  destroyGraceSeconds: { kind: "number" },
  deviceReadBps: BLOCKS_NOT_COVERED,
  deviceReadIops: BLOCKS_NOT_COVERED,
  deviceRequests: { ...BLOCKS_NOT_COVERED, replaces: true },
  deviceWriteBps: BLOCKS_NOT_COVERED,
  deviceWriteIops: BLOCKS_NOT_COVERED,
  devices: { kind: "set", fields: DEVICE, replaces: true },
  dns: { kind: "set", replaces: true },
  dnsOpts: { kind: "set", replaces: true },
  dnsSearches: { kind: "set", replaces: true },
  domainname: { kind: "text", replaces: true },
  entrypoints: { kind: "list", computed: true, recreated: true, replaces: true },
  envs: { kind: "set", computed: true, replaces: true },
  exitCode: { kind: "number", output: true, computed: true },
  gpus: { kind: "text", replaces: true, output: true, empty: null },
  groupAdds: { kind: "set", replaces: true },
  healthcheck: { kind: "block", fields: HEALTHCHECK, computed: true },
  hostname: { kind: "text", computed: true, replaces: true },
  hosts: { kind: "set", fields: { host: text, ip: text }, replaces: true },
  image: { kind: "text", replaces: true },
  init: { kind: "flag", computed: true },
  ipcMode: { kind: "text", computed: true, replaces: true },
  labels: LABELS,
  logDriver: { kind: "text", computed: true, replaces: true },
  logOpts: { kind: "map", replaces: true },
  logs: { kind: "flag", fallback: false, output: true },
  maxRetryCount: { kind: "number" },
  memory: { kind: "number" },
  memoryReservation: { kind: "number", fallback: 0 },
  memorySwap: { kind: "number" },
  mounts: { kind: "set", fields: MOUNT, replaces: true },
  mustRun: { kind: "flag", fallback: true },
  name: { kind: "text", replaces: true },
  networkDatas: { kind: "list", output: true, computed: true, recreated: true },
  networkMode: { kind: "text", fallback: "bridge", replaces: true },
  networksAdvanced: { kind: "set", fields: NETWORK, replaces: true },
  pidMode: { kind: "text", replaces: true },
  platform: { kind: "text", computed: true, replaces: true },
  ports: { kind: "list", fields: PORT, replaces: true },
  privileged: { kind: "flag", replaces: true },
  publishAllPorts: { kind: "flag", replaces: true },
  readOnly: { kind: "flag", fallback: false, replaces: true },
  removeVolumes: { kind: "flag", fallback: true },
  restart: { kind: "text", fallback: "no" },
  rm: { kind: "flag", fallback: false },
  runtime: { kind: "text", computed: true, replaces: true },
  securityOpts: { kind: "set", computed: true, replaces: true },
  shmSize: { kind: "number", computed: true, replaces: true },
  start: { kind: "flag", fallback: true },
  stdinOpen: { kind: "flag", fallback: false, replaces: true },
  stopSignal: { kind: "text", computed: true, replaces: true },
  stopTimeout: { kind: "number", computed: true, replaces: true },
  storageOpts: { kind: "map", replaces: true },
  sysctls: { kind: "map", replaces: true },
  tmpfs: { kind: "map" },
  tty: { kind: "flag", fallback: false, replaces: true },
  ulimits: { kind: "set", fields: { name: text, soft: number, hard: number }, replaces: true },
  uploads: { kind: "set", fields: UPLOAD, replaces: true },
  user: { kind: "text", replaces: true },
  usernsMode: { kind: "text", replaces: true },
  volumes: { kind: "set", fields: VOLUME, replaces: true },
  wait: { kind: "flag", fallback: false },
  waitTimeout: { kind: "number", fallback: 60 },
  workingDir: { kind: "text", replaces: true },
};
