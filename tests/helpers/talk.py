#!/usr/bin/env python3
r"""talk.py [from=ADDRESS[/PORT]] [times=N] [wait=SECONDS] tcp|udp|stream|dgram|seqpacket WHERE [PORT] [TEXT]

One conversation with a service: sends TEXT (\r and the like as in Python), ends its half, prints what comes. stream,
dgram and seqpacket are unix sockets, WHERE their path. "silence" is what a datagram that nobody answers prints,
"refused" and "reset" what a connection that ends so does. times: one line for each of N conversations.
"""
import os
import socket
import sys

options = {}
words = sys.argv[1:]
while "=" in words[0]:
    name, _, value = words.pop(0).partition("=")
    options[name] = value
kind, where = words[0], words[1]
inet = kind in ("tcp", "udp")
target = (where, int(words[2])) if inet else where.replace("@", "\0", 1) if where[0] == "@" else where
text = "".join(words[3 if inet else 2:]).encode().decode("unicode_escape").encode("latin1")
wait = float(options.get("wait", 5))


def once():
    family = socket.AF_UNIX if not inet else socket.AF_INET6 if ":" in where else socket.AF_INET
    s = socket.socket(family, {"tcp": socket.SOCK_STREAM, "stream": socket.SOCK_STREAM,
                               "seqpacket": socket.SOCK_SEQPACKET}.get(kind, socket.SOCK_DGRAM))
    s.settimeout(wait)
    if "from" in options:
        addr, _, port = options["from"].rpartition("/") if "/" in options["from"] else (options["from"], "", "0")
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((addr, int(port)))
    elif kind == "dgram":
        s.bind("\0talk-%d" % os.getpid())
    got = b""
    try:
        s.connect(target)
        if text or kind in ("udp", "dgram"):
            s.sendall(text)
        if kind in ("udp", "dgram"):
            return s.recv(65536)
        try:
            s.shutdown(socket.SHUT_WR)
        except OSError:  # it was quicker
            pass
        while piece := s.recv(65536):
            got += piece
        return got
    except TimeoutError:
        return got or b"silence"
    except (ConnectionRefusedError, FileNotFoundError):
        return b"refused"
    except (ConnectionResetError, BrokenPipeError):
        return got or b"reset"
    except PermissionError:
        return b"forbidden"
    finally:
        s.close()


for _ in range(int(options.get("times", 1))):
    sys.stdout.buffer.write(once() + (b"\n" if "times" in options else b""))
