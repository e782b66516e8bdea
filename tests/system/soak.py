#!/usr/bin/env python3
"""Many connections while the configuration is reloaded ten times a second and one of the server's
processes is killed every second; then the parent is killed. N connections at most, for DURATION
seconds at most (both in the environment); 1,000,000 and 600 is the long way."""
import glob
import os
import random
import re
import signal
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)) + "/../helpers")
import serving  # noqa: E402
from serving import TMP, HELLO, Server, clients, ok  # noqa: E402

N = int(os.environ.get("N", "60000"))
DURATION = float(os.environ.get("DURATION", "6"))
SEED = int(os.environ.get("SEED", "0")) or int(time.time())
CLIENTS, ASKING = 64, 4
HELPERS = "log", "resolver"  # no session may notice their end
LOG = f"\tflags = NOLIBWRAP\n\tlog_type = FILE {TMP}/log\n\tlog_on_success = PID HOST EXIT DURATION\n\tlog_on_failure = HOST\n"
LATE = 0.25  # a client's own queue: seconds from a kill to the last error it can have caused


def config(turn):
    """The same, one more service, or other settings for the one under load: each of a reload's ways."""
    text = serving.service("hello", 7001, more=LOG + ("\tenv = TURN=1\n" if turn % 3 == 2 else ""))
    text += serving.service("quiet", 7002, more=LOG)
    text += serving.service("asks", 7005, more=LOG + "\tlog_on_success = PID HOST EXIT DURATION USERID\n")
    text += serving.service("cat", 7003, "user = nobody\n\tserver = /bin/cat", LOG)
    if turn % 3 == 1:
        text += serving.service("guest", 7004, more=LOG)
    return text


def kind_of(pid, parent):
    if pid == parent:
        return "parent"
    name = serving.read(f"/proc/{pid}/comm").strip()
    if name == "resolver":
        return name
    there = serving.descriptors(pid)
    listeners = {f"socket:[{i}]" for inodes in serving.listening().values() for i in inodes}
    if listeners & set(there):
        return "worker"
    return "log" if f"{TMP}/log" in there else "other"


def weigh(parent):
    """What must not grow: descriptors and own memory, by kind of process."""
    return {kind_of(pid, parent): (len(serving.descriptors(pid)), serving.rss_kib(pid)) for pid in serving.ours()}


def book_kib(parent):
    """What the books take, which are shared memory and in nobody's RssAnon."""
    blocks = 0
    for path in glob.glob(f"/proc/{parent}/fd/*"):
        try:
            if os.readlink(path).startswith("/memfd:gatehouse-book"):
                blocks += os.stat(path).st_blocks
        except OSError:
            pass
    return blocks // 2


def settle():
    """Until no session is left and nobody drains."""
    end = time.monotonic() + 5
    while time.monotonic() < end and any(HELLO == exe for _, _, exe in serving.processes().values()):
        time.sleep(0.05)
    time.sleep(0.5)


def disturb(server, load, chance):
    """Until the load ends: what was killed when, and how often it was reloaded."""
    kills, turn, next_kill = [], 0, time.monotonic() + 1
    while load.poll() is None:
        time.sleep(0.1)
        turn += 1
        server.reload(config(turn))
        if time.monotonic() < next_kill:
            continue
        next_kill += 1
        victims = [pid for pid in serving.ours() if pid != server.process.pid]
        if victims:
            pid = chance.choice(victims)
            kind = kind_of(pid, server.process.pid)
            kills.append((time.monotonic(), kind))
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
    return kills, turn


def unexplained(path, kills):
    """Errors of clients that are not the sessions of a process killed just before."""
    left = []
    with open(path, encoding="ascii") as f:
        for line in f:
            got = re.match(r"([0-9.]+) (\w+) after", line)
            if not got:
                left.append(line.strip())
            elif got[2] not in ("reset", "short") or not any(
                    t <= float(got[1]) <= t + LATE for t, kind in kills if kind not in HELPERS):
                left.append(line.strip())
    return left


