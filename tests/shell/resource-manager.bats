#!/usr/bin/env bats
# What Heartbeat gets from its ResourceManager.

load setup

setup() {
  use_fakes
  export AGENTS=$BATS_TEST_TMPDIR/stubs HA_DIR=$BATS_TEST_TMPDIR HA_DEBUGLOG=/dev/null HA_NOARCHBIN=/usr/share/heartbeat
  mkdir -p "$AGENTS"
  for agent in floating-ip default-route proxy relay; do
    cat >"$AGENTS/$agent" <<'END'
#!/bin/sh
echo "${0##*/} $1" >>"$FAKE/calls"
[ ! -e "$FAKE/fails-${0##*/}-$1" ]
END
    chmod +x "$AGENTS/$agent"
  done
  cat >"$HA_DIR/haresources" <<'END'
# the group
sip1 sipha-floating-ip sipha-default-route sipha-proxy sipha-relay
END
  : >"$FAKE/calls"
}

manager() {
  # shellcheck disable=SC2016 # for the inner shell
  NODE=$NODE HA_CURHOST=${NODE_ITSELF-sip1} timeout 20 sh -c 'ha_log() { echo "$*" >>"$FAKE/log"; }
    sleep() { :; }
    pkill() { echo "pkill $*" >>"$FAKE/calls"; }
    . "$NODE/usr/lib/sip-ha/resource-manager"' ResourceManager "$@"
}

calls() {
  paste -sd, "$FAKE/calls"
}

@test "the group is known by its first resource, to the node that it belongs to" {
  for node in sip1 '.*'; do
    is 0 manager listkeys "$node"
    [[ $output == sipha-floating-ip ]]
  done
  is 0 manager allkeys
  [[ $output == sipha-floating-ip ]]
  is 0 manager listkeys sip2
  [[ -z $output ]]
  is 0 manager ourkeys
  [[ $output == "sipha-floating-ip sipha-default-route sipha-proxy sipha-relay" ]]
  is 0 manager otherkeys
  [[ -z $output ]]
  NODE_ITSELF=sip2 is 0 manager otherkeys
  [[ $output == "sipha-floating-ip sipha-default-route sipha-proxy sipha-relay" ]]
}

@test "the group starts from left to right and stops from right to left" {
  is 0 manager takegroup sipha-floating-ip
  [[ $(calls) == "floating-ip start,default-route start,proxy start,relay start" ]]
  : >"$FAKE/calls"
  is 0 manager givegroup sipha-floating-ip
  [[ $(sed 's/^.*Stopping sipha-//' "$FAKE/log" | tail -n 4 | paste -sd,) == "relay,proxy,default-route,floating-ip" ]]
  [[ $(sort "$FAKE/calls" | paste -sd,) == "default-route stop,floating-ip stop,proxy stop,relay stop" ]]
}

@test "daemons end beside the rest, and are gone when the group is given up" {
  for agent in proxy relay; do
    cat >"$AGENTS/$agent" <<'END'
#!/bin/sh
for _ in 1 2 3 4 5 6 7 8 9 10; do
  ! grep -q 'floating-ip stop' "$FAKE/calls" || break
  sleep 0.1
done
sleep 0.1
echo "${0##*/} gone" >>"$FAKE/calls"
END
  done
  is 0 manager givegroup sipha-floating-ip
  [[ $(calls) =~ ^"default-route stop,floating-ip stop,"(proxy|relay)" gone,"(proxy|relay)" gone"$ ]]
}

@test "a resource is asked by its own agent" {
  is 0 manager status sipha-proxy
  touch "$FAKE/fails-proxy-status"
  is 1 manager status sipha-proxy
}

@test "a group of which one resource does not start is given up" {
  touch "$FAKE/fails-proxy-start"
  is 1 manager takegroup sipha-floating-ip
  [[ $(calls) == "floating-ip start,default-route start,proxy start,"* ]]
  [[ $(grep stop "$FAKE/calls" | sort | paste -sd,) == "default-route stop,floating-ip stop,proxy stop,relay stop" ]]
}

@test "a resource that does not stop is tried ten times, and then the machine begins anew without a farewell" {
  touch "$FAKE/fails-relay-stop"
  export NODE=$BATS_TEST_TMPDIR/node
  mkdir -p "$NODE/usr/lib/sip-ha"
  sed 's#/sbin/reboot -nf#echo reboot >>"$FAKE/calls"#' "$PROJECT/files/node/usr/lib/sip-ha/resource-manager" \
    >"$NODE/usr/lib/sip-ha/resource-manager"
  is 0 manager givegroup sipha-floating-ip
  [[ $(grep -c 'relay stop' "$FAKE/calls") -eq 10 ]]
  [[ $(grep -v "^[dfp].* stop" "$FAKE/calls" | paste -sd,) == *"relay stop,pkill -KILL -x heartbeat,reboot" ]]
}

@test "rejects what Heartbeat never asks" {
  is 1 manager statgroup sipha-floating-ip
  has "usage:"
}
