/*
 * Sinks: files with xinetd's soft and hard limits (xinetd.conf(5), log_type), syslog's and
 * journald's sockets, standard error. See logger.h for what happens to a sink that does not take
 * its lines. A full disk and a dead syslogd are the same case: bytes wait, then are counted.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/logger.h"

/* The longest line: every byte of a record's texts as \\xHH, and the numbers. */
enum { LINE_MAX_BYTES = 12 * RECORD_MAX };
/* What syslogds take: rsyslog's maxMessageSize. */
enum { SYSLOG_MAX_BYTES = 8192 };

struct kind {
	const char *socket; /* NULL: a file; else where datagrams go */
	void (*format)(struct line *line, const struct log_sink *sink,
		       const struct log_event *event);
	bool traffic; /* wants TRAFFIC as a line of its own */
};

static void
format_file(struct line *line, const struct log_sink *sink, const struct log_event *event)
{
	log_stamp(line, event->time);
	log_text(line, event);
	line_char(line, '\n');
}

static void
format_json(struct line *line, const struct log_sink *sink, const struct log_event *event)
{
	log_json(line, event);
	line_char(line, '\n');
}

static void
format_journal(struct line *line, const struct log_sink *sink, const struct log_event *event)
{
	log_journal(line, event);
}

/* RFC 3164 as syslog(3) sends it to the local socket: without the host. */
static void
format_syslog(struct line *line, const struct log_sink *sink, const struct log_event *event)
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int level = event->what == LOG_NOTE_LINE ? log_priority(event) : sink->is->level;
	time_t seconds = (time_t)(event->time / LOOP_SECOND);
	struct tm tm = {0};

	localtime_r(&seconds, &tm);
	line_char(line, '<');
	line_number(line, (sink->is->facility & LOG_FACMASK) | (level & LOG_PRIMASK));
	line_char(line, '>');
	line_text(line, months[tm.tm_mon % 12]);
	line_text(line, tm.tm_mday < 10 ? "  " : " ");
	line_number(line, tm.tm_mday);
	line_char(line, ' ');
	line_digits(line, (uint64_t)tm.tm_hour, 2);
	line_char(line, ':');
	line_digits(line, (uint64_t)tm.tm_min, 2);
	line_char(line, ':');
	line_digits(line, (uint64_t)tm.tm_sec, 2);
	line_text(line, " gatehoused[");
	line_number(line, getppid());
	line_text(line, "]: ");
	log_text(line, event);
	if (line->n > SYSLOG_MAX_BYTES)
		line->n = SYSLOG_MAX_BYTES;
}

static const struct kind kinds[] = {
	[SINK_NONE] = {NULL, NULL, false},
	[SINK_SYSLOG] = {"/dev/log", format_syslog, true},
	[SINK_FILE] = {NULL, format_file, true},
	[SINK_JSON] = {NULL, format_json, false},
	[SINK_JOURNAL] = {"/run/systemd/journal/socket", format_journal, false},
	[SINK_STDERR] = {NULL, format_file, true},
};

static const struct kind *
kind_of(const struct log_sink *sink)
{
	return &kinds[sink->is->kind];
}

static bool
has_limits(const struct log_sink *sink)
{
	return sink->fd >= 0 && (sink->is->kind == SINK_FILE || sink->is->kind == SINK_JSON) &&
	       (sink->is->soft || sink->is->hard);
}

/* The file as it is now: others may have emptied it. */
static void
look_at_size(struct log_sink *sink)
{
	struct stat st;

	if (!has_limits(sink) || fstat(sink->fd, &st) < 0)
		return;
	sink->size = (uint64_t)st.st_size;
	if (sink->size <= sink->is->soft)
		sink->said_soft = false;
	if (sink->size <= sink->is->hard)
		sink->shut = false;
}

static int
connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	memcpy(addr.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) < 0) {
		fd_close(fd);
		return -1;
	}
	return fd;
}

void
sink_open(struct log_sink *sink, const struct service_sink *is, int fd)
{
	sink->is = is;
	sink->fd = is->kind == SINK_STDERR && fd < 0 ? STDERR_FILENO : fd;
	look_at_size(sink);
}

void
sink_close(struct log_sink *sink)
{
	if (sink->fd > STDERR_FILENO)
		fd_close(sink->fd);
	free(sink->pending);
	sink->pending = NULL;
	sink->fd = -1;
	sink->n_pending = 0;
}

/* What is behind the first n pending bytes moves to the front. */
static void
pending_drop(struct log_sink *sink, size_t n)
{
	sink->n_pending -= n;
	if (sink->n_pending) {
		memmove(sink->pending, sink->pending + n, sink->n_pending);
		return;
	}
	free(sink->pending);
	sink->pending = NULL;
}

