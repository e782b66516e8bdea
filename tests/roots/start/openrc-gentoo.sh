# read: openrc
# START-13 and what pulls services in: stacked runlevels, need, virtual names.
program /sbin/init /usr/sbin/sshd /usr/sbin/syslogd /usr/sbin/rpcbind /usr/sbin/nfsd /sbin/agetty
printf 'si::sysinit:/sbin/openrc sysinit\nl3:3:wait:/sbin/openrc default\n' | file /etc/inittab
file /etc/init.d/sshd 755 <<'!'
#!/sbin/openrc-run
: "${SSHD_BIN:=/usr/sbin/sshd}"
description="Secure shell"
command="${SSHD_BIN}"
command_args="${SSHD_OPTS}"
command_user="sshd:sshd"
pidfile=/run/${RC_SVCNAME}.pid
depend() {
	use dns
	need net
	need logger
}
!
printf 'SSHD_OPTS="-p 2222"\n' | file /etc/conf.d/sshd
printf '#!/sbin/openrc-run\ncommand=/usr/sbin/syslogd\ndepend() { provide logger; }\n' | file /etc/init.d/sysklogd 755
printf '#!/sbin/openrc-run\ncommand=/usr/sbin/rpcbind\n' | file /etc/init.d/rpcbind 755
printf '#!/sbin/openrc-run\ndepend() {\n\tneed rpcbind\n}\nstart() {\n\tstart-stop-daemon --start --exec /usr/sbin/nfsd -- 8\n}\n' | file /etc/init.d/nfs 755
printf '#!/sbin/openrc-run\ncommand=/sbin/agetty\n' | file /etc/init.d/agetty 755
link agetty /etc/init.d/agetty.tty1
printf '#!/sbin/openrc-run\n' | file /etc/init.d/off 755
printf '#!/sbin/openrc-run\n' | file /etc/init.d/rescue 755
printf '#!/sbin/openrc-run\n' | file /etc/init.d/plain 644
printf '#!/sbin/openrc-run\n' | file /etc/init.d/local 755
printf '/usr/sbin/nfsd --local\n' | file /etc/local.d/a.start 755
printf 'x\n' | file /etc/local.d/b.start 644
link /etc/init.d/sshd /etc/runlevels/default/sshd
link /etc/init.d/nfs /etc/runlevels/network/nfs
link /etc/runlevels/network /etc/runlevels/default/network
link /etc/init.d/agetty.tty1 /etc/runlevels/default/agetty.tty1
link /etc/init.d/rescue /etc/runlevels/rescue/rescue
link /etc/init.d/plain /etc/runlevels/boot/plain
link /etc/init.d/local /etc/runlevels/default/local
link /etc/init.d/gone /etc/runlevels/default/gone
link ../default /etc/runlevels/network/default
