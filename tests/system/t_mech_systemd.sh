#!/bin/bash
# A machine with systemd: service, socket, timer and path units, generated ones, login sessions and
# hand-started daemons; enabled, disabled and masked as systemctl says.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_debian systemd

extra=$tmp/extra units=$tmp/extra/etc/systemd/system
mkdir -p "$units/timers.target.wants" "$units/multi-user.target.wants" "$extra/usr/local/sbin"
for name in timer path dotted; do cp "$DOOR" "$extra/usr/local/sbin/door-$name"; done
unit() { printf '%s\n' "${@:2}" >"$units/$1"; }
unit by-timer.service '[Service]' 'ExecStart=/usr/local/sbin/door-timer tcp:0.0.0.0:7001'
unit by-timer.timer '[Timer]' 'OnActiveSec=0' 'AccuracySec=1ms' '[Install]' 'WantedBy=timers.target'
unit by-path.service '[Service]' 'ExecStart=/usr/local/sbin/door-path tcp:0.0.0.0:7002'
unit by-path.path '[Path]' 'PathExists=/etc/passwd' '[Install]' 'WantedBy=multi-user.target'
unit app7.0-fpm.service '[Unit]' 'Description=a dot in the name' '[Service]' \
	'ExecStart=/usr/local/sbin/door-dotted tcp:0.0.0.0:7003' '[Install]' 'WantedBy=multi-user.target'
ln -s ../by-timer.timer "$units/timers.target.wants/by-timer.timer"
ln -s ../by-path.path "$units/multi-user.target.wants/by-path.path"
ln -s ../app7.0-fpm.service "$units/multi-user.target.wants/app7.0-fpm.service"

boot_dir m "$extra:$root"
may_login m
inside m ssh -o StrictHostKeyChecking=no -o BatchMode=yes root@127.0.0.1 \
	'door -d tcp:0.0.0.0:7008' >"$tmp/ssh.log" 2>&1 || note "$(cat "$tmp/ssh.log")"
inside m door -d tcp:0.0.0.0:7009 >/dev/null
for port in 22 25 80 111 3306 7001 7002 7003 7008 7009; do wait_port m tcp $port; done
audit m "$tmp/a"
enabled='lambda name: rec(name, "systemd")[0]["enabled"]'

holds 'service: ssh by its unit file' "$tmp/a" 'caused(22, "systemd", "ssh.service", "/lib/systemd/system/ssh.service")
	or caused(22, "systemd", "ssh.service", "/usr/lib/systemd/system/ssh.service")'
line=$(grep -n ^ExecStart= "$root/lib/systemd/system/ssh.service" | head -n 1 | cut -d: -f1)
holds 'service: the ExecStart line' "$tmp/a" "by(on(22)[0])[0]['line'] == $line"
holds 'service: a dot in the unit name' "$tmp/a" \
	'caused(7003, "systemd", "app7.0-fpm.service", "/etc/systemd/system/app7.0-fpm.service", 4)'
holds 'socket: rpcbind, held by pid 1 and the daemon' "$tmp/a" \
	'caused(111, "systemd", "rpcbind.socket") and all({1} < {o["pid"] for o in l["owners"]} for l in on(111))'
holds 'timer: the service it starts, and the timer' "$tmp/a" \
	'on(7001) and caused(7001, "systemd", "by-timer.service") and by(on(7001)[0])[0]["enabled"]
	and "by-timer.timer" in json.dumps(by(on(7001)[0])) and not on(7001)[0]["orphan"]'
holds 'path: the service it starts, and the path unit' "$tmp/a" \
	'on(7002) and caused(7002, "systemd", "by-path.service") and by(on(7002)[0])[0]["enabled"]
	and "by-path.path" in json.dumps(by(on(7002)[0])) and not on(7002)[0]["orphan"]'
holds 'init script without a unit: tftpd-hpa by the generator' "$tmp/a" \
	'on(69, "udp") and any(s["file"] == "/etc/init.d/tftpd-hpa" for s in by(on(69, "udp")[0]))'
holds 'needrestart 52: started in an ssh login is not sshd' "$tmp/a" \
	'on(7008) and not any("ssh" in s["name"] for s in by(on(7008)[0])) and by(on(7008)[0])[0]["mechanism"] == "session"'
holds 'by hand: nothing enabled is made responsible' "$tmp/a" \
	'on(7009) and not [s for s in by(on(7009)[0]) if s["mechanism"] == "systemd"]'
holds 'START-20: inetd is started by inetd.service' "$tmp/a" 'rec("inetd.service") and rec("inetd.service")[0]["enabled"]'

# socket activation of sshd: pid 1 holds the port
inside m sh -c 'systemctl disable --now ssh.service; systemctl enable --now ssh.socket' 2>/dev/null
wait_port m tcp 22
audit m "$tmp/b"
holds 'socket: ssh.socket, pid 1 alone' "$tmp/b" \
	'caused(22, "systemd", "ssh.socket") and all([o["pid"] for o in l["owners"]] == [1] for l in on(22))'
holds 'socket: offers ssh all the same' "$tmp/b" 'all(l["service"] == "ssh" or l["service"] == "sshd" for l in on(22))'
holds 'service: off after systemctl disable, socket on' "$tmp/b" \
	"rec('ssh.service')[0]['state'].startswith('disabled') and rec('ssh.service')[0]['when'] == 'demand' and ($enabled)('ssh.socket')"

# the mechanism's own switches; what each unit is after that is what systemctl says
inside m sh -c 'systemctl disable --now ssh.socket by-timer.timer by-path.path app7.0-fpm.service
	systemctl mask --now nginx.service rpcbind.socket rpcbind.service
	systemctl disable tftpd-hpa' >/dev/null 2>&1
audit m "$tmp/c"
for unit in ssh.socket by-timer.timer by-path.path app7.0-fpm.service nginx.service rpcbind.socket; do
	holds "off: $unit" "$tmp/c" "not ($enabled)('$unit')"
done
holds 'masked is said' "$tmp/c" '"mask" in json.dumps(rec("nginx.service"))'
holds 'nothing listens there any more' "$tmp/c" 'not on(22) and not on(80) and not on(7003)'
holds 'generated: off after systemctl disable' "$tmp/c" \
	'not any(s["enabled"] for s in S if s["file"] == "/etc/init.d/tftpd-hpa")'

# Every unit file: the word of systemctl is the first of ours. Links are other names, templates none.
inside m sh -c 'systemctl list-unit-files --no-legend --type=service,socket,timer,path 2>/dev/null |
	while read -r name state rest; do [ -L "/lib/systemd/system/$name" ] || echo "$name $state"; done' |
	awk '$1 !~ /@\./ && $2 ~ /^(enabled|disabled|masked|static)$/ { print $1, $2 }' | sort >"$tmp/tool"
query "$tmp/c" '"\n".join(s["name"] + " " + s["state"].split()[0].rstrip(";")
	for s in S if s["mechanism"] == "systemd" and s["state"])' | sort >"$tmp/ours"
[ "$(wc -l <"$tmp/tool")" -gt 40 ]
ok $? "systemctl lists $(wc -l <"$tmp/tool") units"
is "$(comm -23 "$tmp/tool" "$tmp/ours")" "" 'every unit is what systemctl list-unit-files says'
finish
