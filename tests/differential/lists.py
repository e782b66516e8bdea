#!/usr/bin/env python3
"""lists.py ACCESSDUMP HELLO GATEHOUSED: who may use a service, by us and by the real xinetd.

Makes CASES questions (15000) from SEED (1): services with random only_from and no_access, their own and
those of defaults, in every form xinetd.conf(5) knows, and clients of both families in a network namespace
of their own. Each client connects to each service of the real xinetd; what it says is compared with what
accessdump says, and for a part of the services with what gatehoused itself does (SHARE of 100, 10).

Where they differ, one of the rules below must find the cause in the lists themselves, and name a row of
the list of differences in gatehouse.conf(5). Anything else is a failure. TAP; skips without the program.
"""
import errno
import glob
import ipaddress
import itertools
import os
import random
import re
import select
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import super as peer  # noqa: E402

SERVICES, PORT = 250, 2000
NAMED = {  # address: canonical name and aliases
    "10.1.2.3": "alpha.corp.test alpha",
    "10.1.2.4": "beta.corp.test",
    "10.2.0.9": "gamma.lab.corp.test",
    "172.16.5.5": "Delta.Example.TEST delta",
    "192.168.7.9": "notcorp.test",
    "2001:db8::1": "alpha6.corp.test",
    "2001:db8:1::5": "zeta.example.test",
    "127.0.0.1": "localhost",
    "::1": "localhost6",
}
HOSTS = "".join(f"{address} {names}\n" for address, names in NAMED.items()) + "10.9.9.9 both.test bothnet\n"
NETWORKS = ("default 0.0.0.0\nloopback 127.0.0.0\nten 10.0.0.0 tenalias\nlab 10.2\noffice 192.168.7\n"
            "onehost 172.16.5.5\nbothnet 172.16.0.0\n")
V4 = ["10.1.2.3", "10.1.2.4", "10.2.0.9", "172.16.5.5", "192.168.7.9", "127.0.0.1", "10.0.0.1", "10.1.0.2",
      "10.1.128.1", "8.0.0.1", "127.1.2.3", "192.168.128.1", "172.31.255.254", "10.255.0.255", "1.2.3.4"]
V6 = ["2001:db8::1", "2001:db8:1::5", "::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db9::1", "fd00::7",
      "fd00:1::7", "::a01:203", "64:ff9b::a01:203", "8000::1", "2001:db8:ffff::1"]
ANSWERS = {"+": "serves", "-": "refuses", "x": "does not listen", "?": "says nothing"}


