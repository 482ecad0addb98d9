"""When the daemons of the next node begin in a planned move, and what becomes of them."""

import asyncio
import os
import stat
import subprocess
import tempfile
import unittest
from unittest import mock

import core
import handover
import group as group_module
import units


class Node:
    """A part on a node of its own, with a clock that stands still."""

    def __init__(self, giving_up=False, owns=False, heartbeat=True, watched=(), complete=True, giving=True, proxy="kamailio", relay="rtpproxy"):
        self.group = mock.Mock(owns=owns, heartbeat=heartbeat, moving=False, giving_up=lambda: giving_up)
        self.peer = mock.Mock(listeners=[], latest=lambda part: self.word)
        self.word = {}
        running = mock.Mock(watched=dict.fromkeys(watched), complete=complete, listeners=[])
        supervision = mock.Mock(names={"proxy": "sip-ha-proxy", "relay": "sip-ha-relay"}, units=running)
        parts = {"group": self.group, "peer": self.peer, "supervision": supervision}
        self.part = handover.HandOver(mock.Mock(config={"PEER_NAME": "sip1", "PROXY": proxy, "RELAY": relay}, part=parts.get))
        self.part.start()
        self.done = []
        self.giving = giving
        self.systemd = True
        self.time = 100.0

    def at(self, doing):
        """Runs it, and whatever that began, at the node's time."""

        async def systemctl(*words):
            self.done.append(words)
            return self.systemd

        async def whole():
            result = doing()
            if asyncio.iscoroutine(result):
                await result
            if self.part.beginning:
                await self.part.beginning

        replaced = {
            "log": mock.Mock(),
            "now": lambda: self.time,
            "processes": dict,
            "taking_over": lambda table: self.giving,
            "write_whole": lambda path, text: self.done.append((path, text)),
            "hold": lambda: self.done.append(HOLD),
            "let_go": lambda: self.done.append(LET_GO),
        }
        with mock.patch.object(units, "systemctl", systemctl), mock.patch.multiple(handover, **replaced):
            asyncio.run(whole())
        return list(self.done)


HOLD, LET_GO = "hold", "let go"
NOTE = (handover.BEGUN, "100\n")


def order(verb, *names):
    return ("--no-block", verb, *[f"sip-ha-{name}.service" for name in names])


class TheFormerNode(unittest.TestCase):
    def shared(self, node):
        with mock.patch.object(handover, "now", lambda: node.time):
            return node.part.share()

    def ended(self, **state):
        """The node after the end of a daemon, and what it tells of that."""
        node = Node(**{"giving_up": True, "owns": True, **state})
        node.at(node.part.daemon_ended)
        return node, self.shared(node)

    def test_tells_at_once_when_the_last_daemon_has_ended(self):
        node, told = self.ended()
        self.assertEqual(told, {"ended": 100.0})
        node.peer.tell.assert_called_once_with()

    def test_tells_nothing_while_another_one_runs(self):
        node, told = self.ended(watched=["sip-ha-proxy"])
        self.assertEqual(told, {})
        node.peer.tell.assert_not_called()

    def test_tells_nothing_when_it_did_not_know_of_all_of_them(self):
        self.assertEqual(self.ended(complete=False)[1], {})

    def test_tells_nothing_when_a_daemon_crashed_before_it_was_stopped(self):
        node, _ = self.ended(giving=False)
        node.giving = True
        node.at(node.part.daemon_ended)
        self.assertEqual(self.shared(node), {})

    def test_tells_of_an_order_once(self):
        node = Node(giving_up=True, owns=True)
        node.at(node.part.look)
        node.time += 0.5
        node.at(node.part.look)
        self.assertEqual(self.shared(node), {"ordered": 100.0})
        node.peer.tell.assert_called_once_with()

    def test_tells_of_no_order_when_it_has_no_group_or_shall_keep_it(self):
        for state in ({"giving_up": True}, {"owns": True}):
            node = Node(**state)
            node.at(node.part.look)
            self.assertEqual(self.shared(node), {}, state)

    def test_tells_of_the_next_order_too(self):
        node = Node(giving_up=True, owns=True)
        node.at(node.part.look)
        node.group.giving_up = lambda: False
        node.at(node.part.look)
        node.time += 9
        node.group.giving_up = lambda: True
        node.at(node.part.look)
        self.assertEqual(self.shared(node), {"ordered": 109.0})

    def test_tells_nothing_of_daemons_that_crash(self):
        self.assertEqual(self.ended(giving_up=False)[1], {})

    def test_forgets_it_after_a_second(self):
        node, _ = self.ended()
        node.time += 1.5
        self.assertEqual(self.shared(node), {})


