/*
 * xinetd's lines: xinetd.log(5), and where it says less, what xinetd 2.3.15 writes. What is ours
 * stands behind xinetd's part, so that programs that read its logs read these too.
 */
#include <time.h>

#include "engine/logger.h"

static void
put_number(struct line *line, const char *before, int64_t number, const char *after)
{
	line_text(line, before);
	line_number(line, number);
	line_text(line, after);
}

static void
put_from(struct line *line, const struct log_event *event)
{
	const struct net_addr plain = net_addr_unmap(&event->record->addr);
	char text[NET_ADDR_TEXT];

	if (!(event->flags & SERVICE_LOG_HOST) || event->any_source)
		return;
	line_text(line, " from=");
	line_text(line, plain.family ? net_addr_text(&plain, text) : "<no address>");
}

static void
put_pid(struct line *line, const struct log_event *event)
{
	if (event->flags & SERVICE_LOG_PID)
		put_number(line, " pid=", event->record->pid, "");
}

static void
put_start(struct line *line, const struct log_event *event)
{
	put_pid(line, event);
	put_from(line, event);
}

static void
put_traffic(struct line *line, const struct log_event *event)
{
	put_number(line, " in=", (int64_t)event->record->bytes_in, "(bytes)");
	put_number(line, " out=", (int64_t)event->record->bytes_out, "(bytes)");
}

/* Processor time in milliseconds, and memory: of a process only. */
static void
put_usage(struct line *line, const struct record *record)
{
	uint64_t ms = record->user_us / 1000 + record->sys_us / 1000;

	if (record->pid <= 0)
		return;
	line_text(line, " cpu=");
	line_digits(line, ms / 1000, 1);
	line_char(line, '.');
	line_digits(line, ms % 1000, 3);
	put_number(line, "(sec) rss=", (int64_t)record->max_rss, "(KiB)");
}

static void
put_exit(struct line *line, const struct log_event *event)
{
	static const char *const whys[] = {
		[RECORD_ENDED_SELF] = "",
		[RECORD_ENDED_SIGNAL] = "",
		[RECORD_ENDED_CLIENT] = " why=client",
		[RECORD_ENDED_TIMEOUT] = " why=timeout",
		[RECORD_ENDED_KILLED] = " why=killed",
		[RECORD_ENDED_UNKNOWN] = " why=unknown",
	};
	const struct record *record = event->record;
	bool signal = record->end != RECORD_ENDED_SELF && record->status;
	bool exits = event->flags & SERVICE_LOG_EXIT;

	if (exits && record->end != RECORD_ENDED_UNKNOWN)
		put_number(line, signal ? " signal=" : " status=", record->status, "");
	put_pid(line, event);
	if (event->flags & SERVICE_LOG_DURATION)
		put_number(line, " duration=", record->duration / LOOP_SECOND, "(sec)");
	if (!exits)
		return;
	line_text(line, whys[record->end]);
	put_usage(line, record);
}

static void
put_rule(struct line *line, const struct log_event *event)
{
	if (!event->rule_file)
		return;
	line_text(line, " rule=");
	line_safe(line, event->rule_file, " ");
	put_number(line, ":", event->record->rule_line, "");
}

static void
put_fail(struct line *line, const struct log_event *event)
{
	line_char(line, ' ');
	line_text(line, refusal_xinetd(event->record->refusal));
	put_from(line, event);
	if (event->suppressed) {
		put_number(line, " suppressed=", (int64_t)event->suppressed, "");
		put_number(line, " window=", event->window_s, "(sec)");
		return;
	}
	if (event->record->refusal == REFUSAL_WRAP && event->service && event->service->wrap) {
		line_text(line, " daemon=");
		line_safe(line, event->service->wrap, " ");
	}
	put_rule(line, event);
}

static void
put_userid(struct line *line, const struct log_event *event)
{
	line_char(line, ' ');
	if (event->text) {
		line_safe(line, event->text, "");
		line_text(line, " : ");
	}
	line_safe(line, event->user, "");
}

static void
put_noid(struct line *line, const struct log_event *event)
{
	const struct net_addr plain = net_addr_unmap(&event->record->addr);
	char text[NET_ADDR_TEXT];

	line_char(line, ' ');
	line_text(line, net_addr_text(&plain, text));
	line_char(line, ' ');
	line_safe(line, event->text ? event->text : "no answer", "");
}

static void
put_note(struct line *line, const struct log_event *event)
{
	if (event->id[0])
		line_char(line, ':');
	if (event->text) {
		line_char(line, ' ');
		line_safe(line, event->text, "");
	}
}

static void
put_stderr(struct line *line, const struct log_event *event)
{
	put_pid(line, event);
	line_char(line, ' ');
	line_safe(line, event->text ? event->text : "", "");
}

static const struct {
	const char *word;
	void (*put)(struct line *line, const struct log_event *event);
} rows[LOG_N_WHATS] = {
	[LOG_START_LINE] = {"START", put_start},    [LOG_TRAFFIC_LINE] = {"TRAFFIC", put_traffic},
	[LOG_EXIT_LINE] = {"EXIT", put_exit},       [LOG_FAIL_LINE] = {"FAIL", put_fail},
	[LOG_USERID_LINE] = {"USERID", put_userid}, [LOG_NOID_LINE] = {"NOID", put_noid},
	[LOG_NOTE_LINE] = {NULL, put_note},         [LOG_STDERR_LINE] = {"STDERR", put_stderr},
};

void
log_text(struct line *line, const struct log_event *event)
{
	static const char *const levels[8] = {"EMERG",   "ALERT",  "CRITICAL", "ERROR",
					      "WARNING", "NOTICE", "INFO",     "DEBUG"};
	const char *word = rows[event->what].word;

	line_text(line, word ? word : levels[event->record->priority & 7]);
	line_char(line, ':');
	if (event->id[0]) {
		line_char(line, ' ');
		line_safe(line, event->id, "");
	}
	rows[event->what].put(line, event);
}

void
log_stamp(struct line *line, int64_t time)
{
	time_t seconds = (time_t)(time / LOOP_SECOND);
	struct tm tm = {0};

	localtime_r(&seconds, &tm);
	line_digits(line, (uint64_t)(tm.tm_year % 100), 2);
	put_number(line, "/", tm.tm_mon + 1, "/");
	put_number(line, "", tm.tm_mday, "@");
	line_digits(line, (uint64_t)tm.tm_hour, 2);
	line_char(line, ':');
	line_digits(line, (uint64_t)tm.tm_min, 2);
	line_char(line, ':');
	line_digits(line, (uint64_t)tm.tm_sec, 2);
	line_text(line, ": ");
}
