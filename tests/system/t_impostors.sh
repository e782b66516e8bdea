#!/bin/bash
# What a user without rights can do on a running machine to be taken for a service that the policy
# wants, to learn from root's audit what he may not read, or to keep it from coming to an end.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
empty_machine m bare
inside m sh -c 'echo "eve:x:1007:1007::/home/eve:/bin/sh" >>/etc/passwd
	echo "canary:\$6\$canarysecret:19000:0:99999:7:::" >>/etc/shadow; chmod 600 /etc/shadow
	mkdir -p /home/eve /etc/gatehouse; chown 1007 /home/eve
	printf "Need: sshd\nReason: remote login\n" >/etc/gatehouse/policy'
user() { inside m setpriv --reuid 1007 --regid 1007 --clear-groups env -C /home/eve HOME=/home/eve "$@" </dev/null; }
eve() { user sh -c "cp /usr/local/sbin/door $1; exec $1 -d ${*:2}" >/dev/null; }

# names
inside m sh -c 'cp /usr/local/sbin/door /usr/sbin/sshd; exec /usr/sbin/sshd -d tcp:0.0.0.0:22' >/dev/null
eve /home/eve/sshd tcp:0.0.0.0:2201
user sh -c '/home/eve/sshd -d -t "/usr/sbin/sshd -D" tcp:0.0.0.0:2202' >/dev/null
user sh -c 'cp /usr/local/sbin/door /tmp/sshd && chmod 755 /tmp/sshd && exec /tmp/sshd -d tcp:0.0.0.0:2203' >/dev/null
user unshare --user --map-root-user --mount sh -c 'mount --bind /home/eve/sshd /usr/sbin/sshd &&
	exec /usr/sbin/sshd -d tcp:0.0.0.0:2204' >/dev/null 2>"$tmp/unshare" || note "$(cat "$tmp/unshare")"
audit m "$tmp/names"
holds "the machine's own sshd is kept" "$tmp/names" 'on(22)[0]["service"] == "sshd" and on(22)[0]["verdict"] == "keep"'
for port in 2201 2202 2203 2204; do
	[ $port = 2204 ] && ! port_open m tcp 2204 && { skip "needs user namespaces" "2204"; continue; }
	holds "a user's file called sshd is not sshd ($port)" "$tmp/names" \
		"on($port)[0]['service'] is None and on($port)[0]['verdict'] == 'disable'"
done

# what root may read
inside m sh -c 'cp /bin/bash /usr/sbin/xinetd'
user cp /bin/bash /home/eve/inetd
# shellcheck disable=SC2016
user sh -c '/usr/sbin/xinetd -c "/home/eve/sshd tcp:0.0.0.0:2210; true" -f /etc/shadow >/dev/null 2>&1 &
	/home/eve/inetd -c "/home/eve/sshd tcp:0.0.0.0:2211; true" /etc/shadow >/dev/null 2>&1 &
	mkdir -p .config/systemd/user/y.service.d
	cd .config/systemd/user && ln -s /etc/shadow x.service && ln -s /etc/shadow z.socket &&
	ln -s /etc/shadow y.service.d/a.conf &&	printf "[Service]\nExecStart=/bin/y\n" >y.service'
inside m sh -c 'ls /home/eve/.config/systemd/user' >"$tmp/ls" 2>&1
like "$(cat "$tmp/ls")" 'x.service' 'the links are there'
wait_port m tcp 2211
inside m gatehouse audit --format json --verbose >"$tmp/leak" 2>"$tmp/leak.err"
inside m gatehouse starts >"$tmp/starts" 2>&1
unlike "$(cat "$tmp/leak" "$tmp/leak.err" "$tmp/starts")" 'canary|shadow:[0-9]' 'nothing of /etc/shadow is shown'
holds "the user's own units are read" "$tmp/leak" 'rec("y.service")'
holds 'who calls himself inetd has no lines' "$tmp/leak" 'on(2211) and not [s for s in S if s["file"] == "/etc/shadow"]'

# a thread that holds the socket alone
eve /home/eve/x -T tcp:0.0.0.0:2215
for how in threads auto; do
	audit m "$tmp/thread" --owners $how
	holds "a thread's own descriptors are seen ($how)" "$tmp/thread" \
		'on(2215)[0]["owners_state"] == "seen" and on(2215)[0]["service"] is None'
done

# too much
user sh -c 'cd .config/systemd/user && for i in $(seq 400); do
	printf "[Service]\nExecStart=/home/eve/sshd\n[Install]\nWantedBy=default.target\n" >u$i.service
	truncate -s 16M v$i.service; done'
# shellcheck disable=SC2016
user perl -MSocket -MPOSIX -e 'open(STDOUT, ">/dev/null"); open(STDERR, ">/dev/null"); fork && exit;
	socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(2220, INADDR_ANY)); listen($s, 9);
	1 while defined POSIX::dup(fileno $s); sleep 1000' || note "no perl"
wait_port m tcp 2220
# a thousand processes with a hundred thousand words each, all at one socket
# shellcheck disable=SC2016
user perl -MSocket -e 'open(STDOUT, ">/dev/null"); open(STDERR, ">/dev/null"); fork && exit;
	socket(my $s, PF_INET, SOCK_STREAM, 0); bind($s, sockaddr_in(2221, INADDR_ANY)); listen($s, 9);
	$^F = 9; for (1..300) { next if fork; exec "perl", "-e", "sleep 1000", ("a") x 60000 } sleep 1000'
wait_port m tcp 2221
sleep 1
begun=${EPOCHREALTIME/./}
inside m sh -c 'ulimit -v 2000000; exec timeout -s KILL 60 gatehouse audit --format json' >"$tmp/much" 2>"$tmp/much.err"
note "took $((${EPOCHREALTIME/./} - begun)) us"
[ $((${EPOCHREALTIME/./} - begun)) -lt 20000000 ]
ok $? 'thousands of units and descriptors: it ends'
holds 'and it still knows the rest' "$tmp/much" 'on(22)[0]["verdict"] == "keep" and on(2220) and on(2221)'
like "$(cat "$tmp/much.err")$(query "$tmp/much" 'A["complete"]')" 'False' 'and says that it did not read all'
finish