class Lists:
    """A configuration of many services that differ in their lists."""

    def __init__(self, rng, count, port):
        self.rng = rng
        self.defaults, self.default_lines = {}, {}
        lines = ["defaults", "{", "cps = 1000000 1", "instances = UNLIMITED", "per_source = UNLIMITED",
                 "log_type = FILE /log"]
        if self.maybe(0.5):
            for name in ("only_from", "no_access"):
                if self.maybe(0.5):
                    self.defaults[name] = self.items(1, 3, 0)
                    lines.append(f"{name} = {' '.join(self.defaults[name])}")
                    self.default_lines[name] = len(lines)
        lines.append("}")
        self.services = {}
        for number in range(count):
            lines += self.service(f"s{number}", port + number, lines)
        self.text = "\n".join(lines) + "\n"

    def pick(self, *values):
        return self.rng.choice(values)

    def maybe(self, p):
        return self.rng.random() < p

    def service(self, name, port, before):
        statements = []
        for attribute, p in (("only_from", 0.75), ("no_access", 0.55)):
            if not self.maybe(p):
                continue
            base = self.defaults.get(attribute, [])
            op = self.pick("=", "=", "=", "+=", "+=", "-=") if base else self.pick("=", "=", "=", "=", "+=")
            if op == "-=":
                items = [self.pick(*base)] if self.maybe(0.8) else self.items(1, 1)
                items = [self.other_way(i) for i in items] if self.maybe(0.3) else items
            else:
                items = [] if op == "=" and self.maybe(0.04) else self.items(1, 4)
            statements.append((attribute, op, items))
            if self.maybe(0.15):
                more = self.items(1, 2)
                statements.append((attribute, "+=", more))
            if items and op != "-=" and self.maybe(0.1):
                statements.append((attribute, "-=", [self.other_way(self.pick(*items)) if self.maybe(0.3)
                                                     else self.pick(*items)]))
        flags = self.pick("", "", "", "IPv4", "IPv6", "IPv4 IPv6")
        lines = [f"service {name}", "{", "type = UNLISTED", "socket_type = stream", "protocol = tcp", "wait = no",
                 "user = root", f"port = {port}", "server = /hello"]
        lines += [f"flags = {flags}"] if flags else []
        first = len(before) + len(lines) + 1
        lines += [f"{attribute} {op} {' '.join(items)}" for attribute, op, items in statements] + ["}"]
        self.services[name] = {"port": port, "flags": flags, "statements": statements, "first": first,
                               "last": first + len(statements)}
        return lines

    def items(self, least, most, wrong=0.02):
        return [self.wrong() if self.maybe(wrong) else self.item() for _ in range(self.rng.randint(least, most))]

    def item(self):
        kind = self.rng.choices(["v4", "cidr4", "v6", "cidr6", "group", "name", "domain", "network", "all", "mapped"],
                                [22, 20, 9, 14, 9, 10, 8, 3, 3, 2])[0]
        return getattr(self, "item_" + kind)()

    def item_v4(self):
        base = self.pick(*V4).split(".")
        keep = self.pick(1, 2, 3, 4, 4, 4)
        return ".".join(base[:keep] + ["0"] * (4 - keep))

    def item_cidr4(self):
        return f"{self.item_v4() if self.maybe(0.5) else self.pick(*V4)}/{self.pick(0, 1, 4, 7, 8, 9, 12, 16, 17, 23, 24, 25, 30, 31, 32, 32)}"

    def item_v6(self):
        return self.spell(self.pick(*V6))

    def item_cidr6(self):
        bits = self.pick(3, 8, 16, 29, 32, 33, 40, 48, 63, 64, 65, 96, 112, 120, 127, 128)
        address = self.pick(*V6)
        if self.maybe(0.5):
            address = str(ipaddress.ip_network(f"{address}/{bits}", strict=False).network_address)
        return f"{self.spell(address)}/{bits}"

    def spell(self, address):
        full = ipaddress.ip_address(address)
        return self.pick(address, address, address.upper(), full.exploded)

    def item_group(self):
        base = self.pick(*V4).split(".")
        at = self.pick(0, 1, 2, 3)
        numbers = [base[at]] if self.maybe(0.7) else []
        numbers += [str(self.rng.randrange(256)) for _ in range(self.rng.randint(0 if numbers else 1, 3))]
        self.rng.shuffle(numbers)
        return ".".join(base[:at] + ["{" + ",".join(numbers) + "}"])

    def item_name(self):
        name = self.pick(*NAMED.values()).split()[0]
        return self.pick(name, name, name, name.upper(), "nosuchhost.test", "delta", "alpha") if self.maybe(0.3) else name

    def item_domain(self):
        return self.pick(".corp.test", ".test", ".example.test", ".lab.corp.test", ".CORP.test", ".orp.test", ".nowhere")

    def item_network(self):
        return self.pick("loopback", "ten", "tenalias", "lab", "office", "onehost", "bothnet", "TEN")

    def item_all(self):
        return self.pick("0.0.0.0", "0.0.0.0/0", "::/0", "::/0")

    def item_mapped(self):
        return f"::ffff:{self.item_v4()}" + self.pick("", "/128", "/96", "/104", "/112")

    def wrong(self):
        return self.pick("10.1", "10.1.2", "10", "0x0a.1.2.3", "010.0.0.1", "10.1.2.3/33", "10.1.2.3/8x", "10.1.2.3/",
                         "10.1.2.256", "10.{1", "10.{1,}", "10.{1}.2", "1{2}", "10..1", "10.1.2.3,1.2.3.4", "/8", ".",
                         "10.0.0.0/-1", "10.0.0.0/08", "10/8", "10.1/16", "::/129", ":::", "fe80::1%lo", "a_b", "-x",
                         "1.2.3.4.5", "10.{300}", "10.{1, 2}", "{10,127}x", "0xa010203", ".1.2", "10.1.2.3.", "*", "ALL",
                         "10.*", "10.1.2.*", "!10.1.2.3", "10.1.2.0-10.1.2.9", "10.1.2.3/255.255.255.0", "::/8", "::/1",
                         "::/64", "0::0/80", "999", "::", "default", "0.0.0.256", "::ffff:10.1.2.3/80", "::ffff:10.1.2.3/33")

    def other_way(self, item):
        """Means the same, or nearly, and is written otherwise."""
        if re.fullmatch(r"[\d.]+", item) and item.count(".") == 3:
            zeros = len(re.search(r"(\.0)*$", item)[0]) // 2
            return f"{item}/{32 - 8 * zeros}"
        if re.fullmatch(r"[\d.]+/\d+", item):
            return item.split("/")[0]
        return item.upper() if item != item.upper() else item.lower()


