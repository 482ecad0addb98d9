#!/bin/bash
# Takes the service of a stack off a machine that stays: what was put there is stopped and removed. Packages stay, with
# their units masked, and so do the data of the database and the configuration of chrony.
#   retire STACK NAME    does nothing on a machine that has a release of another stack, or under another name
# RETIRE_ROOT exists for the tests.
set -euo pipefail
shopt -s nullglob
export LC_ALL=C

readonly ROOT=${RETIRE_ROOT-}
readonly STATE=$ROOT/var/lib/sip-ha CONFIG=$ROOT/etc/sip-ha/cluster.env

say() { printf '%s\n' "$*"; }

value() { sed -n "s/^$1=//p" "$CONFIG"; }

stop_services() {
  local unit
  for unit in heartbeat sip-ha-watcher sip-ha-proxy sip-ha-relay sip-ha-dispatcher sip-ha-redis mariadb; do
    systemctl cat "$unit.service" >/dev/null 2>&1 || continue
    systemctl -q disable "$unit.service" 2>/dev/null || true
    systemctl stop "$unit.service" || say "$unit does not stop: look at it with systemctl status $unit"
  done
}

# The address that carries heartbeats on the public segment; the group's own went with heartbeat.
drop_link_local() {
  local own card
  own=$(value LINK_LOCAL) card=$(value PUBLIC_IF)
  [[ -z $own || -z $card ]] || ip addr del "$own" dev "$card" 2>/dev/null || true
}

# The table of the cluster, and no other.
drop_firewall() {
  systemctl -q disable sip-ha-firewall.service 2>/dev/null || true
  nft delete table inet sip_ha 2>/dev/null || true
}

# Paths of both trees that are in service, those of chrony apart: the machine's clock goes on.
own_files() {
  local sha
  grep -oE '"(files|secrets)":"[0-9a-f]{64}"' "$STATE/current.json" | grep -oE '[0-9a-f]{64}' | while read -r sha; do
    cut -d' ' -f1 "$STATE/staged/$sha/manifest" 2>/dev/null || true
  done | sort -u | grep -vE '^(/etc/chrony/|/etc/systemd/system/chrony\.service\.d/|/usr/lib/sip-ha/time-daemon$)' || true
}

remove_files() {
  local path
  while read -r path; do rm -f "$ROOT$path"; done < <(own_files)
  rm -rf "$STATE" "$ROOT/opt/sip-ha"
  find "$ROOT/etc/sip-ha" "$ROOT/usr/lib/sip-ha" "$ROOT/usr/lib/ocf/resource.d/sip-ha" -depth -type d -empty -delete 2>/dev/null || true
  systemctl daemon-reload
  if systemctl -q is-active systemd-networkd.service; then networkctl reload; fi
}

main() {
  local stack=$1 name=$2
  if [[ ! -e $CONFIG || ! -e $STATE/current.json ]]; then
    rm -rf "$STATE"
    say "nothing of stack $stack is in service"
    return
  fi
  if [[ $(value CLUSTER) != "$stack" || $(value NODE_NAME) != "$name" ]]; then
    say "left alone: it is $(value NODE_NAME) of stack $(value CLUSTER) now"
    return
  fi
  local role
  role=$(value ROLE)
  stop_services
  drop_link_local
  drop_firewall
  remove_files
  say "its service is stopped and removed; packages, chrony and, until the next boot, settings of the kernel stay"
  [[ $role != database ]] || say "MariaDB is stopped; its data stay in /var/lib/mysql"
}

main "$@"
