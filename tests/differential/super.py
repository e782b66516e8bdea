#!/usr/bin/env python3
"""super.py PORTDUMP xinetd|inetd|compat: our reading of a super-server's files against the real program.

Makes CASES configurations (200) from SEED (1), starts the real daemon on each in a network
namespace and a root of its own, and compares the sockets it opens with those of our records that
count as enabled. compat is xinetd -inetd_compat, with an inetd.conf besides its own file. TAP; without the daemon, or without namespaces, it skips.
"""
import glob
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time

ETC = {
    "passwd": "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\nftp:x:21:21::/:/bin/sh\n",
    "group": "root:x:0:\nnogroup:x:65534:\ntty:x:5:\n",
    "protocols": "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nservices: files\nprotocols: files\nhosts: files\n",
    "hosts": "127.0.0.1 localhost\n::1 localhost6\n",
    "rpc": "portmapper 100000 sunrpc\n",
    "services": "".join(
        f"{name} {port}/{proto} {alias}\n"
        for name, port, alias in [("echo", 7, ""), ("discard", 9, "sink null"), ("daytime", 13, ""),
                                  ("chargen", 19, "ttytst"), ("time", 37, "timserver"), ("ftp", 21, ""),
                                  ("telnet", 23, ""), ("pop3", 110, "pop-3"), ("tcpmux", 1, "")]
        for proto in ("tcp", "udp")) + "shell 514/tcp cmd\ntftp 69/udp\n",
}
NAMES = ["echo", "discard", "daytime", "chargen", "time", "ftp", "telnet", "pop-3", "shell", "tftp",
         "nowhere", "tcpmux", "Echo"]


