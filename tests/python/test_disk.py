"""When a node says that its disk is full."""

import unittest
from types import SimpleNamespace
from unittest import mock

import disk
from core import ALERT, NOTICE


def filesystem(free=10_000, files=100, free_files=50):
    return SimpleNamespace(f_bavail=free, f_frsize=4096, f_files=files, f_favail=free_files)


class TheDisk(unittest.TestCase):
    def full(self, **figures):
        with mock.patch.object(disk.os, "statvfs", return_value=filesystem(**figures)):
            return disk.is_full("/var")

    def test_is_full_without_room_or_without_inodes(self):
        self.assertFalse(self.full())
        self.assertTrue(self.full(free=0))
        self.assertTrue(self.full(free_files=0))

    def test_without_a_count_of_inodes_is_not_full(self):
        self.assertFalse(self.full(files=0, free_files=0))

    def test_is_told_of_once_and_again_when_there_is_room(self):
        part = disk.Disk(SimpleNamespace(config={}))
        with mock.patch.object(disk, "log") as log:
            for full in ([], ["/var"], ["/var"], []):
                part.judge(full)
        self.assertEqual([call.args[0] for call in log.call_args_list], [ALERT, NOTICE])
