#!/usr/bin/env python3
"""verdicts.py GATEHOUSE DATA: does every row of the catalog get the verdict that it states?

Makes roots in which every program and unit of data/catalog is switched on (a systemd unit, an init
script, a line of inetd.conf), and a listing in which every program listens, audits them with no
policy, with each fact alone and with all of them, and compares service and verdict with what the
stanza's own Verdict line says for these facts. The expectation is made here, from the stanzas and
POL-3, POL-4, POL-5 and POL-16; nothing of the program's is asked for it. TAP.
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile

GATEHOUSE, DATA = sys.argv[1:3]


def stanzas():
    rows = []
    for file in sorted(glob.glob(f"{DATA}/*.cat")):
        for block in re.split(r"\n\s*\n", open(file, encoding="utf-8").read()):
            fields, last = {}, None
            for line in block.splitlines():
                if line.startswith("#") or not line:
                    continue
                if line[0] in " \t":
                    fields[last] += " " + line.strip()
                else:
                    last, _, value = line.partition(":")
                    fields[last] = value.strip()
            if "Service" in fields and fields.get("Kind") != "glossary":
                rows.append(fields)
    return rows


def clauses(row):
    for clause in row["Verdict"].split(";"):
        verdict, _, condition = clause.replace("else ", "").strip().partition(" if ")
        yield verdict.strip(), condition.strip()


def facts_of(row):
    words = re.findall(r"[a-z0-9-]+", " ".join(condition for _, condition in clauses(row)))
    return {word for word in words if word not in ("and", "or", "not")}


def stated(row, facts):
    """What the stanza says, facts given."""
    for verdict, condition in clauses(row):
        text = re.sub(r"[a-z0-9-]+", lambda m: m[0] if m[0] in ("and", "or", "not") else str(m[0] in facts), condition)
        if not condition or eval(text):
            return verdict
    raise ValueError(row["Service"])


def expected(row, facts, outside, seen):
    """What the audit says of it: POL-4 and 5 for the danger zone, POL-16 for wildcards."""
    verdict = stated(row, facts)
    flags = row.get("Flags", "").split()
    if not outside and (verdict in ("localize", "restrict") or "local-ok" in flags):
        return "keep"
    if verdict in ("keep", "restrict") and row["Class"] == "Z":
        # Files do not tell of a packet filter; where sockets are seen, the policy must.
        return "disable" if outside and seen and "packet-filter" not in facts else "restrict"
    if verdict == "keep" and outside and "world-ok" not in flags:
        return "localize" if "Localize" in row else "restrict"
    return verdict


def is_network(row):
    return row["Class"] in "NZI" and any(field in row for field in ("Ports", "Also", "RPC"))


def port_of(row):
    found = re.search(r"(\d+)(?:-\d+)?/(tcp|udp)", row.get("Ports", ""))
    return (int(found[1]), found[2]) if found else (None, None)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    os.chmod(path, mode)


def run(args, policy):
    result = subprocess.run([GATEHOUSE, "audit", "--format", "json", "--policy", policy] + args,
                            capture_output=True, text=True)
    if result.returncode not in (0, 1, 3):
        print("Bail out!", result.stderr[:500])
        sys.exit(1)
    return json.loads(result.stdout)


class Systemd:
    """A unit of a name that nothing has, and the program."""
    what = "systemd units"

    def __init__(self, root, rows):
        self.args, self.cases = ["--root", root], {}
        units = f"{root}/etc/systemd/system"
        write(f"{root}/usr/lib/systemd/systemd", "", 0o755)
        for target in ("basic.target", "multi-user.target"):
            write(f"{units}/{target}", "[Unit]\n")
        os.symlink("multi-user.target", f"{units}/default.target")
        os.makedirs(f"{units}/multi-user.target.wants")
        for row in rows:
            for number, program in enumerate(row.get("Programs", "").split()):
                name = f"zz-{row['Service']}-{number}.service"
                write(f"{root}/usr/sbin/{program}", "", 0o755)
                write(f"{units}/{name}", f"[Service]\nExecStart=/usr/sbin/{program}\n[Install]\nWantedBy=multi-user.target\n")
                os.symlink(f"../{name}", f"{units}/multi-user.target.wants/{name}")
                self.cases[name] = (row, is_network(row))

    def answers(self, audit):
        """Name of the case -> service and verdict; no finding is "keep"."""
        return of_findings(audit, self.cases)


def of_findings(audit, cases):
    # One finding may be about several records of one service: its evidence names each.
    found = {}
    for finding in audit["findings"]:
        text = json.dumps(finding["evidence"])
        for name in re.findall(r"(?:systemd|sysv|inetd) ([^ ,]+)", text):
            found[name] = (finding["service"], finding["verdict"])
    return {name: found.get(name, (None, "keep")) for name in cases}


class Sysv:
    """An init script of each unit's name that says nothing else: START-18."""
    what = "init scripts"

    def __init__(self, root, rows):
        self.args, self.cases = ["--root", root], {}
        write(f"{root}/etc/inittab", "id:2:initdefault:\nrc:2:wait:/etc/init.d/rc 2\n")
        os.makedirs(f"{root}/etc/rc2.d")
        for row in rows:
            for unit in row.get("Units", "").split():
                if re.search(r"[@.*\[]", unit):
                    continue
                write(f"{root}/etc/init.d/{unit}", "#!/bin/sh\n:\n", 0o755)
                os.symlink(f"../init.d/{unit}", f"{root}/etc/rc2.d/S20{unit}")
                self.cases[unit] = (row, is_network(row))

    def answers(self, audit):
        return of_findings(audit, self.cases)


