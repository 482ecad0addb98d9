import unittest
from unittest import mock

import starting


def part(own, peer, node="sip2"):
    parts = {"group": mock.Mock(**own), "peer": mock.Mock(latest=lambda name: peer)}
    watcher = mock.Mock(config={"NODES": "sip1 sip2", "NODE_NAME": node}, part=parts.get)
    return starting.Starting(watcher)


BOTH = {"starting": True, "owns": False}


class Beginning(unittest.TestCase):
    def test_is_cut_short_once_both_have_been_starting_for_a_while(self):
        tried = part(BOTH, BOTH)
        said = [at / 10 for at in range(30) if tried.due(at / 10)]
        self.assertEqual(said, [0.6, 1.6, 2.6])

    def test_of_one_node_alone_is_left_to_heartbeat(self):
        for own, peer in (
            ({**BOTH, "starting": False}, BOTH),
            ({**BOTH, "owns": True}, BOTH),
            (BOTH, {}),
            (BOTH, {**BOTH, "starting": False}),
            (BOTH, {**BOTH, "owns": True}),
        ):
            tried = part(own, peer)
            self.assertFalse(any(tried.due(at / 10) for at in range(30)), (own, peer))

    def test_is_spoken_of_by_the_node_that_is_named_last(self):
        for node, speaks in (("sip1", False), ("sip2", True)):
            tried = part(BOTH, BOTH, node)
            tried.start()
            self.assertEqual(tried.watcher.spawn.called, speaks)
