#!/usr/bin/env python3
"""liars.py LOG: hostile name and ident servers on 127.0.0.53:53 and, on every address, port 113.

What is answered for an address is chosen by the address, see ZONE and IDENT. Each DNS question is
written to LOG. For tests in a network namespace of their own.
"""
import os
import select
import socket
import struct
import sys
import threading
import time

PTR, A, AAAA, CNAME = 12, 1, 28, 5


def encode(name):
    out = b""
    for label in name.rstrip(".").split("."):
        raw = label.encode("latin1")
        out += bytes([len(raw)]) + raw
    return out + b"\0"


def rr(name, kind, data, ttl=60):
    return encode(name) + struct.pack(">HHIH", kind, 1, ttl, len(data)) + data


def addr(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def ptr(*names):
    return lambda q: [rr(q, PTR, encode(name)) for name in names]


def rev(last):
    return f"{last}.1.0.127.in-addr.arpa"


V6 = ".".join(reversed("fd000000000000000000000000000001")) + ".ip6.arpa"
ZONE = {  # name, type: a function that gives records, "nx", "silent", "garbage", "spoof"
    (rev(1), PTR): ptr("good.example"),
    ("good.example", A): lambda q: [rr(q, A, addr("127.0.9.9")), rr(q, A, addr("127.0.1.1"))],
    (rev(2), PTR): ptr("good.example"),  # lies: not that one's address
    (rev(3), PTR): "nx",
    (rev(4), PTR): "silent",
    (rev(5), PTR): "garbage",
    (rev(6), PTR): lambda q: [rr(q, CNAME, encode("6.sub.example")), rr("6.sub.example", PTR, encode("alias.example"))],
    ("alias.example", A): lambda q: [rr(q, CNAME, encode("a2.example")), rr("a2.example", CNAME, encode("a3.example")),
                                     rr("a3.example", A, addr("127.0.1.6"))],
    (rev(7), PTR): lambda q: [rr(q, CNAME, encode("loop.example")), rr("loop.example", CNAME, encode(q))],
    (rev(8), PTR): ptr(*[f"host-with-a-long-name-{i}.example" for i in range(300)]),
    (rev(9), PTR): ptr("a\nFAIL: b\x1b[1m.example"),
    (rev(10), PTR): ptr("127.0.1.1"),
    ("127.0.1.1", A): lambda q: [rr(q, A, addr("127.0.1.10"))],
    (rev(11), PTR): ptr("slow.example"),
    ("slow.example", A): "silent",
    (rev(12), PTR): "spoof",
    (rev(13), PTR): ptr("x" * 63 + "." + "y" * 63 + "." + "z" * 63 + "." + "w" * 61),
    (rev(14), PTR): ptr("short.example"),
    ("short.example", A): lambda q: [rr(q, A, addr("127.0.1.14"), 1)],
    (rev(15), PTR): lambda q: [rr(rev(1), PTR, encode("good.example"))],  # an answer to another question
    (rev(16), PTR): ptr("good.example", "sixteen.example"),
    ("sixteen.example", A): lambda q: [rr(q, A, addr("127.0.1.16"))],
    (V6, PTR): ptr("six.example"),
    ("six.example", AAAA): lambda q: [rr(q, AAAA, addr("fd00::1"))],
}


def decode(data):
    at, labels = 12, []
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode("latin1"))
        at += 1 + data[at]
    return ".".join(labels).lower(), struct.unpack(">H", data[at + 1:at + 3])[0], data[12:at + 5]


def reply(data, tcp):
    name, kind, question = decode(data)
    log.write(f"{name} {kind}\n")
    log.flush()
    what = ZONE.get((name, kind), "nx")
    ident = data[:2]
    if what == "silent":
        return None
    if what == "garbage":
        return ident + b"\x81\x80" + os.urandom(400)
    if what == "spoof":
        ident, what = bytes([data[0] ^ 1, data[1]]), ptr("good.example")
    answers = [] if what == "nx" else what(name)
    body = question + b"".join(answers)
    if len(body) > 500 and not tcp:
        return ident + b"\x83\x80\0\1\0\0\0\0\0\0" + question
    return ident + struct.pack(">HHHHH", 0x8183 if what == "nx" else 0x8180, 1, len(answers), 0, 0) + body


def dns_udp(s):
    while True:
        data, who = s.recvfrom(4096)
        out = reply(data, False)
        if out:
            s.sendto(out, who)


def dns_tcp(s):
    while True:
        c, _ = s.accept()
        c.settimeout(2)
        try:
            n = struct.unpack(">H", c.recv(2))[0]
            out = reply(c.recv(n), True)
            if out:
                c.sendall(struct.pack(">H", len(out)) + out)
        except (OSError, struct.error):
            pass
        c.close()


IDENT = {  # the last byte of the address that is asked: the answer, with the question in it
    21: "{q} : USERID : UNIX : bob\r\n",
    22: "{q} : ERROR : NO-USER\r\n",
    23: "{q} : USERID : OTHER, US-ASCII : a\x07b %s\xff\x1b[1m\r\n",
    24: "1,1 : USERID : UNIX : root\r\n",
    25: "x" * 5000,
    26: "",
    27: None,  # silent
    28: "drip",
    29: "{q} : USERID : UNIX : \r\n",
    30: "{q} : USERID : UNIX : " + "u" * 400 + "\r\n",
}


def ident(c, local):
    c.settimeout(30)
    try:
        q = b""
        while not q.endswith(b"\n"):
            more = c.recv(200)
            if not more:
                return
            q += more
        what = IDENT.get(int(local.rsplit(".", 1)[1]), "")
        if what is None:
            time.sleep(60)
        elif what == "drip":
            for _ in range(600):
                c.sendall(b"x")
                time.sleep(0.2)
        else:
            c.sendall(what.replace("{q}", q.decode().strip()).encode("latin1"))
    except OSError:
        pass
    finally:
        c.close()


def idents(s):
    while True:
        c, _ = s.accept()
        threading.Thread(target=ident, args=(c, c.getsockname()[0]), daemon=True).start()


def listening(kind, where):
    s = socket.socket(socket.AF_INET, kind)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(where)
    if kind == socket.SOCK_STREAM:
        s.listen(1000)
    return s


log = open(sys.argv[1], "w")
for run, s in ((dns_udp, listening(socket.SOCK_DGRAM, ("127.0.0.53", 53))),
               (dns_tcp, listening(socket.SOCK_STREAM, ("127.0.0.53", 53))),
               (idents, listening(socket.SOCK_STREAM, ("", 113)))):
    threading.Thread(target=run, args=(s,), daemon=True).start()
print("ready", flush=True)
select.select([sys.stdin], [], [], 120)
