/* Run scripts: the chain of an execline file, or every command of a shell one. */
#include <stdlib.h>

#include "fuzz.h"
#include "syntax/run.h"

void
fuzz_view(const struct syn_tree *tree)
{
	struct sh_vars vars = sh_vars_of(tree->arena, "/etc/sv/x/run");
	struct sh_walk walk = {.tree = tree};
	struct sh_command command;

	if (run_is_execline(tree)) {
		command = run_chain(tree);
		if (!sh_argv(&vars, command.words, command.n))
			abort();
		return;
	}
	while (sh_next_command(&walk, tree->arena, &command))
		if (!command.n || !sh_argv(&vars, command.words, command.n))
			abort();
}
