#!/bin/bash
# Debian's daemons from the inetd.conf that their packages write, each asked by its own client by IPv4
# and IPv6: under openbsd-inetd, and under gatehoused with the same file.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/system/serve/lib.sh
. "$tests/system/serve/lib.sh"

asked='telnet ftp finger ident talk ntalk nntp tftp rsync git svn ssh dropbear health rstatd rusersd echo daytime'

empty_machine m inetd
furnish m
inside m sh -euc '
	update-inetd --enable telnet
	mkdir -p /etc/news/leafnode
	printf "server = news.example.org\nexpire = 20\nhostname = box.gatehouse-test.org\n" >/etc/news/leafnode/config
	# Those that only document their line; ports of the second ssh servers are made up.
	cat >>/etc/inetd.conf <<-X
		echo stream tcp nowait root internal
		daytime stream tcp nowait root internal
		nntp stream tcp nowait news /usr/sbin/tcpd /usr/sbin/leafnode
		tftp dgram udp wait root /usr/sbin/in.tftpd in.tftpd -s /srv/tftp
		rsync stream tcp nowait root /usr/bin/rsync rsync --daemon
		git stream tcp nowait nobody /usr/bin/git git daemon --inetd --export-all --base-path=/srv/git
		svn stream tcp nowait nobody /usr/bin/svnserve svnserve -i -r /srv/svn
		2201 stream tcp nowait root /usr/sbin/sshd sshd -i
		2202 stream tcp nowait root /usr/sbin/dropbear dropbear -i
		9200 stream tcp nowait nobody /usr/sbin/tcpd /usr/local/bin/mysqlchk
	X
	rpcbind -w
' >"$tmp/set" 2>&1 || note "$(cat "$tmp/set")"
wait_port m tcp 111

start_server m 9200 /usr/sbin/inetd -i /etc/inetd.conf
# shellcheck disable=SC2086
ask_all m openbsd-inetd $asked
stop_server m 9200

start_server m 9200 /usr/local/sbin/gatehoused --foreground /etc/inetd.conf
# shellcheck disable=SC2086
ask_all m gatehoused $asked
stop_server m 9200
finish
