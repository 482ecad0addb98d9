/** One line of a node's journal, as `engine events` tells it. */
export interface JournalEvent {
  /** ISO 8601, UTC, to the microsecond. */
  readonly time: string;
  readonly text: string;
}

/** What the programs of a node say there of a move of the group; some with a word that tells more. */
export const SAID = {
  /** Heartbeat 3.0.6: the other node has been silent for deadtime. */
  dead: /[Nn]ode (\S+): is dead/,
  /** The watcher: a daemon failed too often. */
  givenUp: /makes the group move to the peer: (.*)/,
  /** The watcher: the gateway does not answer on this node. */
  linkDead: /the public link makes the group move to \S+: (.*)/,
  /** The watcher: both nodes are well, and neither has the group. */
  ownerless: /nobody has had the group for ([0-9.]+ s)/,
  /** `fence`, or Heartbeat when it has ended: the device or an operator confirmed that the other node was off. */
  fenced: /was shot: \S+ confirmed|an operator confirmed that|node \S+ now reset/,
  /** Heartbeat begins, and has read its configuration. */
  begins: /Configuration validated\. Starting heartbeat/,
  /** Heartbeat has the order to give the group up. */
  standbyAsked: /wants to go standby/,
  /** Heartbeat has given everything up. */
  released: /all HA resource release completed/,
  /** The resource manager, before the first agent and when that one has ended. */
  floatingIpBegins: /Starting sipha-floating-ip/,
  floatingIpEnded: /Starting sipha-default-route/,
  /** systemd: every worker of the proxy is ready. */
  proxyStarted: /Started sip-ha-proxy\.service/,
} as const satisfies Readonly<Record<string, RegExp>>;
