#!/bin/bash
# 200 random listeners of all kinds: ours and ss(8) name the same sockets and the same owners.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
empty_machine m bare
seed=${SEED:-$RANDOM}
note "SEED=$seed"

python3 - "$seed" >"$tmp/doors" <<'X'
import random
import sys

rnd = random.Random(int(sys.argv[1]))
v4 = ["0.0.0.0", "127.0.0.1", "127.8.8.8", "192.168.7.1", "203.0.113.1"]
v6 = ["[::]", "[::1]", "[fd00:7::1]", "[2001:db8::1]"]
port, doors = 1000, []
for i in range(200):
    port += rnd.randint(1, 60)
    kind = rnd.choice(["tcp"] * 6 + ["udp"] * 6 + ["mptcp", "udplite", "unix", "dgram", "seqpacket"])
    if kind in ("unix", "dgram", "seqpacket"):
        doors.append("%s:%s%d" % (kind, rnd.choice(["/run/", "@"]), port))
        continue
    addr = rnd.choice(v4 + v6)
    tail = ",v6only" if addr[0] == "[" and rnd.random() < .5 else ""
    if rnd.random() < .1 and addr in ("0.0.0.0", "[::]"):
        tail += ",dev=" + rnd.choice(["lo", "lan0", "wan0"])
    doors.append("%s:%s:%d%s" % (kind, addr, port, tail))
while doors:
    n = min(len(doors), rnd.randint(1, 12))
    how = rnd.choice([[], [], ["-f", str(rnd.randint(1, 5))], ["-u", "33"], ["-p"], ["-f", "2", "-u", "1"]])
    print(" ".join(["-d"] + how + doors[:n]))
    doors = doors[n:]
X
while read -r line; do
	# shellcheck disable=SC2086
	inside m door $line </dev/null | grep ^missing
done <"$tmp/doors" >"$tmp/missing"
note "this kernel lacks: $(sed 's/missing \([a-z]*\):.*/\1/' "$tmp/missing" | sort -u | tr '\n' ' ')"
sleep 0.3 # children are forked after the sockets are open

audit m "$tmp/a" --netns self
inside m ss -H -tulpn >"$tmp/ss"
inside m ss -H -xlpn >"$tmp/ss-unix"
python3 - "$tmp/a" "$tmp/ss" "$tmp/ss-unix" >"$tmp/wrong" <<'X'
import collections
import json
import re
import sys

ours, theirs = collections.Counter(), collections.Counter()
for l in json.load(open(sys.argv[1]))["listeners"]:
    pids = tuple(sorted({o["pid"] for o in l["owners"]}))
    if l["protocol"] in ("tcp", "mptcp", "udp"):
        addr = "*" if l.get("also_ipv4") else l["address"]
        ours["tcp" if l["protocol"] == "mptcp" else l["protocol"], addr, l["device"] or "", l["port"], pids] += 1
    elif l["family"] == "unix" and l["protocol"] != "unix-dgram":
        ours["unix", l["address"], "", 0, pids] += 1
for line in open(sys.argv[2]):
    w = line.split()
    m = re.match(r"(.*?)(?:%(.*))?:(\d+)$", w[4])
    pids = tuple(sorted({int(p) for p in re.findall(r"pid=(\d+)", line)}))
    theirs[w[0], m[1].strip("[]"), m[2] or "", int(m[3]), pids] += 1
for line in open(sys.argv[3]):
    w = line.split()
    if w[0] == "u_dgr":
        continue
    pids = tuple(sorted({int(p) for p in re.findall(r"pid=(\d+)", line)}))
    theirs["unix", w[4], "", 0, pids] += 1
for row in (theirs - ours).elements():
    print("missing:", *row)
for row in (ours - theirs).elements():
    print("invented:", *row)
print("compared" if sum(theirs.values()) > 150 else "too few sockets to compare")
X
is "$(head -n 10 "$tmp/wrong")" "compared" "ours and ss: none missing, none invented ($(wc -l <"$tmp/ss") inet, $(wc -l <"$tmp/ss-unix") unix)"
holds 'complete' "$tmp/a" 'A["complete"] is True'
for how in threads bpf cgroup; do
	audit m "$tmp/$how" --netns self --owners $how
	holds "owners by $how: the same" "$tmp/$how" \
		"(lambda key, other: sorted(map(key, L)) == sorted(map(key, other)))(
		lambda l: (l['protocol'], str(l['address']), l['port'] or 0, l['inode'], sorted(o['pid'] for o in l['owners'])),
		json.load(open('$tmp/a'))['listeners'])" || note "$(head -n 2 "$tmp/$how.err")"
done
finish
