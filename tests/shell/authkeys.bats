#!/usr/bin/env bats
# Heartbeat's keys on a node, and their change under a running Heartbeat.

load setup

setup() {
  use_fakes
  PROGRAM=$NODE/usr/lib/sip-ha/authkeys
  export AUTHKEYS=$BATS_TEST_TMPDIR/authkeys
  STAGED=$BATS_TEST_TMPDIR/staged
  printf '# managed\n# follows none\nauth 1\n1 sha1 old-key\n' >"$AUTHKEYS"
  printf '# managed\n# follows %s\nauth 2\n2 sha1 new-key\n' "$(sum old-key)" >"$STAGED"
}

sum() {
  printf %s "$1" | sha256sum | cut -d' ' -f1
}

@test "show tells who signs and the sum of each key, never a key" {
  is 0 "$PROGRAM" show
  [[ $output == "{\"signs\":1,\"keys\":[{\"number\":1,\"sum\":\"$(sum old-key)\"}]}" ]]
  rm "$AUTHKEYS"
  is 0 "$PROGRAM" show
  [[ $output == null ]]
}

@test "wanted tells the sum of a staged key and of the one before it" {
  is 0 "$PROGRAM" wanted "$STAGED"
  [[ $output == "{\"key\":{\"number\":2,\"sum\":\"$(sum new-key)\"},\"follows\":\"$(sum old-key)\"}" ]]
  is 0 "$PROGRAM" wanted "$AUTHKEYS"
  has '"follows":""'
}

@test "accept, sign and drop lead from the old key to the staged file, and each may be done twice" {
  local step wanted
  for step in accept sign drop; do
    is 0 "$PROGRAM" put "$step" "$STAGED"
    wanted=$(grep -v '^#' "$AUTHKEYS")
    is 0 "$PROGRAM" put "$step" "$STAGED"
    [[ $(grep -v '^#' "$AUTHKEYS") == "$wanted" && $(stat -c %a "$AUTHKEYS") == 600 ]]
    case $step in
      accept) [[ $wanted == $'auth 1\n1 sha1 old-key\n2 sha1 new-key' ]] ;;
      sign) [[ $wanted == $'auth 2\n1 sha1 old-key\n2 sha1 new-key' ]] ;;
      drop) cmp "$AUTHKEYS" "$STAGED" ;;
    esac
  done
}

@test "every change has a time of its own in whole seconds, since Heartbeat looks at nothing else" {
  local before
  before=$(stat -c %Y "$AUTHKEYS")
  is 0 "$PROGRAM" put accept "$STAGED"
  is 0 "$PROGRAM" put sign "$STAGED"
  [[ $(stat -c %Y "$AUTHKEYS") -ge $((before + 2)) ]]
}

@test "a running Heartbeat is told, and waited for until each of its processes has read" {
  touch "$FAKE/unit-heartbeat"
  printf '2\n' >"$FAKE/children"
  printf 'info: Child rereading authentication file.\ninfo: Child rereading authentication file.\n' >"$FAKE/journal"
  is 0 "$PROGRAM" put accept "$STAGED"
  grep -q 'kill --kill-who=main --signal=HUP heartbeat.service' "$FAKE/calls"
}

@test "another key under a number that is in use is refused, and nothing is written" {
  printf 'auth 1\n1 sha1 strange-key\n' >"$STAGED"
  cp "$AUTHKEYS" "$BATS_TEST_TMPDIR/before"
  is 1 "$PROGRAM" put accept "$STAGED"
  has 'key 1 in place is another one'
  cmp "$AUTHKEYS" "$BATS_TEST_TMPDIR/before"
}
