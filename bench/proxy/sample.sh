#!/bin/bash
# Runs the sample configuration of Kamailio's package on a node, beside its proxy, at a port of its own: as it is delivered,
# with the switches that it offers for MySQL, authentication and a persistent location table. That table is kept as this
# project keeps it, in the database only (db_mode 3).
#
#   sample.sh account                       prints the account that the node's proxy has at the database
#   sample.sh schema                        prints the SQL of the tables that the package has for it
#   sample.sh start ADDRESS PORT DOMAIN DATABASE bare|durable   durable: calls and their accounting in the database, too
#   sample.sh stop
set -euo pipefail

readonly UNIT=sip-ha-bench-sample.service
readonly DIR=/run/sip-ha-bench
readonly PACKAGED=/usr/share/kamailio/mysql

database_url() {
  sed -n 's/^#!define DATABASE_URL "\(.*\)"$/\1/p' /etc/kamailio/kamailio-secrets.cfg
}

account() {
  local url
  url=$(database_url)
  url=${url#mysql://}
  echo "${url%%:*}"
}

schema() {
  cat "$PACKAGED"/{standard,usrloc,auth_db,acc,dialog}-create.sql
  for table in acc missed_calls; do
    sed -n "/^ *ALTER TABLE $table ADD/p" "$DIR/kamailio.cfg"
  done
}

unpack() {
  local bundle
  bundle=/var/lib/sip-ha/packages/$(</var/lib/sip-ha/installed-bundle)
  install -d -o kamailio -g kamailio -m 0750 "$DIR"
  dpkg-deb --fsys-tarfile "$bundle"/kamailio_*.deb | tar -xO ./etc/kamailio/kamailio.cfg >"$DIR/kamailio.cfg"
}

# What the sample reads of its operator; one line each is changed where it offers no switch.
configure() {
  local address=$1 port=$2 domain=$3 database=$4 work=$5 url
  url=$(database_url)
  (
    umask 027
    cat >"$DIR/kamailio-local.cfg" <<CFG
#!define WITH_MYSQL
#!define WITH_AUTH
#!define WITH_USRLOCDB
#!define DBURL "${url%/*}/$database"
listen=udp:$address:$port
alias="$domain"
auto_aliases=no
dns=no
rev_dns=no
disable_tcp=yes
CFG
    [[ $work == bare ]] || echo '#!define WITH_ACCDB' >>"$DIR/kamailio-local.cfg"
  )
  chgrp -R kamailio "$DIR"
  sed -i -e 's/^\(modparam("usrloc", "db_mode",\) 2)/\1 3)/' \
    -e "s|^loadmodule \"ctl.so\"|&\nmodparam(\"ctl\", \"binrpc\", \"unix:$DIR/ctl\")|" \
    -e "s|^loadmodule \"jsonrpcs.so\"|&\nmodparam(\"jsonrpcs\", \"transport\", 0)|" "$DIR/kamailio.cfg"
  [[ $work == bare ]] || keep_dialogs
}

# As the dialog module's documentation has it.
keep_dialogs() {
  sed -i -e 's|^loadmodule "acc.so"|&\nloadmodule "dialog.so"\nmodparam("dialog", "db_url", DBURL)\nmodparam("dialog", "db_mode", 1)|' \
    -e 's|^\t\tsetflag(FLT_ACC); # do accounting$|&\n\t\tdlg_manage();|' \
    -e 's|^\(modparam("rr", "append_fromtag",\) 0)|\1 1)|' "$DIR/kamailio.cfg"
}

start() {
  stop
  unpack
  configure "$@"
  systemd-run --quiet --collect --unit="$UNIT" --property=Type=forking --property=PIDFile="$DIR/kamailio.pid" \
    --property=User=kamailio --setenv=TZ=UTC --property=RuntimeMaxSec=600 \
    /usr/sbin/kamailio -P "$DIR/kamailio.pid" -f "$DIR/kamailio.cfg" -m 64 -M 8
}

stop() {
  systemctl stop "$UNIT" 2>/dev/null || true
}

main() {
  local verb=${1:?account, schema, start or stop}
  shift
  case $verb in
    schema) unpack && schema ;;
    account | start | stop) "$verb" "$@" ;;
    *) exit 2 ;;
  esac
}

main "$@"
