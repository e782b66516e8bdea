# read: upstart sysv
# START-14: with and without "start on", with "manual"; and the default runlevel of its rc-sysinit.
program /sbin/init /usr/sbin/sshd
printf 'env DEFAULT_RUNLEVEL=4\nstart on filesystem\n' | file /etc/init/rc-sysinit.conf
printf '# ssh\ndescription "Secure shell"\nstart on (filesystem\n\tor runlevel [2345])\nexec /usr/sbin/sshd -D\n' | file /etc/init/ssh.conf
printf 'exec /usr/sbin/sshd -D\n' | file /etc/init/nostart.conf
printf 'start on runlevel [2345]\nsetuid nobody\nscript\n\texec /usr/sbin/sshd -D -p $PORT\nend script\nenv PORT=23\n' | file /etc/init/off.conf
printf '# switched off\nmanual\n' | file /etc/init/off.override
printf 'manual\nstart on startup\n' | file /etc/init/again.conf
printf 'start on startup\nmanual\n' | file /etc/init/inside.conf
printf 'exec x\n' | file /etc/init/replaced.conf
printf 'start on net-device-up IFACE=eth0\nexec /usr/sbin/sshd -D -o "A B"\n' | file /etc/init/replaced.override
printf 'start on starting other\n' | file /etc/init/alone.override
script /etc/init.d/old :
link ../init.d/old /etc/rc4.d/S20old
