"""Watches over the group on this node; one program, made of parts. Runs as sip-ha-watcher.service."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/, values come from cluster.env and watcher.env

import asyncio
import sys

from core import Watcher, load_config
from parts import PARTS


def main():
    watcher = Watcher(load_config())
    watcher.parts = [part(watcher) for part in PARTS]
    asyncio.set_child_watcher(asyncio.PidfdChildWatcher())
    try:
        asyncio.run(watcher.run())
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    sys.exit(main())
