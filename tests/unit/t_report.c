/* report/: safe text, tables and JSON of hostile facts. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "helpers/fake_audit.h"
#include "report/list.h"
#include "report/safe.h"

static char *
written(const struct audit *audit, const char *format, struct report_options options)
{
	char *text = NULL;
	size_t n = 0;

	options.out = open_memstream(&text, &n);
	assert_int_equal(report_format_find(format)->write(audit, &options), 0);
	fclose(options.out);
	return text;
}

static void
dangerous_characters_are_named(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"plain", "plain"},
		{"\033[2J", "\\x1b[2J"},
		{"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
		{"\x7f", "\\x7f"},
		{"\xc2\x9b", "\\x9b"},                        /* C1: CSI in one character */
		{"\xe2\x80\xae", "\\u202e"},                  /* right-to-left override */
		{"caf\xc3\xa9", "caf\xc3\xa9"},               /* fine */
		{"\xff\xfe", "\\xff\\xfe"},                   /* not UTF-8 */
		{"\xc0\xaf", "\\xc0\\xaf"},                   /* too long a form of '/' */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* beyond U+10FFFF */
		{"\xe2\x82", "\\xe2\\x82"},                   /* cut off */
		{"", ""},
	};
	struct arena *arena = arena_new();

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_string_equal(safe_text(arena, rows[i].from), rows[i].to);
	assert_string_equal(safe_text(arena, NULL), "");
	arena_free(arena);
}

static void
every_byte_makes_good_json(void **state)
{
	struct audit *audit = fake_audit();
	char all[256], *text;
	json_error_t wrong;
	json_t *json;

	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	audit->host = all;
	text = written(audit, "json", (struct report_options){0});
	json = json_loads(text, 0, &wrong);
	assert_non_null(json);
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || (unsigned char)*p >= ' ');
	json_decref(json);
	free(text);
	arena_free(audit->arena);
}

/* What JSON says is what the audit holds: spot checks on every type of cell. */
static void
json_says_what_the_audit_holds(void **state)
{
	struct audit *audit = fake_audit();
	char *text = written(audit, "json", (struct report_options){0});
	json_t *json = json_loads(text, 0, NULL);
	const json_t *listeners = json_object_get(json, "listeners");
	const json_t *telnet = json_array_get(listeners, 0);
	const json_t *starts = json_object_get(json, "starts");
	const json_t *finding = json_array_get(json_object_get(json, "findings"), 0);
	const json_t *start;

	assert_int_equal(json_integer_value(json_object_get(json, "schema")), 1);
	assert_true(json_is_false(json_object_get(json, "complete")));
	assert_int_equal(json_array_size(listeners), audit->listeners.n);
	assert_int_equal(json_array_size(starts), audit->starts.n);
	assert_string_equal(json_string_value(json_object_get(telnet, "address")), "0.0.0.0");
	assert_int_equal(json_integer_value(json_object_get(telnet, "port")), 23);
	assert_true(json_is_null(json_object_get(telnet, "device")));
	start = json_array_get(starts, (size_t)json_integer_value(json_array_get(
					       json_object_get(telnet, "starts"), 0)));
	assert_string_equal(json_string_value(json_object_get(start, "file")), "/etc/inetd.conf");
	assert_int_equal(json_integer_value(json_object_get(start, "line")), 34);
	assert_string_equal(json_string_value(json_array_get(json_object_get(start, "ports"), 0)),
			    "23/tcp");
	assert_string_equal(json_string_value(json_array_get(json_object_get(start, "command"), 1)),
			    "/usr/sbin/in.telnetd");
	assert_int_equal(json_integer_value(json_object_get(finding, "listener")), 0);
	assert_int_equal(json_array_size(json_object_get(finding, "remedies")), 3);
	json_decref(json);
	free(text);
	arena_free(audit->arena);
}

/* AUD-31: a 300-character command line comes out whole, in the table too. */
static void
long_texts_come_out_whole(void **state)
{
	struct audit *audit = fake_audit();
	char title[301], *text;

	memset(title, 'x', sizeof(title) - 1);
	title[sizeof(title) - 1] = '\0';
	audit->processes.v[0]->title = title;
	text = written(audit, "json", (struct report_options){0});
	assert_non_null(strstr(text, title));
	free(text);
	text = written(audit, "table", (struct report_options){.width = 80, .verbose = true});
	assert_non_null(strstr(text, title));
	free(text);
	arena_free(audit->arena);
}

