"""Both nodes have the group, or hear each other again after one took the other for dead: one keeps it, and keeps serving.

Heartbeat's own answer to a healed partition is that both nodes give everything up and begin anew, two seconds after they
heard each other. Until then the watchers have settled it: who took the group later keeps it, since that is where neighbours
send to; the other one drops the address at once and begins anew as standby. Heartbeat of the one that keeps it begins anew
in place, with what it has, and so forgets that the other was dead."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/split.py

import asyncio
import re

from core import ALERT, ERROR, NOTICE, WARNING, Part, log, now, run
from supervision import ENGINE

TICK_S = 0.05
# Two that took the group within this time of each other took it at the same time.
TIE_S = 0.3
# A single word may be from before a move that just ended.
WORDS = 2
# Heartbeat gives everything up two seconds after it noticed, and takes one to begin anew in place.
MOVING_AT_MOST_S = 0.8
HEALED = re.compile(r"Cluster node (\S+) returning after partition")


def yields(held_s, peer_held_s, first):
    """Whether this node is the one of two owners that gives the group up: the one that has had it for longer."""
    if abs(held_s - peer_held_s) <= TIE_S:
        return not first
    return held_s > peer_held_s


class Split(Part):
    """Sees both owners, settles which one goes on, and tells how long there were two."""

    name = "split"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.since = None
        self.words = set()
        self.both_s = 0.0
        self.last = None

    def start(self):
        self.watcher.spawn("split", self._watch)
        self.watcher.spawn("partitions", self._follow)

    async def _watch(self):
        while True:
            await asyncio.sleep(TICK_S)
            if self.look():
                await self._order("yield", f"{self.config['PEER_NAME']} has the group as well, and took it later")

    def look(self):
        """One look; whether this node has to give the group up now."""
        group, peer = self.watcher.part("group"), self.watcher.part("peer")
        other = peer.latest("group")
        if not (group.owns and other.get("owns")):
            self._over()
            return False
        before = len(self.words)
        self.words.add((peer.last_run, peer.last_count))
        self.since = self.since or now()
        held, peer_held = group.held_for(), other.get("heldFor", 0.0) + now() - peer.heard_at
        self.both_s = min(held, peer_held)
        if len(self.words) < WORDS or len(self.words) == before:
            return False
        keeps = not yields(held, peer_held, self._first())
        if len(self.words) == WORDS:
            does = "this node keeps it" if keeps else "this node gives it up"
            log(ALERT, f"both nodes have had the group for {self.both_s:.1f} s; {self._later(keeps)} took it later: {does}")
        return not keeps

    def _later(self, keeps):
        return self.config["NODE_NAME"] if keeps else self.config["PEER_NAME"]

    def _first(self):
        return self.config.get("NODES", "").split(" ")[0] == self.config.get("NODE_NAME")

    def _over(self):
        if self.since is not None and len(self.words) >= WORDS:
            seen = now() - self.since
            self.last = {"at": now(), "seenMs": round(seen * 1000), "bothMs": round(self.both_s * 1000)}
            log(NOTICE, f"one node has the group again, {seen * 1000:.0f} ms after both were seen to have it")
        self.since, self.words = None, set()

    async def _follow(self):
        """Heartbeat's own word that it heard a node which it had taken for dead."""
        words = ("journalctl", "--follow", "--lines=0", "--output=cat", "--unit=heartbeat.service")
        process = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        try:
            while line := await process.stdout.readline():
                found = HEALED.search(line.decode(errors="replace"))
                if found:
                    await self.healed(found[1])
        finally:
            if process.returncode is None:
                process.kill()
        raise EOFError("journalctl ended")

    async def healed(self, node):
        """Heartbeat begins anew in place, unless the group is moving: then what it does by itself is the safer way."""
        group = self.watcher.part("group")
        until = now() + MOVING_AT_MOST_S
        while group.moving and now() < until:
            await asyncio.sleep(TICK_S)
        if group.moving:
            log(WARNING, f"{node} is heard again while the group moves: Heartbeat gives everything up and begins anew")
            return
        log(NOTICE, f"{node}, which Heartbeat took for dead, is heard again: Heartbeat begins anew in place")
        await self._order("forget")

    async def _order(self, verb, *words):
        status, said = await run(ENGINE, verb, *words, timeout=10)
        if status != 0:
            log(ERROR, f"engine {verb} failed: {said}")

    def state(self):
        return {"both": self.since is not None, "last": self.last}

    def remember(self, kept):
        self.last = kept.get("last")
