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
    if [[ $line == ::* ]]; then
      echo "$line" >>"$FAKE/orders"
      mv -f "$FAKE/dlg_list-left" "$FAKE/dlg_list" 2>/dev/null || true
      continue
    fi
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

@test "media servers are up or down, and a proxy without any says nothing" {
  cat >"$FAKE/ds_list" <<'END'
{"jsonrpc":"2.0","result":{"PARTITIONS":[{"name":"default","SETS":[
{"id":2,"Destinations":[{"URI":"sip:10.77.0.43:5060","state":"Active","attr":"name=media3;weight=50"}]},
{"id":1,"Destinations":[{"URI":"sip:10.77.0.41:5060","state":"Probing","attr":"name=media1;weight=75"}]}]}]},"id":1}
END
  is 0 "$PROXYCTL" media-servers
  [[ $output == 'media3 up
media1 down' ]]
  echo '{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}' >"$FAKE/ds_list"
  is 0 "$PROXYCTL" media-servers
  [[ -z $output ]]
}

dialogs() {
  local one all=''
  for one in "$@"; do
    all+=",{\"ID\":\"${one%:*}\",\"state\":${one#*:},\"callid\":\"kept-${one%:*}@198.18.0.10\"}"
  done
  echo "{\"jsonrpc\":\"2.0\",\"result\":{\"Dialogs\":[${all#,}]},\"id\":1}"
}

@test "the calls whose Call-IDs begin so are told with their states" {
  dialogs 11:2 12:3 13:4 14:5 >"$FAKE/dlg_list"
  is 0 "$PROXYCTL" calls kept-1
  [[ $output == 'kept-11@198.18.0.10 ringing
kept-12@198.18.0.10 answered
kept-13@198.18.0.10 answered
kept-14@198.18.0.10 ended' ]]
  is 0 "$PROXYCTL" calls other
  [[ -z $output ]]
}

@test "each answered call is ended by one order, and those that no phone has answered for are counted" {
  dialogs 80:4 81:2 368:3 >"$FAKE/dlg_list"
  dialogs 81:2 368:3 >"$FAKE/dlg_list-left"
  is 0 "$PROXYCTL" end-calls
  [[ $output == 1 ]]
  [[ $(<"$FAKE/orders") == '::{"jsonrpc":"2.0","method":"dlg_end_dlg","params":["80"]}
::{"jsonrpc":"2.0","method":"dlg_end_dlg","params":["368"]}' ]]
}

@test "a proxy without calls ends none, and one that does not answer cannot end any" {
  dialogs >"$FAKE/dlg_list"
  is 0 "$PROXYCTL" end-calls
  [[ $output == 0 && ! -e $FAKE/orders ]]
  rm "$PROXY_RUN/fifo"
  run "$PROXYCTL" end-calls
  [[ $status -eq 1 && $output == 'the proxy does not tell its calls' ]]
}

@test "certificate and key are read anew, and a proxy that can use neither is told" {
  echo '{"jsonrpc":"2.0","result":{"Domains":[{"name":"phones"},{"name":"outgoing"}]},"id":1}' >"$FAKE/tls_list"
  is 0 "$PROXYCTL" reload-tls
  called 'tls_reload {}'
  sed -i 's/phones//' "$FAKE/tls_list"
  run "$PROXYCTL" reload-tls
  [[ $status -eq 1 && $output == 'the proxy has no certificate any more'* ]]
  echo '{"jsonrpc":"2.0","error":{"code":500,"message":"Failed to reload"},"id":1}' >"$FAKE/tls_reload"
  run "$PROXYCTL" reload-tls
  [[ $status -eq 1 && $output == 'the proxy does not read certificate and key anew' ]]
}

@test "the files that must be the same on both nodes are those of the stack's relay" {
  relay rtpengine
  is 0 "$PROXYCTL" files
  [[ $output == '/etc/opensips/opensips.cfg
/etc/opensips/edge.cfg
/etc/opensips/database.cfg
/etc/opensips/memory.cfg
/etc/opensips/relay-rtpengine.cfg
/etc/opensips/opensips-secrets.cfg' ]]
}

@test "a proxy that is not there fails the question" {
  rm "$PROXY_RUN/fifo"
  is 1 "$PROXYCTL" relay-answers
  is 1 "$PROXYCTL" drain on
  is 1 "$PROXYCTL" media-servers
}
