"""Who has the group, as this node can tell without asking anybody: from the kernel's tables and from processes."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/group.py

import asyncio
import os
import re

from core import NOTICE, Part, log, now, run

EVERY_S = 0.1
# reading the process table costs a millisecond or two
TABLE_EVERY = 3
RUN_DIRECTORY = os.environ.get("RUN_DIRECTORY", "/run/sip-ha")
# written by `engine standby` before it drains: UPTIME VERB REASON; what happens now is meant to happen
PLANNED = f"{RUN_DIRECTORY}/planned"
PLANNED_S = 3.0
GIVING_UP = ("standby", "relinquish")
# made by `engine supervise off`
PAUSED = f"{RUN_DIRECTORY}/supervision-off"
MOVING = re.compile(
    rb"^(/bin/(ba)?sh )?(/usr/share/heartbeat/(ResourceManager|mach_down|req_resource)"
    rb"|/etc/ha\.d/rc\.d/(ip-request|ask_resources|hb_takeover))"
)
# after the group came or stopped moving, daemons get this long before anybody judges them
SETTLE_S = 1.0


def holds(address, trie):
    """Whether /proc/net/fib_trie has the address as a local one."""
    return re.search(rf"-- {re.escape(address)}\n\s+/32 host LOCAL", trie) is not None


class Process:
    """One line of the process table: command line, parent, and state as in proc(5)."""

    def __init__(self, pid, parent, state, command):
        self.pid, self.parent, self.state, self.command = pid, parent, state, command


def processes(root="/proc"):
    """Every process that can be read, by its id."""
    table = {}
    for name in os.listdir(root):
        if not name.isdigit():
            continue
        try:
            with open(f"{root}/{name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            with open(f"{root}/{name}/cmdline", "rb") as file:
                command = file.read().replace(b"\0", b" ")
        except OSError:
            continue
        table[int(name)] = Process(int(name), int(fields[1]), fields[0].decode(), command)
    return table


def family(table, pid):
    """A process and all that descend from it."""
    found = [table[pid]] if pid in table else []
    for process in found:
        found += [child for child in table.values() if child.parent == process.pid]
    return found


def taking_over(table):
    """Whether one of Heartbeat's programs that take or give the group runs."""
    return any(MOVING.search(process.command) for process in table.values())


class Group(Part):
    """Address, moves, and whether Heartbeat runs and has ended its beginning."""

    name = "group"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.owns = False
        self.owns_since = None
        self.moving = False
        self.heartbeat = False
        self.settled_at = now()
        self.ready = False
        # since this Heartbeat runs, it has ended its beginning once
        self.begun = False
        self.table = {}
        self.order = None
        self.verb = None
        self.looks = 0

    def start(self):
        self.watcher.spawn("group", self._look)
        self.watcher.spawn("heartbeat", self._ask_heartbeat)

    def look(self):
        """The present state; changes of it begin the time in which nobody is judged."""
        with open("/proc/net/fib_trie", encoding="ascii") as file:
            owns = holds(self.config["FLOATING_IP"], file.read())
        self.looks += 1
        if self.looks % TABLE_EVERY == 1:
            self.table = processes()
        moving = taking_over(self.table)
        self.heartbeat = any(process.command.startswith(b"heartbeat: master control") for process in self.table.values())
        # without Heartbeat the group is being dropped, and by nobody's fault of the daemons
        if moving or owns != self.owns or not self.heartbeat or self.planned():
            self.settled_at = now() + SETTLE_S
        self.owns, self.moving = owns, moving
        self.owns_since = (self.owns_since or now()) if owns else None

    def held_for(self):
        """Seconds for which this node has had the group; 0 when it has not."""
        return 0.0 if self.owns_since is None else now() - self.owns_since

    def settled(self):
        """Nothing has moved for a second, and nothing is meant to."""
        return now() >= self.settled_at

    def planned(self):
        """Whether a move was ordered in the last seconds; by what stands there, which no clock step moves."""
        try:
            with open(PLANNED, encoding="utf-8", errors="replace") as file:
                at, _, order = file.read().strip().partition(" ")
            self.verb = order.partition(",")[0]
            recent = now() - float(at) < PLANNED_S
        except (OSError, ValueError):
            return False
        if recent and at != self.order:
            self.order = at
            log(NOTICE, f"ordered here: {order}")
        return recent

    def in_motion(self):
        """The group comes or goes, or was ordered to go a moment ago."""
        return self.moving or self.giving_up()

    def giving_up(self):
        """Whether the other node was meant to get the group by an order given here in the last seconds."""
        return self.planned() and self.verb in GIVING_UP

    def paused(self):
        return os.path.exists(PAUSED)

    async def _look(self):
        while True:
            self.look()
            await asyncio.sleep(EVERY_S)

    async def _ask_heartbeat(self):
        """While nobody has the group it matters whether Heartbeat is still about to take it."""
        while True:
            peer = self.watcher.part("peer").latest("group")
            if not self.heartbeat:
                self.ready = False
            elif self.owns or peer.get("owns"):
                self.ready = True
            else:
                status, said = await run("cl_status", "rscstatus", timeout=1.0)
                self.ready = status == 0 and said in ("none", "local", "foreign", "all")
            self.begun = self.heartbeat and (self.begun or self.ready)
            await asyncio.sleep(0.3)

    @property
    def starting(self):
        """Heartbeat runs, and has never yet been ready to take or give anything."""
        return self.heartbeat and not self.begun

    def share(self):
        # not settled(): who has nothing to lose need not wait until it is judged
        ready = self.ready and not self.moving and not self.planned()
        held = round(self.held_for(), 2)
        now_is = {"moving": self.moving, "heartbeat": self.heartbeat, "ready": ready, "starting": self.starting}
        return {"owns": self.owns, "heldFor": held, **now_is}

    def state(self):
        return {**self.share(), "begun": self.begun, "ownsSince": self.owns_since, "settled": self.settled(), "paused": self.paused()}

    def remember(self, kept):
        self.owns_since = kept.get("ownsSince")
        self.begun = bool(kept.get("begun"))
