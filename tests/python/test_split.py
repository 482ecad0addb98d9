import asyncio
import unittest
from unittest import mock

import core
import peer
import split


class Choice(unittest.TestCase):
    def test_is_the_one_that_took_the_group_later(self):
        self.assertTrue(split.yields(60.0, 5.0, True))
        self.assertFalse(split.yields(5.0, 60.0, False))

    def test_is_the_one_named_first_when_both_took_it_at_the_same_time(self):
        self.assertFalse(split.yields(5.1, 5.0, True))
        self.assertTrue(split.yields(5.0, 5.1, False))

    def test_leaves_exactly_one_of_two_whatever_each_has_had(self):
        for held in (0.0, 0.29, 0.5, 3.0, 60.0):
            for other in (0.0, 0.2, 0.31, 3.1, 600.0):
                self.assertNotEqual(split.yields(held, other, True), split.yields(other, held, False), (held, other))


class Peer:
    """What is known of the other node."""

    def __init__(self):
        self.last_run, self.last_count, self.heard_at, self.word = "run", 1, 0.0, {}

    def says(self, owns, held=0.0):
        self.last_count += 1
        self.heard_at = core.now()
        self.word = {"owns": owns, "heldFor": held}

    def latest(self, _):
        return self.word


def part(owns, held):
    group = mock.Mock(owns=owns, moving=False)
    group.held_for.return_value = held
    other = Peer()
    watcher = mock.Mock(config={"NODES": "sip1 sip2", "NODE_NAME": "sip1", "PEER_NAME": "sip2"})
    watcher.part = {"group": group, "peer": other}.get
    return split.Split(watcher), group, other


@mock.patch.object(split, "log")
class Owners(unittest.TestCase):
    def test_are_told_apart_by_two_words_since_one_may_be_from_before_a_move(self, log):
        seen, _, other = part(owns=True, held=60.0)
        other.says(True, held=2.0)
        self.assertFalse(seen.look())
        self.assertFalse(seen.look(), "the same word again says nothing more")
        other.says(True, held=2.2)
        self.assertTrue(seen.look())
        self.assertIn("sip2 took it later: this node gives it up", log.call_args.args[1])

    def test_that_took_the_group_later_stay(self, log):
        seen, _, other = part(owns=True, held=2.0)
        for held in (60.0, 60.2, 60.4):
            other.says(True, held=held)
            self.assertFalse(seen.look())
        self.assertEqual(log.call_count, 1)

    def test_that_let_the_group_go_are_told_of_with_how_long_there_were_two(self, log):
        seen, group, other = part(owns=True, held=60.0)
        for held in (2.0, 2.2):
            other.says(True, held=held)
            seen.look()
        group.owns = False
        self.assertFalse(seen.look())
        self.assertAlmostEqual(seen.state()["last"]["bothMs"], 2200, delta=100)
        self.assertFalse(seen.state()["both"])

    def test_alone_are_no_matter(self, log):
        seen, _, other = part(owns=True, held=60.0)
        other.says(False)
        self.assertFalse(seen.look())
        other.says(True)
        self.assertFalse(seen.look(), "one word after another that denied it")
        log.assert_not_called()


@mock.patch.object(split, "log")
class HealedPartition(unittest.TestCase):
    def test_makes_heartbeat_begin_anew_in_place(self, _):
        seen, _, _ = part(owns=True, held=60.0)
        with mock.patch.object(split, "run", return_value=(0, "")) as run:
            asyncio.run(seen.healed("sip2"))
        self.assertEqual(run.call_args.args, (split.ENGINE, "forget"))

    def test_is_left_to_heartbeat_while_the_group_moves(self, _):
        seen, group, _ = part(owns=True, held=60.0)
        group.moving = True
        with mock.patch.object(split, "run") as run, mock.patch.object(split, "MOVING_AT_MOST_S", 0.1):
            asyncio.run(seen.healed("sip2"))
        run.assert_not_called()

    def test_is_known_by_heartbeats_own_words(self, _):
        self.assertEqual(split.HEALED.search("[7]: CRIT: Cluster node sip2 returning after partition.")[1], "sip2")


class Paths(unittest.TestCase):
    CONFIG = {
        "PRIVATE_IF": "eth0",
        "PRIVATE_ADDRESS": "10.77.0.11",
        "PUBLIC_IF": "eth1",
        "LINK_LOCAL": "169.254.11.11/24",
        "PEER_ADDRESS": "10.77.0.12",
        "HEARTBEAT_PATHS": "eth0=10.77.0.12 eth1=169.254.11.12",
    }

    def test_of_the_watchers_are_those_of_heartbeat(self):
        self.assertEqual(peer.paths(self.CONFIG), [("eth0", "10.77.0.12"), ("eth1", "169.254.11.12")])
        self.assertEqual([peer.own_address(self.CONFIG, card) for card in ("eth0", "eth1")], ["10.77.0.11", "169.254.11.11"])

    def test_are_the_private_network_alone_where_none_is_named(self):
        self.assertEqual(peer.paths({"PEER_ADDRESS": "10.77.0.12"}), [("eth0", "10.77.0.12")])

    def test_further_ones_have_the_address_of_their_card(self):
        self.assertEqual(peer.own_address(self.CONFIG, "lo"), "127.0.0.1")
