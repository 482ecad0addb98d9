#!/usr/bin/env bats
# How each relay is asked whether it works. The answers come from small servers on ports of the loopback interface that
# nothing else uses: the programs are copied with another port in them.

load setup

setup() {
  use_fakes
}

teardown() {
  [[ -z ${SERVER-} ]] || kill "$SERVER" 2>/dev/null || true
}

# udp_server PORT PROGRAM: answers each datagram with what the Python expression PROGRAM makes of `asked`
udp_server() {
  python3 -c "
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(('127.0.0.1', $1))
while True:
    asked, peer = server.recvfrom(4096)
    server.sendto($2, peer)" 3>&- &
  SERVER=$!
  until [[ -n $(ss -Hlun "sport = :$1") ]]; do sleep 0.02; done
}

# at_port RELAY PORT: the relay's probe, which asks another port
at_port() {
  PROBE=$BATS_TEST_TMPDIR/relay-answers
  sed "s/^readonly PORT=.*/readonly PORT=$2/" "$PROJECT/files/node-$1/usr/lib/sip-ha/relay-answers" >"$PROBE"
  chmod +x "$PROBE"
}

@test "RTPproxy answers when it tells its version, and with nothing else" {
  at_port rtpproxy 45722
  udp_server 45722 "asked.split()[0] + b' 20040107\\n'"
  is 0 "$PROBE"
  kill "$SERVER"
  wait "$SERVER" || true
  udp_server 45722 "asked.split()[0] + b' E1\\n'"
  is 1 "$PROBE"
}

@test "rtpengine answers when it says pong to this very question" {
  at_port rtpengine 45223
  udp_server 45223 "asked.split()[0] + b' d6:result4:ponge'"
  is 0 "$PROBE"
  kill "$SERVER"
  wait "$SERVER" || true
  udp_server 45223 "b'another d6:result4:ponge'"
  is 1 "$PROBE"
  has "does not answer"
}

@test "a relay whose process is frozen does not answer" {
  at_port rtpengine 45223
  udp_server 45223 "asked.split()[0] + b' d6:result4:ponge'"
  kill -STOP "$SERVER"
  is 1 "$PROBE"
  kill -CONT "$SERVER"
}

# redis_server PORT LINE...: says the lines to whoever connects, and ends the connection
redis_server() {
  local port=$1
  shift
  printf '%s\r\n' "$@" >"$BATS_TEST_TMPDIR/said"
  python3 -c "
import socketserver
class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        for _ in range(4): self.rfile.readline()
        self.wfile.write(open('$BATS_TEST_TMPDIR/said', 'rb').read())
socketserver.TCPServer.allow_reuse_address = True
socketserver.TCPServer(('127.0.0.1', $port), Handler).serve_forever()" 3>&- &
  SERVER=$!
  until [[ -n $(ss -Hltn "sport = :$port") ]]; do sleep 0.02; done
  printf 'redis = secret@127.0.0.1:%s/0\n' "$port" >"$BATS_TEST_TMPDIR/secrets.conf"
}

store() {
  "$PROJECT/files/node-rtpengine/usr/lib/sip-ha/relay-store" "$BATS_TEST_TMPDIR/secrets.conf"
}

@test "the store of rtpengine tells its calls and how full it is" {
  redis_server 45379 +OK :3 '$60' '# Memory' used_memory:1258291 maxmemory:67108864 '' +OK
  is 0 store
  [[ $output == "3 calls, 1.2 of 64 MB" ]]
}

@test "the store of rtpengine says what is wrong with it" {
  redis_server 45379 '-WRONGPASS invalid username-password pair' '-NOAUTH Authentication required.'
  is 1 store
  has "Redis at 127.0.0.1:45379 refuses the password"
  [[ $output != *secret* ]]
  kill "$SERVER"
  wait "$SERVER" || true
  redis_server 45379 +OK :900 '$60' '# Memory' used_memory:67100000 maxmemory:67108864 '' +OK
  is 1 store
  has "Redis at 127.0.0.1:45379 is full: 64.0 of 64 MB"
  kill "$SERVER"
  wait "$SERVER" || true
  is 1 store
  has "Redis at 127.0.0.1:45379 does not answer"
}

@test "MediaProxy's certificates are made once, by an authority that signs nothing more" {
  command -v openssl >/dev/null || skip "openssl is not installed"
  export MEDIAPROXY_TLS=$BATS_TEST_TMPDIR/tls
  is 0 "$PROJECT/files/node-mediaproxy/usr/lib/sip-ha/mediaproxy-certificates" "$(id -un)"
  for name in relay dispatcher; do
    openssl verify -crl_check -CAfile <(cat "$MEDIAPROXY_TLS/ca.pem" "$MEDIAPROXY_TLS/crl.pem") "$MEDIAPROXY_TLS/$name.crt"
    [[ $(stat -c %a "$MEDIAPROXY_TLS/$name.key") == 600 ]]
  done
  [[ ! -e $MEDIAPROXY_TLS/ca.key ]]
  before=$(sha256sum "$MEDIAPROXY_TLS"/*)
  is 0 "$PROJECT/files/node-mediaproxy/usr/lib/sip-ha/mediaproxy-certificates" "$(id -un)"
  [[ $(sha256sum "$MEDIAPROXY_TLS"/*) == "$before" ]]
}

@test "rtpengine runs with its three files as one, which only its own user can read" {
  export RUNTIME_DIRECTORY=$BATS_TEST_TMPDIR/run
  local program=$BATS_TEST_TMPDIR/relay etc=$BATS_TEST_TMPDIR/etc
  mkdir -p "$RUNTIME_DIRECTORY" "$etc"
  cp "$PROJECT/files/node-rtpengine/etc/rtpengine/rtpengine.conf" "$etc"
  printf '[rtpengine]\ninterface = 198.51.100.10\n' >"$etc/rtpengine-local.conf"
  printf '[rtpengine]\nredis = secret@10.77.0.21:6379/0\n' >"$etc/rtpengine-secrets.conf"
  sed "s#^cd /etc/rtpengine#cd $etc#; s#^exec /usr/bin/rtpengine#exec echo#" \
    "$PROJECT/files/node-rtpengine/usr/lib/sip-ha/relay" >"$program"
  is 0 sh "$program"
  has "--config-file $RUNTIME_DIRECTORY/rtpengine.conf"
  [[ $(stat -c %a "$RUNTIME_DIRECTORY/rtpengine.conf") == 600 ]]
  grep -q '^redis = secret@' "$RUNTIME_DIRECTORY/rtpengine.conf"
}
