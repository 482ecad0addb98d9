"""ICMP echo (RFC 792): an answer that arrives proves that a neighbour sends to this machine."""
# managed by Pulumi: change files/node/usr/lib/sip-ha/watcher/echo.py

import socket
import struct

REQUEST, REPLY = 8, 0


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    words = struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2))
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def request(identifier, sequence):
    """An echo request."""
    empty = struct.pack("!BBHHH", REQUEST, 0, 0, identifier, sequence & 0xFFFF)
    return struct.pack("!BBHHH", REQUEST, 0, checksum(empty), identifier, sequence & 0xFFFF)


def is_reply(packet, identifier):
    """Whether an IPv4 packet of a raw socket is the answer to a request with this identifier."""
    start = (packet[0] & 15) * 4 if packet else 0
    if len(packet) < start + 8:
        return False
    kind, _, _, found = struct.unpack("!BBHH", packet[start : start + 6])
    return kind == REPLY and found == identifier


def channel(interface, address):
    """A raw socket that asks from this address on this interface only; needs CAP_NET_RAW."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    opened.bind((address, 0))
    opened.setblocking(False)
    return opened
