#!/usr/bin/env bats
# The program that keeps a stage text on a bare host.

load setup

setup() {
  STATE=$BATS_TEST_TMPDIR/state
}

receive() {
  STAGE_SUDO="" STAGE_STATE=$STATE sh -c "$(<"$PROJECT/files/stage/receive.sh")"
}

given() {
  printf "$1" | receive
}

@test "its inner program is clean for shellcheck" {
  sed -n "/<<'PROGRAM'/,/^PROGRAM/p" "$PROJECT/files/stage/receive.sh" | sed '1d;$d' |
    if command -v shellcheck >/dev/null; then shellcheck --shell=bash -e SC2154 -; else skip "shellcheck is not installed"; fi
}

@test "keeps files byte for byte, readable by root alone, and prints the sha256 of the text" {
  text='/etc/a/b.conf 0644 root:root none\n| hello  \\\\x $HOME\n|\n|   lead\n/usr/lib/c 0755 root:root proxy\n| #!/bin/sh\n/z 0600 no:body engine\n'
  is 0 given "$text"
  [[ $output == $(printf "$text" | sha256sum | cut -d' ' -f1) ]]
  staged=$STATE/staged/$output
  printf 'hello  \\\\x $HOME\n\n  lead\n' | cmp - "$staged/root/etc/a/b.conf"
  [[ ! -s $staged/root/z ]]
  [[ $(stat -c %a "$staged" "$staged/root/etc/a" "$staged/root/etc/a/b.conf" "$staged/root/usr/lib/c" | paste -sd,) == 700,700,600,700 ]]
  printf '%s\n' '/etc/a/b.conf 0644 root:root none' '/usr/lib/c 0755 root:root proxy' '/z 0600 no:body engine' |
    cmp - "$staged/manifest"
}

@test "receives the same text twice, and nothing at all" {
  is 0 given '/a 0644 root:root none\n| x\n'
  is 0 given '/a 0644 root:root none\n| x\n'
  [[ $(ls "$STATE/staged" | wc -l) -eq 1 ]]
  is 0 given ''
  [[ -e $STATE/staged/$output/manifest ]]
}

@test "rejects text that was cut off or is no stage text, and leaves nothing behind" {
  for text in '/etc/a 0644 root:root none\n| cut' '| x\n' '\n' '/a 644 root:root none\n' 'a 0644 root:root none\n' \
    '/../a 0644 root:root none\n' '/a 0644 root none\n' '/a 0644 root:root reboot\n' '/a 0644 root:root\n' \
    '/a 0644 root:root none more\n' '/a 0644 root:root none\n/a 0644 root:root none\n' \
    '/a 0644 root:root none\n/a/b 0644 root:root none\n'; do
    is 1 given "$text"
    has "stage: line"
    [[ -z $(ls -A "$STATE/staged") ]]
  done
}

@test "keeps the newest texts, and those that are in service" {
  is 0 given '/in-service 0644 root:root none\n'
  kept=$output
  printf '{"files":"%s"}\n' "$kept" >"$STATE/current.json"
  touch -d yesterday "$STATE/staged/$kept"
  for number in $(seq 12); do
    is 0 given "/n$number 0644 root:root none\n"
    touch -d "1 hour ago $number min" "$STATE/staged/$output"
  done
  [[ -e $STATE/staged/$kept ]]
  [[ $(ls "$STATE/staged" | wc -l) -eq 9 ]]
}

@test "sweeps what was cut off an hour ago, and nothing that is coming" {
  mkdir -p "$STATE/staged/.incoming-old/root" "$STATE/staged/.incoming-young"
  touch -d "61 min ago" "$STATE/staged/.incoming-old"
  is 0 given '/a 0644 root:root none\n'
  [[ ! -e $STATE/staged/.incoming-old && -e $STATE/staged/.incoming-young ]]
}

# Two texts come to a host at once, its files and its secrets: what one is still receiving may be gone when the other looks.
@test "is not disturbed by a text that another one has just received" {
  mkdir -p "$STATE/staged"
  (while [[ -d $STATE/staged ]]; do mkdir -p "$STATE/staged/.incoming-other"{1..40} && rmdir "$STATE/staged/.incoming-other"*; done) 2>/dev/null &
  other=$!
  for number in $(seq 40); do
    is 0 given "/n$number 0644 root:root none\n" || break
  done
  kill "$other"
  wait "$other" || true
  [[ $status -eq 0 && $number -eq 40 ]]
}

@test "takes one text at a time: what one finds there is not pruned by another" {
  is 0 given '/a 0644 root:root none\n'
  exec 8<"$STATE/staged"
  flock 8
  export -f receive
  export STATE PROJECT
  is 124 timeout 1 bash -c "printf '/b 0644 root:root none\n' | receive"
  [[ $(ls "$STATE/staged" | wc -l) -eq 1 ]]
  exec 8<&-
  is 0 given '/b 0644 root:root none\n'
  [[ $(ls "$STATE/staged" | wc -l) -eq 2 ]]
}
