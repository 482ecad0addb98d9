#!/usr/bin/env bats
# The OCF agents of the group (OCF Resource Agent API: 0 success, 1 error, 3 unimplemented, 6 configured, 7 not running).

load setup

setup() {
  use_fakes
}

@test "every agent describes itself, and refuses what it does not know" {
  for agent in floating-ip default-route proxy relay; do
    is 0 "$AGENTS/$agent" meta-data
    has "<resource-agent name=\"$agent\""
    is 0 "$AGENTS/$agent" validate-all
    is 3 "$AGENTS/$agent" migrate_to
    is 3 "$AGENTS/$agent"
  done
}

@test "every agent starts and stops any number of times" {
  # the floating IP last, since it lets the daemons begin
  for agent in default-route proxy relay floating-ip; do
    is 7 "$AGENTS/$agent" status
    is 0 "$AGENTS/$agent" stop
    is 0 "$AGENTS/$agent" start
    is 0 "$AGENTS/$agent" start
    is 0 "$AGENTS/$agent" status
    is 0 "$AGENTS/$agent" stop
    is 0 "$AGENTS/$agent" stop
    is 7 "$AGENTS/$agent" status
    is 7 "$AGENTS/$agent" monitor
  done
}

@test "floating-ip says nothing of an address that is there already, or not there any more" {
  for action in start start stop stop; do
    is 0 "$AGENTS/floating-ip" "$action"
    [[ -z $output ]]
  done
}

@test "rejects a value that is missing, by name" {
  sed -i '/^GATEWAY=/d' "$CLUSTER_ENV"
  is 6 "$AGENTS/default-route" start
  has "GATEWAY is not set"
}

@test "floating-ip announces itself in the background" {
  is 0 "$AGENTS/floating-ip" start
  sleep 0.2
  grep -q "setsid /usr/lib/sip-ha/announce 198.51.100.10 eth1" "$FAKE/calls"
}

@test "floating-ip lets the daemons begin beside everything else, the relay first, where there is one" {
  is 0 "$AGENTS/floating-ip" start
  called '--no-block start sip-ha-relay.service sip-ha-proxy.service'
  is 0 "$AGENTS/floating-ip" stop
  : >"$FAKE/calls"
  sed -i 's/^RELAY=.*/RELAY=none/' "$CLUSTER_ENV"
  is 0 "$AGENTS/floating-ip" start
  called '--no-block start sip-ha-proxy.service'
  ! grep -q relay "$FAKE/calls"
}

@test "floating-ip begins no daemons that the watcher let begin in the last seconds" {
  mkdir -p "$RUN_DIRECTORY"
  read -r uptime _ </proc/uptime
  echo "${uptime%.*}" >"$RUN_DIRECTORY/begun"
  is 0 "$AGENTS/floating-ip" start
  sleep 0.2
  [[ $(cat "$FAKE/calls") != *--no-block* ]]
  is 0 "$AGENTS/floating-ip" stop
  echo "$((${uptime%.*} - 60))" >"$RUN_DIRECTORY/begun"
  is 0 "$AGENTS/floating-ip" start
  called '--no-block start sip-ha-relay.service sip-ha-proxy.service'
}

@test "floating-ip keeps no proxy waiting for the other node any more" {
  mkdir -p "$RUN_DIRECTORY"
  mkfifo "$RUN_DIRECTORY/proxy-waits"
  timeout 10 cat "$RUN_DIRECTORY/proxy-waits" >"$FAKE/read" &
  is 0 "$AGENTS/floating-ip" start
  wait $!
  [[ ! -s $FAKE/read && ! -e $RUN_DIRECTORY/proxy-waits ]]
}

@test "floating-ip announces itself to media servers on the private network, where there are some" {
  is 0 "$AGENTS/floating-ip" start
  sleep 0.2
  [[ $(cat "$FAKE/calls") != *"announce 198.51.100.10 eth0"* ]]
  is 0 "$AGENTS/floating-ip" stop
  echo MEDIA_IF=eth0 >>"$CLUSTER_ENV"
  is 0 "$AGENTS/floating-ip" start
  sleep 0.2
  grep -q "setsid /usr/lib/sip-ha/announce 198.51.100.10 eth0" "$FAKE/calls"
  grep -q "setsid /usr/lib/sip-ha/announce 198.51.100.10 eth1" "$FAKE/calls"
}

@test "floating-ip removes the address that it started, also after the plan has changed" {
  is 0 "$AGENTS/floating-ip" start
  sed -i 's/^FLOATING_IP=.*/FLOATING_IP=198.51.100.99/' "$CLUSTER_ENV"
  is 0 "$AGENTS/floating-ip" stop
  [[ ! -e $FAKE/address ]]
}

