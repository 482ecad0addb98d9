#!/usr/bin/env bats
# The release program: staged files into their places, and back.

load setup

setup() {
  use_fakes
  export RELEASE_ROOT=$BATS_TEST_TMPDIR/root RELEASE_STATE=$BATS_TEST_TMPDIR/state
  RELEASE=$PROJECT/files/common/usr/lib/sip-ha/release
  ME=$(id -un):$(id -gn)
  none=$(stage '')
}

# stage TEXT: the sha256 of a text in which ME stands for the account that runs the tests
stage() {
  printf "${1//ME/$ME}" | STAGE_SUDO="" STAGE_STATE=$RELEASE_STATE sh "$PROJECT/files/stage/receive.sh"
}

@test "puts files in place with mode and effect, and does nothing the second time" {
  one=$(stage '/etc/a 0640 ME proxy\n| one\n/usr/b 0755 ME none\n| two\n/etc/c 0644 ME engine\n')
  is 0 "$RELEASE" swap "$one" "$none"
  has '"changed":["engine","proxy"]'
  [[ $(<"$RELEASE_ROOT/etc/a") == one && $(stat -c %a "$RELEASE_ROOT/etc/a" "$RELEASE_ROOT/usr/b" | paste -sd,) == 640,755 ]]
  is 0 "$RELEASE" swap "$one" "$none"
  has '"changed":[]'
  is 0 "$RELEASE" current
  has "\"files\":\"$one\",\"secrets\":\"$none\",\"bundle\":\"\""
  has '"previous":null'
}

@test "mends a file that somebody edited, and one whose mode changed" {
  one=$(stage '/etc/a 0640 ME proxy\n| one\n/etc/b 0600 ME relay\n| two\n')
  is 0 "$RELEASE" swap "$one" "$none"
  echo edited >"$RELEASE_ROOT/etc/a"
  chmod 0644 "$RELEASE_ROOT/etc/b"
  is 0 "$RELEASE" swap "$one" "$none"
  has '"changed":["proxy","relay"]'
  [[ $(<"$RELEASE_ROOT/etc/a") == one && $(stat -c %a "$RELEASE_ROOT/etc/b") == 600 ]]
}

@test "removes what the new release does not have, with its effect, and brings it back on roll-back" {
  one=$(stage '/etc/a 0644 ME none\n| one\n/etc/gone 0644 ME relay\n| x\n')
  two=$(stage '/etc/a 0644 ME none\n| two\n')
  is 0 "$RELEASE" swap "$one" "$none"
  is 0 "$RELEASE" swap "$two" "$none"
  has '"changed":["relay"]'
  [[ ! -e $RELEASE_ROOT/etc/gone ]]
  is 0 "$RELEASE" rollback
  [[ $(<"$RELEASE_ROOT/etc/a") == one && $(<"$RELEASE_ROOT/etc/gone") == x ]]
  is 0 "$RELEASE" current
  has "\"files\":\"$one\""
  has "\"previous\":{\"files\":\"$two\""
}

@test "leaves files of others alone" {
  mkdir -p "$RELEASE_ROOT/etc"
  echo mine >"$RELEASE_ROOT/etc/other"
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME none\n')" "$none"
  is 0 "$RELEASE" swap "$none" "$none"
  [[ ! -e $RELEASE_ROOT/etc/a && -e $RELEASE_ROOT/etc/other ]]
}

@test "an interrupted swap is finished by the next one, which also cleans up after it" {
  one=$(stage '/etc/a 0644 ME none\n')
  half=$(stage '/etc/a 0644 ME none\n/etc/half 0644 ME proxy\n')
  is 0 "$RELEASE" swap "$one" "$none"
  printf '{"files":"%s","secrets":"%s","bundle":""}\n' "$half" "$none" >"$RELEASE_STATE/pending.json"
  touch "$RELEASE_ROOT/etc/half"
  is 0 "$RELEASE" swap "$one" "$none"
  [[ ! -e $RELEASE_ROOT/etc/half && ! -e $RELEASE_STATE/pending.json ]]
  grep -q daemon-reload "$FAKE/calls"
}

@test "remembers what still has to be restarted until that is confirmed" {
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME proxy\n')" "$none"
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME proxy\n/etc/b 0644 ME none\n')" "$none"
  has '"changed":[],"owed":["proxy"]'
  is 0 "$RELEASE" applied
  is 0 "$RELEASE" current
  has '"owed":[]'
}

@test "reloads systemd only for its files" {
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME none\n')" "$none"
  ! grep -q daemon-reload "$FAKE/calls"
  is 0 "$RELEASE" swap "$(stage '/etc/systemd/system/x.service 0644 ME proxy\n')" "$none"
  grep -q daemon-reload "$FAKE/calls"
}

