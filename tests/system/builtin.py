"""builtin.py GATEHOUSED DIR: built-ins, redirect and tcpmux in a network of their own. TAP.

INETD-11, INETD-12, INETD-14, XINETD-20, XINETD-21; CVE-2012-0862, CVE-2013-4342, CVE-2001-0309.
"""
import hashlib
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

GATEHOUSED, DIR = sys.argv[1:3]
IDLE = 10000
number = 0


def ok(good, name, note=""):
    global number
    number += 1
    print(f"{'ok' if good else 'not ok'} {number} - {name}" + (f"\n# {note}" if note and not good else ""),
          flush=True)


def service(name, port, more="", kind="INTERNAL UNLISTED", stream=True, flags="NOLIBWRAP"):
    socket_type, protocol, wait = ("stream", "tcp", "no") if stream else ("dgram", "udp", "yes")
    return (f"service {name}\n{{\n\tid = {name}-{protocol}-{port}\n\ttype = {kind}\n\tflags = {flags}\n"
            + (f"\tport = {port}\n" if port else "")
            + f"\tsocket_type = {socket_type}\n\tprotocol = {protocol}\n\twait = {wait}\n{more}}}\n")


DEFAULTS = """defaults
{
	log_type = NONE
	instances = 20000
	per_source = UNLIMITED
	cps = 100000 1
}
"""
SMALL = [("echo", 7), ("discard", 9), ("daytime", 13), ("chargen", 19), ("time", 37)]
CONFIG = DEFAULTS + "".join(service(name, port, stream=s) for name, port in SMALL for s in (True, False))
CONFIG += service("echo", 1007, "\tbind = 127.0.0.2\n")
CONFIG += service("forward", 1080, "\tuser = nobody\n\tredirect = 127.0.0.1 1081\n", "UNLISTED")
CONFIG += service("tcpmux", 1)
CONFIG += service("who", 0, "\tuser = nobody\n\tserver = /usr/bin/id\n\tserver_args = -u\n", "TCPMUXPLUS UNLISTED")
CONFIG += service("lines", 0, "\tuser = nobody\n\tserver = /bin/cat\n", "TCPMUX UNLISTED")


def dial(port, host="127.0.0.1"):
    s = socket.create_connection((host, port), 10)
    s.settimeout(20)
    return s


def rest(s):
    got = bytearray()
    while True:
        piece = s.recv(1 << 20)
        if not piece:
            return bytes(got)
        got += piece


def ask(port, what, host="127.0.0.1"):
    with dial(port, host) as s:
        try:
            s.sendall(what)
            s.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has hung up already; what it said before may be read
        return rest(s)


def send_all(s, data):
    def run():
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
    thread = threading.Thread(target=run)
    thread.start()
    return thread


def datagram(port, what, to="127.0.0.1", own=None, wait=3):
    family = socket.AF_INET6 if ":" in to else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as s:
        s.settimeout(wait)
        if own:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(own)
        s.sendto(what, (to, port))
        try:
            return s.recvfrom(65536)
        except TimeoutError:
            return None


