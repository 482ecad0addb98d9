#!/usr/bin/env bats
# The logs of a machine, and what must not be in them.

load setup

setup() {
  use_fakes
  export RELEASE_ROOT=$BATS_TEST_TMPDIR/root RELEASE_STATE=$BATS_TEST_TMPDIR/state REPORT=/bin/true
  RELEASE=$PROJECT/files/common/usr/lib/sip-ha/release
  LOGS=$PROJECT/files/common/usr/lib/sip-ha/logs
  ME=$(id -un):$(id -gn)
  files=$(stage '/etc/kamailio/kamailio.cfg 0644 ME proxy\n| listen=udp:198.51.100.10\n| database\n')
  secrets=$(stage '/etc/kamailio/secrets.cfg 0600 ME proxy\n| URL "mysql://kamailio:Canary.7+hush@10.77.0.21/database"\n')
  "$RELEASE" swap "$files" "$secrets"
  cat >"$FAKE/journal" <<'END'
kamailio: cannot log in with Canary.7+hush
heartbeat: is dead, the database is not
other: http://someone:typed@host/
END
}

stage() {
  printf "${1//ME/$ME}" | STAGE_SUDO="" STAGE_STATE=$RELEASE_STATE sh "$PROJECT/files/stage/receive.sh"
}

collected() {
  mkdir "$BATS_TEST_TMPDIR/out"
  "$LOGS" "$@" | tar -C "$BATS_TEST_TMPDIR/out" -xzf -
}

@test "have the journal, the deployed files and how the machine is" {
  collected 10
  cd "$BATS_TEST_TMPDIR/out"
  grep -q 'heartbeat: is dead, the database is not' journal.txt
  cmp files/etc/kamailio/kamailio.cfg "$RELEASE_ROOT/etc/kamailio/kamailio.cfg"
  [[ -s memory.txt && -e routes.txt ]]
}

@test "have no file of the secret tree, and none of its words" {
  collected
  cd "$BATS_TEST_TMPDIR/out"
  [[ ! -e files/etc/kamailio/secrets.cfg ]]
  ! grep -r 'Canary' .
  grep -qF 'cannot log in with ***' journal.txt
  grep -qF 'http://someone:***@host/' journal.txt
}

@test "can be had from a machine without secrets" {
  "$RELEASE" swap "$files" "$(stage '')"
  collected
  [[ -e $BATS_TEST_TMPDIR/out/files/etc/kamailio/kamailio.cfg ]]
}

@test "rejects what is no number of minutes" {
  is 1 "$LOGS" '1; reboot'
  has "takes a number of minutes"
}
