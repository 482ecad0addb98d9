"""What the watchers of the two nodes tell each other: a signed datagram several times a second, over every path."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/peer.py

import asyncio
import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import socket
import struct

from core import INFO, Part, log, now

PORT = 7724
EVERY_S = 0.25
# Older than this, a word of the peer says nothing any more.
FRESH_S = 1.0
# a silence worth a line in the journal when it ends
SILENT_S = 5.0
KEY_FILE = "/etc/ha.d/authkeys"
SIOCGIFADDR = 0x8915


def paths(config):
    """(card, the peer's address there) of every heartbeat path; of the private network alone where none is named."""
    words = [word.partition("=")[::2] for word in config.get("HEARTBEAT_PATHS", "").split()]
    return words or [(config.get("PRIVATE_IF", "eth0"), config.get("PEER_ADDRESS"))]


def own_address(config, card):
    """This node's address on a heartbeat path: never the floating IP, which may be on the same card."""
    known = {
        config.get("PRIVATE_IF", "eth0"): config.get("PRIVATE_ADDRESS"),
        config.get("PUBLIC_IF", "eth1"): config.get("LINK_LOCAL", "").partition("/")[0],
    }
    if known.get(card):
        return known[card]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        answer = fcntl.ioctl(asked, SIOCGIFADDR, struct.pack("256s", card.encode()))
    return socket.inet_ntoa(answer[20:24])


class Keys:
    """Heartbeat's keys, read anew when the file is another one: while they are changed, two are known and one signs."""

    def __init__(self, path=KEY_FILE):
        self.path = path
        self.seen = None
        self.known = []

    def all(self):
        """The key to sign with, then the others that are known."""
        status = os.stat(self.path)
        if self.seen != (status.st_ino, status.st_mtime_ns):
            with open(self.path, encoding="utf-8") as file:
                lines = [line.split() for line in file if line.strip() and not line.startswith("#")]
            signer = next(words[1] for words in lines if words[0] == "auth")
            keys = {words[0]: words[-1].encode() for words in lines if words[0] != "auth"}
            self.known = [keys.pop(signer), *keys.values()]
            self.seen = (status.st_ino, status.st_mtime_ns)
        return self.known


def sign(key, body):
    """The datagram for a mapping."""
    text = json.dumps(body, separators=(",", ":")).encode()
    return hmac.new(key, b"sip-ha-watcher" + text, hashlib.sha256).hexdigest().encode() + b" " + text


def verify(keys, datagram):
    """The mapping of a datagram; None when it is not from somebody who has one of the keys."""
    signature, _, text = datagram.partition(b" ")
    expected = (hmac.new(key, b"sip-ha-watcher" + text, hashlib.sha256).hexdigest().encode() for key in keys)
    if not any(hmac.compare_digest(signature, one) for one in expected):
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


class PeerChannel(Part):
    """Keeps the peer's last word. A repeated datagram is an old one: each counts up within a run of its sender."""

    name = "peer"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.keys = Keys()
        self.run_id = os.urandom(8).hex()
        self.count = 0
        self.last_run = None
        self.last_count = 0
        self.heard_at = None
        self.heard_on = {}
        self.body = {}
        self.voices = {}
        # called whenever a word of the peer has come
        self.listeners = []

    def start(self):
        for card, peer in paths(self.config):
            if peer:
                self.watcher.spawn(f"peer on {card}", lambda card=card, peer=peer: self.keep(card, peer))

    def fresh(self):
        """Whether the peer's watcher was heard within the last second."""
        return self.heard_at is not None and now() - self.heard_at <= FRESH_S

    def latest(self, part):
        """What the peer's part of that name shares; an empty mapping when that is too long ago."""
        return self.body.get(part, {}) if self.fresh() else {}

    async def keep(self, card, peer):
        """Opens the path as soon as its address is there."""
        while True:
            try:
                await self.exchange(card, own_address(self.config, card), peer)
            except OSError:
                await asyncio.sleep(1)

    async def exchange(self, card, own, peer):
        """Tells and hears over one path."""
        self.keys.all()
        loop = asyncio.get_running_loop()
        # told from another port than heard on: a path on which one direction fails is known by the ports
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voice:
            voice.setblocking(False)
            voice.bind((own, 0))
            channel.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            channel.setblocking(False)
            channel.bind((own, PORT))
            loop.add_reader(channel, self._receive, channel, card, peer)
            self.voices[card] = (voice, peer)
            try:
                while True:
                    self._say(voice, peer)
                    await asyncio.sleep(EVERY_S)
            finally:
                del self.voices[card]
                loop.remove_reader(channel)

    def tell(self):
        """At once, over every path, what would be told within a quarter of a second."""
        for voice, peer in self.voices.values():
            self._say(voice, peer)

    def _say(self, voice, peer):
        self.count += 1
        with contextlib.suppress(OSError):
            voice.sendto(sign(self.keys.all()[0], self._word()), (peer, PORT))

    def _word(self):
        shared = {part.name: part.share() for part in self.watcher.parts}
        node = self.config.get("NODE_NAME")
        return {"from": node, "run": self.run_id, "count": self.count, **shared}

    def _receive(self, channel, card, peer):
        try:
            datagram, (address, _) = channel.recvfrom(65536)
            body = verify(self.keys.all(), datagram) if address == peer else None
        except OSError:
            return
        if body is None or body.get("from") != self.config.get("PEER_NAME"):
            return
        self.heard_on[card] = now()
        if body.get("run") == self.last_run and body.get("count", 0) <= self.last_count:
            return
        if self.heard_at is None or now() - self.heard_at > SILENT_S:
            log(INFO, f"the watcher of {body['from']} is heard")
        self.last_run, self.last_count = body.get("run"), body.get("count", 0)
        self.heard_at = now()
        self.body = body
        for listener in self.listeners:
            listener()

    def state(self):
        age = None if self.heard_at is None else round(now() - self.heard_at, 3)
        paths = {card: round(now() - at, 3) for card, at in self.heard_on.items()}
        return {"node": self.config.get("PEER_NAME"), "fresh": self.fresh(), "heardAgo": age, "pathsHeardAgo": paths}
