"""Keeps the daemons of the group alive: looks, asks decide.py, and does what it says."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/supervision.py

import asyncio
import dataclasses

import decide
import units
from core import ALERT, ERROR, INFO, NOTICE, WARNING, Part, log, now, run
from group import family
from probes import LOOKUP_EVERY_S, OPTIONS_EVERY_S, SipProbe, relay_probe
from saturation import Saturation

TICK_S = 0.1
ENGINE = "/usr/lib/sip-ha/engine"
# an answer of the database may still be on its way to the proxy, and its workers return only then
DATABASE_SETTLED_S = 4.0
# look-ups go through the database; only silence that outlasts its time-outs is the proxy's own
LOOKUP_EXTRA_S = 1.5
LATE_S = 0.3
LEVELS = {"restarted": WARNING, "kill": ERROR, "pause": ERROR, "start": NOTICE, "migrate": ALERT, "alert": ALERT}
WORDS = {
    "restarted": "started again by systemd",
    "kill": "killed, to be started again",
    "pause": "stopped for a while",
    "start": "started",
    "migrate": "makes the group move to the peer",
    "alert": "cannot be mended here",
    "recovered": "is well again",
}


class Supervision(Part):
    """The proxy and the relay of this node, while it has the group."""

    name = "supervision"

    def __init__(self, watcher):
        super().__init__(watcher)
        restarts = int(self.config.get("SUPERVISION_RESTARTS", "3"))
        window = float(self.config.get("SUPERVISION_WINDOW_SEC", "60"))
        self.settings = decide.Settings(restarts=restarts, window_s=window, holdoff_s=max(600.0, 10 * window))
        self.decided = decide.State()
        self.proxy = SipProbe(self.config)
        self.relay = relay_probe(self.config.get("RELAY", "rtpproxy"))
        self.names = {"proxy": "sip-ha-proxy", **({"relay": "sip-ha-relay"} if self.relay else {})}
        self.units = None
        self.started = {}
        self.busy = dict.fromkeys(self.names, 0.0)
        self.machine = Saturation()
        self.peer_bar = None
        self.orders = asyncio.Queue()

    def start(self):
        loop = asyncio.get_running_loop()
        self.units = units.Units(list(self.names.values()), self.watcher.part("group").in_motion)
        self.orders = asyncio.Queue()
        self.proxy.open(loop)
        if self.relay:
            self.relay.open(loop)
        self.watcher.spawn("units", self.units.follow)
        self.watcher.spawn("options", lambda: self._ask(OPTIONS_EVERY_S, self.proxy.send_options))
        self.watcher.spawn("look-up", lambda: self._ask(LOOKUP_EVERY_S, self._send_lookup))
        if self.relay:
            self.watcher.spawn("relay", lambda: self._ask(self.relay.every_s, self.relay.send))
        self.watcher.spawn("supervision", self._supervise)
        self.watcher.spawn("orders", self._obey)

    async def _ask(self, every, send):
        while True:
            if self.watcher.part("group").owns:
                await send()
            await asyncio.sleep(every)

    async def _send_lookup(self):
        """Only where the contact is in the database; without it the answer would say nothing about the proxy."""
        if self.watcher.part("database").contact:
            await self.proxy.send_lookup()
        else:
            self.proxy.lookup.reset()

    async def _supervise(self):
        while True:
            await asyncio.sleep(TICK_S)
            facts = self._facts()
            before = self.decided
            self.decided, actions = decide.decide(self.settings, self.decided, facts)
            for action in actions:
                self._tell(action)
                self.orders.put_nowait(action)
            if actions and self.decided != before:
                self.watcher.write_state()

    def _facts(self):
        group = self.watcher.part("group")
        at = now()
        self.machine.look()
        silences = [self.proxy.options, self.proxy.lookup] + ([self.relay.silence] if self.relay else [])
        for silence in silences:
            silence.tick(at)
        return decide.Facts(
            now=at,
            owns=group.owns,
            settled=group.settled(),
            paused=group.paused(),
            units={name: self._unit(name, unit) for name, unit in self.names.items()},
            peer_unable=self._peer_unable(),
        )

    def _unit(self, name, unit):
        if self.units.started(unit) != self.started.get(name) or not self.watcher.part("group").owns:
            self.started[name] = self.units.started(unit)
            self._probe(name).reset()
        silent, what = self._silence(name)
        stopped, busy = self._looks(name, unit) if silent > 0.3 else (False, False)
        return decide.UnitFacts(
            active=self.units.state(unit),
            crashes=self.units.take_crashes(unit),
            silent_s=silent,
            silence=what,
            busy=busy,
            stopped=stopped,
            excuse=self._excuse() if name == "proxy" else "",
        )

    def _probe(self, name):
        return self.proxy if name == "proxy" else self.relay or self.proxy

    def _silence(self, name):
        """Seconds for which an answer has been owed, and which."""
        if name == "relay":
            return max(0.0, self.relay.silence.waited - self.relay.slower_s), "no answer to its control protocol"
        options, lookup = self.proxy.options.waited, self.proxy.lookup.waited
        late = lookup - LOOKUP_EXTRA_S
        if late > options:
            said = f"answers {self.proxy.status}" if self.proxy.status not in (None, 200, 503) else "no answer"
            return late, f"{said} to the look-up of a known contact"
        # an owed answer counts only when the next question has been asked as well
        return (options if options > OPTIONS_EVERY_S else 0.0), "no answer to OPTIONS"

    def _looks(self, name, unit):
        """(all processes are stopped, some of them work): a starved process waits for a processor, a hung one sleeps."""
        states = [process.state for process in family(self.watcher.part("group").table, self.units.main_pid(unit))]
        if any(state in "RD" for state in states) or self.watcher.lag > LATE_S or self.machine.saturated:
            self.busy[name] = now()
        return bool(states) and all(state in "Tt" for state in states), now() - self.busy[name] < 1.0

    def _excuse(self):
        database = self.watcher.part("database")
        if database.answers is False:
            return "the database does not answer"
        return "" if database.well_for(DATABASE_SETTLED_S) or database.answers is None else "the database was away"

    def _peer_unable(self):
        """Why the peer could not serve; also when it has forgotten why itself."""
        peer = self.watcher.part("peer")
        if not peer.fresh():
            return "its watcher is not heard"
        barred = peer.latest("supervision").get("barredFor", 0)
        if barred > 0:
            self.peer_bar = now() + barred
        if self.peer_bar is not None and now() < self.peer_bar:
            return "it gave the group up itself because its daemons failed"
        ability = peer.latest("ability")
        return "" if ability.get("able") else ability.get("why") or "it does not say that it could"

    def _tell(self, action):
        log(LEVELS.get(action.kind, INFO), f"{action.unit} {WORDS[action.kind]}: {action.reason}")

    async def _obey(self):
        while True:
            action = await self.orders.get()
            unit = self.names.get(action.unit)
            if action.kind in ("kill", "pause", "start"):
                await getattr(units, action.kind)(unit)
                self.units.wake.set()
            elif action.kind == "migrate":
                await self._migrate(action)

    async def _migrate(self, action):
        verb = "relinquish" if action.unit == "proxy" else "standby"
        status, said = await run(ENGINE, verb, f"supervision: {action.reason}", timeout=10)
        if status != 0:
            log(ALERT, f"the group could not be given up: {said}")

    def barred_for(self):
        """Seconds for which this node is no target."""
        return max(0.0, self.decided.barred_until - now())

    def share(self):
        return {"barredFor": round(self.barred_for(), 1)}

    def remember(self, kept):
        """Back-off outlives this program; failures that are still within the window count on."""
        decided = kept.get("decided", {})
        fields = {field.name for field in dataclasses.fields(decide.State)}
        state = decide.State(**{name: value for name, value in decided.items() if name in fields})
        names = {field.name for field in dataclasses.fields(decide.UnitState)}
        restored = {}
        for name, unit in state.units.items():
            values = {key: value for key, value in unit.items() if key in names}
            values["failures"] = tuple(tuple(failure) for failure in values.get("failures", ()))
            restored[name] = decide.UnitState(**{**values, "killed_at": None})
        self.decided = dataclasses.replace(state, units=restored, ordered_at=None)
        if kept.get("peerBarredFor"):
            self.peer_bar = now() + kept["peerBarredFor"]

    def state(self):
        decided = self.decided
        counts = {
            name: {
                "state": self.units.state(unit) if self.units else "unknown",
                "silentMs": round(self._silence(name)[0] * 1000),
                "failures": len(self._recent(name)),
                "restarts": decided.units.get(name, decide.UnitState()).restarts,
                "exhausted": decided.units.get(name, decide.UnitState()).exhausted,
            }
            for name, unit in self.names.items()
        }
        last = None if decided.last is None else {**decided.last, "ago": round(now() - decided.last["at"], 1)}
        peer_bar = 0 if self.peer_bar is None else max(0.0, self.peer_bar - now())
        return {
            "restarts": self.settings.restarts,
            "windowSec": self.settings.window_s,
            "units": counts,
            "peerUnable": self._peer_unable(),
            "barredFor": round(self.barred_for(), 1),
            "peerBarredFor": round(peer_bar, 1),
            "gaveUp": decided.gave_up,
            "alert": decided.alerted_at is not None,
            "last": last,
            "decided": dataclasses.asdict(decided),
        }

    def _recent(self, name):
        unit = self.decided.units.get(name, decide.UnitState())
        return [failure for failure in unit.failures if now() - failure[0] < self.settings.window_s]
