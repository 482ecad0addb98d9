"""When the daemons of the next node begin in a planned move, and what becomes of them."""

import asyncio
import unittest
from unittest import mock

import core
import handover
import group as group_module
import units


class Node:
    """A part on a node of its own, with a clock that stands still."""

    def __init__(self, giving_up=False, owns=False, heartbeat=True, watched=()):
        self.group = mock.Mock(owns=owns, heartbeat=heartbeat, moving=False, giving_up=lambda: giving_up)
        self.peer = mock.Mock(listeners=[], latest=lambda part: self.word)
        self.word = {}
        running = mock.Mock(watched=dict.fromkeys(watched), listeners=[])
        supervision = mock.Mock(names={"proxy": "sip-ha-proxy", "relay": "sip-ha-relay"}, units=running)
        parts = {"group": self.group, "peer": self.peer, "supervision": supervision}
        self.part = handover.HandOver(mock.Mock(config={"PEER_NAME": "sip1"}, part=parts.get))
        self.part.start()
        self.done = []
        self.time = 100.0

    def at(self, doing):
        """Runs it, and whatever that began, at the node's time."""

        async def systemctl(*words):
            self.done.append(words)
            return True

        async def whole():
            result = doing()
            if asyncio.iscoroutine(result):
                await result
            if self.part.beginning:
                await self.part.beginning

        with mock.patch.object(units, "systemctl", systemctl), mock.patch.object(handover, "log") as self.log:
            with mock.patch.object(handover, "now", lambda: self.time):
                asyncio.run(whole())
        return self.done


START = ("--no-block", "start", "sip-ha-relay.service", "sip-ha-proxy.service")
STOP = ("--no-block", "stop", "sip-ha-relay.service", "sip-ha-proxy.service")


class TheFormerNode(unittest.TestCase):
    def shared(self, node):
        with mock.patch.object(handover, "now", lambda: node.time):
            return node.part.share()

    def test_tells_at_once_when_the_last_daemon_has_ended(self):
        node = Node(giving_up=True, owns=True)
        node.at(node.part.daemon_ended)
        self.assertEqual(self.shared(node), {"ended": 100.0})
        node.peer.tell.assert_called_once_with()

    def test_tells_nothing_while_another_one_runs(self):
        node = Node(giving_up=True, owns=True, watched=["sip-ha-proxy"])
        node.at(node.part.daemon_ended)
        self.assertEqual(self.shared(node), {})
        node.peer.tell.assert_not_called()

    def test_tells_nothing_of_daemons_that_crash(self):
        node = Node(giving_up=False, owns=True)
        node.at(node.part.daemon_ended)
        self.assertEqual(self.shared(node), {})

    def test_forgets_it_after_a_second(self):
        node = Node(giving_up=True, owns=True)
        node.at(node.part.daemon_ended)
        node.time += 1.5
        self.assertEqual(self.shared(node), {})


class TheNextNode(unittest.TestCase):
    def test_begins_once_however_often_it_is_told(self):
        node = Node()
        node.word = {"ended": 7.0}
        node.at(node.part.word_came)
        self.assertEqual(node.at(node.part.word_came), [START])

    def test_begins_again_in_the_next_move(self):
        node = Node()
        for ended in (7.0, 8.0):
            node.word = {"ended": ended}
            node.at(node.part.word_came)
        self.assertEqual(node.done, [START, START])

    def test_does_nothing_without_such_a_word_without_heartbeat_or_with_the_group(self):
        for word, state in (({}, {}), ({"ended": 7.0}, {"heartbeat": False}), ({"ended": 7.0}, {"owns": True})):
            node = Node(**state)
            node.word = word
            self.assertEqual(node.at(node.part.word_came), [], state)

    def begun(self, seconds, **state):
        """What was done on a node that has begun and is looked at so many seconds later."""
        node = Node()
        node.word = {"ended": 7.0}
        node.at(node.part.word_came)
        node.time += seconds
        node.group.configure_mock(**state)
        node.at(node.part.look)
        return node.at(node.part.look)

    def test_keeps_what_has_begun_when_the_group_came_or_still_comes(self):
        self.assertEqual(self.begun(4), [START])
        self.assertEqual(self.begun(60, moving=True), [START])
        self.assertEqual(self.begun(60, owns=True), [START])

    def test_stops_what_has_begun_once_when_the_group_did_not_come(self):
        self.assertEqual(self.begun(5), [START, STOP])

    def test_knows_after_a_restart_what_it_has_begun(self):
        node = Node()
        node.part.remember({"begunAt": 90.0})
        self.assertEqual(node.at(node.part.look), [STOP])


class AnOrder(unittest.TestCase):
    def giving_up(self, text, now=100.0):
        group = group_module.Group(core.Watcher({}))
        with mock.patch("builtins.open", mock.mock_open(read_data=text)), mock.patch.object(group_module, "now", lambda: now):
            with mock.patch.object(group_module, "log"):
                return group.giving_up()

    def test_gives_the_group_up_for_a_few_seconds(self):
        self.assertTrue(self.giving_up("99.0 standby, a planned switchover\n"))
        self.assertTrue(self.giving_up("99.0 relinquish\n"))
        self.assertFalse(self.giving_up("90.0 standby\n"))

    def test_to_take_it_or_to_begin_anew_does_not(self):
        for verb in ("takeover", "yield", "withdraw, alone"):
            self.assertFalse(self.giving_up(f"99.0 {verb}\n"), verb)


class Units(unittest.IsolatedAsyncioTestCase):
    async def test_tell_at_once_that_a_main_process_has_ended(self):
        ended = asyncio.Event()
        known = units.Units(["one"])
        known.listeners.append(ended.set)
        process = await asyncio.create_subprocess_exec("sleep", "60")
        known._take("one", {"ActiveState": "active", "MainPID": str(process.pid)})
        self.assertEqual(list(known.watched), ["one"])
        process.kill()
        await asyncio.wait_for(ended.wait(), 5)
        self.assertEqual(known.watched, {})
        await process.wait()
