# shellcheck shell=bash
# managed by Pulumi: change files/common/usr/lib/sip-ha/release-packages.sh
#
# Sourced by release: installs a delivered bundle.

readonly POLICY=$ROOT/usr/sbin/policy-rc.d
readonly POLICY_MARK='# sip-ha: no daemon starts while packages are installed'

hold_daemons() {
  if [[ -e $POLICY ]] && ! grep -qsxF "$POLICY_MARK" "$POLICY"; then mv -f "$POLICY" "$POLICY.sip-ha-saved"; fi
  printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >"$POLICY"
  chmod 0755 "$POLICY"
}

release_daemons() {
  if [[ -e $POLICY.sip-ha-saved ]]; then
    mv -f "$POLICY.sip-ha-saved" "$POLICY"
  else
    rm -f "$POLICY"
  fi
}

# apt BUNDLE ARGUMENT...: apt-get that knows nothing but the bundle: no source, pin or proxy of the machine's own
apt() {
  local bundle=$1
  shift
  DEBIAN_FRONTEND=noninteractive apt-get -q -y \
    -o Dir::Etc::sourcelist="$bundle/apt/sources.list" -o Dir::Etc::sourceparts=- \
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=- \
    -o Dir::State::lists="$bundle/apt/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
    -o APT::Get::List-Cleanup=false -o APT::Sandbox::User=root -o APT::Install-Recommends=false \
    -o Acquire::Languages=none -o DPkg::Lock::Timeout=60 \
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=false "$@"
}

