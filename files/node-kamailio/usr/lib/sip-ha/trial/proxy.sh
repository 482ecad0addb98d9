# shellcheck shell=bash
# managed by Pulumi: change files/node-kamailio/usr/lib/sip-ha/trial/proxy.sh
#
# Sourced by prove: what a trial of Kamailio takes. TRIAL is what the namespaces see as /run.

readonly PROXY_CONFIG=files/node-kamailio/etc/kamailio/kamailio.cfg

as_proxy() {
  setpriv --reuid=kamailio --regid=kamailio --clear-groups --no-new-privs --bounding-set=-all "$@"
}

# proxy_assemble FILES SECRETS: outside of the namespaces
proxy_assemble() {
  local files=$1 secrets=$2
  install -d -m 0750 -o kamailio -g kamailio "$TRIAL/kamailio"
  cp -r "$files/etc/kamailio" "$TRIAL/etc/kamailio"
  chmod -R u=rwX,go=rX "$TRIAL/etc" "$TRIAL/lib"
  # the look-ups of the trial use the account that may only read; the proxy's own only logs in
  install -m 0640 -g kamailio "$secrets/etc/kamailio/kamailio-probe.cfg" "$TRIAL/etc/kamailio/kamailio-secrets.cfg"
  install -m 0640 -g kamailio "$secrets/etc/kamailio/kamailio-secrets.cfg" "$TRIAL/lib/kamailio-secrets.cfg"
  assemble_tls_key "$secrets"
}

# The key lies with the secrets; absent without TLS.
assemble_tls_key() {
  local key=$1/etc/kamailio/tls/key.pem
  [[ ! -e $key ]] || install -m 0640 -g kamailio "$key" "$TRIAL/etc/kamailio/tls/key.pem"
}

proxy_mounts() {
  mount --bind "$TRIAL/etc/kamailio" /etc/kamailio
}

proxy_check() {
  check_syntax
  check_handlers
}

check_syntax() {
  local way
  for way in WITH_DATABASE WITHOUT_DATABASE; do
    as_proxy kamailio -c -A "$way" -f /etc/kamailio/kamailio.cfg >/run/syntax.log 2>&1 ||
      fail "kamailio refuses the staged kamailio.cfg, $way" "correct $PROXY_CONFIG" /run/syntax.log
  done
}

# Kamailio takes a handler that does not exist for an empty one.
check_handlers() {
  local file=/etc/kamailio/kamailio.cfg kind name
  while IFS='"' read -r kind name _; do
    kind=${kind#t_on_}
    kind=${kind/reply/onreply}
    grep -Fq "${kind%(}_route[$name]" "$file" ||
      fail "kamailio.cfg arms ${kind%(}_route[$name], which it does not have" "correct $PROXY_CONFIG"
  done < <(grep -oE '^[^#]*t_on_(branch|failure|reply)\("[^"]*"' "$file" | grep -oE 't_on_.*')
}

# The proxy's account reaches the database: the start connects and reads one version number, and no route uses it.
proxy_account() {
  as_proxy timeout 4 kamailio -E -f /run/lib/account.cfg -P /run/kamailio/account.pid -m 16 -M 4 >/run/account.log 2>&1 ||
    fail "the proxy's account cannot use the database at $DATABASE_HOST:$DATABASE_PORT" \
      "check that the database runs and holds the account of kamailio-secrets.cfg (database-apply)" /run/account.log
}

# proxy_start COMMAND...: returns when every worker is ready
proxy_start() {
  as_proxy timeout 4 "$@" -E
}

proxy_reaches_relay() {
  local ask=(kamcmd -s unix:/run/kamailio/kamailio_ctl)
  case $RELAY in
    rtpproxy) [[ $("${ask[@]}" rtpproxy.list) == *'disabled: 0'* ]] ;;
    rtpengine) [[ $("${ask[@]}" rtpengine.show all) == *'disabled: 0'* ]] ;;
    mediaproxy) as_proxy test -w /run/mediaproxy/dispatcher.sock ;;
    none) ;;
  esac
}
