"""Tells the operator's own system what changes: a command that gets JSON on its standard input, and a POST of the same."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/alerts.py

import asyncio
import json
import time

from core import WARNING, Part, load_config, log, run
from database import SECRETS
from supervision import WORDS

LOOK_EVERY_S = 0.2
SEND_S = 10.0
# an alert that nobody takes is tried again after so many seconds, then dropped
PAUSES_S = (2.0, 10.0, 30.0)
KEPT = 100

TEXTS = {
    ("group", "active"): "this node is active",
    ("group", "standby"): "this node is standby",
    ("group", "stopped"): "this node takes no part: Heartbeat does not run",
    ("peer", "silent"): "the other node is not heard",
    ("peer", "heard"): "the other node is heard",
    ("standby", "missing"): "there is nobody to fail over to",
    ("standby", "ready"): "the other node could take over again",
    ("owners", "two"): "both nodes have the floating IP",
    ("owners", "one"): "no longer both nodes have the floating IP",
    ("database", "silent"): "the database does not answer",
    ("database", "answers"): "the database answers",
    ("daemons", "failing"): "a daemon cannot be mended here, and the other node cannot serve",
    ("daemons", "well"): "the daemons are well again, or serve elsewhere",
    ("fencing", "broken"): "the fencing device does not work: nobody would take over from a dead node",
    ("fencing", "ok"): "the fencing device works",
    ("gateway", "silent"): "the gateway does not answer on the public link",
    ("gateway", "answers"): "the gateway answers on the public link",
    ("disk", "full"): "the disk is full: nothing can be written any more",
    ("disk", "room"): "there is room on the disk again",
}


def changes(before, after):
    """(subject, state) of whatever differs; what is seen for the first time is no change."""
    return [(name, state) for name, state in after.items() if before.get(name, state) != state]


def post(url, body):
    """What went wrong, in words; blocks for as long as the other side takes. The address is a secret and in no message."""
    import urllib.error
    import urllib.request

    try:
        request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=SEND_S):
            return ""
    except urllib.error.HTTPError as error:
        return f"answered {error.code}"
    except urllib.error.URLError as error:
        return str(error.reason)
    except (OSError, ValueError) as error:
        return type(error).__name__


class Alerts(Part):
    """Each node tells what it sees itself; a dead one is told of by the other."""

    name = "alerts"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.command = json.loads(self.config.get("ALERT_COMMAND") or "[]")
        self.url = load_config([SECRETS]).get("ALERT_URL", "")
        self.seen = {}
        self.acted_at = None
        self.queue = None
        self.told, self.lost, self.said = 0, 0, ""

    def configured(self):
        return bool(self.command or self.url)

    def start(self):
        self.queue = asyncio.Queue(KEPT)
        if self.configured():
            self.watcher.spawn("alerts", self._watch)
            self.watcher.spawn("alert sender", self._send)

    def look(self):
        """What there is to see now, by subject; only what is known for sure."""
        group, peer = self.watcher.part("group"), self.watcher.part("peer")
        database, fencing = self.watcher.part("database"), self.watcher.part("fencing")
        seen = {"peer": "heard" if peer.fresh() else "silent"}
        if not group.moving:
            seen["group"] = "active" if group.owns else "standby" if group.heartbeat else "stopped"
            seen["owners"] = "two" if group.owns and peer.latest("group").get("owns") else "one"
        if database.answers is not None:
            seen["database"] = "answers" if database.answers else "silent"
        if fencing.device != "unknown":
            seen["fencing"] = fencing.device
        sees = self.watcher.part("gateway").sees
        if sees is not None:
            seen["gateway"] = "answers" if sees else "silent"
        seen["disk"] = "full" if self.watcher.part("disk").full else "room"
        seen["standby"] = "missing" if self.watcher.part("partner").fault else "ready"
        seen["daemons"] = "well" if self.watcher.part("supervision").decided.alerted_at is None else "failing"
        return seen

    def news(self):
        """Everything that happened since the last look, as JSON objects; the first look only says how things are."""
        first, after = not self.seen, self.look()
        told = [self.alert(subject, state, TEXTS[subject, state]) for subject, state in changes(self.seen, after)]
        self.seen = {**self.seen, **after}
        last = self.watcher.part("supervision").decided.last
        acted_at = last["at"] if last else None
        if acted_at != self.acted_at and not first:
            told.append(self.alert(last["unit"], last["kind"], f"{last['unit']} {WORDS[last['kind']]}: {last['reason']}"))
        self.acted_at = acted_at
        return told

    def alert(self, subject, state, text):
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        about = {"stack": self.config.get("STACK"), "node": self.config.get("NODE_NAME"), "at": at}
        return {**about, "subject": subject, "state": state, "text": text}

    async def _watch(self):
        while True:
            for alert in self.news():
                if self.queue.full():
                    self.drop(self.queue.get_nowait())
                self.queue.put_nowait(alert)
            await asyncio.sleep(LOOK_EVERY_S)

    async def _send(self):
        while True:
            await self.deliver(await self.queue.get())

    async def deliver(self, alert):
        """By each way that is configured; those that failed are tried again a few times."""
        body = json.dumps(alert).encode() + b"\n"
        ways = [self._by_command] * bool(self.command) + [self._by_post] * bool(self.url)
        for pause in (*PAUSES_S, None):
            ways = [way for way in ways if await way(body)]
            if not ways:
                self.told += 1
                return
            if pause is not None:
                await asyncio.sleep(pause)
        self.drop(alert)

    async def _by_command(self, body):
        try:
            status, said = await run(*self.command, timeout=SEND_S, stdin=body)
        except OSError as error:
            return self._failed(f"{self.command[0]}: {error.strerror}")
        return status != 0 and self._failed(f"{self.command[0]} ended with {status}: {said[-200:]}")

    async def _by_post(self, body):
        try:
            said = await asyncio.wait_for(asyncio.to_thread(post, self.url, body), 2 * SEND_S)
        except asyncio.TimeoutError:
            said = "no answer in time"
        return said != "" and self._failed(f"POST: {said}")

    def _failed(self, said):
        self.said = said
        return True

    def drop(self, alert):
        self.lost += 1
        log(WARNING, f"nobody took the alert that {alert['text']}: {self.said or 'too many wait'}")

    def state(self):
        waiting = self.queue.qsize() if self.queue else 0
        return {"configured": self.configured(), "told": self.told, "lost": self.lost, "waiting": waiting, "said": self.said}
