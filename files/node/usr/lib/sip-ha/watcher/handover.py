"""A planned move without its pauses: the daemons of the next node begin as soon as those of the former one have ended.

Heartbeat lets the next node begin when the whole group was given up, and the daemons need longer to be ready than all the
rest. They bind the floating IP before it is there, and load what the other node's daemons wrote last: so there is nothing
to wait for but the end of those. The watchers tell each other of it; the group itself moves as Heartbeat says, and its
agents find what began already. What has begun for a group that does not come is stopped again."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/handover.py

import asyncio

import units
from core import INFO, WARNING, Part, log, now

# how long the word is repeated; one datagram may be lost
TOLD_S = 1.0
# by then the group came, or the other node kept it
COMES_S = 5.0
LOOK_S = 0.2


class HandOver(Part):
    """One of the two directions at a time: this node gives the group up, or is about to take it."""

    name = "handover"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.ended_at = None
        self.heard_of = None
        self.begun_at = None
        self.beginning = None

    def start(self):
        self.watcher.part("supervision").units.listeners.append(self.daemon_ended)
        self.watcher.part("peer").listeners.append(self.word_came)
        self.watcher.spawn(self.name, self._keep)

    def daemon_ended(self):
        """The last one that ends after an order to give the group up is what the next node waits for."""
        if self.watcher.part("group").giving_up() and not self.watcher.part("supervision").units.watched:
            self.ended_at = now()
            self.watcher.part("peer").tell()

    def share(self):
        told = self.ended_at is not None and now() - self.ended_at < TOLD_S
        return {"ended": self.ended_at} if told else {}

    def word_came(self):
        """Each end is heard of once, however often it is told."""
        ended = self.watcher.part("peer").latest(self.name).get("ended")
        if ended is None or ended == self.heard_of:
            return
        self.heard_of = ended
        group = self.watcher.part("group")
        if group.heartbeat and not group.owns:
            self.beginning = asyncio.get_running_loop().create_task(self._begin())

    def _services(self):
        """The relay first, so that no call is without sound."""
        return [f"{unit}.service" for _, unit in sorted(self.watcher.part("supervision").names.items(), reverse=True)]

    async def _begin(self):
        self.begun_at = now()
        log(INFO, f"the daemons of {self.config.get('PEER_NAME')} have ended: those of this node begin")
        await units.systemctl("--no-block", "start", *self._services())

    async def _keep(self):
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self):
        """Whether what has begun is in the group by now, or will never be."""
        group = self.watcher.part("group")
        if self.begun_at is None:
            return
        if group.owns:
            self.begun_at = None
        elif now() - self.begun_at >= COMES_S and not group.moving:
            self.begun_at = None
            log(WARNING, "the group did not come: the daemons that had begun for it are stopped")
            await units.systemctl("--no-block", "stop", *self._services())

    def state(self):
        return {"begunAt": self.begun_at}

    def remember(self, kept):
        self.begun_at = kept.get("begunAt")
