/* Records between a worker and the log process: what is put comes out, and lies do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "engine/record.h"
#include "engine/wire.h"

struct got {
	struct record_in in;
	const struct record *record;
	const char *user, *rule_file, *text;
};

static bool
next(struct got *got)
{
	got->record = record_next(&got->in, &got->user, &got->rule_file, &got->text);
	return got->record != NULL;
}

static struct got
got_of(const char *bytes, size_t n)
{
	return (struct got){.in = {bytes, bytes + n}};
}

static void
round_trip(void **state)
{
	struct record_out *out = calloc(1, sizeof(*out));
	struct record start = {.kind = RECORD_START, .pid = 77, .session = 5, .port = 99};
	struct record fail = {.kind = RECORD_FAIL, .refusal = REFUSAL_WRAP, .rule_line = 3};
	_Alignas(8) char datagram[4096];
	int fds[2];
	ssize_t n;
	struct got got;

	assert_int_equal(wire_pair(fds), 0);
	out->fd = fds[0];
	record_put(out, &start, "eve", NULL, NULL);
	record_put(out, &fail, NULL, "/etc/hosts.deny", "ALL : ALL");
	record_flush(out);
	assert_int_equal(out->used, 0);
	n = recv(fds[1], datagram, sizeof(datagram), 0);
	assert_true(n > 0);
	got = got_of(datagram, (size_t)n);
	assert_true(next(&got));
	assert_int_equal(got.record->kind, RECORD_START);
	assert_int_equal(got.record->pid, 77);
	assert_int_equal(got.record->session, 5);
	assert_string_equal(got.user, "eve");
	assert_null(got.rule_file);
	assert_null(got.text);
	assert_true(next(&got));
	assert_int_equal(got.record->refusal, REFUSAL_WRAP);
	assert_int_equal(got.record->rule_line, 3);
	assert_null(got.user);
	assert_string_equal(got.rule_file, "/etc/hosts.deny");
	assert_string_equal(got.text, "ALL : ALL");
	assert_false(next(&got));
	close(fds[0]);
	close(fds[1]);
	free(out);
}

static void
long_text_is_cut(void **state)
{
	struct record_out *out = calloc(1, sizeof(*out));
	struct record note = {.kind = RECORD_NOTE};
	char text[3 * RECORD_MAX];
	struct got got;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	out->fd = -1;
	record_put(out, &note, "u", text, text);
	record_put(out, &note, NULL, NULL, "after");
	got = got_of(out->bytes, out->used);
	assert_true(next(&got));
	assert_true(got.record->size <= RECORD_MAX);
	assert_string_equal(got.user, "u");
	assert_int_equal(strspn(got.rule_file, "x"), strlen(got.rule_file));
	assert_true(strlen(got.rule_file) > 3000);
	assert_null(got.text);
	assert_true(next(&got));
	assert_string_equal(got.text, "after");
	assert_false(next(&got));
	free(out);
}

/* A log that does not read costs records, never time; how many is said when it reads again. */
static void
stuck_log(void **state)
{
	struct record_out *out = calloc(1, sizeof(*out));
	struct record note = {.kind = RECORD_NOTE};
	_Alignas(8) char datagram[sizeof(out->bytes)];
	size_t put = 0, came = 0, said = 0;
	int fds[2];
	ssize_t n;

	assert_int_equal(wire_pair(fds), 0);
	out->fd = fds[0];
	for (; !out->lost; put++)
		record_put(out, &note, NULL, NULL, "line");
	assert_true(put > 100);
	for (int i = 0; i < 9; i++, put++)
		record_put(out, &note, NULL, NULL, "line");
	assert_int_equal(out->lost, 10);
	while ((n = recv(fds[1], datagram, sizeof(datagram), MSG_DONTWAIT)) > 0) {
		struct got got = got_of(datagram, (size_t)n);

		record_flush(out);
		while (next(&got))
			if (!strncmp(got.text, "10 log records", 14))
				said++;
			else
				came++;
	}
	assert_int_equal(out->lost, 0);
	assert_int_equal(out->used, 0);
	assert_int_equal(said, 1);
	assert_int_equal(came, put - 10);
	close(fds[0]);
	close(fds[1]);
	free(out);
}

/* What waits when the log process dies goes to the next one. */
static void
log_dies(void **state)
{
	struct record_out *out = calloc(1, sizeof(*out));
	struct record note = {.kind = RECORD_NOTE};
	_Alignas(8) char datagram[4096];
	int fds[2];
	struct got got;

	assert_int_equal(wire_pair(fds), 0);
	close(fds[1]);
	out->fd = fds[0];
	record_put(out, &note, NULL, NULL, "kept");
	record_flush(out);
	assert_true(out->used > 0);
	close(fds[0]);
	assert_int_equal(wire_pair(fds), 0);
	out->fd = fds[0];
	record_flush(out);
	got = got_of(datagram, (size_t)recv(fds[1], datagram, sizeof(datagram), 0));
	assert_true(next(&got));
	assert_string_equal(got.text, "kept");
	close(fds[0]);
	close(fds[1]);
	free(out);
}

/* One field wrong at a time; the reader must not believe any of them. */
static void
liars(void **state)
{
	enum { LIES = 16 };
	_Alignas(8) char bytes[sizeof(struct record) + 32];

	for (int lie = 0; lie < LIES; lie++) {
		struct record *record = (void *)bytes;
		struct got got = got_of(bytes, sizeof(bytes));

		memset(bytes, 0, sizeof(bytes));
		record->size = sizeof(bytes);
		record->kind = RECORD_NOTE;
		record->n_text = 6;
		memcpy(record + 1, "hello", 6);
		switch (lie) {
		case 1:
			record->size = 0;
			break;
		case 2:
			record->size = sizeof(bytes) + 8;
			break;
		case 3:
			record->size = sizeof(*record) + 4;
			break;
		case 4:
			record->size = UINT32_MAX - 7;
			break;
		case 5:
			record->size = 8;
			break;
		case 6:
			record->n_text = 40;
			break;
		case 7:
			record->n_text = UINT16_MAX;
			break;
		case 8:
			record->n_text = 5;
			break; /* no NUL at its end */
		case 9:
			record->n_text = 7;
			break; /* one in its middle */
		case 10:
			record->n_user = 30;
			break;
		case 11:
			record->kind = 0;
			break;
		case 12:
			record->kind = RECORD_STDERR + 1;
			break;
		case 13:
			record->refusal = REFUSAL_N;
			break;
		case 14:
			record->end = RECORD_ENDED_UNKNOWN + 1;
			break;
		case 15:
			record->addr.family = 77;
			break;
		}
		assert_int_equal(next(&got), lie == 0);
		if (lie)
			assert_ptr_equal(got.in.at, got.in.end);
	}
	for (size_t n = 0; n < sizeof(bytes); n++) { /* cut short */
		struct record *record = (void *)bytes;
		struct got got = got_of(bytes, n);

		record->size = sizeof(bytes);
		record->kind = RECORD_NOTE;
		assert_false(next(&got));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip), cmocka_unit_test(long_text_is_cut),
		cmocka_unit_test(stuck_log),  cmocka_unit_test(log_dies),
		cmocka_unit_test(liars),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
