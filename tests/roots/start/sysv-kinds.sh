# read: sysv
# START-7: symbolic links, hard links and copies; 000's layout with scripts in /etc/rc.d itself.
program /usr/sbin/a /usr/sbin/b /usr/sbin/c /sbin/init
printf 'id:3:initdefault:\n' | file /etc/inittab
for name in a b c; do script /etc/rc.d/$name "daemon /usr/sbin/$name"; done
script /etc/rc.d/rc.local ':'
link ../a /etc/rc.d/rc3.d/S10a
ln "$root/etc/rc.d/b" "$root/etc/rc.d/rc3.d/S20b"
cp -p "$root/etc/rc.d/c" "$root/etc/rc.d/rc3.d/S30c"
script /etc/rc.d/rc3.d/S40own ': a script that stands only here, and is longer'
link ../../opt/x/ctl /etc/rc.d/rc3.d/S50x
script /etc/opt/x/ctl 'exec /usr/sbin/a'
