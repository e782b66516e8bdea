#!/bin/bash
# Debian's daemons from files of /etc/xinetd.d, those that packages ship or document, each asked by its
# own client by IPv4 and IPv6: under xinetd, and under gatehoused with the same files.
# shellcheck source=tests/system/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/system/serve/lib.sh
. "$tests/system/serve/lib.sh"

asked='telnet vsftp finger ident ntalk tftp rsync git svn ssh dropbear health nrpe echo daytime'

empty_machine m xinetd
furnish m
inside m sh -euc '
	cd /etc/xinetd.d
	cp /usr/share/doc/fingerd/examples/finger.xinetd finger
	# The example of the package, with the program where Debian has it.
	sed s,/usr/local/sbin,/usr/sbin, /usr/share/doc/vsftpd/examples/INTERNET_SITE/vsftpd.xinetd >vsftpd
	echo busy >/etc/vsftpd.busy_banner
	sed -i "s/^listen.*/listen=NO/" /etc/vsftpd.conf
	mkdir -p /run/vsftpd/empty
	echo "command[hello]=/bin/echo hello from nrpe" >>/etc/nagios/nrpe_local.cfg
	sed -i "s/^allowed_hosts=.*/allowed_hosts=127.0.0.1,::1,192.168.7.1,fd00:7::1/" /etc/nagios/nrpe.cfg
	sed -i "s/^\([ \t]*\)disable.*/\1disable = no/" echo daytime
	service() { # NAME TYPE PROTOCOL WAIT USER SERVER ARGS [LINE]
		printf "service %s\n{\ndisable = no\nsocket_type = %s\nprotocol = %s\nwait = %s\nuser = %s\nserver = %s\n%s\n%s\n}\n" \
			"$1" "$2" "$3" "$4" "$5" "$6" "${7:+server_args = $7}" "${8-}" >"$1"
	}
	service telnet stream tcp no root /usr/sbin/telnetd "-h"
	service ident stream tcp no root /usr/sbin/oidentd "-I"
	service ntalk dgram udp yes root /usr/sbin/talkd ""
	service tftp dgram udp yes root /usr/sbin/in.tftpd "-s /srv/tftp"
	service rsync stream tcp no root /usr/bin/rsync "--daemon"
	service git stream tcp no nobody /usr/bin/git "daemon --inetd --export-all --base-path=/srv/git"
	service svn stream tcp no nobody /usr/bin/svnserve "-i -r /srv/svn"
	service ssh2 stream tcp no root /usr/sbin/sshd "-i" "type = UNLISTED
port = 2201"
	service dropbear stream tcp no root /usr/sbin/dropbear "-i" "type = UNLISTED
port = 2202"
	service mysqlchk stream tcp no nobody /usr/local/bin/mysqlchk "" "type = UNLISTED
port = 9200"
	service nrpe stream tcp no nagios /usr/sbin/nrpe "-c /etc/nagios/nrpe.cfg --inetd"
' >"$tmp/set" 2>&1 || note "$(cat "$tmp/set")"

start_server m 9200 /usr/sbin/xinetd -dontfork -f /etc/xinetd.conf -filelog /run/xinetd.log
# shellcheck disable=SC2086
ask_all m xinetd $asked
stop_server m 9200

start_server m 9200 /usr/local/sbin/gatehoused --foreground /etc/xinetd.conf
# shellcheck disable=SC2086
ask_all m gatehoused $asked
stop_server m 9200
finish
