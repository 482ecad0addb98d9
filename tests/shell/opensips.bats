#!/usr/bin/env bats
# What the rest of a node asks of OpenSIPS, by its management interface: a FIFO with JSON-RPC.

load setup

setup() {
  use_fakes
  export PROXYCTL=$PROJECT/files/node-opensips/usr/lib/sip-ha/proxyctl PROXY_RUN=$BATS_TEST_TMPDIR/opensips
  mkdir -p "$PROXY_RUN"
  mkfifo "$PROXY_RUN/fifo"
  serve 3>&- &
  SERVER=$!
}

teardown() {
  kill "$SERVER" 2>/dev/null || true
}

# Notes each command with its parameters in $FAKE/calls. $FAKE/METHOD is what it says to METHOD, by default that it is done.
serve() {
  local line reply method
  exec 4<>"$PROXY_RUN/fifo"
  while read -r line <&4; do
    reply=${line#:} reply=${reply%%:*}
    method=${line#*'"method":"'} method=${method%%'"'*}
    echo "$method ${line##*'"params":'}" | sed 's/}$//' >>"$FAKE/calls"
    [[ -e $FAKE/$method ]] || echo '{"jsonrpc":"2.0","result":"OK","id":1}' >"$FAKE/$method"
    cat "$FAKE/$method" >"$PROXY_RUN/$reply"
  done
}

relay() {
  sed -i "s/^RELAY=.*/RELAY=$1/" "$CLUSTER_ENV"
}

@test "a relay that answers is used at once, whichever it is" {
  is 0 "$PROXYCTL" relay-is-up
  called 'rtpproxy_enable ["udp:127.0.0.1:7722",1]'
  relay rtpengine
  is 0 "$PROXYCTL" relay-is-up
  called 'rtpengine_enable ["udp:127.0.0.1:2223",1]'
  relay mediaproxy
  is 0 "$PROXYCTL" relay-is-up
  [[ $(wc -l <"$FAKE/calls") -eq 2 ]]
}

@test "a relay that the proxy has marked dead does not answer for it" {
  relay rtpengine
  echo '{"jsonrpc":"2.0","result":[{"Set":0,"Nodes":[{"url":"udp:127.0.0.1:2223","disabled":0}]}],"id":1}' >"$FAKE/rtpengine_show"
  is 0 "$PROXYCTL" relay-answers
  sed -i 's/"disabled":0/"disabled":1/' "$FAKE/rtpengine_show"
  is 1 "$PROXYCTL" relay-answers
  relay none
  is 0 "$PROXYCTL" relay-answers
}

@test "the files that must be the same on both nodes are those of the stack's relay" {
  relay rtpengine
  is 0 "$PROXYCTL" files
  [[ $output == '/etc/opensips/opensips.cfg
/etc/opensips/relay-rtpengine.cfg
/etc/opensips/opensips-secrets.cfg' ]]
}

@test "a proxy that is not there fails the question" {
  rm "$PROXY_RUN/fifo"
  is 1 "$PROXYCTL" relay-answers
  is 1 "$PROXYCTL" drain on
}
