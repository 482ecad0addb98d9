import asyncio
import os
import socket
import tempfile
import unittest

import ability
import database
import group
import probes
import units

CONFIG = {"FLOATING_IP": "127.0.0.1", "SIP_PORT": "0", "SIP_DOMAIN": "sip.example.net"}


class Owing(unittest.TestCase):
    def test_grows_only_while_something_was_asked_and_this_program_looked(self):
        silence = probes.Silence()
        silence.tick(1.0)
        silence.tick(2.0)
        self.assertEqual(silence.waited, 0)
        silence.ask()
        silence.tick(2.1)
        self.assertAlmostEqual(silence.waited, 0.1)
        silence.tick(60.0)
        self.assertAlmostEqual(silence.waited, 0.35)
        silence.answer()
        self.assertEqual(silence.waited, 0)


class Sip(unittest.TestCase):
    """A proxy that forwards what is for the known user, as the real one does, and answers the rest."""

    def exchange(self, send, proxy, wait=0.5):
        async def scenario():
            loop = asyncio.get_running_loop()
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind(("127.0.0.1", 0))
            server.setblocking(False)
            probes.SIP_ADDRESS = ("127.0.0.1", 0)
            probe = probes.SipProbe({**CONFIG, "SIP_PORT": str(server.getsockname()[1])})
            probe.open(loop)
            probes.SIP_ADDRESS = probe.socket.getsockname()
            loop.add_reader(server, lambda: proxy(server, probe))
            await send(probe)
            give_up = loop.time() + wait
            while (probe.options.asked or probe.lookup.asked) and loop.time() < give_up:
                await asyncio.sleep(0.01)
            for open_socket in (server, probe.socket):
                loop.remove_reader(open_socket)
                open_socket.close()
            return probe

        return asyncio.run(scenario())

    @staticmethod
    def answering(status):
        def proxy(server, probe):
            text, client = server.recvfrom(65536)
            server.sendto(text.replace(b"OPTIONS sip:", b"SIP/2.0 " + status + b" x\r\nX: ", 1), client)

        return proxy

    def test_options_are_owed_until_they_are_answered(self):
        self.assertFalse(self.exchange(lambda p: p.send_options(), self.answering(b"200")).options.asked)
        silent = self.exchange(lambda p: p.send_options(), lambda server, _: server.recvfrom(65536), wait=0.05)
        self.assertTrue(silent.options.asked)

    def test_a_look_up_comes_back_through_the_proxy(self):
        ways = []

        def proxy(server, probe):
            text, client = server.recvfrom(65536)
            ways.append(text.split(b" ", 1)[0])
            if text.startswith(b"OPTIONS"):
                self.assertIn(b"OPTIONS sip:sip-ha-watcher@sip.example.net SIP/2.0", text)
                via = b"SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.10;branch=z9hG4bKproxy\r\n"
                server.sendto(text.replace(b"SIP/2.0\r\n", via, 1), client)
            else:
                self.assertIn(b"branch=z9hG4bKproxy\r\nVia:", text)
                self.assertIn(b"To: <sip:sip-ha-watcher@sip.example.net>;tag=watcher\r\n", text)
                server.sendto(text, probe.socket.getsockname())

        probe = self.exchange(lambda p: p.send_lookup(), proxy)
        self.assertEqual((probe.lookup.asked, probe.status, ways), (False, 200, [b"OPTIONS", b"SIP/2.0"]))

    def test_a_database_that_is_away_is_an_answer_and_an_unknown_contact_is_none(self):
        self.assertFalse(self.exchange(lambda p: p.send_lookup(), self.answering(b"503")).lookup.asked)
        wrong = self.exchange(lambda p: p.send_lookup(), self.answering(b"404"), wait=0.1)
        self.assertEqual((wrong.lookup.asked, wrong.status), (True, 404))

    def test_rejects_what_it_did_not_ask(self):
        def stranger(server, probe):
            text, client = server.recvfrom(65536)
            server.sendto(text.replace(probe.token.encode(), b"0123456789ab"), client)

        self.assertTrue(self.exchange(lambda p: p.send_options(), stranger, wait=0.1).options.asked)


