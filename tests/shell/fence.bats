#!/usr/bin/env bats
# Fencing on a node: when it shoots, when it does not, and what it says.

load setup

setup() {
  use_fakes
  export FENCE=$NODE/usr/lib/sip-ha/fence FENCE_CONFIG=$BATS_TEST_TMPDIR/config STONITH_PLUGINS=$BATS_TEST_TMPDIR/plugins
  mkdir -p "$FENCE_CONFIG" "$STONITH_PLUGINS/external" "$RUN_DIRECTORY"
  cat >"$FENCE_CONFIG/fence.env" <<'END'
FENCE_PLUGIN=external/ipmi
FENCE_TIMEOUT_MS=1000
FENCE_THROUGH_TARGET=no
FENCE_PARAMETERS='hostname ipaddr passwd'
FENCE_P_hostname=sip2
FENCE_P_ipaddr=10.77.0.37
END
  echo "FENCE_P_passwd='bmc word'" >"$FENCE_CONFIG/fence-secrets.env"
  cat >"$STONITH_PLUGINS/external/ipmi" <<'END'
#!/bin/bash
# What came before the order and what it was given; $FAKE/device-broken says why it fails.
printf '%s|%s|%s|%s\n' "$*" "$hostname" "$ipaddr" "$passwd" >>"$FAKE/shots"
cp "$FAKE/ip-calls" "$FAKE/ip-calls-before" 2>/dev/null
[[ ! -e $FAKE/device-hangs ]] || sleep 30
[[ ! -e $FAKE/device-broken ]] || { cat "$FAKE/device-broken"; exit 1; }
END
  chmod +x "$STONITH_PLUGINS/external/ipmi"
  touch "$RUN_DIRECTORY/peer-heard"
  echo dead >"$FAKE/cl-nodestatus"
}

restarted() {
  grep -q '^kill --signal=KILL heartbeat.service' "$FAKE/calls"
}

@test "a silent peer is shot with the parameters of its device, the secret one among them" {
  is 0 "$FENCE" reset sip2
  [[ $(<"$FAKE/shots") == 'reset sip2|sip2|10.77.0.37|bmc word' ]]
  is 0 "$FENCE" status
  has '"target":"sip2"'
  has '"result":"ok"'
  ! restarted
}

@test "nothing of the peer is heard while it dies, on any path" {
  is 0 "$FENCE" reset sip2
  diff - "$FAKE/ip-calls-before" <<EOF
route add prohibit 10.77.0.12/32 metric 7
route add prohibit 169.254.11.12/32 metric 7
EOF
  grep -qx 'route del prohibit 10.77.0.12/32 metric 7' "$FAKE/ip-calls"
  grep -qx 'route del prohibit 169.254.11.12/32 metric 7' "$FAKE/ip-calls"
}

@test "a device that reaches the node through itself is not cut off from it" {
  sed -i 's/^FENCE_THROUGH_TARGET=.*/FENCE_THROUGH_TARGET=yes/' "$FENCE_CONFIG/fence.env"
  is 0 "$FENCE" reset sip2
  ! grep -q prohibit "$FAKE/ip-calls"
}

@test "without a confirmation there is no takeover, but an alarm that names the way out" {
  echo "Unable to establish LAN session" >"$FAKE/device-broken"
  is 1 "$FENCE" reset sip2
  grep -q 'daemon.crit.*Unable to establish LAN session.*engine fence-confirm sip2' "$FAKE/calls"
  restarted
  is 0 "$FENCE" status
  has '"result":"failed"'
  has 'Unable to establish LAN session'
}

@test "a device that does not answer in time has failed" {
  touch "$FAKE/device-hangs"
  is 1 "$FENCE" reset sip2
  is 0 "$FENCE" status
  has '"result":"failed"'
  has 'external/ipmi ended with 124'
}

