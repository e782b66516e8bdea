#!/bin/bash
# sysv.sh STARTDUMP: what our reader says of each script against the links that Debian's own tools
# leave behind: update-rc.d, insserv, and hands. Rounds of random changes; SEED repeats a run.
STARTDUMP=$1
# shellcheck source=tests/differential/lib.sh
. "${0%/*}/lib.sh"
script="" change="" mode="" name="" # see pick
machine_of sysv
inside m test -x /usr/sbin/update-rc.d || skip_all "needs update-rc.d in the root"

# By what init would do with its directories: script and levels it is started in.
oracle() {
	inside m bash -c 'for dir in S 2; do
		for link in /etc/rc$dir.d/S[0-9][0-9]*; do
			[ -f "$link" ] && [ -x "$link" ] && echo "${link##*/S[0-9][0-9]}"
		done
	done' | sort -u
}
levels_oracle() {
	inside m bash -c 'for level in S 0 1 2 3 4 5 6; do
		for link in /etc/rc$level.d/[SK][0-9][0-9]*; do
			[ -f "$link" ] || continue
			name=${link##*/}
			echo "${name:3} ${name:0:1} $level"
		done
	done' | sort
}
# "S02 in 2 3, K01 in 0" as the same lines.
levels_ours() {
	ours sysv | grep -v 'script is missing' | cut -f2,5 | awk -F'\t' '{
		n = split($2, parts, ", ")
		for (i = 1; i <= n; i++)
			if (match(parts[i], /^[SK][0-9]* in/)) {
				words = split(parts[i], word, " ")
				for (k = 3; k <= words; k++) print $1, substr(parts[i], 1, 1), word[k]
			}
	}' | sort
}

same() { # same OURS THEIRS NAME: two lists; only what differs is shown
	[ "$1" = "$2" ]
	ok $? "$3" || note "$(diff <(echo "$1") <(echo "$2"))"
}

mapfile -t scripts < <(inside m sh -c 'grep -l "^### BEGIN INIT INFO" /etc/init.d/*' | sed 's,.*/,,' | grep -vx README)
same "$(enabled sysv)" "$(oracle)" "as installed: the enabled ones"
same "$(levels_ours)" "$(levels_oracle)" "as installed: every link"
for round in $(seq 12); do
	did=
	for _ in 1 2 3; do
		pick script "${scripts[@]}"
		pick change disable enable remove defaults defaults-disabled insserv chmod rename dangle "stray link"
		did="$did $change $script;"
		case $change in
		insserv) inside m /usr/lib/insserv/insserv -r "$script" ;;
		chmod)
			pick mode -x +x
			inside m chmod "$mode" "/etc/init.d/$script"
			;;
		rename) inside m sh -c "cd /etc/rc2.d; for l in S*$script; do [ -e \"\$l\" ] && mv \"\$l\" \"K\${l#S}\"; done" ;;
		dangle) inside m ln -sf ../init.d/none-of-that /etc/rc2.d/S50nowhere ;;
		"stray link")
			pick name s20x S2x README2 Sxx
			inside m ln -sf "../init.d/$script" "/etc/rc2.d/$name"
			;;
		*) inside m update-rc.d "$script" "$change" ;;
		esac >/dev/null 2>&1
	done
	same "$(enabled sysv)" "$(oracle)" "round $round: the enabled ones"
	same "$(levels_ours)" "$(levels_oracle)" "round $round: every link" || note "after:$did"
done
finish
