"""A Heartbeat that stays between two states begins anew in place, with what it has.

An order to move the group that one of the two ignores leaves the other waiting for its answer, and so does a node that is started
again while the other one is going: for an hour, in which neither follows any order (standby in heartbeat 3.0.6)."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/stuck.py

import asyncio

from core import ERROR, WARNING, Part, log, now, run
from supervision import ENGINE

EVERY_S = 1.0
# A start beside a node that is heard takes half of it.
TOO_LONG_S = 20.0
# The one that serves goes first: they do not begin at the same moment.
AFTER_THE_OTHER_S = 5.0


class Stuck(Part):
    """While one of two nodes that hear each other has the group, and nothing moves, nothing is in transition."""

    name = "stuck"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.since = None
        self.ended = 0

    def start(self):
        self.watcher.spawn(self.name, self._watch)

    async def _watch(self):
        while True:
            await asyncio.sleep(EVERY_S)
            status, said = await run("cl_status", "rscstatus", timeout=1.0)
            if self.due(status == 0 and said == "transition", now()):
                await self._begin_anew()

    def due(self, transition, at):
        """Whether to begin anew now; whatever explains the transition begins the time again."""
        group, peer = self.watcher.part("group"), self.watcher.part("peer")
        other = peer.latest("group")
        explained = group.moving or other.get("moving") or group.planned() or not group.heartbeat or not other.get("heartbeat")
        if not transition or explained or group.owns == bool(other.get("owns")):
            self.since = None
            return False
        self.since = at if self.since is None else self.since
        if at - self.since < TOO_LONG_S + (0.0 if group.owns else AFTER_THE_OTHER_S):
            return False
        self.since = None
        return True

    async def _begin_anew(self):
        self.ended += 1
        log(WARNING, "Heartbeat stays between two states, in which it ignores every order to move the group: it begins anew in place")
        status, said = await run(ENGINE, "forget", timeout=10)
        if status != 0:
            log(ERROR, f"engine forget failed: {said}")

    def state(self):
        return {"since": self.since, "ended": self.ended}

    def remember(self, kept):
        self.ended = kept.get("ended", 0)
