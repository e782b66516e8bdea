#!/usr/bin/env python3
"""query.py FILE EXPRESSION: a Python expression over the JSON of one audit.

A is the whole document, L its listeners, S its start records, F its findings.
on(23) are the listeners of a port, by(l) the start records of a listener, best first,
rec("ssh.service") the start records of a name.
"""
import json
import os
import sys

try:
    A = json.load(open(sys.argv[1], encoding="utf-8"))
except ValueError as e:
    print("no JSON:", e)
    sys.exit(1)
L, S, F = A["listeners"], A["starts"], A["findings"]


def on(port, protocol="tcp"):
    return [l for l in L if l["port"] == port and l["protocol"] == protocol]


def by(listener):
    out = []
    for s in listener["starts"]:
        out.append(S[s if isinstance(s, int) else s["start"]])
    return out


def rec(name, mechanism=None):
    return [s for s in S if s["name"] == name and mechanism in (None, s["mechanism"])]


def caused(port, mechanism, name=None, file=None, line=None, protocol="tcp"):
    """Every listener of the port is attributed first of all to that start record."""
    rows = on(port, protocol)
    want = {"mechanism": mechanism, "name": name, "file": file, "line": line}
    got = [by(l)[0] if by(l) else None for l in rows]
    good = bool(rows) and all(
        g and all(v is None or g[k] == v for k, v in want.items()) for g in got)
    if not good:
        print("listeners:", json.dumps(rows))
        print("starts:", json.dumps(got))
    return good


def said():
    """The diagnostics as a terminal shows them."""
    return "\n".join(":".join(str(d[k]) for k in ("file", "line", "column") if d[k])
                     + ": " + d["level"] + ": " + d["text"] for d in A["diagnostics"])


def exes(listener):
    return sorted({os.path.basename(o["exe"]) for o in listener["owners"] if o["exe"]})


if __name__ == "__main__":
    print(eval(" ".join(sys.argv[2].split())))
