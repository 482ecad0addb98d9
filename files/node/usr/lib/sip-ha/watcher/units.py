"""What systemd knows of the daemons, asked at once when a main process ends, else now and then."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/units.py

import asyncio
import os

from core import ERROR, log, run

PROPERTIES = "Id,ActiveState,NRestarts,MainPID,ActiveEnterTimestampMonotonic,InvocationID"
EVERY_S = 1.0
# while daemons are meant to end or begin: until that is over
AWAITED_S = 0.1


def parse(text):
    """By unit name, without its ending: property -> value."""
    units = {}
    for block in text.split("\n\n"):
        values = dict(line.partition("=")[::2] for line in block.splitlines() if "=" in line)
        if "Id" in values:
            units[values["Id"].removesuffix(".service")] = values
    return units


class Units:
    """Keeps the last answer of systemd; `crashes` counts what it started again by itself since they were taken."""

    def __init__(self, names, awaited=lambda: False):
        self.names = names
        # whether daemons are meant to end or begin just now: nobody is judged, and asking would slow them down
        self.awaited = awaited
        self.known = {}
        self.crashes = dict.fromkeys(names, 0)
        self.wake = asyncio.Event()
        self.watched = {}
        # when systemd was asked last, each of them had a main process
        self.complete = False
        # called whenever a main process has ended
        self.listeners = []

    async def follow(self):
        while True:
            if not self.awaited():
                await self.ask()
            try:
                await asyncio.wait_for(self.wake.wait(), AWAITED_S if self.awaited() else EVERY_S)
            except asyncio.TimeoutError:
                continue
            # what ended is being started again right now
            self.wake.clear()
            for pause in () if self.awaited() else (0.03, 0.1, 0.2):
                await asyncio.sleep(pause)
                await self.ask()

    async def ask(self):
        status, text = await run("systemctl", "show", "-p", PROPERTIES, *[f"{n}.service" for n in self.names], timeout=3)
        if status != 0:
            return
        for name, values in parse(text).items():
            self._take(name, values)
        self.complete = len(self.watched) == len(self.names)

    def _take(self, name, values):
        before, restarts = self.known.get(name), int(values.get("NRestarts") or 0)
        if before is not None:
            # started by hand, systemd counts from 0 again
            last = int(before.get("NRestarts") or 0)
            self.crashes[name] += max(0, restarts - last)
            if values["ActiveState"] == "failed" and before["ActiveState"] != "failed" and restarts == last:
                self.crashes[name] += 1
        self.known[name] = values
        self._watch(name, int(values.get("MainPID") or 0))

    def _watch(self, name, pid):
        if self.watched.get(name, (0, None))[0] == pid:
            return
        self._unwatch(name)
        if pid:
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:
                self.wake.set()
                return
            self.watched[name] = (pid, descriptor)
            asyncio.get_running_loop().add_reader(descriptor, self._ended, name)

    def _unwatch(self, name):
        _, descriptor = self.watched.pop(name, (0, None))
        if descriptor is not None:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)

    def _ended(self, name):
        self._unwatch(name)
        self.wake.set()
        for listener in self.listeners:
            listener()

    def take_crashes(self, name):
        count, self.crashes[name] = self.crashes[name], 0
        return count

    def state(self, name):
        return self.known.get(name, {}).get("ActiveState", "unknown")

    def started(self, name):
        """Changes whenever the unit was started."""
        known = self.known.get(name, {})
        return known.get("MainPID", "0"), known.get("ActiveEnterTimestampMonotonic", "0")

    def main_pid(self, name):
        return int(self.known.get(name, {}).get("MainPID") or 0)


async def systemctl(*words):
    status, said = await run("systemctl", *words, timeout=3)
    if status != 0:
        log(ERROR, f"systemctl {' '.join(words)}: {said or status}")
    return status == 0


async def kill(unit):
    """The whole control group at once; systemd starts it again (Restart=always)."""
    await systemctl("kill", "--kill-who=all", "--signal=KILL", f"{unit}.service")


async def pause(unit):
    """Stopped without a grace, so that systemd does not start it again."""
    await systemctl("--no-block", "stop", f"{unit}.service")
    await run("systemctl", "kill", "--kill-who=all", "--signal=KILL", f"{unit}.service", timeout=3)


async def start(unit):
    await run("systemctl", "reset-failed", f"{unit}.service", timeout=3)
    await systemctl("--no-block", "start", f"{unit}.service")
