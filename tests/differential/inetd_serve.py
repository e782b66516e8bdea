#!/usr/bin/env python3
"""inetd_serve.py SERVEDUMP openbsd|gnu: the sockets our server would open of an inetd.conf, and the real inetd.

Makes CASES tables (200) from SEED (1), starts the real daemon on each in a namespace and a root of its
own, and compares what it opens with what the front end says. An entry for which the front end names a
documented difference is left out of the comparison: on purpose it is closed here and open there.
TAP; without the daemon, or without namespaces, it skips.
"""
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import super  # noqa: E402

LAST = 9999


class Openbsd(super.Inetd):
    """What is new against super.Inetd: tcpd, unix sockets, names of hosts, buffers, a last entry."""
    families = ["", "", "", "4", "6", "46"]
    hosts = ["127.0.0.1:", "*:", "[::1]:", "127.0.0.1,127.0.0.2:", "[::]:", "localhost:", "127.0.0.1,[::1]:"]
    wrong_protocols = ["tcp7"]
    sticky = True
    buffers = [",sndbuf=4k", ",rcvbuf=8k", ",sndbuf=1m"]

    def program(self):
        return self.pick(["/bin/true", "true", "-x"], ["/usr/sbin/tcpd", "in.ftpd", "-l"], ["/bin/true"],
                         ["/usr/sbin/tcpd", "/usr/sbin/imapd"], ["/bin/missing", "a"], ["relative", "relative"],
                         ["/bin/sh", "sh", "-c", '"exit', '1"'], ["/bin/true"] + ["x"] * 25, ["/bin/echo", "'one", "two'"])

    def unix(self):
        self.port += 1
        return f"/tmp/s{self.port} stream unix nowait {self.pick('root', 'nobody')} /bin/true true\n"

    def entry(self):
        if self.maybe(0.07):
            return self.unix()
        wrong = lambda right, *others: right if self.maybe(0.95) else self.pick(*others)
        stream = self.maybe(0.7)
        self.port += 1
        service = self.names.pop() if self.maybe(0.4) and self.names else str(self.port)
        host = self.pick(*self.hosts) if self.maybe(0.3) else ""
        kind = "tcp" if stream else "udp"
        proto = kind + self.pick(*self.families)
        if service.isdigit() and self.buffers and self.maybe(0.1):
            proto += self.pick(*self.buffers)
        internal = self.maybe(0.25) and self.may_be_internal(service)
        fields = [host + service, wrong("stream" if stream else "dgram", "strm", "STREAM"), wrong(proto, *self.wrong_protocols),
                  wrong("nowait" if stream else "wait", "nowait.5", "wait.5", "later", "nowait.x", "wait"),
                  wrong("root", "nobody", "nobody:tty", "ghost", "nobody:ghosts", "root:tty", *self.users)]
        fields += ["internal"] if internal else self.program()
        if self.maybe(0.02):
            fields = fields[:self.rng.randrange(1, 6)]
        text = self.pick("\t", " ", " \t").join(fields)
        if self.continues(proto):
            text = text.replace(" ", "\n ", 1).replace("\t", "\n\t", 1)
        return text + "\n"

    users = ["nobody.tty", "nobody.ghosts", ":tty"]

    def may_be_internal(self, service):
        return True

    def continues(self, proto):
        return self.maybe(0.2) and proto[3:] in ("4", "6")

    def make(self, root):
        super.Inetd.make(self, root)
        if not self.sticky:
            text = super.read(f"{root}/{self.file}")
            super.write(f"{root}/{self.file}", text.replace("\n127.0.0.1:\n", "\n").replace("\n*:\n", "\n"))
        with open(f"{root}/{self.file}", "a") as f:
            f.write(f"\n{LAST} stream tcp4 nowait root /bin/true true\n")


class Gnu(Openbsd):
    families = ["", "", "4", "6", "6only"]
    wrong_protocols = ["xyz"]
    users = ["root"]
    buffers = []
    # Between two such lines it can lose the entries that follow, when one is of IPv6.
    sticky = False
    hosts = ["*:"]

    def unix(self):
        return "# it has no unix sockets\n"

    def may_be_internal(self, service):
        # After one that it does not know it can stop reading.
        return service in ("echo", "discard", "daytime", "chargen", "time")

    def continues(self, proto):
        return False

    def command(self):
        return ["/usr/sbin/inetutils-inetd", "-d", "/etc/inetd.conf"]

    def ready(self, log):
        return any(s.endswith(f" {LAST}") for s in super.opened())


SERVERS = {"openbsd": (Openbsd, "inetd", "sysv"), "gnu": (Gnu, "inetutils-inetd", "gnu")}


