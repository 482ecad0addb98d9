"""The supervision itself, with a group, a database, a peer and daemons that say what a test wants."""

import json
import os
import tempfile
import unittest
from types import SimpleNamespace

import core
import decide
import ownerless
import supervision

CONFIG = {
    "FLOATING_IP": "198.51.100.10", "SIP_PORT": "5060", "SIP_DOMAIN": "sip.example.net", "NODES": "sip1 sip2", "NODE_NAME": "sip1",
}  # fmt: skip


class Fake(SimpleNamespace):
    """A part of another kind."""

    def __init__(self, name, **values):
        super().__init__(name=name, **values)


def peer(fresh=True, **shares):
    return Fake("peer", fresh=lambda: fresh, latest=lambda part: shares.get(part, {}) if fresh else {})


def watcher(config=None, **parts):
    made = core.Watcher({**CONFIG, **(config or {})})
    group = Fake(
        "group", owns=True, settled=lambda: True, paused=lambda: False, table={},
        share=lambda: {"owns": group.owns, "ready": True, "moving": False},
    )  # fmt: skip
    answering = Fake("database", answers=True, well_for=lambda _: True, contact=True)
    defaults = {"group": group, "database": answering, "peer": peer(ability={"able": True})}
    made.parts = list({**defaults, **parts}.values())
    return made


class Daemons:
    """What systemd says; changes by assignment."""

    def __init__(self):
        self.crashed, self.active, self.generation = {}, "active", 1

    def started(self, unit):
        return self.generation

    def state(self, unit):
        return self.active

    def take_crashes(self, unit):
        return self.crashed.pop(unit, 0)

    def main_pid(self, unit):
        return 1


def supervised(made):
    part = supervision.Supervision(made)
    part.units = Daemons()
    part.machine = SimpleNamespace(look=lambda: None, saturated=False)
    made.parts.append(part)
    return part


def silent(part, seconds, probe="options"):
    """As if an answer had been owed for that long."""
    part._facts()
    silence = part.relay.silence if probe == "relay" else getattr(part.proxy, probe)
    silence.asked, silence.waited = True, seconds


class WhatIsKnown(unittest.TestCase):
    def facts(self, part, name="proxy"):
        return part._facts().units[name]

    def test_of_a_silent_proxy(self):
        part = supervised(watcher())
        silent(part, 1.3)
        facts = self.facts(part)
        self.assertEqual((facts.silence, decide.is_hung(part.settings, facts)), ("no answer to OPTIONS", True))

    def test_of_a_proxy_that_answers_but_does_not_find_the_known_contact(self):
        part = supervised(watcher())
        silent(part, 3.0, "lookup")
        part.proxy.status = 404
        facts = self.facts(part)
        self.assertEqual((facts.silence, decide.is_hung(part.settings, facts)), ("answers 404 to the look-up of a known contact", True))

    def test_of_a_look_up_that_is_only_slow(self):
        part = supervised(watcher())
        silent(part, 1.4, "lookup")
        self.assertFalse(decide.is_hung(part.settings, self.facts(part)))

    def test_of_a_relay_that_is_silent(self):
        part = supervised(watcher())
        silent(part, 1.3, "relay")
        self.assertTrue(decide.is_hung(part.settings, self.facts(part, "relay")))
        self.assertFalse(decide.is_hung(part.settings, self.facts(part)))

    def test_of_a_database_that_is_away_or_was_a_moment_ago(self):
        for answers, well in ((False, False), (True, False)):
            part = supervised(watcher(database=Fake("database", answers=answers, well_for=lambda _, w=well: w, contact=True)))
            silent(part, 9.0)
            facts = self.facts(part)
            self.assertFalse(decide.is_hung(part.settings, facts), facts)

    def test_of_a_proxy_on_a_saturated_machine(self):
        part = supervised(watcher())
        part.machine.saturated = True
        for silence, hung in ((1.3, False), (6.1, True)):
            silent(part, silence)
            self.assertEqual(decide.is_hung(part.settings, self.facts(part)), hung, silence)

    def test_of_processes_that_wait_for_a_processor_and_of_stopped_ones(self):
        for states, hung in (("SSS", True), ("SRS", False), ("TTT", True), ("TTS", True)):
            part = supervised(watcher())
            table = {pid + 1: SimpleNamespace(pid=pid + 1, parent=1 if pid else 0, state=state) for pid, state in enumerate(states)}
            part.watcher.part("group").table = table
            silent(part, 1.3)
            self.assertEqual(decide.is_hung(part.settings, self.facts(part)), hung, states)

    def test_while_this_program_is_late_itself(self):
        part = supervised(watcher())
        part.watcher.lag = 0.5
        silent(part, 1.3)
        self.assertFalse(decide.is_hung(part.settings, self.facts(part)))

    def test_begins_anew_with_each_start_of_a_daemon(self):
        part = supervised(watcher())
        silent(part, 1.3)
        part.units.generation = 2
        self.assertEqual(self.facts(part).silent_s, 0)

    def test_of_the_peer(self):
        for unable, other in (
            ("", peer(ability={"able": True})),
            ("its watcher is not heard", peer(fresh=False)),
            ("eth1 has no carrier", peer(ability={"able": False, "why": "eth1 has no carrier"})),
            ("it does not say that it could", peer()),
            ("it gave the group up itself because its daemons failed", peer(ability={"able": True}, supervision={"barredFor": 5})),
        ):
            self.assertEqual(supervised(watcher(peer=other))._peer_unable(), unable)

    def test_of_a_peer_that_forgot_why_it_gave_the_group_up(self):
        made = watcher(peer=peer(ability={"able": True}, supervision={"barredFor": 100}))
        part = supervised(made)
        part._peer_unable()
        made.parts[2] = peer(ability={"able": True})
        self.assertIn("gave the group up", part._peer_unable())

    def test_of_a_cluster_without_a_relay(self):
        part = supervised(watcher({"RELAY": "none"}))
        self.assertEqual(list(part._facts().units), ["proxy"])

    def test_of_a_relay_that_takes_longer_to_ask(self):
        part = supervised(watcher({"RELAY": "mediaproxy"}))
        silent(part, 2.6, "relay")
        self.assertFalse(decide.is_hung(part.settings, self.facts(part, "relay")))
        silent(part, 2.8, "relay")
        self.assertTrue(decide.is_hung(part.settings, self.facts(part, "relay")))


