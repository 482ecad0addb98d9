"""How long a proxy needs from the order to start until it has routed a call, on a node that holds the floating IP.

    takeover.py FLOATING_IP PORT DOMAIN CONTACTS RUNS

Kills the proxy of this node and starts it, RUNS times. Meanwhile a stranger calls one of the users bench-0, bench-1, ...,
another one each time, every 2 ms; their contacts (CONTACTS of them; bench-0 at least) lead back to this program. Prints the
milliseconds from the order until the first call was here, one run a line.
"""

import random
import selectors
import socket
import subprocess
import sys
import time

UNIT = "sip-ha-proxy.service"
PHONES = ("127.0.0.1", 7799)
EVERY_S = 0.002
GIVE_UP_S = 20.0


def invite(domain: str, here: tuple[str, int], user: str, number: int) -> bytes:
    lines = [
        f"INVITE sip:{user}@{domain} SIP/2.0",
        f"Via: SIP/2.0/UDP {here[0]}:{here[1]};branch=z9hG4bKbench{number}",
        f"From: <sip:bench@bench.invalid>;tag={number}",
        f"To: <sip:{user}@{domain}>",
        f"Call-ID: call-{number}@{here[0]}",
        "CSeq: 1 INVITE",
        f"Contact: <sip:bench@{here[0]}:{here[1]}>",
        "Max-Forwards: 70",
        "Content-Length: 0",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def busy_here(request: bytes) -> bytes:
    """A final answer, so that no call stays."""
    kept = ("via:", "from:", "call-id:", "cseq:", "to:")
    lines = [line for line in request.decode().split("\r\n") if line.lower().startswith(kept)]
    tagged = [f"{line};tag=bench" if line.lower().startswith("to:") else line for line in lines]
    return "\r\n".join(["SIP/2.0 486 Busy Here", *tagged, "Content-Length: 0", "", ""]).encode()


def systemctl(*words: str) -> None:
    subprocess.run(["systemctl", *words, UNIT], check=True)


def until_routed(server: tuple[str, int], domain: str, contacts: int) -> float:
    phones = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    phones.bind(PHONES)
    stranger = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    stranger.bind((server[0], 0))
    began = time.monotonic()
    start = subprocess.Popen(["systemctl", "start", UNIT])
    ready = selectors.DefaultSelector()
    ready.register(phones, selectors.EVENT_READ)
    try:
        while time.monotonic() - began < GIVE_UP_S:
            user = f"bench-{random.randrange(contacts)}"
            stranger.sendto(invite(domain, stranger.getsockname(), user, random.getrandbits(60)), server)
            if ready.select(EVERY_S):
                took = time.monotonic() - began
                request, source = phones.recvfrom(65535)
                phones.sendto(busy_here(request), source)
                return took
    finally:
        start.wait()
        phones.close()
        stranger.close()
    raise SystemExit(f"no call was routed within {GIVE_UP_S:.0f} s")


def main() -> None:
    address, port, domain, contacts, runs = sys.argv[1:]
    for _ in range(int(runs)):
        subprocess.run(["systemctl", "kill", "--signal=KILL", UNIT], check=False)
        systemctl("stop")
        print(f"{until_routed((address, int(port)), domain, max(1, int(contacts))) * 1000:.0f}", flush=True)


main()
