#!/bin/bash
# A machine with OpenRC and xinetd: attribution, and off by their own tools.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_debian openrc

extra=$tmp/extra
mkdir -p "$extra/etc/xinetd.d"
printf 'service telnet\n{\n\tsocket_type = stream\n\tprotocol = tcp\n\twait = no\n\tuser = root\n\tserver = /usr/sbin/telnetd\n}\n' \
	>"$extra/etc/xinetd.d/telnet"
sed 's/disable.*/disable = no/' "$root/etc/xinetd.d/daytime" >"$extra/etc/xinetd.d/daytime"
boot_dir m "$extra:$root"
for port in 13 22 23 80 111; do wait_port m tcp $port; done
audit m "$tmp/a"

holds 'openrc: ssh by its script' "$tmp/a" 'caused(22, "openrc", "ssh", "/etc/init.d/ssh")'
holds 'openrc: nginx, enabled in default' "$tmp/a" 'caused(80, "openrc", "nginx") and by(on(80)[0])[0]["enabled"]'
holds 'openrc: rpcbind' "$tmp/a" 'caused(111, "openrc", "rpcbind")'
line=$(grep -n ^service "$extra/etc/xinetd.d/daytime" | cut -d: -f1 | head -n 1)
holds 'xinetd: service block without disable (AUD-23)' "$tmp/a" \
	'caused(23, "xinetd", "telnet", "/etc/xinetd.d/telnet", 1) and exes(on(23)[0]) == ["xinetd"]'
holds 'xinetd: disable = no' "$tmp/a" "caused(13, 'xinetd', None, '/etc/xinetd.d/daytime', $line)"
holds 'xinetd: the disabled ones are off' "$tmp/a" \
	'rec("chargen", "xinetd") and not any(s["enabled"] for s in rec("chargen", "xinetd"))'
holds 'START-20: xinetd is started by its script' "$tmp/a" 'S[by(on(23)[0])[0]["via"]]["file"] == "/etc/init.d/xinetd" and S[by(on(23)[0])[0]["via"]]["enabled"]'
holds 'rcN.d links are dormant under OpenRC' "$tmp/a" \
	'not [l for l in L for s in by(l)[:1] if s["mechanism"] == "sysv"]'

# every enabled script as rc-update has it
inside m rc-update show | sed -n 's/^ *\([^ |]*\) |.*[a-z].*/\1/p' | sort -u >"$tmp/tool"
query "$tmp/a" '"\n".join(sorted({s["name"] for s in S if s["mechanism"] == "openrc" and s["enabled"]}))' >"$tmp/ours"
inside m rc-update show | awk -F'|' '$2 ~ /boot|default|sysinit/ { gsub(/ /, "", $1); print $1 }' | sort -u >"$tmp/tool"
is "$(comm -13 "$tmp/ours" "$tmp/tool")" "" 'openrc: no script of rc-update show is missing'
is "$(comm -23 "$tmp/ours" <(inside m rc-update show | awk -F'|' '{ gsub(/ /, "", $1); print $1 }' | sort -u))" "" \
	'openrc: none is invented'

inside m rc-update del nginx default >/dev/null
inside m sh -c 'sed -i "s/server = .*/&\n\tdisable = yes/" /etc/xinetd.d/telnet
	kill -HUP $(cat /run/xinetd.pid /var/run/xinetd.pid 2>/dev/null | head -n 1)'
telnet_closed() { ! port_open m tcp 23; }
until_true 10 telnet_closed
audit m "$tmp/b"
holds 'openrc: off after rc-update del' "$tmp/b" 'not any(s["enabled"] for s in rec("nginx", "openrc"))'
holds 'xinetd: off after disable = yes and HUP' "$tmp/b" \
	'not on(23) and rec("telnet", "xinetd") and not any(s["enabled"] for s in rec("telnet", "xinetd"))'
finish
