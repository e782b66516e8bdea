#!/bin/bash
# A machine with sysvinit: each of its start mechanisms is named with file and line, and shown off
# after its own tool switched it off. inittab, rcN.d, inetd, daemontools, s6, cron, rc.local, by hand.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
need_debian sysv

# What the administrator of that machine has added.
extra=$tmp/extra
mkdir -p "$extra/etc/cron.d" "$extra/etc/service/dt" "$extra/etc/sv-dt" "$extra/usr/local/sbin" "$extra/srv/s6/six"
sed '$ a door:2345:respawn:/usr/local/sbin/door-inittab tcp:0.0.0.0:7001\nsix:2345:respawn:/usr/bin/s6-svscan /srv/s6' \
	"$root/etc/inittab" >"$extra/etc/inittab"
for name in inittab cron local dt six; do cp "$DOOR" "$extra/usr/local/sbin/door-$name"; done
printf 'SHELL=/bin/sh\n\n@reboot root /usr/local/sbin/door-cron -d tcp:0.0.0.0:7002\n' >"$extra/etc/cron.d/door"
printf '#!/bin/sh\n# local things\n/usr/local/sbin/door-local -d tcp:0.0.0.0:7003\nexit 0\n' >"$extra/etc/rc.local"
printf '#!/bin/sh\nexec /usr/local/sbin/door-dt tcp:0.0.0.0:7004\n' >"$extra/etc/service/dt/run"
printf '#!/bin/sh\nexec /usr/local/sbin/door-six tcp:0.0.0.0:7005\n' >"$extra/srv/s6/six/run"
chmod 755 "$extra/etc/rc.local" "$extra/etc/service/dt/run" "$extra/srv/s6/six/run"
printf '# two services\ndaytime\tstream\ttcp\tnowait\troot\tinternal\ntelnet\tstream\ttcp\tnowait\troot\t/usr/sbin/tcpd\t/usr/sbin/telnetd\n' \
	>"$extra/etc/inetd.conf"
mkdir -p "$extra/etc/init.d"
line_of() { grep -n -e "$1" "$2" | head -n 1 | cut -d: -f1; }

boot_dir m "$extra:$root"
inside m door -d tcp:0.0.0.0:7009 >/dev/null
for port in 22 23 13 80 7001 7002 7003 7004 7005 7009; do wait_port m tcp $port; done
audit m "$tmp/a"

holds 'sysv: ssh by its init script' "$tmp/a" \
	'caused(22, "sysv", "ssh", "/etc/init.d/ssh") and by(on(22)[0])[0]["enabled"]'
holds 'sysv: nginx, with all its owners' "$tmp/a" \
	'caused(80, "sysv", "nginx") and all(exes(l) == ["nginx"] and len(l["owners"]) > 1 for l in on(80))'
holds 'inittab: respawn line' "$tmp/a" \
	"caused(7001, 'inittab', 'door', '/etc/inittab', $(line_of ^door: "$extra/etc/inittab"))"
holds 'cron: @reboot line' "$tmp/a" 'caused(7002, "cron", None, "/etc/cron.d/door", 3)'
holds 'rc.local: its line' "$tmp/a" 'caused(7003, "rc.local", None, "/etc/rc.local", 3)'
holds 'daemontools: service directory' "$tmp/a" 'caused(7004, "daemontools", "dt", "/etc/service/dt/run")'
holds 's6: service directory' "$tmp/a" 'caused(7005, "s6", "six", "/srv/s6/six/run")'
holds 'inetd: line of telnet' "$tmp/a" \
	'caused(23, "inetd", "telnet", "/etc/inetd.conf", 3) and exes(on(23)[0]) == ["inetd"]'
holds 'inetd: line of an internal service' "$tmp/a" 'caused(13, "inetd", "daytime", "/etc/inetd.conf", 2)'
holds 'inetd: the program behind the line, not tcpd' "$tmp/a" \
	'by(on(23)[0])[0]["command"][0] in ("/usr/sbin/telnetd", "/usr/sbin/tcpd") and on(23)[0]["service"] == "telnet"'
holds 'START-20: inetd itself is started by its init script' "$tmp/a" \
	'any(s["mechanism"] == "sysv" and s["file"] == "/etc/init.d/openbsd-inetd" and s["enabled"] for s in S)'
holds 'START-20: the row of a super-server shows its own starter' "$tmp/a" \
	'S[by(on(23)[0])[0]["via"]]["file"] == "/etc/init.d/openbsd-inetd" and S[by(on(23)[0])[0]["via"]]["enabled"]'
holds 'START-11: started by hand has no enabled record' "$tmp/a" \
	'len(on(7009)) == 1 and not [s for s in by(on(7009)[0]) if s["enabled"] and s["mechanism"] not in ("session", "manual")]'

# The mechanism's own switch.
inside m update-rc.d ssh disable 2>/dev/null
inside m update-inetd --disable telnet
inside m sed -i 's/^door:/#door:/' /etc/inittab
inside m telinit q
inside m sed -i 's/^@reboot/#@reboot/' /etc/cron.d/door
inside m chmod -x /etc/rc.local
inside m touch /etc/service/dt/down /srv/s6/six/down
inside m svc -d /etc/service/dt
inside m s6-svc -d /srv/s6/six
port_closed() { ! port_open "$@"; }
for port in 23 7001 7004 7005; do until_true 20 port_closed m tcp $port || note "port $port stays open"; done
audit m "$tmp/b"

holds 'sysv: off after update-rc.d disable' "$tmp/b" \
	'rec("ssh", "sysv") and not any(s["enabled"] for s in rec("ssh", "sysv"))'
holds 'inetd: off after update-inetd --disable, others stay' "$tmp/b" \
	'not on(23) and not any(s["enabled"] for s in rec("telnet", "inetd")) and all(s["enabled"] for s in rec("daytime", "inetd"))'
holds 'inittab: gone after a comment sign and telinit q' "$tmp/b" \
	'not on(7001) and not any(s["enabled"] for s in rec("door", "inittab"))'
holds 'cron: commented line starts nothing' "$tmp/b" \
	'not any(s["enabled"] for s in S if s["file"] == "/etc/cron.d/door")'
holds 'rc.local: not executable, not run' "$tmp/b" \
	'not any(s["enabled"] for s in S if s["mechanism"] == "rc.local" and "door-local" in str(s["command"]))'
holds 'daemontools: off by svc -d and a down file' "$tmp/b" \
	'not on(7004) and rec("dt", "daemontools") and not rec("dt", "daemontools")[0]["enabled"]'
holds 's6: off by s6-svc -d and a down file' "$tmp/b" \
	'not on(7005) and rec("six", "s6") and not rec("six", "s6")[0]["enabled"]'
holds 'still running, not coming back: said of ssh' "$tmp/b" \
	'on(22) and all(l["orphan"] for l in on(22))'
finish
