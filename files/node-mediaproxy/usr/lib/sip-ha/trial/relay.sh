# shellcheck shell=bash
# managed by Pulumi: change files/node-mediaproxy/usr/lib/sip-ha/trial/relay.sh
#
# Sourced by prove: what a trial of MediaProxy takes. TRIAL is what the namespaces see as /run. The dispatcher alone
# is tried: the relay would set rules in the kernel, and it is the dispatcher that the proxy talks to.

readonly RELAY_CONFIG=render/relay.ts

# relay_assemble FILES SECRETS: outside of the namespaces
relay_assemble() {
  install -d -m 0755 -o nobody "$TRIAL/mediaproxy" "$TRIAL/relay"
  install -d -m 0755 "$TRIAL/etc/mediaproxy"
  install -m 0644 "$1/etc/mediaproxy/config.ini" "$TRIAL/etc/mediaproxy/config.ini"
  MEDIAPROXY_TLS=$TRIAL/etc/mediaproxy/tls bash "$1/usr/lib/sip-ha/mediaproxy-certificates" nobody
}

relay_start() {
  mount --bind "$TRIAL/etc/mediaproxy" /etc/mediaproxy
  umask 0000
  exec setpriv --reuid=nobody --regid=nogroup --clear-groups --no-new-privs --bounding-set=-all \
    /usr/bin/media-dispatcher --no-fork --runtime-dir /run/mediaproxy
}

relay_ready() {
  [[ -S /run/mediaproxy/dispatcher.sock ]]
}
