# What t_serve_*.sh share: a machine with the daemons, and one table of services that is asked of
# whatever super-server runs there. shellcheck shell=bash
here=${BASH_SOURCE[0]%/*}
DAEMON=${GATEHOUSE%/*}/gatehoused
PROGRAMS="$PROGRAMS $DAEMON $here/probe $here/talks"

# What the daemons serve; made inside the machine.
furnish() { # furnish MACHINE
	inside "$1" sh -euc '
		useradd -m joe && echo joe:secret | chpasswd
		echo hello from ftp >/home/joe/hello
		printf "#!/bin/sh\necho here is joe\n" >/home/joe/.efingerd && chmod 755 /home/joe/.efingerd
		mkdir -p /srv/tftp /srv/pub /run/sshd && chmod 755 /home/joe
		echo hello from tftp >/srv/tftp/hello; echo hello from rsync >/srv/pub/hello
		printf "[pub]\npath = /srv/pub\nread only = yes\n" >/etc/rsyncd.conf
		git init -q --bare /srv/git/x.git && touch /srv/git/x.git/git-daemon-export-ok
		git config --global --add safe.directory "*"; git config --system --add safe.directory "*"
		cd /tmp && git init -q w && cd w && git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x &&
			git push -q /srv/git/x.git HEAD:refs/heads/hello
		svnadmin create /srv/svn && svn mkdir -q -m x file:///srv/svn/hello && chown -R nobody /srv/svn
		mkdir -p /root/.ssh /etc/dropbear && chmod 700 /root/.ssh
		ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/id_ed25519 && cp /root/.ssh/id_ed25519.pub /root/.ssh/authorized_keys
		[ -e /etc/dropbear/dropbear_ed25519_host_key ] ||
			dropbearkey -t ed25519 -f /etc/dropbear/dropbear_ed25519_host_key >/dev/null 2>&1
		cat >/usr/local/bin/mysqlchk <<-X
			#!/bin/sh
			printf "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 18\r\n\r\nMySQL is running.\n"
			sleep 0.1
		X
		chmod 755 /usr/local/bin/mysqlchk
	' >"$tmp/furnish" 2>&1 || {
		note "$(cat "$tmp/furnish")"
		echo "Bail out! the machine cannot be furnished"
		exit 1
	}
}

# The table: a service, the families its daemon and client have, what its client must be told.
services='
telnet   46 login:
ftp      46 ^hello.from.ftp
vsftp    46 ^hello.from.ftp
finger   46 joe
ident    46 [0-9]+.?,.?113.?:
talk     4  answer
ntalk    4  answer.1
nntp     46 ^200.*Leafnode
tftp     46 ^hello.from.tftp
rsync    46 ^hello.from.rsync
git      46 refs/heads/hello
svn      46 ^hello/
ssh      46 ^hello.from.ssh
dropbear 46 ^hello.from.dropbear
health   46 MySQL.is.running
nrpe     46 ^hello.from.nrpe
rstatd   4  192.168.7.1.*load
rusersd  4  ready.and.waiting
echo     46 hello.echo
daytime  46 [0-9]:[0-9]
'

# ask_all MACHINE SERVER SERVICE...: every service's client, by IPv4 and by IPv6
ask_all() {
	local machine=$1 server=$2 name families wanted said f addr
	shift 2
	while read -r name families wanted; do
		[[ " $* " = *" $name "* ]] || continue
		for ((f = 0; f < ${#families}; f++)); do
			[ "${families:f:1}" = 4 ] && addr=192.168.7.1 || addr=fd00:7::1
			said=$(inside "$machine" sh /usr/local/sbin/probe "$name" "$addr" 2>&1 </dev/null | tr -d '\0\r')
			like "$said" "$wanted" "$server: $name by IPv${families:f:1}" || said_by_server "$machine"
		done
	done <<<"$services"
}
said_by_server() { note "$(inside "$1" tail -n 5 /run/server.log 2>&1)"; }

# start_server MACHINE TCP-PORT COMMAND...: in the foreground there; its pid is in /run/server.pid
start_server() {
	local machine=$1 port=$2
	shift 2
	inside "$machine" sh -c 'echo $$ >/run/server.pid; exec "$@" >/run/server.log 2>&1 </dev/null' start "$@" &
	children+=("$!")
	wait_port "$machine" tcp "$port" || said_by_server "$machine"
	like "$(inside "$machine" sh -c 'readlink /proc/$(cat /run/server.pid)/exe')" "/${1##*/}\$" "${1##*/} runs"
}
stop_server() { # MACHINE TCP-PORT: ends it and waits until its ports are free
	inside "$1" sh -c 'kill "$(cat /run/server.pid)"'
	until_true 10 no_port "$1" "$2"
	ok $? "it ends, and its port is free"
}
no_port() { ! port_open "$1" tcp "$2"; }
