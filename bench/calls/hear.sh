#!/bin/bash
# What the phones hear from the cluster, for some seconds, on the caller's machine:
#   hear.sh FLOATING_IP SIP_PORT SECONDS
# A line for each stream of sound: STREAM FIRST LAST GAP (seconds; the longest gap between two
# packets); a line for each call whose BYE was answered with 200: BYE CALL_ID.
set -euo pipefail

readonly FLOATING_IP=$1 SIP_PORT=$2 SECONDS_LONG=$3

DIRECTORY=$(mktemp -d)
trap 'rm -rf "$DIRECTORY"' EXIT

# ends with 124: that is the end
listen() {
  timeout "$SECONDS_LONG" tcpdump -n -i any -B 16384 -Z root "$@" 2>/dev/null || [[ $? -eq 124 ]]
}

listen -s 64 -w "$DIRECTORY/sound" "src host $FLOATING_IP and udp and not port $SIP_PORT" &
listen -s 1500 -w "$DIRECTORY/sip" "src host $FLOATING_IP and udp port $SIP_PORT"
wait

tcpdump -n -tt -r "$DIRECTORY/sound" 2>/dev/null | awk '
  {
    for (i = 2; i <= NF && $i != "IP"; i++);
    stream = $(i + 1) $(i + 2) $(i + 3)
    if (!(stream in first)) first[stream] = $1
    else if ($1 - last[stream] > gap[stream]) gap[stream] = $1 - last[stream]
    last[stream] = $1
  }
  END {
    for (stream in first)
      printf "STREAM %.3f %.3f %.3f\n", first[stream], last[stream], gap[stream]
  }'
tshark -n -r "$DIRECTORY/sip" -d "udp.port==$SIP_PORT,sip" -Y 'sip.CSeq.method == "BYE" && sip.Status-Code == 200' \
  -T fields -e sip.Call-ID 2>/dev/null | sort -u | sed 's/^/BYE /'
