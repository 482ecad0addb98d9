#!/usr/bin/env bats
# What the rest of a node asks of its proxy; here Kamailio.

load setup

setup() {
  use_fakes
  echo 0 >"$FAKE/calls-under-way"
}

@test "the calls whose Call-IDs begin so are told with their states" {
  cat >"$FAKE/dialogs" <<'END'
{
	h_entry: 1553
	call-id: kept-1f-1@198.18.0.10
	state: 2
	callee: {
		tag: <null string>
	}
}
{
	call-id: kept-1f-2@198.18.0.10
	state: 3
}
{
	call-id: kept-1f-3@198.18.0.10
	state: 4
}
{
	call-id: kept-1f-4@198.18.0.10
	state: 5
}
END
  is 0 "$PROXYCTL" calls kept-1f-
  [[ $output == 'kept-1f-1@198.18.0.10 ringing
kept-1f-2@198.18.0.10 answered
kept-1f-3@198.18.0.10 answered
kept-1f-4@198.18.0.10 ended' ]]
  grep -qx 'kamcmd dlg.list_match callid sw kept-1f-' "$FAKE/calls"
}

@test "a proxy without calls tells none, and one that does not answer fails the question" {
  is 0 "$PROXYCTL" calls kept-1f-
  [[ -z $output ]]
  rm "$FAKE/calls-under-way"
  run "$PROXYCTL" calls kept-1f-
  [[ $status -ne 0 ]]
}

@test "a changed certificate is read anew, and one that the proxy refuses is told" {
  echo 'Ok. TLS configuration reloaded.' >"$FAKE/tls-reload"
  is 0 "$PROXYCTL" reload-tls
  echo 'error: 500 - Error while fixing TLS configuration (consult server log)' >"$FAKE/tls-reload"
  run "$PROXYCTL" reload-tls
  [[ $status -eq 1 && $output == 'the proxy keeps the former certificate: error: 500'* ]]
  rm "$FAKE/calls-under-way"
  run "$PROXYCTL" reload-tls
  [[ $status -eq 1 && $output == 'the proxy does not answer tls.reload' ]]
}

@test "each answered call is ended by one order, and those that no phone has answered for are counted" {
  cat >"$FAKE/dialogs" <<'END'
{
	h_entry: 80
	h_id: 277
	state: 4
}
{
	h_entry: 81
	h_id: 12
	state: 2
}
{
	h_entry: 368
	h_id: 7012
	state: 3
}
END
  grep -A 3 -B 1 368 "$FAKE/dialogs" >"$FAKE/dialogs-left"
  is 0 "$PROXYCTL" end-calls
  [[ $output == 1 ]]
  [[ $(<"$FAKE/orders") == 'dlg.end_dlg 80 277
dlg.end_dlg 368 7012' ]]
}

@test "no call is left where every phone answers, and a proxy that does not answer cannot end any" {
  printf '{\n\th_entry: 80\n\th_id: 277\n\tstate: 4\n}\n' >"$FAKE/dialogs"
  is 0 "$PROXYCTL" end-calls
  [[ $output == 0 ]]
  rm "$FAKE/calls-under-way"
  run "$PROXYCTL" end-calls
  [[ $status -eq 1 && $output == 'the proxy does not answer dlg.list' ]]
}
