"""Two nodes that start at the same moment need not wait for each other.

Each waits for the other one to say that it is stable, that is, takes nothing more; since both do, Heartbeat lets ten seconds
pass (RQSTDELAY in heartbeat 3.0.6). The node that the stack file names last takes nothing at its beginning anyway: it says so."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/starting.py

import asyncio
import os

from core import NOTICE, Part, log, now

TICK_S = 0.2
# Both have been starting for so long: their Heartbeats have found each other.
STEADY_S = 0.6
# What was said too early is ignored, and said again.
AGAIN_S = 1.0
FIFO = os.environ.get("HA_FIFO", "/var/lib/heartbeat/fifo")
STABLE = b">>>\nt=resource\nrsc_hold=none\nrtype=full\nisstable=1\n<<<\n"


class Starting(Part):
    """On the node that is named last."""

    name = "starting"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.since = None
        self.said_at = None

    def start(self):
        if self.config.get("NODES", "").split(" ")[-1] == self.config.get("NODE_NAME"):
            self.watcher.spawn(self.name, self._attend)

    async def _attend(self):
        while True:
            if self.due(now()):
                log(NOTICE, "both nodes are starting: this one tells that it takes nothing")
                self._tell()
            await asyncio.sleep(TICK_S)

    def due(self, at):
        """Whether to say it now; only while neither Heartbeat has ended its beginning, so that nobody holds anything."""
        group = self.watcher.part("group")
        peer = self.watcher.part("peer").latest("group")
        if not group.starting or group.owns or not peer.get("starting") or peer.get("owns"):
            self.since = self.said_at = None
            return False
        self.since = at if self.since is None else self.since
        if at - self.since < STEADY_S or (self.said_at is not None and at - self.said_at < AGAIN_S):
            return False
        self.said_at = at
        return True

    def _tell(self):
        try:
            pipe = os.open(FIFO, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            return  # Heartbeat does not listen yet
        try:
            os.write(pipe, STABLE)
        finally:
            os.close(pipe)
