/* daytime: RFC 867. The form is free there; this is ctime(3)'s, as every inetd prints it. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "builtin/once.h"

static size_t
day_time(char *ret, size_t size, int64_t now)
{
	static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t t = (time_t)now;
	struct tm tm;
	int n;

	if (!localtime_r(&t, &tm))
		return 0;
	n = snprintf(ret, size, "%s %s %2d %02d:%02d:%02d %d\r\n", days[tm.tm_wday % 7],
		     months[tm.tm_mon % 12], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		     1900 + tm.tm_year);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

static uint32_t
stream(struct builtin_conn *conn)
{
	char text[64];

	return once_say(conn, text, day_time(text, sizeof(text), conn->now));
}

static ssize_t
dgram(const char *request, size_t n, char *reply, size_t size, int64_t now)
{
	size_t bytes = day_time(reply, size, now);

	return bytes ? (ssize_t)bytes : -1;
}

const struct builtin builtin_daytime = {
	.name = "daytime",
	.doc = "tells date and time as text (RFC 867)",
	.stream = stream,
	.dgram = dgram,
};