class Relay(unittest.TestCase):
    def asked(self, question, answer):
        async def scenario():
            loop = asyncio.get_running_loop()
            server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            server.bind(("127.0.0.1", 0))
            server.setblocking(False)
            probe = probes.RelayProbe(server.getsockname(), question)
            probe.open(loop)

            def relay():
                text, client = server.recvfrom(4096)
                server.sendto(answer(text), client)

            loop.add_reader(server, relay)
            await probe.send()
            for _ in range(20):
                await asyncio.sleep(0.01)
            for open_socket in (server, probe.socket):
                loop.remove_reader(open_socket)
                open_socket.close()
            return probe.silence.asked

        return asyncio.run(scenario())

    def test_of_each_kind_is_asked_in_its_own_words(self):
        self.assertFalse(self.asked(probes.rtpproxy_question, lambda text: text.replace(b"V", b"20040107")))
        self.assertFalse(self.asked(probes.rtpengine_question, lambda text: text.split()[0] + b" d6:result4:ponge"))

    def test_without_a_datagram_is_asked_by_its_own_program(self):
        for program, owed in (("true", False), ("false", True)):
            probe = probes.CommandProbe(program)
            asyncio.run(probe.send())
            self.assertEqual(probe.silence.asked, owed)

    def test_that_is_none_is_not_asked(self):
        self.assertIsNone(probes.relay_probe("none"))
        self.assertIsInstance(probes.relay_probe("mediaproxy"), probes.CommandProbe)

    def test_must_repeat_the_cookie(self):
        self.assertTrue(self.asked(probes.rtpproxy_question, lambda _: b"other 20040107"))


class MariaDb(unittest.TestCase):
    """A server that speaks as much of the protocol as the client does."""

    SEED = bytes(range(1, 21))

    def serve(self, password, rows):
        async def client_connected(reader, writer):
            def send(sequence, payload):
                writer.write(len(payload).to_bytes(3, "little") + bytes([sequence]) + payload)

            async def packet():
                head = await reader.readexactly(4)
                return await reader.readexactly(int.from_bytes(head[:3], "little"))

            greeting = b"\x0a10.11.6-MariaDB\0" + b"\x01\0\0\0" + self.SEED[:8] + b"\0" + b"\xff\xf7\x2d\2\0\xff\x81\x15"
            send(0, greeting + bytes(10) + self.SEED[8:] + b"\0mysql_native_password\0")
            answer = await packet()
            expected = database.scramble(password.encode(), self.SEED)
            if b"probe_1\0" + bytes([20]) + expected + b"kamailio\0" not in answer:
                send(2, b"\xff\x15\x04#28000Access denied")
                writer.close()
                return
            send(2, b"\0\0\0\2\0\0\0")
            await packet()
            for sequence, payload in enumerate((b"\1", b"column", b"\xfe\0\0\2\0", bytes([len(rows)]) + rows, b"\xfe\0\0\2\0")):
                send(sequence + 1, payload)
            await reader.read()
            writer.close()

        return client_connected

    def ask(self, password="secret", rows=b"1"):
        async def scenario():
            server = await asyncio.start_server(self.serve("secret", rows), "127.0.0.1", 0)
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            try:
                connection = database.Connection(reader, writer)
                await connection.log_in("probe_1", password, "kamailio")
                return await connection.number("SELECT 1")
            finally:
                writer.close()
                server.close()

        return asyncio.run(asyncio.wait_for(scenario(), 5))

    def test_answers_the_number_of_a_query(self):
        self.assertEqual(self.ask(rows=b"12"), 12)

    def test_rejects_a_wrong_password_with_its_own_words(self):
        with self.assertRaisesRegex(database.DatabaseError, "Access denied"):
            self.ask(password="wrong")