class TheNextNode(unittest.TestCase):
    def told(self, node, **word):
        node.word = word
        return node.at(node.part.word_came)

    def test_begins_with_the_order_what_loads_nothing_and_keeps_the_proxy_waiting(self):
        node = Node()
        self.assertEqual(self.told(node, ordered=6.0), [HOLD, order("start", "relay", "proxy")])
        self.assertEqual(self.told(node, ordered=6.0, ended=7.0)[2:], [LET_GO, NOTE])

    def test_notes_at_once_that_something_has_begun(self):
        node = Node()
        self.told(node, ordered=6.0)
        node.part.watcher.write_state.assert_called_once_with()

    def test_keeps_nobody_waiting_for_an_end_that_was_told_before_the_order(self):
        for words in ([{"ended": 7.0}, {"ordered": 7.1, "ended": 7.0}], [{"ordered": 6.0, "ended": 7.0}]):
            node = Node()
            for word in words:
                self.told(node, **word)
            self.assertEqual(node.done, [LET_GO, NOTE, order("start", "relay", "proxy")])

    def test_begins_nothing_for_a_word_that_came_after_the_group(self):
        node = Node()
        node.group.look.side_effect = lambda: setattr(node.group, "owns", True)
        self.assertEqual(self.told(node, ordered=7.0), [])

    def test_begins_everything_at_the_next_end_whatever_became_of_what_began_early(self):
        for owns in (False, True):
            node = Node(giving=False)
            self.told(node, ordered=6.0)
            node.time += 5
            node.group.owns = owns
            node.at(node.part.look)
            node.group.owns = False
            self.assertEqual(self.told(node, ended=9.0)[-1], order("start", "relay", "proxy"), owns)

    def test_waits_with_what_loads_the_calls_of_before(self):
        for relay in ("rtpengine", "mediaproxy"):
            node = Node(relay=relay)
            self.assertEqual(self.told(node, ordered=6.0), [HOLD, order("start", "proxy")], relay)
            self.assertEqual(self.told(node, ended=7.0)[2:], [LET_GO, NOTE, order("start", "relay")], relay)
        node = Node(proxy="opensips")
        self.assertEqual(self.told(node, ordered=6.0), [order("start", "relay")])
        self.assertEqual(self.told(node, ended=7.0)[1:], [LET_GO, NOTE, order("start", "proxy")])
        self.assertEqual(self.told(Node(proxy="opensips", relay="rtpengine"), ordered=6.0), [])

    def test_begins_everything_when_it_missed_the_order(self):
        self.assertEqual(self.told(Node(), ended=7.0), [LET_GO, NOTE, order("start", "relay", "proxy")])

    def test_begins_again_in_the_next_move(self):
        node = Node()
        for ended in (7.0, 8.0):
            self.told(node, ended=ended)
        self.assertEqual(node.done, [LET_GO, NOTE, order("start", "relay", "proxy")] * 2)

    def test_does_nothing_without_such_a_word_without_heartbeat_or_with_the_group(self):
        for word, state in (({}, {}), ({"ended": 7.0}, {"heartbeat": False}), ({"ordered": 7.0}, {"owns": True})):
            self.assertEqual(self.told(Node(**state), **word), [], state)

    def begun(self, seconds, moving=False, **state):
        """What was done on a node that has begun and is looked at so many seconds later."""
        node = Node()
        before = len(self.told(node, ordered=7.0))
        node.time += seconds
        node.giving = moving
        node.group.configure_mock(**state)
        node.at(node.part.look)
        return node.at(node.part.look)[before:]

    def test_keeps_what_has_begun_when_the_group_came_or_still_comes(self):
        self.assertEqual(self.begun(4), [])
        self.assertEqual(self.begun(60, moving=True), [])

    def test_keeps_nobody_waiting_once_the_group_is_here_also_when_the_word_came_late(self):
        self.assertEqual(self.begun(0, owns=True), [LET_GO])

    def test_counts_from_the_end_of_the_other_daemons(self):
        node = Node(giving=False)
        self.told(node, ordered=6.0)
        node.time += 4
        before = len(self.told(node, ordered=6.0, ended=7.0))
        node.time += 4
        self.assertEqual(node.at(node.part.look)[before:], [])
        node.time += 1
        self.assertEqual(node.at(node.part.look)[before:], [order("stop", "relay", "proxy"), LET_GO])
        # and what began early then is begun anew
        self.assertEqual(self.told(node, ended=8.0)[-1], order("start", "relay", "proxy"))

    def test_tries_again_to_stop_and_lets_nobody_go_before(self):
        node = Node(giving=False)
        before = len(self.told(node, ordered=6.0))
        node.time += 5
        node.systemd = False
        stop = order("stop", "relay", "proxy")
        self.assertEqual(node.at(node.part.look)[before:], [stop])
        node.systemd = True
        self.assertEqual(node.at(node.part.look)[before:], [stop, stop, LET_GO])

    def test_lets_nobody_go_who_waits_for_an_order_that_came_meanwhile(self):
        node = Node(giving=False)
        self.told(node, ordered=6.0)
        node.time += 5

        async def stop_and_hear(verb, names):
            node.part.begun_at = node.time
            return True

        with mock.patch.object(node.part, "_order", stop_and_hear):
            self.assertNotIn(LET_GO, node.at(node.part.look))

    def test_stops_what_has_begun_once_when_the_group_did_not_come_and_keeps_nobody_waiting(self):
        self.assertEqual(self.begun(5), [order("stop", "relay", "proxy"), LET_GO])

    def test_knows_after_a_restart_that_something_has_begun(self):
        node = Node(giving=False)
        node.part.remember({"begunAt": 90.0})
        self.assertEqual(node.at(node.part.look), [order("stop", "relay", "proxy"), LET_GO])

    def test_knows_of_a_proxy_that_waits_although_nobody_remembers_it(self):
        with tempfile.NamedTemporaryFile() as waits, mock.patch.object(handover, "WAITS", waits.name):
            node = Node(giving=False)
        node.part.begun_at -= handover.now() - node.time
        node.time += 5
        self.assertEqual(node.at(node.part.look), [order("stop", "relay", "proxy"), LET_GO])


