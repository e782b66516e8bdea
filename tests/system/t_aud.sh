#!/bin/bash
# What the audit must show (requirements AUD-1 to AUD-36): sockets of every kind in a machine where
# nothing else listens. Expected values are what was asked of the kernel, or what ss(8) says.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
empty_machine m bare

door() { inside m door -d "$@" | sed -n 's/^missing/# this kernel lacks/p'; }
inside m sh -c 'cp /usr/local/sbin/door /usr/local/sbin/gone'
door tcp:0.0.0.0:22 "tcp:[::]:22,v6only" "tcp:[::]:80" udp:0.0.0.0:69 "udp:[::]:70,v6only" tcp:0.0.0.0:1694
door tcp:127.0.0.1:25 tcp:127.5.5.5:26 "tcp:[::1]:631" tcp:192.168.7.1:53 tcp:203.0.113.1:53 \
	"tcp:[fd00:7::1]:443" "tcp:[2001:db8::1]:443"
door raw:1 raw6:58 packet:0x88cc unix:/run/door unix:@door dgram:/run/door-d seqpacket:/run/door-s
door mptcp:0.0.0.0:8080 >"$tmp/mptcp"
door udplite:0.0.0.0:7070 >"$tmp/udplite"
door sctp:0.0.0.0:7071 >"$tmp/sctp"
door tcp:0.0.0.0:81,dev=lo
door -f 5 -u 33 tcp:0.0.0.0:90
door -p tcp:0.0.0.0:91
inside m /usr/local/sbin/gone -d tcp:0.0.0.0:92 >/dev/null
inside m rm /usr/local/sbin/gone
door -t 'sendmail: accepting connections' tcp:0.0.0.0:93
door -c tcp:127.0.0.1:94
inside m unshare -n door -d tcp:0.0.0.0:95 >/dev/null
long=$(printf '%0300d' 0)
inside m sh -c "exec -a 'door-$long' /usr/local/sbin/door -d tcp:0.0.0.0:96" >/dev/null 2>&1 ||
	inside m bash -c "exec -a 'door-$long' /usr/local/sbin/door -d tcp:0.0.0.0:96" >/dev/null
prefork() { [ "$(inside m pgrep -c -u 33)" = 5 ]; }
until_true 5 prefork
audit m "$tmp/a"
is $? 1 'AUD-38: there are findings: exit status 1'

holds 'AUD-1: protocol, queues, addresses, state' "$tmp/a" \
	'all({"protocol", "recv_queue", "send_queue", "address", "port", "state"} <= set(l) for l in L)
	and on(22)[0]["state"] == "LISTEN" and on(22)[0]["send_queue"] == 16'
holds 'AUD-1: PID and program' "$tmp/a" 'all(exes(l) == ["door"] for l in on(22)) and on(22)[0]["owners"][0]["pid"] > 0'
holds 'AUD-4: raw sockets with protocol number and owner' "$tmp/a" \
	'[exes(l) for l in on(1, "raw") + on(1, "icmp") if l["family"] == "inet"] == [["door"]]'
holds 'AUD-5: UDP without a state' "$tmp/a" 'len(on(69, "udp")) == 1'
holds 'AUD-6: IPv4 and IPv6 are two rows' "$tmp/a" \
	'sorted(l["family"] for l in on(22)) == ["inet", "inet6"]'
holds 'AUD-7: loopback, wildcard, one address' "$tmp/a" \
	'[l["reach"] for l in on(25) + on(631)] == ["host", "host"] and all(l["reach"] == "anyone" for l in on(22))'
holds 'AUD-8: all of 127/8 is this host' "$tmp/a" 'on(26)[0]["address"] == "127.5.5.5" and on(26)[0]["reach"] == "host"'
holds 'AUD-8: private and public addresses' "$tmp/a" \
	'{l["address"]: l["reach"] for l in on(53) + on(443)} == {"192.168.7.1": "private", "203.0.113.1": "anyone",
	"fd00:7::1": "private", "2001:db8::1": "anyone"}'
holds 'AUD-9: v6only, and an IPv6 wildcard that takes IPv4' "$tmp/a" \
	'on(80)[0]["v6only"] is False and on(80)[0]["also_ipv4"] is True
	and [l["v6only"] for l in on(22) if l["family"] == "inet6"] == [True]'
holds 'AUD-10: descriptor of each owner' "$tmp/a" 'all(o["fd"] >= 0 for l in on(22) for o in l["owners"])'
holds 'AUD-11: a preforking server: one row, six owners, both users' "$tmp/a" \
	'len(on(90)) == 1 and len(on(90)[0]["owners"]) == 6 and {o["user"] for o in on(90)[0]["owners"]} == {"root", "www-data"}'
