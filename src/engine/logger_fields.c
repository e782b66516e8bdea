/*
 * Events as fields: JSON lines (data/schema/log.schema.json) and journald's native protocol
 * (systemd.io/JOURNAL_NATIVE_PROTOCOL). One table says which field is told with which lines and
 * under which of log_on_success' and log_on_failure's words; a new field is a row.
 */
#include <time.h>

#include "engine/logger.h"

#define BIT(what) (1u << (what))

enum {
	STARTS = BIT(LOG_START_LINE),
	EXITS = BIT(LOG_EXIT_LINE),
	FAILS = BIT(LOG_FAIL_LINE),
	USERS = BIT(LOG_USERID_LINE) | BIT(LOG_NOID_LINE),
	NOTES = BIT(LOG_NOTE_LINE),
	ERRORS = BIT(LOG_STDERR_LINE),
	ALL = BIT(LOG_N_WHATS) - 1
};

/* One value: text, or thousands as a number with a fraction, or a plain number. */
struct value {
	enum { ABSENT, TEXT, NUMBER, SECONDS } is;
	const char *text;
	uint64_t number; /* SECONDS: microseconds */
	char room[NET_ADDR_TEXT];
};

static void
set_text(struct value *value, const char *text)
{
	value->is = text && text[0] ? TEXT : ABSENT;
	value->text = text;
}

static void
set_number(struct value *value, uint64_t number)
{
	value->is = NUMBER;
	value->number = number;
}

static void
set_known(struct value *value, uint64_t number) /* 0 = there is none */
{
	value->is = number ? NUMBER : ABSENT;
	value->number = number;
}

static void
set_addr(struct value *value, const struct net_addr *addr)
{
	const struct net_addr plain = net_addr_unmap(addr);

	set_text(value, plain.family ? net_addr_text(&plain, value->room) : NULL);
}

static void
get_event(const struct log_event *event, struct value *value)
{
	set_text(value, log_what_name(event->what));
}

static void
get_service(const struct log_event *event, struct value *value)
{
	set_text(value, event->id);
}

static void
get_session(const struct log_event *event, struct value *value)
{
	set_known(value, event->record->session);
}

static void
get_pid(const struct log_event *event, struct value *value)
{
	set_known(value, event->record->pid > 0 ? (uint64_t)event->record->pid : 0);
}

static void
get_from(const struct log_event *event, struct value *value)
{
	set_addr(value, &event->record->addr);
}

static void
get_from_port(const struct log_event *event, struct value *value)
{
	set_known(value, event->record->port);
}

static void
get_to(const struct log_event *event, struct value *value)
{
	set_addr(value, &event->record->local);
}

static void
get_to_port(const struct log_event *event, struct value *value)
{
	set_known(value, event->record->local_port);
}

static void
get_user(const struct log_event *event, struct value *value)
{
	set_text(value, event->user);
}

static void
get_reason(const struct log_event *event, struct value *value)
{
	set_text(value, refusal_name(event->record->refusal));
}

static void
get_says(const struct log_event *event, struct value *value)
{
	set_text(value, refusal_says(event->record->refusal));
}

static void
get_rule_file(const struct log_event *event, struct value *value)
{
	set_text(value, event->rule_file);
}

static void
get_rule_line(const struct log_event *event, struct value *value)
{
	if (event->rule_file)
		set_known(value, event->record->rule_line);
}

static void
get_rule(const struct log_event *event, struct value *value)
{
	set_text(value, event->text);
}

static void
get_suppressed(const struct log_event *event, struct value *value)
{
	set_known(value, event->suppressed);
}

static void
get_window(const struct log_event *event, struct value *value)
{
	set_known(value, event->window_s);
}

static void
get_end(const struct log_event *event, struct value *value)
{
	static const char *const names[] = {
		[RECORD_ENDED_SELF] = "exit",     [RECORD_ENDED_SIGNAL] = "signal",
		[RECORD_ENDED_CLIENT] = "client", [RECORD_ENDED_TIMEOUT] = "timeout",
		[RECORD_ENDED_KILLED] = "killed", [RECORD_ENDED_UNKNOWN] = "unknown",
	};

	set_text(value, names[event->record->end]);
}

static void
get_status(const struct log_event *event, struct value *value)
{
	if (event->record->end == RECORD_ENDED_SELF)
		set_number(value, (uint64_t)(uint32_t)event->record->status);
}

static void
get_signal(const struct log_event *event, struct value *value)
{
	if (event->record->end != RECORD_ENDED_SELF)
		set_known(value, (uint64_t)(uint32_t)event->record->status);
}

static void
set_seconds(struct value *value, uint64_t us)
{
	value->is = SECONDS;
	value->number = us;
}

