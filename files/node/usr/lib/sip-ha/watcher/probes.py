"""Questions that only a working daemon answers: SIP OPTIONS and the look-up of a known contact, the relay's protocol."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/probes.py

import os
import re
import socket

from core import now, run

SIP_ADDRESS = ("127.0.0.1", 7723)
RELAY_ANSWERS = "/usr/lib/sip-ha/relay-answers"
# the address of record that leads to this program; schema.sql has its contact
KNOWN_USER = "sip-ha-watcher"
OPTIONS_EVERY_S = 0.25
LOOKUP_EVERY_S = 0.5
RELAY_EVERY_S = 0.25
# what this program itself was late does not count as silence
LONGEST_TICK_S = 0.25


class Silence:
    """How long answers have been owed. The time counts only while this program looks, and starts anew with each answer."""

    def __init__(self):
        self.waited = 0.0
        self.asked = False
        self.last_tick = None
        self.answered_at = None

    def ask(self):
        self.asked = True

    def answer(self):
        self.waited, self.asked, self.answered_at = 0.0, False, now()

    def reset(self):
        self.waited, self.asked, self.answered_at = 0.0, False, None

    def tick(self, at):
        """Counts the time since the last look; call it after everything that has come in was read."""
        if self.asked and self.last_tick is not None:
            self.waited += min(at - self.last_tick, LONGEST_TICK_S)
        self.last_tick = at


def request(target, call_id, branch):
    """An OPTIONS that comes back to SIP_ADDRESS."""
    host, port = SIP_ADDRESS
    return (
        f"OPTIONS {target} SIP/2.0\r\nVia: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch};rport\r\n"
        f"From: <sip:watcher@watcher.invalid>;tag={branch}\r\nTo: <{target}>\r\nCall-ID: {call_id}\r\n"
        f"CSeq: 1 OPTIONS\r\nMax-Forwards: 10\r\nUser-Agent: sip-ha-watcher\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def header(text, name):
    found = re.search(rf"^{name}\s*:\s*(.*?)\r?$", text, re.IGNORECASE | re.MULTILINE)
    return found.group(1) if found else ""


def reply(text):
    """200 OK for a request: its headers in its order (RFC 3261, 8.2.6.2)."""
    kept = []
    for line in text.split("\r\n")[1:]:
        name = line.partition(":")[0].strip().lower()
        if name in ("via", "v", "from", "f", "call-id", "i", "cseq"):
            kept.append(line)
        if name in ("to", "t"):
            kept.append(f"{line};tag=watcher")
    return ("SIP/2.0 200 OK\r\n" + "\r\n".join(kept) + "\r\nContent-Length: 0\r\n\r\n").encode()


class SipProbe:
    """OPTIONS to the floating IP, and one to a known contact, whose way leads through location, tm and back to here."""

    def __init__(self, config):
        self.proxy = (config["FLOATING_IP"], int(config["SIP_PORT"]))
        self.known = f"sip:{KNOWN_USER}@{config['SIP_DOMAIN']}"
        self.options, self.lookup = Silence(), Silence()
        self.token = os.urandom(6).hex()
        self.count = 0
        self.status = None
        self.socket = None

    def open(self, loop):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(SIP_ADDRESS)
        loop.add_reader(self.socket, self._receive)

    async def send_options(self):
        self._send("options", f"sip:{self.proxy[0]}:{self.proxy[1]}")
        self.options.ask()

    async def send_lookup(self):
        self._send("lookup", self.known)
        self.lookup.ask()

    def _send(self, kind, target):
        self.count += 1
        branch = f"{self.token}{self.count}"
        self._put(request(target, f"{kind}-{branch}", branch), self.proxy)

    def _put(self, datagram, address):
        try:
            self.socket.sendto(datagram, address)
        except OSError:
            pass

    def _receive(self):
        for _ in range(64):
            try:
                datagram, address = self.socket.recvfrom(65536)
            except OSError:
                return
            self._read(datagram.decode(errors="replace"), address)

    def _read(self, text, address):
        kind, _, branch = header(text, "Call-ID").partition("-")
        if not branch.startswith(self.token):
            return
        first = text.split("\r\n", 1)[0]
        if first.startswith("OPTIONS "):
            self._put(reply(text), address)
        elif kind == "options":
            self.options.answer()
        elif kind == "lookup" and first.startswith("SIP/2.0 ") and not first.startswith("SIP/2.0 1"):
            self.status = int(first.split(" ")[1])
            if self.status in (200, 503):
                self.lookup.answer()

    def reset(self):
        self.options.reset()
        self.lookup.reset()
        self.status = None


def rtpproxy_question(cookie):
    return f"{cookie} V".encode()


def rtpengine_question(cookie):
    return f"{cookie} d7:command4:pinge".encode()


# by relay: where its control protocol listens, and a question that it answers with the same cookie
QUESTIONS = {
    "rtpproxy": (("127.0.0.1", 7722), rtpproxy_question),
    "rtpengine": (("127.0.0.1", 2223), rtpengine_question),
}


class RelayProbe:
    """The relay's control protocol: a datagram with a cookie, answered by one that begins with it."""

    every_s, slower_s = RELAY_EVERY_S, 0.0

    def __init__(self, address, question):
        self.address, self.question = address, question
        self.silence = Silence()
        self.token = os.urandom(6).hex()
        self.count = 0
        self.socket = None

    def open(self, loop):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(("127.0.0.1", 0))
        loop.add_reader(self.socket, self._receive)

    async def send(self):
        self.count += 1
        try:
            self.socket.sendto(self.question(f"{self.token}{self.count}"), self.address)
        except OSError:
            pass
        self.silence.ask()

    def _receive(self):
        for _ in range(64):
            try:
                datagram = self.socket.recv(65536)
            except OSError:
                return
            if datagram.startswith(self.token.encode()):
                self.silence.answer()

    def reset(self):
        self.silence.reset()


class CommandProbe:
    """A relay whose protocol needs more than a datagram: its own program asks. One answer may take it a second."""

    every_s, slower_s = 1.0, 1.5

    def __init__(self, program=RELAY_ANSWERS):
        self.program = program
        self.silence = Silence()

    def open(self, loop):
        """Nothing is kept open."""

    async def send(self):
        self.silence.ask()
        status, _ = await run(self.program, timeout=3)
        if status == 0:
            self.silence.answer()

    def reset(self):
        self.silence.reset()


def relay_probe(kind):
    """How to ask a relay of that kind; None without one."""
    if kind == "none":
        return None
    return RelayProbe(*QUESTIONS[kind]) if kind in QUESTIONS else CommandProbe()
