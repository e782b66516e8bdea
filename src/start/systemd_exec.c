/*
 * Command lines of ExecStart=: systemd.service(5), "Command lines". Prefixes "@-:+!|" change how
 * it is run, not what; ";" alone separates several commands; "@" gives another argv[0].
 */
#include <string.h>

#include "base/limits.h"
#include "start/script.h"
#include "start/systemd.h"
#include "syntax/script.h"
#include "syntax/unit.h"

/* Takes one command off a line; NULL at its end. *ret_exe is the program without prefixes. */
static const char **
next_command(struct systemd *systemd, const struct systemd_unit *unit, struct span *rest,
	     const char **ret_exe)
{
	VEC(const char *) argv = {0};
	bool own_name = false, quoted;
	struct span word;

	while (unit_word(systemd->arena, rest, &word, &quoted)) {
		if (!quoted && span_is(word, ";")) {
			if (argv.n)
				break;
			continue;
		}
		if (argv.n == LIMIT_LINE_WORDS)
			continue;
		if (argv.n == 0)
			for (; word.n && strchr("@-:+!|", word.p[0]); word = span_skip(word, 1))
				own_name |= word.p[0] == '@';
		if (span_is(word, "\\;"))
			word = SPAN(";");
		vec_push(systemd->arena, &argv, systemd_expand(systemd, unit, word));
	}
	if (!argv.n)
		return NULL;
	*ret_exe = argv.v[0];
	if (own_name && argv.n > 1) {
		memmove(&argv.v[1], &argv.v[2], (argv.n - 2) * sizeof(*argv.v));
		argv.n--;
	}
	vec_push(systemd->arena, &argv, NULL);
	return argv.v;
}

/* "sh -c TEXT" that start_find_exe cannot see through: the programs the text names. */
static void
look_into_shell(struct systemd *systemd, struct start *start)
{
	const char **argv = start->command;
	struct start inner = {0};
	struct syn_tree *tree;
	struct sh_vars vars;

	if (!text_ends(argv[0], "sh") || !text_is(argv[1], "-c") || !argv[2])
		return;
	tree = syn_parse(&syn_format_script, systemd->arena, systemd->ctx->diags, start->file,
			 span_of(argv[2]));
	vars = script_vars(systemd->ctx, tree, start->file);
	script_describe(systemd->ctx, &inner, tree, &vars);
	start->exe = inner.exe;
	start->programs = inner.programs;
}

void
systemd_command(struct systemd *systemd, const struct systemd_unit *unit, struct start *start)
{
	VEC(const char *) programs = {0};

	for (size_t i = 0; i < unit->set.exec_start.n; i++) {
		struct span rest = unit->set.exec_start.v[i].text;
		const char **argv, *exe;

		while (argv = next_command(systemd, unit, &rest, &exe), argv) {
			if (!start->command)
				start->command = argv;
			if (exe[0] == '/')
				vec_push(systemd->arena, &programs, exe);
		}
	}
	/* Looking through wrappers and links costs more than all the rest: not for what is off. */
	if (start->command && !start->enabled && start->command[0][0] == '/')
		start->exe = start->command[0];
	else if (start->command)
		start_find_exe(systemd->ctx, start);
	if (start->command && !start->exe)
		look_into_shell(systemd, start);
	if (programs.n > 1) {
		vec_push(systemd->arena, &programs, NULL);
		start->programs = programs.v;
	}
}
