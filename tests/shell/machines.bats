#!/usr/bin/env bats
# Machines that no stack made: what is seen of one before anything is put on it, and how a stack leaves it.

load setup

setup() {
  use_fakes
  ROOT=$BATS_TEST_TMPDIR/root
  STATE=$ROOT/var/lib/sip-ha
  mkdir -p "$ROOT/etc/sip-ha" "$ROOT/etc/network" "$ROOT/etc/systemd/network" "$STATE"
  printf 'ID=debian\nVERSION_ID="12"\n' >"$ROOT/etc/os-release"
  ME=$(id -un):$(id -gn)
}

inspect() {
  # the machine's own ip, since these facts are read from the kernel; a sudo that asks nothing
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  ln -sf "$(PATH=${PATH#"$BATS_TEST_DIRNAME/fakes:"} command -v ip)" "$BATS_TEST_TMPDIR/bin/ip"
  printf '#!/bin/sh\nshift\nexec "$@"\n' >"$BATS_TEST_TMPDIR/bin/sudo"
  chmod +x "$BATS_TEST_TMPDIR/bin/sudo"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH INSPECT_ROOT=$ROOT bash "$PROJECT/files/stage/inspect.sh" "$@"
}

told() {
  if ! grep -qxF -- "$1" <<<"$output"; then
    printf 'expected the line "%s" in:\n%s\n' "$1" "$output" >&2
    return 1
  fi
}

@test "inspect tells the system, that it changed nothing, and that it got to its end" {
  before=$(find "$ROOT" | sort)
  is 0 inspect 198.51.100.10
  told "os=debian 12"
  told "name=$(uname -n)"
  told "architecture=$(dpkg --print-architecture)"
  told "complete=yes"
  [[ $output =~ free_kib=[0-9]+ && $output =~ time=[0-9]{13} ]]
  [[ $(find "$ROOT" | sort) == "$before" ]]
}

@test "inspect finds the floating address and a default route in configuration, but not in comments or longer addresses" {
  printf '# gateway 198.51.100.1\naddress 198.51.100.100\n' >"$ROOT/etc/network/interfaces"
  printf '[Network]\nAddress=198.51.100.10/24\n' >"$ROOT/etc/systemd/network/a.network"
  printf '[Network]\nGateway=198.51.100.1\n' >"$ROOT/etc/systemd/network/b.network"
  is 0 inspect 198.51.100.10
  [[ $(grep -E '^(configured|gateway)=' <<<"$output") == $'configured=/etc/systemd/network/a.network\ngateway=/etc/systemd/network/b.network' ]]
}

# gives_default FILE TEXT
gives_default() {
  mkdir -p "$ROOT/${1%/*}"
  printf '%b' "$2" >"$ROOT/$1"
  is 0 inspect 198.51.100.10
  rm "$ROOT/$1"
  has "gateway=/$1"
}

no_default() {
  if gives_default "$@" 2>/dev/null; then return 1; fi
}

@test "inspect tells a default route from routes to networks of the operator's own, whichever manager has them" {
  gives_default etc/systemd/network/a.network '[Network]\nGateway=10.0.0.1\n[Route]\nDestination=10.0.0.0/8\nGateway=10.0.0.1\n'
  gives_default etc/systemd/network/a.network '[Route]\nGateway = 10.0.0.1\nDestination = 0.0.0.0/0\n'
  no_default etc/systemd/network/a.network '[Route]\nGateway=10.0.0.1\nDestination=10.0.0.0/8\n[Route]\nDestination=10.9.0.0/16\nGateway=10.0.0.2\n'
  gives_default etc/netplan/a.yaml 'routes:\n  - via: 10.0.0.1\n    to: "default"\n'
  gives_default etc/netplan/a.yaml 'routes: [{to: 0.0.0.0/0, via: 10.0.0.1}]\n'
  no_default etc/netplan/a.yaml 'routes: [{to: 10.0.0.0/8, via: 10.0.0.1}]\n'
  gives_default etc/NetworkManager/system-connections/a '[ipv4]\naddress1=10.0.0.11/24,10.0.0.1\n'
  no_default etc/NetworkManager/system-connections/a '[ipv4]\naddress1=10.0.0.11/24\nroute1=10.0.0.0/8,10.0.0.1\n'
  gives_default etc/network/interfaces 'iface eth0 inet static\n  up ip route add default via 10.0.0.1\n'
  no_default etc/network/interfaces 'iface eth0 inet static\n  up ip route add 10.0.0.0/8 via 10.0.0.1\n'
}