# Quick answer for a bundle that is already there: the stamp, and dpkg's word for each package and its version.
installed_already() {
  local bundle=$1 sha=$2
  local -a names
  [[ $(cat "$STATE/installed-bundle" 2>/dev/null) == "$sha" ]] || return 1
  mapfile -t names <"$bundle/packages.txt"
  [[ ${#names[@]} -eq 0 ]] && return 0
  [[ $(installed_versions "${names[@]}" | wc -l) -eq ${#names[@]} ]] &&
    [[ -z $(comm -23 <(bundle_versions "$bundle" | sort) <(installed_versions "${names[@]}" | sort)) ]] &&
    [[ -z $(older_packages "$bundle") ]]
}

# bundle_versions BUNDLE: `NAME VERSION` of the packages that were asked for and that the bundle carries
bundle_versions() {
  awk -v RS= -F'\n' '
    NR == FNR { for (i = 1; i <= NF; i++) asked[$i]; next }
    {
      name = version = ""
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^Package: /) name = substr($i, 10)
        if ($i ~ /^Version: /) version = substr($i, 10)
      }
      if (name in asked) print name, version
    }' "$1/packages.txt" "$1/Packages"
}

# older_packages BUNDLE: `NAME VERSION INSTALLED` of what the bundle carries because others need it, where an older one is
# installed. apt takes that for good enough; a newer one is the operator's, and so is one that is held (apt-mark(8)).
older_packages() {
  local name version installed
  local -A have=() asked=()
  local -a carried
  mapfile -t carried < <(awk '$1 == "Package:" { name = $2 } $1 == "Version:" { print name, $2 }' "$1/Packages")
  [[ ${#carried[@]} -gt 0 ]] || return 0
  while read -r name; do asked[$name]=yes; done <"$1/packages.txt"
  while read -r name version; do have[$name]=$version; done < <(
    dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' "${carried[@]%% *}" 2>/dev/null | sed -n 's/^ii *//p'
  )
  while read -r name version; do
    installed=${have[$name]-}
    [[ -z $installed || $installed == "$version" || -n ${asked[$name]-} ]] && continue
    if dpkg --compare-versions "$installed" lt "$version"; then printf '%s %s %s\n' "$name" "$version" "$installed"; fi
  done < <(printf '%s\n' "${carried[@]}")
}

# replaced_packages BUNDLE OTHER: `NAME VERSION` of what BUNDLE carries and OTHER has put its own version of in the place of,
# whether or not that is configured; a version of neither is the operator's
replaced_packages() {
  dpkg-query -W -f '${Package} ${Version}\n' | awk '
    bundle && $1 == "Package:" { name = $2 }
    bundle && $1 == "Version:" { carried[bundle, name] = $2 }
    !bundle && (1, $1) in carried && carried[1, $1] != $2 && carried[2, $1] == $2 { print $1, carried[1, $1] }
  ' bundle=1 "$1/Packages" bundle=2 "$2/Packages" bundle=0 -
}

# installed_versions NAME...: `NAME VERSION` of those that are installed
installed_versions() {
  dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' "$@" 2>/dev/null | sed -n 's/^installed //p'
}

# One supervisor only: the distribution's own unit of a daemon in the group never runs.
mask_units() {
  local unit
  for unit in kamailio opensips rtpengine-daemon mediaproxy-dispatcher mediaproxy-relay redis-server; do
    [[ -e $ROOT/lib/systemd/system/$unit.service ]] || grep -qsx "$unit" "${1-/dev/null}" || continue
    mkdir -p "$ROOT/etc/systemd/system"
    ln -sfn /dev/null "$ROOT/etc/systemd/system/$unit.service"
  done
}

install_debs() {
  local bundle=$1
  local -a names
  mapfile -t names < <(
    cat "$bundle/packages.txt"
    bundle_versions "$bundle" | tr ' ' '='
    older_packages "$bundle" | awk '{ print $1 "=" $2 }'
  )
  [[ ${#names[@]} -eq 0 ]] && return
  install_exactly "$bundle" "${names[@]}"
}

# install_exactly BUNDLE NAME[=VERSION]...
install_exactly() {
  local bundle=$1 log=$1/apt/log
  shift
  mkdir -p "$bundle/apt/lists/partial"
  printf 'deb [trusted=yes] file:%s ./\n' "$bundle" >"$bundle/apt/sources.list"
  mask_units "$bundle/packages.txt"
  trap release_daemons EXIT
  hold_daemons
  # what cannot be configured may be what is replaced
  if ! { { dpkg --configure -a || true; } && apt "$bundle" update && apt "$bundle" --no-install-recommends --allow-downgrades install "$@"; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "packages of bundle ${bundle##*/} do not install; dpkg's and apt's words are above, the whole log is $log"
  fi
  release_daemons
  trap - EXIT
}

# A wheel is unpacked beside the one in use; a symbolic link changes over.
install_wheels() {
  local bundle=$1 sha=$2 wheel target=$ROOT/opt/sip-ha/python-${2:0:12} old
  local -a wheels=("$bundle"/wheels/*.whl)
  [[ ${#wheels[@]} -eq 0 ]] && return
  if [[ ! -d $target ]]; then
    rm -rf "$target.new"
    mkdir -p "$target.new"
    for wheel in "${wheels[@]}"; do
      python3 -m zipfile -e "$wheel" "$target.new" || die "cannot unpack ${wheel##*/}; deliver the bundle again"
    done
    chmod -R u=rwX,go=rX "$target.new"
    mv -T "$target.new" "$target"
  fi
  old=$(readlink "$ROOT/opt/sip-ha/python" || true)
  ln -sfn "${target##*/}" "$ROOT/opt/sip-ha/python.new"
  mv -fT "$ROOT/opt/sip-ha/python.new" "$ROOT/opt/sip-ha/python"
  for wheel in "$ROOT"/opt/sip-ha/python-*; do
    [[ ${wheel##*/} == "${target##*/}" || ${wheel##*/} == "$old" ]] || rm -rf "$wheel"
  done
}

versions() {
  {
    dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n'
    readlink "$ROOT/opt/sip-ha/python" | sed 's/^/wheels /' || true
  } | sort
}

# package_effects BEFORE AFTER: which daemons the changed packages belong to, or are a library of: a daemon has in memory what
# it was started with
package_effects() {
  local changed
  changed=$(comm -3 <(printf '%s\n' "$1") <(printf '%s\n' "$2") | awk '{ print $1 }' | sort -u | paste -sd' ')
  [[ -n $changed ]] || return 0
  dpkg-query -W -f '${db:Status-Status}\t${Package}\t${Provides}\t${Pre-Depends}, ${Depends}\n' | awk -F'\t' -v changed="$changed" '
    function effect(name) {
      if (name ~ /^(kamailio|opensips)/) return "proxy"
      if (name == "wheels" || name ~ /^(rtpengine|mediaproxy)/) return "relay"
      if (name ~ /^(heartbeat|libheartbeat|cluster-glue|libplumb|libpils)/) return "engine"
      if (name ~ /^(mariadb|redis)-server/) return "database-packages"
      return name == "chrony" ? "time" : ""
    }
    # changed itself, or needs a library that is
    function touched(name, i, n, list) {
      if (name in hit) return 1
      if (name in seen) return 0
      seen[name] = 1
      n = split(needs[name], list, " ")
      for (i = 1; i <= n; i++) if (list[i] ~ /^(lib|python3)/ && touched(list[i])) return 1
      n = split(providers[name], list, " ")
      for (i = 1; i <= n; i++) if (touched(list[i])) return 1
      return 0
    }
    function names(text) {
      gsub(/\([^)]*\)|:[a-z0-9]+|[,|]/, " ", text)
      return text
    }
    BEGIN { for (i = split(changed, list, " "); i > 0; i--) { hit[list[i]] = 1; if (effect(list[i])) found[effect(list[i])] = 1 } }
    $1 == "installed" {
      needs[$2] = names($4)
      for (i = split(names($3), list, " "); i > 0; i--) providers[list[i]] = providers[list[i]] " " $2
    }
    END {
      for (name in needs) {
        split("", seen)
        if (effect(name) && !(effect(name) in found) && touched(name)) found[effect(name)] = 1
      }
      for (name in found) print name
    }' | sort -u
}

install_packages() {
  local sha=$1 bundle=$PACKAGES/$1 before after
  local -a effects=()
  is_sha "$sha" || die "install-packages takes the sha256 of a bundle, got $sha"
  [[ -e $bundle/packages.txt ]] || die "bundle $sha is not on this machine; deliver it again"
  lock
  if installed_already "$bundle" "$sha"; then
    printf '{"bundle":"%s","installed":false,"changed":[]}\n' "$sha"
    return
  fi
  before=$(versions)
  install_debs "$bundle"
  install_wheels "$bundle" "$sha"
  after=$(versions)
  mapfile -t effects < <(package_effects "$before" "$after")
  owe "${effects[@]}"
  # no call depends on it
  if [[ " ${effects[*]} " == *" time "* ]]; then systemctl try-restart chrony.service; fi
  write_file "$STATE/installed-bundle" "$sha"
  printf '{"bundle":"%s","installed":true,"changed":%s}\n' "$sha" "$(json_list "${effects[@]}")"
}

# restore_packages BUNDLE OTHER: takes back what the installation of OTHER changed, also one that failed half-way. The
# daemons run with what they were started with, and nothing of the group is started.
restore_packages() {
  local sha=$1 bundle=$PACKAGES/$1 other=$PACKAGES/$2
  local -a names=()
  if ! is_sha "$1" || ! is_sha "$2"; then die "restore-packages takes the sha256 of two bundles, got $*"; fi
  [[ -e $bundle/packages.txt ]] || die "bundle $sha is not on this machine; deliver it again"
  lock
  if [[ -e $other/Packages ]]; then mapfile -t names < <(replaced_packages "$bundle" "$other" | tr ' ' '='); fi
  if [[ ${#names[@]} -eq 0 && $(cat "$STATE/installed-bundle" 2>/dev/null) == "$sha" ]]; then
    printf '{"restored":false}\n'
    return
  fi
  if [[ ${#names[@]} -gt 0 ]]; then install_exactly "$bundle" "${names[@]}"; fi
  install_wheels "$bundle" "$sha"
  write_file "$STATE/installed-bundle" "$sha"
  printf '{"restored":true}\n'
}