holds 'AUD-11: a passed descriptor: its present owner only' "$tmp/a" 'len(on(91)) == 1 and len(on(91)[0]["owners"]) == 1'
holds 'AUD-12: one process, many ports' "$tmp/a" \
	'len({o["pid"] for p in (22, 80, 1694) for l in on(p) for o in l["owners"]}) == 1'
holds 'AUD-13: 1694 has no name' "$tmp/a" 'on(1694)[0]["service"] is None'
holds 'AUD-14: one service on two addresses is two sockets' "$tmp/a" 'len(on(53)) == 2'
holds 'AUD-15: title and real program' "$tmp/a" \
	'on(93)[0]["owners"][0]["title"] == "sendmail: accepting connections" and on(93)[0]["owners"][0]["exe"] == "/usr/local/sbin/door"'
holds 'AUD-16: absolute path; a deleted program is flagged' "$tmp/a" \
	'on(92)[0]["owners"][0]["exe"] == "/usr/local/sbin/gone" and on(92)[0]["owners"][0]["exe_deleted"] is True'
holds 'AUD-31: a long command line is whole' "$tmp/a" "'$long' in on(96)[0]['owners'][0]['title']"
holds 'AUD-36: tcp, udp, raw, raw6, packet and unix in one call' "$tmp/a" \
	'all([l for l in L if f(l)] for f in (lambda l: l["protocol"] == "tcp", lambda l: l["protocol"] == "udp",
	lambda l: l["protocol"] in ("raw", "icmp") and l["family"] == "inet",
	lambda l: l["protocol"] in ("raw", "icmp") and l["family"] == "inet6",
	lambda l: l["family"] == "packet", lambda l: l["address"] == "/run/door", lambda l: l["address"] == "@door"))'
holds 'AUD-36: a bound device' "$tmp/a" 'on(81)[0]["device"] == "lo" and on(81)[0]["reach"] == "host"'
for kind in mptcp:8080 udplite:7070 sctp:7071; do
	if [ -s "$tmp/${kind%:*}" ]; then
		skip "$(sed 's/^# //' "$tmp/${kind%:*}")" "AUD-36: ${kind%:*}"
	else
		holds "AUD-36: ${kind%:*} is one row" "$tmp/a" \
			"len([l for l in L if l['port'] == ${kind#*:}]) == 1 and on(${kind#*:}, '${kind%:*}')"
	fi
done
holds 'AUD-36: another network namespace' "$tmp/a" \
	'len(on(95)) == 1 and on(95)[0]["netns"] != on(22)[0]["netns"] and exes(on(95)[0]) == ["door"]'
audit m "$tmp/self" --netns self
holds 'AUD-36: --netns self leaves that out' "$tmp/self" 'not on(95) and on(22)'
holds 'AUD-28: nobody started that, and it is said' "$tmp/a" \
	'all(l["no_start"] or by(l)[0]["mechanism"] in ("manual", "session", "container") for l in on(22))'
holds 'AUD-2: no established ones among the listeners' "$tmp/a" 'len(on(94)) == 1 and on(94)[0]["state"] == "LISTEN"'

# AUD-1, 2, 3: queues with something in them, as ss(8) has them; established rows only when asked for
inside m bash -c 'exec 5<>/dev/tcp/127.0.0.1/1694; echo hello >&5; exec sleep 1000' </dev/null 2>/dev/null &
children+=($!)
until_true 5 inside m sh -c 'ss -Htn state established | grep -q "127.0.0.1:1694 "'
like "$(inside m gatehouse sockets -n --format plain)" '^tcp	1	16	0\.0\.0\.0:1694	0\.0\.0\.0:\*	LISTEN	' 'AUD-1: one waits to be accepted'
unlike "$(inside m gatehouse sockets -n --format plain)" ESTABLISHED 'AUD-3: only servers'
like "$(inside m gatehouse sockets -an --format plain)" '^tcp	6	0	127\.0\.0\.1:1694	127\.0\.0\.1:[0-9]+	ESTABLISHED	' \
	'AUD-2, AUD-3: established ones too, with six bytes unread'
like "$(inside m gatehouse sockets --format plain)" '^raw	0	0	0\.0\.0\.0:1	.*	7	[0-9]+/door root' 'AUD-4: a raw socket in state 7'
is "$(inside m gatehouse sockets --view fd --format plain | grep -c '\*:90 (LISTEN)$')" 6 'AUD-11: six rows per descriptor'
is "$(inside m gatehouse sockets --format plain | grep -c ':90	')" 1 'AUD-11: one row per port'

