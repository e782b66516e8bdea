#!/bin/bash
# Tables as administrators write them, served: inetd.conf (INETD-1, 3..6, 8, 10, 14, 17) and xinetd.conf with its
# directory, defaults and switches (XINETD-1..7, 22, 23).
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"
printf '#!/bin/sh\nfor a; do echo "<$a>"; done\nid -un; id -gn\n' >"$tmp/args"
chmod 755 "$tmp/args"
line() { tr '\n' ' '; }

# --- inetd.conf
printf '%s\n' "# a comment" "" "   " \
	"7001	stream  tcp	 nowait nobody	$tmp/args  args one	two   " \
	"#7002 stream tcp nowait nobody $tmp/args args off" \
	"7003 stream tcp nowait daemon:nogroup $tmp/args args" \
	"7004 stream tcp nowait daemon.nogroup $tmp/args args" \
	"192.0.2.1:7005 stream tcp nowait nobody /bin/echo echo here" \
	"7006 stream tcp nowait nobody /bin/cat cat" \
	"7007 stream tcp nowait no_such_user /bin/echo echo" \
	"7008 stream" \
	"7009 stream tcp nowait nobody /bin/echo echo behind" \
	"pop-3 stream tcp nowait nobody /bin/echo echo alias" \
	"daytime stream tcp nowait root internal" \
	"7010 stream tcp nowait.2 nobody /bin/echo echo limited" >"$tmp/i.conf"
server -f "$tmp/i.conf"
ok $? "it starts" || note "$(cat "$tmp/said")"
is "$(talk tcp 127.0.0.1 7001 | line)" "<one> <two> nobody $(id -gn nobody) " "blanks, tabs, arguments without the name (INETD-1, INETD-6)"
is "$(talk tcp 127.0.0.1 7002)" refused "a comment opens nothing"
is "$(talk tcp 127.0.0.1 7003 | line)$(talk tcp 127.0.0.1 7004 | line)" "daemon nogroup daemon nogroup " "user:group, user.group"
is "$(talk tcp 192.0.2.1 7005)/$(talk tcp 192.0.2.2 7005)/$(talk tcp 127.0.0.1 7005)" here/refused/refused "an address of its own (INETD-14)"
is "$(talk tcp 127.0.0.1 7007)/$(talk tcp 127.0.0.1 7008)/$(talk tcp 127.0.0.1 7009)" refused/refused/behind "bad lines leave the others (INETD-17)"
like "$(cat "$tmp/said")" "$tmp/i.conf:10:.*no_such_user" "and are told with their line"
like "$(cat "$tmp/said")" "$tmp/i.conf:11:" "each of them"
is "$(talk tcp 127.0.0.1 110)" alias "an alias of /etc/services (INETD-10)"
like "$(talk tcp 127.0.0.1 13)" '[0-9]:[0-9]' "internal"
is "$(talk times=3 tcp 127.0.0.1 7010 | grep -c limited)" 2 "nowait.2 (INETD-15)"
hold kept 7006
is "$(say kept a)" a "a session"
sed -i 's/^7001/#7001/; s/^#7002/7002/; /^7007/d; /^7008 /d' "$tmp/i.conf"
kill -HUP "$server"
off() { [ "$(talk tcp 127.0.0.1 7001)/$(talk tcp 127.0.0.1 7002 | head -n 1)" = "refused/<off>" ]; }
until_true 5 off
ok $? "HUP: what is commented out closes, what is not opens (INETD-8)" || note "$(tail -n 3 "$tmp/said")"
is "$(say kept b)" b "and a session does not notice"
stop_server

