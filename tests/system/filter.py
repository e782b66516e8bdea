"""Random packet filters in this (own) network namespace, asked by real connections.

filter.py GATEHOUSE SEED ROUNDS: a second namespace plays other hosts with several addresses. Per
round a random ruleset is loaded, the audit asked for its answer per listener, and every port
connected to from every address. "open" must let all through, "closed" none; "some" must not let a
host through that no rule speaks of; "unknown" claims nothing.
"""
import ctypes
import errno
import json
import os
import random
import select
import socket
import subprocess
import sys

gatehouse, seed, rounds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rnd = random.Random(seed)
SERVER = {4: "198.51.100.1", 6: "2001:db8::1"}
# The last of each family is the host no rule ever names.
CLIENTS = {4: ["10.1.0.2", "192.0.2.2", "203.0.113.9"], 6: ["fd00::2", "2001:db8:9::9"]}
PORTS = [1001, 1002, 1003, 1500, 2000, 2001]


def sh(*argv, text=None):
    return subprocess.run(argv, input=text, text=True, capture_output=True)


def need(done):
    if done.returncode:
        print(done.args, done.stderr)
        sys.exit(77)


def setns(fd):
    if ctypes.CDLL(None, use_errno=True).setns(fd, 0x40000000):
        raise OSError(ctypes.get_errno(), "setns")


here = os.open("/proc/self/ns/net", os.O_RDONLY)
if ctypes.CDLL(None, use_errno=True).unshare(0x40000000):
    sys.exit(77)
there = os.open("/proc/self/ns/net", os.O_RDONLY)
need(sh("ip", "link", "set", "lo", "up"))
setns(here)
need(sh("ip", "link", "set", "lo", "up"))
need(sh("ip", "link", "add", "wan", "type", "veth", "peer", "name", "far", "netns", f"/proc/{os.getpid()}/fd/{there}"))
need(sh("ip", "addr", "add", SERVER[4] + "/24", "dev", "wan"))
need(sh("ip", "addr", "add", SERVER[6] + "/64", "dev", "wan", "nodad"))
need(sh("ip", "link", "set", "wan", "up"))
need(sh("ip", "route", "add", "default", "dev", "wan"))
need(sh("ip", "-6", "route", "add", "default", "dev", "wan"))
setns(there)
need(sh("ip", "link", "set", "far", "up"))
for a in CLIENTS[4]:
    need(sh("ip", "addr", "add", a + "/32", "dev", "far"))
for a in CLIENTS[6]:
    need(sh("ip", "addr", "add", a + "/128", "dev", "far", "nodad"))
need(sh("ip", "route", "add", "default", "dev", "far"))
need(sh("ip", "-6", "route", "add", "default", "dev", "far"))
setns(here)

listeners = []
for port in PORTS:
    for family, any_ in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        s = socket.socket(family)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind((any_, port))
        s.listen(50)
        listeners.append(s)


def port_match():
    kind = rnd.random()
    if kind < 0.4:
        return f"tcp dport {rnd.choice(PORTS)}"
    if kind < 0.6:
        return "tcp dport { %s }" % ", ".join(map(str, sorted(rnd.sample(PORTS, 2))))
    if kind < 0.75:
        return f"tcp dport {rnd.choice(['1000-1500', '1002-2000', '1-65535'])}"
    if kind < 0.85:
        return f"tcp dport != {rnd.choice(PORTS)}"
    if kind < 0.95:
        return rnd.choice(["tcp dport @web", "meta l4proto tcp", "ip protocol tcp", "udp dport 1001"])
    return ""


def rule(chains):
    parts = []
    if rnd.random() < 0.25:
        parts.append(rnd.choice(["ip saddr 10.0.0.0/8", "ip saddr 192.0.2.2", "ip6 saddr fd00::/8",
                                 "ip saddr != 10.0.0.0/8", "ct state established,related", "ct state new",
                                 'iifname "lo"', 'iifname != "lo"', 'iifname "wan"', "meta nfproto ipv6"]))
    parts.append(port_match())
    verdicts = ["accept"] * 4 + ["drop"] * 3 + ["reject", "return", "counter"]
    if chains:
        verdicts += ["jump " + rnd.choice(chains)] * 2 + ["goto " + rnd.choice(chains)]
    parts.append(rnd.choice(verdicts))
    return " ".join(p for p in parts if p)


