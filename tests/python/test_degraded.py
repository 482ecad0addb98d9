import asyncio
import os
import tempfile
import unittest
from types import SimpleNamespace
from unittest import mock

import degraded

PID = 4711


class AProxyWithoutItsDatabase(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.word = os.path.join(directory.name, "proxy.env")
        self.database = SimpleNamespace(answers=None, well=False)
        self.database.well_for = lambda _: self.database.well
        self.group = SimpleNamespace(owns=True, table={}, settled=lambda: True, paused=lambda: False)
        parts = {"database": self.database, "group": self.group}
        parts["supervision"] = SimpleNamespace(names={"proxy": "sip-ha-proxy"}, units=SimpleNamespace(main_pid=lambda _: PID))
        self.watcher = SimpleNamespace(config={"PROXY": "kamailio"}, part=parts.get)
        self.at = 100.0
        with mock.patch.object(degraded, "WORD", self.word):
            self.part = degraded.Degraded(self.watcher)

    def look(self, answers, well=False, command="/usr/sbin/kamailio -m 64 -M 8 "):
        """Looks once; answers what systemctl was told."""
        self.database.answers, self.database.well = answers, well
        self.group.table = {PID: SimpleNamespace(command=command.encode())}
        orders = mock.AsyncMock()
        with mock.patch.object(degraded, "WORD", self.word), mock.patch.object(degraded, "log"):
            with mock.patch.object(degraded.units, "systemctl", orders), mock.patch.object(degraded, "now", lambda: self.at):
                asyncio.run(self.part.look())
        return [" ".join(call.args) for call in orders.call_args_list]

    def left(self):
        if not os.path.exists(self.word):
            return ""
        with open(self.word, encoding="utf-8") as file:
            return file.read()

    def test_is_started_as_ever_until_the_database_has_refused_or_kept_silent(self):
        self.look(None)
        self.assertEqual(self.left(), "")
        self.look(True)
        self.assertEqual(self.left(), "")

    def test_is_started_without_while_it_is_away_and_with_it_when_it_is_back(self):
        self.look(False)
        self.assertEqual(self.left(), "PROXY_OPTIONS=-A WITHOUT_DATABASE\n")
        self.look(True)
        self.assertEqual(self.left(), "")

    def test_is_replaced_once_when_the_database_has_been_back_for_long_enough(self):
        without = "/usr/sbin/kamailio -m 64 -M 8 -A WITHOUT_DATABASE "
        self.assertEqual(self.look(False, command=without), [])
        self.assertEqual(self.part.state(), {"without": True, "runs": True})
        self.assertEqual(self.look(True, command=without), [])
        order = ["--no-block restart sip-ha-proxy.service"]
        self.assertEqual(self.look(True, well=True, command=without), order)
        self.assertEqual(self.look(True, well=True, command=without), [])
        self.at += degraded.AGAIN_S
        self.assertEqual(self.look(True, well=True, command=without), order)

    def test_is_left_alone_where_it_has_the_database_or_the_group_is_elsewhere(self):
        self.assertEqual(self.look(True, well=True), [])
        self.assertEqual(self.part.state(), {"without": False, "runs": False})
        self.group.owns = False
        self.assertEqual(self.look(True, well=True, command="/usr/sbin/kamailio -A WITHOUT_DATABASE "), [])

    def test_has_a_word_that_outlives_the_watcher_until_the_database_is_asked_again(self):
        self.look(False)
        with mock.patch.object(degraded, "WORD", self.word):
            self.part = degraded.Degraded(self.watcher)
        self.look(None)
        self.assertNotEqual(self.left(), "")
        self.look(True)
        self.assertEqual(self.left(), "")


if __name__ == "__main__":
    unittest.main()