class Memory(unittest.TestCase):
    def test_outlives_the_program(self):
        with tempfile.TemporaryDirectory() as directory:
            core.STATE_FILE = os.path.join(directory, "watcher.json")
            part = supervised(watcher())
            part.watcher.parts = [part, part.watcher.part("group"), part.watcher.part("peer"), part.watcher.part("database")]
            for other in part.watcher.parts[1:]:
                other.state, other.remember = dict, lambda _: None
            part.units.crashed = {"sip-ha-proxy": 2}
            part.decided, _ = decide.decide(part.settings, part.decided, part._facts())
            part.decided = decide.replace(part.decided, barred_until=core.now() + 500, gave_up=2, gave_up_at=core.now())
            part.watcher.write_state()
            again = supervised(watcher())
            with open(core.STATE_FILE, encoding="utf-8") as file:
                again.remember(json.load(file)["supervision"])
            self.assertGreater(again.barred_for(), 499)
            self.assertEqual((again.decided.gave_up, len(again.decided.units["proxy"].failures)), (2, 2))

    def test_of_another_version_is_no_obstacle(self):
        part = supervised(watcher())
        part.remember({"decided": {"gave_up": 1, "unheard_of": 7}})
        self.assertEqual(part.decided.gave_up, 1)


class Ownerless(unittest.TestCase):
    def facts(self, own_able=True, peer_able=True, node="sip1", **other):
        able = Fake("ability", share=lambda: {"able": own_able})
        made = watcher({"NODE_NAME": node}, ability=able, peer=peer(ability={"able": peer_able}, group={"ready": True, **other}))
        made.part("group").owns = False
        return ownerless.Ownerless(made).facts()

    def test_the_able_one_goes_first_else_the_one_that_is_named_first(self):
        for own, other, node, first in (
            (True, True, "sip1", True), (True, True, "sip2", False), (True, False, "sip2", True), (False, True, "sip1", False),
            (False, False, "sip1", True),
        ):  # fmt: skip
            self.assertEqual(self.facts(own, other, node).first, first)

    def test_a_peer_that_has_it_or_moves_is_seen(self):
        self.assertTrue(self.facts(owns=True).peer_owns)
        self.assertFalse(self.facts(moving=True).peer_ready)


if __name__ == "__main__":
    unittest.main()
