"""What to do about the daemons of the group: pure functions of what is known, so that every case can be tried.

Counting, back-off and moving the group are decided here and nowhere else; systemd starts what ended, at once.
- A daemon that crashed or hangs is started again in place, up to `restarts` times within `window_s`.
- Then the group moves, if the peer says that it could serve. A node that gave the group up for such a reason is no
  target itself for a while, each time longer (`holdoff_s`): two nodes with the same fault do not play ping-pong.
- When nobody could serve better: stay, start again with growing pauses, and say so loudly.
- What the database does is never a reason, and neither is what was planned.
"""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/decide.py

from dataclasses import dataclass, field, replace

LONGEST_PAUSE_S = 30.0
ALERT_EVERY_S = 60.0
# The end of a killed daemon is reported as a crash as well; within this time it is the same failure.
SAME_FAILURE_S = 5.0
# A daemon that somebody stopped, without stopping the group, is started again after this.
STOPPED_S = 2.0
# An order to move that was not followed within this time counts as refused.
MOVE_S = 15.0
FORGIVEN_S = 86400.0


@dataclass(frozen=True)
class Settings:
    restarts: int = 3
    window_s: float = 60.0
    # silence that makes a daemon hung, and the same while it visibly works or this program is late itself
    patience_s: float = 1.2
    busy_patience_s: float = 6.0
    # a peer's restarts have failed as well within this time, or so it must be assumed
    holdoff_s: float = 600.0
    longest_holdoff_s: float = 86400.0


@dataclass(frozen=True)
class UnitFacts:
    # systemd's ActiveState
    active: str = "active"
    # how many times systemd started it again since the last look
    crashes: int = 0
    # seconds for which it has owed an answer, 0 when it answers; what it owes
    silent_s: float = 0.0
    silence: str = ""
    # it visibly works, or this program is late itself
    busy: bool = False
    # all its processes are stopped (SIGSTOP): no load and no database explains that
    stopped: bool = False
    # why a failure would be somebody else's, such as "the database does not answer"
    excuse: str = ""


@dataclass(frozen=True)
class Facts:
    now: float
    # this node has the group, and nothing is moving
    owns: bool = True
    settled: bool = True
    paused: bool = False
    units: dict = field(default_factory=dict)
    # why the peer could not serve; empty when it could
    peer_unable: str = ""


@dataclass(frozen=True)
class UnitState:
    # (when, what) of the failures that count
    failures: tuple = ()
    # a kill whose echo is still to come
    killed_at: float = None
    # when to start it again, and how many pauses there were
    start_at: float = None
    pauses: int = 0
    # more failures than allowed, and not well since
    exhausted: bool = False
    # the last failure that was somebody else's
    excused_at: float = None
    restarts: int = 0


@dataclass(frozen=True)
class State:
    units: dict = field(default_factory=dict)
    # when this node gave the group up, how often, and until when it is no target
    gave_up_at: float = None
    gave_up: int = 0
    barred_until: float = 0.0
    ordered_at: float = None
    alerted_at: float = None
    # the last action: {"at", "action", "unit", "reason"}
    last: dict = None


@dataclass(frozen=True)
class Action:
    # restarted (by systemd) | kill | pause | start | migrate | alert | recovered
    kind: str
    unit: str = ""
    reason: str = ""


def pause_s(pauses):
    """Seconds before the next attempt: 1, 2, 4, ... 30."""
    return min(LONGEST_PAUSE_S, 2.0 ** min(pauses, 10))


def holdoff_s(settings, gave_up):
    """How long a node that gave the group up that many times is no target: 10 min, 20 min, ... a day."""
    return min(settings.longest_holdoff_s, settings.holdoff_s * 2.0 ** min(20, max(0, gave_up - 1)))


def is_hung(settings, unit):
    """Whether a daemon that runs has been silent for longer than load or a third party explain."""
    if unit.active != "active" or unit.silent_s <= 0:
        return False
    if unit.stopped:
        return unit.silent_s >= settings.patience_s
    if unit.excuse:
        return False
    return unit.silent_s >= (settings.busy_patience_s if unit.busy else settings.patience_s)


def decide(settings, state, facts):
    """The next state, and what to do now, in this order."""
    if state.gave_up and facts.now - (state.gave_up_at or facts.now) > FORGIVEN_S:
        state = replace(state, gave_up=0)
    if not facts.owns or facts.paused:
        return replace(state, units=_forget(state.units), ordered_at=None, alerted_at=None), []
    if not facts.settled:
        return state, []
    actions = []
    units = {}
    for name, unit in facts.units.items():
        units[name], more = _unit(settings, state.units.get(name, UnitState()), name, unit, facts.now)
        actions += more
    state = replace(state, units=units)
    state, actions = _exhausted(settings, state, facts, actions)
    for action in actions:
        if action.kind != "alert":
            state = replace(state, last={"at": facts.now, **action.__dict__})
    return state, actions


def _forget(units):
    """Of a group that is elsewhere only the counters remain."""
    return {name: UnitState(restarts=unit.restarts) for name, unit in units.items()}


