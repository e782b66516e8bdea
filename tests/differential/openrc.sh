#!/bin/bash
# openrc.sh STARTDUMP: our word for each service against `rc-update show`, while rc-update adds,
# deletes and stacks. SEED repeats a run.
STARTDUMP=$1
# shellcheck source=tests/differential/lib.sh
. "${0%/*}/lib.sh"
service="" change="" level="" # see pick
machine_of openrc
inside m test -x /sbin/rc-update || skip_all "needs rc-update in the root"

oracle() { # service and level, one pair a line
	inside m rc-update show | awk -F'|' '{
		gsub(/ /, "", $1)
		n = split($2, level, " ")
		for (i = 1; i <= n; i++) print $1, level[i]
	}' | sort
}
pairs() {
	ours openrc | cut -f2,5 | awk -F'\t' '$2 ~ /^in / && $2 != "in no runlevel" {
		sub(/^in /, "", $2)
		sub(/,.*/, "", $2)
		n = split($2, level, " ")
		for (i = 1; i <= n; i++) print $1, level[i]
	}' | sort
}
# Enabled for a runlevel's sake; what only a dependency starts is not in rc-update's list.
by_level() { ours openrc | awk -F'\t' '$3 != "off" && $4 == "boot" { print $2 }' | sort; }
boot=" sysinit boot default "
at_boot() { oracle | awk -v boot="$boot" 'index(boot, " " $2 " ") { print $1 }' | sort -u; }

mapfile -t services < <(inside m rc-update show -v | sed 's/ *|.*//; s/ //g' | grep -vxE 'rc|rcS')
is "$(pairs)" "$(oracle)" "as installed: services and runlevels"
is "$(by_level)" "$(at_boot)" "as installed: the enabled ones"
for round in $(seq 15); do
	did=
	for _ in 1 2 3; do
		pick service "${services[@]}"
		pick change add del "-a del"
		pick level default boot sysinit recovery off nonetwork
		[ "$change" != "-a del" ] || level=
		did="$did $change $service $level;"
		# shellcheck disable=SC2086
		inside m rc-update $change "$service" $level >/dev/null 2>&1
	done
	pairs >"$tmp/ours"
	oracle >"$tmp/oracle"
	[ "$(diff "$tmp/ours" "$tmp/oracle")" = "" ]
	ok $? "round $round: services and runlevels" || {
		note "after:$did"
		note "$(diff "$tmp/ours" "$tmp/oracle")"
		ours openrc >"$tmp/records"
		note "$(diff "$tmp/ours" "$tmp/oracle" | awk '/^[<>]/ { print $2 }' | grep -wFf - "$tmp/records")"
	}
	is "$(by_level)" "$(at_boot)" "round $round: the enabled ones"
done
inside m mkdir -p /etc/runlevels/network
inside m rc-update add "${services[0]}" network >/dev/null
inside m rc-update -s add network default >/dev/null
boot="$boot network "
is "$(by_level)" "$(at_boot)" "a stacked runlevel counts"
inside m rc-update -s del network default >/dev/null
boot=" sysinit boot default "
is "$(by_level)" "$(at_boot)" "no more when it is taken off"
finish
