/* syntax/unit: words of values as systemd.syntax(7) quotes them, and lines too long for systemd. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "syntax/unit.h"

static const struct {
	const char *value;
	const char *words[5];
} rows[] = {
	{"", {NULL}},
	{"  a\tb  ", {"a", "b"}},
	{"/bin/echo one 'two words' \"three $X\"", {"/bin/echo", "one", "two words", "three $X"}},
	{"a\"b c\"d", {"ab cd"}},
	{"'' \"\"", {"", ""}},
	{"\\x41\\101\\s\\t\\\\", {"AA \t\\"}},
	{"\"it's\" 'say \"x\"'", {"it's", "say \"x\""}},
	{"\\q \\x4 \\400", {"\\q", "\\x4", "\\400"}}, /* no escapes: kept */
	{"\"open", {"open"}},
	{"end\\", {"end\\"}},
};

static void
words_are_quoted_as_the_manual_says(void **state)
{
	struct arena *arena = arena_new();

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct span rest = span_of(rows[i].value), word;
		size_t n = 0;

		while (unit_word(arena, &rest, &word, NULL)) {
			assert_true(n < COUNT_OF(rows[i].words) && rows[i].words[n]);
			assert_string_equal(span_dup(arena, word), rows[i].words[n]);
			n++;
		}
		assert_null(rows[i].words[n]);
	}
	arena_free(arena);
}

static void
a_quoted_semicolon_is_no_separator(void **state)
{
	struct arena *arena = arena_new();
	struct span rest = SPAN("; ';'"), word;
	bool quoted;

	assert_true(unit_word(arena, &rest, &word, &quoted));
	assert_false(quoted);
	assert_true(unit_word(arena, &rest, &word, &quoted));
	assert_true(quoted && span_is(word, ";"));
	arena_free(arena);
}

/* systemd's limit is 1 MiB for a line, joined ones as a whole. */
static void
lines_too_long_are_refused_and_kept(void **state)
{
	static const struct {
		size_t bytes;
		const char *filler;
		unsigned kind;
	} lines[] = {
		{(1u << 20) - 64, "x", UNIT_SETTING},
		{(1u << 20) + 64, "x", SYN_BAD},
		{(1u << 20) - 64, "xxxxxx\\\n", UNIT_SETTING},
		{(1u << 21), "xxxxxx\\\n", SYN_BAD},
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct arena *arena = arena_new();
		struct diags diags = diags_of(arena);
		size_t step = strlen(lines[i].filler), n = 0;
		char *text = arena_alloc(arena, lines[i].bytes + 64);
		struct syn_tree *tree;
		struct span again;

		n += (size_t)(stpcpy(text, "[A]\nK=") - text);
		for (; n < lines[i].bytes; n += step)
			memcpy(text + n, lines[i].filler, step);
		n = (size_t)(stpcpy(text + n, "\nL=1\n") - text);
		tree = syn_parse(&syn_format_unit, arena, &diags, "x", (struct span){text, n});
		again = syn_text(tree);
		assert_int_equal(tree->nodes[1].kind, lines[i].kind);
		assert_int_equal(diags.count[DIAG_ERROR], lines[i].kind == SYN_BAD);
		assert_int_equal(tree->nodes[tree->n_nodes - 1].kind, UNIT_SETTING);
		assert_true(again.n == n && memcmp(again.p, text, n) == 0);
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_quoted_as_the_manual_says),
		cmocka_unit_test(a_quoted_semicolon_is_no_separator),
		cmocka_unit_test(lines_too_long_are_refused_and_kept),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