class Kernel(unittest.TestCase):
    TRIE = "Local:\n  +-- 198.51.100.0/24 2 0 2\n     |-- 198.51.100.10\n        /32 host LOCAL\n     |-- 198.51.100.1\n        /32 link BROADCAST\n"

    def test_holds_an_address_only_as_its_own(self):
        self.assertTrue(group.holds("198.51.100.10", self.TRIE))
        self.assertFalse(group.holds("198.51.100.1", self.TRIE))

    def test_shows_a_family_of_processes(self):
        child = os.fork()
        if child == 0:
            os._exit(asyncio.run(asyncio.sleep(30)) or 0)
        try:
            found = {process.pid for process in group.family(group.processes(), os.getpid())}
            self.assertTrue({os.getpid(), child} <= found)
            self.assertEqual(group.family({}, 1), [])
        finally:
            os.kill(child, 9)
            os.waitpid(child, 0)

    def test_moves_for_heartbeats_scripts_and_nothing_that_names_them(self):
        for moving, command in (
            (True, b"/bin/sh /usr/share/heartbeat/ResourceManager takegroup sipha-proxy "),
            (True, b"/bin/sh /etc/ha.d/rc.d/ip-request "),
            (False, b"grep /usr/share/heartbeat/ResourceManager "),
            (False, b"heartbeat: master control process"),
        ):
            self.assertEqual(bool(group.MOVING.search(command)), moving, command)


class Systemd(unittest.TestCase):
    TEXT = "Id=sip-ha-proxy.service\nActiveState={}\nNRestarts={}\nMainPID=0\n\nId=sip-ha-relay.service\nActiveState=active\nNRestarts=0\nMainPID=0"

    def crashes(self, *looks):
        async def scenario():
            known = units.Units(["sip-ha-proxy", "sip-ha-relay"])
            for state, restarts in looks:
                for name, values in units.parse(self.TEXT.format(state, restarts)).items():
                    known._take(name, values)
            return known.take_crashes("sip-ha-proxy"), known.take_crashes("sip-ha-proxy"), known.state("sip-ha-proxy")

        return asyncio.run(scenario())

    def test_counts_each_restart_once(self):
        self.assertEqual(self.crashes(("active", 0), ("activating", 2), ("active", 2)), (2, 0, "active"))

    def test_counts_nothing_that_was_before_it_looked_or_that_somebody_started(self):
        self.assertEqual(self.crashes(("active", 7)), (0, 0, "active"))
        self.assertEqual(self.crashes(("active", 7), ("active", 0)), (0, 0, "active"))

    def test_counts_a_daemon_that_systemd_gave_up(self):
        self.assertEqual(self.crashes(("active", 1), ("failed", 1), ("failed", 1)), (1, 0, "failed"))


class Preflight(unittest.TestCase):
    def test_sees_a_cable_that_is_pulled(self):
        with tempfile.TemporaryDirectory() as root:
            self.assertFalse(ability.has_carrier("eth1", root))
            os.mkdir(f"{root}/eth1")
            for text, up in (("1", True), ("0", False)):
                with open(f"{root}/eth1/carrier", "w", encoding="ascii") as file:
                    file.write(text)
                self.assertEqual(ability.has_carrier("eth1", root), up)

    def test_sees_that_a_configuration_changed(self):
        with tempfile.TemporaryDirectory() as directory:
            self.assertIsNone(ability.newest(directory))
            with open(f"{directory}/a", "w", encoding="ascii"):
                pass
            before = ability.newest(directory)
            os.utime(f"{directory}/a", (1, 1))
            self.assertNotEqual(ability.newest(directory), before)
            self.assertIsNone(ability.newest(f"{directory}/none"))


if __name__ == "__main__":
    unittest.main()