def pattern(n):
    ring = bytes(range(32, 127)) * 2
    lines = b"".join(ring[i:i + 72] + b"\r\n" for i in range(95))
    return (lines * (n // len(lines) + 1))[:n]


def until(seconds, good):
    end = time.time() + seconds
    while not good():
        if time.time() > end:
            return False
        time.sleep(0.05)
    return True


def is_open(port):
    try:
        dial(port).close()
        return True
    except OSError:
        return False


def tests_streams():
    ok(ask(7, b"one\0two") == b"one\0two", "echo sends back what it got, after the client's end too (RFC 862)")
    data = os.urandom(40 << 20)
    with dial(7, "::1") as s:
        thread = send_all(s, data)
        got = rest(s)
        thread.join()
    ok(got == data, "40 MB through echo, byte by byte, over IPv6")
    ok(ask(9, b"x" * 3000000) == b"", "discard says nothing (RFC 863)")
    with dial(19) as s:
        got = bytearray()
        while len(got) < 50000:
            got += s.recv(65536)
    ok(bytes(got) == pattern(len(got)), "chargen's pattern (RFC 864)")
    got = ask(37, b"")
    ok(len(got) == 4 and abs(struct.unpack(">I", got)[0] - 2208988800 - time.time()) < 5,
       "time: 32 bits since 1900 (RFC 868)")
    got = ask(13, b"some bytes nobody reads").decode()
    then = time.mktime(time.strptime(got.strip(), "%a %b %d %H:%M:%S %Y"))
    ok(abs(then - time.time()) < 5 and got.endswith("\r\n"), "daytime as ctime(3) has it (RFC 867)", got)
    ok(ask(1007, b"a", "127.0.0.2") == b"a" and not is_open(1007), "bind: only that address (INETD-14, XINETD-21)")


def tests_datagrams():
    got = datagram(7, b"hello")
    ok(got is not None and got[0] == b"hello", "echo, udp", got)
    got = datagram(7, b"hello", "127.0.0.7")
    ok(got is not None and got[1][0] == "127.0.0.7", "the answer comes from the address that was asked", got)
    got = datagram(7, b"hello", "::1")
    ok(got is not None and got[0] == b"hello" and got[1][0] == "::1", "and over IPv6", got)
    got = datagram(37, b"")
    ok(got is not None and len(got[0]) == 4, "time, udp", got)
    got = datagram(19, b"")
    ok(got is not None and len(got[0]) <= 512, "chargen, udp: up to 512 characters", got)
    for port in (19, 7, 13, 37, 53, 1023):
        own = ("127.0.0.9", port)
        ok(datagram(7, b"loop", "127.0.0.8", own, 0.5) is None, f"no answer to port {port} (INETD-12, CVE-1999-0103)")
    got = datagram(7, b"hello", "127.0.0.8", ("127.0.0.9", 0))
    ok(got is not None, "but to others from there", got)


def serve_behind(listener, data):
    """Answers only when its client has said all: who closes both ways at the first end loses it."""
    def one(s):
        digest, n = hashlib.sha256(), 0
        while piece := s.recv(1 << 20):
            digest.update(piece)
            n += len(piece)
        try:
            s.sendall((data if n else b"") + digest.digest())
        except OSError:
            pass
        s.close()
    while True:
        try:
            s, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=one, args=(s,), daemon=True).start()


def tests_redirect():
    data, back = os.urandom(30 << 20), os.urandom(20 << 20)
    with dial(1080) as s:
        ok(s.recv(1) == b"", "redirect to nobody: closed")
    listener = socket.create_server(("127.0.0.1", 1081), backlog=4096)
    threading.Thread(target=serve_behind, args=(listener, back), daemon=True).start()
    with dial(1080) as s:
        thread = send_all(s, data)
        got = rest(s)
        thread.join()
    ok(got == back + hashlib.sha256(data).digest(), "redirect: both ways byte by byte, half-closed")
    return listener


def tests_tcpmux():
    ok(ask(1, b"HELP\r\n").split() == [b"who", b"lines"], "tcpmux help: only services written for it (RFC 1078)")
    nobody = str(__import__("pwd").getpwnam("nobody").pw_uid).encode()
    got = ask(1, b"WHO\r\n").split(b"\r\n", 1)
    ok(got[0][:1] == b"+" and got[1].strip() == nobody, "its own account, whatever the case (CVE-2013-4342)", got)
    for name in (b"echo", b"forward", b"tcpmux", b"", b"who\0", b"nobody"):
        got = ask(1, name + b"\r\n")
        ok(got[:1] == b"-" and got.count(b"\r\n") == 1, f"no service {name!r} (CVE-2012-0862)", got)
    ok(ask(1, b"a" * 5000 + b"\r\n")[:1] == b"-", "a line without end is refused")
    ok(ask(1, b"lines\r\nand more\nlines\n") == b"and more\nlines\n", "what follows the line is the service's")
    with dial(1) as s:
        for c in b"lines\r\n":
            s.sendall(bytes([c]))
            time.sleep(0.02)
        s.sendall(b"hey")
        s.shutdown(socket.SHUT_WR)
        ok(rest(s) == b"hey", "a line that comes byte by byte")


def descriptors(pid):
    return sum(len(os.listdir(f"/proc/{p}/fd")) for p in family(pid))


def family(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as f:
        return [pid] + [int(p) for p in f.read().split()]


def tests_many(server, idle_most):
    before = descriptors(server.pid)
    for _ in range(300):
        ask(37, b"")
        ask(1, b"none\r\n")
    ok(until(5, lambda: descriptors(server.pid) <= before), "no descriptor is left behind (CVE-2001-0309)")
    for port, n in ((7, idle_most), (1080, idle_most // 4)):
        idle = [dial(port) for _ in range(n)]
        if port == 7:
            ok(ask(7, b"still") == b"still", f"served with thousands of idle connections at port {port}")
            good = all(s.send(b"x") == 1 for s in idle) and all(s.recv(1) == b"x" for s in idle)
        else:
            empty = hashlib.sha256(b"").digest()
            good = True
            for s in idle:
                s.shutdown(socket.SHUT_WR)
            good = all(rest(s) == empty for s in idle)
        ok(good, "and each of them is alive")
        for s in idle:
            s.close()
    ok(until(20, lambda: descriptors(server.pid) <= before), "all of them are given back",
       f"{descriptors(server.pid)} > {before}")


def start(config, *more, **options):
    path = os.path.join(DIR, "conf")
    with open(path, "w", encoding="ascii") as f:
        f.write(config)
    return subprocess.Popen([GATEHOUSED, "--foreground", "-f", path, "--control", os.path.join(DIR, "control"),
                             "--pidfile", os.path.join(DIR, "pid"), *more], **options)


def main():
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    idle = min(IDLE, (most - 200) // 2)
    server = start(CONFIG)
    try:
        if not until(10, lambda: is_open(37)):
            raise SystemExit("Bail out! it does not listen")
        with subprocess.Popen(["ss", "-Hlntup"], stdout=subprocess.PIPE, text=True) as ss:
            lines = [line for line in ss.stdout if f"pid={server.pid}," in line]
        ports = [line for line in lines if line.split()[4].rsplit(":", 1)[1] in ("7", "9", "13", "19", "37")]
        ok(len(ports) == 10, "ten sockets under one process (XINETD-20)", repr(lines))
        tests_streams()
        tests_datagrams()
        tests_tcpmux()
        listener = tests_redirect()
        tests_many(server, idle)
        listener.close()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)
    print(f"1..{number}", flush=True)


main()
