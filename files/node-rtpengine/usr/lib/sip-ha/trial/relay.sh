# shellcheck shell=bash
# managed by Pulumi: change files/node-rtpengine/usr/lib/sip-ha/trial/relay.sh
#
# Sourced by prove: what a trial of rtpengine takes. TRIAL is what the namespaces see as /run.

readonly RELAY_CONFIG=files/node-rtpengine/etc/rtpengine/rtpengine.conf

# relay_assemble FILES SECRETS: outside of the namespaces. The trial itself knows no Redis: it would take over the
# calls of the relay that is in service.
relay_assemble() {
  local files=$1 secrets=$2 said
  install -d -m 0755 -o nobody "$TRIAL/relay"
  cat "$files/etc/rtpengine/rtpengine.conf" "$files/etc/rtpengine/rtpengine-local.conf" >"$TRIAL/lib/rtpengine.conf"
  said=$(bash "$files/usr/lib/sip-ha/relay-store" "$secrets/etc/rtpengine/rtpengine-secrets.conf" 2>&1) ||
    fail "rtpengine could not keep its calls: $said" "look at sip-ha-redis.service on the database machine"
}

relay_start() {
  cd /run/relay
  exec setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs --bounding-set=-all \
    /usr/bin/rtpengine --config-file /run/lib/rtpengine.conf
}

relay_ready() {
  /run/lib/relay-answers
}
