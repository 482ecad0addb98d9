import { homedir } from "node:os";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/** Things that can be made again (built tools, images, package bundles): `SIP_HA_CACHE_DIR`, `XDG_CACHE_HOME/sip-ha`, default `~/.cache/sip-ha`. */
export function cacheDir(env: Environment = process.env): string {
  return (
    nonEmpty(env["SIP_HA_CACHE_DIR"]) ?? join(nonEmpty(env["XDG_CACHE_HOME"]) ?? join(homedir(), ".cache"), "sip-ha")
  );
}

/** Things that cannot be made again (stack state, its passphrase): `SIP_HA_STATE_DIR`, `XDG_STATE_HOME/sip-ha`, default `~/.local/state/sip-ha`. */
export function stateDir(env: Environment = process.env): string {
  return (
    nonEmpty(env["SIP_HA_STATE_DIR"]) ??
    join(nonEmpty(env["XDG_STATE_HOME"]) ?? join(homedir(), ".local", "state"), "sip-ha")
  );
}

/** XDG Base Directory Specification: an empty variable counts as unset. */
function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
