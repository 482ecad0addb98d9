/**
 * What has to be restarted when a file changes.
 * `none`: read when used (scripts, documentation). `engine`: Heartbeat and its configuration. `tls`: certificate and
 * key, which a running proxy reads anew.
 */
export type Effect = "none" | "proxy" | "relay" | "tls" | "engine" | "database" | "time";

/** A file to be placed on a host. Content always ends with a newline. */
export interface RenderedFile {
  /** Absolute path on the host. */
  readonly path: string;
  /** Four octal digits, for instance `0644`. */
  readonly mode: string;
  /** `user:group`. */
  readonly owner: string;
  readonly effect: Effect;
  readonly content: string;
}

/** Secrets of one stack, as plain strings: only ever inside a secret `apply` or on a controller program's stdin. */
export interface ClusterSecrets {
  /** Password of the proxy's read-write database account. */
  readonly databasePassword: string;
  /** Password of the SELECT-only account that trial starts and checks use. */
  readonly probePassword: string;
  /** Key of the proxy's digest challenges, the same on every node (Kamailio auth, `secret`). */
  readonly nonceSecret: string;
  /** Password of rtpengine at Redis; with relay `rtpengine` only. */
  readonly redisPassword?: string;
  /** Private key of the certificate of SIP over TLS, PEM; with `sip.tls` only. */
  readonly tlsKey?: string;
  /** Key of Heartbeat's authkeys (sha1 HMAC). */
  readonly heartbeatKey: string;
  /** The one before it, where it was changed. */
  readonly formerHeartbeatKey?: string;
  /** Password of the fencing device, where it needs one. */
  readonly fencingPassword?: string;
  /** Where changes of state are POSTed to. */
  readonly alertUrl?: string;
}
