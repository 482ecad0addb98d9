"""Neighbours learn: the floating IP is announced until the gateway and the peer answer to this node, then now and then."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/neighbours.py

import asyncio
import os

import arp
import echo
from core import NOTICE, WARNING, Part, log, now

HELD = os.environ.get("RUN_DIRECTORY", "/run/sip-ha") + "/floating-ip"
STEP_S = 0.1
# Unconfirmed: at first with every step, then less often. Linux believes nobody else for a second after it learned
# (locktime, arp(7)), so what comes next has to come soon.
EAGER_S = 2.0
REPEAT_S = 0.4
# Confirmed: an announcement each half minute, a question every other second.
REFRESH_S = 30.0
ASK_S = 2.0
# A proof older than this says nothing any more; a neighbour that does not prove within this time is told of.
STALE_S = 5.0
COMPLAIN_AFTER_S = 3.0
# A gateway that answers ARP and never an echo within this time is taken at its word.
NO_ECHO_AFTER_S = 3.0


class Lesson:
    """What the neighbours have proved since this node holds the address, and what is due. No input or output."""

    def __init__(self, at):
        self.began = at
        self.announced = None
        self.asked = None
        self.proofs = {}
        self.echoes = False
        self.learned_after = None

    def proved(self, who, at, echoed=False):
        """The gateway proves by an echo that reaches us; by an ARP answer only if it never answers echoes."""
        if who == "gateway":
            self.echoes = self.echoes or echoed
            if not echoed and (self.echoes or at - self.began < NO_ECHO_AFTER_S):
                return
        self.proofs[who] = at

    def knows(self, who, at):
        """Whether this neighbour has proved it lately."""
        return who in self.proofs and at - self.proofs[who] <= STALE_S

    def learned(self, needed, at):
        """Whether all who are needed know; remembers how long that took at first."""
        done = all(self.knows(who, at) for who in needed)
        if done and self.learned_after is None:
            self.learned_after = at - self.began
        return done

    def due(self, needed, at):
        """(announce, ask) now; both are noted as done."""
        if self.learned(needed, at):
            pauses = REFRESH_S, ASK_S
        else:
            pause = STEP_S if at - self.began < EAGER_S else REPEAT_S
            pauses = pause, pause
        announce = self.announced is None or at - self.announced >= pauses[0] - STEP_S / 2
        ask = self.asked is None or at - self.asked >= pauses[1] - STEP_S / 2
        if announce:
            self.announced = at
        if ask:
            self.asked = at
        return announce, ask


class Neighbours(Part):
    """On the active node teaches; on the standby asks who has the floating IP, and tells the active one."""

    name = "neighbours"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.interface = self.config.get("PUBLIC_IF", "eth1")
        self.address = self.config.get("FLOATING_IP")
        self.gateway = self.config.get("GATEWAY")
        self.identifier = os.getpid() & 0xFFFF
        self.own = b""
        self.lesson = None
        self.seen = None
        self.seen_at = 0.0
        self.told = False
        self.looked = 0.0

    def start(self):
        self.watcher.spawn(self.name, self.attend)

    async def attend(self):
        """Looks ten times a second whether this node holds the address."""
        self.own = arp.own_address(self.interface)
        loop = asyncio.get_running_loop()
        with arp.channel(self.interface) as wire:
            loop.add_reader(wire, self.hear, wire)
            try:
                while True:
                    if os.path.exists(HELD):
                        await self.teach(loop, wire)
                    else:
                        self.look(wire)
                        await asyncio.sleep(STEP_S)
            finally:
                loop.remove_reader(wire)

    async def teach(self, loop, wire):
        """For as long as this node holds the address."""
        self.lesson = Lesson(now())
        self.told = False
        with echo.channel(self.interface, self.address) as pings:
            loop.add_reader(pings, self.hear_echo, pings)
            try:
                while os.path.exists(HELD):
                    self.lecture(wire, pings)
                    await asyncio.sleep(STEP_S)
            finally:
                loop.remove_reader(pings)
                self.lesson = None

    def lecture(self, wire, pings):
        """One step of the active node."""
        at = now()
        if self.peer_word().get("mac") == arp.text(self.own):
            self.lesson.proved("peer", at)
        announce, ask = self.lesson.due(self.needed(), at)
        if announce:
            for frame in arp.announcements(self.own, self.address):
                self.send(wire, frame)
        if ask:
            self.send(wire, arp.question(self.own, self.address, self.gateway))
            try:
                pings.sendto(echo.request(self.identifier, int(at * 10)), (self.gateway, 0))
            except OSError:
                pass  # no way there yet; the next step asks again
        self.tell(at)

    def look(self, wire):
        """One step of the standby: whoever answers for the floating IP is told to the peer."""
        at = now()
        pause = STEP_S if self.peer_word().get("asking") else ASK_S
        if at - self.looked >= pause - STEP_S / 2:
            self.looked = at
            self.send(wire, arp.question(self.own, "0.0.0.0", self.address))

    def hear(self, wire):
        try:
            data = wire.recv(256)
        except OSError:
            return
        word = arp.parse(data)
        if word is None or word[1] == self.own:
            return
        operation, hardware, sender = word
        if sender == self.address:
            self.seen, self.seen_at = arp.text(hardware), now()
        # an answer to whoever asked without an address of his own says nothing of this one
        elif sender == self.gateway and operation == arp.REPLY and self.lesson and arp.target(data) == self.address:
            self.lesson.proved("gateway", now())

    def hear_echo(self, pings):
        try:
            packet, (sender, _) = pings.recvfrom(1024)
        except OSError:
            return
        if sender == self.gateway and echo.is_reply(packet, self.identifier) and self.lesson:
            self.lesson.proved("gateway", now(), echoed=True)

    def send(self, wire, frame):
        try:
            wire.send(frame)
        except OSError:
            pass  # the card is down: nobody hears, and nobody answers

    def peer_word(self):
        peer = self.watcher.part("peer")
        return peer.latest(self.name) if peer else {}

    def needed(self):
        """The peer counts for as long as it is heard and asks."""
        return ["gateway", "peer"] if "mac" in self.peer_word() else ["gateway"]

    def tell(self, at):
        """Once when it takes too long, once when it is over."""
        lesson, needed = self.lesson, self.needed()
        missing = [who for who in needed if not lesson.knows(who, at)]
        if missing and not self.told and at - max(lesson.began, *lesson.proofs.values(), 0.0) > COMPLAIN_AFTER_S:
            self.told = True
            names = " and ".join(self.gateway if who == "gateway" else self.config["PEER_NAME"] for who in missing)
            log(WARNING, f"{names} does not know that {self.address} is here; announcing it again and again")
        elif not missing and self.told:
            self.told = False
            log(NOTICE, f"the neighbours know that {self.address} is here")

    def state(self):
        at = now()
        if not self.lesson:
            return {"teaching": False, "answersForFloatingIp": self.answering(at)}
        lesson, needed = self.lesson, self.needed()
        after = None if lesson.learned_after is None else round(lesson.learned_after * 1000)
        known = {who: lesson.knows(who, at) for who in needed}
        return {"teaching": True, "knows": known, "learnedAfterMs": after, "byEcho": lesson.echoes}

    def share(self):
        if self.lesson:
            return {"asking": not self.lesson.learned(self.needed(), now())}
        return {"mac": self.answering(now())}

    def answering(self, at):
        """The hardware address that answers for the floating IP; None when nobody did lately."""
        return self.seen if at - self.seen_at <= STALE_S else None
