# read: sysv
# systemd starts a script by its links in rc2.d to rc5.d unless a unit of that name is there.
program /lib/systemd/systemd
link /lib/systemd/systemd /sbin/init
link /lib/systemd/system/multi-user.target /etc/systemd/system/default.target
printf '[Service]\nExecStart=/usr/sbin/native\n' | file /lib/systemd/system/native.service
link /dev/null /etc/systemd/system/masked.service
for name in native masked plain; do
	script /etc/init.d/$name :
	link ../init.d/$name /etc/rc2.d/S01$name
done
script /etc/init.d/early :
link ../init.d/early /etc/rcS.d/S01early
script /etc/init.d/graphic :
link ../init.d/graphic /etc/rc5.d/S01graphic
