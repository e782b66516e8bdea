#!/usr/bin/env python3
"""Slow and hostile clients of one service: how long the clients of another wait meanwhile. Times
are compared with times of the same run, the least of several rounds each: p99 may double, and what
the rounds without an attack differ by among themselves is noise. An attacker's program would run on
another machine: here it gets the least of the processors, so that what counts is what the server
does."""
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../helpers")
import serving  # noqa: E402
from serving import Server, clients, ok, service  # noqa: E402

OPEN = "\tflags = NOLIBWRAP\n"
ROUNDS = int(os.environ.get("ROUNDS", "3"))
FACTOR = 2
# Twice as long is for a machine that does nothing else (make check-system); beside other tests a
# server that makes others wait is told from a busy machine by whole seconds only.
STRICT = os.environ.get("STRICT") == "1"
STALL_US = 2_000_000
GOOD, ECHO, CHARGEN, ASKS, NAMED, CARRIED = 7001, 7002, 7003, 7004, 7005, 7006


def config():
    return (service("good", GOOD, more=OPEN) + service("echo", ECHO, "user = nobody", OPEN)
            + service("chargen", CHARGEN, "user = nobody", OPEN)
            + service("asks", ASKS, more=OPEN + "\tlog_type = FILE /mnt/log\n\tlog_on_success = USERID HOST\n")
            + service("named", NAMED, more="")
            + service("carried", CARRIED, f"user = nobody\n\tredirect = 127.0.0.1 {CHARGEN}", OPEN))


def p99():
    got = clients("-c", 4, "-t", 0.4, "tcp", GOOD)
    return got["p99"] if not serving.errors_of(got) and got["ok"] > 20 else float("inf")


# --- attacks: each starts, and gives what ends it

def hold(n, port):
    process = clients("-c", n, "-w", 20, "hold", port, background=True, stdin=subprocess.PIPE, session=True)
    step_back(process.pid)

    def end():
        got = serving.outcome(process)
        serving.note(f"{got.get('ok', 0):.0f} of {n} were held")
    time.sleep(1.5)
    return end


def step_back(pid):
    """Niceness counts within a session, and between sessions only by this file (sched(7))."""
    os.setpriority(os.PRIO_PROCESS, pid, 19)
    try:
        serving.write(f"/proc/{pid}/autogroup", "19")
    except OSError:
        pass  # a kernel without


def busy(*words):
    process = clients(*words, background=True, session=True)
    step_back(process.pid)

    def end():
        process.kill()
        process.communicate()
    time.sleep(0.2)
    return end


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def syn(source, port):
    """One SYN to us, from an address whose owner never answers."""
    target = socket.inet_aton("127.0.0.1")
    tcp = struct.pack("!HHIIBBHHH", random.randrange(1024, 65536), port, random.getrandbits(32), 0, 5 << 4, 2, 65535, 0, 0)
    summed = checksum(source + target + struct.pack("!BBH", 0, 6, len(tcp)) + tcp)
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + source + target + tcp[:16] + struct.pack("!H", summed) + tcp[18:]


def half_open():
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    packets = [syn(bytes((10, 9, random.randrange(256), random.randrange(1, 255))), ECHO) for _ in range(5000)]
    going = threading.Event()

    def flood():
        while not going.wait(0.01):
            for packet in random.sample(packets, 200):
                s.sendto(packet, ("127.0.0.1", ECHO))
    thread = threading.Thread(target=flood, daemon=True)
    thread.start()

    def end():
        going.set()
        thread.join()
        s.close()
    time.sleep(0.3)
    half = sum(line.split()[3] == "03" for line in
               (serving.read("/proc/net/tcp") + serving.read("/proc/net/tcp6")).splitlines())
    ok(half > 100, f"{half} connections are half open")
    return end


def mute_ident():
    """RFC 1413's port answers nobody: who asks must not wait for ever, nor anybody else."""
    s = socket.create_server(("127.0.0.1", 113), backlog=1000)
    load = busy("-c", 64, "-t", 60, "-w", 30, "tcp", ASKS)

    def end():
        load()
        s.close()
    return end