class Xinetd:
    """Random xinetd.conf: mostly right, with one thing or two wrong."""
    file = "etc/xinetd.conf"

    def __init__(self, rng):
        self.rng = rng
        self.port = 2000

    def pick(self, *values):
        return self.rng.choice(values)

    def maybe(self, p):
        return self.rng.random() < p

    def attributes(self, unlisted):
        r = self
        # With a mistake in nearly every service nothing would listen, and nothing be compared.
        calm = r.maybe(0.7)
        wrong = lambda right, *others: right if r.maybe(0.99 if calm else 0.9) else r.pick(*others)
        stream = r.maybe(0.7)
        lines = []
        internal = r.maybe(0.3)
        add = lambda name, value, p=1.0: lines.append((name, value)) if r.maybe(
            p if not calm else 1.0 if p >= 0.9 else p / 6) else None
        add("socket_type", wrong("stream" if stream else "dgram", "strm", "raw", "DGRAM", "seqpacket"), 0.9)
        add("protocol", wrong("tcp" if stream else "udp", "TCP", "icmp", "xyz", "udp"), 0.6)
        add("wait", wrong("no" if stream else "yes", "YES", "maybe", "no", "yes"), 0.95)
        add("user", wrong("root", "nobody", "ghost", "0", "99999", "ROOT"), 0.9)
        add("group", wrong("root", "ghosts", "tty", "5"), 0.2)
        if not internal or r.maybe(0.1):
            add("server", wrong("/bin/true", "/bin/missing", "/etc/passwd", "/etc", "bin/true"), 0.95)
        add("server_args", r.pick("-l", "-l -a", ""), 0.3)
        types = [t for t, p in (("INTERNAL", 1.0 if internal else 0), ("UNLISTED", 1.0 if unlisted else 0.05),
                                ("BOGUS", 0.02), ("TCPMUX", 0.02), ("internal", 0.02)) if r.maybe(p)]
        if types:
            add("type", " ".join(types))
        if unlisted:
            self.port += 1
            add("port", wrong(str(self.port), "65536", "-1", "0x10", "70a", str(self.port - 1), "+2999"), 0.95)
        else:
            add("port", r.pick("7", "21", "23"), 0.05)
        add("flags", r.pick("REUSE", "IPv4", "IPv6", "IPv4 IPv6", "NAMEINARGS", "NOSUCH", "KEEPALIVE NODELAY",
                            "ipv4", "SENSOR"), 0.25)
        add("bind", r.pick("127.0.0.1", "0.0.0.0", "::", "::1", "127.0.0.2"), 0.15)
        add("interface", "127.0.0.1", 0.03)
        add("id", r.pick("one", "two", "ONE"), 0.15)
        add("instances", r.pick("5", "UNLIMITED", "-1", "many", "0"), 0.1)
        add("per_source", r.pick("5", "unlimited", "x"), 0.05)
        add("cps", r.pick("10 5", "10", "a b", "0 0", "-1 5"), 0.08)
        add("nice", r.pick("10", "-5", "ten"), 0.05)
        add("only_from", r.pick("127.0.0.1", "10.0.0.0/8", "1.2.3.4,5.6.7.8", "10.{1,2}", "10..{1}", "10.{1,,2}",
                                "10.{1}x", "10.{1,2", "", "a{1}"), 0.12)
        add("no_access", r.pick("10.0.0.1", "0.0.0.0/0"), 0.05)
        add("access_times", r.pick("08:00-17:00", "22:00-06:00", "12:00-24:00", "8:00-9:00 10:00-11:00", "8-9", ""), 0.08)
        add("log_type", r.pick("SYSLOG daemon", "SYSLOG nofac", "SYSLOG daemon info", "SYSLOG daemon loud",
                               "FILE /log1", "FILE /log1 10K 20K", "FILE /log1 20K 10K", "FILE", "PAPER x"), 0.08)
        add("log_on_success", r.pick("PID HOST", "TRAFFIC", "NONSENSE", ""), 0.1)
        add("log_on_failure", r.pick("HOST", "RECORD", "ATTEMPT"), 0.06)
        add("env", r.pick("A=1", "A", "A=1 B=2"), 0.05)
        add("redirect", r.pick("127.0.0.1 80", "127.0.0.1 ftp", "127.0.0.1 nope", "127.0.0.1", "127.0.0.1 70000"), 0.05)
        add("umask", r.pick("022", "999", "1777"), 0.04)
        add("max_load", r.pick("2.5", "0", "x"), 0.04)
        add("deny_time", r.pick("FOREVER", "10", "soon"), 0.04)
        add("rlimit_as", r.pick("10M", "UNLIMITED", "1T", "8k"), 0.04)
        add("rlimit_cpu", r.pick("10", "UNLIMITED", "1K"), 0.04)
        add("groups", r.pick("yes", "no", "si"), 0.05)
        add("v6only", r.pick("yes", "no", "x"), 0.06)
        add("banner", "/etc/motd", 0.03)
        add("bogus", "1", 0.05)
        add("wait", "no", 0.04)
        add("disabled", "echo", 0.02)
        self.rng.shuffle(lines)
        disable = r.pick("yes", "no", "YES", "No", "maybe", "yes no")
        if r.maybe(0.4):
            lines.insert(self.rng.randrange(len(lines) + 1), ("disable", disable))
        if r.maybe(0.05):
            lines.append(("disable", "no"))
        return lines

    def line(self, name, value):
        op = self.pick("=", "=", "=", "=", "=", "=", "+=") if self.maybe(0.2) else "="
        if self.maybe(0.015):
            return self.pick(f"\t{name}= {value}\n", f"\t{name} {value}\n", f"\t{name} == {value}\n",
                             f"{name} -= {value}\n", f"\t{name} =\n")
        return f"{self.pick('', ' ', chr(9))}{name}{self.pick(' ', chr(9))}{op}{self.pick(' ', '', chr(9))}{value}\n"

    def service(self):
        unlisted = self.maybe(0.5)
        name = self.pick(*NAMES) if not unlisted or self.maybe(0.2) else f"svc{self.rng.randrange(40)}"
        head = f"{self.pick('service', 'Service') if self.maybe(0.1) else 'service'} {name}"
        text = "# default: on\n" if self.maybe(0.1) else ""
        text += head + (" {\n" if self.maybe(0.01) else "\n")
        text += "" if self.maybe(0.01) else self.pick("{\n", " {\n", "# c\n\n{\n") if self.maybe(0.2) else "{\n"
        for name, value in self.attributes(unlisted):
            text += self.line(name, value)
        return text + ("" if self.maybe(0.01) else self.pick("}\n", " } \n", "}\n\n"))

    def defaults(self):
        text = "defaults\n{\n"
        for name, value, p in [("instances", "10", 0.3), ("log_type", "SYSLOG daemon", 0.3),
                               ("disabled", " ".join(self.rng.sample(NAMES, 2)), 0.3),
                               ("disabled", "svc1 one", 0.2), ("enabled", " ".join(self.rng.sample(NAMES, 5)), 0.1),
                               ("enabled", "svc1 svc2 svc3 two", 0.05), ("bind", "127.0.0.1", 0.08),
                               ("log_on_success", "HOST", 0.2), ("log_on_success", "TRAFFIC", 0.03),
                               ("v6only", "yes", 0.05), ("cps", "5 5", 0.1), ("cps", "x y", 0.01),
                               ("port", "5", 0.03), ("only_from", "127.0.0.1", 0.1), ("only_from", "1,2", 0.01)]:
            if self.maybe(p):
                text += self.line(name, value)
        return text + "}\n"

    def make(self, root):
        shutil.rmtree(f"{root}/etc/xinetd.d", ignore_errors=True)
        os.mkdir(f"{root}/etc/xinetd.d")
        text = self.defaults() if self.maybe(0.7) else ""
        for _ in range(self.rng.randrange(5)):
            text += self.service()
            if self.maybe(0.03):
                text += self.pick("garbage\n", "}\n", "service\n", "include /etc/more\n", "include /nowhere\n")
        if self.maybe(0.6):
            text += self.pick("includedir /etc/xinetd.d\n", "includedir etc/xinetd.d\n", "INCLUDEDIR /etc/xinetd.d x\n")
        if self.maybe(0.05):
            text += self.defaults()
        if self.maybe(0.1):
            text = text.rstrip("\n")
        for name in ["a", "B", "c.conf", "d~", "e", ".f", "g_h"]:
            if self.maybe(0.35):
                body = "".join(self.service() for _ in range(1 + self.maybe(0.2)))
                if self.maybe(0.05):
                    body = self.defaults() + body
                write(f"{root}/etc/xinetd.d/{name}", body)
        write(f"{root}/etc/more", self.service())
        write(f"{root}/{self.file}", text)

    def command(self):
        return ["/usr/sbin/xinetd", "-f", "/etc/xinetd.conf", "-dontfork", "-filelog", "/log", "-pidfile", "/pid"]

    def ready(self, log):
        return "Started working" in log or "xinetd will exit" in log


