"""A planned move without its pauses: the daemons of the next node begin while those of the former one still serve.

Heartbeat lets the next node begin when the whole group was given up, and the daemons need longer to be ready than all the
rest. They bind the floating IP before it is there. What loads nothing begins with the order, while the former node drains:
the relay that keeps its calls in memory, and the proxy up to the point where it would load the calls, where it waits for this
program. When the daemons of the former node have ended, everything was written: the proxy goes on, and the rest begins. The
watchers tell each other of both; the group itself moves as Heartbeat says, and its agents find what began already, or let it
go on. What has begun for a group that does not come is stopped again."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/handover.py

import asyncio
import contextlib
import os
import stat

import units
from core import INFO, WARNING, Part, log, now, write_whole
from group import RUN_DIRECTORY, processes, taking_over

# how long a word is repeated; one datagram may be lost
TOLD_S = 1.0
# by then the group came, or the other node kept it; systemd gives a start ten seconds
COMES_S = 5.0
LOOK_S = 0.1
# what can begin before the other node's daemons have ended: by proxy and relay
EARLY = {"rtpproxy": "relay", "kamailio": "proxy"}
# The last thing that the proxy's configuration reads (kamailio.cfg). While this is there, a FIFO that nobody writes to, it waits.
WAITS = f"{RUN_DIRECTORY}/proxy-waits"
# tells the floating IP's agent that everything has begun: by uptime, as integer seconds
BEGUN = f"{RUN_DIRECTORY}/begun"


def hold(path=WAITS):
    """Whoever reads the file from now on waits. Who waits already stays with the same one, where let_go finds him."""
    with contextlib.suppress(FileNotFoundError):
        if stat.S_ISFIFO(os.stat(path).st_mode):
            return
        os.unlink(path)
    os.mkfifo(path)
    # the proxy's user reads it; the umask of a service would do, too
    os.chmod(path, 0o644)


def let_go(path=WAITS):
    """Whoever waits goes on, and nobody waits any more. Open for both ways a FIFO keeps nobody waiting (fifo(7))."""
    with contextlib.suppress(FileNotFoundError):
        descriptor = os.open(path, os.O_RDWR)
        try:
            os.unlink(path)
        finally:
            # also when the floating IP's agent was faster: whoever waits reads on until nobody has it open for writing
            os.close(descriptor)


class HandOver(Part):
    """One of the two directions at a time: this node gives the group up, or is about to take it."""

    name = "handover"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.ordered_at = None
        self.ended_at = None
        self.heard_of = {}
        self.begun_at = None
        self.early = []
        self.beginning = None

    def start(self):
        self.watcher.part("supervision").units.listeners.append(self.daemon_ended)
        self.watcher.part("peer").listeners.append(self.word_came)
        # an earlier run of this program may have ended before it could note that something has begun
        if self.begun_at is None and os.path.exists(WAITS):
            self.begun_at = now()
        self.watcher.spawn(self.name, self._keep)

    def daemon_ended(self):
        """The last one that ends after an order to give the group up is what the next node waits for."""
        running = self.watcher.part("supervision").units
        if not self.watcher.part("group").giving_up():
            return
        if not taking_over(processes()):
            # it crashed while the proxy drains: systemd starts it again, and who runs is not known until systemd is asked
            running.complete = False
        elif running.complete and not running.watched:
            self.ended_at = now()
            self.watcher.part("peer").tell()

    def share(self):
        words = {"ordered": self.ordered_at, "ended": self.ended_at}
        return {word: at for word, at in words.items() if at is not None and now() - at < TOLD_S}

    def word_came(self):
        """Each order and each end is heard of once, however often it is told."""
        told = self.watcher.part("peer").latest(self.name)
        if not told:
            return
        group = self.watcher.part("group")
        # as it is now: on a busy machine the word may come after the group
        group.look()
        for word, begin in (("ordered", self._begin_early), ("ended", self._begin)):
            if word not in told or told[word] == self.heard_of.get(word):
                continue
            self.heard_of[word] = told[word]
            # a busy node may tell of the end first
            if word == "ordered" and "ended" in told:
                continue
            if group.heartbeat and not group.owns:
                begin()

    def _begin_early(self):
        known = self.watcher.part("supervision").names
        could = {EARLY.get(self.config.get(option)) for option in ("PROXY", "RELAY")}
        self.early = [name for name in known if name in could]
        if self.early:
            if "proxy" in self.early:
                hold()
            self._start(self.early, "are about to end")

    def _begin(self):
        rest = [name for name in self.watcher.part("supervision").names if name not in self.early]
        let_go()
        self.early = []
        self._start(rest, "have ended")
        write_whole(BEGUN, f"{int(now())}\n")

    def _start(self, names, why):
        """The relay first, so that no call is without sound."""
        self.begun_at = now()
        what = f"{' and '.join(sorted(names, reverse=True))} of this node begin" if names else "what waited for that goes on"
        log(INFO, f"the daemons of {self.config.get('PEER_NAME')} {why}: {what}")
        self.watcher.write_state()
        if names:
            self.beginning = asyncio.get_running_loop().create_task(self._order("start", names))

    async def _order(self, verb, names):
        known = self.watcher.part("supervision").names
        return await units.systemctl("--no-block", verb, *[f"{known[name]}.service" for name in sorted(names, reverse=True)])

    async def _keep(self):
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self):
        """Whether the group is ordered away; whether what has begun is in the group by now, or will never be."""
        group = self.watcher.part("group")
        ordered = group.owns and group.giving_up()
        if ordered and self.ordered_at is None:
            self.ordered_at = now()
            self.watcher.part("peer").tell()
        elif not ordered:
            self.ordered_at = None
        if self.begun_at is None:
            return
        if group.owns:
            self.begun_at, self.early = None, []
            let_go()
        elif now() - self.begun_at >= COMES_S and not taking_over(processes()):
            self.begun_at, self.early = None, []
            log(WARNING, "the group did not come: the daemons that had begun for it are stopped")
            if not await self._order("stop", self.watcher.part("supervision").names):
                # tried again at the next look; what would load calls now would serve with them later
                self.begun_at = self.begun_at or now() - COMES_S
            # not before they are told to stop; and not who waits for the next order, which may have come meanwhile
            if self.begun_at is None:
                let_go()

    def state(self):
        return {"begunAt": self.begun_at}

    def remember(self, kept):
        self.begun_at = kept.get("begunAt")
