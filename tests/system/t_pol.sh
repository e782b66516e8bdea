#!/bin/bash
# Principles (requirements POL-2, 3, 5, 12, 16) on a machine that starts nothing by itself.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
empty_machine m bare
as() { inside m sh -c "mkdir -p ${1%/*}/; cp /usr/local/sbin/door $1; exec $1 -d ${*:2}" >/dev/null; }

audit m "$tmp/none"
is $? 0 'POL-2: no listener: exit status clean' || query "$tmp/none" 'json.dumps(F, indent=1)' | head -20 | sed 's/^/# /'
holds 'POL-2: 0 reachable from outside' "$tmp/none" 'A["reachable"] == 0 and not [l for l in L if l["reach"] != "host"]'
like "$(inside m gatehouse audit)" '(^|[^0-9])0 reachable' 'POL-2: the table says 0 reachable'

as /usr/local/sbin/tcpgate tcp:0.0.0.0:5999
audit m "$tmp/one"
is $? 1 'POL-2: one listener: exit status findings'
holds 'POL-2: 1 reachable from outside' "$tmp/one" 'A["reachable"] == 1'
as /opt-unknown tcp:0.0.0.0:5998
audit m "$tmp/two"
holds 'POL-3: nobody knows it: disable, because unknown' "$tmp/two" \
	'on(5998)[0]["verdict"] == "disable" and "unknown" in on(5998)[0]["reason"].lower()'
holds 'POL-12: nothing is enabled, the listener is reported all the same' "$tmp/two" \
	'on(5998) and not [s for s in by(on(5998)[0]) if s["enabled"]]'

as /usr/sbin/mariadbd tcp:0.0.0.0:3306
as /usr/sbin/lpd tcp:0.0.0.0:515
audit m "$tmp/wild"
holds 'POL-16: a wildcard nobody meant for the world is a finding' "$tmp/wild" \
	'[f for f in F if f["listener"] is not None and L[f["listener"]]["port"] == 3306]'
holds 'POL-16: with the recipe that makes it local' "$tmp/wild" \
	'any(r["kind"] == "localize" and r["text"] for f in F if f["listener"] is not None
	and L[f["listener"]]["port"] == 3306 for r in f["remedies"])'
holds 'POL-1: remedies in their order' "$tmp/wild" \
	'all([r["kind"] for r in f["remedies"]] == sorted((r["kind"] for r in f["remedies"]),
	key=["remove", "disable", "localize", "restrict", "confine"].index) for f in F)'
holds 'POL-5: danger zone, no filter: off' "$tmp/wild" 'on(515)[0]["verdict"] in ("disable", "remove")'

# lpd is needed here: without a packet filter off for now, with one restricted
inside m sh -c 'mkdir -p /etc/gatehouse; printf "Need: lpd\nReason: a printer\n" >/etc/gatehouse/policy'
audit m "$tmp/need" || note "$(head -n 3 "$tmp/need.err")"
holds 'POL-5: needed, no filter: still off for now' "$tmp/need" 'on(515)[0]["verdict"] == "disable"'
if inside m nft -f - <<-X 2>"$tmp/nft.err"
	table inet filter {
		chain input {
			type filter hook input priority 0; policy drop;
			iif lo accept
		}
	}
X
then
	audit m "$tmp/filter"
	holds 'POL-5: needed, and a filter covers the port: restrict' "$tmp/filter" 'on(515)[0]["verdict"] == "restrict"'
	holds 'POL-4: wanted danger is never plain keep' "$tmp/filter" 'on(515)[0]["verdict"] != "keep"'
else
	skip "needs nftables in the kernel" 'POL-5: a filter covers the port'
fi

# CAT: the verdict of a row of the catalog, and how a stated fact changes it (requirements section 15)
inside m nft flush ruleset 2>/dev/null
as /usr/sbin/sshd tcp:0.0.0.0:22
as /usr/lib/postfix/sbin/master tcp:0.0.0.0:25
as /usr/sbin/cupsd tcp:0.0.0.0:631
as /usr/sbin/in.telnetd tcp:0.0.0.0:23
as /usr/sbin/in.fingerd tcp:0.0.0.0:79
inside m sh -c 'echo "Facts: no remote-login no mx no printer" >/etc/gatehouse/policy'
audit m "$tmp/without"
inside m sh -c 'echo "Facts: remote-login mx printer" >/etc/gatehouse/policy'
audit m "$tmp/with"
while read -r port without with; do
	holds "CAT: port $port without its fact: $without" "$tmp/without" "on($port)[0]['verdict'] in '$without'.split('|')"
	holds "CAT: port $port with it: $with" "$tmp/with" "on($port)[0]['verdict'] in '$with'.split('|')"
done <<-X
	22 disable keep
	25 disable keep
	631 disable localize
	23 remove|disable remove|disable
	79 remove|disable remove|disable
X
finish