static void
get_duration(const struct log_event *event, struct value *value)
{
	if (event->record->duration >= 0)
		set_seconds(value, (uint64_t)event->record->duration / 1000);
}

static void
get_user_time(const struct log_event *event, struct value *value)
{
	if (event->record->pid > 0)
		set_seconds(value, event->record->user_us);
}

static void
get_system_time(const struct log_event *event, struct value *value)
{
	if (event->record->pid > 0)
		set_seconds(value, event->record->sys_us);
}

static void
get_max_rss(const struct log_event *event, struct value *value)
{
	if (event->record->pid > 0)
		set_known(value, event->record->max_rss);
}

static void
get_bytes_in(const struct log_event *event, struct value *value)
{
	if (event->record->flags & RECORD_HAS_TRAFFIC)
		set_number(value, event->record->bytes_in);
}

static void
get_bytes_out(const struct log_event *event, struct value *value)
{
	if (event->record->flags & RECORD_HAS_TRAFFIC)
		set_number(value, event->record->bytes_out);
}

static void
get_priority(const struct log_event *event, struct value *value)
{
	static const char *const names[8] = {"emerg",   "alert",  "crit", "err",
					     "warning", "notice", "info", "debug"};

	set_text(value, names[event->record->priority & 7]);
}

static void
get_text(const struct log_event *event, struct value *value)
{
	set_text(value, event->text);
}

static const struct row {
	const char *json, *journal;
	unsigned told_in;
	unsigned needs; /* SERVICE_LOG_*; 0 = always */
	void (*get)(const struct log_event *event, struct value *value);
} rows[] = {
	{"event", "GATEHOUSE_EVENT", ALL, 0, get_event},
	{"service", "GATEHOUSE_SERVICE", ALL, 0, get_service},
	{"session", "GATEHOUSE_SESSION", ALL & ~NOTES, 0, get_session},
	{"pid", "GATEHOUSE_PID", STARTS | EXITS | ERRORS, SERVICE_LOG_PID, get_pid},
	{"from", "REMOTE_ADDR", STARTS | EXITS | FAILS | USERS, SERVICE_LOG_HOST, get_from},
	{"from_port", "REMOTE_PORT", STARTS | EXITS | FAILS | USERS, SERVICE_LOG_HOST,
	 get_from_port},
	{"to", "LOCAL_ADDR", STARTS | EXITS | FAILS | USERS, SERVICE_LOG_HOST, get_to},
	{"to_port", "LOCAL_PORT", STARTS | EXITS | FAILS | USERS, SERVICE_LOG_HOST, get_to_port},
	{"user", "GATEHOUSE_USER", STARTS | EXITS | FAILS | USERS, SERVICE_LOG_USERID, get_user},
	{"system", "GATEHOUSE_SYSTEM", BIT(LOG_USERID_LINE), 0, get_text},
	{"reason", "GATEHOUSE_REASON", FAILS, 0, get_reason},
	{"says", "GATEHOUSE_SAYS", FAILS, 0, get_says},
	{"rule_file", "GATEHOUSE_RULE_FILE", FAILS, 0, get_rule_file},
	{"rule_line", "GATEHOUSE_RULE_LINE", FAILS, 0, get_rule_line},
	{"rule", "GATEHOUSE_RULE", FAILS, 0, get_rule},
	{"suppressed", "GATEHOUSE_SUPPRESSED", FAILS, 0, get_suppressed},
	{"window", "GATEHOUSE_WINDOW", FAILS, 0, get_window},
	{"end", "GATEHOUSE_END", EXITS, SERVICE_LOG_EXIT, get_end},
	{"status", "GATEHOUSE_STATUS", EXITS, SERVICE_LOG_EXIT, get_status},
	{"signal", "GATEHOUSE_SIGNAL", EXITS, SERVICE_LOG_EXIT, get_signal},
	{"duration", "GATEHOUSE_DURATION", EXITS, SERVICE_LOG_DURATION, get_duration},
	{"user_time", "GATEHOUSE_USER_TIME", EXITS, SERVICE_LOG_EXIT, get_user_time},
	{"system_time", "GATEHOUSE_SYSTEM_TIME", EXITS, SERVICE_LOG_EXIT, get_system_time},
	{"max_rss", "GATEHOUSE_MAX_RSS", EXITS, SERVICE_LOG_EXIT, get_max_rss},
	{"bytes_in", "GATEHOUSE_BYTES_IN", EXITS, SERVICE_LOG_TRAFFIC, get_bytes_in},
	{"bytes_out", "GATEHOUSE_BYTES_OUT", EXITS, SERVICE_LOG_TRAFFIC, get_bytes_out},
	{"priority", "GATEHOUSE_PRIORITY", NOTES, 0, get_priority},
	{"text", "GATEHOUSE_TEXT", NOTES | ERRORS | BIT(LOG_NOID_LINE), 0, get_text},
};

