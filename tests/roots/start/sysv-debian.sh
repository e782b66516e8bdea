# read: sysv
scripts=/etc/init.d links=/etc up=../init.d
. "$dir/layout.inc"
