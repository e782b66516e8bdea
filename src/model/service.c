/* Names of what a service can be: logs, tables and JSON say the same words. See service.h. */
#include "model/service.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/attr.h"

const char *const service_weekdays[SERVICE_WEEKDAYS] = {"Sun", "Mon", "Tue", "Wed",
							"Thu", "Fri", "Sat"};

struct row {
	int number;
	const char *name;
};

const char *
service_kind_name(enum service_kind kind)
{
	static const char *const names[] = {
		[SERVICE_PROGRAM] = "program",   [SERVICE_BUILTIN] = "builtin",
		[SERVICE_REDIRECT] = "redirect", [SERVICE_TCPMUX] = "tcpmux",
		[SERVICE_SENSOR] = "sensor",
	};

	return names[kind];
}

const char *
service_type_name(int type)
{
	static const struct row rows[] = {
		{SOCK_STREAM, "stream"},
		{SOCK_DGRAM, "dgram"},
		{SOCK_RAW, "raw"},
		{SOCK_SEQPACKET, "seqpacket"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].number == type)
			return rows[i].name;
	return "?";
}

const char *
service_protocol_name(int protocol)
{
	static const struct row rows[] = {
		{0, "unix"},
		{IPPROTO_TCP, "tcp"},
		{IPPROTO_UDP, "udp"},
		{IPPROTO_SCTP, "sctp"},
		{IPPROTO_UDPLITE, "udplite"},
		{IPPROTO_MPTCP, "mptcp"},
		{IPPROTO_ICMP, "icmp"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].number == protocol)
			return rows[i].name;
	return "ip";
}