class AFileThatKeepsWaiting(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.path = f"{self.directory.name}/waits"

    def reader_that_waits(self):
        handover.hold(self.path)
        reader = subprocess.Popen(["cat", self.path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(reader.stdout.close)
        with self.assertRaises(subprocess.TimeoutExpired):
            reader.wait(0.3)
        return reader

    def test_keeps_its_readers_until_they_are_let_go_with_nothing_read(self):
        reader = self.reader_that_waits()
        handover.let_go(self.path)
        self.assertEqual((reader.wait(5), reader.stdout.read()), (0, b""))

    def test_is_held_once_more_without_losing_who_waits(self):
        reader = self.reader_that_waits()
        handover.hold(self.path)
        handover.let_go(self.path)
        self.assertEqual(reader.wait(5), 0)

    def test_keeps_nobody_waiting_also_when_the_agent_removed_it_meanwhile(self):
        reader = self.reader_that_waits()
        unlink = os.unlink

        def twice(path):
            unlink(path)
            unlink(path)

        with mock.patch.object(handover.os, "unlink", twice):
            handover.let_go(self.path)
        self.assertEqual(reader.wait(5), 0)

    def test_is_gone_then_and_can_be_made_over_what_is_there(self):
        with open(self.path, "w"):
            pass
        handover.hold(self.path)
        self.assertTrue(stat.S_ISFIFO(os.stat(self.path).st_mode))
        handover.let_go(self.path)
        handover.let_go(self.path)
        self.assertFalse(os.path.exists(self.path))

    def test_can_be_read_by_everybody_and_written_by_nobody_else(self):
        before = os.umask(0o077)
        self.addCleanup(os.umask, before)
        handover.hold(self.path)
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o644)


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

    async def test_are_asked_about_an_end_at_once_unless_it_is_awaited(self):
        for awaited, asked in ((False, 5), (True, 0)):
            known = units.Units(["one"], lambda: awaited)
            known.wake.set()
            with mock.patch.object(known, "ask", mock.AsyncMock()) as ask:
                following = asyncio.create_task(known.follow())
                await asyncio.sleep(0.6)
                following.cancel()
            self.assertEqual(ask.await_count, asked)

    async def test_are_asked_soon_after_what_was_awaited_is_over(self):
        moving = [True]
        known = units.Units(["one"], lambda: moving[0])
        with mock.patch.object(known, "ask", mock.AsyncMock()) as ask:
            following = asyncio.create_task(known.follow())
            await asyncio.sleep(0.15)
            self.assertEqual(ask.await_count, 0)
            moving[0] = False
            await asyncio.sleep(0.3)
            following.cancel()
        self.assertGreater(ask.await_count, 0)

    async def test_are_complete_when_each_has_a_main_process(self):
        process = await asyncio.create_subprocess_exec("sleep", "60")
        known = units.Units(["one", "two"])
        for pids, complete in (((process.pid, 0), False), ((process.pid, process.pid), True)):
            text = "\n\n".join(f"Id={name}.service\nActiveState=active\nMainPID={pid}" for name, pid in zip(known.names, pids))
            with mock.patch.object(units, "run", mock.AsyncMock(return_value=(0, text))):
                await known.ask()
            self.assertEqual(known.complete, complete)
        process.kill()
        await process.wait()