# AUD-33: names are not asked for
specs=()
for ((i = 0; i < 50; i++)); do specs+=("tcp:0.0.0.0:$((20000 + i))"); done
door "${specs[@]}"
inside m sh -c 'echo "nameserver 203.0.113.77" >/etc/resolv.conf'
took=9999999
for _ in 1 2 3; do # the best of three: other tests run beside this one
	begun=${EPOCHREALTIME/./}
	audit m "$tmp/b"
	begun=$((${EPOCHREALTIME/./} - begun))
	[ $begun -lt $took ] && took=$begun
done
[ $took -lt 1000000 ]
ok $? 'AUD-33: 50 sockets more, no resolver: under a second' || note "took $took us"
holds 'AUD-33: all 50 are there' "$tmp/b" 'len([l for l in L if 20000 <= (l["port"] or 0) < 20050]) == 50'

# AUD-24, 26, 27: runlevel directories of a machine that is not running
dir=$tmp/levels
mkdir -p "$dir/etc/rc.d/init.d" "$dir/etc/rc.d/rc3.d"
echo 'id:3:initdefault:' >"$dir/etc/inittab"
for name in radvd routed random rhnsd unlinked; do
	printf '#!/bin/sh\n' >"$dir/etc/rc.d/init.d/$name"
	chmod 755 "$dir/etc/rc.d/init.d/$name"
done
for link in K46radvd K55routed S20random S97rhnsd; do ln -s "../init.d/${link:3}" "$dir/etc/rc.d/rc3.d/$link"; done
"$GATEHOUSE" audit --root "$dir" --format json >"$tmp/levels.json" 2>/dev/null
holds 'AUD-24: S and K links, order, name' "$tmp/levels.json" \
	'{s["name"]: s["enabled"] for s in S if s["mechanism"] == "sysv"} ==
	{"radvd": False, "routed": False, "random": True, "rhnsd": True, "unlinked": False}
	and "20" in rec("random")[0]["state"] and "46" in rec("radvd")[0]["state"]'
holds 'AUD-25: a script without a link is installed, not started' "$tmp/levels.json" 'rec("unlinked")[0]["file"] == "/etc/rc.d/init.d/unlinked"'
holds 'AUD-26: default runlevel' "$tmp/levels.json" 'A["default_runlevel"] == "3"'

# AUD-22, 23: active entries of the super-servers
dir=$tmp/super
mkdir -p "$dir/etc/xinetd.d" "$dir/usr/sbin"
printf '%s\n' 'ftp 21/tcp' 'telnet 23/tcp' 'time 37/udp' 'finger 79/tcp' 'exec 512/tcp rexec' 'login 513/tcp rlogin' \
	'shell 514/tcp rsh' >"$dir/etc/services"
for name in tcpd in.ftpd in.telnetd in.finger in.rexec in.rlogin in.rsh in.telnet in.wu-ftpd; do
	install -m 755 /dev/null "$dir/usr/sbin/$name"
done
printf '#ftp stream tcp nowait root /usr/sbin/tcpd in.ftpd\ntelnet stream tcp nowait root /usr/sbin/tcpd in.telnetd\n\n# x\ntime dgram udp wait root internal\n' \
	>"$dir/etc/inetd.conf"
echo 'includedir /etc/xinetd.d' >"$dir/etc/xinetd.conf"
for name in finger rexec rlogin rsh telnet wu-ftpd; do
	printf 'service %s\n{\n\tdisable = no\n\tsocket_type = stream\n\twait = no\n\tuser = root\n\tserver = /usr/sbin/in.%s\n}\n' \
		"${name/wu-ftpd/ftp}" "$name" >"$dir/etc/xinetd.d/$name"
done
"$GATEHOUSE" audit --root "$dir" --format json >"$tmp/super.json" 2>/dev/null
holds 'AUD-22: the two active lines of inetd.conf' "$tmp/super.json" \
	'sorted((s["name"], s["line"]) for s in S if s["mechanism"] == "inetd" and s["enabled"]) == [("telnet", 2), ("time", 5)]'
holds 'AUD-23: six active xinetd entries with their files' "$tmp/super.json" \
	'sorted(s["file"] for s in S if s["mechanism"] == "xinetd" and s["enabled"]) ==
	["/etc/xinetd.d/" + n for n in ("finger", "rexec", "rlogin", "rsh", "telnet", "wu-ftpd")]'
finish
