# shellcheck shell=bash
# Sourced by sample.sh: what the sample configuration of OpenSIPS's package takes, its residential script. That is made by m4,
# which a node does not have: sample-bare.cfg and sample-durable.cfg lie beside this program.

# shellcheck disable=SC2034 # for sample.sh
readonly DAEMON=opensips

database_url() {
  sed -n 's/^modparam(".*", "db_url", "\(.*\)")$/\1/p' /etc/opensips/opensips-secrets.cfg
}

template() {
  packaged opensips usr/share/opensips/menuconfig_templates/opensips_residential.m4
}

# Contacts and calls as this project has them, with its indexes; the others as in the package opensips-mysql-dbschema.
schema() {
  cat <<'SQL'
CREATE TABLE version LIKE opensips.version;
INSERT INTO version SELECT * FROM opensips.version;
INSERT INTO version VALUES ('acc', 7), ('missed_calls', 5);
CREATE TABLE location LIKE opensips.location;
CREATE TABLE dialog LIKE opensips.dialog;
CREATE TABLE subscriber (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  username CHAR(64) DEFAULT '' NOT NULL,
  domain CHAR(64) DEFAULT '' NOT NULL,
  password CHAR(64) DEFAULT '' NOT NULL,
  ha1 CHAR(64) DEFAULT '' NOT NULL,
  ha1_sha256 CHAR(64) DEFAULT '' NOT NULL,
  ha1_sha512t256 CHAR(64) DEFAULT '' NOT NULL,
  CONSTRAINT account_idx UNIQUE (username, domain)
) ENGINE=InnoDB;
CREATE TABLE acc (
  id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY NOT NULL,
  method CHAR(16) DEFAULT '' NOT NULL,
  from_tag CHAR(64) DEFAULT '' NOT NULL,
  to_tag CHAR(64) DEFAULT '' NOT NULL,
  callid CHAR(64) DEFAULT '' NOT NULL,
  sip_code CHAR(3) DEFAULT '' NOT NULL,
  sip_reason CHAR(32) DEFAULT '' NOT NULL,
  time DATETIME NOT NULL,
  duration INT UNSIGNED DEFAULT 0 NOT NULL,
  ms_duration INT UNSIGNED DEFAULT 0 NOT NULL,
  setuptime INT UNSIGNED DEFAULT 0 NOT NULL,
  created DATETIME DEFAULT NULL,
  INDEX callid_idx (callid)
) ENGINE=InnoDB;
CREATE TABLE missed_calls LIKE acc;
SQL
}

# What the script asks its operator to customise. Contacts only in the database, calls written as they change.
configure() {
  local address=$1 port=$2 domain=$3 database=$4 work=$5 url
  url=$(database_url)
  install -m 0640 -g opensips "$DIR/sample-$work.cfg" "$DIR/opensips.cfg"
  sed -i -e "s|mysql://opensips:opensipsrw@localhost/opensips|${url%/*}/$database|" \
    -e "s|^socket=udp:.*|socket=udp:$address:$port\nalias=udp:$domain:$port|" \
    -e 's|^mpath=.*|mpath="/usr/lib/x86_64-linux-gnu/opensips/modules/"|' \
    -e "s|\"fifo_name\", \".*\"|\"fifo_name\", \"$DIR/fifo\"|" \
    -e 's|single-instance-sql-write-back|sql-only|' \
    -e 's|^\(modparam("dialog", "db_mode",\) 2)|\1 1)|' "$DIR/opensips.cfg"
}

command_line() {
  printf '%s\n' /usr/sbin/opensips -P "$DIR/sample.pid" -f "$DIR/opensips.cfg" -m 64 -M 8
}
