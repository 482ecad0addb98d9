"""Takes the group when both nodes are well and neither has it: Heartbeat can forget to, and then waits for ever."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/ownerless.py

import asyncio

from core import ALERT, ERROR, Part, log, now, run
from decide import ClaimFacts, claim
from supervision import ENGINE

TICK_S = 0.1


class Ownerless(Part):
    """One of the two acts: the able one first, and of two able ones the one that the stack file names first."""

    name = "ownerless"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.since = None
        self.claimed_at = None
        self.taken = 0

    def start(self):
        self.watcher.spawn("ownerless", self._watch)

    def facts(self):
        group, peer = self.watcher.part("group"), self.watcher.part("peer")
        own, other = group.share(), peer.latest("group")
        ready = own["ready"] and not own["moving"] and not group.paused()
        return ClaimFacts(
            now=now(),
            owns=own["owns"],
            ready=ready,
            peer_heard=peer.fresh(),
            peer_owns=bool(other.get("owns")),
            peer_ready=bool(other.get("ready")) and not other.get("moving"),
            first=self._first(),
        )

    def _first(self):
        able = self.watcher.part("ability").share()["able"]
        peer_able = bool(self.watcher.part("peer").latest("ability").get("able"))
        if able != peer_able:
            return able
        return self.config.get("NODES", "").split(" ")[0] == self.config.get("NODE_NAME")

    async def _watch(self):
        while True:
            await asyncio.sleep(TICK_S)
            self.since, self.claimed_at, act = claim(self.since, self.claimed_at, self.facts())
            if act:
                await self._take()

    async def _take(self):
        waited = now() - self.since
        self.taken += 1
        log(ALERT, f"nobody has had the group for {waited:.1f} s although both nodes are well: this node takes it")
        status, said = await run(ENGINE, "takeover", "nobody had the group", timeout=10)
        if status != 0:
            log(ERROR, f"the group could not be taken: {said}")

    def state(self):
        return {"nobodyFor": None if self.since is None else round(now() - self.since, 1), "taken": self.taken}

    def remember(self, kept):
        self.taken = kept.get("taken", 0)
