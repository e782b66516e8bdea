/*
 * Record: one thing worth a line in a log, as a worker sends it to the log process; that one knows
 * the service's sink and makes xinetd's line, JSON, syslog or journald of it. Several records may
 * follow each other in one datagram. Texts stand behind the fixed part, each ended by a NUL, in the
 * order of the has_ counts; whoever reads checks every length: workers are not trusted.
 */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "model/refusal.h"
#include "net/addr.h"

enum record_kind {
	RECORD_START = 1,
	RECORD_EXIT,
	RECORD_FAIL,
	RECORD_USERID, /* ident's answer is in user, and ask_answer's system in text; without a
			  user: text says why there is none (NOID) */
	RECORD_NOTE,   /* text is the whole line; priority as syslog's */
	RECORD_STDERR  /* what the session wrote to its standard error, under stderr = log */
};

enum record_end {                    /* why a session ended */
		  RECORD_ENDED_SELF, /* exit status */
		  RECORD_ENDED_SIGNAL,
		  RECORD_ENDED_CLIENT,  /* built-ins: the client closed */
		  RECORD_ENDED_TIMEOUT, /* session_time over */
		  RECORD_ENDED_KILLED,  /* by command */
		  RECORD_ENDED_UNKNOWN  /* it outlived its worker */
};

struct record {
	uint32_t size; /* with the texts; a multiple of 8 */
	uint8_t kind, refusal, end, priority;
	uint64_t session;
	int64_t time;   /* nanoseconds since 1970 */
	pid_t pid;      /* 0 = none */
	int32_t status; /* ended by itself: the exit status; else the signal, 0 = none */
	struct net_addr addr, local;
	uint16_t port, local_port;
	uint32_t rule_line;
	int64_t duration;         /* nanoseconds */
	uint64_t user_us, sys_us; /* processor time */
	uint64_t max_rss;         /* KiB */
	uint64_t bytes_in, bytes_out;
	uint16_t n_user, n_rule_file, n_text; /* bytes of each text, its NUL counted; 0 = absent */
	uint16_t flags;                       /* RECORD_HAS_TRAFFIC */
};

enum { RECORD_HAS_TRAFFIC = 1, RECORD_MAX = 4096 };

/* Collects records to send them together; one per worker. engine/record.c */
struct record_out {
	int fd;
	size_t used;
	uint64_t lost; /* could not be sent and did not fit */
	char bytes[32768];
};
/* Start as {.fd = end of the log's pair, or -1}. Texts may be NULL; what is too long is cut. A full
 * buffer is sent at once; nothing waits. After a new fd the next flush sends what is kept. */
void record_put(struct record_out *out, const struct record *record, const char *user,
		const char *rule_file, const char *text);
void record_flush(struct record_out *out);
/*
 * Takes the next record off a datagram, whose bytes stand at a multiple of 8; NULL at its end or at
 * the first that is malformed, after which nothing of the datagram is believed.
 */
struct record_in {
	const char *at, *end;
};
const struct record *record_next(struct record_in *in, const char **ret_user,
				 const char **ret_rule_file, const char **ret_text);

#endif
