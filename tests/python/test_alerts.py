"""What the operator's own system is told, and how it is told again when it does not listen."""

import asyncio
import http.server
import json
import os
import tempfile
import threading
import unittest
from types import SimpleNamespace

import alerts
import core


class Fake(SimpleNamespace):
    """A part of another kind."""


class Situation:
    """A node as a test wants it."""

    def __init__(self, **config):
        self.peer_shares = {"group": {"owns": False}}
        self.group = Fake(name="group", owns=True, moving=False, heartbeat=True)
        self.peer = Fake(name="peer", fresh=lambda: True, latest=lambda part: self.peer_shares.get(part, {}))
        self.database = Fake(name="database", answers=True)
        self.fencing = Fake(name="fencing", device="unknown")
        self.partner = Fake(name="partner", fault="")
        self.gateway = Fake(name="gateway", sees=None)
        self.disk = Fake(name="disk", full=[])
        self.supervision = Fake(name="supervision", decided=Fake(alerted_at=None, last=None))
        watcher = core.Watcher({"STACK": "dev", "NODE_NAME": "sip1", **config})
        watcher.parts = [value for value in vars(self).values() if isinstance(value, Fake)]
        self.alerts = alerts.Alerts(watcher)

    def news(self):
        return [(alert["subject"], alert["state"]) for alert in self.alerts.news()]


class News(unittest.TestCase):
    def test_are_none_at_first_and_while_nothing_changes(self):
        node = Situation()
        self.assertEqual(node.news(), [])
        self.assertEqual(node.news(), [])

    def test_tell_each_change_once_with_stack_node_and_words(self):
        node = Situation()
        node.news()
        node.group.owns = False
        (alert,) = node.alerts.news()
        self.assertEqual((alert["stack"], alert["node"], alert["subject"], alert["state"]), ("dev", "sip1", "group", "standby"))
        self.assertEqual(alert["text"], "this node is standby")
        self.assertRegex(alert["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(node.news(), [])

    def test_have_a_line_for_every_subject(self):
        node = Situation()
        node.fencing.device = "ok"
        node.news()
        node.peer_shares = {"group": {"owns": True}}
        node.database.answers = False
        node.fencing.device = "broken"
        node.partner.fault = "it is dead"
        node.supervision.decided.alerted_at = 5.0
        expected = [("owners", "two"), ("database", "silent"), ("fencing", "broken"), ("standby", "missing"), ("daemons", "failing")]
        self.assertEqual(node.news(), expected)
        node.peer.fresh = lambda: False
        node.group.owns, node.group.heartbeat = False, False
        self.assertEqual(node.news(), [("peer", "silent"), ("group", "stopped"), ("owners", "one")])

    def test_tell_of_a_gateway_that_falls_silent_but_not_of_one_that_has_not_been_asked(self):
        node = Situation()
        node.news()
        node.gateway.sees = True
        self.assertEqual(node.news(), [])
        node.gateway.sees = False
        self.assertEqual(node.news(), [("gateway", "silent")])
        node.gateway.sees = True
        self.assertEqual(node.news(), [("gateway", "answers")])

    def test_tell_of_a_full_disk_and_of_room_again(self):
        node = Situation()
        node.news()
        node.disk.full = ["/var"]
        self.assertEqual(node.news(), [("disk", "full")])
        node.disk.full = ["/var", "/etc"]
        self.assertEqual(node.news(), [])
        node.disk.full = []
        self.assertEqual(node.news(), [("disk", "room")])

    def test_wait_while_the_group_moves(self):
        node = Situation()
        node.news()
        node.group.owns, node.group.moving = False, True
        self.assertEqual(node.news(), [])
        node.group.moving = False
        self.assertEqual(node.news(), [("group", "standby")])

    def test_tell_what_supervision_did_with_its_reason_but_not_what_it_did_before(self):
        node = Situation()
        node.supervision.decided.last = {"at": 1.0, "kind": "kill", "unit": "relay", "reason": "silent for 1.3 s"}
        self.assertEqual(node.news(), [])
        node.supervision.decided.last = {"at": 2.0, "kind": "restarted", "unit": "proxy", "reason": "crashed"}
        (alert,) = node.alerts.news()
        self.assertEqual((alert["subject"], alert["state"]), ("proxy", "restarted"))
        self.assertEqual(alert["text"], "proxy started again by systemd: crashed")


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Delivery(unittest.TestCase):
    ALERT = {"text": "this node is active", "state": "active"}

    def setUp(self):
        self.pauses, alerts.PAUSES_S = alerts.PAUSES_S, (0.01, 0.01, 0.01)
        self.addCleanup(setattr, alerts, "PAUSES_S", self.pauses)
        self.logged = []
        self.log, alerts.log = alerts.log, lambda level, text: self.logged.append(text)
        self.addCleanup(setattr, alerts, "log", self.log)

    def server(self, *answers):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        server.bodies, server.answers = [], list(answers)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def deliver(self, command=(), url=""):
        node = Situation(ALERT_COMMAND=json.dumps(command))
        node.alerts.url = url
        asyncio.run(node.alerts.deliver(self.ALERT))
        return node.alerts

    def test_goes_to_the_standard_input_of_the_command_and_to_the_address(self):
        server = self.server()
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "told")
            part = self.deliver(["/usr/bin/tee", "-a", path], f"http://127.0.0.1:{server.server_port}/hook")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(json.load(file), self.ALERT)
        self.assertEqual([json.loads(body) for body in server.bodies], [self.ALERT])
        self.assertEqual((part.told, part.lost), (1, 0))

    def test_is_repeated_until_somebody_takes_it_and_only_where_it_failed(self):
        server = self.server(503, 503)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "told")
            part = self.deliver(["/usr/bin/tee", "-a", path], f"http://127.0.0.1:{server.server_port}/")
            with open(path, encoding="utf-8") as file:
                self.assertEqual(len(file.readlines()), 1)
        self.assertEqual((len(server.bodies), part.told), (3, 1))

    def test_that_fails_for_good_is_logged_with_its_reason_and_without_the_address(self):
        part = self.deliver(url="http://127.0.0.1:1/hook-with-a-token")
        self.assertEqual((part.told, part.lost), (0, 1))
        self.assertEqual(len(self.logged), 1)
        self.assertIn("this node is active", self.logged[0])
        self.assertIn("refused", self.logged[0])
        self.assertNotIn("token", self.logged[0])
        self.assertNotIn("token", json.dumps(part.state()))

    def test_by_a_command_that_is_not_there_or_fails_says_so(self):
        self.assertIn("No such file", self.deliver(["/no/such/program"]).said)
        self.assertIn("/bin/false ended with 1", self.deliver(["/bin/false"]).said)
