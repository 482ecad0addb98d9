# shellcheck shell=bash
# Sourced by sample.sh: what the sample configuration of Kamailio's package takes.

# shellcheck disable=SC2034 # for sample.sh
readonly DAEMON=kamailio
readonly TABLES=/usr/share/kamailio/mysql

database_url() {
  sed -n 's/^#!define DATABASE_URL "\(.*\)"$/\1/p' /etc/kamailio/kamailio-secrets.cfg
}

template() {
  :
}

schema() {
  cat "$TABLES"/{standard,usrloc,auth_db,acc,dialog}-create.sql
  for table in acc missed_calls; do
    packaged kamailio etc/kamailio/kamailio.cfg | sed -n "/^ *ALTER TABLE $table ADD/p"
  done
}

# What the sample reads of its operator; one line each is changed where it offers no switch.
configure() {
  local address=$1 port=$2 domain=$3 database=$4 work=$5 url
  url=$(database_url)
  packaged kamailio etc/kamailio/kamailio.cfg >"$DIR/kamailio.cfg"
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

command_line() {
  printf '%s\n' /usr/sbin/kamailio -P "$DIR/sample.pid" -f "$DIR/kamailio.cfg" -m 64 -M 8
}
