"""Asks the location database itself, twice a second: who is slow shall be known by name.

As much of the MySQL client protocol as one SELECT needs, with an account that may do nothing else. A connection that is
kept, and a login that is finished: a server shuts out hosts that break off too many."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/database.py

import asyncio
import hashlib
import struct

from core import NOTICE, WARNING, Part, load_config, log, now

EVERY_S = 0.5
ANSWER_S = 0.8
SECRETS = "/etc/sip-ha/watcher-secrets.env"
# protocol 4.1, secure connection, plugin auth, connect with database
CAPABILITIES = 0x200 | 0x8000 | 0x80000 | 0x8
QUERY = "SELECT COUNT(*) FROM location WHERE username = 'sip-ha-watcher'"


class DatabaseError(Exception):
    """What the server said instead of an answer."""


def scramble(password, seed):
    """mysql_native_password: SHA1(password) XOR SHA1(seed + SHA1(SHA1(password)))."""
    if not password:
        return b""
    first = hashlib.sha1(password).digest()
    second = hashlib.sha1(seed + hashlib.sha1(first).digest()).digest()
    return bytes(a ^ b for a, b in zip(first, second))


def seed_of(greeting):
    """The 20 bytes of HandshakeV10 that the password is mixed with."""
    if greeting[:1] == b"\xff":
        raise DatabaseError(greeting[3:].decode(errors="replace"))
    rest = greeting[greeting.index(b"\0", 1) + 1 :]
    return rest[4:12] + rest[31:43]


def login(account, password, seed, database):
    """HandshakeResponse41."""
    answer = scramble(password.encode(), seed)
    head = struct.pack("<IIB23x", CAPABILITIES, 1 << 24, 45)
    words = account.encode() + b"\0" + bytes([len(answer)]) + answer + database.encode() + b"\0"
    return head + words + b"mysql_native_password\0"


class Connection:
    """One connection; every step is bounded by the caller."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def packet(self):
        head = await self.reader.readexactly(4)
        self.sequence = head[3]
        return await self.reader.readexactly(int.from_bytes(head[:3], "little"))

    def send(self, sequence, payload):
        self.writer.write(len(payload).to_bytes(3, "little") + bytes([sequence]) + payload)

    async def log_in(self, account, password, database):
        seed = seed_of(await self.packet())
        self.send(self.sequence + 1, login(account, password, seed, database))
        answer = await self.packet()
        if answer[:1] == b"\xfe":
            seed = answer[answer.index(b"\0") + 1 :].rstrip(b"\0")
            self.send(self.sequence + 1, scramble(password.encode(), seed))
            answer = await self.packet()
        if answer[:1] != b"\0":
            raise DatabaseError(answer[3:].decode(errors="replace"))

    async def number(self, query):
        """The one number that a query answers: columns, their end, one row, its end."""
        self.send(0, b"\x03" + query.encode())
        answer = await self.packet()
        if answer[:1] == b"\xff":
            raise DatabaseError(answer[3:].decode(errors="replace"))
        row = b""
        for _ in range(4):
            row, last = await self.packet(), row
        return int(last[1:])


class Database(Part):
    """Whether the database answers, since when, and whether the contact that probes look up is there."""

    name = "database"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.answers = None
        self.since = now()
        self.contact = False
        # silent, which is worse than an error: whoever asks has to wait
        self.frozen = False
        self.said = "not asked yet"

    def start(self):
        self.watcher.spawn("database", self._ask)

    def well_for(self, seconds):
        """Whether it has answered for that long."""
        return self.answers is True and now() - self.since >= seconds

    def told(self, answers, said):
        if answers != self.answers:
            log(NOTICE if answers else WARNING, f"database {'answers' if answers else 'does not answer'}: {said}")
            self.answers, self.since = answers, now()
        self.said = said

    async def _ask(self):
        connection = None
        while True:
            began = now()
            try:
                connection = connection or await asyncio.wait_for(self._connect(), 2 * ANSWER_S)
                self.contact = await asyncio.wait_for(connection.number(QUERY), ANSWER_S) > 0
                self.told(True, "ok")
                self.frozen = False
            except (OSError, EOFError, ValueError, DatabaseError, asyncio.TimeoutError) as error:
                self.told(False, str(error) or "no answer in time")
                self.frozen = isinstance(error, asyncio.TimeoutError)
                if connection:
                    connection.writer.transport.abort()
                connection = None
            await asyncio.sleep(max(0.1, EVERY_S - (now() - began)))

    async def _connect(self):
        secrets = load_config([SECRETS])
        host, port = self.config["DATABASE_HOST"], int(self.config["DATABASE_PORT"])
        reader, writer = await asyncio.open_connection(host, port)
        connection = Connection(reader, writer)
        try:
            await connection.log_in(secrets.get("PROBE_ACCOUNT", ""), secrets.get("PROBE_PASSWORD", ""), self.config.get("PROXY", "kamailio"))
        except BaseException:
            writer.transport.abort()
            raise
        return connection

    def share(self):
        return {"answers": self.answers}

    def state(self):
        return {"answers": self.answers, "for": round(now() - self.since, 1), "contact": self.contact, "said": self.said}
