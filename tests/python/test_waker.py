import asyncio
import signal
import socket
import unittest
from unittest import mock

import waker
from group import Process

PEER = ("10.77.0.12", 0)
ALIVE = (
    b"\x45" + b"\0" * 27 + b"###\n11:(0)t=status,12:(0)st=active,8:(0)dt=32,13:(0)protocol=1,11:(0)src=sip2,10:(0)seq=15b,%%%\n"
)
MOVE = b"\x45" + b"\0" * 27 + b"###\n18:(0)t=ask_resources,9:(0)info=done,11:(0)src=sip2,9:(0)seq=fd,%%%\n"
TAKING = {9: Process(9, 7, "S", b"/bin/sh /usr/share/heartbeat/ResourceManager takegroup sipha-floating-ip ")}


class Heartbeats(unittest.TestCase):
    def test_carry_their_deadtime(self):
        self.assertEqual(waker.deadtime(ALIVE), 0.05)

    def test_are_told_from_whatever_else_the_nodes_say(self):
        self.assertIsNone(waker.deadtime(ALIVE.replace(b"t=status", b"t=NS_ackmsg")))
        self.assertIsNone(waker.deadtime(b'{"from":"sip2","run":"1"}'))
        self.assertIsNone(waker.deadtime(b""))


class Wire(unittest.TestCase):
    def test_passes_on_what_the_other_node_sends_and_nothing_else(self):
        try:
            wire = waker.channel("lo", "127.0.0.2")
        except PermissionError:
            self.skipTest("needs CAP_NET_RAW")
        with wire, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
            heard.bind(("127.0.0.1", 0))
            for sender in ("127.0.0.3", "127.0.0.2", "127.0.0.3"):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
                    voice.bind((sender, 0))
                    voice.sendto(sender.encode(), heard.getsockname())
            packet, (sender, _) = wire.recvfrom(2048)
            self.assertEqual((packet[28:], sender), (b"127.0.0.2", "127.0.0.2"))
            self.assertRaises(BlockingIOError, wire.recvfrom, 2048)


class Silence(unittest.IsolatedAsyncioTestCase):
    def setUp(self):
        self.group = mock.Mock(owns=False, heartbeat=True, table={7: Process(7, 1, "S", b"heartbeat: master control process ")})
        self.waker = waker.Waker(mock.Mock(config={"PEER_NAME": "sip2"}, part=lambda name: self.group))
        self.table = {}
        for patched in (
            mock.patch.object(waker, "log"),
            mock.patch.object(waker.os, "kill"),
            mock.patch.object(waker, "processes", lambda: TAKING if self.kill.call_count == 3 else self.table),
            mock.patch.object(waker, "UNTIL_S", 60),
        ):
            setattr(self, patched.attribute.lower(), patched.start())
            self.addCleanup(patched.stop)

    def hear(self, packet=ALIVE, sender=PEER):
        self.waker._hear(mock.Mock(recvfrom=lambda size: (packet, sender)), PEER[0])

    async def test_of_deadtime_wakes_heartbeat_and_is_told_once(self):
        self.hear()
        await self.waker._time_out()
        self.kill.assert_called_with(7, signal.SIGALRM)
        self.assertEqual(self.kill.call_count, 3, "until it is seen to take over")
        self.assertEqual(self.log.call_count, 1)
        self.assertIn("sip2 has been silent for 50 ms", self.log.call_args.args[1])

    async def test_that_a_heartbeat_ends_wakes_nobody(self):
        self.hear()
        timing_out = asyncio.create_task(self.waker._time_out())
        await asyncio.sleep(0.03)
        self.hear()
        await timing_out
        self.kill.assert_not_called()

    async def test_that_heartbeat_has_seen_wakes_it_no_more(self):
        self.hear()
        self.table = TAKING
        await self.waker._time_out()
        self.kill.assert_not_called()

    async def test_of_others_begins_nothing(self):
        self.hear(sender=("10.77.0.99", 0))
        self.assertFalse(self.waker.heard.is_set())

    async def test_is_not_waited_for_when_the_other_node_says_that_it_gave_the_group_up(self):
        with mock.patch.object(waker, "MOVE_S", (0.001, 0.004)):
            for owns in (False, True):
                self.group.owns = owns
                self.kill.reset_mock()
                self.hear(MOVE)
                await asyncio.sleep(0.03)
                self.assertEqual(self.kill.call_args_list, [mock.call(7, signal.SIGCHLD)] * 2)
            self.kill.reset_mock()
            self.hear(MOVE, sender=("10.77.0.99", 0))
            await asyncio.sleep(0.03)
            self.kill.assert_not_called()

    async def test_does_not_matter_to_the_node_that_has_the_group(self):
        self.hear()
        self.group.owns = True
        await self.waker._time_out()
        self.kill.assert_not_called()
