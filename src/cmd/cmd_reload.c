/* gatehouse reload: a running gatehoused reads its configuration again. */
#include "cmd/control.h"

enum { EXEC, CONTROL };

static const struct cmd_option options[] = {
	[EXEC] = {"exec", 0, NULL, "start the installed program anew in its place"},
	[CONTROL] = CONTROL_OPTION,
	{NULL},
};

static int
run(const struct cmd *cmd, int argc, char **argv)
{
	struct cmd_args args = {.cmd = cmd, .argc = argc, .argv = argv};
	const char *socket = NULL, *line = "reload";
	int option;

	while ((option = cmd_args_next(&args)) >= 0)
		if (option == EXEC)
			line = "upgrade";
		else
			socket = args.value;
	if (option == -2)
		return args.help ? CMD_FINE : CMD_USAGE;
	if (args.at < argc)
		return cmd_usage_error(cmd, "no argument is taken");
	return control_simple(cmd, socket, line);
}

const struct cmd cmd_reload = {
	.name = "reload",
	.args = "[OPTION]...",
	.doc = "Let a running gatehoused read its configuration again",
	.options = options,
	.run = run,
};
