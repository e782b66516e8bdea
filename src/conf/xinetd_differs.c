/*
 * The list of differences from xinetd 2.3.15. Each was seen in the real program (tests/
 * differential/) or in its manual page; gatehouse.conf(5) lists the same rows. The first ones hold
 * for single services and are shown by "gatehouse check", the others for all.
 */
#include "conf/xinetd_differs.h"

#include <string.h>
#include <sys/socket.h>

#include "base/attr.h"

const struct conf_difference xin_differences[] = {
	[XIN_DIFFERS_V6ONLY_NO] = {"v6only-no", "xinetd takes \"v6only = no\" for yes",
				   "no means no: IPv4 clients are served too"},
	[XIN_DIFFERS_V6ONLY_DEFAULTS] = {"v6only-defaults", "xinetd ignores v6only in defaults",
					 "it holds for all services"},
	[XIN_DIFFERS_NUMERIC_USER] = {"numeric-user",
				      "xinetd takes the number of the user for "
				      "that of the group too",
				      "the group is the one passwd(5) gives the user"},
	[XIN_DIFFERS_TIMES] = {"access-times",
			       "xinetd does not start a service with a time over midnight, 24:00, "
			       "weekdays or one minute (8:00-8:00)",
			       "they work"},
	[XIN_DIFFERS_QUOTES] = {"quotes",
				"xinetd splits at blanks and knows neither quotes nor "
				"comments behind values",
				"\"...\" is one value, '#' before a word begins a comment"},
	[XIN_DIFFERS_CPS] = {"cps", "xinetd closes the port for everybody when cps is exceeded",
			     "the port stays open; who was over his share is refused"},
	[XIN_DIFFERS_PER_SOURCE] = {"per-source", "xinetd counts single IPv6 addresses",
				    "a source is an IPv6 /64 unless source_prefix says otherwise"},
	[XIN_DIFFERS_ENVIRONMENT] = {"environment",
				     "xinetd hands its whole environment to servers unless "
				     "passenv is given",
				     "they get PATH, TZ, env, passenv and who the client is"},
	[XIN_DIFFERS_BOTH_LISTS] = {"both-lists",
				    "xinetd refuses who is in only_from and in "
				    "no_access, though its manual says otherwise",
				    "the better match wins, as the manual says"},
	[XIN_DIFFERS_NAMES] = {"names", "xinetd believes any reverse name",
			       "a name counts only if it leads back to the address"},
	[XIN_DIFFERS_REDIRECT] = {"redirect",
				  "xinetd ends both directions at the first end of "
				  "file",
				  "a client may close its half and still get the answer"},
	[XIN_DIFFERS_TRAFFIC] = {"traffic",
				 "xinetd does not start a service that logs TRAFFIC "
				 "unless it is a redirect",
				 "it is started, its bytes are counted"},
	[XIN_DIFFERS_NICE] = {"nice",
			      "a negative nice fails in xinetd, which is no root any more "
			      "when it sets it",
			      "it works"},
	[XIN_DIFFERS_LATE_DEFAULTS] = {"late-defaults",
				       "in xinetd the lists of a defaults section count only for "
				       "services that follow it",
				       "they count for all services"},
	[XIN_DIFFERS_SENSOR] = {"sensor",
				"xinetd does not start a SENSOR that is neither INTERNAL nor has a "
				"server",
				"it needs neither"},
	/* For all services. */
	{"mistakes",
	 "xinetd leaves out an unknown attribute, a name without an address or a wrong number of "
	 "values, and starts the service without it",
	 "the service stays closed, with file, line and column"},
	{"mistake-in-defaults", "xinetd goes on after most mistakes in defaults",
	 "no service that would use them is opened"},
	{"second-defaults", "xinetd ignores a second defaults section in a file",
	 "it is a mistake in defaults"},
	{"set-twice", "xinetd keeps the first of two settings", "the second is a mistake"},
	{"take-off",
	 "xinetd takes off with -= what means the same, and ignores what is not in the list",
	 "an item is taken off as it is written; all else is a mistake"},
	{"addresses",
	 "xinetd leaves out items of only_from and no_access that it cannot read, takes 10.1 for "
	 "10.0.0.1 and 010 for 8, IPv6 nets that hold IPv4 and :: for nobody",
	 "each of them is a mistake, and so is a network of the number 0"},
	{"unknown-names",
	 "in xinetd a client without a name is in no list by name, and a name that is not found "
	 "when "
	 "it starts is left out",
	 "names are asked for when a client comes; who has none may be any that no_access names"},
	{"mapped-names",
	 "xinetd does not find an IPv4 client in /etc/hosts when it comes to an IPv6 socket",
	 "its name is that of the IPv4 address"},
	{"network-names",
	 "xinetd takes a name of /etc/networks for one address, or for a host of that name",
	 "it is the net, its last zeros standing for any number"},
	{"v6-everyone", "in xinetd ::/0 and ::ffff:A.B.C.D are IPv4 clients only of IPv6 sockets",
	 "they are so wherever a client comes in"},
	{"localhost", "for xinetd localhost is who has that name",
	 "127.0.0.1 and ::1 have it, without being asked"},
	{"v6-host", "in xinetd an IPv6 address with /128 is nobody's", "it is that address"},
	{"bind-family",
	 "xinetd listens on all addresses when bind and flags name different families",
	 "it is a mistake"},
	{"server-path", "xinetd starts a service whose server is a directory or a relative path",
	 "server is the absolute path of a file that can be run"},
	{"same-port", "xinetd lets two UDP services share a port unless the first has bind",
	 "the second stays closed"},
	{"port-zero", "xinetd takes port 0, which is any free port", "it is a mistake"},
	{"numbers", "xinetd takes numbers with a sign where none makes sense", "they are mistakes"},
	{"banners", "xinetd reads banners for each connection, and goes on without a missing one",
	 "they are read with the configuration, a missing one is a mistake"},
	{"not-offered", "xinetd knows the flags IDONLY, LABELED and, for wait = yes, INTERCEPT",
	 "a service that has one of them stays closed"},
	{"wait-lists",
	 "xinetd starts a stream service with wait = yes and only_from or no_access, but "
	 "does not know who its clients are",
	 "the service stays closed"},
	{"daytime", "xinetd writes the time as \"21 NOV 2026 06:57:30 UTC\"",
	 "it is written as inetd does: \"Sat Nov 21 06:57:30 2026\""},
	{"chargen",
	 "xinetd's pattern has no blank, and its datagrams are longer than RFC 864 allows",
	 "they are as RFC 864 has them"},
	{"tcpmux",
	 "xinetd's tcpmux ends the connection without a word when a service may not be had",
	 "the client is told - and why, as RFC 1078 has it"},
	{"missing-include", "xinetd goes on when an included file or directory is missing",
	 "it goes on too, but a reload changes nothing then"},
	{"session",
	 "xinetd makes every program the leader of a session, which may take a terminal without "
	 "another fork",
	 "those that run as root lead a session, others a process group"},
	{"refused",
	 "xinetd starts a process for a client before it refuses it for its address, "
	 "and counts it as an instance",
	 "a refused client costs no process and takes no instance's place"},
	{"reload", "xinetd kills the sessions of services that changed or now have a mistake",
	 "with a mistake nothing changes; sessions of changed services live on"},
	{0},
};

