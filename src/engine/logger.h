/*
 * The parts of the log process (logger.c): events, their looks in each format, the sinks they go
 * to, and the counting of floods. Only engine/logger*.c and their tests include this.
 */
#ifndef ENGINE_LOGGER_H
#define ENGINE_LOGGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "engine/line.h"
#include "engine/loop.h"
#include "engine/record.h"
#include "model/service.h"

/* What a line is about; a record makes one or two of them. */
enum log_what {
	LOG_START_LINE,
	LOG_TRAFFIC_LINE, /* in front of EXIT, as xinetd has it */
	LOG_EXIT_LINE,
	LOG_FAIL_LINE,
	LOG_USERID_LINE,
	LOG_NOID_LINE,
	LOG_NOTE_LINE,
	LOG_STDERR_LINE,
	LOG_N_WHATS
};

struct log_event {
	enum log_what what;
	const struct record *record;
	const char *user, *rule_file, *text; /* of the record; NULL = none */
	const char *id;                      /* of the service; "" = the server itself */
	const struct service *service;       /* NULL: of another generation, or the server */
	unsigned flags;                      /* SERVICE_LOG_* that hold for this line */
	int64_t time;                        /* nanoseconds since 1970, believable */
	uint64_t suppressed;                 /* FAIL: stands for so many that were not written */
	bool any_source;                     /* of those, so the record's address is only one */
	uint32_t window_s;                   /* in so many seconds */
};

/* logger_text.c: xinetd's lines, without time and without newline. */
void log_text(struct line *line, const struct log_event *event);
/* "26/11/21@05:26:53: ", local time, as xinetd's files have it. */
void log_stamp(struct line *line, int64_t time);

/* logger_fields.c: the same as fields; which are told depends on the same flags. */
void log_json(struct line *line, const struct log_event *event);    /* one object, no newline */
void log_journal(struct line *line, const struct log_event *event); /* a datagram of journald's */
const char *log_what_name(enum log_what what);                      /* "start" */
int log_priority(const struct log_event *event);                    /* syslog's */

/*
 * logger_sink.c: where lines go. Lines of one turn are collected and written together; what a sink
 * does not take at once is kept up to LIMIT_LOG_PENDING bytes, and what is beyond is counted and
 * said when it takes lines again. No sink waits for another.
 */
struct log_sink {
	const struct service_sink *is;
	int fd; /* -1 = not open */
	struct logger *logger;
	char *pending; /* bytes, or datagrams each behind its size_t; NULL = nothing waits */
	size_t n_pending;
	uint64_t lost;        /* lines, since it was said last */
	uint64_t size;        /* of the file, where it has limits */
	bool said_soft, shut; /* limits reached */
	bool dirty;           /* in this turn's list */
	struct log_sink *next_dirty;
	struct loop_timer retry;
};

void sink_open(struct log_sink *sink, const struct service_sink *is, int fd);
void sink_put(struct log_sink *sink, const struct log_event *event);
/* false: not everything could be written; try again later. */
bool sink_flush(struct log_sink *sink);
void sink_close(struct log_sink *sink);
/* The server's own word about a sink; logger.c. May call sink_put() of another sink. */
void logger_say(struct logger *logger, const struct log_sink *about, int priority,
		const char *text);

/*
 * logger_flood.c: refusals are written one by one as long as there are few. Of one source (a
 * prefix), service and reason LIMIT_LOG_SOURCE a window are, of one service and reason
 * LIMIT_LOG_SERVICE; the others are counted and told in one line when the window ends.
 */
#define FLOOD_CELLS 4096u /* a power of two */

struct flood_cell {
	const void *client; /* NULL = free */
	uint8_t refusal, family, any_source;
	uint8_t source[16];
	uint32_t written;
	uint64_t suppressed;
	int64_t ends;       /* loop_now() */
	struct record last; /* address and ports of the last one, for the summary */
};

struct flood {
	struct flood_cell *cells; /* NULL: no refusal came yet */
	uint32_t used;
	uint64_t seed;
};

/* May this refusal be written? Otherwise it has been counted. client names the service. */
bool flood_pass(struct flood *flood, const void *client, const struct record *record,
		uint8_t v4_bits, uint8_t v6_bits, int64_t now);
/* Calls tell for each cell whose window is over and frees it; client: only its own, whatever the
 * time. Returns when to come again, 0 = never. */
int64_t flood_sweep(struct flood *flood, const void *client, int64_t now,
		    void (*tell)(void *data, const struct flood_cell *cell), void *data);

#endif
