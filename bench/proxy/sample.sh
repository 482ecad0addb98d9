#!/bin/bash
# Runs the sample configuration of the proxy's own package on a node, beside its proxy, at a port of its own: as it is
# delivered, with the switches that it offers for MySQL, authentication and a persistent location table. That table is kept as
# this project keeps it, in the database only. What differs between proxies is in sample-PROXY.sh beside this program:
# DAEMON, its user, and `database_url`, `template`, `schema`, `configure` and `command_line`.
#
#   sample.sh PROXY account                 prints the account that the node's proxy has at the database
#   sample.sh PROXY template                prints what the sample is made of by m4; of Kamailio nothing
#   sample.sh PROXY schema                  prints the SQL of the tables that it takes
#   sample.sh PROXY start ADDRESS PORT DOMAIN DATABASE bare|durable   durable: calls and their accounting in the database, too
#   sample.sh PROXY stop
set -euo pipefail

readonly UNIT=sip-ha-bench-sample.service
readonly DIR=/run/sip-ha-bench

# packaged PACKAGE PATH: a file of a package as it is delivered
packaged() {
  local bundle
  bundle=/var/lib/sip-ha/packages/$(</var/lib/sip-ha/installed-bundle)
  dpkg-deb --fsys-tarfile "$bundle/$1"_*.deb | tar -xO "./$2"
}

account() {
  local url
  url=$(database_url)
  url=${url#mysql://}
  echo "${url%%:*}"
}

start() {
  stop
  install -d -o "$DAEMON" -g "$DAEMON" -m 0750 "$DIR"
  configure "$@"
  local words
  mapfile -t words < <(command_line)
  systemd-run --quiet --collect --unit="$UNIT" --property=Type=forking --property=PIDFile="$DIR/sample.pid" \
    --property=User="$DAEMON" --setenv=TZ=UTC --property=RuntimeMaxSec=600 "${words[@]}"
}

stop() {
  systemctl stop "$UNIT" 2>/dev/null || true
}

main() {
  local proxy=${1:?a proxy} verb=${2:?account, template, schema, start or stop}
  shift 2
  # shellcheck source=/dev/null
  . "$DIR/sample-$proxy.sh"
  case $verb in
    account | template | schema | start | stop) "$verb" "$@" ;;
    *) exit 2 ;;
  esac
}

main "$@"
