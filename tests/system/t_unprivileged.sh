#!/bin/bash
# Without root: every socket is there; owners and causes are those root sees, or said to be not
# visible; exit status 3. Nothing is made up.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"

compare() { # compare NAME: root's audit against the one of nobody
	local name=$1
	inside "$name" setpriv --reuid 65534 --regid 65534 --clear-groups door -d tcp:0.0.0.0:7007 >/dev/null
	wait_port "$name" tcp 7007
	audit "$name" "$tmp/$name.root" --netns self
	inside "$name" setpriv --reuid 65534 --regid 65534 --clear-groups \
		gatehouse audit --format json --netns self >"$tmp/$name.user" 2>"$tmp/$name.err"
	is $? 3 "$name: exit status 3"
	holds "$name: says what could not be seen" "$tmp/$name.user" 'any(d["level"] == "unseen" for d in A["diagnostics"])'
	holds "$name: not complete, and says so" "$tmp/$name.user" 'A["complete"] is False and A["privileged"] is False'
	holds "$name: the same TCP and UDP sockets" "$tmp/$name.user" "(lambda key, other:
		sorted(map(key, [l for l in L if l['protocol'] in ('tcp', 'udp')]))
		== sorted(map(key, [l for l in other if l['protocol'] in ('tcp', 'udp')])))(
		lambda l: (l['protocol'], l['address'], l['port'], l['device'] or '', l['inode']),
		json.load(open('$tmp/$name.root'))['listeners'])"
	holds "$name: no owner that root does not see" "$tmp/$name.user" "(lambda known:
		all({o['pid'] for o in l['owners']} <= known.get(l['inode'], set()) for l in L if l['inode'] and l['protocol'] in ('tcp', 'udp')))(
		{l['inode']: {o['pid'] for o in l['owners']} for l in json.load(open('$tmp/$name.root'))['listeners']})"
	holds "$name: no owner means hidden" "$tmp/$name.user" \
		'all(l["owners"] or l["owners_state"] in ("hidden", "kernel") for l in L if l["protocol"] in ("tcp", "udp"))'
	holds "$name: its own socket with its owner" "$tmp/$name.user" \
		'len(on(7007)) == 1 and exes(on(7007)[0]) == ["door"] and on(7007)[0]["owners"][0]["user"] == "nobody"'
	holds "$name: no cause that root does not see, but as a guess" "$tmp/$name.user" "(lambda known:
		[(l['port'], s['name']) for l in L if l['protocol'] in ('tcp', 'udp') for c in l['started_by'] if not c['guess']
		for s in [S[c['start']]] if (l['inode'], s['mechanism'], s['name']) not in known])(
		(lambda R: {(l['inode'], R['starts'][i]['mechanism'], R['starts'][i]['name'])
		for l in R['listeners'] for i in l['starts']})(json.load(open('$tmp/$name.root')))) == []"
	like "$(inside "$name" setpriv --reuid 65534 --regid 65534 --clear-groups gatehouse audit 2>&1)" \
		'not visible' "$name: the table says not visible"
}

need_debian systemd
boot m1 systemd
for port in 22 80 111 3306; do wait_port m1 tcp $port; done
compare m1
holds 'm1: sockets of others with their unit by cgroup v2' "$tmp/m1.user" \
	'caused(22, "systemd", "ssh.service") and caused(80, "systemd", "nginx.service")'
boot m2 sysv
for port in 22 80; do wait_port m2 tcp $port; done
compare m2
finish