def _unit(settings, state, name, facts, now):
    """One daemon: its failures so far, and what it needs in place."""
    state, fresh = _count(settings, state, facts, now)
    if fresh and not state.exhausted and len(state.failures) > settings.restarts:
        state = replace(state, exhausted=True)
    if fresh and facts.excuse and not facts.stopped:
        return _excused(state, name, f"{fresh}, but {facts.excuse}", now)
    if fresh and state.exhausted:
        wait = pause_s(state.pauses)
        pausing = replace(state, start_at=now + wait, pauses=state.pauses + 1, killed_at=None)
        return pausing, [Action("pause", name, f"{fresh}; next attempt in {wait:.0f} s")]
    if fresh == "crashed":
        return state, [Action("restarted", name, fresh)]
    if fresh:
        return replace(state, killed_at=now), [Action("kill", name, fresh)]
    if state.start_at is not None and now >= state.start_at:
        return replace(state, start_at=None), [Action("start", name, "after a pause")]
    if facts.active in ("inactive", "failed") and state.start_at is None:
        return replace(state, start_at=now + STOPPED_S), []
    if facts.active == "active" and facts.silent_s <= 0 and state.start_at is not None:
        return replace(state, start_at=None), []
    return _recovery(state, name, facts)


def _excused(state, name, reason, now):
    """systemd's restart may help; one that does not is not repeated faster than once a second."""
    again = state.excused_at is not None and now - state.excused_at < SAME_FAILURE_S
    state = replace(state, excused_at=now)
    if not again:
        return state, [Action("restarted", name, reason)]
    return replace(state, start_at=now + 1.0), [Action("pause", name, f"{reason}; next attempt in 1 s")]


def _count(settings, state, facts, now):
    """Adds what failed since the last look; answers what that was, or nothing. A failure with an excuse does not count."""
    failures = tuple(failure for failure in state.failures if now - failure[0] < settings.window_s)
    crashes = facts.crashes
    if state.killed_at is not None and (crashes or now - state.killed_at > SAME_FAILURE_S):
        state = replace(state, killed_at=None)
        crashes = max(0, crashes - 1)
    what = ""
    if crashes:
        what = "crashed"
    elif state.killed_at is None and state.start_at is None and is_hung(settings, facts):
        what = f"hung: {facts.silence or 'no answer'} for {facts.silent_s:.1f} s"
        crashes = 1
    if what and not (facts.excuse and not facts.stopped):
        failures += ((now, what),) * crashes
    return replace(state, failures=failures, restarts=state.restarts + crashes), what


def _recovery(state, name, facts):
    well = facts.active == "active" and facts.silent_s <= 0 and not state.failures
    if not well or not (state.exhausted or state.pauses):
        return state, []
    return replace(state, exhausted=False, pauses=0), [Action("recovered", name, "no failure within the window")]


def _exhausted(settings, state, facts, actions):
    """What restarts do not mend: move the group if the peer is better off, else shout."""
    failing = [name for name, unit in state.units.items() if unit.exhausted and unit.failures]
    if not failing:
        return replace(state, ordered_at=None, alerted_at=None), actions
    said = ", ".join(f"{name} failed {len(state.units[name].failures)} times" for name in failing)
    reason = f"{said} within {settings.window_s:.0f} s, last: {state.units[failing[0]].failures[-1][1]}"
    if state.ordered_at is not None and facts.now - state.ordered_at < MOVE_S:
        return state, actions
    refused = state.ordered_at is not None and facts.now < state.barred_until
    unable = facts.peer_unable or ("it did not take the group when told" if refused else "")
    if not unable:
        times = state.gave_up + 1
        moved = replace(
            state, ordered_at=facts.now, gave_up_at=facts.now, gave_up=times, alerted_at=None,
            barred_until=facts.now + holdoff_s(settings, times),
        )  # fmt: skip
        return moved, [a for a in actions if a.kind != "start"] + [Action("migrate", failing[0], reason)]
    if state.alerted_at is None or facts.now - state.alerted_at >= ALERT_EVERY_S:
        state = replace(state, alerted_at=facts.now)
        actions = actions + [Action("alert", failing[0], f"{reason}; the group stays, because the peer cannot serve: {unable}")]
    return state, actions


@dataclass(frozen=True)
class ClaimFacts:
    now: float
    owns: bool
    # this node's Heartbeat runs and has ended its beginning; nothing moves here and nothing is planned
    ready: bool
    # the same from the peer, heard within the last second
    peer_heard: bool
    peer_owns: bool
    peer_ready: bool
    # this node goes first
    first: bool


# A planned move is without an owner for a tenth of a second; the second node waits for the first one to act.
CLAIM_AFTER_S = (0.8, 1.4)
CLAIM_AGAIN_S = 10.0


def claim(since, claimed_at, facts):
    """(nobody since, claimed at, whether to take the group now) of a cluster whose nodes are both well."""
    nobody = facts.ready and facts.peer_heard and facts.peer_ready and not facts.owns and not facts.peer_owns
    if not nobody:
        return None, claimed_at, False
    since = facts.now if since is None else since
    waits = claimed_at is not None and facts.now - claimed_at < CLAIM_AGAIN_S
    if waits or facts.now - since < CLAIM_AFTER_S[0 if facts.first else 1]:
        return since, claimed_at, False
    return since, facts.now, True
