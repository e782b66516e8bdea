#include "syntax/assignments.h"

static void
parse(struct syn_tree *tree)
{
	struct sh_reader reader = sh_reader_of(tree);
	struct syn_line line;

	while (sh_peek(&reader, &line))
		sh_take_shell(&reader);
}

static const char *const kinds[] = {SH_KINDS, NULL};

const struct syn_format syn_format_assignments = {
	.name = "assignments",
	.doc = "NAME=value files of /etc/default, /etc/sysconfig, /etc/conf.d and /etc/rc.conf",
	.kinds = kinds,
	.parse = parse,
};
