/*
 * Start record: one piece of evidence that something starts a program, or would if it
 * were switched on. Plain data, owned by the audit's arena; filled by start/.
 */
#ifndef MODEL_START_H
#define MODEL_START_H

#include <stdbool.h>
#include <stdint.h>

#include "net/addr.h"
#include "net/proto.h"

/* When the program runs, given that the record is enabled. */
enum start_when {
	START_AT_BOOT,    /* or on entering a runlevel, target */
	START_ON_DEMAND,  /* a client asks: super-server, socket unit, D-Bus */
	START_ON_TIME,    /* cron, timer, at */
	START_ON_EVENT,   /* path unit, udev, login, hot-plug */
	START_BY_OTHER,   /* only when another record pulls it in (static unit, dependency) */
	START_BY_HAND,    /* an administrator's session */
	START_BY_RUNTIME, /* a container runtime */
	START_N_WHEN
};

/* Where a record declares that its program will listen. */
struct start_port {
	enum net_proto proto;
	uint8_t family;       /* AF_INET, AF_INET6, AF_UNSPEC = as the mechanism likes */
	struct net_addr addr; /* family 0 = not said (the wildcard) */
	uint32_t port;        /* 0 with rpc or path */
	const char *path;     /* unix sockets: "/run/x", "@abstract" */
	const char *device;   /* bound interface */
	uint32_t rpc_program, rpc_low, rpc_high; /* RPC service and versions, 0 = none */
	const char *name;                        /* as written: "telnet", "23", "rstatd/1-5" */
};

struct start {
	const char *mechanism; /* the reader's name: "inetd", "sysv", "systemd", ... */
	const char
		*name; /* as that mechanism calls it: "telnet", "ssh.socket", "S20sshd"'s "sshd" */
	bool enabled;  /* will the mechanism start it, by its own rules */
	bool dormant;  /* right, but the mechanism itself is not in use on this machine */
	enum start_when when;

	/* Short and exact: "disable = yes", "S20 in 2 3 4 5", "masked", "wanted by sshd.socket". */
	const char *state;
	/* The line that defines the program. */
	const char *file;
	uint32_t line; /* 0 = the file as a whole */
	/* The line or link that switches it on or off, where that is another one. */
	const char *switch_file;
	uint32_t switch_line;
	/* How to switch it off for good, one command or edit, in that mechanism's own way. */
	const char *off;

	const char **command; /* NULL-terminated; NULL = not known (a whole script, say) */
	const char *exe;      /* absolute program that will hold the socket, after tcpd and other
				 wrappers; NULL = unknown */
	const char *
		*programs; /* all absolute programs a script may start; NULL-terminated or NULL */
	const char *user, *group;
	const char *pidfile;
	const char *unit;      /* the systemd unit or service directory that processes will show */
	const char *activates; /* socket/timer/path: name of the record of the same mechanism it
				  starts */
	const char *container; /* runtime and id */
	const char *runlevels; /* "2345", "default", "multi-user.target", cron's schedule: when in
				  detail */
	const char *package;   /* owner of file, NULL = none or unknown */
	const char *note;      /* anything more a person should know */
	const char **aliases;  /* other names, NULL-terminated or NULL */

	struct start_port *ports;
	uint32_t n_ports;
	bool listens_itself; /* the mechanism's own process holds these ports (inetd, .socket) */
	bool super_server;   /* it is a super-server: other records' listeners are its own */

	int32_t pidfile_pid;     /* what pidfile holds right now (live), 0 = nothing */
	int32_t server_pid;      /* read from the file this running super-server was given, 0 = the
				  * mechanism's usual one */
	bool by_user;            /* written by a user other than root: names prove nothing */
	bool session;            /* a unit of user sessions: the system's of that name is another */
	bool needs_server;       /* opens nothing by itself: a super-server reads it */
	const struct start *via; /* starts what serves this: xinetd's script for its services */

	uint32_t index;       /* position in the report, set by the audit */
	uint32_t n_listeners; /* set by join/ */
};

const char *start_when_name(enum start_when when);
/* Will it be there after the next boot: enabled, its mechanism in use, its super-server started? */
bool start_returns(const struct start *start);

#endif