class Inetd:
    """A line for each program of a service with a port of its own."""
    what = "lines of inetd.conf"

    def __init__(self, root, rows):
        self.args, self.cases = ["--root", root], {}
        text = ""
        write(f"{root}/usr/sbin/inetd", "", 0o755)
        write(f"{root}/etc/passwd", "root:x:0:0::/:/bin/sh\n")
        write(f"{root}/etc/inittab", "id:2:initdefault:\nsuper:2:respawn:/usr/sbin/inetd -i\n")
        number = 20000
        for row in rows:
            port, proto = port_of(row)
            for program in row.get("Programs", "").split() if port and row["Service"] not in ("inetd", "xinetd") else []:
                number += 1
                kind = "stream tcp nowait" if proto == "tcp" else "dgram udp wait"
                text += f"{number} {kind} root /usr/sbin/{program} {program}\n"
                self.cases[str(number)] = (row, True)
        write(f"{root}/etc/inetd.conf", text)

    def answers(self, audit):
        return of_findings(audit, self.cases)


class Listening:
    """What ss would print, were every program listening on its port, for all and on loopback."""
    what = "listeners"

    def __init__(self, root, rows):
        write(f"{root}/ss", "")
        self.args, self.cases = ["--listing", f"{root}/ss", "--all"], {}
        text = "Netid State Recv-Q Send-Q Local Address:Port Peer Address:Port Process\n"
        number = 0
        of_comm = {}
        for row in rows:
            for program in row.get("Programs", "").split():
                of_comm.setdefault(program[:15], set()).add(row["Service"])
        for row in rows:
            port, proto = port_of(row)
            # The kernel keeps 15 letters of a name; what two services share tells nothing.
            for program in sorted({p[:15] for p in row.get("Programs", "").split()}) if port else []:
                if len(of_comm[program]) > 1:
                    continue
                for address in ("0.0.0.0", "127.0.0.1"):
                    number += 1
                    state = "LISTEN" if proto == "tcp" else "UNCONN"
                    text += f'{proto} {state} 0 128 {address}:{port} 0.0.0.0:* users:(("{program}",pid={1000 + number},fd=3))\n'
                    self.cases[number - 1] = (row, address == "0.0.0.0")
        write(f"{root}/ss", text)

    def answers(self, audit):
        by_pid = {listener["owners"][0]["pid"]: listener for listener in audit["listeners"]}
        return {number: (by_pid[1001 + number]["service"], by_pid[1001 + number]["verdict"]) for number in self.cases}


def main():
    rows = stanzas()
    facts = sorted(set().union(*(facts_of(row) for row in rows)))
    policies = [set()] + [{fact} for fact in facts] + [set(facts)]
    print("TAP version 13\n1..4")
    bad = False
    with tempfile.TemporaryDirectory(prefix="gatehouse-verdicts.") as tmp:
        for number, kind in enumerate((Systemd, Sysv, Inetd, Listening), 1):
            world = kind(f"{tmp}/{number}", rows)
            compared, wrong = 0, {}
            for policy in policies:
                write(f"{tmp}/policy", f"Facts: {' '.join(sorted(policy))}\n" if policy else "# nothing is needed\n")
                answers = world.answers(run(world.args, f"{tmp}/policy"))
                for case, (row, outside) in world.cases.items():
                    service, verdict = answers[case]
                    want = expected(row, policy, outside, kind is Listening)
                    compared += 1
                    if verdict != want or service not in (row["Service"], None) or (service is None and kind is Listening):
                        wrong.setdefault((row["Service"], case), f"{service}: {verdict}, not {want}, with facts {sorted(policy)[:3]}")
            for (service, case), text in list(wrong.items())[:25]:
                print(f"# {service} ({case}): {text}")
            print(f"# {len(world.cases)} {world.what}, {len(policies)} policies, {compared} verdicts, {len(wrong)} wrong")
            print(f"{'not ' if wrong else ''}ok {number} - CAT (2): {world.what}")
            bad = bad or bool(wrong)
    return 1 if bad else 0


sys.exit(main())
