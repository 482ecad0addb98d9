import unittest
from unittest import mock

import fencing
from core import ALERT, NOTICE


def told(*answers):
    """Levels of what is logged when the check answers these one after the other."""
    part = fencing.Fencing(mock.Mock(config={"PEER_NAME": "sip2"}))
    with mock.patch.object(fencing, "log") as log:
        for answer in answers:
            part.judge(answer)
    return [call.args[0] for call in log.call_args_list], part.state()


OK = '{"configured":true,"device":"ok","said":""}'
BROKEN = '{"configured":true,"device":"broken","said":"no answer"}'


class Device(unittest.TestCase):
    def test_that_works_is_not_worth_a_word(self):
        self.assertEqual(told(OK, OK), ([], {"device": "ok", "said": ""}))

    def test_that_fails_is_an_alarm_once_until_it_works_again(self):
        levels, state = told(OK, BROKEN, BROKEN, OK)
        self.assertEqual(levels, [ALERT, NOTICE])
        self.assertEqual(state["device"], "ok")

    def test_whose_check_says_nothing_sensible_is_broken(self):
        levels, state = told("fence did not end within 90 s")
        self.assertEqual((levels, state["device"]), ([ALERT], "broken"))
