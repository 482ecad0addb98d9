"""Wakes Heartbeat when the other node's heartbeats have been missing for deadtime, and when it has something to say.

Heartbeat 3.0.6 looks for dead nodes only when something else wakes it, for instance a keepalive of its own, and not twice
within 250 ms (POLL_INTERVAL in heartbeat.c): with a keepalive of 200 ms that is up to 400 ms too late. So the node that would
take over hears the heartbeats, too, and sends SIGALRM at the right moment: Heartbeat looks at once, judges by its own clock
as ever, and logs an unexpected alarm. In the same way it reads what the other node says of a planned move only when something
wakes it, so that each of its words would cost up to a keepalive: a SIGCHLD, for a child that did not end, makes it read."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/waker.py

import asyncio
import contextlib
import ctypes
import os
import re
import signal
import socket
import struct
from ipaddress import IPv4Address

from core import NOTICE, Part, log, now
from group import processes, taking_over
from peer import paths

# socket(7); the module has no name for it
SO_ATTACH_FILTER = 26
IDLE_S = 0.25
MASTER = b"heartbeat: master control"
# fields as LENGTH:(TYPE)NAME=VALUE, each; deadtime in hexadecimal milliseconds
HEARTBEAT = re.compile(rb"\(0\)t=status,.*?\(0\)dt=([0-9a-f]{1,6}),")
# a word of the two about a planned move; the last one, that the group was given up, is what callers wait for
MOVE = b"(0)t=ask_resources,"
# Heartbeat's reader passes it on within a moment, or later on a busy machine
MOVE_S = (0.001, 0.004, 0.012, 0.03, 0.06)
# Heartbeat's clock has steps of 10 ms, and a busy machine notes a heartbeat long after it came: until it has seen that the
# other node is dead, it is woken again and again, since each look puts off the next one of its own.
FIRST_S, EVERY_S, UNTIL_S = 0.015, 0.025, 0.5


def deadtime(packet):
    """The deadtime that a heartbeat carries, in seconds; None for anything else, as only heartbeats count for it."""
    found = HEARTBEAT.search(packet)
    return int(found[1], 16) / 1000 if found else None


def only_from(address):
    """A filter for the kernel, as struct sock_fprog needs it: the sound of every call passes on the same card."""
    load_source, same, take, drop = (0x20, 0, 0, 12), (0x15, 0, 1, int(IPv4Address(address))), (0x06, 0, 0, 0xFFFF), (0x06, 0, 0, 0)
    steps = [struct.pack("HBBI", *step) for step in (load_source, same, take, drop)]
    program = ctypes.create_string_buffer(b"".join(steps))
    return struct.pack("HL", len(steps), ctypes.addressof(program)), program


def channel(card, peer):
    """What the other node sends to this card by UDP, beside whoever else receives it; needs CAP_NET_RAW."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
    wanted, _kept = only_from(peer)
    opened.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, wanted)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, card.encode())
    opened.setblocking(False)
    return opened


class Waker(Part):
    """Of a dead peer only the node that has not the group has to know at once: the active one may learn it late."""

    name = "waker"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.heard = asyncio.Event()
        self.heard_at = self.deadtime = None

    def start(self):
        self.watcher.spawn(self.name, self._attend)

    def standing_by(self):
        group = self.watcher.part("group")
        return group.heartbeat and not group.owns

    async def _attend(self):
        while True:
            if self.watcher.part("group").heartbeat:
                await self._listen()
            await asyncio.sleep(IDLE_S)

    async def _listen(self):
        """For as long as Heartbeat runs."""
        loop = asyncio.get_running_loop()
        self.heard.clear()
        with contextlib.ExitStack() as opened:
            for card, peer in paths(self.config):
                wire = opened.enter_context(channel(card, peer))
                loop.add_reader(wire, self._hear, wire, peer)
                opened.callback(loop.remove_reader, wire)
            while self.watcher.part("group").heartbeat:
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.heard.wait(), IDLE_S)
                    await self._time_out()

    def _hear(self, wire, peer):
        with contextlib.suppress(OSError):
            packet, (sender, _) = wire.recvfrom(2048)
            if sender != peer:
                return
            if MOVE in packet:
                for after in MOVE_S:
                    asyncio.get_running_loop().call_later(after, self._wake, signal.SIGCHLD)
            said = deadtime(packet)
            if said:
                self.heard_at, self.deadtime = now(), said
                self.heard.set()

    async def _time_out(self):
        """Returns once the peer's heartbeats have been missing for deadtime, and Heartbeat has seen it."""
        self.heard.clear()
        due = self.heard_at + self.deadtime
        await asyncio.sleep(max(0.0, due + FIRST_S - now()))
        if self._waiting():
            log(NOTICE, f"{self.config['PEER_NAME']} has been silent for {self.deadtime * 1000:.0f} ms: Heartbeat shall look")
        while self._waiting() and now() < due + UNTIL_S:
            self._wake(signal.SIGALRM)
            await asyncio.sleep(EVERY_S)

    def _waiting(self):
        """For Heartbeat to take over, or for the peer's next heartbeat."""
        return not self.heard.is_set() and self.standing_by() and not taking_over(processes())

    def _wake(self, sign):
        for process in self.watcher.part("group").table.values():
            if process.command.startswith(MASTER):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, sign)