class Inetd:
    """Random inetd.conf for openbsd-inetd."""
    file = "etc/inetd.conf"

    def __init__(self, rng):
        self.rng = rng
        self.port = 3000

    def pick(self, *values):
        return self.rng.choice(values)

    def maybe(self, p):
        return self.rng.random() < p

    def entry(self):
        wrong = lambda right, *others: right if self.maybe(0.93) else self.pick(*others)
        stream = self.maybe(0.7)
        self.port += 1
        # Each name once: two entries of one port are a race for the socket.
        service = self.names.pop() if self.maybe(0.4) and self.names else str(self.port)
        host = self.pick("127.0.0.1:", "*:", "[::1]:", "127.0.0.1,127.0.0.2:", "[::]:", "localhost:") \
            if self.maybe(0.25) else ""
        kind = "tcp" if stream else "udp"
        # Sizes with a suffix: after plain digits openbsd-inetd reads one byte past its copy of the word
        # (valgrind), and what it makes of the line then depends on the heap.
        proto = kind + (self.pick("4", "6", "46", ",sndbuf=4k", ",rcvbuf=8k") if self.maybe(0.3) else "")
        if not service.isdigit():
            proto = proto.split(",")[0]
        builtin = self.maybe(0.25)
        fields = [host + service, wrong("stream" if stream else "dgram", "strm", "STREAM"), proto,
                  wrong("nowait" if stream else "wait", "nowait.5", "wait.5", "later", "nowait:3", "nowait.x"),
                  wrong("root", "nobody", "nobody.tty", "nobody:tty", "ghost", "nobody.ghosts", "root:ghosts"),
                  "internal" if builtin else wrong("/bin/true", "/bin/missing", "relative")]
        if not builtin and self.maybe(0.8):
            fields += ["true", "-x"]
        if self.maybe(0.03):
            fields = fields[:self.rng.randrange(1, 6)]
        text = self.pick("\t", " ", " \t").join(fields)
        # Debian's 0.20221205 reads a line again for its second family and then never ends when
        # that line goes on below: only where there is one family can the two be compared.
        if self.maybe(0.3) and proto[3:] in ("4", "6"):
            text = text.replace(" ", "\n ", 1).replace("\t", "\n\t", 1)
        return text + "\n"

    def make(self, root):
        text = ""
        self.names = [name for name in NAMES if name != "Echo"]
        self.rng.shuffle(self.names)
        for _ in range(self.rng.randrange(1, 9)):
            entry = self.entry()
            if self.maybe(0.1) and "\n" not in entry[:-1]:
                text += self.pick("#", "#<off># ", "# ", "#<off>#")
            text += entry
            if self.maybe(0.06):
                text += self.pick("127.0.0.1:\n", "*:\n", "\n", "# comment\n", "garbage\n")
        write(f"{root}/{self.file}", text if self.maybe(0.9) else text.rstrip("\n"))

    def command(self):
        return ["/usr/sbin/inetd", "-d", "/etc/inetd.conf"]

    def ready(self, log):
        return None


