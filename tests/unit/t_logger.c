/*
 * The log process: its lines are those that xinetd 2.3.15 wrote for the same things (taken from its
 * log), what is ours stands behind them; strangers' bytes stay harmless; floods are counted.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/attr.h"
#include "base/limits.h"
#include "engine/engine.h"
#include "engine/logger.h"
#include "engine/wire.h"

#define ALL_FLAGS                                                                                  \
	(SERVICE_LOG_PID | SERVICE_LOG_HOST | SERVICE_LOG_USERID | SERVICE_LOG_EXIT |              \
	 SERVICE_LOG_DURATION | SERVICE_LOG_TRAFFIC | SERVICE_LOG_ATTEMPT)

static struct net_addr
addr_of(const char *text)
{
	struct net_addr addr;

	assert_true(net_addr_parse(span_of(text), &addr));
	return addr;
}

static const char *
text_of(const struct log_event *event)
{
	static char room[50000];
	struct line line = {.v = room, .cap = sizeof(room) - 1};

	log_text(&line, event);
	assert_false(line.cut);
	room[line.n] = '\0';
	return room;
}

static void
xinetds_lines(void **state)
{
	struct record record = {.pid = 28634, .addr = addr_of("::1")};
	struct log_event event = {.record = &record, .id = "a", .flags = ALL_FLAGS};

	event.what = LOG_START_LINE;
	assert_string_equal(text_of(&event), "START: a pid=28634 from=::1");
	event.flags = SERVICE_LOG_HOST;
	record.addr = addr_of("127.0.0.1");
	assert_string_equal(text_of(&event), "START: a from=127.0.0.1");
	record.addr = addr_of("::ffff:127.0.0.1");
	assert_string_equal(text_of(&event), "START: a from=127.0.0.1");
	record.addr = (struct net_addr){0};
	assert_string_equal(text_of(&event), "START: a from=<no address>");
	record.addr = addr_of("127.0.0.1");

	event.flags = ALL_FLAGS;
	event.what = LOG_EXIT_LINE;
	record.status = 3;
	record.duration = 1999999999;
	record.user_us = 1500;
	record.sys_us = 2500;
	record.max_rss = 1844;
	assert_string_equal(
		text_of(&event),
		"EXIT: a status=3 pid=28634 duration=1(sec) cpu=0.003(sec) rss=1844(KiB)");
	record.end = RECORD_ENDED_SIGNAL;
	record.status = 15;
	event.flags = SERVICE_LOG_DURATION | SERVICE_LOG_PID;
	assert_string_equal(text_of(&event), "EXIT: a pid=28634 duration=1(sec)");
	event.flags = SERVICE_LOG_EXIT;
	record.pid = 0;
	assert_string_equal(text_of(&event), "EXIT: a signal=15");
	record.end = RECORD_ENDED_TIMEOUT;
	assert_string_equal(text_of(&event), "EXIT: a signal=15 why=timeout");
	record.end = RECORD_ENDED_CLIENT;
	record.status = 0;
	assert_string_equal(text_of(&event), "EXIT: a status=0 why=client");

	event.what = LOG_TRAFFIC_LINE;
	record.bytes_in = 2;
	record.bytes_out = 5;
	assert_string_equal(text_of(&event), "TRAFFIC: a in=2(bytes) out=5(bytes)");

	event.what = LOG_FAIL_LINE;
	event.flags = SERVICE_LOG_HOST;
	record.refusal = REFUSAL_PER_SOURCE;
	assert_string_equal(text_of(&event), "FAIL: a per_source_limit from=127.0.0.1");
	record.refusal = REFUSAL_WRAP;
	record.rule_line = 3;
	event.rule_file = "/etc/hosts.deny";
	assert_string_equal(text_of(&event),
			    "FAIL: a libwrap from=127.0.0.1 rule=/etc/hosts.deny:3");
	event.flags = SERVICE_LOG_ATTEMPT;
	event.suppressed = 12345;
	event.window_s = 10;
	assert_string_equal(text_of(&event), "FAIL: a libwrap suppressed=12345 window=10(sec)");

	event.what = LOG_USERID_LINE;
	event.user = "bob";
	event.text = "UNIX";
	assert_string_equal(text_of(&event), "USERID: a UNIX : bob");
	event.what = LOG_NOID_LINE;
	event.text = "timeout";
	assert_string_equal(text_of(&event), "NOID: a 127.0.0.1 timeout");
}

static void
stamp(void **state)
{
	char room[64];
	struct line line = {.v = room, .cap = sizeof(room)};

	setenv("TZ", "UTC", 1);
	log_stamp(&line, INT64_C(1795238813) * 1000000000);
	room[line.n] = '\0';
	assert_string_equal(room, "26/11/21@05:26:53: ");
}

/* CVE-2001-0763's kind: what a stranger sends neither breaks a line nor a terminal nor a buffer. */
static void
strangers_text(void **state)
{
	struct record record = {.priority = 4};
	struct log_event event = {.what = LOG_NOTE_LINE, .record = &record, .id = "a"};
	char big[RECORD_MAX], room[50000];
	struct line line = {.v = room, .cap = sizeof(room) - 1};
	json_t *json;

	event.text = "x\nFAIL: forged\r\x1b[1m %s%n \xff\"\\";
	assert_string_equal(text_of(&event),
			    "WARNING: a: x\\x0aFAIL: forged\\x0d\\x1b[1m %s%n \\xff\"\\\\");
	event.time = 1795238813123456789;
	log_json(&line, &event);
	room[line.n] = '\0';
	json = json_loads(room, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "text")),
			    "x\\x0aFAIL: forged\\x0d\\x1b[1m %s%n \\xff\"\\\\");
	assert_string_equal(json_string_value(json_object_get(json, "time")),
			    "2026-11-21T05:26:53.123456Z");
	json_decref(json);
	memset(big, 0x1b, sizeof(big));
	big[sizeof(big) - 1] = '\0';
	event.text = event.user = event.rule_file = event.id = big;
	for (event.what = 0; event.what < LOG_N_WHATS; event.what++) {
		struct line small = {.v = room, .cap = 100};

		record.end = RECORD_ENDED_SIGNAL;
		record.status = INT32_MIN;
		record.pid = -1;
		record.duration = INT64_MIN;
		record.addr.family = AF_INET6;
		event.flags = ALL_FLAGS;
		room[100] = 'g';
		log_text(&small, &event);
		log_json(&small, &event);
		log_journal(&small, &event);
		assert_true(small.cut && small.n == 100 && room[100] == 'g');
	}
}

