#!/usr/bin/env python3
"""wrappers.py BUILD CASES SEED PORT: prediction and live result (WRAP-13), from every entry point (WRAP-8).

For rules and clients made at random: tcpdmatch, a connection through our tcpd, one through the gatehoused that
serves PORT, and hosts_ctl() of our libwrap.so.0 must say the same. Prints a line per difference, and at the end
how many were allowed. /etc/hosts.allow and /etc/hosts.deny are written; names are those of /etc/hosts.
"""
import os
import random
import socket
import subprocess
import sys
import threading

build, cases, seed, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
roll = random.Random(seed)
# Those without a name get none.
CLIENTS = {"192.0.2.11": "one.example.org", "192.0.2.12": "two.example.org", "192.0.2.21": "box",
           "198.51.100.5": None, "198.51.100.6": None, "127.0.0.1": "localhost"}
DAEMONS = ["ALL", "echo", "ALL", "echo", "sshd", "ECHO", "e*", "ALL EXCEPT sshd", "ALL EXCEPT echo"]
WORDS = ["ALL", "192.0.2.", "192.0.2.11", "198.51.100.5", "192.0.2.0/24", "192.0.2.0/255.255.255.240", "LOCAL", "KNOWN",
         "UNKNOWN", ".example.org", "two.example.org", "box", "192.0.2.1/24", "192.0.2", "127.", "[::1]", "*.example.*",
         "198.51.100.?", "PARANOID"]
OPTIONS = ["", "", "", "", "", ": allow", ": deny", ": setenv A b", ": umask 077", ": severity local0.info", ": bogus",
           ": nice 1", ": spawn /bin/true", ": aclexec /bin/true"]


def rules(n):
    text = ""
    for _ in range(n):
        clients = " ".join(roll.choice(WORDS) for _ in range(roll.randint(1, 2)))
        if roll.random() < .3:
            clients += " EXCEPT " + roll.choice(WORDS)
        text += f"{roll.choice(DAEMONS)}: {clients} {roll.choice(OPTIONS)}\n"
    return text


def put(path, text):
    with open(path + ".new", "w") as f:
        f.write(text)
    os.rename(path + ".new", path)


def inetd(listener):
    """The least of super-servers: a tcpd for each connection."""
    while True:
        fd, _ = listener.accept()
        subprocess.Popen(["/bin/echo", "hello"], executable=f"{build}/tcpd", stdin=fd, stdout=fd, stderr=fd)
        fd.close()


def live(client, to):
    family = socket.AF_INET6 if ":" in client else socket.AF_INET
    with socket.socket(family) as s:
        s.settimeout(15)
        s.bind((client, 0))
        s.connect(("::1" if family == socket.AF_INET6 else "127.0.0.1" if client == "127.0.0.1" else "192.0.2.1", to))
        try:
            s.shutdown(socket.SHUT_WR)
            text = b""
            while more := s.recv(64):
                text += more
        except OSError:
            return False
        return text == b"hello\n"


def predicted(client):
    name = CLIENTS[client]
    out = subprocess.run([f"{build}/tcpdmatch", "-i", "/etc/inetd.conf", "echo", name or client], capture_output=True, text=True)
    for block in out.stdout.split("\n\n"):
        if f" {client}\n" in block:
            return "access:   granted" in block
    raise SystemExit(f"tcpdmatch said {out}")


def by_library(client):
    script = ("import ctypes, sys\nw = ctypes.CDLL(sys.argv[1])\n"
              "print(w.hosts_ctl(*(x.encode() for x in sys.argv[2:])))")
    out = subprocess.run([sys.executable, "-c", script, f"{build}/compat/libwrap.so.0", "echo",
                          CLIENTS[client] or "unknown", client, "unknown"], capture_output=True, text=True)
    return out.stdout == "1\n"


listener = socket.create_server(("0.0.0.0", 0))
threading.Thread(target=inetd, args=(listener,), daemon=True).start()
allowed = bad = 0
for case in range(cases):
    put("/etc/hosts.allow", rules(roll.randint(0, 3)))
    put("/etc/hosts.deny", rules(roll.randint(1, 4)))
    client = roll.choice(list(CLIENTS))
    said = predicted(client)
    results = {"tcpd": live(client, listener.getsockname()[1]), "gatehoused": live(client, port),
               "libwrap.so.0": by_library(client)}
    allowed += said
    for who, result in results.items():
        if result != said:
            bad += 1
            print(f"case {case}, {client}: tcpdmatch {'grants' if said else 'denies'}, {who} does not")
            print(open("/etc/hosts.allow").read() + "--\n" + open("/etc/hosts.deny").read())
print(f"{cases} cases, {allowed} allowed, {bad} differ")
sys.exit(bad != 0)
