import contextlib
import importlib.machinery
import importlib.util
import io
import os
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../../files/fence/usr/lib/sip-ha/fence-device")
VALUES = "CLUSTER=dev\nNODES='sip1 sip2'\n"


def load():
    """The program as a module."""
    loader = importlib.machinery.SourceFileLoader("fence_device", PROGRAM)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("fence_device", loader))
    loader.exec_module(module)
    return module


class FakeEngine:
    """Containers by name: whether they run. Notes what it was asked to do."""

    def __init__(self):
        self.running = {"sip-ha-dev-sip1": True, "sip-ha-dev-sip2": True}
        self.label = "dev"
        self.deaf = False
        self.done = []

    def ask(self, method, path, *accepted):
        container, _, verb = path.removeprefix("/containers/").partition("/")
        if method == "POST":
            self.done.append(f"{verb} {container}")
            if verb == "kill" and not self.deaf:
                self.running[container] = False
            if verb == "start":
                self.running[container] = True
            return None
        return {"Config": {"Labels": {"sip-ha.stack": self.label}}, "State": {"Running": self.running[container]}}


class Orders(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        with open(f"{directory.name}/cluster.env", "w", encoding="ascii") as file:
            file.write(VALUES)
        os.environ["CLUSTER_ENV"] = f"{directory.name}/cluster.env"
        self.addCleanup(os.environ.pop, "CLUSTER_ENV")
        self.device = load()
        self.device.STATE = f"{directory.name}/state"
        self.engine = FakeEngine()
        self.device.ask = self.engine.ask
        self.later = []
        self.device.later_on = self.later.append

    def obey(self, node, *words, arrived=None):
        self.device.obey(node, list(words), time.monotonic() if arrived is None else arrived)

    def test_reset_answers_when_the_node_is_off_and_switches_it_on_later(self):
        self.obey("sip2", "set", "reset", "1")
        self.assertEqual([line for line in self.engine.done if line.startswith("kill")], ["kill sip-ha-dev-sip2"])
        self.assertFalse(self.engine.running["sip-ha-dev-sip2"])
        self.assertEqual(self.later, ["sip2"])

    def test_off_that_the_engine_does_not_confirm_has_failed(self):
        self.engine.deaf = True
        with self.assertRaises(self.device.Refused):
            self.obey("sip2", "set", "power", "0")

    def test_of_a_node_that_was_shot_meanwhile_counts_no_more(self):
        arrived = time.monotonic()
        self.obey("sip2", "set", "reset", "1")
        with self.assertRaisesRegex(self.device.Refused, "the order is sip2's, which was shot itself"):
            self.obey("sip1", "set", "reset", "1", arrived=arrived)
        self.assertTrue(self.engine.running["sip-ha-dev-sip1"])

    def test_repeated_because_an_answer_was_late_shoots_once(self):
        self.obey("sip2", "set", "reset", "1")
        self.engine.running["sip-ha-dev-sip2"] = True
        self.obey("sip2", "set", "reset", "1")
        self.assertTrue(self.engine.running["sip-ha-dev-sip2"])

    def test_on_answers_at_once(self):
        self.engine.running["sip-ha-dev-sip2"] = False
        self.obey("sip2", "set", "power", "1")
        self.assertEqual(self.later, ["sip2"])
        self.obey("sip2", "set", "power", "now")
        self.assertTrue(self.engine.running["sip-ha-dev-sip2"])

    def test_are_for_nodes_of_this_stack_alone(self):
        with self.assertRaisesRegex(self.device.Refused, "db is no node"):
            self.obey("db", "set", "power", "0")
        self.engine.label = "other"
        with self.assertRaisesRegex(self.device.Refused, "is not of this stack"):
            self.obey("sip2", "set", "power", "0")
        self.assertEqual(self.engine.done, [])

    def test_ask_for_the_power(self):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            self.obey("sip1", "get", "power")
        self.assertEqual(said.getvalue(), "power:1\n")
