"""When a Heartbeat that stays between two states begins anew."""

import unittest
from unittest import mock

import stuck

OWNER = {"owns": True, "moving": False, "heartbeat": True}
STANDBY = {**OWNER, "owns": False}


def part(own, peer, planned=False):
    group = mock.Mock(planned=lambda: planned, **own)
    return stuck.Stuck(mock.Mock(part={"group": group, "peer": mock.Mock(latest=lambda name: peer)}.get))


def begins(tried, seconds, transition=True):
    return [at for at in range(seconds) if tried.due(transition, float(at))]


class Between(unittest.TestCase):
    def test_two_states_for_too_long_it_begins_anew_and_again(self):
        self.assertEqual(begins(part(OWNER, STANDBY), 50), [20, 41])

    def test_two_states_the_standby_begins_after_the_node_that_serves(self):
        self.assertEqual(begins(part(STANDBY, OWNER), 30), [25])

    def test_no_two_states_it_goes_on(self):
        self.assertEqual(begins(part(OWNER, STANDBY), 50, transition=False), [])

    def test_a_transition_that_ended_meanwhile_does_not_count_on(self):
        tried = part(OWNER, STANDBY)
        self.assertFalse(any(tried.due(at != 15, float(at)) for at in range(35)))

    def test_what_explains_a_transition_is_awaited(self):
        for own, peer, planned in (
            ({**OWNER, "moving": True}, STANDBY, False),
            (OWNER, {**STANDBY, "moving": True}, False),
            ({**OWNER, "heartbeat": False}, STANDBY, False),
            (OWNER, {**STANDBY, "heartbeat": False}, False),
            (OWNER, STANDBY, True),
            # a peer that is dead or cut off may be about to be shot
            (OWNER, {}, False),
            (STANDBY, {}, False),
            # nobody has the group, or both
            (STANDBY, STANDBY, False),
            (OWNER, OWNER, False),
        ):
            self.assertEqual(begins(part(own, peer, planned), 50), [], (own, peer, planned))
