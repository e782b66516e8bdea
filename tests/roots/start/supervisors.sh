# read: daemontools s6 runit
# START-15: /service as daemontools has it; s6 beside it watches the directory inittab names. A run
# script in execline.
program /sbin/init /usr/bin/svscanboot /usr/bin/s6-svscan /usr/sbin/tinydns /usr/bin/multilog /usr/sbin/httpd
printf 'si::sysinit:/etc/rcS\nSV:123456:respawn:/usr/bin/svscanboot\nsix:2345:respawn:/usr/bin/s6-svscan /srv/s6\n' | file /etc/inittab
printf '#!/bin/sh\nexec 2>&1\nexec envuidgid tinydns envdir ./env softlimit -d300000 /usr/sbin/tinydns\n' | file /var/dns/run 755
printf '#!/bin/sh\nexec setuidgid dnslog multilog t ./main\n' | file /var/dns/log/run 755
link /var/dns /service/dns
link /var/none /service/none
file /srv/s6/web/run 755 <<'!'
#!/bin/execlineb -P
fdmove -c 2 1
if { mkdir -p /run/web }
backtick -n PORT { cat /etc/port }
s6-setuidgid www
/usr/sbin/httpd -f "a b"
!
printf '#!/bin/sh\nexec httpd\n' | file /srv/s6/off/run 755
: | file /srv/s6/off/down
printf '#!/bin/sh\nexec httpd\n' | file /srv/s6/.hidden/run 755
