/* Init scripts: the headers, every variable, every simple command with its words expanded. */
#include <stdlib.h>

#include "fuzz.h"
#include "syntax/initscript.h"

static void
check_words(struct initscript_words words)
{
	if (words.n && !words.line)
		abort();
}

void
fuzz_view(const struct syn_tree *tree)
{
	struct sh_vars vars = sh_vars_of(tree->arena, "/etc/init.d/x");
	struct initscript header = initscript_view(tree);
	struct sh_walk walk = {.tree = tree};
	struct sh_command command;

	check_words(header.provides);
	check_words(header.default_start);
	check_words(header.chkconfig);
	check_words(header.description);
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (tree->nodes[i].kind == SH_ASSIGN)
			sh_assign(&vars, &tree->nodes[i]);
	while (sh_next_command(&walk, tree->arena, &command)) {
		const char **argv = sh_argv(&vars, command.words, command.n);

		if (!command.n || !argv)
			abort();
	}
}
