# read: sysv
# LSB headers with overrides, chkconfig's header, settings, accounts, what is hidden in variables.
program /usr/sbin/one /usr/sbin/two /usr/sbin/three /sbin/init /usr/sbin/update-rc.d
: | file /etc/debian_version
file /etc/init.d/one 755 <<'!'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          one uno
# Default-Start:     2 3 4 5
# Short-Description: The first
### END INIT INFO
NAME=one
DAEMON=/usr/sbin/$NAME
OPTS="-a"
[ -f /etc/default/$NAME ] && . /etc/default/$NAME
start-stop-daemon --start --quiet --exec $DAEMON --test > /dev/null || return 1
start-stop-daemon --start --quiet -p /run/$NAME.pid -c nobody:nogroup \
	--exec $DAEMON -- $OPTS "two words"
start-stop-daemon --stop --exec /usr/sbin/two
!
printf 'START=no\nOPTS="-b -c"\n' | file /etc/default/one
file /etc/init.d/two 755 <<'!'
#!/bin/bash
# chkconfig: 2345 55 25
# description: The second, \
#	at length
# pidfile: /var/run/two.pid
daemon --user=daemon /usr/sbin/two $UNSET -x
!
file /etc/insserv/overrides/two <<'!'
### BEGIN INIT INFO
# Provides: two
# Default-Start: 3
# Short-Description: The second, overridden
### END INIT INFO
!
file /etc/init.d/three 755 <<'!'
#!/usr/bin/env /lib/init/init-d-script
### BEGIN INIT INFO
# Provides: three
### END INIT INFO
DAEMON=/usr/sbin/three
DAEMON_ARGS="-q"
!
for name in one two three; do link ../init.d/$name /etc/rc2.d/S01$name; done
