# shellcheck shell=sh
# managed by Pulumi: change files/node/usr/lib/sip-ha/agent.sh, values come from cluster.env
#
# What the OCF agents of the group share (OCF Resource Agent API 1.1). Small on purpose: a takeover runs the agents
# one after the other, and sourcing ocf-shellfuncs alone costs more than starting an address.
# An agent defines agent_start, agent_stop, agent_monitor, agent_status, agent_validate and agent_meta_data, then calls
# agent_main "$@".

export LC_ALL=C

OCF_SUCCESS=0
OCF_ERR_GENERIC=1
OCF_ERR_UNIMPLEMENTED=3
OCF_ERR_CONFIGURED=6
OCF_NOT_RUNNING=7

CLUSTER_ENV=${CLUSTER_ENV-/etc/sip-ha/cluster.env}
RUN_DIRECTORY=${RUN_DIRECTORY-/run/sip-ha}

# shellcheck source=/dev/null
[ ! -r "$CLUSTER_ENV" ] || . "$CLUSTER_ENV"

# reason WORD...: for a human, in the form that cluster managers pass on
reason() {
  printf 'ocf-exit-reason:%s: %s\n' "${AGENT-agent}" "$*" >&2
}

# require NAME...: refuses to work without these values
require() {
  for name in "$@"; do
    eval "value=\${$name-}"
    # shellcheck disable=SC2154 # assigned by eval
    if [ -z "$value" ]; then
      reason "$name is not set in $CLUSTER_ENV; run the deployment again"
      return $OCF_ERR_CONFIGURED
    fi
  done
}

unit_running() {
  systemctl -q is-active "$1" || return $OCF_NOT_RUNNING
}

# unit_start UNIT SECONDS: returns when the unit is ready. A start limit that earlier failures reached is lifted once.
# Heartbeat gives the whole group up for a start that fails, and then neither node may have it. Where the watcher runs
# it is the one that tries again, and that moves the group if the peer is better off.
unit_start() {
  timeout "$2" systemctl start "$1" && return $OCF_SUCCESS
  if systemctl -q is-active sip-ha-watcher.service; then
    reason "$1 did not start; that is the watcher's now"
    return $OCF_SUCCESS
  fi
  systemctl reset-failed "$1"
  timeout "$2" systemctl start "$1" && return $OCF_SUCCESS
  reason "$1 did not start within $2 s: $(journalctl -u "$1" -n 3 --no-pager -o cat 2>&1)"
  systemctl --no-block stop "$1"
  return $OCF_ERR_GENERIC
}

# unit_begin UNIT...: starts them and does not wait; their own agents will
unit_begin() {
  systemctl --no-block start "$@" >/dev/null 2>&1 &
}

# unit_stop UNIT SECONDS: what does not end in time is killed; Heartbeat reboots a machine on a failed stop
unit_stop() {
  if timeout "$2" systemctl stop "$1" >&2; then
    # one that crashed until the group moved stays marked as failed, and would look broken on the standby; not now, when
    # callers wait for the rest
    (sleep 2 && systemctl reset-failed "$1") </dev/null >/dev/null 2>&1 &
    return $OCF_SUCCESS
  fi
  systemctl kill --signal=KILL "$1" >&2
  timeout "$2" systemctl stop "$1" >&2 || true
  case $(systemctl show -P ActiveState "$1") in
    inactive | failed) return $OCF_SUCCESS ;;
  esac
  reason "$1 does not stop, not even when killed"
  return $OCF_ERR_GENERIC
}

# meta_data NAME SHORT START STOP MONITOR: timeouts in seconds
meta_data() {
  cat <<END
<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="$1" version="1.0">
<version>1.1</version>
<longdesc lang="en">$2. Values come from /etc/sip-ha/cluster.env.</longdesc>
<shortdesc lang="en">$2</shortdesc>
<parameters/>
<actions>
<action name="start" timeout="${3}s"/>
<action name="stop" timeout="${4}s"/>
<action name="status" timeout="${5}s"/>
<action name="monitor" timeout="${5}s" interval="2s" depth="0"/>
<action name="validate-all" timeout="5s"/>
<action name="meta-data" timeout="5s"/>
</actions>
</resource-agent>
END
}

agent_main() {
  case ${1-} in
    meta-data)
      agent_meta_data
      return $OCF_SUCCESS
      ;;
    start | stop | status | monitor | validate-all) ;;
    *)
      reason "usage: start|stop|status|monitor|validate-all|meta-data, got ${1-nothing}"
      return $OCF_ERR_UNIMPLEMENTED
      ;;
  esac
  agent_validate || return
  case $1 in
    start) agent_start ;;
    stop) agent_stop ;;
    status) agent_status ;;
    monitor) agent_monitor ;;
  esac
}
