/*
 * xinetd.conf and the files it includes, read line by line as xinetd 2.3.15 does: xinetd.conf(5),
 * and where the page is silent, what the program was seen to do (tests/differential/).
 *
 *	XINETD_SERVICE     "service" name; what else stands on the line is not looked at
 *	XINETD_DEFAULTS    "defaults"
 *	XINETD_OPEN        "{"; must be alone on the first line after the section's
 *	XINETD_ATTRIBUTE   name, operator ("=", "+=", "-="), values...
 *	XINETD_CLOSE       "}"; must be alone on its line
 *	XINETD_INCLUDE     "include" file
 *	XINETD_INCLUDEDIR  "includedir" directory
 *	XINETD_HEADER      key and text of a comment "# default: on", "# description: ...": xinetd
 *	                   leaves them out, chkconfig and people read them
 *
 * Attributes, OPEN and CLOSE have their section as parent. After a mistake xinetd skips lines up
 * to the next lone "}", sections and includes among them: these are SYN_BAD, with one diagnostic.
 * A section that has a SYN_BAD child or no CLOSE is dropped by xinetd.
 */
#ifndef SYNTAX_XINETD_H
#define SYNTAX_XINETD_H

#include "syntax/tree.h"

enum xinetd_kind {
	XINETD_SERVICE = SYN_OWN,
	XINETD_DEFAULTS,
	XINETD_OPEN,
	XINETD_ATTRIBUTE,
	XINETD_CLOSE,
	XINETD_INCLUDE,
	XINETD_INCLUDEDIR,
	XINETD_HEADER
};

extern const struct syn_format syn_format_xinetd;

enum xinetd_attr {
	XINETD_SOCKET_TYPE,
	XINETD_PROTOCOL,
	XINETD_WAIT,
	XINETD_USER,
	XINETD_GROUP,
	XINETD_SERVER,
	XINETD_SERVER_ARGS,
	XINETD_INSTANCES,
	XINETD_LOG_ON_SUCCESS,
	XINETD_LOG_ON_FAILURE,
	XINETD_LOG_TYPE,
	XINETD_ONLY_FROM,
	XINETD_NO_ACCESS,
	XINETD_ACCESS_TIMES,
	XINETD_TYPE,
	XINETD_RPC_VERSION,
	XINETD_RPC_NUMBER,
	XINETD_ID,
	XINETD_ENV,
	XINETD_PORT,
	XINETD_PASSENV,
	XINETD_FLAGS,
	XINETD_NICE,
	XINETD_REDIRECT,
	XINETD_BANNER,
	XINETD_BIND, /* "interface" too */
	XINETD_PER_SOURCE,
	XINETD_GROUPS,
	XINETD_BANNER_SUCCESS,
	XINETD_BANNER_FAIL,
	XINETD_CPS,
	XINETD_DISABLE,
	XINETD_MAX_LOAD,
	XINETD_RLIMIT_AS,
	XINETD_RLIMIT_CPU,
	XINETD_RLIMIT_DATA,
	XINETD_RLIMIT_FILES,
	XINETD_RLIMIT_RSS,
	XINETD_RLIMIT_STACK,
	XINETD_V6ONLY,
	XINETD_DENY_TIME,
	XINETD_UMASK,
	XINETD_LIBWRAP,
	XINETD_DISABLED,
	XINETD_ENABLED,
	XINETD_N_ATTRS
};

enum xinetd_op { XINETD_SET, XINETD_ADD, XINETD_REMOVE };

/* In which sections an attribute may stand, and whether "+=" and "-=" work there. */
enum {
	XINETD_IN_SERVICE = 1,
	XINETD_IN_DEFAULTS = 2,
	XINETD_LIST_IN_SERVICE = 4,
	XINETD_LIST_IN_DEFAULTS = 8
};

struct xinetd_attr_row {
	const char *name;
	enum xinetd_attr attr;
	unsigned where;
	unsigned n_values; /* exactly so many; 0 = any number */
};

/* The row of an attribute that may stand in that section, NULL when there is none. */
const struct xinetd_attr_row *xinetd_attr_find(struct span name, bool in_defaults);
const char *xinetd_attr_name(enum xinetd_attr attr);

/* An attribute node's pieces. */
struct xinetd_setting {
	struct span name;
	enum xinetd_op op;
	const struct syn_word *values;
	uint32_t n_values;
};

/* The node is one of kind XINETD_ATTRIBUTE. */
struct xinetd_setting xinetd_setting_of(const struct syn_node *node);

/* Words that may stand in a value, in any case of letters, and what they stand for: not 0. */
struct xinetd_word {
	const char *name;
	unsigned value;
};
struct xinetd_words {
	const struct xinetd_word *v;
	size_t n;
};
unsigned xinetd_word_find(const struct xinetd_words *words,
			  struct span name); /* 0 = none of them */

enum {
	XINETD_RPC = 1,
	XINETD_INTERNAL = 2,
	XINETD_UNLISTED = 4,
	XINETD_SPECIAL = 8,
	XINETD_TCPMUX = 16,
	XINETD_TCPMUXPLUS = 32
};
enum {
	XINETD_REUSE = 1,
	XINETD_INTERCEPT = 2,
	XINETD_NORETRY = 4,
	XINETD_IDONLY = 8,
	XINETD_NAMEINARGS = 16,
	XINETD_NODELAY = 32,
	XINETD_KEEPALIVE = 64,
	XINETD_NOLIBWRAP = 128,
	XINETD_SENSOR = 256,
	XINETD_IPV4 = 512,
	XINETD_IPV6 = 1024,
	XINETD_LABELED = 2048
};
enum { XINETD_STREAM = 1, XINETD_DGRAM, XINETD_RAW, XINETD_SEQPACKET };

extern const struct xinetd_words xinetd_types, xinetd_flags, xinetd_socket_types;
/* Of log_type SYSLOG: the numbers of syslog(3), plus one. */
extern const struct xinetd_words xinetd_facilities, xinetd_levels;

#endif
