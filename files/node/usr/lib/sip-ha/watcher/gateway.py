"""Whether the gateway is seen from here, and what a node does with the group when it is not.

Asked by ARP with sender 0.0.0.0 (RFC 5227), as a standby has no public address to ask from. The active node gives the group
to a peer that sees the gateway. One that reaches nobody at all, neither gateway nor peer nor database, lets the group go by
itself, and its Heartbeat stays stopped until somebody is there again: the peer has taken over, or nobody could be served."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/gateway.py

import asyncio
from dataclasses import dataclass

import arp
from ability import has_carrier
from core import ALERT, ERROR, NOTICE, WARNING, Part, log, now, run
from supervision import ENGINE

EVERY_S = 0.4
# questions in a row without an answer
MISSES = 3
# A link that came back is believed after this time: no ping-pong along with one that flaps.
STEADY_S = 10.0
# An order to move that was not followed within this time is given again.
AGAIN_S = 15.0
# A watcher that is later than this itself does not count what it missed.
LATE_S = 0.3
ROUTE_AGENT = "/usr/lib/ocf/resource.d/sip-ha/default-route"


def has_default_route(interface, table="/proc/net/route"):
    """Whether the kernel has a way out by this card; it drops that when somebody sets the card down."""
    with open(table, encoding="ascii") as file:
        return any(line.split()[:2] == [interface, "00000000"] for line in file)


@dataclass(frozen=True)
class LinkFacts:
    # this node has the group; nothing moves or is meant to, and supervision is on
    owns: bool
    settled: bool = True
    paused: bool = False
    # the gateway has not answered lately; it has answered before, so that this says something
    silent: bool = False
    known: bool = True
    peer_heard: bool = True
    # the peer could serve, which includes that it has seen the gateway for a while
    peer_able: bool = True
    database: bool = True


def judge(facts):
    """What to do: "move", "withdraw" or nothing."""
    if not facts.owns or not facts.silent or facts.paused:
        return ""
    if facts.peer_heard:
        return "move" if facts.known and facts.settled and facts.peer_able else ""
    return "withdraw" if facts.database is False else ""


class Gateway(Part):
    """Asks the gateway all the time, on both nodes."""

    name = "gateway"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.interface = self.config.get("PUBLIC_IF", "eth1")
        self.address = self.config.get("GATEWAY")
        self.misses = 0
        self.sees = None
        self.since = now()
        self.lost_once = False
        self.answered = False
        self.withdrawn = False
        self.ordered_at = None

    def start(self):
        self.watcher.spawn("gateway", self._attend)

    async def _attend(self):
        own = arp.own_address(self.interface)
        loop = asyncio.get_running_loop()
        with arp.channel(self.interface) as wire:
            loop.add_reader(wire, self._hear, wire)
            try:
                while True:
                    self.answered = False
                    try:
                        wire.send(arp.question(own, "0.0.0.0", self.address))
                    except OSError:
                        pass  # the card is down: nobody answers
                    await asyncio.sleep(EVERY_S)
                    self.count()
                    await self._act()
            finally:
                loop.remove_reader(wire)

    def _hear(self, wire):
        try:
            word = arp.parse(wire.recv(256))
        except OSError:
            return
        if word is not None and word[0] == arp.REPLY and word[2] == self.address:
            self.answered = True

    def count(self):
        """One question and what came of it."""
        if self.answered:
            self.misses = 0
        # a pulled cable is no matter of being late
        elif self.watcher.lag <= LATE_S or not has_carrier(self.interface):
            self.misses += 1
        sees = self.sees
        if self.answered:
            sees = True
        # a gateway that never answered may be one that answers nobody without an address
        elif self.misses >= MISSES and self.sees is not None:
            sees = False
        if sees == self.sees:
            return
        if sees is False:
            self.lost_once = True
            log(WARNING, f"the gateway {self.address} does not answer on {self.interface}")
        elif self.lost_once:
            log(NOTICE, f"the gateway {self.address} answers on {self.interface} again")
        self.sees, self.since = sees, now()

    def fault(self):
        """Why this node could not serve; empty when it could, or while that is not known yet."""
        if self.sees is False:
            return f"it does not see the gateway {self.address}"
        if self.lost_once and now() - self.since < STEADY_S:
            return f"it has not seen the gateway {self.address} for {STEADY_S:.0f} s without a break"
        return ""

    def facts(self):
        group, peer = self.watcher.part("group"), self.watcher.part("peer")
        return LinkFacts(
            owns=group.owns,
            settled=group.settled(),
            paused=group.paused(),
            silent=self.misses >= MISSES,
            known=self.sees is not None,
            peer_heard=peer.fresh(),
            peer_able=bool(peer.latest("ability").get("able")),
            database=self.watcher.part("database").answers,
        )

    async def _act(self):
        facts = self.facts()
        if self.withdrawn and (self.sees or facts.peer_heard or facts.database):
            self.withdrawn = False
            log(NOTICE, "somebody is reached again: Heartbeat starts")
            await self._order("return")
        if facts.owns and facts.settled and not facts.paused and self.sees and not has_default_route(self.interface):
            log(WARNING, f"the default route on {self.interface} is gone: it is set again")
            await run(ROUTE_AGENT, "start", timeout=5)
        what = judge(facts)
        if what == "move" and (self.ordered_at is None or now() - self.ordered_at > AGAIN_S):
            self.ordered_at = now()
            peer = self.config["PEER_NAME"]
            log(ALERT, f"the public link makes the group move to {peer}: {self.address} does not answer here, and {peer} sees it")
            await self._order("relinquish", "the public link is dead")
        elif what == "withdraw":
            self.withdrawn = True
            log(ALERT, "this node reaches nobody, neither gateway nor peer nor database: it lets the group go")
            self.watcher.write_state()
            await self._order("withdraw", "this node reaches nobody")

    async def _order(self, verb, *words):
        status, said = await run(ENGINE, verb, *words, timeout=10)
        if status != 0:
            log(ERROR, f"engine {verb} failed: {said}")

    def share(self):
        return {"sees": self.sees}

    def state(self):
        return {"sees": self.sees, "for": round(now() - self.since, 1), "withdrawn": self.withdrawn}

    def remember(self, kept):
        self.withdrawn = bool(kept.get("withdrawn"))