static bool
write_file(struct log_sink *sink)
{
	while (sink->n_pending) {
		ssize_t n = sink->fd < 0 ? -1 : write(sink->fd, sink->pending, sink->n_pending);

		if (n < 0 && sink->fd >= 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		pending_drop(sink, (size_t)n);
	}
	return true;
}

/* 1 = sent, 0 = not now, -1 = the socket is no good any more. */
static int
send_one(const struct log_sink *sink, const char *bytes, size_t n)
{
	if (send(sink->fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return 1;
	if (errno == EMSGSIZE)
		return 1; /* nobody will ever take it */
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR ? 0 : -1;
}

static bool
write_datagrams(struct log_sink *sink)
{
	size_t at = 0;
	int r = 1;
	bool again = true; /* a daemon that was restarted: once, then later */

	while (at < sink->n_pending) {
		size_t n;

		if (sink->fd < 0 && (sink->fd = connect_to(kind_of(sink)->socket)) < 0)
			break;
		memcpy(&n, sink->pending + at, sizeof(n));
		r = send_one(sink, sink->pending + at + sizeof(n), n);
		if (r > 0) {
			at += sizeof(n) + n;
			continue;
		}
		if (r < 0) {
			fd_close(sink->fd);
			sink->fd = -1;
		}
		if (r == 0 || !again)
			break;
		again = false;
	}
	if (at)
		pending_drop(sink, at);
	return !sink->n_pending;
}

static void
put_bytes(struct log_sink *sink, const char *bytes, size_t n)
{
	if (!sink->pending) {
		sink->pending = malloc(LIMIT_LOG_PENDING);
		if (!sink->pending)
			err_no_memory();
	}
	if (kind_of(sink)->socket) {
		memcpy(sink->pending + sink->n_pending, &n, sizeof(n));
		sink->n_pending += sizeof(n);
	}
	memcpy(sink->pending + sink->n_pending, bytes, n);
	sink->n_pending += n;
}

static bool
has_room(const struct log_sink *sink, size_t n)
{
	return sink->n_pending + n + sizeof(n) <= LIMIT_LOG_PENDING;
}

/* As xinetd: the line that goes over a limit is still written. */
static void
count_size(struct log_sink *sink, size_t n)
{
	char text[LIMIT_MESSAGE];

	sink->size += n;
	if (sink->size > sink->is->soft && !sink->said_soft) {
		sink->said_soft = true;
		snprintf(text, sizeof(text), "soft limit exceeded on '%s'", sink->is->path);
		logger_say(sink->logger, sink, LOG_ALERT, text);
	}
	if (sink->is->hard && sink->size > sink->is->hard && !sink->shut) {
		sink->shut = true;
		snprintf(text, sizeof(text), "hard limit exceeded on '%s'; log closed",
			 sink->is->path);
		logger_say(sink->logger, sink, LOG_ALERT, text);
	}
}

static void
put_line(struct log_sink *sink, const struct log_event *event)
{
	char room[LINE_MAX_BYTES];
	struct line line = {.v = room, .cap = sizeof(room)};

	kind_of(sink)->format(&line, sink, event);
	if (!has_room(sink, line.n) && (!sink_flush(sink) || !has_room(sink, line.n))) {
		sink->lost++;
		return;
	}
	put_bytes(sink, line.v, line.n);
	if (has_limits(sink))
		count_size(sink, line.n);
}

void
sink_put(struct log_sink *sink, const struct log_event *event)
{
	const struct kind *kind = kind_of(sink);

	if (!kind->format || (event->what == LOG_TRAFFIC_LINE && !kind->traffic))
		return;
	if (sink->shut && !sink->n_pending)
		look_at_size(sink);
	if (sink->shut)
		return;
	put_line(sink, event);
}

/* In the sink itself, so that who reads it knows of the gap. */
static void
say_lost(struct log_sink *sink)
{
	struct record record = {.kind = RECORD_NOTE, .priority = LOG_WARNING};
	struct log_event event = {.what = LOG_NOTE_LINE, .record = &record, .id = ""};
	char text[96];

	event.time = loop_date();
	snprintf(text, sizeof(text), "%llu lines were lost: they could not be written in time",
		 (unsigned long long)sink->lost);
	event.text = text;
	sink->lost = 0;
	put_line(sink, &event);
}

bool
sink_flush(struct log_sink *sink)
{
	bool (*const flush)(struct log_sink *) =
		kind_of(sink)->socket ? write_datagrams : write_file;

	if (!flush(sink))
		return false;
	if (!sink->lost)
		return true;
	say_lost(sink);
	return flush(sink);
}
