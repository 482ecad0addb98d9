#!/usr/bin/env bats
# The engine program: the one way in which anything asks Heartbeat.

load setup

setup() {
  use_fakes
  ENGINE=$NODE/usr/lib/sip-ha/engine
  touch "$FAKE/unit-heartbeat" "$FAKE/cl-hbstatus"
}

@test "the node with the address is active, since the address came" {
  "$AGENTS/floating-ip" start
  touch -d 2026-01-02T03:04:05Z "$RUN_DIRECTORY/floating-ip"
  is 0 "$ENGINE" owner
  [[ $output == '{"self":"sip1","owner":"sip1","role":"active","since":"2026-01-02T03:04:05Z"}' ]]
}

@test "a node without the address is standby, and names the peer that answers for it" {
  touch "$FAKE/peer-has-address"
  is 0 "$ENGINE" owner
  [[ $output == '{"self":"sip1","owner":"sip2","role":"standby","since":null}' ]]
}

@test "nobody owns the group when nobody answers" {
  is 0 "$ENGINE" owner
  [[ $output == '{"self":"sip1","owner":null,"role":"standby","since":null}' ]]
}

@test "a node without Heartbeat is stopped" {
  rm "$FAKE/unit-heartbeat"
  is 0 "$ENGINE" owner
  has '"role":"stopped"'
}

@test "peers and paths carry Heartbeat's words, and unknown or dead when it does not answer" {
  is 0 "$ENGINE" peers
  [[ $output == '[{"node":"sip2","status":"unknown"}]' ]]
  echo active >"$FAKE/cl-nodestatus"
  is 0 "$ENGINE" peers
  [[ $output == '[{"node":"sip2","status":"active"}]' ]]
  is 0 "$ENGINE" paths
  [[ $output == '[{"peer":"sip2","link":"eth0","status":"dead"},{"peer":"sip2","link":"eth1","status":"dead"}]' ]]
  echo up >"$FAKE/cl-hblinkstatus"
  echo dead >"$FAKE/cl-hblinkstatus-eth1"
  is 0 "$ENGINE" paths
  [[ $output == '[{"peer":"sip2","link":"eth0","status":"up"},{"peer":"sip2","link":"eth1","status":"dead"}]' ]]
  rm "$FAKE/unit-heartbeat"
  is 0 "$ENGINE" paths
  [[ $output == '[]' ]]
}

@test "orders are handed to Heartbeat, which is woken for them, and return at once" {
  is 0 "$ENGINE" standby
  [[ $output == '{"accepted":true}' ]]
  called 'kill --kill-who=main --signal=CHLD heartbeat.service'
  is 0 "$ENGINE" takeover
  grep -q '^hb_standby all' "$FAKE/calls"
  grep -q '^hb_takeover all' "$FAKE/calls"
}

@test "standby begins no more calls and waits for those that are being set up" {
  printf 2 >"$FAKE/calls-under-way"
  is 0 "$ENGINE" standby
  diff - <(grep -E '^(kamcmd|hb_)' "$FAKE/calls") <<EOF
kamcmd pv.shvSet draining int 1
kamcmd tm.stats
kamcmd tm.stats
kamcmd tm.stats
hb_standby all
EOF
}

@test "standby does not wait for a call that is not answered" {
  printf 1000 >"$FAKE/calls-under-way"
  is 0 "$ENGINE" standby
  grep -q '^hb_standby all' "$FAKE/calls"
}

@test "a refused standby takes calls again" {
  printf 0 >"$FAKE/calls-under-way"
  rm "$FAKE/unit-heartbeat"
  is 1 "$ENGINE" standby
  grep -q '^kamcmd pv.shvSet draining int 0' "$FAKE/calls"
}

@test "an order is noted with its reason before anything happens, so that the watcher sees no failure in it" {
  is 0 "$ENGINE" standby "a change"
  grep -qE '^[0-9]+\.[0-9]+ standby, a change$' "$RUN_DIRECTORY/planned"
  is 0 "$ENGINE" takeover
  grep -qE '^[0-9]+\.[0-9]+ takeover$' "$RUN_DIRECTORY/planned"
}

@test "a refused order is not noted any more" {
  rm "$FAKE/unit-heartbeat"
  is 1 "$ENGINE" standby
  [[ ! -e $RUN_DIRECTORY/planned ]]
}

@test "relinquish asks nothing of the proxy" {
  printf 2 >"$FAKE/calls-under-way"
  is 0 "$ENGINE" relinquish "supervision: proxy failed 4 times"
  grep -q '^hb_standby all' "$FAKE/calls"
  ! grep -q '^kamcmd' "$FAKE/calls"
  grep -q 'relinquish, supervision: proxy failed 4 times' "$RUN_DIRECTORY/planned"
}

@test "supervision is the watcher's state, or that there is none" {
  mkdir -p "$RUN_DIRECTORY"
  echo '{"node":"sip1"}' >"$RUN_DIRECTORY/watcher.json"
  is 0 "$ENGINE" supervision
  [[ $output == '{"running":false}' ]]
  touch "$FAKE/unit-sip-ha-watcher"
  is 0 "$ENGINE" supervision
  [[ $output == '{"node":"sip1"}' ]]
}

