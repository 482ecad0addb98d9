import asyncio
import unittest
from types import SimpleNamespace
from unittest import mock

import gate

CONFIG = {"DATABASE_HOST": "10.77.0.21", "DATABASE_PORT": "3306", "PROXY": "kamailio"}


class TheGate(unittest.TestCase):
    def setUp(self):
        self.database = SimpleNamespace(frozen=False)
        self.watcher = SimpleNamespace(config=CONFIG, lag=0.0, part=lambda _: self.database)
        self.part = gate.Gate(self.watcher)
        self.commands = []

    def look(self, frozen, lag=0.0, status=0):
        """Looks once; answers the commands that were run meanwhile."""
        self.database.frozen, self.watcher.lag, self.commands = frozen, lag, []
        rules = [0] if self.part.shut else []

        async def run(*words, **_):
            self.commands.append(" ".join(words))
            if words[:3] == ("ip", "rule", "del"):
                return (rules.pop() if rules else 2), ""
            return status, "said"

        user = SimpleNamespace(pw_uid=103)
        with mock.patch.object(gate, "run", run), mock.patch.object(gate.pwd, "getpwnam", lambda _: user), mock.patch.object(gate, "log"), mock.patch.object(gate.asyncio, "sleep", mock.AsyncMock()):
            asyncio.run(self.part.look())
        return self.commands

    def test_is_open_while_the_database_answers_or_refuses(self):
        self.assertEqual(self.look(frozen=False), [])

    def test_shuts_for_the_proxy_alone_and_frees_who_waits(self):
        rule = "ip rule add pref 4900 to 10.77.0.21/32 ipproto 6 dport 3306 uidrange 103-103 unreachable"
        self.assertEqual(self.look(frozen=True), [rule, "ss -K dst 10.77.0.21 dport = 3306"])
        self.assertEqual((self.part.state(), self.look(frozen=True)), ({"shut": True}, []))

    def test_opens_as_soon_as_the_database_answers_and_leaves_no_rule(self):
        self.look(frozen=True)
        self.assertEqual(self.look(frozen=False), ["ip rule del pref 4900"] * 2)
        self.assertEqual(self.part.state(), {"shut": False})

    def test_does_not_shut_for_a_watcher_that_is_late_itself(self):
        self.assertEqual(self.look(frozen=True, lag=1.0), [])

    def test_that_cannot_be_shut_is_tried_again(self):
        self.assertEqual(len(self.look(frozen=True, status=2)), 1)
        self.assertEqual(len(self.look(frozen=True)), 2)


if __name__ == "__main__":
    unittest.main()