def under_load(server, chance):
    before = None
    clients("-n", 1000, "-c", CLIENTS, "tcp", 7001)
    for turn in range(6):
        server.reload(config(turn))
        time.sleep(0.1)
    clients("-n", 1000, "-c", CLIENTS, "tcp", 7001)
    clients("-n", 100, "-c", 8, "tcp", 7005)
    settle()
    before, books = weigh(server.process.pid), book_kib(server.process.pid)
    with open(f"{TMP}/errors", "w", encoding="ascii") as errors:
        load = clients("-v", "-w", "10", "-n", N, "-t", DURATION, "-c", CLIENTS, "tcp", 7001, background=True,
                       errors=errors)
        # Each of these asks ident, which is not there: the resolver has something to lose, too.
        asks = clients("-v", "-w", "10", "-t", DURATION + 60, "-c", ASKING, "tcp", 7005, background=True, errors=errors)
        kills, turns = disturb(server, load, chance)
        asks.send_signal(signal.SIGINT)
    got = serving.outcome(load)
    asks.communicate()
    killed = ", ".join(f"{[k for _, k in kills].count(kind)} {kind}" for kind in sorted({k for _, k in kills}))
    serving.note(f"{got['ok']:.0f} connections, {got['rate']:.0f}/s, p99 {got['p99']:.0f} us, {turns} reloads, "
                 f"killed: {killed}; errors: {serving.errors_of(got)}; SEED={SEED}")
    left = unexplained(f"{TMP}/errors", kills)
    ok(server.process.poll() is None, "the parent lives", server.said())
    ok(got["ok"] > 1000, f"{got['ok']:.0f} connections were served")
    ok(got["refused"] == 0 and got["timeout"] == 0, "none was refused, none was forgotten", serving.errors_of(got))
    ok(not left, "each lost session was one of a process that was killed", *left[:10])
    worst = sum(1 for _, kind in kills if kind not in HELPERS) * (CLIENTS + ASKING)
    ok(sum(serving.errors_of(got).values()) <= worst, f"not more than {worst} sessions were lost", serving.errors_of(got))
    server.reload(config(0))
    clients("-n", 1000, "-c", CLIENTS, "tcp", 7001)
    settle()
    after = weigh(server.process.pid)
    now = book_kib(server.process.pid)
    serving.note(f"descriptors and KiB before {before}, after {after}; books {books}, {now} KiB")
    # A page or two for each of the services, of which one comes and goes.
    ok(now <= books + 64, "books: no more memory than before", books, now)
    ok(not serving.zombies(), "no zombies", serving.zombies())
    for kind in sorted(set(before) & set(after)):
        ok(after[kind][0] <= before[kind][0], f"{kind}: no more descriptors than before", before[kind], after[kind])
        ok(after[kind][1] <= before[kind][1] + 256, f"{kind}: no more memory than before", before[kind], after[kind])
    ok(len(serving.ours()) <= 7, "no processes left over", serving.ours())


def echoes(s, text):
    try:
        s.sendall(text)
        return s.recv(100) == text
    except OSError:
        return False


def parent_killed(server):
    s = socket.create_connection(("127.0.0.1", 7003), timeout=5)
    ok(echoes(s, b"before\n"), "a session")
    server.process.kill()
    server.process.wait()
    ok(echoes(s, b"alone\n"), "it lives without the parent")
    ok(server.start([7001, 7002, 7003]), "a new parent has the listeners", server.said())
    got = clients("-n", 100, "-c", 8, "tcp", 7001)
    ok(got["ok"] == 100, "and serves", got, server.said())
    ok(echoes(s, b"after\n"), "the old session lives on")
    s.close()
    end = time.monotonic() + 5
    while time.monotonic() < end and any(exe.endswith("/cat") for _, _, exe in serving.processes().values()):
        time.sleep(0.05)
    ok(not any(exe.endswith("/cat") for _, _, exe in serving.processes().values()), "and ends with its client")


serving.enter()
main = Server(config(0))
if not main.start([7001, 7002, 7003]):
    ok(False, "the server starts", main.said())
    serving.finish()
under_load(main, random.Random(SEED))
parent_killed(main)
main.process.terminate()
try:
    ok(main.process.wait(10) == 0, "stops when told", main.process.returncode)
except Exception as e:  # noqa: BLE001
    ok(False, "stops when told", e)
serving.finish()
