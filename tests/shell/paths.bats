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

@test "a path on which one direction fails drops heartbeats and the watcher's words that arrive, and nothing else" {
  echo 'udpport 694' >"$FAKE/ha.cf"
  HA_CF=$FAKE/ha.cf is 0 "$CUT" --deaf eth1 </dev/null
  [[ $output == cut ]]
  diff - <(grep rule "$FAKE/ip-calls") <<EOF
rule add pref 1694 to 169.254.11.12 ipproto 17 sport 694 blackhole
rule add pref 1694 to 169.254.11.12 ipproto 17 sport 7724 blackhole
rule del pref 1694 to 169.254.11.12 ipproto 17 sport 694 blackhole
rule del pref 1694 to 169.254.11.12 ipproto 17 sport 7724 blackhole
EOF
  ! grep -q 'route replace' "$FAKE/ip-calls"
}

@test "rejects a loss that is no percentage" {
  is 1 "$CUT" --loss many eth1
  has "--loss takes a percentage from 0 to 99, got 'many'"
}

@test "a loss is over when standard input closes" {
  echo 'udpport 694' >"$FAKE/ha.cf"
  HA_CF=$FAKE/ha.cf is 0 "$CUT" --loss 99 eth0 eth1 < <(sleep 0.5)
  tail -n 1 "$FAKE/ip-calls" | grep -q '^rule del'
}

@test "cables that were pulled are put back after their time, or when that is told" {
  local isolate=$NODE/usr/lib/sip-ha/verify/isolate
  cat >"$FAKE/ip" <<'END'
#!/bin/sh
echo "$*" >>"$FAKE/ip-calls"
END
  chmod +x "$FAKE/ip"
  export PATH=$FAKE:$PATH
  is 0 "$isolate" 0 eth0 eth1
  [[ $(paste -sd';' "$FAKE/ip-calls") == 'link set eth0 down;link set eth1 down;link set eth0 up;link set eth1 up' ]]
  rm "$FAKE/ip-calls"
  "$isolate" 60 eth1 &
  until grep -q down "$FAKE/ip-calls" 2>/dev/null; do sleep 0.05; done
  kill %1
  wait %1 || true
  grep -qx 'link set eth1 up' "$FAKE/ip-calls"
}

@test "rejects cables that would be gone for too long" {
  is 1 "$NODE/usr/lib/sip-ha/verify/isolate" 121 eth0
  has "with at most 120 seconds"
}
