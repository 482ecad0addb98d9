#!/bin/sh
# Receives the stage text of one release on standard input and keeps it under /var/lib/sip-ha/staged/<sha256>/.
# Nothing in service changes. Prints the sha256 of the text.
# Runs on a bare host by an ordinary user's login shell: only Debian's essential packages, bash and sudo.
# STAGE_SUDO and STAGE_STATE exist for the tests.
set -eu

program=$(
  cat <<'PROGRAM'
set -euo pipefail
umask 077
shopt -s nullglob

readonly STATE=$1
readonly STAGED=$STATE/staged
readonly KEEP=8

die() {
  printf 'stage: %s\n' "$*" >&2
  exit 1
}

# header NUMBER PATH MODE OWNER EFFECT...: refuses what release would stumble over later
header() {
  local number=$1 path=${2-} mode=${3-} owner=${4-} effect=${5-}
  [[ $# -eq 5 ]] || die "line $number: expected PATH MODE OWNER EFFECT"
  [[ $path =~ ^(/[A-Za-z0-9._@+-]+)+$ && ! $path =~ /\.\.?(/|$) ]] || die "line $number: not an absolute plain path: $path"
  [[ $mode =~ ^[0-7]{4}$ ]] || die "line $number: mode must be four octal digits, got $mode"
  [[ $owner =~ ^[a-z_][a-z0-9_-]*:[a-z_][a-z0-9_-]*$ ]] || die "line $number: owner must be user:group, got $owner"
  [[ $effect =~ ^(none|proxy|relay|tls|engine|database|time)$ ]] || die "line $number: unknown effect: $effect"
  [[ ! -e $work/root$path ]] || die "line $number: $path occurs twice"
}

# unpack TEXT: writes root/ and manifest beside it
unpack() {
  local line number=0 open=
  local -a field
  while IFS= read -r line; do
    number=$((number + 1))
    case $line in
      '| '* | '|')
        [[ -n $open ]] || die "line $number: content before the first header"
        line=${line#|}
        printf '%s\n' "${line# }" >&5
        ;;
      *)
        read -ra field <<<"$line"
        header "$number" "${field[@]}"
        mkdir -p "$work/root${field[0]%/*}" || die "line $number: ${field[0]} lies below another file"
        exec 5>"$work/root${field[0]}" || die "line $number: cannot write ${field[0]}"
        # the release program runs from here
        [[ ${field[1]} != ?7?? ]] || chmod 0700 "$work/root${field[0]}"
        open=yes
        printf '%s\n' "$line" >>"$work/manifest"
        ;;
    esac
  done <"$1"
  [[ -z ${line-} ]] || die "line $((number + 1)): no newline at the end; the text was cut off"
}

# All that is not current, previous or among the newest goes.
prune() {
  local directory name position=0
  while IFS= read -r directory; do
    name=${directory%/}
    name=${name##*/}
    position=$((position + 1))
    [[ $position -le $KEEP ]] && continue
    grep -qsF "$name" "$STATE/current.json" "$STATE/pending.json" && continue
    rm -rf "${STAGED:?}/$name"
  done < <(ls -1dt "$STAGED"/*/)
}

# What was cut off an hour ago goes. Another text may be coming at this moment, and its directory may vanish under one's eyes.
sweep() {
  local left
  for left in "$STAGED"/.incoming-*; do
    [[ -z $(find "$left" -maxdepth 0 -mmin +60 2>/dev/null) ]] || rm -rf "$left"
  done
}

main() {
  local text sha
  mkdir -p "$STAGED"
  chmod 0700 "$STATE" "$STAGED"
  sweep
  work=$(mktemp -d "$STAGED/.incoming-XXXXXXXX")
  trap 'rm -rf "$work" "$work.text"' EXIT
  text=$work.text
  cat >"$text"
  sha=$(sha256sum <"$text")
  sha=${sha%% *}
  # from here on one text at a time: what is found another one could be pruning
  exec 9<"$STAGED"
  flock --wait 60 9 || die "another text has been coming for 60 s; run again"
  if [[ -d $STAGED/$sha ]]; then
    touch "$STAGED/$sha"
  else
    mkdir "$work/root"
    : >"$work/manifest"
    unpack "$text"
    sync -f "$work/manifest"
    mv -T "$work" "$STAGED/$sha"
  fi
  prune
  printf '%s\n' "$sha"
}

main
PROGRAM
)
exec ${STAGE_SUDO-sudo} bash -c "$program" stage "${STAGE_STATE-/var/lib/sip-ha}"
