/* report/baseline: what is a change and what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "helpers/fake_audit.h"
#include "report/baseline.h"

static struct baseline
saved_and_read(struct audit *audit)
{
	struct baseline made, read;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	struct err err;

	baseline_of(audit, false, &made);
	assert_int_equal(baseline_write(&made, out), 0);
	fclose(out);
	assert_int_equal(baseline_parse(audit->arena, (struct span){text, n}, &read, &err), 0);
	assert_null(strstr(text, "640"));  /* inetd's pid */
	assert_null(strstr(text, "8811")); /* an inode */
	free(text);
	assert_int_equal(read.n, made.n);
	return read;
}

static void
restarts_change_nothing(void **state)
{
	struct audit *before = fake_audit(), *after = fake_audit();
	struct baseline old = saved_and_read(before), new;
	struct baseline_changes changes;
	size_t n = after->listeners.n;

	for (size_t i = 0; i < after->processes.n; i++) {
		after->processes.v[i]->pid += 1000;
		after->processes.v[i]->started += 60;
	}
	for (size_t i = 0; i < n; i++) {
		after->listeners.v[i]->inode += 77;
		after->listeners.v[i]->cookie += 77;
	}
	for (size_t i = 0; i < after->starts.n; i++)
		after->starts.v[i]->line += 5;
	for (size_t i = 0; i < n / 2; i++) {
		struct listener *swap = after->listeners.v[i];

		after->listeners.v[i] = after->listeners.v[n - 1 - i];
		after->listeners.v[n - 1 - i] = swap;
	}
	baseline_of(after, false, &new);
	baseline_diff(after->arena, &old, &new, &changes);
	assert_int_equal(changes.n, 0);
	arena_free(before->arena);
	arena_free(after->arena);
}

static void
a_new_listener_is_exactly_one_row(void **state)
{
	struct audit *before = fake_audit(), *after = fake_audit();
	struct baseline old = saved_and_read(before), new;
	struct baseline_changes changes;

	fake_listener(after, NET_UDP, "10.0.0.1", 514)->service = "syslog";
	baseline_of(after, false, &new);
	baseline_diff(after->arena, &old, &new, &changes);
	assert_int_equal(changes.n, 1);
	assert_int_equal(changes.v[0].kind, BASELINE_ADDED);
	assert_int_equal(changes.v[0].new->port, 514);
	assert_string_equal(changes.v[0].new->class, "private");
	baseline_diff(after->arena, &new, &old, &changes);
	assert_int_equal(changes.n, 1);
	assert_int_equal(changes.v[0].kind, BASELINE_REMOVED);
	arena_free(before->arena);
	arena_free(after->arena);
}

static void
another_program_on_a_port_is_a_change(void **state)
{
	struct audit *before = fake_audit(), *after = fake_audit();
	struct baseline old = saved_and_read(before), new;
	struct baseline_changes changes;

	((struct process *)after->listeners.v[5]->owners[0].process)->exe = "/usr/bin/other";
	baseline_of(after, false, &new);
	baseline_diff(after->arena, &old, &new, &changes);
	assert_int_equal(changes.n, 1);
	assert_int_equal(changes.v[0].kind, BASELINE_CHANGED);
	assert_string_equal(changes.v[0].old->by, "/usr/sbin/mariadbd");
	assert_string_equal(changes.v[0].new->by, "/usr/bin/other");
	arena_free(before->arena);
	arena_free(after->arena);
}

/* mountd gets another port at every start. */
static void
rpc_services_have_no_port(void **state)
{
	struct audit *before = fake_audit(), *after = fake_audit();
	struct baseline old = saved_and_read(before), new;
	struct baseline_changes changes;

	assert_string_equal(after->listeners.v[3]->rpc, "mountd (100005) v3");
	after->listeners.v[3]->port = 38111;
	baseline_of(after, false, &new);
	baseline_diff(after->arena, &old, &new, &changes);
	assert_int_equal(changes.n, 0);
	arena_free(before->arena);
	arena_free(after->arena);
}

static void
a_listing_is_compared_by_doors_only(void **state)
{
	struct audit *before = fake_audit(), *after = fake_audit();
	struct baseline old, new;
	struct baseline_changes changes;

	after->listeners.v[0]->service = "something";
	/* A host name whose address the listing does not tell. */
	before->listeners.v[2]->addr.family = 0;
	before->listeners.v[3]->rpc = after->listeners.v[3]->rpc = NULL;
	baseline_of(before, true, &old);
	baseline_of(after, false, &new);
	baseline_diff(after->arena, &old, &new, &changes);
	assert_int_equal(changes.n, 0);
	fake_listener(after, NET_TCP, "0.0.0.0", 79);
	baseline_of(after, false, &new);
	baseline_diff(after->arena, &old, &new, &changes);
	assert_int_equal(changes.n, 1);
	assert_int_equal(changes.v[0].new->port, 79);
	arena_free(before->arena);
	arena_free(after->arena);
}

static void
other_files_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{}",
		"[]",
		"{\"baseline\": 2, \"listeners\": []}",
		"{\"baseline\": 1}",
		"{\"baseline\": 1, \"listeners\": [{}]}",
		("{\"baseline\": 1, \"listeners\": [{\"protocol\": \"tcp\", \"port\": -1, "
		 "\"count\": 1}]}"),
		"{\"baseline\": 1, \"listeners\": [7]}",
		"{\"baseline\": 1, \"baseline\": 1, \"listeners\": []}",
	};
	struct arena *arena = arena_new();
	struct baseline read;
	struct err err;

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		assert_true(baseline_parse(arena, span_of(texts[i]), &read, &err) < 0);
	assert_int_equal(
		baseline_parse(arena, span_of("{\"baseline\": 1, \"listeners\": []}"), &read, &err),
		0);
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(restarts_change_nothing),
		cmocka_unit_test(a_new_listener_is_exactly_one_row),
		cmocka_unit_test(another_program_on_a_port_is_a_change),
		cmocka_unit_test(rpc_services_have_no_port),
		cmocka_unit_test(a_listing_is_compared_by_doors_only),
		cmocka_unit_test(other_files_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