@test "starts the watcher anew for its own files and values, and ends it when a release has none" {
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME none\n')" "$none"
  ! grep -q sip-ha-watcher "$FAKE/calls"
  with='/etc/systemd/system/sip-ha-watcher.service 0644 ME none\n| [Unit]\n'
  is 0 "$RELEASE" swap "$(stage "$with")" "$none"
  grep -qx 'restart sip-ha-watcher.service' "$FAKE/calls"
  : >"$FAKE/calls"
  is 0 "$RELEASE" swap "$(stage "$with/etc/sip-ha/watcher.env 0644 ME none\n| A=1\n")" "$none"
  grep -qx 'restart sip-ha-watcher.service' "$FAKE/calls"
  touch "$FAKE/unit-sip-ha-watcher"
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME none\n')" "$none"
  grep -qx 'stop sip-ha-watcher.service' "$FAKE/calls"
}

@test "rejects an owner that the machine does not have, before anything is changed" {
  is 1 "$RELEASE" swap "$(stage '/etc/a 0644 ME none\n/etc/b 0644 nobody-of-that-name:root proxy\n')" "$none"
  has "/etc/b: there is no owner nobody-of-that-name:root"
  [[ ! -e $RELEASE_ROOT/etc/a && ! -e $RELEASE_STATE/current.json ]]
}

@test "rejects what is not staged, not delivered, or in both trees" {
  unknown=$(printf x | sha256sum | cut -d' ' -f1)
  is 1 "$RELEASE" swap "$unknown" "$none"
  has "is not staged on this machine"
  is 1 "$RELEASE" install-packages "$unknown"
  has "is not on this machine; deliver it again"
  is 1 "$RELEASE" swap ../../etc "$none"
  has "expected the sha256"
  is 1 "$RELEASE" swap "$(stage '/a 0600 ME none\n')" "$(stage '/a 0600 ME none\n| s\n')"
  has "/a is both in the files and in the secrets"
  is 1 "$RELEASE" rollback
  has "no release before the current one"
}

@test "finds what was edited, removed or made readable since, with the difference, and changes nothing" {
  one=$(stage '/etc/a 0640 ME proxy\n| one\n/etc/b 0600 ME relay\n| two\n/etc/c 0644 ME none\n')
  two=$(stage '/etc/secret 0600 ME proxy\n| hush\n')
  is 0 "$RELEASE" swap "$one" "$two"
  is 0 "$RELEASE" applied
  is 0 "$RELEASE" drift
  [[ -z $output ]]
  echo edited >"$RELEASE_ROOT/etc/a"
  chmod 0644 "$RELEASE_ROOT/etc/b"
  rm "$RELEASE_ROOT/etc/c"
  echo told >"$RELEASE_ROOT/etc/secret"
  is 0 "$RELEASE" drift
  has $'file\t/etc/a\tcontent differs'
  has $'\t-one'
  has $'\t+edited'
  has $'file\t/etc/b\tis 0644'
  has $'file\t/etc/c\tmissing'
  has $'file\t/etc/secret\tcontent differs (not shown: it holds secrets)'
  [[ $output != *told* && $output != *hush* && $(<"$RELEASE_ROOT/etc/a") == edited ]]
}

# has_units NAME...: units of a machine that run, as files that nothing in place is compared with
has_units() {
  local unit
  mkdir -p "$RELEASE_ROOT/lib/systemd/system"
  for unit in "$@"; do
    touch "$RELEASE_ROOT/lib/systemd/system/$unit.service"
    : >"$FAKE/unit-$unit"
  done
}

@test "finds units that do not run, or would not after a boot, and starts them without touching those that run" {
  watcher='/etc/systemd/system/sip-ha-watcher.service 0644 ME none\n| [Unit]\n'
  has_units heartbeat chrony
  is 0 "$RELEASE" swap "$(stage "$watcher")" "$none"
  : >"$FAKE/unit-sip-ha-watcher"
  is 0 "$RELEASE" drift
  [[ -z $output ]]
  rm "$FAKE/unit-sip-ha-watcher" "$FAKE/unit-heartbeat"
  echo disabled >"$FAKE/enabled-sip-ha-watcher"
  echo masked >"$FAKE/enabled-chrony"
  is 0 "$RELEASE" drift
  [[ $output == "$(printf 'unit\t%s\n' $'heartbeat\tis inactive, must be active' \
    $'sip-ha-watcher\tis disabled, must be enabled' $'sip-ha-watcher\tis inactive, must be active' \
    $'chrony\tis masked, must be enabled')" ]]
  : >"$FAKE/calls"
  is 0 "$RELEASE" start-units
  [[ -e $FAKE/unit-sip-ha-watcher && ! -e $FAKE/unit-heartbeat ]]
  grep -qx -- '-q unmask chrony.service' "$FAKE/calls"
  ! grep -qE '^(re)?start (chrony|heartbeat)' "$FAKE/calls"
  is 0 "$RELEASE" drift
  [[ $output == $'unit\theartbeat\tis inactive, must be active' ]]
}