@test "supervision is switched off and on, and forgets when told" {
  is 0 "$ENGINE" supervise off
  [[ -e $RUN_DIRECTORY/supervision-off ]]
  is 0 "$ENGINE" supervise on
  [[ ! -e $RUN_DIRECTORY/supervision-off ]]
  echo '{}' >"$RUN_DIRECTORY/watcher.json"
  touch "$FAKE/unit-sip-ha-watcher"
  is 0 "$ENGINE" supervise clear
  [[ ! -e $RUN_DIRECTORY/watcher.json && -e $FAKE/unit-sip-ha-watcher ]]
  is 1 "$ENGINE" supervise maybe
  has "takes on, off or clear"
}

@test "rejects an order while Heartbeat does not run" {
  rm "$FAKE/unit-heartbeat"
  is 1 "$ENGINE" standby
  has "heartbeat is not running on sip1"
}

@test "events are valid JSON whatever was logged" {
  printf '%s\n' '2026-01-02T03:04:05.000006+0000 sip1 heartbeat[7]: info: a "quoted" \back	tab' \
    '                a second line' >"$FAKE/journal"
  is 0 "$ENGINE" events 5
  [[ $output == '[{"time":"2026-01-02T03:04:05.000006Z","text":"heartbeat[7]: info: a \"quoted\" \\back tab"}]' ]]
  rm "$FAKE/journal"
  is 0 "$ENGINE" events
  [[ $output == '[]' ]]
  is 1 "$ENGINE" events yesterday
}

@test "rejects a verb that it does not know" {
  is 1 "$ENGINE" shoot
  has "usage: engine owner|peers|paths"
}

@test "a node that yields loses the address before Heartbeat ends and once more afterwards" {
  printf '#!/bin/sh\necho "drop $*" >>"$FAKE/calls"\n' >"$FAKE/drop-group"
  chmod +x "$FAKE/drop-group"
  DROP_GROUP=$FAKE/drop-group is 0 "$ENGINE" yield "sip2 has it, too"
  [[ $output == '{"accepted":true}' ]]
  [[ $(grep -e '^drop' -e kill "$FAKE/calls" | paste -sd';') == 'drop address;kill --kill-who=all --signal=KILL heartbeat.service;drop address' ]]
  [[ $(<"$RUN_DIRECTORY/planned") =~ ^[0-9.]+\ yield,\ sip2\ has\ it,\ too$ ]]
}

@test "Heartbeat forgets who was dead when it reads a ha.cf whose time has changed" {
  : >"$FAKE/ha.cf"
  touch -d @1700000000 "$FAKE/ha.cf"
  HA_CF=$FAKE/ha.cf is 0 "$ENGINE" forget
  [[ $output == '{"accepted":true}' ]]
  [[ $(stat -c %Y "$FAKE/ha.cf") -eq 1699999999 ]]
  grep -qx 'kill --kill-who=main --signal=HUP heartbeat.service' "$FAKE/calls"
}

@test "a standby in maintenance takes no part and says so, until it is over" {
  export MAINTENANCE=$BATS_TEST_TMPDIR/maintenance
  is 0 "$ENGINE" maintenance on
  grep -q -e '^-q disable --now heartbeat.service' "$FAKE/calls"
  rm "$FAKE/unit-heartbeat"
  is 0 "$ENGINE" owner
  has '"role":"maintenance"'
  is 0 "$ENGINE" maintenance off
  grep -q -e '^-q enable --now heartbeat.service' "$FAKE/calls"
  touch "$FAKE/unit-heartbeat"
  is 0 "$ENGINE" owner
  has '"role":"standby"'
}

@test "maintenance for a reason of its own ends for that alone" {
  export MAINTENANCE=$BATS_TEST_TMPDIR/maintenance
  is 0 "$ENGINE" maintenance on rotation
  is 1 "$ENGINE" maintenance off
  has "is in maintenance for a rotation that has not ended"
  [[ -e $MAINTENANCE ]]
  is 0 "$ENGINE" maintenance off rotation
  [[ ! -e $MAINTENANCE ]]
}

@test "the active node is not taken out of the cluster" {
  export MAINTENANCE=$BATS_TEST_TMPDIR/maintenance
  "$AGENTS/floating-ip" start
  is 1 "$ENGINE" maintenance on
  has "has the group"
  [[ ! -e $MAINTENANCE ]]
}

@test "a node that withdraws keeps Heartbeat stopped until it comes back" {
  export MAINTENANCE=$BATS_TEST_TMPDIR/maintenance
  printf '#!/bin/sh\n' >"$FAKE/drop-group"
  chmod +x "$FAKE/drop-group"
  DROP_GROUP=$FAKE/drop-group is 0 "$ENGINE" withdraw "nobody is there"
  [[ $(grep heartbeat "$FAKE/calls" | tail -n 1) == "--no-block stop heartbeat.service" ]]
  is 0 "$ENGINE" return
  [[ $(grep heartbeat "$FAKE/calls" | tail -n 1) == "--no-block start heartbeat.service" ]]
}

@test "gives no order to move before Heartbeat has ended what it does, nor waits for ever" {
  for verb in standby relinquish takeover; do
    : >"$FAKE/calls"
    echo transition >"$FAKE/cl-rscstatus"
    "$ENGINE" "$verb" &
    order=$!
    sleep 0.3
    run grep -E 'hb_(standby|takeover)' "$FAKE/calls"
    [[ $status -eq 1 ]]
    echo all >"$FAKE/cl-rscstatus"
    called "all"
    wait "$order"
  done
  echo transition >"$FAKE/cl-rscstatus"
  is 0 "$ENGINE" relinquish
}
