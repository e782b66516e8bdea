#!/bin/bash
# gatehouse audit --root DIR on Debian roots of four inits: the enabled sets are those that the
# real tools give, run in the same root; no sockets; exit statuses.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_root

audit_root() { # NAME: its root audited from outside, as JSON
	"$GATEHOUSE" audit --root "$root" --format json >"$tmp/$1" 2>"$tmp/$1.err"
	status=$?
	[ $status -le 1 ]
	ok $? "$1: exit status 0 or 1, got $status" || note "$(head -n 5 "$tmp/$1.err")"
	holds "$1: complete, no sockets, a schema" "$tmp/$1" 'A["complete"] is True and L == [] and A["schema"] == 1'
	holds "$1: every file it names is there" "$tmp/$1" \
		"[s['file'] for s in S if s['file'] and not os.path.lexists('$root' + s['file'])] == []"
}
names() { # names NAME MECHANISM: what ours has enabled
	query "$tmp/$1" "'\n'.join(sorted({s['name'] for s in S if s['mechanism'] == '$2' and s['enabled']}))" |
		sed '/^$/d'
}

need_debian systemd
audit_root systemd
machine_up sd "$root" sh -c 'exec sleep 1000'
inside sd sh -c 'systemctl --root=/ list-unit-files --no-legend --type=service,socket,timer,path 2>/dev/null |
	while read -r name state rest; do [ -L "/lib/systemd/system/$name" ] || echo "$name $state"; done' |
	awk '$1 !~ /@\./ && $2 ~ /^(enabled|disabled|masked|static)$/ { print $1, $2 }' | sort >"$tmp/tool"
[ "$(wc -l <"$tmp/tool")" -gt 20 ]
ok $? "systemd: systemctl --root lists its units"
query "$tmp/systemd" '"\n".join(s["name"] + " " + s["state"].split()[0].rstrip(";")
	for s in S if s["mechanism"] == "systemd" and s["state"])' | sort >"$tmp/ours"
is "$(comm -23 "$tmp/tool" "$tmp/ours")" "" "systemd: enabled and disabled units as systemctl says"
machine_down sd

need_debian sysv
audit_root sysv
(cd "$root" && find etc/rc2.d etc/rcS.d -name 'S[0-9][0-9]*') | sed 's,.*/S[0-9][0-9],,' | sort -u >"$tmp/tool"
is "$(comm -23 "$tmp/tool" <(names sysv sysv))" "" 'sysv: every S link is an enabled record'
is "$(comm -13 <((cd "$root" && find etc/rc?.d -name 'S[0-9][0-9]*') | sed 's,.*/S[0-9][0-9],,' | sort -u) \
	<(names sysv sysv))" "" 'sysv: nothing else is'
holds 'sysv: scripts without a link are listed, off (AUD-25)' "$tmp/sysv" \
	"set(n for n in os.listdir('$root/etc/init.d') if os.access('$root/etc/init.d/' + n, os.X_OK) and n not in ('rc', 'rcS'))
	<= {s['name'] for s in S if s['mechanism'] == 'sysv'}"
holds 'sysv: README is no script (needrestart 116)' "$tmp/sysv" "not rec('README') and not rec('skeleton')"
holds 'sysv: inittab lines' "$tmp/sysv" \
	"{s['name'] for s in S if s['mechanism'] == 'inittab' and s['enabled']} >=
	{w.split(':')[0] for w in open('$root/etc/inittab') if ':respawn:' in w and not w.startswith('#') and '2' in w.split(':')[1]}"

need_debian openrc
audit_root openrc
machine_up rc "$root" sh -c 'exec sleep 1000'
inside rc rc-update show | awk -F'|' '$2 ~ /boot|default|sysinit/ { gsub(/ /, "", $1); print $1 }' | sort -u >"$tmp/tool"
is "$(comm -23 "$tmp/tool" <(names openrc openrc))" "" 'openrc: every script of rc-update show'
grep -hE '^[[:space:]]*service[[:space:]]' "$root"/etc/xinetd.d/* | awk '{ print $2 }' | sort -u >"$tmp/tool"
is "$(query "$tmp/openrc" '"\n".join(sorted({s["name"] for s in S if s["mechanism"] == "xinetd"}))')" "$(cat "$tmp/tool")" \
	'xinetd: every service block'
is "$(names openrc xinetd)" "" 'xinetd: none is on, as Debian ships them'
machine_down rc

need_debian runit
audit_root runit
find "$root/etc/runit/runsvdir/default/" -mindepth 1 -printf '%f\n' | sort >"$tmp/tool"
while read -r name; do [ -e "$root/etc/sv/$name/down" ] || echo "$name"; done <"$tmp/tool" >"$tmp/on"
is "$(comm -23 "$tmp/on" <(names runit runit))" "" 'runit: every service directory'

holds 'catalog: what is switched on and not needed is a finding with a reason' "$tmp/sysv" \
	'{f["service"] for f in F if f["verdict"] in ("disable", "remove") and f["reason"] and f["start"] is not None}
	>= {"portmap", "sshd", "nginx", "tftp"}'

# Exit statuses.
"$GATEHOUSE" audit --root "$tmp/nothing" --format json >/dev/null 2>"$tmp/err"
is $? 2 'a root that does not exist is 2'
like "$(cat "$tmp/err")" "$tmp/nothing" 'and is named'
"$GATEHOUSE" audit --root "$tmp/err" --format json >/dev/null 2>&1
is $? 2 'a root that is a file is 2'
mkdir "$tmp/empty"
"$GATEHOUSE" audit --root "$tmp/empty" --format json >"$tmp/e.json" 2>/dev/null
is $? 0 'an empty root is fine'
holds 'an empty root starts nothing' "$tmp/e.json" 'S == [] and L == [] and F == []'
"$GATEHOUSE" audit --format nonsense >/dev/null 2>&1
is $? 2 'an unknown format is 2'
"$GATEHOUSE" audit --nonsense >/dev/null 2>&1
is $? 2 'an unknown option is 2'
finish
