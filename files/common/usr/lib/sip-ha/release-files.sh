# shellcheck shell=bash
# managed by Pulumi: change files/common/usr/lib/sip-ha/release-files.sh
#
# Sourced by release: compares staged files with what is in place, and puts them there.

declare -A wanted=() # path -> mode owner effect staged-directory
declare -A known=()  # path -> effect, of files that this program put there
declare -a differing=() removed=()
resumed=

staged() {
  is_sha "$1" || die "expected the sha256 of staged files, got $1"
  [[ -e $STAGED/$1/manifest ]] || die "$1 is not staged on this machine; run the stage step again"
}

load_wanted() {
  local sha path mode owner effect
  for sha in "$@"; do
    while read -r path mode owner effect; do
      [[ -z ${wanted[$path]-} ]] || die "$path is both in the files and in the secrets"
      wanted[$path]="$mode $owner $effect $STAGED/$sha/root"
    done <"$STAGED/$sha/manifest"
  done
}

load_known() {
  local sha path mode owner effect
  for sha in "$(field "$CURRENT" files)" "$(field "$CURRENT" secrets)" "$(field "$BEGUN" files)" "$(field "$BEGUN" secrets)"; do
    [[ -n $sha && -e $STAGED/$sha/manifest ]] || continue
    while read -r path mode owner effect; do known[$path]=$effect; done <"$STAGED/$sha/manifest"
  done
}

# find_differences: two programs for all files, since two for each would take longer than all else in a look for drift
find_differences() {
  local path mode owner effect from
  local -a paths=("${!wanted[@]}")
  local -A there=() sums=()
  if [[ ${#paths[@]} -gt 0 ]]; then read_places; fi
  for path in "${paths[@]}"; do
    read -r mode owner effect from <<<"${wanted[$path]}"
    if [[ ${there[$path]-} != "$mode $owner" || -z ${sums[$from$path]-} || ${sums[$from$path]} != "${sums[$ROOT$path]-}" ]]; then
      differing+=("$path")
    fi
  done
  for path in "${!known[@]}"; do
    if [[ -z ${wanted[$path]-} && -e $ROOT$path ]]; then removed+=("$path"); fi
  done
}

# read_places: `MODE OWNER` of each wanted path that is a regular file, and the sums of those files and of the staged ones
read_places() {
  local type path fields sum
  local -a files=()
  while IFS=$'\t' read -r type fields path; do
    if [[ $type == regular* ]]; then there[${path#"$ROOT"}]=$fields; fi
  done < <(stat --printf '%F\t%04a %U:%G\t%n\n' "${paths[@]/#/"$ROOT"}" 2>/dev/null)
  for path in "${!there[@]}"; do files+=("${wanted[$path]##* }$path" "$ROOT$path"); done
  [[ ${#files[@]} -gt 0 ]] || return 0
  while IFS= read -r -d '' sum; do sums[${sum:66}]=${sum:0:64}; done < <(sha256sum -z "${files[@]}" 2>/dev/null)
}

changed_effects() {
  local path fields
  for path in "${differing[@]}"; do
    read -ra fields <<<"${wanted[$path]}"
    printf '%s\n' "${fields[2]}"
  done
  for path in "${removed[@]}"; do printf '%s\n' "${known[$path]}"; done
}

# place PATH: copied beside its place and renamed, so that no reader ever sees half a file
place() {
  local path=$1 mode owner effect from temporary
  read -r mode owner effect from <<<"${wanted[$path]}"
  temporary=$ROOT${path%/*}/.${path##*/}.sip-ha-new
  mkdir -p "$ROOT${path%/*}"
  (umask 077 && cp "$from$path" "$temporary")
  chown "$owner" "$temporary"
  chmod "$mode" "$temporary"
  sync "$temporary"
  mv -fT "$temporary" "$ROOT$path"
}

# touches PATTERN: whether this swap, or an interrupted one that it takes up again, changes such a path
touches() {
  local path
  [[ -z $resumed ]] || return 0
  for path in "${differing[@]}" "${removed[@]}"; do
    # shellcheck disable=SC2053 # a pattern
    [[ $path == $1 ]] && return 0
  done
  return 1
}

check_owners() {
  local path fields
  for path in "${differing[@]}"; do
    read -ra fields <<<"${wanted[$path]}"
    if ! { getent passwd "${fields[1]%:*}" && getent group "${fields[1]#*:}"; } >/dev/null; then
      die "$path: there is no owner ${fields[1]} on this machine; install the packages first (release install-packages)"
    fi
  done
}

# Accounts come first: other files may belong to them.
place_all() {
  local path
  for path in "${differing[@]}"; do
    if [[ $path == */sysusers.d/* ]]; then place "$path"; fi
  done
  if touches '*/sysusers.d/*'; then systemd-sysusers >&2; fi
  check_owners
  for path in "${differing[@]}"; do
    if [[ $path != */sysusers.d/* ]]; then place "$path"; fi
  done
  for path in "${removed[@]}"; do rm -f "$ROOT$path"; done
}

# What may take effect at once, because no call depends on it.
settle() {
  if touches '*/tmpfiles.d/*'; then systemd-tmpfiles --create >&2 || say "systemd-tmpfiles has complaints, see above"; fi
  if touches '/etc/systemd/system/*'; then systemctl daemon-reload; fi
  apply_sysctl
  settle_network_managers
  mask_units
  enable_units
  if { touches '/etc/chrony/*' || touches '*/chrony.service.d/*'; } && [[ -e $ROOT/lib/systemd/system/chrony.service ]]; then
    systemctl restart chrony.service || die "chrony does not start: $(journalctl -u chrony -n 5 --no-pager -o cat 2>&1)"
  fi
  settle_watcher
  start_units
}

# Those that run learn whose the public card is; neither touches it by reading that.
settle_network_managers() {
  if touches '/etc/systemd/network*' && systemctl -q is-active systemd-networkd.service; then
    if touches '/etc/systemd/networkd.conf.d/*'; then systemctl restart systemd-networkd.service; else networkctl reload; fi
  fi
  if touches '/etc/NetworkManager/*' && systemctl -q is-active NetworkManager.service; then
    systemctl reload NetworkManager.service
  fi
}

# The watcher watches and touches nobody by being started again; it shall never run on yesterday's values.
settle_watcher() {
  local unit=sip-ha-watcher.service
  touches '/usr/lib/sip-ha/watcher/*' || touches "/etc/systemd/system/$unit*" || touches '/etc/sip-ha/*.env' ||
    return 0
  if [[ -e $ROOT/etc/systemd/system/$unit ]]; then
    systemctl restart "$unit" || die "the watcher does not start: $(journalctl -u "$unit" -n 5 --no-pager -o cat 2>&1)"
  elif systemctl -q is-active "$unit"; then
    systemctl stop "$unit"
  fi
}

# In a container some settings are read-only or absent: said, not fatal.
apply_sysctl() {
  local path
  for path in "${!wanted[@]}"; do
    [[ $path == /etc/sysctl.d/* ]] || continue
    sysctl -q -p "$ROOT$path" >&2 || say "$path could not be applied in full on this machine"
  done
}
