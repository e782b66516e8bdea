# read: sysv
# Red Hat's /etc/init.d and /etc/rcN.d are links to those in /etc/rc.d.
scripts=/etc/rc.d/init.d links=/etc/rc.d up=../init.d
. "$dir/layout.inc"
link rc.d/init.d /etc/init.d
for level in 0 1 2 3 4 5 6 S; do link rc.d/rc$level.d /etc/rc$level.d; done