@test "finds no unit that is stopped by maintenance, or because the node reaches nobody" {
  has_units heartbeat sip-ha-watcher
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME none\n')" "$none"
  rm "$FAKE/unit-heartbeat"
  mkdir -p "$RELEASE_ROOT/run/sip-ha" "$RELEASE_ROOT/var/lib/sip-ha"
  printf '{"gateway": {"sees": false, "withdrawn": true}}\n' >"$RELEASE_ROOT/run/sip-ha/watcher.json"
  is 0 "$RELEASE" drift
  [[ -z $output ]]
  rm "$RELEASE_ROOT/run/sip-ha/watcher.json" "$FAKE/unit-sip-ha-watcher"
  touch "$RELEASE_ROOT/var/lib/sip-ha/maintenance"
  echo disabled >"$FAKE/enabled-heartbeat"
  is 0 "$RELEASE" drift
  [[ -z $output ]]
  is 0 "$RELEASE" start-units
  [[ ! -e $FAKE/unit-sip-ha-watcher && $(<"$FAKE/enabled-heartbeat") == disabled ]]
}

@test "finds on the database machine and on that of the fencing device what they are there for" {
  has_units mariadb sip-ha-redis sip-ha-bmc@
  is 0 "$RELEASE" swap "$(stage '/etc/sip-ha/bmc/sip1.env 0644 ME none\n')" "$none"
  rm "$FAKE"/unit-*
  is 0 "$RELEASE" drift
  has $'unit\tsip-ha-bmc@sip1\tis inactive, must be active'
  has $'unit\tsip-ha-redis\tis inactive, must be active'
  # on a machine that is not the cluster's database it is somebody else's
  [[ $output != *mariadb* ]]
}

@test "finds daemons of the group that do not run where the group is, unless the operator looks after them" {
  env='/etc/sip-ha/cluster.env 0644 ME none\n| ROLE=node\n| PUBLIC_IF=eth1\n| FLOATING_IP=198.51.100.10\n| FLOATING_PREFIX=24\n| GATEWAY=198.51.100.1\n'
  is 0 "$RELEASE" swap "$(stage "$env/etc/systemd/system/sip-ha-proxy.service 0644 ME proxy\n/etc/systemd/system/sip-ha-relay.service 0644 ME relay\n")" "$none"
  is 0 "$RELEASE" applied
  mkdir -p "$RELEASE_ROOT/usr/lib/sip-ha" "$RELEASE_ROOT/run/sip-ha"
  role() { printf '#!/bin/sh\necho '"'"'{"self":"sip1","role":"%s"}'"'"'\n' "$1" >"$RELEASE_ROOT/usr/lib/sip-ha/engine"; }
  role active
  chmod +x "$RELEASE_ROOT/usr/lib/sip-ha/engine"
  : >"$FAKE/unit-sip-ha-relay"
  is 0 "$RELEASE" drift
  [[ $output != *daemon* ]]
  echo 198.51.100.10/24 >"$FAKE/address"
  is 0 "$RELEASE" drift
  has $'daemon\tsip-ha-proxy\tis inactive, must be active'
  [[ $output != *sip-ha-relay* ]]
  role transition
  is 0 "$RELEASE" drift
  [[ $output != *daemon* ]]
  role active
  touch "$RELEASE_ROOT/run/sip-ha/supervision-off"
  is 0 "$RELEASE" drift
  [[ $output != *daemon* ]]
}

@test "finds what waits for a restart" {
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME proxy\n')" "$none"
  is 0 "$RELEASE" drift
  has $'restart\tproxy\twas changed and not restarted'
}

@test "finds packages of another version than the bundle's" {
  bundle=$(printf bundle | sha256sum | cut -d' ' -f1)
  mkdir -p "$RELEASE_STATE/packages/$bundle"
  printf 'coreutils\nno-such-package\n' >"$RELEASE_STATE/packages/$bundle/packages.txt"
  printf 'Package: coreutils\nVersion: 0.1\n\nPackage: no-such-package\nVersion: 2\n\nPackage: unasked\nVersion: 3\n' \
    >"$RELEASE_STATE/packages/$bundle/Packages"
  is 0 "$RELEASE" swap "$(stage '/etc/a 0644 ME none\n')" "$none" "$bundle"
  is 0 "$RELEASE" drift
  has "$(printf 'package\tcoreutils\tis %s, must be 0.1' "$(dpkg-query -W -f '${Version}' coreutils)")"
  has $'package\tno-such-package\tis not installed, must be 2'
  [[ $output != *unasked* ]]
}

@test "tells running network managers whose the public card is, and only them" {
  network='/etc/systemd/network/05.network 0644 ME none\n| x\n/etc/NetworkManager/conf.d/60.conf 0644 ME none\n| x\n'
  is 0 "$RELEASE" swap "$(stage "$network")" "$none"
  ! grep -qE 'networkctl|NetworkManager.service$' <(grep -v is-active "$FAKE/calls")
  : >"$FAKE/unit-systemd-networkd"
  : >"$FAKE/unit-NetworkManager"
  is 0 "$RELEASE" swap "$(stage "${network//x/y}")" "$none"
  grep -qx 'networkctl reload' "$FAKE/calls"
  grep -qx 'reload NetworkManager.service' "$FAKE/calls"
  is 0 "$RELEASE" swap "$(stage "${network//x/y}/etc/systemd/networkd.conf.d/60.conf 0644 ME none\n| x\n")" "$none"
  grep -qx 'restart systemd-networkd.service' "$FAKE/calls"
}
