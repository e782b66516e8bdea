# read: runit
program /usr/bin/runit-init /usr/bin/runsvdir /usr/bin/sshd /usr/bin/vlogger
link /usr/bin/runit-init /sbin/init
for name in sshd held plain empty other; do mkdir -p "$root/etc/sv/$name"; done
file /etc/sv/sshd/run 755 <<'!'
#!/bin/sh
[ -r conf ] && . ./conf
exec 2>&1
exec chpst -unobody:nogroup -e env /usr/bin/sshd -D $OPTS
!
printf 'OPTS="-p 2222"\n' | file /etc/sv/sshd/conf
printf '#!/bin/sh\nexec vlogger -t sshd\n' | file /etc/sv/sshd/log/run 755
printf '#!/bin/sh\nexec sshd\n' | file /etc/sv/held/run 755
: | file /etc/sv/held/down
printf '#!/bin/sh\nexec sshd\n' | file /etc/sv/plain/run 644
printf '#!/bin/sh\nexec sshd\n' | file /etc/sv/other/run 755
printf '#!/bin/sh\nexec sshd\n' | file /etc/sv/single/run 755
for name in sshd held plain empty gone; do link /etc/sv/$name /etc/runit/runsvdir/default/$name; done
link /etc/sv/single /etc/runit/runsvdir/single/single
link /etc/sv/sshd /etc/runit/runsvdir/default/.hidden
link /etc/runit/runsvdir/default /etc/runit/runsvdir/current
link ../run/runit/runsvdir/current /var/service
