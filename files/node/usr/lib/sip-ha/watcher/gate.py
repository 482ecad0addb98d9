"""Makes a frozen database a dead one for the proxy. A question to a dead one fails at once, to a frozen one only after
seconds; a proxy writes its calls before it passes messages on, so all its workers would soon wait."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/gate.py

import asyncio
import pwd

from core import ERROR, NOTICE, WARNING, Part, log, run

LOOK_S = 0.1
# by this number the rule is found again; the unit's ExecStopPost removes it, too
PREFERENCE = "4900"
# whoever is late himself must not call others frozen
LATE_S = 0.3
USERS = {"kamailio": "kamailio", "opensips": "opensips"}


class Gate(Part):
    """A routing rule for the proxy's user alone: this program goes on asking, and opens when the database answers."""

    name = "gate"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.shut = False

    def start(self):
        self.watcher.spawn("gate", self._keep)

    async def _keep(self):
        await self.open()
        while True:
            await asyncio.sleep(LOOK_S)
            await self.look()

    async def look(self):
        database = self.watcher.part("database")
        if not self.shut and database.frozen and self.watcher.lag < LATE_S:
            await self.close()
        elif self.shut and not database.frozen:
            await self.open()
            log(NOTICE, "the proxy may ask the database again")

    async def close(self):
        """New questions find no route; those that wait for an answer end, for their connections are closed."""
        host, port = self.config["DATABASE_HOST"], self.config["DATABASE_PORT"]
        try:
            uid = pwd.getpwnam(USERS[self.config.get("PROXY", "kamailio")]).pw_uid
        except KeyError:
            return
        rule = ("to", f"{host}/32", "ipproto", "6", "dport", port, "uidrange", f"{uid}-{uid}", "unreachable")
        status, said = await run("ip", "rule", "add", "pref", PREFERENCE, *rule)
        if status != 0:
            log(ERROR, f"the proxy goes on asking a frozen database: {said}")
            await asyncio.sleep(1)
            return
        self.shut = True
        log(WARNING, "the database is frozen: for the proxy it is unreachable until it answers")
        await run("ss", "-K", "dst", host, "dport", "=", port)

    async def open(self):
        while (await run("ip", "rule", "del", "pref", PREFERENCE))[0] == 0:
            pass
        self.shut = False

    def state(self):
        return {"shut": self.shut}
