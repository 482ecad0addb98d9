#!/usr/bin/env bats
# Whether Heartbeat may start with the key that is in place.

load setup

setup() {
  export RELEASE_STATE=$BATS_TEST_TMPDIR/state AUTHKEYS=$BATS_TEST_TMPDIR/authkeys
  CHECK=$NODE/usr/lib/sip-ha/check-authkeys
  mkdir -p "$RELEASE_STATE"
  release current.json a old-key
  printf 'auth 1\n1 sha1 old-key\n' >"$AUTHKEYS"
}

# release RECORD LETTER KEY
release() {
  local sha
  sha=$(printf "$2%.0s" {1..64})
  mkdir -p "$RELEASE_STATE/staged/$sha/root/etc/ha.d"
  printf '# managed\nauth 1\n1 sha1 %s\n' "$3" >"$RELEASE_STATE/staged/$sha/root/etc/ha.d/authkeys"
  printf '{"files":"0","secrets":"%s","bundle":"","time":"","previous":{"secrets":"%064d"}}\n' "$sha" 0 \
    >"$RELEASE_STATE/$1"
}

@test "the activated key is taken, also beside another one while keys are changed" {
  is 0 "$CHECK"
  printf 'auth 2\n1 sha1 old-key\n2 sha1 new-key\n' >"$AUTHKEYS"
  is 0 "$CHECK"
}

@test "rejects any other key, without showing it" {
  printf 'auth 1\n1 sha1 stranger\n' >"$AUTHKEYS"
  is 1 "$CHECK"
  has "was never activated on this node"
  [[ $output != *stranger* && $output != *old-key* ]]
}

@test "rejects a file that is empty or not there" {
  : >"$AUTHKEYS"
  is 1 "$CHECK"
  rm "$AUTHKEYS"
  is 1 "$CHECK"
}

@test "the key of a release that is being put in place is taken" {
  printf 'auth 2\n2 sha1 new-key\n' >"$AUTHKEYS"
  is 1 "$CHECK"
  release pending.json b new-key
  is 0 "$CHECK"
}

@test "before the first release any key is taken" {
  rm "$RELEASE_STATE/current.json"
  printf 'auth 1\n1 sha1 anything\n' >"$AUTHKEYS"
  is 0 "$CHECK"
}