const char *
log_what_name(enum log_what what)
{
	static const char *const names[LOG_N_WHATS] = {
		[LOG_START_LINE] = "start",   [LOG_TRAFFIC_LINE] = "traffic",
		[LOG_EXIT_LINE] = "exit",     [LOG_FAIL_LINE] = "fail",
		[LOG_USERID_LINE] = "userid", [LOG_NOID_LINE] = "noid",
		[LOG_NOTE_LINE] = "note",     [LOG_STDERR_LINE] = "stderr",
	};

	return names[what];
}

int
log_priority(const struct log_event *event)
{
	static const int priorities[LOG_N_WHATS] = {
		[LOG_START_LINE] = 6,  [LOG_TRAFFIC_LINE] = 6, [LOG_EXIT_LINE] = 6,
		[LOG_FAIL_LINE] = 5,   [LOG_USERID_LINE] = 6,  [LOG_NOID_LINE] = 6,
		[LOG_STDERR_LINE] = 6,
	};

	return event->what == LOG_NOTE_LINE ? event->record->priority & 7 : priorities[event->what];
}

static bool
row_holds(const struct row *row, const struct log_event *event, struct value *value)
{
	value->is = ABSENT;
	if (event->any_source && row->needs == SERVICE_LOG_HOST)
		return false;
	if (row->told_in & BIT(event->what) &&
	    (!row->needs || event->flags & row->needs || event->what == LOG_NOTE_LINE))
		row->get(event, value);
	return value->is != ABSENT;
}

static void
put_plain(struct line *line, const struct value *value)
{
	line_digits(line, value->is == SECONDS ? value->number / 1000000 : value->number, 1);
	if (value->is == SECONDS) {
		line_char(line, '.');
		line_digits(line, value->number % 1000000, 6);
	}
}

/* RFC 3339, in UTC. */
static void
put_time(struct line *line, int64_t time)
{
	time_t seconds = (time_t)(time / LOOP_SECOND);
	struct tm tm = {0};

	gmtime_r(&seconds, &tm);
	line_digits(line, (uint64_t)(tm.tm_year + 1900), 4);
	line_char(line, '-');
	line_digits(line, (uint64_t)(tm.tm_mon + 1), 2);
	line_char(line, '-');
	line_digits(line, (uint64_t)tm.tm_mday, 2);
	line_char(line, 'T');
	line_digits(line, (uint64_t)tm.tm_hour, 2);
	line_char(line, ':');
	line_digits(line, (uint64_t)tm.tm_min, 2);
	line_char(line, ':');
	line_digits(line, (uint64_t)tm.tm_sec, 2);
	line_char(line, '.');
	line_digits(line, (uint64_t)(time % LOOP_SECOND) / 1000, 6);
	line_char(line, 'Z');
}

/* As line_safe(), in the inside of a JSON string: the backslashes are doubled once more. */
static void
put_quoted(struct line *line, const char *text)
{
	char room[4];

	line_char(line, '"');
	for (; *text; text++) {
		struct line safe = {.v = room, .cap = sizeof(room)};

		line_safe(&safe, (char[]){*text, '\0'}, "");
		for (size_t i = 0; i < safe.n; i++) {
			if (room[i] == '\\' || room[i] == '"')
				line_char(line, '\\');
			line_char(line, room[i]);
		}
	}
	line_char(line, '"');
}

void
log_json(struct line *line, const struct log_event *event)
{
	line_text(line, "{\"time\":\"");
	put_time(line, event->time);
	line_char(line, '"');
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct value value;

		if (!row_holds(&rows[i], event, &value))
			continue;
		line_text(line, ",\"");
		line_text(line, rows[i].json);
		line_text(line, "\":");
		if (value.is == TEXT)
			put_quoted(line, value.text);
		else
			put_plain(line, &value);
	}
	line_char(line, '}');
}

void
log_journal(struct line *line, const struct log_event *event)
{
	line_text(line, "SYSLOG_IDENTIFIER=gatehoused\nSYSLOG_FACILITY=3\nPRIORITY=");
	line_number(line, log_priority(event));
	line_text(line, "\nMESSAGE=");
	log_text(line, event);
	line_char(line, '\n');
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct value value;

		if (!row_holds(&rows[i], event, &value))
			continue;
		line_text(line, rows[i].journal);
		line_char(line, '=');
		if (value.is == TEXT)
			line_safe(line, value.text, "");
		else
			put_plain(line, &value);
		line_char(line, '\n');
	}
}
