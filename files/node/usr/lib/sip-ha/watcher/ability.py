"""Whether this node could serve if the group came: what the peer asks before it gives the group up."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/ability.py

import asyncio
import os

from core import NOTICE, Part, log, now, run

EVERY_S = 1.0
CHECK_AGAIN_S = 300.0
# the daemon's own check of its configuration, and where that lies
CHECKS = {
    "kamailio": ("/etc/kamailio", ("kamailio", "-c", "-f", "/etc/kamailio/kamailio.cfg")),
    "opensips": ("/etc/opensips", ("opensips", "-C", "-f", "/etc/opensips/opensips.cfg")),
}
MOST_SHARED = 160


def newest(directory):
    """When something in a directory was changed last; None without it."""
    try:
        return max(entry.stat().st_mtime_ns for entry in os.scandir(directory))
    except (OSError, ValueError):
        return None


def has_carrier(interface, root="/sys/class/net"):
    """Whether the public link is up; unknown is no reason to refuse."""
    try:
        with open(f"{root}/{interface}/carrier", encoding="ascii") as file:
            return file.read().strip() != "0"
    except FileNotFoundError:
        return False
    except OSError:
        return True


class Ability(Part):
    """Preflight of this node, kept fresh so that the answer is there when it is asked for."""

    name = "ability"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.faults = ["not looked at yet"]
        self.checked = None
        self.checked_at = 0.0
        self.check_fault = ""

    def start(self):
        self.watcher.spawn("ability", self._look)

    async def _look(self):
        while True:
            await self._check_configuration()
            faults = self.find_faults()
            if faults != self.faults:
                log(NOTICE, f"this node could serve: {'no, ' + '; '.join(faults) if faults else 'yes'}")
            self.faults = faults
            await asyncio.sleep(EVERY_S)

    def find_faults(self):
        group, database = self.watcher.part("group"), self.watcher.part("database")
        supervision = self.watcher.part("supervision")
        faults = []
        if not group.heartbeat:
            faults.append("heartbeat does not run")
        if group.paused():
            faults.append("its supervision is switched off")
        if not database.answers:
            faults.append(f"it does not reach the database: {database.said}")
        if not has_carrier(self.config["PUBLIC_IF"]):
            faults.append(f"{self.config['PUBLIC_IF']} has no carrier")
        gateway = self.watcher.part("gateway")
        if gateway and gateway.fault():
            faults.append(gateway.fault())
        if self.check_fault:
            faults.append(self.check_fault)
        left = supervision.barred_for()
        if left > 0:
            faults.append("it gave the group up itself because its daemons failed")
        return faults

    async def _check_configuration(self):
        directory, command = CHECKS.get(self.config.get("PROXY", "kamailio"), (None, None))
        signature = newest(directory) if directory else None
        if signature is None:
            self.check_fault = "" if directory is None else f"{directory} is not there"
            return
        if signature == self.checked and now() - self.checked_at < CHECK_AGAIN_S:
            return
        status, said = await run("nice", "-n", "19", *command, timeout=20)
        self.checked, self.checked_at = signature, now()
        lines = [line for line in said.splitlines() if "ERROR" in line or "CRITICAL" in line] or said.splitlines()[-1:]
        self.check_fault = "" if status == 0 else f"its proxy refuses the configuration: {' '.join(lines[:1])}"

    def share(self):
        return {"able": not self.faults, "why": "; ".join(self.faults)[:MOST_SHARED]}

    def state(self):
        return {"able": not self.faults, "why": self.faults}
