#!/bin/bash
# managed by Pulumi: change files/node/usr/lib/sip-ha/verify/hold.sh
#
# Sourced by the programs here that hold a fault until they are told to end. They are told in more than one way at once:
# standard input closes, and a signal comes to them and to whatever they have just started.

# undo_at_end FUNCTION: it runs once, however the program ends, and whole: nothing ends it or what it starts
undo_at_end() {
  # shellcheck disable=SC2064 # the name of the function is known now
  trap "trap '' HUP INT TERM PIPE; $1" EXIT
  trap 'exit 1' HUP INT TERM PIPE
}

# until_told SECONDS: standard input closes, or so many seconds have passed
until_told() {
  read -r -t "$1" || true
  trap '' HUP INT TERM PIPE
}
