#!/usr/bin/env bats
# The node's link-local address, and the cut of single heartbeat paths.

load setup

setup() {
  use_fakes
  LINK_LOCAL_PROGRAM=$NODE/usr/lib/sip-ha/link-local
  CUT=$NODE/usr/lib/sip-ha/verify/cut
}

@test "the public card gets the link-local address, of scope link" {
  is 0 "$LINK_LOCAL_PROGRAM"
  grep -qx 'addr replace 169.254.11.11/24 dev eth1 scope link' "$FAKE/ip-calls"
}

@test "an address of an earlier plan goes, the right one is left alone" {
  echo '2: eth1    inet 169.254.9.9/24 scope link eth1' >"$FAKE/link-addresses"
  echo '2: eth1    inet 169.254.11.11/24 scope link eth1' >>"$FAKE/link-addresses"
  is 0 "$LINK_LOCAL_PROGRAM"
  grep -qx 'addr del 169.254.9.9/24 dev eth1' "$FAKE/ip-calls"
  ! grep -q 'addr del 169.254.11.11' "$FAKE/ip-calls"
}

@test "without a path on the public segment no link-local address is left" {
  sed -i '/^LINK_LOCAL=/d' "$CLUSTER_ENV"
  echo '2: eth1    inet 169.254.11.11/24 scope link eth1' >"$FAKE/link-addresses"
  is 0 "$LINK_LOCAL_PROGRAM"
  grep -qx 'addr del 169.254.11.11/24 dev eth1' "$FAKE/ip-calls"
  ! grep -q 'addr replace' "$FAKE/ip-calls"
}

@test "a cut path is healed when standard input closes" {
  is 0 "$CUT" eth1 </dev/null
  [[ $output == cut ]]
  diff - <(grep route "$FAKE/ip-calls") <<EOF
route replace blackhole 169.254.11.12/32
route del blackhole 169.254.11.12/32
EOF
}

@test "both paths are cut at once" {
  is 0 "$CUT" eth0 eth1 </dev/null
  [[ $(grep -c 'route replace blackhole' "$FAKE/ip-calls") -eq 2 ]]
  [[ $(grep -c 'route del blackhole' "$FAKE/ip-calls") -eq 2 ]]
}

@test "rejects a path that is not there, and cuts nothing" {
  is 1 "$CUT" eth0 eth7
  has "no path on 'eth0 eth7'; the paths are eth0=10.77.0.12 eth1=169.254.11.12"
  [[ ! -e $FAKE/ip-calls ]]
}
