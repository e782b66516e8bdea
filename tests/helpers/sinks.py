#!/usr/bin/env python3
"""sinks.py SOCKET FILE: a syslogd or journald: each datagram that comes to SOCKET is a line of FILE, newlines as |."""
import os
import socket
import sys

if os.path.exists(sys.argv[1]):
    os.unlink(sys.argv[1])
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
with open(sys.argv[2], "ab", buffering=0) as out:
    while True:
        out.write(s.recv(65536).replace(b"\n", b"|") + b"\n")