def mean_same(a, b):
    """May two items mean the same? Written otherwise they cannot be taken off."""
    if "{" in a + b:
        head = min(x.index("{") if "{" in x else len(x) for x in (a, b))
        return a[:head] == b[:head]
    a, b = a.split("/")[0], b.split("/")[0]
    try:
        return ipaddress.ip_address(a) == ipaddress.ip_address(b)
    except ValueError:
        return a.lower() == b.lower()


def lists_of(config, service):
    """Both lists with the statements' operators done, None where not given; and the lines of -= that
    are a mistake."""
    found, mistakes = {}, []
    line = config.services[service]["first"]
    for attribute in ("only_from", "no_access"):
        found[attribute] = list(config.defaults[attribute]) if attribute in config.defaults else None
    for number, (name, op, values) in enumerate(config.services[service]["statements"]):
        if op == "=":
            found[name] = list(values)
        elif op == "+=":
            found[name] = (found[name] or []) + list(values)
        else:
            for value in values:
                left = [i for i in found[name] or [] if i != value]
                if len(left) == len(found[name] or []) or any(mean_same(value, i) for i in left):
                    mistakes.append(line + number)
                found[name] = left
    return found, mistakes


def connect(clients, ports):
    """What each client gets from each port: {(client, port): answer}."""
    todo = [(client, port) for port in ports for client in clients]
    answers, open_, poll = {}, {}, select.epoll()
    todo.reverse()
    while todo or open_:
        while todo and len(open_) < 64:
            client, port = todo.pop()
            family = socket.AF_INET6 if ":" in client else socket.AF_INET
            s = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            s.setsockopt(socket.IPPROTO_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
            s.bind((client, 0))
            result = s.connect_ex(("::1" if family == socket.AF_INET6 else "127.0.0.1", port))
            if result not in (0, errno.EINPROGRESS):
                answers[client, port] = "x"
                s.close()
                continue
            open_[s.fileno()] = (s, client, port)
            poll.register(s.fileno(), select.EPOLLIN | select.EPOLLRDHUP)
        ready = poll.poll(20)
        if not ready and open_:
            for fd, (s, client, port) in open_.items():
                answers[client, port] = "?"
                s.close()
            open_.clear()
            continue
        for fd, _ in ready:
            s, client, port = open_.pop(fd)
            poll.unregister(fd)
            try:
                answers[client, port] = "+" if s.recv(64) else "-"
            except ConnectionRefusedError:
                answers[client, port] = "x"
            except OSError:
                answers[client, port] = "-"
            s.close()
    return answers


def ask(dump, clients):
    dump.stdin.write("".join(client + "\n" for client in clients) + "\n")
    dump.stdin.flush()
    rows, errors, answers = set(), [], {}
    for line in iter(dump.stdout.readline, "\n"):
        if not line:
            raise SystemExit("accessdump ended")
        kind, rest = line.rstrip("\n").split(" ", 1)
        if kind == "R":
            rows.add(rest)
        elif kind == "E":
            errors.append(rest)
        elif kind == "A":
            name, letters = rest.split(" ", 1)
            answers[name] = dict(zip(clients, letters))
    return rows, errors, answers


# The model ------------------------------------------------------------------------------------------------
#
# Of the manual: decide() without rows. Each row of the list of differences changes one thing; with all of them
# it must be the real xinetd, with none of them it must be ours.

ROWS = ["both-lists", "unknown-names", "mapped-names", "network-names", "v6-everyone", "v6-host", "localhost"]
NETS = {word: line.split()[1] for line in NETWORKS.splitlines() for word in [line.split()[0], *line.split()[2:]]}
NAME = {address: names.split()[0] for address, names in NAMED.items()}
FOUND = {word.lower() for names in HOSTS.splitlines() for word in names.split()[1:]}
MAPPED = ipaddress.ip_network("::ffff:0:0/96")


def net4(text):
    """Dotted numbers, whose last zeros stand for any."""
    parts = (text.split(".") + ["0"] * 4)[:4]
    used = max((i + 1 for i, part in enumerate(parts) if part != "0"), default=0)
    return ipaddress.ip_network(f"{'.'.join(parts)}/{used * 8}")


def parse(item):
    """What the manual says an item is: ("net", [nets]), ("name", text); None: a mistake."""
    number = r"(0|[1-9]\d{0,2})"
    group = re.fullmatch(rf"(({number}\.){{0,3}})\{{({number}(,{number})*)\}}", item)
    try:
        if group:
            return "net", [ipaddress.ip_network(".".join(f"{group[1]}{last}".split(".") + ["0"] * (3 - group[1].count(".")))
                                                + f"/{8 * group[1].count('.') + 8}") for last in group[4].split(",")]
        if re.fullmatch(rf"{number}(\.{number}){{3}}", item):
            return "net", [net4(item)]
        if "/" in item or ":" in item:
            if "%" in item or "," in item or item == "::" or not re.fullmatch(r"[^/]+(/(0|[1-9]\d*))?", item):
                return None
            net = ipaddress.ip_network(item, strict=False)
            if net.version == 6 and 0 < net.prefixlen < 96 and net.supernet_of(MAPPED):
                return None
            return "net", [net]
    except ValueError:
        return None
    if item.lower() in {word.lower() for word in NETS}:
        value = next(v for word, v in NETS.items() if word.lower() == item.lower())
        return ("network", [net4(value)]) if value != "0.0.0.0" else None
    last = item.split(".")[-1]
    if re.fullmatch(r"[\w.-]+", item) and re.search("[A-Za-z]", item) and ".." not in item and last \
            and not re.fullmatch(r"\d*|0[xX][0-9a-fA-F]*", last):
        return "name", item
    return None


def match(items, client, v4_socket, rows, might):
    """The best of a list: (bits, domain), -1 where none. might: names of a nameless client match."""
    address = ipaddress.ip_address(client)
    mapped = ipaddress.ip_address(f"::ffff:{client}") if address.version == 4 else address
    name = NAME.get(client)
    if "mapped-names" in rows and address.version == 4 and not v4_socket:
        name = None
    bits, domain = -1, -1
    for item in items:
        kind, value = parse(item)
        if kind == "network" and "network-names" in rows:
            if item.lower() in FOUND:
                kind, value = "name", item
            else:
                number = next(v for word, v in NETS.items() if word.lower() == item.lower())
                value = [ipaddress.ip_network(".".join((number.split(".") + ["0"] * 4)[:4]))]
                value = [] if item not in NETS else value
        if kind == "name":
            if "unknown-names" in rows and item[0] != "." and item.lower() not in FOUND:
                continue
            if item.lower() == "localhost" and client in ("127.0.0.1", "::1") and "localhost" not in rows:
                hit = True
            elif name is None:
                hit = might and "unknown-names" not in rows
            else:
                hit = name.lower().endswith(item.lower()) if item[0] == "." else name.lower() == item.lower()
            if hit and item[0] == ".":
                domain = max(domain, len(item))
            elif hit:
                bits = address.max_prefixlen
            continue
        for net in value:
            full = net.version == 6 and net.prefixlen == 128
            if full and "/" in item and "v6-host" in rows:
                continue
            if net.version == 4:
                if address.version == 4 and address in net:
                    bits = max(bits, net.prefixlen)
            elif address.version == 6 and address in net:
                bits = max(bits, net.prefixlen)
            elif address.version == 4 and mapped in net and (not v4_socket or "v6-everyone" not in rows):
                bits = max(bits, max(0, net.prefixlen - 96))
    return bits, domain


def decide(lists, client, v4_socket, rows):
    every = ipaddress.ip_address(client).max_prefixlen
    out = match(lists["no_access"] or [], client, v4_socket, rows, True)
    if out != (-1, -1) and ("both-lists" in rows or lists["only_from"] is None):
        return "-"
    if lists["only_from"] is None:
        return "+"
    bits, domain = match(lists["only_from"], client, v4_socket, rows, False)
    better = bits >= 0 and bits > out[0] and (out[1] < 0 or bits == every)
    return "+" if better or (domain >= 0 and domain > out[1] and out[0] <= 0) else "-"


def closed(config, name, lists, mistakes, errors):
    """The row by which a service has to be closed, with a message on a line that is wrong; "" where there is
    no reason and none is said."""
    service = config.services[name]
    said = {int(e.split(":")[1]) for e in errors if f"service {name}: " in e and ": error: " in e}
    wrong = set()
    for number, (attribute, _, values) in enumerate(service["statements"]):
        if any(not parse(value) and value in lists[attribute] for value in values):
            wrong.add(service["first"] + number)
    for attribute, line in config.default_lines.items():
        if any(not parse(value) and value in lists[attribute] for value in config.defaults[attribute]):
            wrong.add(line)
    if said & set(mistakes) and said <= set(mistakes) | wrong:
        return "take-off"
    return "addresses" if said & wrong and said <= wrong else "" if not said | wrong | set(mistakes) else None


def cause(lists, client, v4_socket, real, ours):
    """The smallest set of rows that makes xinetd's answer of ours; None: that would not be xinetd's or ours."""
    if decide(lists, client, v4_socket, []) != ours or decide(lists, client, v4_socket, ROWS) != real:
        return None
    if real == ours:
        return []
    for size in range(1, len(ROWS) + 1):
        for rows in itertools.combinations(ROWS, size):
            if decide(lists, client, v4_socket, rows) == real:
                return list(rows)
    return None


def start(root, command, said, more=None):
    peer.write(f"{root}/log", "")
    with open(f"{root}/out", "w") as out:
        child = subprocess.Popen(["chroot", root, *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LD_LIBRARY_PATH": "/tmp/lib", **(more or {})})
    end = time.monotonic() + 20
    while time.monotonic() < end and child.poll() is None and not said():
        time.sleep(0.02)
    return child


def stop(child):
    """Ends it; False: it was not there any more."""
    alive = child.poll() is None
    if alive:
        child.terminate()
        try:
            child.wait(5)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()
    return alive


def by_gatehoused(root, clients, ports, ours):
    """What gatehoused itself answers; how often it is not what ours says."""
    child = start(root, ["/gatehoused", "--foreground", "--control", "/run/control", "--pidfile", "/run/pid", "--filelog", "/log",
                         "--stayalive", "-f", "/etc/xinetd.conf"], lambda: os.path.exists(f"{root}/run/control"))
    answers = connect(clients, ports)
    if not stop(child):
        print("# gatehoused ended:", peer.read(f"{root}/out")[-300:], peer.read(f"{root}/log")[-300:])
        return len(answers)
    bad = [(key, answer) for key, answer in answers.items()
           if answer != (ours[ports[key[1]]][key[0]] if ports[key[1]] in ours else "x")
           and not (answer == "x" and ports[key[1]] in ours)]
    for (client, port), answer in bad[:5]:
        print(f"# gatehoused {ANSWERS[answer]} {client} at {ports[port]}, accessdump:", ours.get(ports[port]))
    return len(bad)


def compare(accessdump, hello, gatehoused, base, binary):
    cases, seed = int(os.environ.get("CASES", 15000)), int(os.environ.get("SEED", 1))
    rng = random.Random(seed)
    clients = V4 + V6
    root = peer.prepare(base, binary, "xinetd")
    shutil.copy(hello, f"{root}/hello")
    shutil.copy(gatehoused, f"{root}/gatehoused")
    os.makedirs(f"{root}/tmp/lib")
    libraries = glob.glob("/usr/lib/*/libcares.so.2")
    for library in libraries:
        shutil.copy(library, f"{root}/tmp/lib")
    subprocess.run(["mount", "--rbind", "/proc", f"{root}/proc"], check=True)
    peer.write(f"{root}/etc/hosts", HOSTS)
    peer.write(f"{root}/etc/networks", NETWORKS)
    peer.write(f"{root}/etc/nsswitch.conf", peer.ETC["nsswitch.conf"] + "networks: files\n")
    peer.write(f"{root}/etc/host.conf", "multi on\n")
    for command in ["link set lo up", *(f"addr add {a}/32 dev lo" for a in V4), *(f"addr add {a}/128 dev lo nodad" for a in V6)]:
        subprocess.run(["ip", *command.split()], stderr=subprocess.DEVNULL, check=False)
    dump = subprocess.Popen([accessdump, root], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    done, asked, bad, rounds, itself, why = 0, 0, 0, 0, 0, {}
    share = int(os.environ.get("SHARE", 10))
    while done < cases:
        rounds += 1
        config = Lists(rng, min(SERVICES, 1 + (cases - done) // len(clients)), PORT + SERVICES * 2 * (rounds % 20))
        ports = {s["port"]: name for name, s in config.services.items()}
        peer.write(f"{root}/etc/xinetd.conf", config.text)
        child = start(root, ["/usr/sbin/xinetd", "-f", "/etc/xinetd.conf", "-dontfork", "-filelog", "/log", "-pidfile", "/pid"],
                      lambda: "Started working" in peer.read(f"{root}/log"))
        rows, errors, ours = ask(dump, clients)
        real = connect(clients, ports)
        if not stop(child):
            print("# xinetd ended:", peer.read(f"{root}/log")[-300:])
            bad += 1
        # A port that the other server may still have would not be free.
        part = {port: name for port, name in ports.items() if share * len(ports) > 100 * (port - min(ports))}
        wrong = by_gatehoused(root, clients, part, ours) if libraries else 0
        itself += len(part) * len(clients) if libraries else 0
        bad += wrong
        known = {name: (*lists_of(config, name), None) for name in config.services}
        known = {name: (lists, closed(config, name, lists, wrong, errors)) for name, (lists, wrong, _) in known.items()}
        for (client, port), answer in real.items():
            name = ports[port]
            lists, left_out = known[name]
            done += 1
            mine = ours[name][client] if name in ours else "x"
            if left_out or left_out is None:
                because = [left_out] if left_out and mine == "x" else None
            elif answer == "x":  # families: see strict.py
                continue
            else:
                because = cause(lists, client, config.services[name]["flags"] == "IPv4", answer, mine)
            if because is not None and rows.issuperset(because):
                for row in because:
                    why[row] = why.get(row, 0) + 1
                asked += not because
                continue
            bad += 1
            if bad <= int(os.environ.get("SHOW", 10)):
                s = config.services[name]
                print(f"# {name} for {client}: xinetd {ANSWERS[answer]}, ours {ANSWERS[mine]}", because, lists, left_out,
                      "flags", s["flags"], s["statements"], config.defaults)
                for e in errors:
                    if f" {name}: " in e:
                        print("#  ", e)
    print(f"# {done} questions, {asked} answered alike, {bad} without a reason; with one:", ", ".join(f"{n} {row}" for row, n in sorted(why.items())))
    print(f"# {itself} of them put to gatehoused itself{'' if libraries else ' (c-ares is not here)'}")
    print(f"{'not ' if bad else ''}ok 1 - lists: who may use a service, as xinetd or as documented")
    return 1 if bad else 0


def run(compare_them, script):
    """In namespaces of its own, with the programs of the command line and the real xinetd."""
    programs = [os.path.abspath(path) for path in sys.argv[1:4]]
    found = peer.find("xinetd")
    if not os.environ.get("IN_NAMESPACE"):
        print("TAP version 13\n1..1")
    if not found or os.geteuid() != 0:
        print("ok 1 # SKIP needs root, cap_sys_admin and a mirror, or the daemon here (package xinetd)")
        return 0
    if not os.environ.get("IN_NAMESPACE"):
        if subprocess.run(["unshare", "-n", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            print("ok 1 # SKIP needs namespaces")
            return 0
        sys.stdout.flush()
        os.environ["IN_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "-n", "-m", sys.executable, os.path.abspath(script), *programs])
    return compare_them(*programs, *found)


if __name__ == "__main__":
    sys.exit(run(compare, __file__))
