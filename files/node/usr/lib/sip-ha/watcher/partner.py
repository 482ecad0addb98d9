"""Tells when there is nobody to fail over to: the other node is dead, is without Heartbeat, or could not serve."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/partner.py

import asyncio

from core import ALERT, NOTICE, Part, log, now, run

EVERY_S = 0.5
# a start of Heartbeat or of the watcher passes; a node that is dead does not
PASSES_S = 5.0
DEAD = "it is dead"


class Partner(Part):
    """While the group runs well nobody misses the standby, so its loss has to be said."""

    name = "partner"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.fault = ""
        self.seen = ""
        self.since = None

    def start(self):
        self.watcher.spawn("partner", self._look)

    async def _look(self):
        while True:
            self.judge(await self.find_fault())
            await asyncio.sleep(EVERY_S)

    async def find_fault(self):
        """Why the other node is no standby; empty when it is one, or as long as this node cannot tell."""
        peer, group = self.watcher.part("peer"), self.watcher.part("group")
        if peer.fresh():
            if not peer.latest("group").get("heartbeat"):
                return "its Heartbeat does not run"
            ability = peer.latest("ability")
            return "" if ability.get("able", True) else f"it could not serve: {ability.get('why')}"
        if not group.heartbeat:
            return ""
        # its exit status is an error for a dead node, too
        _, said = await run("cl_status", "nodestatus", self.config["PEER_NAME"], timeout=1.0)
        return DEAD if said == "dead" else ""

    def judge(self, fault):
        """Takes what was found; what may pass has to last."""
        if fault != self.seen:
            self.seen, self.since = fault, now()
        if fault == self.fault or (fault not in ("", DEAD) and now() - self.since < PASSES_S):
            return
        self.fault = fault
        name = self.config["PEER_NAME"]
        if fault:
            log(ALERT, f"there is nobody to fail over to: {name}: {fault}")
        else:
            log(NOTICE, f"{name} could take over again")

    def state(self):
        return {"node": self.config.get("PEER_NAME"), "fault": self.fault}

    def remember(self, kept):
        self.fault = self.seen = kept.get("fault", "")