# --- xinetd.conf
mkdir "$tmp/d"
cat >"$tmp/x.conf" <<X
# Simple configuration file for xinetd
defaults
{
	log_type = FILE $tmp/log
	log_on_success = HOST PID
	disabled = off1
	disabled = off2 off3
}
includedir $tmp/d
X
file() { cat >"$tmp/d/$1"; }
xinetd_file() { # xinetd_file FILE NAME PORT [LINE...]
	service "$2" "$3" /bin/echo "$2" "${@:4}" | file "$1"
}
{
	printf '# default: on\n# description: The wu-ftpd FTP server serves FTP connections. It uses \\\n#\tnormal passwords.\n'
	service ftp 7021 "$tmp/args" "-l -a"
} | file wu-ftpd
xinetd_file plain plain 7022
xinetd_file with.dot dotted 7023
xinetd_file backup~ tilde 7024
xinetd_file off off 7025 "disable = yes"
xinetd_file on on 7026 "disable = no"
xinetd_file off1 off1 7027
xinetd_file off3 off3 7028
xinetd_file bad bad 7029 "only_form = 127.0.0.1"
printf 'service imap\n{\n\tonly_from = 127.0.0.1\n\tuser = root\n\tserver = /bin/echo\n}\n' | file imap
printf 'service chat\n{\n\ttype = UNLISTED\n\tport = 7030\n\tsocket_type = stream\n\twait = no\n\tuser = nobody\n\tserver = /bin/cat\n}\n' | file chat
: >"$tmp/said"
server -f "$tmp/x.conf"
is "$(talk tcp 127.0.0.1 7021 | line)" "<-l> <-a> nobody $(id -gn nobody) " "a file with headers, named otherwise than its service (XINETD-3..5)"
is "$(for port in 7022 7023 7024 7025 7026 7027 7028 7029; do talk tcp 127.0.0.1 $port | head -n 1; echo; done | grep . | line)" \
	"plain refused refused refused on refused refused refused " "dots and tildes, disable, disabled, a mistake (XINETD-1, 6, 7)"
like "$(cat "$tmp/said")" "$tmp/d/bad:[0-9]+:.*only_form.*only_from" "the mistake: file, line, what was meant"
like "$(cat "$tmp/said")" "$tmp/d/imap:[0-9]+.*(socket_type|wait)" "what imap lacks (XINETD-23)"
like "$(grep -c "$tmp/d/imap.*socket_type" "$tmp/said")$(grep -c "$tmp/d/imap.*wait" "$tmp/said")" '^[1-9][1-9]' "both of it" ||
	note "$(grep imap "$tmp/said")"
is "$(talk tcp 127.0.0.1 143)" refused "and it is not started"

# HUP: access control holds for those who come then (XINETD-22).
rm "$tmp/d/bad" "$tmp/d/imap"
hold chat 7030
is "$(say chat x)" x "a session"
xinetd_file plain plain 7022 "no_access = 127.0.0.0/8"
xinetd_file new new 7031
rm "$tmp/d/on"
kill -HUP "$server"
is_new() { [ "$(talk tcp 127.0.0.1 7031)" = new ]; }
until_true 5 is_new
is "$(talk tcp 127.0.0.1 7026)" refused "a removed service is closed"
unlike "$(talk tcp 127.0.0.1 7022)" plain "access control is applied anew"
is "$(say chat y)" y "what is unchanged goes on"
# Braces.
printf 'service broken\n{\n\tport = 7040\n' | file zzz
said=$(gate reload 2>&1)
[ $? = 1 ] && grep -q "$tmp/d/zzz:[0-9]" <<<"$said"
ok $? "a brace that is missing: file and line (XINETD-2)" || note "$said"
rm "$tmp/d/zzz"
# Only those that are named.
printf 'defaults\n{\n\tenabled = new chat\n}\nincludedir %s\n' "$tmp/d" >"$tmp/x.conf"
gate reload
is "$(talk tcp 127.0.0.1 7031)/$(talk tcp 127.0.0.1 7021)/$(talk tcp 127.0.0.1 7027)" new/refused/refused "enabled = names the only ones"
stop_server

# --- the configuration that is installed: examples are none
is "$(find "${tests%/*}/data" -path '*/examples' -prune -o \( -name '*inetd*.conf' -o -name 'gatehouse*.conf' \) -print | wc -l)" 0 \
	"no configuration is installed: nothing opens (POL-21)"
finish
