import asyncio
import json
import os
import tempfile
import unittest
from unittest import mock

import core
import peer


class Values(unittest.TestCase):
    def test_are_read_as_a_shell_would(self):
        text = "# a comment\nNAME=sip1\nNODES='sip1 sip2'\n\nWORD='it'\\''s'\n"
        self.assertEqual(core.parse_env(text), {"NAME": "sip1", "NODES": "sip1 sip2", "WORD": "it's"})

    def test_of_a_missing_file_are_none(self):
        self.assertEqual(core.load_config(["/nonexistent"]), {})


class Commands(unittest.TestCase):
    def test_answer_status_and_output(self):
        self.assertEqual(asyncio.run(core.run("sh", "-c", "echo out; echo err >&2; exit 3")), (3, "out\nerr"))

    def test_that_hang_are_ended_with_their_children(self):
        status, said = asyncio.run(core.run("sh", "-c", "sleep 60 & sleep 60", timeout=0.1))
        self.assertIsNone(status)
        self.assertIn("did not end within 0.1 s", said)


class Told(core.Part):
    name = "told"

    def state(self):
        return {"seen": getattr(self, "seen", None)}

    def remember(self, kept):
        self.seen = kept["seen"]


class StateFile(unittest.TestCase):
    def test_carries_a_part_over_to_the_next_run(self):
        with tempfile.TemporaryDirectory() as directory:
            core.STATE_FILE = os.path.join(directory, "run/watcher.json")
            first = core.Watcher({"NODE_NAME": "sip1"})
            first.parts = [Told(first)]
            first.parts[0].seen = 7
            first.write_state()
            with open(core.STATE_FILE, encoding="utf-8") as file:
                self.assertEqual(json.load(file)["node"], "sip1")
            second = core.Watcher({})
            second.parts = [Told(second)]
            second._remember()
            self.assertEqual(second.parts[0].seen, 7)
            with open(core.STATE_FILE, "w", encoding="utf-8") as file:
                file.write("{torn")
            second._remember()


class Tasks(unittest.TestCase):
    def test_that_fail_begin_again(self):
        async def scenario():
            watcher = core.Watcher({})
            calls = []

            async def faulty():
                calls.append(1)
                if len(calls) == 1:
                    raise ValueError("first time")

            pause = asyncio.sleep
            core.asyncio.sleep = lambda _: pause(0)
            core.log, told = (lambda level, text: lines.append((level, text))), core.log
            lines = []
            try:
                await watcher.spawn("faulty", faulty)
            finally:
                core.asyncio.sleep, core.log = pause, told
            return calls, lines

        calls, lines = asyncio.run(scenario())
        self.assertEqual(len(calls), 2)
        self.assertIn("first time", lines[0][1])


class Datagrams(unittest.TestCase):
    def test_come_back_with_the_key_and_not_without_it(self):
        datagram = peer.sign(b"key", {"from": "sip1", "count": 1})
        self.assertEqual(peer.verify([b"key"], datagram), {"from": "sip1", "count": 1})
        self.assertEqual(peer.verify([b"other", b"key"], datagram), {"from": "sip1", "count": 1})
        self.assertIsNone(peer.verify([b"other"], datagram))
        self.assertIsNone(peer.verify([b"key"], datagram.replace(b"sip1", b"sip2")))
        self.assertIsNone(peer.verify([b"key"], b""))

    def test_are_signed_with_the_key_that_authkeys_names_and_taken_with_every_other_there(self):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "authkeys")
            keys = peer.Keys(path)

            def put(text):
                core.write_whole(path, text)
                return keys.all()

            self.assertEqual(put("# comment\nauth 1\n1 sha1 old\n"), [b"old"])
            self.assertEqual(put("auth 1\n1 sha1 old\n2 sha1 new\n"), [b"old", b"new"])
            self.assertEqual(put("auth 2\n1 sha1 old\n2 sha1 new\n"), [b"new", b"old"])
            self.assertEqual(put("auth 2\n2 sha1 new\n"), [b"new"])


class Socket:
    """Hands out one datagram."""

    def __init__(self, datagram, address="10.0.0.2"):
        self.answer = (datagram, (address, peer.PORT))

    def recvfrom(self, _):
        return self.answer


class Channel(unittest.TestCase):
    def setUp(self):
        self.channel = peer.PeerChannel(core.Watcher({"NODE_NAME": "sip1", "PEER_NAME": "sip2"}))
        self.channel.keys.all = lambda: [b"key"]
        self.told, peer.log = peer.log, lambda *_: None

    def tearDown(self):
        peer.log = self.told

    def hear(self, body, key=b"key", address="10.0.0.2"):
        self.channel._receive(Socket(peer.sign(key, body), address), "eth0", "10.0.0.2")

    def test_keeps_the_last_word_of_the_peer(self):
        self.hear({"from": "sip2", "run": "a", "count": 1, "group": {"owns": True}})
        self.assertTrue(self.channel.fresh())
        self.assertEqual(self.channel.latest("group"), {"owns": True})
        self.assertEqual(self.channel.latest("other"), {})

    def test_tells_at_once_over_every_path_and_passes_on_what_came(self):
        voices = [mock.Mock(), mock.Mock()]
        self.channel.voices = {"eth0": (voices[0], "10.0.0.2"), "eth1": (voices[1], "169.254.0.2")}
        self.channel.tell()
        counts = []
        for voice, address in zip(voices, ("10.0.0.2", "169.254.0.2")):
            (datagram, to), _ = voice.sendto.call_args
            self.assertEqual(to, (address, peer.PORT))
            counts.append(peer.verify([b"key"], datagram)["count"])
        self.assertEqual(counts, [1, 2])
        came = mock.Mock()
        self.channel.listeners.append(came)
        self.hear({"from": "sip2", "run": "a", "count": 1})
        self.hear({"from": "sip2", "run": "a", "count": 1})
        came.assert_called_once_with()

    def test_forgets_it_after_a_second(self):
        self.hear({"from": "sip2", "run": "a", "count": 1, "group": {"owns": True}})
        self.channel.heard_at -= 1.5
        self.assertEqual(self.channel.latest("group"), {})

    def test_rejects_repetitions_strangers_and_itself(self):
        self.hear({"from": "sip2", "run": "a", "count": 5, "group": 5})
        for body, key, address in (
            ({"from": "sip2", "run": "a", "count": 4, "group": 4}, b"key", "10.0.0.2"),
            ({"from": "sip2", "run": "a", "count": 6, "group": 6}, b"bad", "10.0.0.2"),
            ({"from": "sip2", "run": "a", "count": 7, "group": 7}, b"key", "10.0.0.9"),
            ({"from": "sip1", "run": "a", "count": 8, "group": 8}, b"key", "10.0.0.2"),
        ):
            self.hear(body, key, address)
        self.assertEqual(self.channel.body["group"], 5)

    def test_hears_a_peer_that_began_again(self):
        self.hear({"from": "sip2", "run": "a", "count": 500, "group": 1})
        self.hear({"from": "sip2", "run": "b", "count": 1, "group": 2})
        self.assertEqual(self.channel.body["group"], 2)


if __name__ == "__main__":
    unittest.main()
