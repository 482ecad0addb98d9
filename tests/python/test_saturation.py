"""When a machine counts as saturated."""

import unittest

from saturation import Saturation, runnable


class AMachine(unittest.TestCase):
    def after(self, *looks, processors=2):
        machine = Saturation(processors)
        for tasks in looks:
            machine.take(tasks)
        return machine.saturated

    def test_with_more_than_two_tasks_for_each_processor_is_saturated_within_two_seconds(self):
        self.assertTrue(self.after(*[5] * 20))
        self.assertFalse(self.after(*[5] * 20, processors=4))

    def test_that_was_busy_for_a_moment_is_not(self):
        self.assertFalse(self.after(*[1] * 20, 9, 9, *[1] * 5))
        self.assertFalse(self.after(*[5] * 20, *[1] * 10))

    def test_tells_how_many_tasks_can_run(self):
        self.assertEqual(runnable("cpu  1 2 3\nprocesses 77\nprocs_running 5\nprocs_blocked 0\n"), 5)
        self.assertEqual(runnable("cpu  1 2 3\n"), 0)
