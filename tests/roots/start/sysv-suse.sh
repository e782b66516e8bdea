# read: sysv
scripts=/etc/init.d links=/etc/init.d up=..
. "$dir/layout.inc"
