/* cmd/args: options by table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/cmd.h"

static const struct cmd_option options[] = {
	{"format", 'f', "FORMAT", "a value"},
	{"all", 'a', NULL, "no value"},
	{"long-only", 0, NULL, "no letter"},
	{NULL},
};
static const struct cmd row = {.name = "test", .args = "", .doc = "", .options = options};

static struct cmd_args
args_of(const char **argv)
{
	struct cmd_args args = {.cmd = &row, .argv = (char **)(uintptr_t)argv};

	while (argv[args.argc])
		args.argc++;
	return args;
}

static void
values_stand_joined_or_apart(void **state)
{
	const char *argv[] = {"test", "--format=json", "--format", "table", "-fplain", "-f",
			      "x",    "rest",          "-a",       NULL};
	struct cmd_args args = args_of(argv);
	static const char *const values[] = {"json", "table", "plain", "x"};

	for (size_t i = 0; i < COUNT_OF(values); i++) {
		assert_int_equal(cmd_args_next(&args), 0);
		assert_string_equal(args.value, values[i]);
	}
	assert_int_equal(cmd_args_next(&args), 1); /* behind an operand */
	assert_int_equal(cmd_args_next(&args), -1);
	assert_string_equal(argv[args.at], "rest");
}

static void
letters_stand_together(void **state)
{
	const char *argv[] = {"test", "-aaf", "json", "-af=x", NULL};
	struct cmd_args args = args_of(argv);

	assert_int_equal(cmd_args_next(&args), 1);
	assert_int_equal(cmd_args_next(&args), 1);
	assert_int_equal(cmd_args_next(&args), 0);
	assert_string_equal(args.value, "json");
	assert_int_equal(cmd_args_next(&args), 1);
	assert_int_equal(cmd_args_next(&args), 0);
	assert_string_equal(args.value, "=x");
	assert_int_equal(cmd_args_next(&args), -1);
}

static void
two_dashes_end_the_options(void **state)
{
	const char *argv[] = {"test", "-a", "--", "-a", NULL};
	struct cmd_args args = args_of(argv);

	assert_int_equal(cmd_args_next(&args), 1);
	assert_int_equal(cmd_args_next(&args), -1);
	assert_string_equal(argv[args.at], "-a");
}

static void
options_may_follow_operands(void **state)
{
	const char *argv[] = {"test", "one", "-a", "two", "--format", "json",
			      "-af",  "x",   "--", "-a",  NULL};
	struct cmd_args args = args_of(argv);

	assert_int_equal(cmd_args_next(&args), 1);
	assert_int_equal(cmd_args_next(&args), 0);
	assert_string_equal(args.value, "json");
	assert_int_equal(cmd_args_next(&args), 1);
	assert_int_equal(cmd_args_next(&args), 0);
	assert_string_equal(args.value, "x");
	assert_int_equal(cmd_args_next(&args), -1);
	assert_int_equal(args.argc - args.at, 3);
	assert_string_equal(argv[args.at], "one");
	assert_string_equal(argv[args.at + 1], "two");
	assert_string_equal(argv[args.at + 2], "-a");
}

static void
mistakes_are_said(void **state)
{
	static const char *const lines[][3] = {
		{"test", "--nosuch"}, {"test", "-z"}, {"test", "--all=1"},
		{"test", "--format"}, {"test", "-f"}, {"test", "--forma"},
		{"test", "--="},
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		const char *argv[] = {lines[i][0], lines[i][1], NULL};
		struct cmd_args args = args_of(argv);

		assert_int_equal(cmd_args_next(&args), -2);
		assert_false(args.help);
	}
}

static void
a_dash_is_an_operand(void **state)
{
	const char *argv[] = {"test", "-", "-a", NULL};
	struct cmd_args args = args_of(argv);

	assert_int_equal(cmd_args_next(&args), 1);
	assert_int_equal(cmd_args_next(&args), -1);
	assert_string_equal(argv[args.at], "-");
}

static void
common_values_are_checked(void **state)
{
	struct inventory_options inventory = {0};

	assert_int_equal(cmd_take_netns(&row, "self", &inventory), 0);
	assert_int_equal(inventory.netns, INVENTORY_NETNS_SELF);
	assert_int_equal(cmd_take_netns(&row, "some", &inventory), CMD_USAGE);
	assert_int_equal(cmd_take_owners(&row, "bpf", &inventory), 0);
	assert_int_equal(inventory.owners, OWNERS_BPF);
	assert_int_equal(cmd_take_owners(&row, "", &inventory), CMD_USAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_stand_joined_or_apart),
		cmocka_unit_test(letters_stand_together),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(options_may_follow_operands),
		cmocka_unit_test(mistakes_are_said),
		cmocka_unit_test(a_dash_is_an_operand),
		cmocka_unit_test(common_values_are_checked),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
