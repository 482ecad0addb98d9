#!/bin/bash
# What a machine is like before anything is put on it: `key=value` lines, several of one key where there are several.
# Reads only. Comes on the standard input of an ordinary user's `bash -s`, and needs only Debian's essential packages,
# iproute2 and sudo.
#   inspect FLOATING_IP TARGET...    TARGET: NAME=ADDRESS:PORT of a machine that must be reached
# INSPECT_ROOT exists for the tests.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

readonly ROOT=${INSPECT_ROOT-}
readonly STATE=$ROOT/var/lib/sip-ha
# what would fight over the group's addresses, ports or time
readonly RIVALS='heartbeat pacemaker corosync keepalived kamailio opensips asterisk freeswitch rtpproxy rtpengine-daemon mediaproxy-relay mariadb mysql sip-ha-proxy sip-ha-relay'

# what loads packet filters at boot; nftables.service also throws away everybody else's tables whenever it is started
readonly FILTERS='nftables firewalld ufw netfilter-persistent ferm shorewall'

fact() { printf '%s=%s\n' "$1" "$2"; }

as_root() { sudo -n "$@" 2>/dev/null; }

system_facts() {
  local said
  # shellcheck source=/dev/null
  fact os "$(. "$ROOT/etc/os-release" && echo "$ID ${VERSION_ID-}")"
  fact architecture "$(dpkg --print-architecture 2>/dev/null || uname -m)"
  fact name "$(uname -n)"
  if said=$(sudo -n true 2>&1); then fact sudo yes; else fact sudo "no: ${said:-it failed}"; fi
  fact time "$(date +%s%3N)"
  fact free_kib "$(df -kP /var/lib | awk 'NR == 2 { print $4 }')"
  fact init "$(cat /proc/1/comm)"
}

# card=NAME MAC STATE; address=CARD ADDRESS/PREFIX; default=VIA DEVICE
network_facts() {
  ip -o link show | awk '{
    name = $2; sub(/:$/, "", name); sub(/@.*/, "", name); state = mac = "-"
    for (i = 3; i < NF; i++) { if ($i == "state") state = $(i + 1); if ($i == "link/ether") mac = $(i + 1) }
    if (name != "lo") print "card=" name, mac, state }'
  ip -o -4 addr show scope global | awk '{ print "address=" $2, $4 }'
  ip -4 route show default | sed 's/^default */default=/'
}

# gives_default FILE: of networkd a section with a gateway and without a destination of its own; routes to networks are the
# operator's. Of the other managers the words for a default route.
gives_default() {
  case $1 in
    *.network)
      awk -F '[[:space:]]*=[[:space:]]*' '
        /^[[:space:]]*\[/ { found = found || gateway && !elsewhere; gateway = elsewhere = 0 }
        $1 == "Gateway" { gateway = 1 }
        $1 == "Destination" && $2 !~ /^(0\.0\.0\.0\/0)?[[:space:]]*$/ { elsewhere = 1 }
        END { exit !(found || gateway && !elsewhere) }' "$TEXT"
      ;;
    */netplan/*) grep -qE "gateway4:|\<to: *[\"']?(default|0\.0\.0\.0/0)" "$TEXT" ;;
    */NetworkManager/*) grep -qE '^address[0-9]*=[^,]*,|^gateway=|^route[0-9]+=0\.0\.0\.0/0,' "$TEXT" ;;
    *) grep -qE '^[[:space:]]*gateway|\<route (add|replace|append) (default|0\.0\.0\.0/0)' "$TEXT" ;;
  esac
}

# configured=FILE: a file of the network configuration that names the floating address; gateway=FILE: one that sets a
# default route. Both come back with the next boot.
configuration_facts() {
  local floating=$1 file
  shopt -s nullglob
  for file in "$ROOT"/etc/network/interfaces "$ROOT"/etc/network/interfaces.d/* "$ROOT"/etc/systemd/network/*.network \
    "$ROOT"/etc/netplan/*.yaml "$ROOT"/etc/NetworkManager/system-connections/*; do
    [[ -f $file ]] || continue
    as_root grep -vE '^[[:space:]]*#' "$file" >"$TEXT" || true
    if grep -qwF -- "$floating" "$TEXT"; then fact configured "${file#"$ROOT"}"; fi
    if gives_default "$file"; then fact gateway "${file#"$ROOT"}"; fi
  done
}

# rival=UNIT STATE; port=PROTOCOL ADDRESS:PORT PROGRAM
service_facts() {
  local unit state
  for unit in $RIVALS; do
    state=$(systemctl is-active "$unit.service" 2>/dev/null) || true
    [[ $state == active || $state == activating ]] && fact rival "$unit $state"
  done
  { as_root ss -Hltunp || ss -Hltun; } | awk '{
    program = "-"
    if (match($0, /"[^"]+"/)) program = substr($0, RSTART + 1, RLENGTH - 2)
    print "port=" $1, $5, program }'
  return 0
}

# Any answer tells that the machine is there, a refusal as well; the packet filter of a node lets no other node in.
reaches() {
  local said
  ! ping -q -c 1 -W 2 "$1" >/dev/null 2>&1 || return 0
  said=$(timeout 3 bash -c "exec 3<>/dev/tcp/$1/$2" 2>&1) && return 0
  [[ $said == *refused* ]]
}

# ssh=CLIENT PORT: where this very connection comes from, and where it came in; filter=WHO: somebody who decides what
# arrives, beside the cluster's own table
filter_facts() {
  local unit state family name from port
  read -r from _ _ port <<<"${SSH_CONNECTION-}"
  fact ssh "${from:--} ${port:--}"
  for unit in $FILTERS; do
    state=$(systemctl is-enabled "$unit.service" 2>/dev/null) || true
    if [[ $state == enabled ]] || systemctl -q is-active "$unit.service" 2>/dev/null; then fact filter "$unit.service"; fi
  done
  while read -r _ family name; do
    [[ "$family $name" != "inet sip_ha" ]] || continue
    if [[ $(as_root nft list table "$family" "$name") == *'hook input'* ]]; then fact filter "nftables table $family $name"; fi
  done < <(as_root nft list tables || true)
  if grep -qE '^(-A INPUT|:INPUT DROP)' <<<"$(as_root iptables-save)"; then fact filter "iptables chain INPUT"; fi
  return 0
}

# reach=NAME yes|no SOURCE_DEVICE
reach_facts() {
  local target name address port device
  for target in "$@"; do
    name=${target%%=*} address=${target#*=} port=${target##*:}
    address=${address%:*}
    device=$(ip -4 -o route get "$address" 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p')
    if reaches "$address" "$port"; then fact reach "$name yes ${device:--}"; else fact reach "$name no ${device:--}"; fi
  done
}

# What an earlier cluster, or this one, left here.
cluster_facts() {
  local file=$ROOT/etc/sip-ha/cluster.env
  [[ ! -r $file ]] || sed -n 's/^CLUSTER=/cluster=/p' "$file"
  if as_root test -e "$STATE/current.json"; then fact release yes; fi

  return 0
}

main() {
  local floating=$1
  shift
  TEXT=$(mktemp)
  trap 'rm -f "$TEXT"' EXIT
  system_facts
  network_facts
  configuration_facts "$floating"
  service_facts
  filter_facts
  cluster_facts
  reach_facts "$@"
  fact complete yes
}

main "$@"
