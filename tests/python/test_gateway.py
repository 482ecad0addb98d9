import asyncio
import dataclasses
import itertools
import os
import tempfile
import unittest
from unittest import mock

import gateway
from gateway import LinkFacts, judge

DEAD = LinkFacts(owns=True, silent=True)


class Judgement(unittest.TestCase):
    def test_moves_the_group_to_a_peer_that_sees_the_gateway(self):
        self.assertEqual(judge(DEAD), "move")

    def test_leaves_the_group_when_the_peer_is_no_better_off(self):
        self.assertEqual(judge(dataclasses.replace(DEAD, peer_able=False)), "")

    def test_withdraws_from_a_world_without_gateway_peer_and_database(self):
        alone = dataclasses.replace(DEAD, peer_heard=False, peer_able=False, database=False)
        self.assertEqual(judge(alone), "withdraw")
        self.assertEqual(judge(dataclasses.replace(alone, settled=False)), "withdraw", "a move that nobody sees the end of")

    def test_does_not_take_a_gateway_that_reboots_for_the_end_of_the_world(self):
        self.assertEqual(judge(dataclasses.replace(DEAD, peer_heard=False, peer_able=False, database=True)), "")
        self.assertEqual(judge(dataclasses.replace(DEAD, peer_heard=False, peer_able=False, database=None)), "")

    def test_moves_nothing_away_from_a_gateway_that_never_answered(self):
        never = dataclasses.replace(DEAD, known=False)
        self.assertEqual(judge(never), "")
        self.assertEqual(judge(dataclasses.replace(never, peer_heard=False, database=False)), "withdraw")

    def test_never_touches_what_this_node_does_not_have_or_may_not_touch(self):
        for values in itertools.product((True, False), repeat=7):
            facts = LinkFacts(False, *values)
            self.assertEqual(judge(facts), "", facts)
            if not facts.silent or facts.paused:
                self.assertEqual(judge(dataclasses.replace(facts, owns=True)), "", facts)


def part():
    return gateway.Gateway(mock.Mock(config={"GATEWAY": "198.51.100.1", "PEER_NAME": "sip2"}, lag=0.0))


@mock.patch.object(gateway, "log")
class Questions(unittest.TestCase):
    def ask(self, asked, *answers):
        for answered in answers:
            asked.answered = answered
            asked.count()

    def test_without_an_answer_count_in_a_row(self, log):
        asked = part()
        self.ask(asked, True, False, False, True, False, False)
        self.assertIs(asked.sees, True)
        log.assert_not_called()
        self.ask(asked, False)
        self.assertIs(asked.sees, False)
        self.assertEqual(log.call_count, 1)
        self.assertIn("does not see the gateway", asked.fault())

    def test_that_never_had_an_answer_say_nothing(self, _):
        asked = part()
        self.ask(asked, *[False] * 10)
        self.assertIsNone(asked.sees)
        self.assertEqual(asked.fault(), "")

    def test_that_a_late_watcher_may_have_missed_do_not_count(self, _):
        asked = part()
        self.ask(asked, True)
        asked.watcher.lag = 1.0
        with mock.patch.object(gateway, "has_carrier", return_value=True):
            self.ask(asked, *[False] * 10)
        self.assertIs(asked.sees, True)
        with mock.patch.object(gateway, "has_carrier", return_value=False):
            self.ask(asked, *[False] * 3)
        self.assertIs(asked.sees, False)

    def test_of_a_link_that_came_back_are_believed_after_a_while(self, _):
        asked = part()
        self.ask(asked, True)
        self.assertEqual(asked.fault(), "")
        self.ask(asked, False, False, False, True)
        self.assertIn("without a break", asked.fault())
        asked.since -= gateway.STEADY_S
        self.assertEqual(asked.fault(), "")


class DefaultRoute(unittest.TestCase):
    def test_is_the_one_of_the_public_card(self):
        head = "Iface\tDestination\tGateway\n"
        for line, there in (("eth1\t00000000\t010A0A0A", True), ("eth0\t00000000\t010A0A0A", False), ("eth1\t000A0A0A\t0", False)):
            with tempfile.TemporaryDirectory() as directory:
                table = os.path.join(directory, "route")
                with open(table, "w", encoding="ascii") as file:
                    file.write(head + line + "\n")
                self.assertEqual(gateway.has_default_route("eth1", table), there)


@mock.patch.object(gateway, "log")
class Orders(unittest.TestCase):
    def act(self, asked, facts):
        with mock.patch.object(asked, "facts", return_value=facts), mock.patch.object(gateway, "run", return_value=(0, "")) as run:
            asyncio.run(asked._act())
        return [call.args[1] for call in run.call_args_list]

    def test_to_move_are_not_repeated_while_the_first_may_be_followed(self, _):
        asked = part()
        self.assertEqual(self.act(asked, DEAD), ["relinquish"])
        self.assertEqual(self.act(asked, DEAD), [])
        asked.ordered_at -= gateway.AGAIN_S + 1
        self.assertEqual(self.act(asked, DEAD), ["relinquish"])

    def test_set_a_default_route_again_that_somebody_took_away(self, _):
        asked = part()
        asked.sees = True
        well = LinkFacts(owns=True)
        with mock.patch.object(gateway, "has_default_route", return_value=False):
            with mock.patch.object(asked, "facts", return_value=well), mock.patch.object(gateway, "run", return_value=(0, "")) as run:
                asyncio.run(asked._act())
            self.assertEqual(run.call_args.args, (gateway.ROUTE_AGENT, "start"))
            for other in (dataclasses.replace(well, owns=False), dataclasses.replace(well, settled=False), dataclasses.replace(well, paused=True)):
                self.assertEqual(self.act(asked, other), [])

    def test_bring_heartbeat_back_as_soon_as_anybody_is_there(self, _):
        asked = part()
        alone = dataclasses.replace(DEAD, peer_heard=False, database=False)
        self.assertEqual(self.act(asked, alone), ["withdraw"])
        without = dataclasses.replace(alone, owns=False)
        self.assertEqual(self.act(asked, without), [])
        self.assertTrue(asked.state()["withdrawn"])
        self.assertEqual(self.act(asked, dataclasses.replace(without, peer_heard=True)), ["return"])
        self.assertEqual(self.act(asked, dataclasses.replace(without, peer_heard=True)), [])
