import itertools
import unittest
from dataclasses import replace

from decide import (
    ClaimFacts, Facts, Settings, State, UnitFacts, UnitState, claim, decide, holdoff_s, is_hung, pause_s,
)  # fmt: skip

SETTINGS = Settings(restarts=3, window_s=60, holdoff_s=600)
WELL = UnitFacts()
CRASHED = UnitFacts(crashes=1)
SILENT = UnitFacts(silent_s=1.3, silence="no answer to OPTIONS")


class Node:
    """A node's decisions over time, one step after the other."""

    def __init__(self, settings=SETTINGS, **facts):
        self.settings, self.state, self.now = settings, State(), 1000.0
        self.facts = facts

    def step(self, proxy=WELL, relay=WELL, after=0.1, **facts):
        self.now += after
        seen = Facts(now=self.now, units={"proxy": proxy, "relay": relay}, **{**self.facts, **facts})
        self.state, actions = decide(self.settings, self.state, seen)
        return [action.kind for action in actions]


class ACrash(unittest.TestCase):
    def test_is_left_to_systemd_and_counted(self):
        node = Node()
        self.assertEqual(node.step(CRASHED), ["restarted"])
        self.assertEqual(len(node.state.units["proxy"].failures), 1)
        self.assertEqual(node.state.last["kind"], "restarted")

    def test_of_the_relay_counts_for_the_relay(self):
        node = Node()
        node.step(relay=CRASHED)
        self.assertEqual((len(node.state.units["relay"].failures), len(node.state.units["proxy"].failures)), (1, 0))

    def test_is_forgotten_after_the_window(self):
        node = Node()
        for _ in range(12):
            self.assertEqual(node.step(CRASHED, after=21), ["restarted"])
        self.assertFalse(node.state.units["proxy"].exhausted)

    def test_moves_the_group_when_it_comes_once_more_than_allowed(self):
        node = Node()
        for _ in range(3):
            self.assertEqual(node.step(CRASHED), ["restarted"])
        self.assertEqual(node.step(CRASHED), ["pause", "migrate"])
        self.assertIn("proxy failed 4 times within 60 s, last: crashed", node.state.last["reason"])

    def test_counts_as_often_as_systemd_saw_it(self):
        self.assertEqual(Node().step(replace(CRASHED, crashes=9)), ["pause", "migrate"])

    def test_is_nothing_while_the_group_is_elsewhere_moves_or_supervision_is_off(self):
        for facts in ({"owns": False}, {"settled": False}, {"paused": True}):
            node = Node(**facts)
            for _ in range(9):
                self.assertEqual(node.step(CRASHED, SILENT), [])


class AHang(unittest.TestCase):
    def test_is_killed_once_and_its_echo_is_no_second_failure(self):
        node = Node()
        self.assertEqual(node.step(SILENT), ["kill"])
        self.assertEqual(node.step(replace(SILENT, silent_s=1.4)), [])
        self.assertEqual(node.step(CRASHED), [])
        self.assertEqual(node.step(), [])
        self.assertEqual(len(node.state.units["proxy"].failures), 1)

    def test_that_outlives_the_kill_is_killed_again(self):
        node = Node()
        node.step(SILENT)
        self.assertEqual(node.step(replace(SILENT, silent_s=7), after=5.5), ["kill"])

    def test_moves_the_group_like_a_crash(self):
        node = Node()
        for _ in range(3):
            self.assertEqual(node.step(SILENT, after=2), ["kill"])
            node.step(CRASHED)
        self.assertEqual(node.step(SILENT, after=2), ["pause", "migrate"])

    def test_table(self):
        for hung, unit in (
            (False, UnitFacts(silent_s=0.0)),
            (False, UnitFacts(silent_s=1.1)),
            (True, UnitFacts(silent_s=1.2)),
            (False, UnitFacts(silent_s=5.9, busy=True)),
            (True, UnitFacts(silent_s=6.0, busy=True)),
            (False, UnitFacts(silent_s=99, excuse="database")),
            (True, UnitFacts(silent_s=1.2, excuse="database", stopped=True)),
            (True, UnitFacts(silent_s=1.2, busy=True, stopped=True)),
            (False, UnitFacts(active="activating", silent_s=99)),
            (False, UnitFacts(active="inactive", silent_s=99, stopped=True)),
        ):
            self.assertEqual(is_hung(SETTINGS, unit), hung, unit)


