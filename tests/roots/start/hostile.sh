# read: sysv openrc upstart runit daemontools s6
# Nothing here may stop the audit or be taken for more than it is.
program /sbin/init
link loop /etc/init.d/loop
mkdir -p "$root/etc/init.d/directory" "$root/etc/rc2.d/S01directory"
mkfifo "$root/etc/init.d/fifo"
link ../init.d/fifo /etc/rc2.d/S02fifo
link ../init.d/loop /etc/rc2.d/S03loop
link ../../../../../../etc/passwd /etc/rc2.d/S04outside
printf '\0\0#!/bin/sh\nDAEMON=\0\n`$(${"\n' | file /etc/init.d/bytes 755
link ../init.d/bytes /etc/rc2.d/S05bytes
: | file /etc/init.d/empty 755
link ../init.d/empty "/etc/rc2.d/S06$(printf 'es\033[31mcape')"
i=0
before=
while [ $i -lt 40 ]; do
	mkdir -p "$root/etc/runlevels/level$i"
	[ -z "$before" ] || link "/etc/runlevels/level$i" "/etc/runlevels/$before/level$i"
	before=level$i
	i=$((i + 1))
done
link /etc/runlevels/level0 /etc/runlevels/default/level0
link ../default /etc/runlevels/default/default
link ../../init.d/empty /etc/runlevels/level39/empty
mkdir -p "$root/etc/init/dir.conf" "$root/service/fifo" "$root/service/dir/run"
mkfifo "$root/etc/init/fifo.conf" "$root/service/fifo/run"
printf 'script\nexec (((\nstart on ((((\n' | file /etc/init/open.conf
link /service/self /service/self
: | file /service/file