@test "floating-ip tells an error from not running" {
  touch "$FAKE/refuse"
  is 1 "$AGENTS/floating-ip" start
  has "cannot add 198.51.100.10/24 to eth1"
  rm "$FAKE/refuse"
  is 0 "$AGENTS/floating-ip" start
  touch "$FAKE/no-carrier"
  is 0 "$AGENTS/floating-ip" status
  is 1 "$AGENTS/floating-ip" monitor
  has "eth1 has no carrier"
}

@test "floating-ip and default-route say that they could not go" {
  is 0 "$AGENTS/floating-ip" start
  is 0 "$AGENTS/default-route" start
  touch "$FAKE/refuse"
  is 1 "$AGENTS/floating-ip" stop
  has "cannot remove 198.51.100.10/24 from eth1: RTNETLINK answers: refused"
  is 1 "$AGENTS/default-route" stop
  has "cannot remove the default route on eth1"
}

@test "default-route takes only its own route for running" {
  echo "default via 198.51.100.254 dev eth1 " >"$FAKE/route"
  is 7 "$AGENTS/default-route" status
  is 0 "$AGENTS/default-route" start
  [[ $(<"$FAKE/route") == "default via 198.51.100.1 dev eth1 src 198.51.100.10 " ]]
}

@test "proxy runs for its unit, but is healthy only when it answers SIP" {
  is 0 "$AGENTS/proxy" start
  is 0 "$AGENTS/proxy" status
  is 1 "$AGENTS/proxy" monitor
  has "no answer to OPTIONS from 198.51.100.10:5060"
  touch "$FAKE/sip-answers"
  is 0 "$AGENTS/proxy" monitor
}

@test "proxy is told of a relay that was ready before it, where there is one" {
  echo 0 >"$FAKE/calls-under-way"
  is 0 "$AGENTS/proxy" start
  called 'rtpproxy.enable udp:127.0.0.1:7722 1'
  called 'pv.shvSet relay_gone int 0'
  called 'pv.shvSet relay_seen int 0'
  : >"$FAKE/calls"
  sed -i 's/^RELAY=.*/RELAY=none/' "$CLUSTER_ENV"
  is 0 "$AGENTS/proxy" start
  ! grep -q enable "$FAKE/calls"
}

@test "a unit that does not start is tried once more without its start limit, then reported with its own words" {
  touch "$FAKE/broken-sip-ha-proxy"
  echo "bind: address already in use" >"$FAKE/journal"
  is 1 "$AGENTS/proxy" start
  has "bind: address already in use"
  [[ $(grep -c '^start' "$FAKE/calls") -eq 2 ]]
  grep -q '^reset-failed' "$FAKE/calls"
}

@test "a unit that does not start is the watcher's where that runs: Heartbeat would give the group up for good" {
  touch "$FAKE/broken-sip-ha-proxy" "$FAKE/unit-sip-ha-watcher"
  is 0 "$AGENTS/proxy" start
  has "that is the watcher's now"
  is 7 "$AGENTS/proxy" status
}

@test "a unit that crashed until it was stopped is not left marked as failed" {
  is 0 "$AGENTS/proxy" stop
  called 'reset-failed sip-ha-proxy.service'
}

@test "a unit that does not stop is killed, since Heartbeat reboots a machine on a failed stop" {
  is 0 "$AGENTS/relay" start
  touch "$FAKE/stuck-sip-ha-relay"
  is 0 "$AGENTS/relay" stop
  is 7 "$AGENTS/relay" status
}

@test "relay is healthy only when it answers its control protocol, whichever relay it is" {
  is 0 "$AGENTS/relay" start
  use_relay rtpproxy
  is 1 "$AGENTS/relay" monitor
  has "the control socket udp:127.0.0.1:7722 of RTPproxy does not answer"
  use_relay rtpengine
  is 1 "$AGENTS/relay" monitor
  has "the control socket udp:127.0.0.1:2223 of rtpengine does not answer"
  use_relay mediaproxy
  is 1 "$AGENTS/relay" monitor
  has "MediaProxy's dispatcher at 127.0.0.1:25061 does not answer"
}

@test "a group without a relay is dropped without its agent" {
  rm "$AGENTS/relay"
  is 0 "$NODE/usr/lib/sip-ha/drop-group"
  [[ -z $output ]]
}

@test "a group is dropped with the address first: two owners are worse than none, and daemons may take their time" {
  rm "$AGENTS"/*
  local agent
  for agent in floating-ip default-route proxy relay; do
    printf '#!/bin/sh\necho %s >>"$FAKE/dropped"\n' "$agent" >"$AGENTS/$agent"
    chmod +x "$AGENTS/$agent"
  done
  is 0 "$NODE/usr/lib/sip-ha/drop-group"
  [[ $(paste -sd' ' "$FAKE/dropped") == "floating-ip default-route relay proxy" ]]
  rm "$FAKE/dropped"
  is 0 "$NODE/usr/lib/sip-ha/drop-group" address
  [[ $(paste -sd' ' "$FAKE/dropped") == "floating-ip default-route" ]]
}