class TheDatabase(unittest.TestCase):
    def test_is_never_a_reason_to_restart_or_move(self):
        node = Node()
        away = UnitFacts(silent_s=30, excuse="the database does not answer")
        for _ in range(600):
            self.assertEqual(node.step(away), [])
        self.assertEqual(node.state.units["proxy"].failures, ())

    def test_that_lets_no_proxy_start_costs_an_attempt_a_second_and_no_move(self):
        node = Node()
        refused = replace(CRASHED, excuse="the database does not answer")
        kinds = [kind for _ in range(60) for kind in (node.step(refused) + node.step(UnitFacts(active="inactive", excuse="x"), after=1))]
        self.assertNotIn("migrate", kinds)
        self.assertEqual(node.state.units["proxy"].failures, ())
        self.assertGreater(kinds.count("start"), 40)
        self.assertLess(kinds.count("start"), 66)

    def test_does_not_excuse_a_stopped_process(self):
        self.assertEqual(Node().step(replace(SILENT, excuse="database", stopped=True)), ["kill"])


class NobodyAble(unittest.TestCase):
    def failing(self, node, seconds):
        """A daemon that crashes as soon as it is started; the times of its starts."""
        kinds, starts, running = [], [], True
        for _ in range(int(seconds * 10)):
            more = node.step(CRASHED if running else UnitFacts(active="inactive"))
            running = running and "pause" not in more
            if "start" in more:
                running = True
                starts.append(node.now)
            kinds += more
        return kinds, starts

    def test_stays_tries_with_growing_pauses_and_shouts(self):
        node = Node(peer_unable="it does not reach the database")
        kinds, starts = self.failing(node, 300)
        self.assertNotIn("migrate", kinds)
        gaps = [round(b - a) for a, b in zip(starts, starts[1:])]
        self.assertEqual(gaps[:5], [2, 4, 8, 16, 30])
        self.assertEqual(set(gaps[5:]), {30})
        self.assertEqual(kinds.count("alert"), 5)

    def test_moves_as_soon_as_the_peer_is_able(self):
        node = Node(peer_unable="its watcher is not heard")
        self.failing(node, 20)
        self.assertIn("migrate", node.step(UnitFacts(active="inactive"), peer_unable=""))

    def test_is_said_to_be_over_when_the_daemon_lasts(self):
        node = Node(peer_unable="x")
        self.failing(node, 20)
        kinds = [kind for _ in range(700) for kind in node.step()]
        self.assertEqual(kinds[-1], "recovered")
        self.assertEqual(node.step(CRASHED), ["restarted"])

    def test_pauses_and_holdoff_grow_to_a_bound(self):
        self.assertEqual([pause_s(n) for n in range(7)], [1, 2, 4, 8, 16, 30, 30])
        self.assertEqual([holdoff_s(SETTINGS, n) for n in (1, 2, 3, 99)], [600, 1200, 2400, 86400])


class APeerThatRefuses(unittest.TestCase):
    def test_is_not_asked_again_and_again(self):
        node = Node()
        node.step(replace(CRASHED, crashes=4))
        kinds = [kind for _ in range(3000) for kind in node.step(replace(CRASHED, crashes=1))]
        self.assertNotIn("migrate", kinds)
        self.assertIn("alert", kinds)


class SomebodyStops(unittest.TestCase):
    def test_a_daemon_without_the_group_and_it_is_started_again_uncounted(self):
        node = Node()
        self.assertEqual(node.step(UnitFacts(active="inactive")), [])
        self.assertEqual(node.step(UnitFacts(active="inactive"), after=2.1), ["start"])
        self.assertEqual(node.state.units["proxy"].failures, ())

    def test_and_starts_it_again_himself(self):
        node = Node()
        node.step(UnitFacts(active="inactive"))
        self.assertEqual([node.step(after=1), node.step(after=2)], [[], []])


class Pair:
    """Two nodes, an operator who does nothing, and time. broken(node, now) tells whether its proxy crashes now."""

    def __init__(self, broken, settings=SETTINGS):
        self.broken, self.settings = broken, settings
        self.states, self.owner, self.now, self.moves = [State(), State()], 0, 1000.0, []

    def run(self, seconds, every=1.0):
        down = [False, False]
        for _ in range(int(seconds / every)):
            self.now += every
            for node in (0, 1):
                owns = self.owner == node
                crash = owns and not down[node] and self.broken(node, self.now)
                unit = UnitFacts(active="inactive" if down[node] else "active", crashes=int(crash))
                peer = self.states[1 - node]
                unable = "barred" if peer.barred_until > self.now else ""
                facts = Facts(now=self.now, owns=owns, units={"proxy": unit}, peer_unable=unable)
                self.states[node], actions = decide(self.settings, self.states[node], facts)
                kinds = [action.kind for action in actions]
                if "pause" in kinds:
                    down[node] = True
                if "start" in kinds or not owns:
                    down[node] = False
                if "migrate" in kinds:
                    self.moves.append(self.now)
                    self.owner = 1 - node
        return self.moves


