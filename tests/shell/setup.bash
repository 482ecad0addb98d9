# What the tests of the shell programs share: fakes before the machine's own programs, a state of their own.

PROJECT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
NODE=$PROJECT/files/node

# use_relay NAME: its programs, in place of another relay's
use_relay() {
  export RELAY_TREE=$PROJECT/files/node-$1
  export RELAY_ANSWERS=$RELAY_TREE/usr/lib/sip-ha/relay-answers
}

use_fakes() {
  mkdir -p "$BATS_TEST_TMPDIR/agents"
  ln -sf "$NODE"/usr/lib/ocf/resource.d/sip-ha/* "$PROJECT"/files/node-relay/usr/lib/ocf/resource.d/sip-ha/* "$BATS_TEST_TMPDIR/agents"
  export AGENTS=$BATS_TEST_TMPDIR/agents
  use_relay rtpproxy
  export FAKE=$BATS_TEST_TMPDIR/fake CLUSTER_ENV=$BATS_TEST_TMPDIR/cluster.env RUN_DIRECTORY=$BATS_TEST_TMPDIR/run
  export AGENT_LIBRARY=$NODE/usr/lib/sip-ha/agent.sh HEARTBEAT_SCRIPTS=$BATS_TEST_DIRNAME/fakes
  export PROXYCTL=$PROJECT/files/node-kamailio/usr/lib/sip-ha/proxyctl
  export PATH=$BATS_TEST_DIRNAME/fakes:$PATH
  mkdir -p "$FAKE"
  cat >"$CLUSTER_ENV" <<'END'
NODE_NAME=sip1
PEER_NAME=sip2
PEER_ADDRESS=10.77.0.12
LINK_LOCAL=169.254.11.11/24
HEARTBEAT_PATHS='eth0=10.77.0.12 eth1=169.254.11.12'
PUBLIC_IF=eth1
FLOATING_IP=198.51.100.10
FLOATING_PREFIX=24
GATEWAY=198.51.100.1
SIP_DOMAIN=sip.example.net
SIP_PORT=5060
RELAY=rtpproxy
RELAY_MIN=35000
RELAY_MAX=35999
END
}

# is STATUS COMMAND...: runs it and expects this exit status
is() {
  local expected=$1
  shift
  run "$@"
  if [[ $status -ne $expected ]]; then
    printf 'expected exit %s, got %s: %s\n%s\n' "$expected" "$status" "$*" "$output" >&2
    return 1
  fi
}

# has TEXT: the output of the last command contains it
has() {
  if [[ $output != *"$1"* ]]; then
    printf 'expected "%s" in:\n%s\n' "$1" "$output" >&2
    return 1
  fi
}

# called TEXT: a faked program is called with it within ten seconds
called() {
  local give_up=$((SECONDS + 10))
  until grep -qsF -- "$1" "$FAKE/calls"; do
    if ((SECONDS > give_up)); then
      printf 'expected a call of "%s", got:\n%s\n' "$1" "$(cat "$FAKE/calls")" >&2
      return 1
    fi
    sleep 0.02
  done
}
