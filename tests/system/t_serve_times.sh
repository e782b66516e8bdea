#!/bin/bash
# access_times by the clock: XINETD-10, over midnight, weekdays, a time zone of the service.
# shellcheck disable=SC2154 # what lib.sh and server.sh set
. "${0%/*}/lib.sh"
. "${0%/*}/server.sh"
export TZ=UTC0

{
	defaults
	service day 7001 /bin/echo served "access_times = 07:00-20:00"
	service night 7002 /bin/echo served "access_times = 22:00-06:00"
	service week 7003 /bin/echo served "access_times = Mon-Fri@08:00-18:00"
	service late 7004 /bin/echo served "access_times = Fri@22:00-02:00"
	service tokyo 7005 /bin/echo served "access_times = 09:00-10:00" "time_zone = Asia/Tokyo"
	service two 7006 /bin/echo served "access_times = 08:00-09:00 12:00-24:00"
	service allowed 7007 /bin/echo served "access_times = 07:00-20:00" "only_from = 127.0.0.1"
} >"$tmp/conf"
fake_clock
server -f "$tmp/conf"
ok $? "it starts" || note "$(cat "$tmp/said")"
at() { # at WHEN PORT: is it served?
	clock_at "$1"
	[ "$(ask "$2")" = served ] && echo yes || echo no
}
# 2030-01-04 is a Friday.
is "$(at '2030-01-04 06:59:30' 7001) $(at '2030-01-04 07:00:00' 7001) $(at '2030-01-04 19:59:30' 7001) $(at '2030-01-04 20:01:00' 7001)" \
	"no yes yes no" "06:59 no, 07:00 yes, 19:59 yes, 20:01 no (XINETD-10)"
is "$(at '2030-01-04 06:59:30' 7007) $(at '2030-01-04 07:00:00' 7007)" "no yes" "also for those whose address may"
is "$(at '2030-01-04 21:59:00' 7002) $(at '2030-01-04 22:00:00' 7002) $(at '2030-01-05 05:59:00' 7002) $(at '2030-01-05 06:01:00' 7002)" \
	"no yes yes no" "over midnight"
is "$(at '2030-01-04 12:00:00' 7003) $(at '2030-01-05 12:00:00' 7003) $(at '2030-01-06 12:00:00' 7003) $(at '2030-01-07 12:00:00' 7003)" \
	"yes no no yes" "weekdays"
is "$(at '2030-01-04 01:00:00' 7004) $(at '2030-01-04 23:00:00' 7004) $(at '2030-01-05 01:00:00' 7004) $(at '2030-01-05 23:00:00' 7004)" \
	"no yes yes no" "a night belongs to the day on which it begins"
is "$(at '2030-01-04 09:30:00' 7005) $(at '2030-01-04 00:30:00' 7005)" "no yes" "a zone of its own: nine in Tokyo is midnight here"
is "$(at '2030-01-04 08:30:00' 7006) $(at '2030-01-04 10:00:00' 7006) $(at '2030-01-04 23:59:30' 7006)" "yes no yes" "two intervals, till 24:00"
until_true 5 grep -q 'FAIL: day time from=127.0.0.1' "$tmp/log"
ok $? "a refusal is logged" || note "$(cat "$tmp/log")"

# Time does not end a session, nor does it need a reload.
sed -i 's,/bin/echo,/bin/cat,; /server_args = served/d' "$tmp/conf"
clock_at '2030-01-04 19:59:00'
gate reload
hold one 7001
is "$(say one x)" x "a session before the end of the time"
clock_at '2030-01-04 20:02:00'
is "$(say one y)" y "goes on after it"
stop_server
finish