def ruleset():
    text = "flush ruleset\n"
    for t in range(rnd.choice([1, 1, 2])):
        subs = [f"sub{i}" for i in range(rnd.randint(0, 2))]
        text += f"table inet t{t} {{\n set web {{ type inet_service; flags interval; elements = {{ 1001, 1400-1600 }}\n }}\n"
        for i, name in enumerate(subs):
            body = "".join("  " + rule(subs[:i]) + "\n" for _ in range(rnd.randint(1, 3)))
            text += f" chain {name} {{\n{body} }}\n"
        body = "".join("  " + rule(subs) + "\n" for _ in range(rnd.randint(0, 6)))
        text += f" chain in {{\n  type filter hook input priority {t}; policy {rnd.choice(['accept', 'drop'])};\n"
        # Neighbours must find each other, or nothing is measured.
        # And a connection let in must be let go on: the question is who gets in.
        text += "  meta l4proto ipv6-icmp accept\n  ct state established accept\n"
        text += body + " }\n}\n"
    return text


def connects():
    """(family, port, source) -> True when a connection came up."""
    setns(there)
    waiting, got = {}, {}
    for family, sources in CLIENTS.items():
        for port in PORTS:
            for source in sources:
                s = socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6)
                s.setblocking(False)
                s.bind((source, 0))
                code = s.connect_ex((SERVER[family], port))
                got[family, port, source] = False
                if code == errno.EINPROGRESS:
                    waiting[s] = (family, port, source)
    setns(here)
    poll = select.poll()
    by_fd = {}
    for s in waiting:
        poll.register(s, select.POLLOUT)
        by_fd[s.fileno()] = s
    while by_fd:
        # Loopback answers in microseconds; what is dropped never answers.
        ready = poll.poll(400)
        if not ready:
            break
        for fd, _ in ready:
            s = by_fd.pop(fd)
            got[waiting[s]] = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
            poll.unregister(fd)
            s.close()
    for s in by_fd.values():
        s.close()
    for l in listeners:
        l.setblocking(False)
        try:
            while True:
                l.accept()[0].close()
        except BlockingIOError:
            pass
    return got


def load():
    """A random ruleset that nft takes: some combinations make no sense (IPv6 sources of IPv4 packets)."""
    for _ in range(100):
        text = ruleset()
        done = sh("nft", "-f", "-", text=text)
        if done.returncode == 0:
            return text
    print("nft takes none of 100 rulesets:", done.stderr, text)
    sys.exit(1)


wrong = asked = told = 0
for n in range(rounds):
    text = load()
    done = sh(gatehouse, "audit", "--format", "json", "--netns", "self")
    got = connects()
    for l in json.loads(done.stdout)["listeners"]:
        if l["protocol"] != "tcp" or l["port"] not in PORTS:
            continue
        family = 4 if l["family"] == "inet" else 6
        results = {s: got[family, l["port"], s] for s in CLIENTS[family]}
        stranger = results[CLIENTS[family][-1]]
        asked += 1
        told += l["filter"] != "unknown"
        # A rule for one interface leaves the others open, and this world has no other.
        bad = ((l["filter"] == "open" and not stranger and '"wan"' not in text) or (l["filter"] == "closed" and any(results.values()))
               or (l["filter"] == "some" and stranger))
        if bad:
            wrong += 1
            print(f"round {n}: {l['filter']} IPv{family} port {l['port']} but {results}\n{text}")
print(f"asked {asked}, wrong {wrong}")
print(f"told {told * 100 // max(asked, 1)}%")
sys.exit(1 if wrong or not asked else 0)
