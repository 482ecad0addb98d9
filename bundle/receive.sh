#!/usr/bin/env bash
# Takes a package bundle on a host: unpacks it beside the others, checks it, and only then gives it its name.
# usage: receive.sh check BUNDLE          prints complete or missing
#        receive.sh take BUNDLE BYTES     reads a tar archive on stdin
#        receive.sh prune BUNDLE          removes the others, except those that current.json names
set -euo pipefail

readonly state="${SIP_HA_ROOT:-}/var/lib/sip-ha"
readonly packages="$state/packages"

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

check() {
  if [[ -e "$packages/$1/.complete" ]]; then
    echo complete
  else
    echo missing
  fi
}

# Unpacking needs the archive's size, installing about four times as much.
require_space() {
  local needed=$(($1 * 5)) free
  free="$(df --output=avail -B1 "$packages" | tail -n 1)"
  ((free >= needed)) || fail "$packages has $free bytes free, $needed are needed: make room there"
}

take() {
  local bundle="$1" incoming="$packages/.incoming-$1"
  rm -rf "$incoming"
  require_space "$2"
  mkdir "$incoming"
  tar --extract --no-same-owner --directory "$incoming"
  (cd "$incoming" && [[ -s SHA256SUMS ]] && sha256sum --check --quiet --strict SHA256SUMS) ||
    fail "the bundle arrived incomplete or damaged: run again"
  touch "$incoming/.complete"
  rm -rf "${packages:?}/$bundle"
  sync --file-system "$packages"
  mv "$incoming" "$packages/$bundle"
}

prune() {
  local directory name
  for directory in "$packages"/* "$packages"/.incoming-*; do
    name="$(basename "$directory")"
    [[ -d "$directory" && "$name" != "$1" ]] || continue
    grep -qsF "$name" "$state/current.json" || rm -rf "$directory"
  done
}

main() {
  [[ "${2:-}" =~ ^[0-9a-f]{64}$ ]] || fail "bundle '${2:-}' is no sha256"
  install -d -m 0755 "$packages"
  exec 9>"$packages/.lock"
  flock --wait 300 9 || fail "another delivery holds $packages/.lock for over 300 s: end it and run again"
  case "$1" in
    check | take | prune) "$@" ;;
    *) fail "unknown verb '$1'" ;;
  esac
}

main "$@"
