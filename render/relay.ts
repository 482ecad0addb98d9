import type { ClusterPlan } from "../config/plan.ts";
import { shellAssignments } from "./clusterEnv.ts";
import { iniSection } from "./iniSection.ts";
import type { ClusterSecrets, RenderedFile } from "./renderedFile.ts";
import { staticTree } from "./staticTree.ts";

const HEADER = "# managed by Pulumi: values from the stack file\n";
/** Where MediaProxy's relay meets its dispatcher, both on the active node. */
const DISPATCHER = "127.0.0.1";

/** The static files of the relay: its agent, and what is its own; nothing without a relay. */
export function relayTrees({ relay }: ClusterPlan): RenderedFile[] {
  return relay === "none" ? [] : [...staticTree("node-relay"), ...staticTree(`node-${relay}`)];
}

/** Where the relay receives media: the floating IP, and the range of UDP ports it hands out. */
export function relayFiles(plan: ClusterPlan): RenderedFile[] {
  switch (plan.relay) {
    case "rtpproxy":
      return [rtpproxyValues(plan)];
    case "rtpengine":
      return [rtpengineValues(plan)];
    case "mediaproxy":
      return [mediaproxyConfig(plan)];
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

function rtpproxyValues({ floatingIp, relayPorts }: ClusterPlan): RenderedFile {
  return {
    path: "/etc/sip-ha/relay.env",
    mode: "0644",
    owner: "root:root",
    effect: "relay",
    content:
      "# managed by Pulumi: values of sip-ha-relay.service, from the stack file\n" +
      shellAssignments({
        MEDIA_ADDRESS: floatingIp.address,
        MEDIA_PORT_MIN: relayPorts.min,
        MEDIA_PORT_MAX: relayPorts.max,
      }),
  };
}

function rtpengineValues({ floatingIp, relayPorts }: ClusterPlan): RenderedFile {
  return {
    path: "/etc/rtpengine/rtpengine-local.conf",
    mode: "0644",
    owner: "root:rtpengine",
    effect: "relay",
    content:
      HEADER +
      iniSection("rtpengine", {
        interface: floatingIp.address,
        "port-min": relayPorts.min,
        "port-max": relayPorts.max,
      }),
  };
}

function mediaproxyConfig({ floatingIp, relayPorts }: ClusterPlan): RenderedFile {
  // a range of MediaProxy ends at an even number, which it does not use itself
  const end = relayPorts.max + 1 - ((relayPorts.max + 1) % 2);
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
        port_range: `${relayPorts.min}:${end}`,
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
