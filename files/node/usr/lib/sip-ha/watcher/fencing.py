"""Asks the fencing device each minute whether it works, and notes that the peer was heard since this node booted."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/fencing.py

import asyncio
import json
import os

from core import ALERT, NOTICE, Part, log, run

PROGRAM = "/usr/lib/sip-ha/fence"
HEARD = os.environ.get("RUN_DIRECTORY", "/run/sip-ha") + "/peer-heard"
CHECK_EVERY_S = 60.0
RETRY_EVERY_S = 10.0
LISTEN_EVERY_S = 2.0


class Fencing(Part):
    """A device that fails is told of when it fails, not when it is needed."""

    name = "fencing"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.device = "unknown"
        self.said = ""

    def start(self):
        if os.path.exists("/etc/sip-ha/fence.env"):
            self.watcher.spawn("fencing device", self.check)
            self.watcher.spawn("peer heard", self.listen)

    async def check(self):
        while True:
            _, text = await run(PROGRAM, "check", timeout=90.0)
            self.judge(text)
            await asyncio.sleep(CHECK_EVERY_S if self.device == "ok" else RETRY_EVERY_S)

    def judge(self, text):
        """Takes what the check said; tells of a change only."""
        try:
            found = json.loads(text)
            device, self.said = found["device"], found["said"]
        except (ValueError, KeyError, TypeError):
            device, self.said = "broken", text
        if device != "ok" and self.device != "broken":
            log(ALERT, f"the fencing device does not work, so nobody would take over from a dead node: {self.said}")
        elif device == "ok" and self.device == "broken":
            log(NOTICE, "the fencing device works again")
        self.device = "ok" if device == "ok" else "broken"

    async def listen(self):
        """Until Heartbeat has heard the peer once; the note is gone with the next boot."""
        while not os.path.exists(HEARD):
            status, said = await run("cl_status", "nodestatus", self.config["PEER_NAME"], timeout=1.0)
            if status == 0 and said in ("active", "up"):
                with open(HEARD, "w", encoding="utf-8"):
                    pass
            await asyncio.sleep(LISTEN_EVERY_S)

    def state(self):
        return {"device": self.device, "said": self.said}
