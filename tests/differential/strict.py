#!/usr/bin/env python3
"""strict.py CONFDUMP PORTDUMP: what gatehoused would open of an xinetd.conf, against the real xinetd.

Makes CASES configurations (200) from SEED (1) as super.py does, starts the real xinetd on each and
compares the sockets it opens with those of our services:

* what only xinetd opens belongs to a service that we say has a mistake;
* what only we open belongs to a service with one of the differences below, or xinetd came to an end
  over its defaults.

With MODEL=1 the model of xinetd that the audit uses (portdump; compared with the real one by super.py) stands
for the program: thousands of cases in seconds. TAP.
"""
import os
import random
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import super as peer  # noqa: E402

# xinetd starts none of these services; see gatehouse.conf(5).
MORE = {"traffic", "access-times", "sensor"}
PROTOCOLS = {"6": "tcp", "17": "udp"}


def ask(dump, root):
    dump.stdin.write(root + "\n")
    dump.stdin.flush()
    sockets, errors, differences = {}, [], {}
    for line in iter(dump.stdout.readline, "\n"):
        kind, rest = line.rstrip("\n").split(" ", 1)
        if kind == "S":
            proto, family, addr, port, name = rest.split(" ", 4)
            if proto in PROTOCOLS:
                sockets[f"{PROTOCOLS[proto]} {family} {addr} {port}"] = name
        elif kind == "E" and ": error: " in rest:
            errors.append(rest)
        elif kind == "D":
            name, row = rest.rsplit(" ", 1)
            differences.setdefault(name, set()).add(row)
    return sockets, errors, differences


def sections(root):
    """name, first line, last line, file, text of each service section, as a person would read them."""
    for path in [f"{root}/etc/xinetd.conf", f"{root}/etc/more", *sorted(peer.glob.glob(f"{root}/etc/xinetd.d/*"))]:
        start, lines = None, peer.read(path).splitlines() + ["service end"]
        for number, line in enumerate(lines, 1):
            head = re.match(r"\s*(service|defaults|include|includedir)\b", line, re.I)
            if not head:
                continue
            if start:
                yield path[len(root):], start, number - 1, "\n".join(lines[start - 1:number - 1])
            start = number if head[1].lower() == "service" else None


def explained(root, socket, errors):
    """Is there a section that could open this socket, and an error in it?"""
    if any("defaults" in text for text in errors):
        return True
    port = socket.split()[-1]
    known = {line.split()[0].lower() for line in peer.ETC["services"].splitlines() if line.split()[1].split("/")[0] == port}
    known |= {word.lower() for line in peer.ETC["services"].splitlines() for word in line.split()[2:]
              if line.split()[1].split("/")[0] == port}
    for file, first, last, text in sections(root):
        name = (re.match(r"\s*service\s+(\S+)", text, re.I) or ["", ""])[1].lower()
        if name not in known and not re.search(rf"^\s*port\s*=\s*\+?0*{port}\s*$", text, re.M | re.I):
            continue
        for error in errors:
            place = re.match(r"([^:]+):(\d+)", error)
            if place and place[1] == file and first <= int(place[2]) <= last:
                return True
            # A line of defaults that does not go with this service: the error stands there, the name here.
            if re.search(rf": service {re.escape(name)}: ", error, re.I):
                return True
    return False


def freed(socket, closed):
    """The port is free for a later service because the one that has it in xinetd has a mistake."""
    proto, _, _, port = socket.split()
    return any(s.split()[0] == proto and s.split()[3] == port for s in closed)


def compare(confdump, portdump, base, binary, model):
    cases, seed = int(os.environ.get("CASES", 200)), int(os.environ.get("SEED", 1))
    rng = random.Random(seed)
    root = peer.prepare(base, binary, "xinetd")
    mine = subprocess.Popen([confdump, "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    dump = subprocess.Popen([portdump, "-", "xinetd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if not model:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    bad, both, less, more = 0, 0, 0, 0
    for case in range(cases):
        server = peer.Xinetd(rng)
        server.make(root)
        ours, errors, differences = ask(mine, root)
        real, log = peer.declared(dump, root), ""
        if not model:
            real, log = peer.run(server, root, real)
        if real is None:
            continue
        ended = not real and ("will exit" in log or model)
        only_closed = [s for s in real if s not in ours]
        only_real = [s for s in only_closed if not explained(root, s, errors)]
        only_ours = [s for s in ours if s not in real and not ended and not differences.get(ours[s], set()) & MORE
                     and not freed(s, only_closed)]
        both += len([s for s in real if s in ours])
        less += len([s for s in real if s not in ours])
        more += len([s for s in ours if s not in real])
        if not only_real and not only_ours:
            continue
        bad += 1
        if bad > int(os.environ.get("SHOW", 3)):
            continue
        print(f"# case {case} of seed {seed}: xinetd only {only_real}, ours only {only_ours}")
        for text in errors + log.splitlines()[-20:]:
            print("#  ", text)
        for file in ["etc/xinetd.conf", "etc/more", *sorted(f"etc/xinetd.d/{f}" for f in os.listdir(f"{root}/etc/xinetd.d"))]:
            print(f"#   {file}")
            for number, line in enumerate(peer.read(f"{root}/{file}").splitlines(), 1):
                print(f"#   {number:3} {line}")
    print(f"# {cases} configurations: {both} sockets of both, {less} that our strictness keeps closed, "
          f"{more} that only we open, {bad} cases without a reason")
    good = not bad and both
    print(f"{'' if good else 'not '}ok 1 - strict: the same sockets as xinetd but for mistakes and documented differences")
    return 0 if good else 1


def main():
    confdump, portdump = (os.path.abspath(path) for path in sys.argv[1:3])
    found = peer.find("xinetd")
    if not os.environ.get("IN_NAMESPACE"):
        print("TAP version 13\n1..1")
    if not found:
        print("ok 1 # SKIP needs root, cap_sys_admin and a mirror, or the daemon here (package xinetd)")
        return 0
    if not os.environ.get("IN_NAMESPACE"):
        wrapper = ["unshare", "-n", "-m"] + ([] if os.geteuid() == 0 else ["-U", "-r"])
        if subprocess.run(wrapper + ["true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            print("ok 1 # SKIP needs namespaces")
            return 0
        sys.stdout.flush()
        os.environ["IN_NAMESPACE"] = "1"
        os.execvp("unshare", wrapper + [sys.executable, os.path.abspath(__file__), confdump, portdump])
    return compare(confdump, portdump, *found, bool(os.environ.get("MODEL")))


if __name__ == "__main__":
    sys.exit(main())
