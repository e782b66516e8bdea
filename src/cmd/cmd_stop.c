/* gatehouse stop: ends a running gatehoused. */
#include "cmd/control.h"

enum { LEAVE, CONTROL };

static const struct cmd_option options[] = {
	[LEAVE] = {"leave-sessions", 0, NULL, "those that run go on to their own end"},
	[CONTROL] = CONTROL_OPTION,
	{NULL},
};

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	const char *socket = NULL, *line = "stop";
	int option;

	while ((option = cmd_args_next(&args)) >= 0)
		if (option == LEAVE)
			line = "stop leave";
		else
			socket = args.value;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at < argc)
		return cmd_usage_error(cmd, "no argument is taken");
	return control_simple(cmd, socket, line);
}

const struct cmd cmd_stop = {
	.name = "stop",
	.args = "[OPTION]...",
	.doc = "End a running gatehoused and its sessions",
	.options = options,
	.run = run,
};
