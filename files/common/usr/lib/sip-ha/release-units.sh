# shellcheck shell=bash disable=SC2154
# managed by Pulumi: change files/common/usr/lib/sip-ha/release-units.sh
#
# Sourced by release: which units this machine shall have running, what differs from that, and how they get there.
# The daemons of the group are the watcher's: no unit here is one of them.

readonly SUPERVISION_OFF=$ROOT/run/sip-ha/supervision-off WATCHER_STATE=$ROOT/run/sip-ha/watcher.json
readonly ENGINE=$ROOT/usr/lib/sip-ha/engine

# wanted_units: `UNIT ENABLED ACTIVE` of those that this machine has; `any` where it may be either way
wanted_units() {
  local bmc
  if [[ -e $ROOT/var/lib/sip-ha/maintenance ]]; then
    # takes no part, also after a boot (engine maintenance); whoever works there may stop the watcher, too
    want heartbeat disabled any
  else
    if withdrawn; then want heartbeat enabled any; else want heartbeat enabled active; fi
    want sip-ha-watcher enabled active
  fi
  want chrony enabled active
  # it only loads at a boot what `firewall` looks after
  [[ ! -e $ROOT/etc/sip-ha/firewall.nft ]] || want sip-ha-firewall enabled any
  [[ ! -e $ROOT/etc/sip-ha/database.env ]] || want mariadb enabled active
  want sip-ha-redis enabled active
  for bmc in "$ROOT"/etc/sip-ha/bmc/*.env; do
    bmc=${bmc##*/}
    want "sip-ha-bmc@${bmc%.env}" enabled active
  done
  want kamailio masked any
  want opensips masked any
}

# want UNIT ENABLED ACTIVE: if this machine has that unit
want() {
  local file=${1/@*/@}.service
  [[ ! -e $ROOT/lib/systemd/system/$file && ! -f $ROOT/etc/systemd/system/$file ]] || printf '%s\n' "$*"
}

# The watcher has stopped Heartbeat, since this node reaches nobody, and starts it again (engine withdraw).
withdrawn() {
  grep -qs '"withdrawn": *true' "$WATCHER_STATE"
}

# unit_state VERB UNIT: one word, also for a unit that nobody knows
unit_state() {
  local state
  state=$(systemctl "$1" "$2.service" 2>/dev/null) || true
  printf '%s' "${state:-unknown}"
}

units_drift() {
  local unit enabled active state
  while read -r unit enabled active; do
    state=$(unit_state is-enabled "$unit")
    [[ $state == "$enabled" ]] || finding unit "$unit" "is $state, must be $enabled"
    [[ $active == any ]] && continue
    state=$(unit_state is-active "$unit")
    [[ $state == "$active" ]] || finding unit "$unit" "is $state, must be $active"
  done < <(wanted_units)
}

# The daemons of the group run where the group is; a standby has none, and a supervision that is off leaves them to the operator.
daemons_drift() {
  local unit state
  [[ ${ROLE-} == node && ! -e $SUPERVISION_OFF ]] || return 0
  # the kernel's word first: a standby would ask the network
  [[ -n $(ip -4 -o addr show dev "$PUBLIC_IF" to "$FLOATING_IP/32") ]] || return 0
  [[ $("$ENGINE" owner 2>/dev/null) == *'"role":"active"'* ]] || return 0
  for unit in sip-ha-proxy sip-ha-dispatcher sip-ha-relay; do
    [[ -e $ROOT/etc/systemd/system/$unit.service ]] || continue
    state=$(unit_state is-active "$unit")
    [[ $state == active ]] || finding daemon "$unit" "is $state, must be active; the watcher starts it"
  done
}

# enable_units: what shall be there after the next boot, and may be started at all
enable_units() {
  local unit enabled active
  while read -r unit enabled active; do
    [[ $enabled == enabled ]] || continue
    case $(unit_state is-enabled "$unit") in
      enabled) continue ;;
      masked) systemctl -q unmask "$unit.service" >&2 ;;
      masked-runtime) systemctl -q unmask --runtime "$unit.service" >&2 ;;
    esac
    systemctl -q enable "$unit.service" >&2
  done < <(wanted_units)
}

# start_units: those that no call depends on and that nobody else starts: Heartbeat is the activation's, the rest has
# programs of its own (database-apply, redis-apply, fence-apply)
start_units() {
  local unit enabled active
  while read -r unit enabled active; do
    [[ $active == active && $unit =~ ^(chrony|sip-ha-watcher)$ ]] || continue
    systemctl -q is-active "$unit.service" || start_unit "$unit"
  done < <(wanted_units)
}

start_unit() {
  systemctl start "$1.service" || die "$1 does not start: $(journalctl -u "$1" -n 5 --no-pager -o cat 2>&1)"
}

# settle_units: they run, also after the next boot; what runs is not touched
settle_units() {
  mask_units
  enable_units
  start_units
}
