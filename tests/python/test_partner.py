"""When a node says that nobody is there to fail over to."""

import asyncio
import unittest
from types import SimpleNamespace
from unittest import mock

import partner
from core import ALERT, NOTICE

WELL = {"group": {"heartbeat": True}, "ability": {"able": True}}


def made(heard=True, heartbeat=True, **shares):
    peer = SimpleNamespace(fresh=lambda: heard, latest=lambda part: {**WELL, **shares}[part])
    parts = {"peer": peer, "group": SimpleNamespace(heartbeat=heartbeat)}
    return partner.Partner(SimpleNamespace(config={"PEER_NAME": "sip2"}, part=parts.get))


def found(part, answer=(0, "active")):
    async def cl_status(*_, **__):
        return answer

    with mock.patch.object(partner, "run", cl_status):
        return asyncio.run(part.find_fault())


class ThePartner(unittest.TestCase):
    def test_that_is_ready_is_no_fault(self):
        self.assertEqual(found(made()), "")

    def test_that_heartbeat_calls_dead_is_dead(self):
        self.assertEqual(found(made(heard=False), (1, "dead")), partner.DEAD)

    def test_that_is_silent_but_not_dead_yet_is_no_fault(self):
        self.assertEqual(found(made(heard=False), (0, "active")), "")
        self.assertEqual(found(made(heard=False), (None, "cl_status did not end")), "")

    def test_of_a_node_without_heartbeat_of_its_own_is_unknown(self):
        self.assertEqual(found(made(heard=False, heartbeat=False), (1, "dead")), "")

    def test_without_heartbeat_or_unable_is_no_standby(self):
        self.assertIn("Heartbeat does not run", found(made(group={"heartbeat": False})))
        self.assertEqual(found(made(ability={"able": False, "why": "full"})), "it could not serve: full")


class TheAlarm(unittest.TestCase):
    def told(self, *looks):
        """Levels of what is logged when looks at these seconds find this."""
        part = made()
        clock = mock.Mock()
        with mock.patch.object(partner, "log") as log, mock.patch.object(partner, "now", clock):
            for at, fault in looks:
                clock.return_value = at
                part.judge(fault)
        return [call.args[0] for call in log.call_args_list], part.state()["fault"]

    def test_is_raised_at_once_for_a_dead_node_and_only_once(self):
        self.assertEqual(self.told((0, ""), (1, partner.DEAD), (2, partner.DEAD)), ([ALERT], partner.DEAD))

    def test_ends_with_the_fault(self):
        self.assertEqual(self.told((0, partner.DEAD), (9, "")), ([ALERT, NOTICE], ""))

    def test_waits_for_what_may_pass(self):
        self.assertEqual(self.told((0, "unable"), (4, "unable"), (4.5, "")), ([], ""))
        self.assertEqual(self.told((0, "unable"), (5, "unable")), ([ALERT], "unable"))
