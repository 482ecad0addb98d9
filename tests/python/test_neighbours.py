import unittest

import arp
import echo
from neighbours import EAGER_S, NO_ECHO_AFTER_S, REFRESH_S, STALE_S, STEP_S, Lesson

OWN = bytes.fromhex("0242c6336411")
OTHER = bytes.fromhex("0242c6336412")


def announcements_of(lesson, needed, seconds, since=0.0):
    """When the lesson announces, step by step."""
    steps = [since + index * STEP_S for index in range(round(seconds / STEP_S))]
    return [at for at in steps if lesson.due(needed, at)[0]]


class Frames(unittest.TestCase):
    def test_say_who_has_which_address(self):
        request, reply = arp.announcements(OWN, "198.51.100.10")
        self.assertEqual(arp.parse(request), (arp.REQUEST, OWN, "198.51.100.10"))
        self.assertEqual(arp.parse(reply), (arp.REPLY, OWN, "198.51.100.10"))
        self.assertEqual(request[:6], arp.BROADCAST)
        self.assertEqual(request[38:42], request[28:32])

    def test_of_a_question_by_somebody_without_an_address_teach_nothing(self):
        self.assertEqual(arp.parse(arp.question(OWN, "0.0.0.0", "198.51.100.10"))[2], "0.0.0.0")

    def test_of_other_protocols_or_torn_ones_are_nothing(self):
        whole = arp.question(OWN, "0.0.0.0", "198.51.100.10")
        self.assertIsNone(arp.parse(whole[:41]))
        self.assertIsNone(arp.parse(whole[:12] + b"\x08\x00" + whole[14:]))


class Echoes(unittest.TestCase):
    def packet(self, kind, identifier):
        body = echo.request(identifier, 7)
        return b"\x45" + b"\0" * 19 + bytes([kind]) + body[1:]

    def test_have_a_sound_checksum(self):
        self.assertEqual(echo.checksum(echo.request(4711, 70000)), 0)

    def test_are_ours_by_their_identifier(self):
        self.assertTrue(echo.is_reply(self.packet(echo.REPLY, 4711), 4711))
        self.assertFalse(echo.is_reply(self.packet(echo.REPLY, 4712), 4711))
        self.assertFalse(echo.is_reply(self.packet(echo.REQUEST, 4711), 4711))
        self.assertFalse(echo.is_reply(b"", 4711))


class Lessons(unittest.TestCase):
    def test_go_on_each_second_for_as_long_as_nobody_knows(self):
        lesson = Lesson(0.0)
        times = announcements_of(lesson, ["gateway"], 60)
        eager = [at for at in times if at < EAGER_S]
        self.assertEqual(len(eager), round(EAGER_S / STEP_S))
        pauses = [later - earlier for earlier, later in zip(times, times[1:])]
        self.assertLessEqual(max(pauses), 1.05)

    def test_become_rare_when_the_gateway_and_the_peer_have_proved_it(self):
        lesson = Lesson(0.0)
        times = []
        for index in range(1200):
            at = index * STEP_S
            if index >= 3:
                lesson.proved("gateway", at, echoed=True)
                lesson.proved("peer", at)
            if lesson.due(["gateway", "peer"], at)[0]:
                times.append(at)
        self.assertAlmostEqual(lesson.learned_after, 0.3)
        self.assertLess(len(times), 3 + 120 / REFRESH_S + 2)
        self.assertGreaterEqual(len(times), 3 + 120 / REFRESH_S - 1)

    def test_begin_again_when_a_proof_is_old(self):
        lesson = Lesson(0.0)
        lesson.proved("gateway", 0.1, echoed=True)
        self.assertTrue(lesson.learned(["gateway"], 1.0))
        self.assertFalse(lesson.learned(["gateway"], 0.1 + STALE_S + 0.1))
        self.assertGreater(len(announcements_of(lesson, ["gateway"], 10, since=6.0)), 8)

    def test_wait_for_the_peer_only_where_it_counts(self):
        lesson = Lesson(0.0)
        lesson.proved("gateway", 0.1, echoed=True)
        self.assertTrue(lesson.learned(["gateway"], 0.2))
        self.assertFalse(lesson.learned(["gateway", "peer"], 0.2))

    def test_do_not_believe_an_arp_answer_of_a_gateway_that_answers_echoes(self):
        lesson = Lesson(0.0)
        lesson.proved("gateway", 0.1)
        self.assertFalse(lesson.learned(["gateway"], 0.2))
        lesson.proved("gateway", 0.3, echoed=True)
        lesson.proved("gateway", 7.0)
        self.assertFalse(lesson.learned(["gateway"], 7.0))

    def test_take_a_gateway_without_echoes_at_its_word(self):
        lesson = Lesson(0.0)
        lesson.proved("gateway", NO_ECHO_AFTER_S + 0.1)
        self.assertTrue(lesson.learned(["gateway"], NO_ECHO_AFTER_S + 0.2))
