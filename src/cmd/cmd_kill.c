/* gatehouse kill: ends sessions of a running gatehoused. */
#include "cmd/control.h"

enum { SIGNAL, CONTROL };

static const struct cmd_option options[] = {
	[SIGNAL] = {"signal", 's', "NAME", "instead of TERM"},
	[CONTROL] = CONTROL_OPTION,
	{NULL},
};

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	const char *socket = NULL, *signal = "";
	char line[LIMIT_CONTROL_REQUEST];
	int option;

	while ((option = cmd_args_next(&args)) >= 0)
		*(option == SIGNAL ? &signal : &socket) = args.value;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at + 1 != argc)
		return cmd_usage_error(cmd, "one SERVICE or SERVICE:NUMBER");
	snprintf(line, sizeof(line), "kill %.512s %.32s", argv[args.at], signal);
	return control_simple(cmd, socket, line);
}

const struct cmd cmd_kill = {
	.name = "kill",
	.args = "[OPTION]... SERVICE[:NUMBER]",
	.doc = "End sessions of a running gatehoused",
	.options = options,
	.run = run,
};
