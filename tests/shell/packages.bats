#!/usr/bin/env bats
# Packages of a bundle: which are too old, and which daemons have to be started anew for them.

load setup

setup() {
  use_fakes
  export LC_ALL=C
  export RELEASE_ROOT=$BATS_TEST_TMPDIR/root RELEASE_STATE=$BATS_TEST_TMPDIR/state
  bundle=$BATS_TEST_TMPDIR/bundle
  mkdir -p "$bundle"
}

# packages CODE: runs it with the functions of release-packages.sh
packages() {
  run bash -c "set -euo pipefail; ROOT=$RELEASE_ROOT STATE=$RELEASE_STATE PACKAGES=$BATS_TEST_TMPDIR
    . '$PROJECT/files/common/usr/lib/sip-ha/release-packages.sh'; $1"
  [[ $status -eq 0 ]] || printf '%s\n' "$output" >&2
}

# installed NAME PROVIDES DEPENDS: as dpkg-query tells it
installed() {
  printf 'installed\t%s\t%s\t, %s\n' "$@" >>"$BATS_TEST_TMPDIR/installed"
}

# effects CHANGED...: of an installation that brings another version of these
effects() {
  local before after
  before=$(printf '%s 1 installed\n' base "$@" | sort)
  after=$({ printf 'base 1 installed\n' && printf '%s 2 installed\n' "$@"; } | grep -v '^ ' | sort)
  packages "dpkg-query() { cat '$BATS_TEST_TMPDIR/installed'; }; package_effects '$before' '$after'"
}

@test "a package of a daemon has it started anew" {
  installed kamailio '' 'libc6 (>= 2.36)'
  effects kamailio-mysql-modules
  [[ $output == proxy ]]
  effects wheels chrony
  [[ $output == $'relay\ntime' ]]
}

@test "a library has those daemons started anew that need it, however far away" {
  installed kamailio-mysql-modules '' 'kamailio (= 5.6), libmariadb3 (>= 3.0), libc6'
  installed libmariadb3 '' 'libssl3 (>= 3.0.0), zlib1g:amd64'
  installed libssl3 'libssl' 'libc6 (>= 2.34)'
  installed libc6 '' 'libgcc-s1'
  installed libgcc-s1 '' 'gcc-12-base, libc6'
  installed heartbeat '' 'libplumb2, adduser, libuuid1'
  installed mariadb-server-core '' 'libpcre2-8-0 | libpcre3, libvirtual'
  installed liburing2 'libvirtual (= 1)' ''
  effects libssl3
  [[ $output == proxy ]]
  effects libuuid1
  [[ $output == engine ]]
  effects liburing2
  [[ $output == database-packages ]]
  effects libpcre3 libuuid1
  [[ $output == $'database-packages\nengine' ]]
}

@test "nothing is started anew for what a daemon has not in memory, or for nothing" {
  installed kamailio '' 'adduser, libc6'
  installed adduser '' 'libperl5.36'
  installed tcpdump '' 'libpcap0.8'
  effects tcpdump libpcap0.8 libperl5.36 adduser
  [[ -z $output ]]
  effects
  [[ -z $output ]]
}

@test "a package that others need is too old below the bundle's version, and may be newer" {
  printf 'coreutils\n' >"$bundle/packages.txt"
  printf 'Package: %s\nVersion: %s\n\n' coreutils 999 bash 999 dpkg 0.1 no-such-package 2 >"$bundle/Packages"
  packages "older_packages '$bundle'"
  [[ $output == "bash 999 $(dpkg-query -W -f '${Version}' bash)" ]]
}

@test "a package that the operator holds is not too old" {
  : >"$bundle/packages.txt"
  printf 'Package: %s\nVersion: %s\n\n' liba 2 libb 2 >"$bundle/Packages"
  packages "dpkg-query() { printf 'ii  liba 1\nhi  libb 1\n'; }; older_packages '$bundle'"
  [[ $output == 'liba 2 1' ]]
}

@test "a bundle with a newer library is not taken for installed" {
  sha=$(printf bundle | sha256sum | cut -d' ' -f1)
  mkdir -p "$RELEASE_STATE"
  printf '%s\n' "$sha" >"$RELEASE_STATE/installed-bundle"
  printf 'coreutils\n' >"$bundle/packages.txt"
  printf 'Package: coreutils\nVersion: %s\n\n' "$(dpkg-query -W -f '${Version}' coreutils)" >"$bundle/Packages"
  packages "installed_already '$bundle' $sha && echo already"
  [[ $output == already ]]
  printf 'Package: bash\nVersion: 999\n\n' >>"$bundle/Packages"
  packages "installed_already '$bundle' $sha || echo not yet"
  [[ $output == 'not yet' ]]
}

# carries BUNDLE NAME VERSION...
carries() {
  local packages=$1/Packages
  shift
  mkdir -p "${packages%/*}"
  printf 'Package: %s\nVersion: %s\n\n' "$@" >"$packages"
}

@test "what an installation has replaced is put back, configured or not, and what the operator made newer stays" {
  carries "$bundle" kamailio 1 libheartbeat2 1 libssl3 1 libc6 1
  carries "$bundle-new" kamailio 2 libheartbeat2 2 libssl3 2 libc6 1 libnew 2
  packages "dpkg-query() { printf '%s\n' 'kamailio 2' 'libheartbeat2 2' 'libssl3 3' 'libc6 1' 'libnew 2' 'bash 5'; }
    replaced_packages '$bundle' '$bundle-new'"
  [[ $output == $'kamailio 1\nlibheartbeat2 1' ]]
}

@test "packages are put back from the former bundle, which is in place again then" {
  sha=$(printf former | sha256sum | cut -d' ' -f1) new=$(printf new | sha256sum | cut -d' ' -f1)
  mkdir -p "$RELEASE_STATE"
  printf '%s\n' "$new" >"$RELEASE_STATE/installed-bundle"
  carries "$BATS_TEST_TMPDIR/$sha" kamailio 1
  carries "$BATS_TEST_TMPDIR/$new" kamailio 2
  printf 'kamailio\n' >"$BATS_TEST_TMPDIR/$sha/packages.txt"
  restore="shopt -s nullglob; is_sha() { [[ \$1 =~ ^[0-9a-f]{64}$ ]]; }; lock() { :; }; write_file() { printf '%s\n' \"\$2\" >\"\$1\"; }
    dpkg-query() { printf 'kamailio 2\n'; }; install_exactly() { echo \"\${1##*/} \$2\"; }; restore_packages $sha $new"
  packages "$restore"
  [[ $output == "$sha kamailio=1"$'\n''{"restored":true}' ]]
  [[ $(cat "$RELEASE_STATE/installed-bundle") == "$sha" ]]
  packages "${restore/kamailio 2/kamailio 1}"
  [[ $output == '{"restored":false}' ]]
}