@test "inspect names the services that would fight over ports, and only those that run" {
  : >"$FAKE/unit-keepalived"
  is 0 inspect 198.51.100.10
  [[ $(grep '^rival=' <<<"$output") == "rival=keepalived active" ]]
}

@test "inspect tells where its connection comes from, and who else decides what arrives" {
  : >"$FAKE/unit-ufw"
  cat >"$FAKE/tables" <<'END'
table inet sip_ha
table inet filter
table ip nat
END
  echo 'type filter hook input priority filter; policy accept;' >"$FAKE/table-inet-filter"
  echo 'type nat hook output priority dstnat; policy accept;' >"$FAKE/table-ip-nat"
  SSH_CONNECTION='10.0.0.2 50000 10.0.0.11 22' is 0 inspect 198.51.100.10
  told "ssh=10.0.0.2 22"
  [[ $(grep '^filter=' <<<"$output") == $'filter=ufw.service\nfilter=nftables table inet filter' ]]
}

@test "inspect takes a refusal for an answer: the machine is there" {
  is 0 inspect 198.51.100.10 db=127.0.0.1:1
  told "reach=db yes lo"
}

@test "inspect tells what an earlier cluster left" {
  printf 'CLUSTER=office\n' >"$ROOT/etc/sip-ha/cluster.env"
  printf '{}\n' >"$STATE/current.json"
  is 0 inspect 198.51.100.10
  told "cluster=office"
  told "release=yes"
}

in_service() {
  local text
  text=$(printf '/etc/sip-ha/cluster.env 0644 %s none\n| CLUSTER=office\n| NODE_NAME=sip1\n| ROLE=%s\n| LINK_LOCAL=169.254.11.11/24\n| PUBLIC_IF=eth1\n/etc/kamailio/kamailio.cfg 0644 %s proxy\n| x\n/etc/chrony/chrony.conf 0644 %s none\n| y\n' "$ME" "${1-node}" "$ME" "$ME")
  export RELEASE_ROOT=$ROOT RELEASE_STATE=$STATE REPORT=/bin/true
  files=$(printf '%s\n' "$text" | STAGE_SUDO="" STAGE_STATE=$STATE sh "$PROJECT/files/stage/receive.sh")
  secrets=$(printf '/etc/ha.d/authkeys 0600 %s none\n| auth 1\n' "$ME" | STAGE_SUDO="" STAGE_STATE=$STATE sh "$PROJECT/files/stage/receive.sh")
  "$PROJECT/files/common/usr/lib/sip-ha/release" swap "$files" "$secrets"
  printf 'other\n' >"$ROOT/etc/kamailio/of-the-operator.cfg"
}

retire() {
  RETIRE_ROOT=$ROOT bash "$PROJECT/files/stage/retire.sh" "$@"
}

@test "retire stops the services, takes its files and its link-local address, and leaves what is not its own" {
  in_service
  : >"$FAKE/unit-heartbeat"
  is 0 retire office sip1
  has "its service is stopped and removed"
  [[ ! -e $FAKE/unit-heartbeat ]]
  grep -qF 'disable heartbeat.service' "$FAKE/calls"
  grep -qF '169.254.11.11/24 dev eth1' "$FAKE/ip-calls"
  [[ ! -e $ROOT/etc/kamailio/kamailio.cfg && ! -e $ROOT/etc/ha.d/authkeys && ! -e $ROOT/etc/sip-ha && ! -e $STATE ]]
  [[ -e $ROOT/etc/kamailio/of-the-operator.cfg && -e $ROOT/etc/chrony/chrony.conf ]]
}

@test "retire removes the table of the cluster" {
  in_service
  echo rules >"$FAKE/table"
  is 0 retire office sip1
  [[ ! -e $FAKE/table ]]
  grep -qF 'disable sip-ha-firewall.service' "$FAKE/calls"
}

@test "retire says that the data of a database stay" {
  in_service database
  is 0 retire office sip1
  has "its data stay in /var/lib/mysql"
}

@test "retire leaves a machine alone that serves another stack, or under another name" {
  in_service
  for other in "lab sip1" "office sip2"; do
    is 0 retire $other
    has "left alone: it is sip1 of stack office now"
  done
  [[ -e $ROOT/etc/kamailio/kamailio.cfg && -e $STATE/current.json ]]
  [[ ! -e $FAKE/calls ]] || ! grep -q stop "$FAKE/calls"
}

@test "retire takes staged texts from a machine on which nothing came into service" {
  mkdir -p "$STATE/staged/x"
  is 0 retire office sip1
  has "nothing of stack office is in service"
  [[ ! -e $STATE ]]
}
