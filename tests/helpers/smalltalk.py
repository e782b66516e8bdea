#!/usr/bin/env python3
"""smalltalk.py ADDRESS: what the small services there say, one line each; what changes with time made equal: daytime may have the form of inetd (ctime) or
that of xinetd. A chargen
over UDP may be of any length: only that each line follows the pattern is said."""
import hashlib
import socket
import struct
import sys
import time

ADDRESS = sys.argv[1]


def tcp(port, data=b"", most=None, shut=True):
    got = bytearray()
    try:
        with socket.create_connection((ADDRESS, port), 5) as s:
            s.settimeout(5)
            s.sendall(data)
            if shut:
                s.shutdown(socket.SHUT_WR)
            while most is None or len(got) < most:
                piece = s.recv(65536)
                if not piece:
                    break
                got += piece
    except ConnectionResetError:
        got += b"<reset>"
    return bytes(got[:most])


def udp(port, data, wait=0.5):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(wait)
        s.sendto(data, (ADDRESS, port))
        try:
            return s.recv(65536)
        except TimeoutError:
            return b"<nothing>"


def shape(got):
    """Its time is right, its line ends as a line; RFC 867 leaves the form open."""
    text = got.decode().strip()
    for form, text in (("%a %b %d %H:%M:%S %Y", text), ("%d %b %Y %H:%M:%S", text.rpartition(" ")[0])):
        try:
            return abs(time.mktime(time.strptime(text, form)) - time.time()) < 5, got.endswith(b"\r\n")
        except ValueError:
            pass
    return got


def since(got):
    return len(got), abs(struct.unpack(">I", got)[0] - 2208988800 - time.time()) < 5


def pattern(got):
    """Lines of 72 printable characters, each beginning with the second of the line before. RFC 864 only recommends
    which characters, and how they turn: xinetd has no blank among them, and makes a leap where they end."""
    lines = [line for line in got.split(b"\r\n") if len(line) == 72]
    good = sum(b.startswith(a[1:-1]) for a, b in zip(lines, lines[1:]))
    return all(32 <= c < 127 for line in lines for c in line) and good * 20 >= (len(lines) - 1) * 19


big = bytes(range(256)) * 400
print("echo tcp", tcp(7, b"one\0two\r\nthree"), hashlib.sha256(tcp(7, big)).hexdigest()[:16])
print("echo tcp, nothing", tcp(7))
print("discard tcp", tcp(9, b"x" * 10000))
print("daytime tcp", *shape(tcp(13)))
print("time tcp", *since(tcp(37)))
chargen = tcp(19, most=74 * 300, shut=False)
print("chargen tcp", pattern(chargen), len(chargen))
print("echo udp", udp(7, b"one\0two"), udp(7, b"x" * 1400) == b"x" * 1400)
print("discard udp", udp(9, b"x"))
print("daytime udp", *shape(udp(13, b"what time is it")))
print("time udp", *since(udp(37, b"")))
got = udp(19, b"")
print("chargen udp", pattern(got))
