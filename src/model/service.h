/*
 * Service: one entry of a super-server's configuration, whatever language it was written in.
 * conf/ fills it, engine/ serves it and never knows where it came from. Plain data in the arena of
 * its generation (struct serve); a thousand of them must fit into a megabyte, so texts are shared
 * and what few services have hangs on pointers.
 */
#ifndef MODEL_SERVICE_H
#define MODEL_SERVICE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/diag.h"
#include "net/addr.h"

struct access;
struct builtin;

enum service_kind {
	SERVICE_PROGRAM,  /* a process per connection (or per activation, when wait is set) */
	SERVICE_BUILTIN,  /* answered by the worker itself: builtin/ */
	SERVICE_REDIRECT, /* carried to another address */
	SERVICE_TCPMUX,   /* RFC 1078: hands the connection to the service the client names */
	SERVICE_SENSOR    /* nothing is served: who comes is put on the deny list */
};
const char *service_kind_name(enum service_kind kind);
const char *service_type_name(int type);         /* SOCK_STREAM: "stream" */
const char *service_protocol_name(int protocol); /* IPPROTO_TCP: "tcp"; 0: "unix" */

/* Where the text stands that says so. */
struct service_place {
	const char *file;
	uint32_t line;
};

/* One socket to open. */
struct service_listener {
	struct net_addr addr; /* family 0 for a unix socket */
	uint16_t port;        /* 0 for RPC: the kernel chooses */
	bool v6only;          /* of an IPv6 one; false: takes IPv4 too where addr is the wildcard */
	const char *device;   /* SO_BINDTODEVICE, or NULL */
	const char *path;     /* unix socket; '@' first: abstract */
	uid_t owner;          /* of the path; (uid_t)-1: leave */
	gid_t group;
	mode_t mode; /* 0: as umask says */
};

struct service_rpc {
	uint32_t program, low, high; /* versions low..high */
	const char *name;
};

struct service_account {
	const char *user, *group; /* as written; NULL = not given */
	uid_t uid;
	gid_t gid;
	bool switch_uid, switch_gid; /* inetd: root without a group switches nothing */
	enum service_groups { GROUPS_NONE, GROUPS_OF_USER, GROUPS_KEEP } groups;
};

struct service_rlimit {
	int resource; /* RLIMIT_AS ... */
	rlim_t value; /* soft and hard */
};

#define SERVICE_WEEKDAYS 7
extern const char *const service_weekdays[SERVICE_WEEKDAYS]; /* "Sun" ... */

/* Minutes of the day, both ends included; from > to goes over midnight. */
struct service_window {
	uint16_t from, to;
	uint8_t days; /* bit 0 = Sunday ... bit 6; the day on which the window begins */
};

/* count per period; tokens refill evenly, burst = count. 0 = no limit. */
struct service_rate {
	uint32_t count, period_s;
};

/* SERVICE_UNLIMITED stands for "no limit" in counts. */
#define SERVICE_UNLIMITED UINT32_MAX

struct service_limits {
	uint32_t instances, per_source;
	uint8_t v4_bits, v6_bits;        /* a source is a prefix of so many bits: 32 and 64 */
	struct service_rate rate;        /* of the whole service: xinetd's cps, inetd's .max */
	struct service_rate source_rate; /* of one source */
	uint32_t penalty_s;              /* how long a source that broke a rate stays refused */
	double max_load;                 /* 0 = no limit */
	enum service_over { OVER_REFUSE, OVER_QUEUE } over; /* instances and rate: refuse or wait */
	const struct service_window *windows;               /* none: always */
	uint32_t n_windows;
	const char *time_zone; /* TZ of the windows, NULL = the machine's */
	uint32_t session_s;    /* a session may last so long; 0 = for ever */
};

enum { /* what is said of a session: log_on_success, log_on_failure */
       SERVICE_LOG_PID = 1,
       SERVICE_LOG_HOST = 2,
       SERVICE_LOG_USERID = 4,
       SERVICE_LOG_EXIT = 8,
       SERVICE_LOG_DURATION = 16,
       SERVICE_LOG_TRAFFIC = 32,
       SERVICE_LOG_ATTEMPT = 64
};

enum service_sink_kind { SINK_NONE, SINK_SYSLOG, SINK_FILE, SINK_JSON, SINK_JOURNAL, SINK_STDERR };

/* Where lines go; shared by services, listed in struct serve. */
struct service_sink {
	enum service_sink_kind kind;
	int facility, level; /* SYSLOG: LOG_DAEMON ..., LOG_INFO ... */
	const char *path;    /* FILE, JSON */
	uint64_t soft, hard; /* bytes; 0 = no limit */
};

struct service_banners { /* file's bytes, read when the configuration was; NULL = none */
	const char *always, *success, *fail;
	uint32_t n_always, n_success, n_fail;
};

struct service_redirect {
	struct net_addr *to; /* tried in this order, both families */
	uint32_t n_to;
	uint16_t port;
	const char *host; /* as written */
};

enum service_stderr { STDERR_CLIENT, STDERR_LOG, STDERR_NULL };

struct service {
	const char *name, *id; /* id: unique in its generation, what logs and commands call it */
	struct service_place place;
	const char *front; /* "xinetd", "inetd/openbsd" ... */
	enum service_kind kind;
	int type;     /* SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_RAW */
	int protocol; /* IPPROTO_TCP ...; 0 for unix */
	bool wait;
	struct service_listener *listeners;
	uint32_t n_listeners;
	const struct service_rpc *rpc; /* NULL = none */
	bool muxed;                    /* no socket of its own: tcpmux brings its connections */
	bool mux_plus;                 /* tcpmux says "+" before it starts (TCPMUXPLUS) */

	struct service_account account;
	const char *program;
	const char *const *argv; /* argv[0] included, NULL-terminated */
	const char *const *env;  /* "NAME=value", without the peer's; NULL-terminated */
	const char *builtin;     /* its name: "echo", "chargen" ... */
	const struct service_redirect *redirect;
	uint32_t deny_time_s; /* sensor; 0 = only logged, UINT32_MAX = for ever */

	int nice;  /* added */
	int umask; /* -1 = the server's, which is 022 */
	struct service_rlimit *rlimits;
	uint32_t n_rlimits;
	bool nodelay, keepalive;
	uint32_t backlog; /* 0 = the server's */
	uint32_t sndbuf, rcvbuf;
	bool no_retry; /* flags = NORETRY */
	enum service_stderr stderr_to;

	struct service_limits limits;
	const struct access *access; /* only_from, no_access; NULL = everyone */
	const char *wrap; /* daemon name for hosts.allow and hosts.deny; NULL = not asked */
	const struct service_banners *banners;
	const struct service_sink *sink;
	unsigned log_success, log_failure; /* SERVICE_LOG_* */
	bool ask_user;                     /* USERID asked for, so ident is */

	/* Same settings as in the generation before = equal fingerprint: reload leaves it alone. */
	uint64_t fingerprint;
};

/* One generation of the configuration. Freed whole. */
struct serve {
	struct arena *arena;
	struct diags diags;
	struct service **v;
	size_t n, cap;
	struct service_sink **sinks;
	size_t n_sinks, cap_sinks;
	const struct service_sink *sink; /* for what concerns no service */
	const char **files;              /* that were read, NULL-terminated */
	size_t n_files, cap_files;
	uint32_t process_limit;               /* 0 = none */
	struct access *hosts;                 /* hosts.allow and hosts.deny; NULL = not asked */
	const char *hosts_allow, *hosts_deny; /* their paths; NULL = those in /etc */
	size_t n_closed;                      /* services left out for their errors */
};

#endif