static void
no_escape_without_colour(void **state)
{
	struct audit *audit = fake_audit();
	char *text = written(audit, "table", (struct report_options){.width = 80, .verbose = true});

	assert_null(strchr(text, '\033'));
	free(text);
	text = written(audit, "table", (struct report_options){.width = 80, .colour = true});
	assert_non_null(strchr(text, '\033'));
	assert_null(strstr(text, "\033[2J")); /* what the hostile path holds */
	free(text);
	arena_free(audit->arena);
}

static void
an_empty_machine_is_said_to_be_closed(void **state)
{
	struct arena *arena = arena_new();
	struct audit audit = {.arena = arena, .diags = diags_of(arena), .live = true};
	char *text = written(&audit, "table", (struct report_options){.width = 80});

	assert_non_null(strstr(text, "0 reachable from outside"));
	free(text);
	arena_free(arena);
}

/* Every column has what its type needs, and its name once. */
static void
columns_are_whole(void **state)
{
	static const struct column_set *const sets[] = {
		&columns_listener, &columns_start,    &columns_finding, &columns_process,
		&columns_owner,    &columns_cause,    &columns_remedy,  &columns_diag,
		&columns_guard,    &columns_baseline, &columns_change,
	};

	for (size_t i = 0; i < COUNT_OF(sets); i++)
		for (const struct column *c = sets[i]->columns; c->name; c++) {
			assert_non_null(c->doc);
			assert_non_null(c->get);
			assert_ptr_equal(column_find(sets[i], c->name), c);
			assert_int_equal(c->type == COLUMN_ROWS, c->rows != NULL);
			assert_true(!(c->flags & COLUMN_SHOWN) || c->header);
		}
}

static size_t
count(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *at = text; (at = strstr(at, word)); at += strlen(word))
		n++;
	return n;
}

/* A server on many addresses is one row in the table, and each of its sockets in JSON. */
static void
one_row_per_door(void **state)
{
	static const char *const addresses[] = {
		"10.0.0.1", "10.0.0.1", "10.0.0.2", "2001:db8::1", "2001:db8::2", "10.0.0.3",
	};
	struct audit *audit = fake_audit();
	struct process *named = fake_process(audit, 5353, "/usr/sbin/named", "bind", 53);
	struct process *other = fake_process(audit, 5354, "/usr/sbin/other", "bind", 53);
	char *text;

	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		struct listener *l = fake_listener(audit, NET_TCP, addresses[i], 5300);

		fake_owner(audit, l, i + 1 < COUNT_OF(addresses) ? named : other, 20 + (int)i);
		l->reach = REACH_ANYONE;
	}
	text = written(audit, "table", (struct report_options){.width = 80});
	assert_int_equal(count(text, "5353/named"), 1);
	assert_int_equal(count(text, "5354/other"), 1);
	assert_non_null(strstr(text, "also on tcp 10.0.0.2:5300, tcp6"));
	assert_non_null(strstr(text, "1 more address, 5"));
	free(text);
	text = written(audit, "table", (struct report_options){.width = 80, .verbose = true});
	assert_non_null(strstr(text, "[2001:db8::2]:5300"));
	free(text);
	text = written(audit, "json", (struct report_options){0});
	assert_int_equal(count(text, "\"port\":5300") + count(text, "\"port\": 5300"),
			 COUNT_OF(addresses));
	free(text);
	arena_free(audit->arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dangerous_characters_are_named),
		cmocka_unit_test(every_byte_makes_good_json),
		cmocka_unit_test(json_says_what_the_audit_holds),
		cmocka_unit_test(long_texts_come_out_whole),
		cmocka_unit_test(no_escape_without_colour),
		cmocka_unit_test(an_empty_machine_is_said_to_be_closed),
		cmocka_unit_test(columns_are_whole),
		cmocka_unit_test(one_row_per_door),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