@test "the active node does not start its Heartbeat anew over a failed order" {
  "$AGENTS/floating-ip" start
  echo broken >"$FAKE/device-broken"
  is 1 "$FENCE" reset sip2
  ! restarted
}

@test "a peer that is heard again is not shot" {
  echo active >"$FAKE/cl-nodestatus"
  is 1 "$FENCE" reset sip2
  [[ ! -e $FAKE/shots ]]
  restarted
}

@test "a node that has not heard its peer since the boot does not shoot one that serves" {
  rm "$RUN_DIRECTORY/peer-heard"
  touch "$FAKE/gateway-answers" "$FAKE/peer-has-address"
  is 1 "$FENCE" reset sip2
  [[ ! -e $FAKE/shots ]]
  grep -q 'daemon.crit.*answers for 198.51.100.10: it serves' "$FAKE/calls"
}

@test "a node that has not heard its peer since the boot does not shoot while it cannot serve" {
  rm "$RUN_DIRECTORY/peer-heard"
  is 1 "$FENCE" reset sip2
  [[ ! -e $FAKE/shots ]]
  grep -q 'daemon.crit.*neither sip2 nor the gateway 198.51.100.1' "$FAKE/calls"
}

@test "a node that has not heard its peer since the boot shoots when nobody serves and it could" {
  rm "$RUN_DIRECTORY/peer-heard"
  touch "$FAKE/gateway-answers"
  is 0 "$FENCE" reset sip2
  [[ -e $FAKE/shots ]]
}

@test "an operator's word stands for a broken device, once" {
  echo broken >"$FAKE/device-broken"
  is 0 "$FENCE" confirm sip2
  is 0 "$FENCE" reset sip2
  [[ ! -e $FAKE/shots ]]
  is 1 "$FENCE" reset sip2
}

@test "an operator's word is forgotten after five minutes" {
  echo broken >"$FAKE/device-broken"
  is 0 "$FENCE" confirm sip2
  touch -d '6 minutes ago' "$RUN_DIRECTORY/fence-confirmed"
  is 1 "$FENCE" reset sip2
}

@test "rejects the word that a node is off which is heard" {
  echo active >"$FAKE/cl-nodestatus"
  is 1 "$FENCE" confirm sip2
  has "sip2 is heard by this node, so it is not off"
}

@test "rejects an order against anybody but the peer" {
  is 1 "$FENCE" reset sip1
  has "the device is for sip2, got 'sip1'"
  is 1 "$FENCE" confirm sip3
  [[ ! -e $FAKE/shots ]]
}

@test "the check asks the device and shoots nobody" {
  is 0 "$FENCE" check
  has '"device":"ok"'
  [[ $(<"$FAKE/shots") == status* ]]
  echo "no such host" >"$FAKE/device-broken"
  is 1 "$FENCE" check
  has '"device":"broken","said":"no such host"'
  is 0 "$FENCE" status
  has '"device":"broken"'
  touch -d '6 minutes ago' "$RUN_DIRECTORY/fence-checked"
  is 0 "$FENCE" status
  has '"device":"unknown"'
}

@test "a cluster without a device says so" {
  rm "$FENCE_CONFIG/fence.env"
  is 0 "$FENCE" status
  [[ $output == '{"configured":false}' ]]
  is 1 "$FENCE" reset sip2
  has "no fencing device"
}

@test "cluster-glue gets one line without an end, since it waits a second after a complete one" {
  plugin=$NODE/usr/lib/stonith/plugins/external/sip-ha
  hostlist=sip2 "$plugin" gethosts >"$BATS_TEST_TMPDIR/hosts"
  "$plugin" reset sip2 >"$BATS_TEST_TMPDIR/reset"
  [[ $(<"$BATS_TEST_TMPDIR/hosts") == sip2 && $(wc -l <"$BATS_TEST_TMPDIR/reset") -eq 0 && -s $BATS_TEST_TMPDIR/reset ]]
  echo broken >"$FAKE/device-broken"
  is 1 "$plugin" reset sip2
}
