"""Address resolution (RFC 826) over a packet socket: frames as bytes, and what a received one says."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/arp.py

import socket
import struct

ETHERTYPE = 0x0806
BROADCAST = b"\xff" * 6
NOBODY = b"\0" * 6
REQUEST, REPLY = 1, 2
_HEAD = struct.pack("!HHBB", 1, 0x0800, 6, 4)


def frame(operation, to, sender, sender_ip, target, target_ip):
    """An Ethernet frame; hardware addresses as 6 bytes, IPv4 addresses as text."""
    ethernet = to + sender + struct.pack("!H", ETHERTYPE)
    body = sender + socket.inet_aton(sender_ip) + target + socket.inet_aton(target_ip)
    return ethernet + _HEAD + struct.pack("!H", operation) + body


def announcements(own, address):
    """A gratuitous request and a gratuitous reply (RFC 5227 section 3), as neighbours differ in what they learn from."""
    return [
        frame(REQUEST, BROADCAST, own, address, NOBODY, address),
        frame(REPLY, BROADCAST, own, address, BROADCAST, address),
    ]


def question(own, own_ip, address):
    """Who has this address? Whoever is asked learns the asker's, too, unless own_ip is 0.0.0.0 (RFC 5227 section 2.1.1)."""
    return frame(REQUEST, BROADCAST, own, own_ip, NOBODY, address)


def parse(data):
    """(operation, sender's hardware address, sender's IPv4 address) of a frame; None when it is something else."""
    if len(data) < 42 or data[12:14] != struct.pack("!H", ETHERTYPE) or data[14:20] != _HEAD:
        return None
    (operation,) = struct.unpack("!H", data[20:22])
    return operation, data[22:28], socket.inet_ntoa(data[28:32])


def target(data):
    """For whom the frame is, by its IPv4 address."""
    return socket.inet_ntoa(data[38:42])


def text(hardware):
    """aa:bb:cc:dd:ee:ff"""
    return hardware.hex(":")


def own_address(interface):
    """The hardware address of an interface."""
    with open(f"/sys/class/net/{interface}/address", encoding="ascii") as file:
        return bytes.fromhex(file.read().strip().replace(":", ""))


def channel(interface):
    """A socket for the frames of this interface; needs CAP_NET_RAW."""
    opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETHERTYPE))
    opened.bind((interface, ETHERTYPE))
    opened.setblocking(False)
    return opened
