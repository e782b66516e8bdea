/* gatehouse: finds the subcommand's row and runs it. */
#include <locale.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <string.h>

#include "base/fd.h"
#include "base/near.h"
#include "cmd/cmd.h"

static const char intro[] =
	"gatehouse: know every door into this machine, close the ones nobody needs,\n"
	"guard the rest.\n"
	"\n"
	"usage: gatehouse COMMAND [OPTION...] [ARGUMENT...]\n"
	"\n";

static void
help(FILE *out)
{
	fputs(intro, out);
	for (const struct cmd *const *cmd = cmds; *cmd; cmd++)
		fprintf(out, "  %-12s %s\n", (*cmd)->name, (*cmd)->doc);
	fputs("\n\"gatehouse COMMAND --help\" tells more.\n"
	      "Exit status: 0 fine, 1 findings, 2 usage or bad input,\n"
	      "3 could not see everything.\n",
	      out);
}

static const struct cmd *
find(const char *name)
{
	for (const struct cmd *const *cmd = cmds; *cmd; cmd++)
		if (strcmp((*cmd)->name, name) == 0)
			return *cmd;
	return NULL;
}

static int
unknown(const char *name)
{
	struct near near = near_of(span_of(name));
	char hint[80];

	for (const struct cmd *const *cmd = cmds; *cmd; cmd++)
		near_offer(&near, (*cmd)->name);
	fprintf(stderr, "gatehouse: no command '%s'%s; see gatehouse --help\n", name,
		near_hint(&near, hint, sizeof(hint)));
	return CMD_USAGE;
}

int
main(int argc, char **argv)
{
	const struct cmd *cmd;

	if (fd_assure_standard() < 0)
		return CMD_INCOMPLETE;
	setlocale(LC_CTYPE, "");
	/* Only this thread prints; JSON of a busy host is megabytes of small pieces. */
	__fsetlocking(stdout, FSETLOCKING_BYCALLER);
	if (argc < 2) {
		help(stderr);
		return CMD_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		cmd = argc > 2 ? find(argv[2]) : NULL;
		if (argc > 2 && !cmd)
			return unknown(argv[2]);
		if (cmd)
			cmd_help(cmd, stdout);
		else
			help(stdout);
		return CMD_FINE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("gatehouse " GATEHOUSE_VERSION);
		return CMD_FINE;
	}
	cmd = find(argv[1]);
	if (!cmd) {
		return unknown(argv[1]);
	}
	return cmd->run(cmd, argc - 1, argv + 1);
}
