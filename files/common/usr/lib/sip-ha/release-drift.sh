# shellcheck shell=bash disable=SC2154
# managed by Pulumi: change files/common/usr/lib/sip-ha/release-drift.sh
#
# Sourced by release: what differs on this machine from what was activated. Reads only.
# One finding a line: KIND<tab>SUBJECT<tab>DETAIL, a difference of files as further lines that begin with a tab.
#   file PATH missing | file PATH MODE OWNER:GROUP, ... | file PATH content
#   package NAME VERSION, ...   unit NAME STATE, ...   daemon NAME STATE, ...   address|route eth1 ...
#   firewall TABLE ...   restart EFFECT ...   account NAME@ADDRESS missing

readonly DIFF_LINES=40

finding() {
  printf '%s\t%s\t%s\n' "$1" "$2" "$3"
}

# file_drift PATH SECRET: of a file that differs
file_drift() {
  local path=$1 mode owner effect from is
  read -r mode owner effect from <<<"${wanted[$path]}"
  if [[ ! -f $ROOT$path || -L $ROOT$path ]]; then
    finding file "$path" missing
    return
  fi
  is=$(stat -c '%04a %U:%G' "$ROOT$path")
  [[ $is == "$mode $owner" ]] || finding file "$path" "is $is, must be $mode $owner"
  cmp -s "$from$path" "$ROOT$path" && return
  if [[ $from == "$2" ]]; then
    finding file "$path" "content differs (not shown: it holds secrets)"
  else
    finding file "$path" "content differs"
    diff -u --label activated --label "$path" "$from$path" "$ROOT$path" | sed -n "1,${DIFF_LINES}s/^/\t/p" || true
  fi
}

files_drift() {
  local path secrets
  secrets=$STAGED/$(field "$CURRENT" secrets)/root
  load_wanted "$(field "$CURRENT" files)" "$(field "$CURRENT" secrets)"
  find_differences
  for path in $(printf '%s\n' "${differing[@]}" | sort); do file_drift "$path" "$secrets"; done
}

packages_drift() {
  local bundle name version installed
  local -a names=()
  local -A have=()
  bundle=$PACKAGES/$(field "$CURRENT" bundle)
  [[ -n $(field "$CURRENT" bundle) && -e $bundle/packages.txt ]] || return 0
  mapfile -t names <"$bundle/packages.txt"
  while read -r name version; do have[$name]=$version; done < <(installed_versions "${names[@]}")
  while read -r name version; do
    installed=${have[$name]-}
    [[ $installed == "$version" ]] || finding package "$name" "is ${installed:-not installed}, must be $version"
  done < <(bundle_versions "$bundle")
  while read -r name version installed; do
    finding package "$name" "is $installed, must be at least $version"
  done < <(older_packages "$bundle")
}

# Only the owner of the group has the floating IP and the default route, and it has no others.
network_drift() {
  local addresses route owner='' wanted_route=''
  [[ ${ROLE-} == node ]] || return 0
  addresses=$(ip -4 -o addr show dev "$PUBLIC_IF" scope global | awk '{ print $4 }' | paste -sd' ')
  route=$(ip -4 route show default | awk '{ print $3 }' | paste -sd' ')
  if [[ " $addresses " == *" $FLOATING_IP/"* ]]; then
    owner="$FLOATING_IP/$FLOATING_PREFIX" wanted_route=$GATEWAY
  fi
  [[ $addresses == "$owner" ]] || finding address "$PUBLIC_IF" "has ${addresses:-none}, must have ${owner:-none}"
  [[ $route == "$wanted_route" ]] || finding route default "is ${route:-none}, must be ${wanted_route:-none}"
}

drift() {
  local effect
  [[ -n $(field "$CURRENT" files) ]] || return 0
  # shellcheck source=/dev/null
  [[ ! -r $ROOT/etc/sip-ha/cluster.env ]] || . "$ROOT/etc/sip-ha/cluster.env"
  files_drift
  packages_drift
  units_drift
  daemons_drift
  network_drift
  bash "${BASH_SOURCE[0]%/*}/firewall" drift
  [[ ! -e $ROOT/etc/sip-ha/database.env ]] || bash "${BASH_SOURCE[0]%/*}/database-apply" drift
  while read -r effect; do finding restart "$effect" "was changed and not restarted"; done < <(owed)
}
