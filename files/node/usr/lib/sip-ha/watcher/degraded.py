"""Lets the proxy start while the database is away, and starts it anew with the database when that is back.

A proxy connects every module to the database at its start, and ends without it. So this program, which asks the database
itself, leaves word for the unit to start the proxy without: such a process passes requests within calls and answers 503 to
whatever needs the database. It cannot connect later, so it is started anew; calls are in the database, not in the process."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/degraded.py

import asyncio
import os

import units
from core import NOTICE, WARNING, Part, log, now, write_whole
from group import RUN_DIRECTORY

LOOK_S = 0.1
# EnvironmentFile of the proxy's unit
WORD = f"{RUN_DIRECTORY}/proxy.env"
# what starts each proxy without the database
OPTIONS = {"kamailio": "-A WITHOUT_DATABASE", "opensips": "-f /etc/opensips/without-database.cfg"}
# the proxy owes the database the ends of calls, and pays every five seconds (kamailio.cfg, OWED)
PAID_S = 6.0
# a start is over by then, or has failed
AGAIN_S = 15.0


class Degraded(Part):
    """How the proxy of this node is to be started, and whether the one that runs has to be replaced."""

    name = "degraded"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.options = OPTIONS[self.config.get("PROXY", "kamailio")]
        self.without = os.path.exists(WORD)
        self.started_at = None

    def start(self):
        self.watcher.spawn(self.name, self._keep)

    async def _keep(self):
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self):
        self._leave_word(self.watcher.part("database").answers)
        if self._to_replace():
            self.started_at = now()
            log(NOTICE, "the database is back: the proxy, which was started without it, is started anew")
            await units.systemctl("--no-block", "restart", f"{self._unit()}.service")

    def _leave_word(self, answers):
        """Nothing is known for sure until the database has been asked once."""
        if answers is None or answers != self.without:
            return
        self.without = not answers
        if self.without:
            write_whole(WORD, f"PROXY_OPTIONS={self.options}\n")
            log(WARNING, "a proxy that is started now starts without the database")
        elif os.path.exists(WORD):
            os.remove(WORD)

    def _unit(self):
        return self.watcher.part("supervision").names["proxy"]

    def _runs_without(self):
        """Whether the process that runs was started without the database."""
        supervision = self.watcher.part("supervision")
        process = self.watcher.part("group").table.get(supervision.units.main_pid(self._unit()))
        return process is not None and f" {self.options} " in process.command.decode(errors="replace")

    def _to_replace(self):
        group = self.watcher.part("group")
        if not group.owns or not group.settled() or group.paused():
            return False
        if not self.watcher.part("database").well_for(PAID_S):
            return False
        return self._runs_without() and (self.started_at is None or now() - self.started_at >= AGAIN_S)

    def state(self):
        return {"without": self.without, "runs": self._runs_without()}
