/* base/: numbers, spans, maps, arenas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/map.h"
#include "base/num.h"
#include "base/span.h"

static void
numbers_are_whole_and_in_range(void **state)
{
	uint64_t n = 7;
	uint16_t port;

	assert_true(num_u64(SPAN("18446744073709551615"), 10, UINT64_MAX, &n));
	assert_true(n == UINT64_MAX);
	assert_false(num_u64(SPAN("18446744073709551616"), 10, UINT64_MAX, &n));
	assert_false(num_u64(SPAN(""), 10, UINT64_MAX, &n));
	assert_false(num_u64(SPAN(" 1"), 10, UINT64_MAX, &n));
	assert_false(num_u64(SPAN("-1"), 10, UINT64_MAX, &n));
	assert_true(num_u64(SPAN("fF"), 16, 255, &n));
	assert_int_equal(n, 255);
	assert_true(num_port(SPAN("65535"), &port));
	assert_false(num_port(SPAN("65536"), &port));
}

static void
sizes_have_a_unit_or_none(void **state)
{
	uint64_t n = 7;

	assert_true(num_size(SPAN("12"), UINT64_MAX, &n));
	assert_int_equal(n, 12);
	assert_true(num_size(SPAN("3k"), UINT64_MAX, &n));
	assert_int_equal(n, 3 * 1024);
	assert_true(num_size(SPAN("2M"), 2 << 20, &n));
	assert_int_equal(n, 2 << 20);
	assert_false(num_size(SPAN("2M"), (2 << 20) - 1, &n));
	assert_false(num_size(SPAN("18014398509481984k"), UINT64_MAX, &n));
	assert_false(num_size(SPAN("K"), UINT64_MAX, &n));
	assert_false(num_size(SPAN("1g"), UINT64_MAX, &n));
	assert_false(num_size(SPAN(""), UINT64_MAX, &n));
	assert_true(num_is_digits(SPAN("007")));
	assert_false(num_is_digits(SPAN("")));
	assert_false(num_is_digits(SPAN("1-")));
}

static void
words_are_cut_at_blanks(void **state)
{
	struct span line = SPAN(" \ttelnet  stream\t");

	assert_true(span_is(span_word(&line), "telnet"));
	assert_true(span_is(span_word(&line), "stream"));
	assert_int_equal(span_word(&line).n, 0);
}

static void
nuls_are_shown_not_hidden(void **state)
{
	struct arena *arena = arena_new();

	assert_string_equal(span_dup(arena, SPAN("a\0b")), "a\xef\xbf\xbd"
							   "b");
	arena_free(arena);
}

static void
maps_find_what_was_put(void **state)
{
	struct arena *arena = arena_new();
	struct map map = map_of(arena);
	static int values[5000];

	for (uint64_t i = 0; i < 5000; i++)
		map_put(&map, i << 32, &values[i]);
	for (uint64_t i = 0; i < 5000; i++)
		assert_ptr_equal(map_get(&map, i << 32), &values[i]);
	assert_null(map_get(&map, 1));
	map_put_text(&map, "inetd", &values[1]);
	assert_ptr_equal(map_get_text(&map, "inetd"), &values[1]);
	assert_null(map_get_text(&map, "xinetd"));
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_whole_and_in_range),
		cmocka_unit_test(sizes_have_a_unit_or_none),
		cmocka_unit_test(words_are_cut_at_blanks),
		cmocka_unit_test(nuls_are_shown_not_hidden),
		cmocka_unit_test(maps_find_what_was_put),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