class NoPingPong(unittest.TestCase):
    """Whatever fails, and however often: the group moves once, and again only after the hold-off, which doubles."""

    def check(self, broken, hours=4, limits=((1, 10), (3, 60), (20, 100))):
        for restarts, window in limits:
            settings = Settings(restarts=restarts, window_s=window, holdoff_s=600)
            moves = Pair(broken, settings).run(hours * 3600)
            for first, third in zip(moves, moves[2:]):
                self.assertGreaterEqual(third - first, 600)
            self.assertLessEqual(len(moves), 2 * (1 + hours * 3600 // 600).bit_length())

    def test_with_both_always_broken(self):
        self.check(lambda node, now: True)

    def test_with_one_broken_it_moves_exactly_once(self):
        moves = Pair(lambda node, now: node == 0).run(7200)
        self.assertEqual(len(moves), 1)

    def test_with_faults_of_every_rhythm(self):
        for period, share in itertools.product((2, 7, 30, 900), (0.2, 0.8)):
            self.check(lambda node, now: (now + node * period / 2) % period < share * period, 1, ((3, 60),))


class EveryCombination(unittest.TestCase):
    """Invariants over every combination of what can be known, from every state that three of them can lead to."""

    UNITS = [
        UnitFacts(active=active, crashes=crashes, silent_s=silent, excuse=excuse, busy=busy, stopped=stopped)
        for active in ("active", "activating", "inactive", "failed")
        for crashes in (0, 1, 5)
        for silent in (0.0, 1.5, 10.0)
        for excuse, busy, stopped in (("", False, False), ("database", False, False), ("", True, False), ("database", False, True))
    ]

    def test_nothing_is_done_to_a_group_that_is_not_here_and_no_move_without_an_able_peer(self):
        states = [State(), State(units={"proxy": UnitState(failures=((999.0, "crashed"),) * 4, exhausted=True, pauses=3)})]
        seen = 0
        for start, unit, owns, settled, paused, unable in itertools.product(
            states, self.UNITS, (True, False), (True, False), (True, False), ("", "dead")
        ):
            facts = Facts(now=1000.0, owns=owns, settled=settled, paused=paused, units={"proxy": unit}, peer_unable=unable)
            state, actions = decide(SETTINGS, start, facts)
            kinds = [action.kind for action in actions]
            seen += 1
            if not owns or not settled or paused:
                self.assertEqual(kinds, [])
            if unable:
                self.assertNotIn("migrate", kinds)
            if unit.excuse and not unit.stopped and start is states[0]:
                self.assertFalse({"kill", "migrate"} & set(kinds), unit)
            if unit.active != "active" and not unit.crashes:
                self.assertNotIn("kill", kinds)
            if "migrate" in kinds:
                self.assertGreater(state.barred_until, 1000.0)
            self.assertLessEqual(kinds.count("migrate") + kinds.count("alert"), 1)
        self.assertEqual(seen, 2 * len(self.UNITS) * 16)

    def test_three_steps_of_anything_count_no_more_than_what_failed(self):
        picked = self.UNITS[::7]
        for steps in itertools.product(picked, repeat=3):
            node = Node(peer_unable="dead")
            for unit in steps:
                node.step(unit)
            possible = sum(max(unit.crashes, int(unit.silent_s > 1)) for unit in steps)
            self.assertLessEqual(len(node.state.units["proxy"].failures), possible)


OWNERLESS = ClaimFacts(now=0, owns=False, ready=True, peer_heard=True, peer_owns=False, peer_ready=True, first=True)


class Nobody(unittest.TestCase):
    def take(self, seconds=5.0, **facts):
        """When the group is taken, in seconds after nobody had it."""
        since = claimed = None
        taken = []
        for tick in range(int(seconds * 10)):
            since, claimed, act = claim(since, claimed, replace(OWNERLESS, now=tick / 10, **facts))
            if act:
                taken.append(tick / 10)
        return taken

    def test_has_the_group_for_long_the_first_node_takes_it(self):
        self.assertEqual(self.take(), [0.8])

    def test_and_the_second_one_if_the_first_does_not(self):
        self.assertEqual(self.take(first=False), [1.4])

    def test_is_not_asked_again_before_heartbeat_had_time(self):
        self.assertEqual(self.take(seconds=25), [0.8, 10.8, 20.8])

    def test_table_of_what_forbids_it(self):
        for facts in itertools.product((True, False), repeat=5):
            names = ("owns", "ready", "peer_heard", "peer_owns", "peer_ready")
            given = dict(zip(names, facts))
            allowed = given == {"owns": False, "ready": True, "peer_heard": True, "peer_owns": False, "peer_ready": True}
            self.assertEqual(bool(self.take(**given)), allowed, given)

    def test_a_moment_of_a_planned_move_is_not_long(self):
        since, claimed, act = claim(None, None, replace(OWNERLESS, now=0))
        since, claimed, act = claim(since, claimed, replace(OWNERLESS, now=0.5, peer_owns=True))
        self.assertIsNone(since)
        self.assertFalse(claim(since, claimed, replace(OWNERLESS, now=0.9))[2])


if __name__ == "__main__":
    unittest.main()