def unix_opened():
    with open("/proc/self/net/unix") as f:
        return sorted(f"unix - {line.split()[7]} 0" for line in f.readlines()[1:] if line.split()[7:8] and "/tmp/s" in line)


def number_of(text, services):
    """The port of an entry, or its path: what its sockets are told by."""
    words = text.split()
    if words[0].startswith("/"):
        return words[0]
    name = words[0].rsplit(":", 1)[-1]
    return services.get(name, name)


def ask(dump, root):
    """Our sockets, and the ports (paths) of entries with a difference."""
    dump.stdin.write("again\n")
    dump.stdin.flush()
    with open(f"{root}/etc/inetd.conf") as f:
        lines = f.read().splitlines()
    services = {}
    for line in super.ETC["services"].splitlines():
        words = line.split()
        for name in [words[0]] + words[2:]:
            services[name] = words[1].split("/")[0]
    sockets, differ = [], set()
    for line in iter(dump.stdout.readline, "\n"):
        words = line.split()
        if words[0] == "differs":
            differ.add(number_of(lines[int(words[2]) - 1], services))
        elif words[0] in ("tcp", "udp", "unix"):
            sockets.append(" ".join(words[:4]))
    return sorted(sockets), differ


def kept(sockets, differ):
    # GNU's has IPv4 addresses mapped into IPv6 on its sockets of both families.
    sockets = sorted(s.replace(" 6 ::ffff:", " 4 ") for s in sockets)
    return [s for s in sockets if not set(s.split()[2:4]) & differ]


def compare(dumper, which, base, binary):
    cases, seed = int(os.environ.get("CASES", 200)), int(os.environ.get("SEED", 1))
    rng = random.Random(seed)
    root = super.prepare(base, binary, SERVERS[which][1])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    super.write(f"{root}/etc/inetd.conf", "")
    dump = subprocess.Popen([dumper, root, which, "/etc/inetd.conf"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    while dump.stdout.readline() not in ("\n", ""):
        pass  # its first answer, to the empty table
    bad, total, left, loops = 0, 0, 0, 0
    for case in range(cases):
        server = SERVERS[which][0](rng)
        for name in os.listdir(f"{root}/tmp"):
            if name[0] == "s":
                os.unlink(f"{root}/tmp/{name}")
        server.make(root)
        ours, differ = ask(dump, root)
        # run() waits for the sockets it is given: those of both that are to be the same.
        super.opened = lambda: kept(sorted(inet_opened() + unix_opened()), differ)
        ours = kept(ours, differ)
        real, log = super.run(server, root, ours)
        if real is None:
            loops += 1
            continue
        total += len(real)
        left += len(differ)
        if real != ours:
            bad += 1
            if bad <= int(os.environ.get("SHOW", 3)):
                print(f"# case {case} of seed {seed}, left out: {sorted(differ)}")
                print("# the program only: ", [s for s in real if s not in ours])
                print("# ours only: ", [s for s in ours if s not in real])
                for number, line in enumerate(super.read(f"{root}/{server.file}").splitlines(), 1):
                    print(f"#   {number:3} {line}")
    print(f"# {which}: {cases} tables, {total} sockets, {left} entries of known difference, {bad} read differently, "
          f"{loops} on which the program loops")
    bad += loops > cases // 20
    print(f"{'not ' if bad else ''}ok 1 - {which}: we open what the program opens")
    return 1 if bad else 0


inet_opened = super.opened


def find(which):
    _, daemon, debian = SERVERS[which]
    base = os.path.realpath(os.path.join(os.environ.get("GATEHOUSE_ROOTS", "/nonexistent"), debian))
    binary = f"{base}/usr/sbin/{daemon}"
    return (base, binary) if os.path.exists(binary) else None


def main():
    dumper, which = sys.argv[1:3]
    found = find(which)
    if os.environ.get("IN_NAMESPACE"):
        return compare(dumper, which, *found)
    print("TAP version 13\n1..1")
    wrapper = ["unshare", "-n", "-m"]
    if not found:
        print("ok 1 # SKIP needs root, cap_sys_admin and a mirror")
    elif os.geteuid() != 0 or subprocess.run(wrapper + ["true"], stderr=subprocess.DEVNULL).returncode != 0:
        print("ok 1 # SKIP needs namespaces and root")
    else:
        sys.stdout.flush()
        os.environ["IN_NAMESPACE"] = "1"
        os.execvp("unshare", wrapper + [sys.executable, os.path.abspath(__file__), os.path.abspath(dumper), which])
    return 0


sys.exit(main())
