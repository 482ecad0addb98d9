import type { ClusterPlan, MachinePlan } from "../config/plan.ts";
import { portsOfNode } from "../config/relayPorts.ts";
import { shellAssignments } from "./clusterEnv.ts";
import { iniSection } from "./iniSection.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";
import { staticTree } from "./staticTree.ts";

const HEADER = "# managed by Pulumi: values from the stack file\n";
/** Where MediaProxy's relay meets its dispatcher, both on the active node. */
const DISPATCHER = "127.0.0.1";

type Ports = ClusterPlan["relayPorts"];

/** The static files of the relay: its agent, and what is its own; nothing without a relay. */
export function relayTrees({ relay }: ClusterPlan): RenderedFile[] {
  return relay === "none" ? [] : [...staticTree("node-relay"), ...staticTree(`node-${relay}`)];
}

/** Where the relay of a node receives media: the floating IP, and the range of UDP ports it hands out. */
export function relayFiles(plan: ClusterPlan, node: Pick<MachinePlan, "name">): RenderedFile[] {
  const ports = portsOfNode(
    plan,
    plan.nodes.findIndex(({ name }) => name === node.name),
  );
  switch (plan.relay) {
    case "rtpproxy":
      return [rtpproxyValues(plan, ports)];
    case "rtpengine":
      return [rtpengineValues(plan, ports)];
    case "mediaproxy":
      return [mediaproxyConfig(plan, ports)];
    case "none":
      return [];
  }
}

/** How rtpengine reaches Redis; no other relay has a secret that is made outside of its node. */
export function relaySecretFiles({ redis }: ClusterPlan, { redisPassword }: ClusterSecrets): RenderedFile[] {
  if (redis === undefined) return [];
  if (redisPassword === undefined) throw new Error("rtpengine needs a password for Redis, got none");
  if (!/^[A-Za-z0-9]+$/.test(redisPassword)) {
    throw new Error("the password of Redis must be letters and digits, since rtpengine ends it at the first @");
  }
  const redisUrl = `${redisPassword}@${redis.machine.privateAddress}:${redis.port}/0`;
  return [
    {
      path: "/etc/rtpengine/rtpengine-secrets.conf",
      mode: "0640",
      owner: "root:rtpengine",
      effect: "relay",
      content: HEADER + iniSection("rtpengine", { redis: redisUrl }),
    },
  ];
}

function rtpproxyValues({ floatingIp }: ClusterPlan, ports: Ports): RenderedFile {
  return {
    path: "/etc/sip-ha/relay.env",
    mode: "0644",
    owner: "root:root",
    effect: "relay",
    content:
      "# managed by Pulumi: values of sip-ha-relay.service, from the stack file\n" +
      shellAssignments({
        MEDIA_ADDRESS: floatingIp.address,
        MEDIA_PORT_MIN: ports.min,
        MEDIA_PORT_MAX: ports.max,
      }),
  };
}

function rtpengineValues({ floatingIp }: ClusterPlan, ports: Ports): RenderedFile {
  return {
    path: "/etc/rtpengine/rtpengine-local.conf",
    mode: "0644",
    owner: "root:rtpengine",
    effect: "relay",
    content:
      HEADER +
      iniSection("rtpengine", {
        interface: floatingIp.address,
        "port-min": ports.min,
        "port-max": ports.max,
      }),
  };
}

function mediaproxyConfig({ floatingIp }: ClusterPlan, ports: Ports): RenderedFile {
  // a range of MediaProxy ends at an even number, which it does not use itself
  const end = ports.max + 1 - ((ports.max + 1) % 2);
  return {
    path: "/etc/mediaproxy/config.ini",
    mode: "0644",
    owner: "root:root",
    effect: "relay",
    content:
      "; managed by Pulumi: values from the stack file\n" +
      iniSection("Relay", {
        dispatchers: DISPATCHER,
        passport: "O:sip-ha, CN:dispatcher",
        relay_ip: floatingIp.address,
        port_range: `${ports.min}:${end}`,
        reconnect_delay: 1,
        log_level: "WARNING",
      }) +
      iniSection("Dispatcher", {
        socket_path: "/run/mediaproxy/dispatcher.sock",
        listen: DISPATCHER,
        listen_management: DISPATCHER,
        management_use_tls: "yes",
        passport: "O:sip-ha, CN:relay",
        management_passport: "O:sip-ha, CN:relay",
        relay_timeout: 2,
        log_level: "WARNING",
      }) +
      iniSection("TLS", { certs_path: "/etc/mediaproxy/tls" }),
  };
}
