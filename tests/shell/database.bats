#!/usr/bin/env bats
# Accounts of the database: which are dropped, which are missing.

load setup

setup() {
  use_fakes
  export SIP_HA_ETC=$BATS_TEST_TMPDIR
  APPLY=$PROJECT/files/database/usr/lib/sip-ha/database-apply
  wants '10.0.0.11 10.0.0.12'
}

# wants ADDRESSES: of the nodes that shall have accounts
wants() {
  printf "PROXY=kamailio\nPROXY_ACCOUNT=kamailio_2\nPROBE_ACCOUNT=probe_2\nNODE_ADDRESSES='%s'\n" "$1" >"$SIP_HA_ETC/database.env"
}

there_are() {
  printf '%s\n' "$@" >"$FAKE/accounts"
}

readonly WANTED=(kamailio_2@10.0.0.11 kamailio_2@10.0.0.12 probe_2@10.0.0.11 probe_2@10.0.0.12)

@test "drops accounts of other generations, of the other proxy and of nodes that are gone" {
  there_are "${WANTED[@]}" kamailio_1@10.0.0.11 opensips_2@10.0.0.11 probe_2@10.0.0.13
  is 0 "$APPLY" drop
  [[ $(grep -c 'DROP USER' "$FAKE/mariadb-calls") -eq 3 ]]
  grep -Fq "DROP USER 'kamailio_1'@'10.0.0.11'" "$FAKE/mariadb-calls"
  grep -Fq "DROP USER 'opensips_2'@'10.0.0.11'" "$FAKE/mariadb-calls"
  grep -Fq "DROP USER 'probe_2'@'10.0.0.13'" "$FAKE/mariadb-calls"
}

@test "drops no account that a node needs, however long their list is" {
  wants "$(printf '10.0.%d.11 ' {0..250} {0..250} {0..250} {0..250} {0..250})"
  there_are kamailio_2@10.0.0.11 probe_2@10.0.250.11
  is 0 "$APPLY" drop
  ! grep -F 'DROP USER' "$FAKE/mariadb-calls"
}

@test "drops nothing when the server does not answer" {
  rm -f "$FAKE/accounts"
  is 0 "$APPLY" drop
  ! grep -F 'DROP USER' "$FAKE/mariadb-calls"
}

@test "tells a missing account as drift, and none when there are all, or nobody answers" {
  there_are "${WANTED[@]:1}" kamailio_1@10.0.0.11
  is 0 "$APPLY" drift
  [[ $output == $'account\tkamailio_2@10.0.0.11\tmissing' ]]
  there_are "${WANTED[@]}"
  is 0 "$APPLY" drift
  [[ -z $output ]]
  rm "$FAKE/accounts"
  is 0 "$APPLY" drift
  [[ -z $output ]]
}
