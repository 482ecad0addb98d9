"""What the parts of the watcher share: values, journal, state file, tasks, bounded commands, and how late the loop is."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/core.py

import asyncio
import contextlib
import json
import os
import shlex
import signal
import socket
import sys
import time
import traceback

CONFIG_FILES = ("/etc/sip-ha/cluster.env", "/etc/sip-ha/watcher.env", "/etc/sip-ha/relay.env")
STATE_FILE = os.environ.get("WATCHER_STATE", "/run/sip-ha/watcher.json")
STATE_EVERY_S = 0.5
TICK_S = 0.05

# Levels of syslog(3); journald reads them from the beginning of a line (sd-daemon(3)).
ALERT, ERROR, WARNING, NOTICE, INFO = 1, 3, 4, 5, 6


def now():
    """Seconds since boot, suspended time included: comparable between runs of this program, and no clock step moves it."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def log(level, text):
    """One line for the journal."""
    print(f"<{level}>{text}", file=sys.stderr, flush=True)


def parse_env(text):
    """NAME=word lines as a shell would read them."""
    values = {}
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, word = line.partition("=")
            values[name] = "".join(shlex.split(word))
    return values


def load_config(files=CONFIG_FILES):
    """The values of all files in one mapping; a file that is not there adds nothing."""
    values = {}
    for path in files:
        try:
            with open(path, encoding="utf-8") as file:
                values.update(parse_env(file.read()))
        except FileNotFoundError:
            continue
    return values


def write_whole(path, text):
    """Whole or not at all, readable by everybody."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(f"{path}.new", path)


def notify_systemd(state):
    """sd_notify(3); does nothing outside of systemd."""
    path = os.environ.get("NOTIFY_SOCKET")
    if path:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto(state.encode(), path.replace("@", "\0", 1) if path[0] == "@" else path)


async def run(*words, timeout=5.0, stdin=None):
    """Exit status and standard output of a command, standard error added to it; status None when it took too long."""
    process = await asyncio.create_subprocess_exec(
        *words,
        stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(stdin), timeout)
        return process.returncode, output.decode(errors="replace").strip()
    except asyncio.TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        return None, f"{words[0]} did not end within {timeout} s"


class Part:
    """One concern of the watcher. Its tasks run in the common loop and must never block it."""

    name = "part"

    def __init__(self, watcher):
        self.watcher = watcher
        self.config = watcher.config

    def start(self):
        """Called once; begins tasks by self.watcher.spawn(name, function)."""

    def state(self):
        """What the state file tells of this part, as JSON."""
        return {}

    def share(self):
        """What the peer's watcher gets to know of this part, several times a second, as JSON; keep it small."""
        return {}

    def remember(self, kept):
        """What state() was when an earlier run of this program ended since the last boot."""


class Watcher:
    """The parts and what they have in common."""

    def __init__(self, config):
        self.config = config
        self.parts = []
        self.lag = 0.0
        self._tasks = set()

    def part(self, name):
        """The part of that name; None when this build has none."""
        return next((part for part in self.parts if part.name == name), None)

    def spawn(self, name, function):
        """Runs the coroutine function for as long as the watcher lives; a fault is logged and it begins again."""
        task = asyncio.get_running_loop().create_task(self._keep(name, function), name=name)
        self._tasks.add(task)
        return task

    async def _keep(self, name, function):
        while True:
            try:
                await function()
                return
            except asyncio.CancelledError:
                raise
            except Exception:
                log(ERROR, f"{name} failed and begins again: {' | '.join(traceback.format_exc().splitlines())}")
                await asyncio.sleep(1)

    async def run(self):
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        self._remember()
        for part in self.parts:
            part.start()
        self.spawn("state", self._write_state)
        self.spawn("lag", self._measure_lag)
        notify_systemd("READY=1")
        await ended.wait()
        notify_systemd("STOPPING=1")
        self.write_state()
        # what still runs ends with the control group; an orderly end would only wait for it
        os._exit(0)

    def write_state(self):
        """The state file now, for instance before an order that may end this program."""
        text = {"at": time.time(), "boot": now(), "node": self.config.get("NODE_NAME"), "lagMs": round(self.lag * 1000)}
        write_whole(STATE_FILE, json.dumps({**text, **{part.name: part.state() for part in self.parts}}) + "\n")

    async def _write_state(self):
        while True:
            self.write_state()
            notify_systemd("WATCHDOG=1")
            await asyncio.sleep(STATE_EVERY_S)

    def _remember(self):
        try:
            with open(STATE_FILE, encoding="utf-8") as file:
                kept = json.load(file)
        except (OSError, ValueError):
            return
        for part in self.parts:
            if isinstance(kept.get(part.name), dict):
                part.remember(kept[part.name])

    async def _measure_lag(self):
        """How late this loop has been lately, in seconds: whoever is late himself must not call others slow."""
        while True:
            before = now()
            await asyncio.sleep(TICK_S)
            late = max(0.0, now() - before - TICK_S)
            self.lag = max(late, self.lag * 0.95)
