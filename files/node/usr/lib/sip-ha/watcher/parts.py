"""The parts of the watcher, in the order in which they start. A part is a class in a file of its own (see core.Part)."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/parts.py

from peer import PeerChannel

PARTS = [PeerChannel]
