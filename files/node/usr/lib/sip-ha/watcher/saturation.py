"""Whether this machine has more work than processors: then whoever does not answer may only wait for his turn."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/saturation.py

import os
import re

# how many runnable tasks a processor may have before everybody on it is slow
TASKS_PER_PROCESSOR = 2.0
# the share of one look in the average: about a second at ten looks per second
WEIGHT = 0.15


def runnable(text):
    """How many tasks can run now, from /proc/stat (proc(5)); this program is one of them."""
    found = re.search(r"^procs_running (\d+)$", text, re.MULTILINE)
    return int(found[1]) if found else 0


class Saturation:
    """An average over about a second, since single looks find bursts."""

    def __init__(self, processors=None):
        self.processors = processors or os.cpu_count() or 1
        self.average = 0.0

    def look(self, path="/proc/stat"):
        try:
            with open(path, encoding="ascii") as file:
                self.take(runnable(file.read()))
        except OSError:
            self.average = 0.0

    def take(self, tasks):
        self.average += WEIGHT * (tasks - self.average)

    @property
    def saturated(self):
        return self.average >= TASKS_PER_PROCESSOR * self.processors
