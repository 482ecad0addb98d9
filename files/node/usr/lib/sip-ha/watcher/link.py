"""Keeps this node's end of the heartbeat path on the public segment: the link-local address, which is gone when somebody
flushes the card, or a network manager configures it anew."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/link.py

import asyncio

from core import ERROR, WARNING, Part, log, run
from group import holds

EVERY_S = 1.0
LINK_LOCAL = "/usr/lib/sip-ha/link-local"


def has_address(address, table="/proc/net/fib_trie"):
    """Whether the address is this machine's own. To bind to it would say nothing: ip_nonlocal_bind is on."""
    with open(table, encoding="ascii") as file:
        return holds(address, file.read())


def is_up(interface, cards="/sys/class/net"):
    """Whether nobody has set the card down (IFF_UP, netdevice(7)): a card that is down shows no address of its own."""
    try:
        with open(f"{cards}/{interface}/flags", encoding="ascii") as file:
            return bool(int(file.read(), 16) & 1)
    except OSError:
        return False


class Link(Part):
    """Does nothing without such a path, and leaves a card down that somebody has set down."""

    name = "link"

    def __init__(self, watcher):
        super().__init__(watcher)
        self.interface = self.config.get("PUBLIC_IF", "eth1")
        self.address = self.config.get("LINK_LOCAL", "").partition("/")[0]
        self.said = ""

    def start(self):
        if self.address:
            self.watcher.spawn("link", self._attend)

    async def _attend(self):
        while True:
            await asyncio.sleep(EVERY_S)
            if is_up(self.interface) and not has_address(self.address):
                await self.mend()

    async def mend(self):
        """Sets the address again; tells of an error only once."""
        status, said = await run(LINK_LOCAL, timeout=5)
        if status == 0:
            log(WARNING, f"the heartbeat path on the public segment had lost its address {self.address}: it is set again")
        elif said != self.said:
            log(ERROR, f"the heartbeat path on the public segment has lost its address {self.address}: {said}")
        self.said = "" if status == 0 else said