/* "only_from = .example.org": needs a name to be decided. */
static bool
is_name(const char *text)
{
	if (strchr(text, ':'))
		return false;
	for (; *text; text++)
		if ((*text | 32) >= 'a' && (*text | 32) <= 'z')
			return true;
	return false;
}

static bool
has_names(const struct xin_items *items)
{
	for (size_t i = 0; i < items->n; i++)
		if (is_name(items->v[i].text))
			return true;
	return false;
}

static bool
may_be_v6(const struct service *s)
{
	for (uint32_t i = 0; i < s->n_listeners; i++)
		if (s->listeners[i].addr.family == AF_INET6)
			return true;
	return s->muxed;
}

void
xin_differ(struct xin_draft *draft, const struct service *s)
{
	const struct {
		enum xin_differs row;
		bool holds;
	} rows[] = {
		{XIN_DIFFERS_CPS, s->limits.rate.count && s->type == SOCK_STREAM},
		{XIN_DIFFERS_PER_SOURCE, s->limits.per_source != SERVICE_UNLIMITED && may_be_v6(s)},
		{XIN_DIFFERS_ENVIRONMENT, s->kind == SERVICE_PROGRAM && !draft->passenv.n},
		{XIN_DIFFERS_BOTH_LISTS, draft->only_from.n && draft->no_access.n},
		{XIN_DIFFERS_NAMES, has_names(&draft->only_from) || has_names(&draft->no_access)},
		{XIN_DIFFERS_REDIRECT, s->redirect != NULL},
		{XIN_DIFFERS_TRAFFIC,
		 (s->log_success & SERVICE_LOG_TRAFFIC) && s->kind != SERVICE_REDIRECT},
		{XIN_DIFFERS_NICE, s->nice < 0},
	};
	uint32_t odd = draft->odd;

	if (!draft->reading->options->differences)
		return;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].holds)
			odd |= 1u << rows[i].row;
	for (unsigned i = 0; i < XIN_DIFFERS_N; i++)
		if (odd & 1u << i)
			conf_differ(draft->reading, s, s->id, s->place, &xin_differences[i]);
}
