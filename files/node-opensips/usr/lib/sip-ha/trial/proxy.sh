# shellcheck shell=bash
# managed by Pulumi: change files/node-opensips/usr/lib/sip-ha/trial/proxy.sh
#
# Sourced by prove: what a trial of OpenSIPS takes. TRIAL is what the namespaces see as /run.

readonly PROXY_CONFIG=files/node-opensips/etc/opensips/edge.cfg

as_proxy() {
  setpriv --reuid=opensips --regid=opensips --clear-groups --no-new-privs --bounding-set=-all "$@"
}

# proxy_assemble FILES SECRETS: outside of the namespaces
proxy_assemble() {
  local files=$1 secrets=$2
  install -d -m 0750 -o opensips -g opensips "$TRIAL/opensips"
  install -d -m 0755 "$TRIAL/systemd" "$TRIAL/systemd/journal"
  cp -r "$files/etc/opensips" "$TRIAL/etc/opensips"
  chmod -R u=rwX,go=rX "$TRIAL/etc" "$TRIAL/lib"
  # the look-ups of the trial use the account that may only read; the proxy's own only logs in
  install -m 0640 -g opensips "$secrets/etc/opensips/opensips-probe.cfg" "$TRIAL/etc/opensips/opensips-secrets.cfg"
  install -m 0640 -g opensips "$secrets/etc/opensips/opensips-secrets.cfg" "$TRIAL/lib/opensips-secrets.cfg"
  assemble_tls_key "$secrets"
}

# Certificate and key lie with the secrets; absent without TLS.
assemble_tls_key() {
  local table=$1/etc/opensips/tls/tls_mgm
  [[ ! -e $table ]] || install -m 0640 -g opensips "$table" "$TRIAL/etc/opensips/tls/tls_mgm"
}

proxy_mounts() {
  mount --bind "$TRIAL/etc/opensips" /etc/opensips
}

proxy_check() {
  local way
  for way in opensips without-database; do
    as_proxy opensips -C -f "/etc/opensips/$way.cfg" >/run/syntax.log 2>&1 ||
      fail "opensips refuses the staged $way.cfg" "correct $PROXY_CONFIG" /run/syntax.log
  done
}

# The proxy's account reaches the database: the start connects and reads one version number, and no route uses it.
proxy_account() {
  as_proxy timeout 4 opensips -f /run/lib/account.cfg -P /run/opensips/account.pid -m 16 -M 4 >/run/account.log 2>&1 ||
    fail "the proxy's account cannot use the database at $DATABASE_HOST:$DATABASE_PORT" \
      "check that the database runs and holds the account of opensips-secrets.cfg (database-apply)" /run/account.log
}

# proxy_start COMMAND...: returns when every worker is ready. After its first words it speaks to the system's log.
proxy_start() {
  socat -u UNIX-RECV:/run/systemd/journal/dev-log,mode=0666 OPEN:/run/proxy.log,append 2>/dev/null &
  until [[ -S /run/systemd/journal/dev-log ]]; do sleep 0.01; done
  as_proxy timeout 4 "$@"
}

proxy_reaches_relay() {
  CLUSTER_ENV=/run/values /run/lib/proxyctl relay-answers
}
