#!/usr/bin/env bats
# The services of a node run out of memory: for a while, and never the machine.

load setup

setup() {
  use_fakes
  export CGROUPS=$BATS_TEST_TMPDIR/cgroup
  # systemctl show, as faked, answers this for the group's path
  SLICE=$CGROUPS/memory/inactive
  STARVE=$NODE/usr/lib/sip-ha/verify/starve-memory
}

# v1 SLICE_BYTES KILLS
v1() {
  mkdir -p "$SLICE/sip-ha-verify-memory.service"
  echo "$1" >"$SLICE/memory.usage_in_bytes"
  printf 'oom_kill_disable 0\noom_kill %s\n' "$2" >"$SLICE/sip-ha-verify-memory.service/memory.oom_control"
}

@test "the limit is 128 MiB above what is used, and ends with the unit, which ends by itself" {
  v1 1000 3
  is 0 "$STARVE" </dev/null
  [[ $output == starved ]]
  grep -q -- '--property=RuntimeMaxSec=40 .*MemoryMax=134218728 .*ExecStopPost=.*MemoryMax=infinity' "$FAKE/calls"
  [[ $(tail -n 1 "$FAKE/calls") == "stop sip-ha-verify-memory.service" ]]
}

@test "says where it cannot be done, and changes nothing" {
  is 0 "$STARVE" --possible
  [[ $output == "systemd counts no memory of system.slice here" ]]
  is 1 "$STARVE" </dev/null
  ! grep -q systemd-run "$FAKE/calls"
}

@test "says nothing where it can be done, and changes nothing, by either kind of cgroups" {
  v1 1000 0
  is 0 "$STARVE" --possible
  [[ -z $output ]]
  SLICE=$CGROUPS/inactive
  mkdir -p "$SLICE"
  rm -r "$CGROUPS/memory"
  echo 1000 >"$SLICE/memory.current"
  is 0 "$STARVE" --possible
  [[ -z $output ]]
  ! grep -q systemd-run "$FAKE/calls"
}
