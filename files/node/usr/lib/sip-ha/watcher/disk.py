"""Tells when nothing can be written on this node any more: service goes on, but not for ever, and nothing is logged."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/disk.py

import asyncio
import os

from core import ALERT, NOTICE, Part, log

EVERY_S = 5.0
DIRECTORIES = ("/var", "/etc", "/run")
# what a log and a few small files need
ENOUGH_BYTES = 256 * 1024


def is_full(directory):
    """Whether the file system has no room or no inode left for others than root; unknown is not full."""
    try:
        found = os.statvfs(directory)
    except OSError:
        return False
    return found.f_bavail * found.f_frsize < ENOUGH_BYTES or (found.f_files > 0 and found.f_favail == 0)


class Disk(Part):
    """Nobody is moved for a full disk: what serves from memory would be interrupted for nothing."""

    name = "disk"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.full = []

    def start(self):
        self.watcher.spawn("disk", self._look)

    async def _look(self):
        while True:
            self.judge([directory for directory in DIRECTORIES if is_full(directory)])
            await asyncio.sleep(EVERY_S)

    def judge(self, full):
        """Takes what was found; tells of a change only."""
        if full and full != self.full:
            log(ALERT, f"nothing can be written any more, the disk is full: {', '.join(full)}")
        elif self.full and not full:
            log(NOTICE, "there is room on the disk again")
        self.full = full

    def state(self):
        return {"full": self.full}