/* Each flag of log_on_success and log_on_failure has the last word over its fields. */
static void
fields_obey_flags(void **state)
{
	struct record record = {.pid = 7,
				.session = 9,
				.port = 5,
				.flags = RECORD_HAS_TRAFFIC,
				.addr = addr_of("10.0.0.1"),
				.duration = 1500000000};
	struct log_event event = {.what = LOG_EXIT_LINE, .record = &record, .id = "a", .user = "u"};
	static const struct {
		unsigned flag;
		const char *keys;
	} cases[] = {
		{0, "time event service session"},
		{SERVICE_LOG_PID, "time event service session pid"},
		{SERVICE_LOG_HOST, "time event service session from from_port"},
		{SERVICE_LOG_USERID, "time event service session user"},
		{SERVICE_LOG_EXIT, "time event service session end status user_time system_time"},
		{SERVICE_LOG_DURATION, "time event service session duration"},
		{SERVICE_LOG_TRAFFIC, "time event service session bytes_in bytes_out"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char room[4096], keys[512] = "";
		struct line line = {.v = room, .cap = sizeof(room)};
		const char *key;
		json_t *json, *value;

		event.flags = cases[i].flag;
		log_json(&line, &event);
		json = json_loadb(room, line.n, 0, NULL);
		assert_non_null(json);
		json_object_foreach(json, key, value)
		{
			strcat(keys, keys[0] ? " " : "");
			strcat(keys, key);
		}
		assert_string_equal(keys, cases[i].keys);
		json_decref(json);
	}
}

/* --- floods */

static uint64_t told;
static unsigned tellings;

static void
tell(void *data, const struct flood_cell *cell)
{
	told += cell->suppressed;
	tellings++;
}

static void
floods(void **state)
{
	struct flood flood = {0};
	struct record record = {.refusal = REFUSAL_ADDRESS, .addr = addr_of("2001:db8::1")};
	int client, other;
	unsigned passed = 0;
	int64_t now = 1000 * LOOP_SECOND, next;

	for (int i = 0; i < 1000; i++) { /* one /64, a thousand addresses of it */
		record.addr.bytes[15] = (uint8_t)i;
		record.addr.bytes[8] = (uint8_t)(i >> 8);
		passed += flood_pass(&flood, &client, &record, 32, 64, now);
	}
	assert_int_equal(passed, LIMIT_LOG_SOURCE);
	assert_true(flood_pass(&flood, &other, &record, 32, 64, now));
	record.refusal = REFUSAL_RATE;
	assert_true(flood_pass(&flood, &client, &record, 32, 64, now));
	record.refusal = REFUSAL_ADDRESS;
	passed = 0;
	for (int i = 0; i < 100000; i++) { /* from everywhere */
		memcpy(record.addr.bytes + 2, &i, 4);
		passed += flood_pass(&flood, &client, &record, 32, 64, now);
	}
	assert_int_equal(passed, LIMIT_LOG_SERVICE - LIMIT_LOG_SOURCE);
	next = flood_sweep(&flood, NULL, now, tell, NULL);
	assert_int_equal(told, 0);
	assert_int_equal(next, now + LIMIT_LOG_WINDOW * LOOP_SECOND);
	next = flood_sweep(&flood, NULL, next, tell, NULL);
	assert_int_equal(told, 1000 - LIMIT_LOG_SOURCE + 100000 - passed);
	assert_int_equal(tellings, 2);
	assert_int_equal(next, 0);
	assert_null(flood.cells);
}

/* --- the whole process */

struct fixture {
	struct service_sink file, json, small;
	struct service_sink *sinks[3];
	struct service services[3];
	struct service *list[3];
	struct serve serve;
	char dir[32], path[3][64];
	int control;
	pid_t pid;
};

static void
start(struct fixture *f)
{
	static const char *const names[] = {"/text", "/json", "/small"};
	int fds[3], pair[2];

	strcpy(f->dir, "/tmp/t_logger.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	for (int i = 0; i < 3; i++) {
		snprintf(f->path[i], sizeof(f->path[i]), "%s%s", f->dir, names[i]);
		fds[i] = open(f->path[i], O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
		assert_true(fds[i] >= 0);
	}
	f->file = (struct service_sink){.kind = SINK_FILE, .path = f->path[0]};
	f->json = (struct service_sink){.kind = SINK_JSON, .path = f->path[1]};
	f->small = (struct service_sink){
		.kind = SINK_FILE, .path = f->path[2], .soft = 300, .hard = 500};
	f->sinks[0] = &f->file;
	f->sinks[1] = &f->json;
	f->sinks[2] = &f->small;
	for (int i = 0; i < 3; i++) {
		static const char *const ids[] = {"text", "json", "small"};

		f->services[i] = (struct service){.id = ids[i],
						  .sink = f->sinks[i],
						  .log_success = ALL_FLAGS,
						  .log_failure = ALL_FLAGS,
						  .limits = {.v4_bits = 32, .v6_bits = 64}};
		f->list[i] = &f->services[i];
	}
	f->serve = (struct serve){
		.v = f->list, .n = 3, .sinks = f->sinks, .n_sinks = 3, .sink = &f->file};
	assert_int_equal(wire_pair(pair), 0);
	f->pid = fork();
	if (!f->pid) {
		close(pair[0]);
		logger_run(pair[1], &f->serve, fds);
	}
	for (int i = 0; i < 3; i++)
		close(fds[i]);
	close(pair[1]);
	f->control = pair[0];
}

static int
client(const struct fixture *f, const char *id)
{
	struct wire wire = {.kind = WIRE_CLIENT};
	int pair[2];

	snprintf(wire.text, sizeof(wire.text), "%s", id);
	assert_int_equal(wire_pair(pair), 0);
	assert_int_equal(wire_send(f->control, &wire, &pair[1], 1), 0);
	close(pair[1]);
	return pair[0];
}

static void
wait_for_end(struct fixture *f)
{
	int status;

	close(f->control);
	assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static char *
content(const char *path)
{
	static char text[1 << 20];
	FILE *in = fopen(path, "r");

	assert_non_null(in);
	text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	fclose(in);
	return text;
}

static unsigned
count_of(const char *text, const char *what)
{
	unsigned n = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		n++;
	return n;
}

static void
remove_files(const struct fixture *f)
{
	for (int i = 0; i < 3; i++)
		unlink(f->path[i]);
	rmdir(f->dir);
}

static void
whole_process(void **state)
{
	struct fixture f;
	struct record_out *out = calloc(1, sizeof(*out));
	struct record start_of = {.kind = RECORD_START, .pid = 1, .addr = addr_of("10.0.0.1")};
	struct record fail = {.kind = RECORD_FAIL, .refusal = REFUSAL_TIME};
	struct record end = {.kind = RECORD_EXIT, .pid = 1, .flags = RECORD_HAS_TRAFFIC};
	char *text;

	start(&f);
	out->fd = client(&f, "text");
	record_put(out, &start_of, NULL, NULL, NULL);
	record_put(out, &end, NULL, NULL, NULL);
	record_flush(out);
	assert_true(send(out->fd, "garbage", 7, 0) > 0); /* said once */
	assert_true(send(out->fd, "garbage", 7, 0) > 0);
	for (int i = 0; i < 100; i++)
		record_put(out, &fail, NULL, NULL, NULL);
	record_flush(out);
	close(out->fd);
	out->fd = client(&f, "json");
	record_put(out, &start_of, NULL, NULL, NULL);
	record_flush(out);
	close(out->fd);
	out->fd = client(&f, "gone in this generation");
	record_put(out, &start_of, NULL, NULL, NULL);
	record_flush(out);
	close(out->fd);
	out->fd = client(&f, "small");
	for (int i = 0; i < 50; i++)
		record_put(out, &start_of, NULL, NULL, NULL);
	record_flush(out);
	close(out->fd);
	wait_for_end(&f);
	text = content(f.path[0]);
	assert_int_equal(count_of(text, "START: text pid=1 from=10.0.0.1\n"), 1);
	assert_true(strstr(text, "TRAFFIC: text in=0(bytes) out=0(bytes)\n") <
		    strstr(text, "EXIT: text status=0 pid=1"));
	assert_int_equal(count_of(text, "malformed"), 1);
	assert_int_equal(count_of(text, "FAIL: text time from=<no address>\n"), LIMIT_LOG_SOURCE);
	assert_int_equal(count_of(text, "suppressed=80 window=10(sec)\n"), 1);
	assert_int_equal(count_of(text, "START: gone in this generation pid=1"), 1);
	assert_int_equal(count_of(text, "ALERT: soft limit exceeded on '"), 1);
	assert_int_equal(count_of(text, "' ; log closed") + count_of(text, "'; log closed"), 1);
	text = content(f.path[1]);
	assert_int_equal(count_of(text, "\"event\":\"start\",\"service\":\"json\""), 1);
	text = content(f.path[2]);
	/* The line that goes over the limit is the last one. */
	assert_true(strlen(text) > 500 && strlen(text) < 600);
	assert_int_equal(text[strlen(text) - 1], '\n');
	remove_files(&f);
	free(out);
}

/* A worker that floods the log delays its own lines only. */
static void
fairness(void **state)
{
	struct fixture f;
	struct record_out *out = calloc(1, sizeof(*out));
	struct record note = {.kind = RECORD_NOTE, .priority = 6};
	int busy, calm;
	char *text;

	start(&f);
	busy = client(&f, "text");
	calm = client(&f, "json");
	out->fd = busy;
	for (unsigned i = 0; i < 20 * LIMIT_LOG_NOTES; i++)
		record_put(out, &note, NULL, NULL, "noise");
	record_flush(out);
	out->fd = calm;
	out->used = out->lost = 0;
	record_put(out, &note, NULL, NULL, "calm");
	record_flush(out);
	close(busy);
	close(calm);
	wait_for_end(&f);
	text = content(f.path[0]);
	assert_int_equal(count_of(text, "INFO: text: noise\n"), LIMIT_LOG_NOTES);
	assert_int_equal(count_of(text, "lines more in 10 seconds were not written"), 1);
	assert_int_equal(count_of(content(f.path[1]), "\"text\":\"calm\""), 1);
	remove_files(&f);
	free(out);
}

/* What is refused may not cost memory (CVE-2003-0211's kind). */
static void
refusals_leak_nothing(void **state)
{
	struct flood flood = {0};
	struct record record = {.refusal = REFUSAL_ADDRESS};
	struct rusage before, after;

	record.addr.family = AF_INET;
	for (int turn = 0; turn < 2; turn++) {
		getrusage(RUSAGE_SELF, turn ? &after : &before);
		for (unsigned i = 0; i < 300000; i++) {
			memcpy(record.addr.bytes, &i, 4);
			flood_pass(&flood, &flood, &record, 32, 64, i * LOOP_MS);
			if (i % 10000 == 0)
				flood_sweep(&flood, NULL, i * LOOP_MS, tell, NULL);
		}
		flood_sweep(&flood, &flood, 0, tell, NULL);
		assert_null(flood.cells);
		if (!turn)
			getrusage(RUSAGE_SELF, &before);
	}
	assert_true(after.ru_maxrss <= before.ru_maxrss + 512);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(xinetds_lines),  cmocka_unit_test(stamp),
		cmocka_unit_test(strangers_text), cmocka_unit_test(fields_obey_flags),
		cmocka_unit_test(floods),         cmocka_unit_test(whole_process),
		cmocka_unit_test(fairness),       cmocka_unit_test(refusals_leak_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
