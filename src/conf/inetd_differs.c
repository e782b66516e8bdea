/*
 * Where the inetds and this server would not do the same with one file. What the originals do was
 * seen in their sources and, of those that Debian has, in the programs (tests/differential/).
 */
#include "conf/inetd.h"

#define SOURCE_PAYS                                                                                \
	"the source that is over the rate is refused for a while; the port stays open, and other " \
	"sources are served"

const struct conf_difference inetd_differences[INETD_DIFFERS_N + 1] = {
	[INETD_DIFFERS_RATE_10_MIN] = {"inetd-rate",
				       "inetd counts all clients together and closes the port to "
				       "everybody for 10 minutes when one is too many",
				       SOURCE_PAYS},
	[INETD_DIFFERS_RATE_60_S] = {"inetd-rate-busybox",
				     "inetd counts all clients together and closes the port to "
				     "everybody for a minute when one is too many",
				     SOURCE_PAYS},
	[INETD_DIFFERS_ENVIRONMENT] = {"inetd-environment",
				       "inetd hands its environment on, OpenBSD's without names "
				       "that are known to do harm",
				       "programs get PATH and TZ only"},
	[INETD_DIFFERS_SOURCE_PREFIX] = {"inetd-source-is-prefix",
					 "limits per address count each IPv6 address by itself",
					 "the addresses of one IPv6 network (/64) count as one "
					 "source"},
	[INETD_DIFFERS_WRAP] = {"inetd-wrap-always",
				"hosts.allow and hosts.deny are asked only for a service that is "
				"started by tcpd, or with a flag for all",
				"they are asked for each stream service, under the name of its "
				"program"},
	[INETD_DIFFERS_TCPD] = {"inetd-tcpd",
				"tcpd is started, asks hosts.allow and hosts.deny and then "
				"becomes the daemon",
				"the daemon is started itself; hosts.allow and hosts.deny are "
				"asked before there is a process"},
	[INETD_DIFFERS_LOOP] = {"inetd-loop", "a built-in datagram service answers most sources",
				"it answers none that is a small service's port, a group or a "
				"broadcast address, itself, or port 0"},
	[INETD_DIFFERS_UNKNOWN_USER] = {"inetd-unknown-user",
					"the port is opened, and each connection fails because "
					"the user or group is unknown",
					"the entry is an error and stays closed"},
	[INETD_DIFFERS_DOTTED_USER] = {"inetd-dotted-user",
				       "user.group is cut at the dot, even when the whole is a "
				       "user's name and the part is none",
				       "the whole name is taken when only it is a user"},
	[INETD_DIFFERS_WAIT] = {"inetd-wait",
				"what is not \"wait\" counts as \"nowait\", and a limit that is "
				"no number as none or 0",
				"it is an error, the entry stays closed"},
	[INETD_DIFFERS_PROTOCOL] = {"inetd-protocol",
				    "the socket is of the socket type, whatever the protocol says",
				    "an entry whose socket type and protocol do not go together "
				    "is an error and stays closed"},
	[INETD_DIFFERS_PROGRAM] = {"inetd-program",
				   "the port is opened, and each connection fails because the "
				   "program's path is not absolute",
				   "the entry is an error and stays closed"},
	[INETD_DIFFERS_MANY_ARGS] = {"inetd-many-arguments",
				     "arguments from the 20th on are left out without a word",
				     "all arguments are passed"},
	[INETD_DIFFERS_NAME_46] = {"inetd-name-46",
				   "a service name with tcp46 or udp46 is looked up under that "
				   "protocol, not found and not served",
				   "the name is that of tcp or udp, and is served"},
	[INETD_DIFFERS_NUMBER] = {"inetd-port-number", "a port must have a name in /etc/services",
				  "a number will do"},
	[INETD_DIFFERS_CLASS] = {"inetd-login-class", "the login class sets limits and environment",
				 "there are no login classes here; the class is not looked at"},
	[INETD_DIFFERS_FILTER] = {"inetd-accept-filter",
				  "the kernel holds a connection back until the accept filter "
				  "lets it through",
				  "the connection is served at once"},
	[INETD_DIFFERS_IPSEC] = {"inetd-ipsec", "connections must keep to the IPsec policy",
				 "an entry with an IPsec policy is an error and stays closed"},
	[INETD_DIFFERS_BUILTIN] = {"inetd-compat-builtin",
				   "xinetd -inetd_compat ends, or leaves the entry out, when an "
				   "internal service is not one of its own",
				   "the entry is an error and stays closed"},
	[INETD_DIFFERS_MIXED] = {"inetd-mixed-addresses",
				 "of an entry with addresses of both families Debian's opens only "
				 "some",
				 "all are opened"},
	[INETD_DIFFERS_TWICE] = {"inetd-twice",
				 "the later of two entries for one service and address replaces "
				 "the earlier",
				 "the later one is an error; the earlier stays"},
	[INETD_DIFFERS_SESSION] = {"inetd-session",
				   "every program is the leader of a session, which may take a "
				   "terminal without another fork",
				   "those that run as root lead a session, others a process group"},
};