def name_of(data, at):
    start = at
    while data[at]:
        at += data[at] + 1
    return data[start:at + 1], at + 1


def liar():
    """A name server: every address is called good.example.com, which has another address."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 53))
    s.settimeout(0.1)
    going = threading.Event()
    asked = []

    def serve():
        while not going.is_set():
            try:
                data, who = s.recvfrom(2048)
            except OSError:
                continue
            name, at = name_of(data, 12)
            kind = struct.unpack_from("!H", data, at)[0]
            asked.append(kind)
            answer = {12: b"\x04good\x07example\x03com\x00", 1: bytes((10, 9, 9, 9))}.get(kind)
            head = data[:2] + struct.pack("!HHHHH", 0x8580, 1, 1 if answer else 0, 0, 0)
            rest = name + data[at:at + 4]
            if answer:
                rest += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(answer)) + answer
            s.sendto(head + rest, who)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    got = clients("-e", "-c", 8, "-t", 1, "-w", 10, "tcp", NAMED)
    ok(12 in asked and 1 in asked, f"it is asked: {len(asked)} questions", asked)
    ok(got["ok"] > 0 and not serving.errors_of(got), "a name that does not lead back opens nothing", got)
    load = busy("-e", "-c", 64, "-t", 60, "-w", 30, "tcp", NAMED)

    def end():
        load()
        going.set()
        thread.join()
        s.close()
    return end


ATTACKS = [
    ("10,000 idle connections to echo", lambda: hold(10000, ECHO)),
    ("half-open connections to echo", half_open),
    ("connections to echo that are reset at once", lambda: busy("-c", 4, "-t", 60, "reset", ECHO)),
    ("500 readers of chargen that do not read", lambda: hold(500, CHARGEN)),
    ("500 readers of a redirected service that do not read", lambda: hold(500, CARRIED)),
    ("64 clients of a service whose ident never answers", mute_ident),
    ("64 clients with names that lie", liar),
]


def under(name, attack, server):
    without = [p99() for _ in range(ROUNDS)]
    end = attack()
    during = min(p99() for _ in range(ROUNDS))
    end()
    without += [p99() for _ in range(ROUNDS)]
    before, noise = min(without), max(without) - min(without)
    most = before * FACTOR + noise if STRICT else STALL_US
    ok(during <= most, f"{name}: others wait at most " + (f"{FACTOR} times as long" if STRICT else "two seconds"),
       f"p99 {before:.0f} us without, {during:.0f} us with", server.said()[-300:])
    serving.note(f"p99 {before:.0f} us without, noise {noise:.0f}; {during:.0f} us with: {during / before:.2f}")


def siege():
    serving.write("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    serving.write("/etc/hosts", "")
    serving.write("/etc/nsswitch.conf", "hosts: dns\npasswd: files\ngroup: files\nservices: files\nprotocols: files\n")
    serving.write("/etc/hosts.allow", f"{os.path.basename(serving.HELLO)}: .example.com\n")
    serving.write("/etc/hosts.deny", "ALL: ALL\n")
    # Sources of half-open connections: a network where nobody answers.
    subprocess.run(["ip", "route", "add", "10.9.0.0/16", "dev", "lo", "scope", "link"], check=True)
    server = Server(config())
    ok(server.start([GOOD, ECHO, CHARGEN, ASKS, NAMED, CARRIED]), "the server starts", server.said())
    wanted = sys.argv[1] if len(sys.argv) > 1 and not sys.argv[1].startswith("--") else ""
    for name, attack in ATTACKS:
        if wanted in name:
            under(name, attack, server)
    ok(server.process.poll() is None, "the parent lives", server.said())
    ok("ended with signal" not in server.said(), "no worker crashed", server.said()[-1000:])
    time.sleep(0.5)
    ok(not serving.zombies(), "no zombies", serving.zombies())


serving.enter()
siege()
serving.finish()
