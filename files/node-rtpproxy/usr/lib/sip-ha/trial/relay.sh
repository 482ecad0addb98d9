# shellcheck shell=bash
# managed by Pulumi: change files/node-rtpproxy/usr/lib/sip-ha/trial/relay.sh
#
# Sourced by prove: what a trial of RTPproxy takes. TRIAL is what the namespaces see as /run.

readonly RELAY_CONFIG=files/node-rtpproxy/usr/lib/sip-ha/relay

# relay_assemble FILES SECRETS: outside of the namespaces
relay_assemble() {
  install -d -m 0755 -o nobody "$TRIAL/relay"
  install -m 0755 "$1/usr/lib/sip-ha/relay" "$TRIAL/lib/relay"
  cat "$1/etc/sip-ha/relay.env" >>"$TRIAL/values"
}

# Its own user may not exist before the first release is in place.
relay_start() {
  cd /run/relay
  PYTHONPATH=/opt/sip-ha/python exec setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs \
    --bounding-set=-all python3 -S /run/lib/relay "$MEDIA_ADDRESS" "$MEDIA_PORT_MIN-$MEDIA_PORT_MAX"
}

relay_ready() {
  /run/lib/relay-answers
}
