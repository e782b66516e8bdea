/* time: RFC 868. Seconds since 1900 as 32 bits, which begin anew in February 2036. */
#include <arpa/inet.h>
#include <string.h>

#include "builtin/once.h"

#define SINCE_1900 INT64_C(2208988800) /* of 1970 */

static uint32_t
machine_time(int64_t now)
{
	return htonl((uint32_t)((uint64_t)(now + SINCE_1900) & UINT32_MAX));
}

static uint32_t
stream(struct builtin_conn *conn)
{
	uint32_t now = machine_time(conn->now);

	return once_say(conn, (const char *)&now, sizeof(now));
}

static ssize_t
dgram(const char *request, size_t n, char *reply, size_t size, int64_t now)
{
	uint32_t answer = machine_time(now);

	if (size < sizeof(answer))
		return -1;
	memcpy(reply, &answer, sizeof(answer));
	return sizeof(answer);
}

const struct builtin builtin_time = {
	.name = "time",
	.doc = "tells the seconds since 1900 (RFC 868)",
	.stream = stream,
	.dgram = dgram,
};
