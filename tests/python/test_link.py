"""When the heartbeat path on the public segment gets its address back."""

import asyncio
import os
import tempfile
import unittest
from types import SimpleNamespace
from unittest import mock

import link
from core import ERROR, WARNING


def part(address="169.254.11.11/24"):
    watcher = SimpleNamespace(config={"LINK_LOCAL": address}, spawn=mock.Mock())
    return link.Link(watcher), watcher


class TheAddress(unittest.TestCase):
    def test_is_known_from_the_kernel(self):
        self.assertTrue(link.has_address("127.0.0.1"))
        self.assertFalse(link.has_address("169.254.200.201"))

    def test_is_not_looked_for_on_a_card_that_was_set_down(self):
        with tempfile.TemporaryDirectory() as cards:
            os.mkdir(f"{cards}/eth1")
            for flags, up in (("0x1003\n", True), ("0x1002\n", False)):
                with open(f"{cards}/eth1/flags", "w", encoding="ascii") as file:
                    file.write(flags)
                self.assertEqual(link.is_up("eth1", cards), up)
            self.assertFalse(link.is_up("eth9", cards))

    def test_is_looked_after_only_where_there_is_such_a_path(self):
        for address, tasks in (("169.254.11.11/24", 1), ("", 0)):
            link_part, watcher = part(address)
            link_part.start()
            self.assertEqual(watcher.spawn.call_count, tasks)

    def mend(self, *results):
        link_part, _ = part()
        with mock.patch.object(link, "run", side_effect=list(results)), mock.patch.object(link, "log") as log:
            for _ in results:
                asyncio.run(link_part.mend())
        return [call.args[0] for call in log.call_args_list]

    def test_is_set_again_and_that_is_told_each_time(self):
        self.assertEqual(self.mend((0, ""), (0, "")), [WARNING, WARNING])

    def test_that_cannot_be_set_is_told_once(self):
        self.assertEqual(self.mend((1, "no such card"), (1, "no such card"), (0, ""), (1, "no such card")), [ERROR, WARNING, ERROR])


class TheLoop(unittest.TestCase):
    def test_mends_what_is_missing_and_leaves_what_is_there(self):
        for up, there, mended in ((True, False, 1), (True, True, 0), (False, False, 0)):
            link_part, _ = part()
            sleep = mock.AsyncMock(side_effect=[None, asyncio.CancelledError])
            with (
                mock.patch.object(link.asyncio, "sleep", sleep),
                mock.patch.object(link, "is_up", return_value=up),
                mock.patch.object(link, "has_address", return_value=there),
                mock.patch.object(link.Link, "mend") as mend,
                self.assertRaises(asyncio.CancelledError),
            ):
                asyncio.run(link_part._attend())
            self.assertEqual(mend.call_count, mended)
