#!/bin/bash
# The phones of the throughput bench, on the caller: CONCURRENT of them at any moment, each begins anew when it is done.
# Users come from users.csv beside this program (injection file of SIPp). Prints how many milliseconds it took.
#
#   load.sh register ADDRESS PORT DOMAIN COUNT CONCURRENT
#   load.sh invite ADDRESS PORT DOMAIN COUNT CONCURRENT CALLEE    calls without a session description, hung up at once
#   load.sh answer ADDRESS    starts the called phone, at port 5092
#   load.sh stop      ends it
set -euo pipefail

readonly DIR=/run/sip-ha-bench
readonly UNIT=sip-ha-bench-answer.service
readonly CALLEE_PORT=5092

own_address() {
  ip -4 -o route get "$1" | sed -n 's/.* src \([0-9.]*\).*/\1/p'
}

run() {
  local scenario=$1 address=$2 port=$3 domain=$4 count=$5 concurrent=$6 began
  shift 6
  began=$(date +%s%3N)
  sipp "$address:$port" -sf "$scenario" -inf "$DIR/users.csv" -i "$(own_address "$address")" -p 5091 -nostdin \
    -key domain "$domain" -m "$count" -l "$concurrent" -r 20000 -deadcall_wait 0 -timeout 30s -timeout_error -max_retrans 4 "$@" \
    >"$DIR/screen" 2>&1 || {
    grep -a -A 1 'Failed call\|Unexpected' "$DIR/screen" | tail -n 4 >&2
    exit 1
  }
  echo $(($(date +%s%3N) - began))
}

main() {
  local verb=${1:?register, invite, answer or stop}
  shift
  case $verb in
    register) run /usr/lib/sip-ha/verify/register.xml "$@" -key contact_port "$CALLEE_PORT" -key expires 3600 ;;
    invite) run "$DIR/invite.xml" "${@:1:5}" -key callee "$6" ;;
    answer)
      main stop && cd "$DIR"
      systemd-run --quiet --collect --unit="$UNIT" --property=RuntimeMaxSec=900 \
        sipp -sf "$DIR/answer.xml" -nostdin -deadcall_wait 0 -i "$(own_address "$1")" -p "$CALLEE_PORT"
      ;;
    stop) systemctl stop "$UNIT" 2>/dev/null || true ;;
    *) exit 2 ;;
  esac
}

main "$@"
