/* gatehouse audit: every door, who holds it, what starts it, what to do about it. */
#include <stdio.h>

#include "cmd/cmd.h"

enum { ROOT };

static const struct cmd_option options[] = {
	[ROOT] = {"root", 'r', "DIR", "examine the machine whose files are below DIR"},
	{NULL},
};

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	struct audit_options wanted = {0};
	struct audit_run audit;
	struct err err;
	int option;

	while ((option = cmd_args_next(&args)) >= 0)
		if (option == ROOT)
			wanted.root = args.value;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (audit_run(&audit, &wanted, &err) < 0) {
		fprintf(stderr, "gatehouse: %s\n", err.text);
		return CMD_USAGE;
	}
	audit_run_free(&audit);
	return CMD_FINE;
}

const struct cmd cmd_audit = {
	.name = "audit",
	.args = "[--root DIR]",
	.doc = "Show every listener, its owner, what starts it, and what to do about it",
	.options = options,
	.run = run,
};
