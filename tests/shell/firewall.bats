#!/usr/bin/env bats
# The firewall program: new rules on trial, kept or put back.

load setup

setup() {
  use_fakes
  export RELEASE_ROOT=$BATS_TEST_TMPDIR/root RELEASE_STATE=$BATS_TEST_TMPDIR/state
  FIREWALL=$PROJECT/files/common/usr/lib/sip-ha/firewall
  WANTED=$RELEASE_ROOT/etc/sip-ha/firewall.nft
  mkdir -p "${WANTED%/*}"
}

# in_service TEXT: these rules are in force and confirmed
in_service() {
  echo "$1" >"$WANTED"
  is 0 "$FIREWALL" apply 30
  is 0 "$FIREWALL" confirm
}

@test "loads new rules with a way back that is ready before, and keeps them once they are confirmed" {
  echo one >"$WANTED"
  is 0 "$FIREWALL" apply 30
  has '{"applied":true}'
  [[ $(<"$FAKE/table") == one ]]
  grep -q -- '--on-active=30s .*/usr/lib/sip-ha/firewall rollback$' "$FAKE/calls"
  [[ $(grep -n systemd-run "$FAKE/calls" | cut -d: -f1) -lt $(grep -n '^nft -f' "$FAKE/calls" | cut -d: -f1) ]]
  is 0 "$FIREWALL" confirm
  grep -qx 'stop sip-ha-firewall-rollback.timer' "$FAKE/calls"
  is 0 "$FIREWALL" rollback
  [[ $(<"$FAKE/table") == one ]]
  is 0 "$FIREWALL" apply 30
  has '{"applied":false}'
}

@test "puts the former rules back when nobody confirms the new ones, and then takes no late confirmation" {
  in_service one
  echo two >"$WANTED"
  is 0 "$FIREWALL" apply 30
  [[ $(<"$FAKE/table") == two ]]
  is 0 "$FIREWALL" rollback
  [[ $(<"$FAKE/table") == one ]]
  is 1 "$FIREWALL" confirm
  has "not confirmed in time"
  is 0 "$FIREWALL" apply 30
  has '{"applied":true}'
}

@test "removes the table when the first rules of all are not confirmed, and when none are wanted any more" {
  echo one >"$WANTED"
  is 0 "$FIREWALL" apply 30
  is 0 "$FIREWALL" rollback
  [[ ! -e $FAKE/table ]]
  in_service one
  rm "$WANTED"
  is 0 "$FIREWALL" apply 30
  [[ ! -e $FAKE/table ]]
  is 0 "$FIREWALL" confirm
  is 0 "$FIREWALL" apply 30
  has '{"applied":false}'
}

@test "begins anew after a run that ended before it confirmed" {
  in_service one
  echo two >"$WANTED"
  is 0 "$FIREWALL" apply 30
  echo three >"$WANTED"
  is 0 "$FIREWALL" apply 30
  is 0 "$FIREWALL" rollback
  [[ $(<"$FAKE/table") == one ]]
}

@test "rejects rules that nft does not take, before anything changes" {
  in_service one
  : >"$FAKE/calls"
  echo broken >"$WANTED"
  is 1 "$FIREWALL" apply 30
  has "nothing was changed: syntax error"
  [[ $(<"$FAKE/table") == one ]]
  ! grep -q systemd-run "$FAKE/calls"
  echo late >"$WANTED"
  is 1 "$FIREWALL" apply 30
  has "the former ones are in force"
  [[ $(<"$FAKE/table") == one ]]
}

@test "changes nothing where no way back can be had" {
  in_service one
  touch "$FAKE/no-timer"
  echo two >"$WANTED"
  is 1 "$FIREWALL" apply 30
  [[ $(<"$FAKE/table") == one ]]
  is 1 "$FIREWALL" confirm
}

@test "rejects a time that is none" {
  echo one >"$WANTED"
  for seconds in '' 0 1000 soon; do is 1 "$FIREWALL" apply $seconds; done
  [[ ! -e $FAKE/table ]]
}

@test "loads at boot what was confirmed, and not what was on trial" {
  is 0 "$FIREWALL" boot
  in_service one
  echo two >"$WANTED"
  is 0 "$FIREWALL" apply 30
  rm -r "$FAKE/table" "$RELEASE_ROOT/run"
  is 0 "$FIREWALL" boot
  [[ $(<"$FAKE/table") == one ]]
}

@test "finds a table that is gone, changed, left over or was never confirmed" {
  is 0 "$FIREWALL" drift
  [[ -z $output ]]
  in_service one
  is 0 "$FIREWALL" drift
  [[ -z $output ]]
  echo changed >"$FAKE/table"
  is 0 "$FIREWALL" drift
  has $'firewall\tinet sip_ha\tdiffers from what was confirmed'
  has $'\t-one'
  has $'\t+changed'
  rm "$FAKE/table"
  is 0 "$FIREWALL" drift
  has "is not loaded"
  echo one >"$FAKE/table"
  echo two >"$WANTED"
  is 0 "$FIREWALL" drift
  has "never confirmed"
  rm "$WANTED"
  is 0 "$FIREWALL" drift
  has "must not be there"
}
