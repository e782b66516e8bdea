#!/usr/bin/env python3
"""visit.py [ADDRESS:]PORT[=TEXT]...: one TCP connection after the other; sends TEXT and a newline if given, and reads
until the other end closes or 3 seconds are over. "sleep=SECONDS" waits. "+PORT" stays open to the end."""
import socket
import sys
import time

kept = []
for word in sys.argv[1:]:
    where, _, text = word.partition("=")
    if where == "sleep":
        time.sleep(float(text))
        continue
    addr, _, port = where.lstrip("+").rpartition(":")
    s = socket.create_connection((addr.strip("[]") or "127.0.0.1", int(port)), 3)
    s.settimeout(3)
    try:
        if text:
            s.sendall(text.encode() + b"\n")
        if where[0] == "+":
            kept.append(s)
            time.sleep(0.3)
            continue
        while s.recv(4096):
            pass
    except OSError:
        pass
    s.close()
