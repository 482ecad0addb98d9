#!/usr/bin/env bats
# What a verification's programs do to a node is undone whole, in whichever way they are told to end.

load setup

HOLD=$NODE/usr/lib/sip-ha/verify/hold.sh

setup() {
  PROGRAM=$BATS_TEST_TMPDIR/program
  export SAID=$BATS_TEST_TMPDIR/said
  cat >"$PROGRAM" <<END
#!/bin/bash
set -euo pipefail
. "$HOLD"
undo() { for part in 1 2 3; do sleep 0.2 && echo "undone \$part" >>"$SAID"; done; }
main() {
  undo_at_end undo
  echo held >>"$SAID"
  until_told "\$1"
}
main "\$@"
END
  chmod +x "$PROGRAM"
  mkfifo "$BATS_TEST_TMPDIR/input"
}

# starts it as a session does, with what it starts in one process group
start() {
  setsid "$@" <"$BATS_TEST_TMPDIR/input" &
  GROUP=$!
  exec 4>"$BATS_TEST_TMPDIR/input"
}

said() {
  until grep -qs "$1" "$SAID"; do sleep 0.02; done
}

# tell SIGNAL...: each to the whole group, while it is undoing
tell() {
  local signal
  for signal in "$@"; do
    kill -s "$signal" -- "-$GROUP" 2>/dev/null || true
    sleep 0.1
  done
  wait "$GROUP" || true
}

@test "undoes everything when standard input closes and a signal comes meanwhile" {
  start "$PROGRAM" 60
  said held
  exec 4>&-
  tell TERM TERM HUP
  [[ $(paste -sd, "$SAID") == 'held,undone 1,undone 2,undone 3' ]]
}

@test "undoes everything when it is told more than once" {
  start "$PROGRAM" 60
  said held
  tell TERM TERM INT HUP TERM
  exec 4>&-
  [[ $(paste -sd, "$SAID") == 'held,undone 1,undone 2,undone 3' ]]
}

@test "undoes everything when its time is over" {
  start "$PROGRAM" 0.1
  said held
  wait "$GROUP"
  exec 4>&-
  [[ $(paste -sd, "$SAID") == 'held,undone 1,undone 2,undone 3' ]]
}

@test "every program that holds a fault is one of these" {
  local program
  for program in "$NODE"/usr/lib/sip-ha/verify/*; do
    [[ $program != "$HOLD" ]] || continue
    is 0 grep -E '^ +undo_at_end [a-z]+$' "$program"
    is 1 grep -E '^ *trap ' "$program"
  done
}
