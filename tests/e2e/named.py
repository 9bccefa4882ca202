"""named.py FILE: a name server on 127.0.0.1, port 53, until it is killed.

FILE has a record a line: "NAME A ADDRESS" or "NAME SRV PRIORITY WEIGHT PORT HOST". Everything else
does not exist. It says "ready" when it is.
"""
import ipaddress
import socket
import struct
import sys

TYPES = {"A": 1, "SRV": 33}


def wire(name):
    labels = [label.encode() for label in name.strip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def data(kind, words):
    if kind == "A":
        return ipaddress.ip_address(words[0]).packed
    return struct.pack(">HHH", *map(int, words[:3])) + wire(words[3])


def answer(query, records):
    end = query.index(b"\0", 12) + 1
    name, kind = query[12:end], struct.unpack(">H", query[end:end + 2])[0]
    found = [rdata for rname, rkind, rdata in records
             if rname == name.lower() and rkind == kind]
    exists = any(rname == name.lower() for rname, _, _ in records)
    head = query[:2] + struct.pack(">HHHHH", 0x8580 | (0 if exists else 3), 1, len(found), 0, 0)
    return head + query[12:end + 4] + b"".join(
        b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(rdata)) + rdata for rdata in found)


def main():
    with open(sys.argv[1], encoding="ascii") as f:
        lines = [line.split() for line in f if line.strip()]
    records = [(wire(w[0].lower()), TYPES[w[1]], data(w[1], w[2:])) for w in lines]
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 53))
    print("ready", flush=True)
    while True:
        query, peer = s.recvfrom(4096)
        s.sendto(answer(query, records), peer)


main()
