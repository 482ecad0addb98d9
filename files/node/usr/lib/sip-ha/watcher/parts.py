"""The parts of the watcher, in the order in which they start. A part is a class in a file of its own (see core.Part)."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/parts.py

from ability import Ability
from alerts import Alerts
from database import Database
from degraded import Degraded
from disk import Disk
from fencing import Fencing
from gate import Gate
from gateway import Gateway
from group import Group
from handover import HandOver
from link import Link
from neighbours import Neighbours
from ownerless import Ownerless
from partner import Partner
from peer import PeerChannel
from split import Split
from starting import Starting
from stuck import Stuck
from supervision import Supervision
from waker import Waker

PARTS = [
    PeerChannel,
    Fencing,
    Neighbours,
    Group,
    Waker,
    Database,
    Gate,
    Ability,
    Supervision,
    HandOver,
    Degraded,
    Gateway,
    Starting,
    Ownerless,
    Stuck,
    Partner,
    Disk,
    Link,
    Split,
    Alerts,
]