class Compat(Inetd):
    """inetd.conf as xinetd reads it, and an xinetd.conf whose lists and ids touch it."""

    def entry(self):
        r = self
        wrong = lambda right, *others: right if r.maybe(0.9) else r.pick(*others)
        stream = r.maybe(0.7)
        # No name twice: who gets the port is then a race. Here the second one is left out.
        service = r.names.pop() if r.names else "nowhere"
        builtin = service in ("echo", "discard", "daytime", "chargen", "time") and r.maybe(0.5)
        # It also dies of an internal service that it does not know.
        if not builtin:
            service = wrong(r.pick("127.0.0.1:", "*:") + service if r.maybe(0.05) else service, "3333")
        fields = [service, wrong("stream" if stream else "dgram", "strm", "STREAM"),
                  wrong("tcp" if stream else "udp", "tcp6", "tcp4", "udp6"),
                  wrong("nowait" if stream else "wait", "nowait.5", "wait.5", "later", "nowait.x"),
                  wrong("root", "nobody", "nobody.tty", "nobody:tty", "ghost", "nobody.ghosts"),
                  "internal" if builtin else wrong("/bin/true", "/bin/missing", "relative", "/etc")]
        if not builtin and r.maybe(0.8):
            fields += ["true", "-x"]
        # xinetd dies of a line that ends early: nothing to compare.
        return r.pick("\t", " ", " \t").join(fields) + "\n"

    def make(self, root):
        self.names = [name for name in NAMES if name != "Echo"]
        self.rng.shuffle(self.names)
        lines = [self.pick("", "", "", "", "#", "#<off># ") + self.entry() for _ in range(self.rng.randrange(1, 9))]
        write(f"{root}/{self.file}", "".join(lines))
        text = "defaults\n{\n"
        for name, p in (("disabled", 0.5), ("enabled", 0.15)):
            if self.maybe(p):
                text += f"{name} = {' '.join(self.rng.sample(NAMES, 3))}\n"
        text += "}\n"
        for name in self.rng.sample(NAMES[:9], self.rng.randrange(3)):
            self.port += 1
            text += (f"service {name}\n{{\ntype = UNLISTED\nport = {self.port}\nsocket_type = stream\nprotocol = tcp\n"
                     f"wait = no\nuser = root\nserver = /bin/true\ndisable = {self.pick('yes', 'no')}\n}}\n")
        write(f"{root}/etc/xinetd.conf", text)
        os.makedirs(f"{root}/etc/default", exist_ok=True)
        write(f"{root}/etc/default/xinetd", "INETD_COMPAT=Yes\n")

    def command(self):
        return ["/usr/sbin/xinetd", "-f", "/etc/xinetd.conf", "-dontfork", "-filelog", "/log", "-pidfile", "/pid",
                "-inetd_compat"]

    def ready(self, log):
        return "Started working" in log or "xinetd will exit" in log


SERVERS = {  # the class, the daemon, the mechanisms whose records count, the root that has it
    "xinetd": (Xinetd, "xinetd", "xinetd", "openrc"),
    "inetd": (Inetd, "inetd", "inetd", "sysv"),
    "compat": (Compat, "xinetd", "xinetd inetd", "openrc"),
}


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def address(text):
    """An address of /proc/net/tcp: words of the machine's order in hexadecimal."""
    raw = b"".join(bytes.fromhex(text[i:i + 8])[::-1] for i in range(0, len(text), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def opened():
    """The sockets of this network namespace."""
    found = []
    for file, proto, family, state in [("tcp", "tcp", "4", "0A"), ("tcp6", "tcp", "6", "0A"),
                                       ("udp", "udp", "4", "07"), ("udp6", "udp", "6", "07")]:
        with open(f"/proc/self/net/{file}") as f:
            for line in f.readlines()[1:]:
                words = line.split()
                if words[3] == state:
                    addr, port = words[1].rsplit(":", 1)
                    found.append(f"{proto} {family} {address(addr)} {int(port, 16)}")
    return sorted(found)


def declared(dump, root):
    dump.stdin.write(root + "\n")
    dump.stdin.flush()
    found = []
    for line in iter(dump.stdout.readline, "\n"):
        proto, family, addr, port, _ = line.split(None, 4)
        if proto not in ("tcp", "udp"):
            continue
        if addr == "*":
            addr = "0.0.0.0" if family == "4" else "::"
        found.append(f"{proto} {'4' if family == '4' else '6'} {addr} {port}")
    return sorted(found)


def read(path):
    try:
        with open(path, errors="replace") as f:
            return f.read()
    except OSError:
        return ""


def spins(pid):
    """Is it in an endless loop? openbsd-inetd is, on a bad line after one of both families: it never
    comes to the rest of the file, so there is nothing to compare. (xinetd has crashes instead, and
    catches them.)"""
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return int(words[11]) + int(words[12]) > 50


def run(server, root, ours):
    """Starts the daemon, waits until its sockets are open, gives them; and its log. It may say that it
    is ready before it is: as long as its sockets are not ours it gets another second."""
    log = f"{root}/log"
    write(log, "")
    if os.path.exists(f"{root}/notify"):
        os.unlink(f"{root}/notify")
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(f"{root}/notify")
    notify.settimeout(0.01)
    with open(f"{root}/out", "w") as out:
        child = subprocess.Popen(["chroot", root] + server.command(), stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                 env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "NOTIFY_SOCKET": "/notify"})
    end = time.monotonic() + 10
    while time.monotonic() < end and child.poll() is None:
        try:
            # Debian's inetd tells systemd when it has read its file.
            if b"READY=1" in notify.recv(4096):
                break
        except TimeoutError:
            if server.ready(read(log)):
                break
    notify.close()
    end = time.monotonic() + 1
    found = opened()
    while found != ours and time.monotonic() < end and child.poll() is None:
        time.sleep(0.02)
        found = opened()
    if child.poll() is not None:
        found = None if "Unexpected signal" in read(log) else []
    elif found != ours and (spins(child.pid) or "Unexpected signal" in read(log)):
        found = None
    if child.poll() is None:
        child.send_signal(signal.SIGKILL)
    child.wait()
    return found, read(log) + read(f"{root}/out")


def find(which):
    """The machine that has the daemon, "" for this one or a Debian root, and the daemon; or None."""
    _, daemon, _, debian = SERVERS[which]
    binary = os.environ.get(daemon.upper()) or shutil.which(daemon, path="/usr/sbin:/usr/local/sbin:/sbin")
    # Where there is an inetd too, inetd.conf is not xinetd's.
    if binary and not (which == "compat" and os.path.exists("/usr/sbin/inetd")):
        return "", binary
    base = os.path.realpath(os.path.join(os.environ.get("GATEHOUSE_ROOTS", "/nonexistent"), debian))
    binary = f"{base}/usr/sbin/{daemon}"
    return (base, binary) if os.path.exists(binary) else None


def prepare(base, binary, name):
    # A tmpfs that only this mount namespace has: nothing is left behind, nothing to delete.
    root = "/mnt"
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", root], check=True)
    for name_ in ("etc", "dev", "run", "tmp", "usr", "var", "proc"):
        os.mkdir(f"{root}/{name_}")
    for top in ("bin", "sbin", "lib", "lib64", "lib32"):
        if os.path.islink(f"{base}/{top}"):
            os.symlink(os.readlink(f"{base}/{top}"), f"{root}/{top}")
        elif os.path.isdir(f"{base}/{top}"):
            os.mkdir(f"{root}/{top}")
            subprocess.run(["mount", "--rbind", f"{base}/{top}", f"{root}/{top}"], check=True)
    subprocess.run(["mount", "--rbind", f"{base}/usr", f"{root}/usr"], check=True)
    target = f"{root}/usr/sbin/{name}"
    if not os.path.exists(target):
        # The program lies elsewhere: a layer with it over this /usr/sbin.
        layer = f"{root}/tmp/layer"
        shutil.copytree("/usr/sbin", layer, symlinks=True, ignore=lambda d, names: [n for n in names if n != "chroot"])
        shutil.copy(binary, f"{layer}/{name}")
        subprocess.run(["mount", "--bind", layer, f"{root}/usr/sbin"], check=True)
    # No console and no log: syslog(3) must have nothing to wait for.
    write(f"{root}/dev/null", "")
    subprocess.run(["mount", "--bind", "/dev/null", f"{root}/dev/null"], check=True)
    for file, text in ETC.items():
        write(f"{root}/etc/{file}", text)
    for file in ("ld.so.cache", "ld.so.conf"):
        if os.path.exists(f"{base}/etc/{file}"):
            shutil.copy(f"{base}/etc/{file}", f"{root}/etc/{file}")
    return root


def compare(dumper, which, base, binary):
    cases, seed = int(os.environ.get("CASES", 200)), int(os.environ.get("SEED", 1))
    rng = random.Random(seed)
    root = prepare(base, binary, SERVERS[which][1])
    dump = subprocess.Popen([dumper, "-", *SERVERS[which][2].split()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    # IPv6 must exist, and low ports be free to all.
    bad, sockets, loops = 0, 0, 0
    for case in range(cases):
        server = SERVERS[which][0](rng)
        server.make(root)
        ours = declared(dump, root)
        real, log = run(server, root, ours)
        if real is None:
            loops += 1
            continue
        sockets += len(real)
        if real != ours:
            bad += 1
            if bad > int(os.environ.get("SHOW", 3)):
                continue
            print(f"# case {case} of seed {seed}")
            print("# the program only: ", [s for s in real if s not in ours] or "the same, other counts")
            print("# ours only: ", [s for s in ours if s not in real])
            for line in log.splitlines()[-60:]:
                print("#   log:", line)
            files = [server.file] + sorted(os.path.relpath(f, root) for f in glob.glob(f"{root}/etc/xinetd.*/*"))
            files += ["etc/xinetd.conf"] if which == "compat" else []
            for file in files:
                print(f"#   {file}")
                for number, line in enumerate(read(f"{root}/{file}").splitlines(), 1):
                    print(f"#   {number:3} {line}")
    print(f"# {which}: {cases} configurations, {sockets} sockets, {bad} read differently, {loops} on which the program loops or crashes")
    bad += loops > cases // 50
    print(f"{'not ' if bad else ''}ok 1 - {which}: our records open what the program opens")
    return 1 if bad else 0


def main():
    dumper, which = sys.argv[1:3]
    found = find(which)
    if not os.environ.get("IN_NAMESPACE"):
        print("TAP version 13\n1..1")
    if not found:
        print(f"ok 1 # SKIP needs root, cap_sys_admin and a mirror, or the daemon here (package {'openbsd-inetd' if which == 'inetd' else 'xinetd'})")
        return 0
    if not os.environ.get("IN_NAMESPACE"):
        wrapper = ["unshare", "-n", "-m"] + ([] if os.geteuid() == 0 else ["-U", "-r"])
        if subprocess.run(wrapper + ["true"], stderr=subprocess.DEVNULL).returncode != 0:
            print("ok 1 # SKIP needs namespaces")
            return 0
        sys.stdout.flush()
        os.environ["IN_NAMESPACE"] = "1"
        os.execvp("unshare", wrapper + [sys.executable, os.path.abspath(__file__), os.path.abspath(dumper), which])
    return compare(dumper, which, *found)


if __name__ == "__main__":
    sys.exit(main())
