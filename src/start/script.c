#include "start/script.h"

#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "syntax/assignments.h"

/* Files one script may source, and programs kept of one script. */
#define SOURCED 16u
#define PROGRAMS 64u

/* Variables --------------------------------------------------------------------------- */

static void
add_assignments(struct sh_vars *vars, const struct syn_tree *tree)
{
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (tree->nodes[i].kind == SH_ASSIGN)
			sh_assign(vars, &tree->nodes[i]);
}

bool
script_add_vars(struct start_ctx *ctx, struct sh_vars *vars, const char *path)
{
	struct syn_tree *tree;

	if (!root_exists(ctx->root, path))
		return false;
	tree = start_parse(ctx, &syn_format_assignments, path);
	if (tree)
		add_assignments(vars, tree);
	return tree != NULL;
}

/* ": ${NAME:=value}": a value unless there is one already. */
static void
add_default(struct sh_vars *vars, const struct sh_command *command)
{
	struct span raw = command->n > 1 ? command->words[1]->text : (struct span){0}, name;
	const char *known;

	if (!span_is(command->words[0]->text, ":") || !span_starts(raw, "${") ||
	    !memmem(raw.p, raw.n, ":=", 2))
		return;
	name = span_skip(raw, 2);
	name = span_cut(&name, ':');
	known = span_dup(vars->arena, name);
	if (!sh_get(vars, known))
		sh_set(vars, known, sh_expand(vars, raw));
}

/* ". FILE" and "source FILE"; function libraries hold no settings and are big. */
static const char *
sourced_file(const struct sh_vars *vars, const struct sh_command *command)
{
	static const char *const settings[] = {"/etc/default/", "/etc/sysconfig/", "/etc/conf.d/",
					       "/etc/rc.conf"};
	char *path;

	if (command->n < 2 ||
	    (!span_is(command->words[0]->text, ".") && !span_is(command->words[0]->text, "source")))
		return NULL;
	path = sh_expand(vars, command->words[1]->raw);
	for (size_t i = 0; i < COUNT_OF(settings); i++)
		if (text_starts(path, settings[i]))
			return path;
	return NULL;
}

/* A value made of other variables, and not of its own older value. */
static bool
leans_on_others(const struct syn_node *node)
{
	const struct syn_word *name = &node->words[0], *value = &node->words[1];

	return node->n_words == 2 && value->raw.n && memchr(value->raw.p, '$', value->raw.n) &&
	       !memmem(value->raw.p, value->raw.n, name->raw.p, name->raw.n);
}

void
script_read_vars(struct start_ctx *ctx, struct sh_vars *vars, const struct syn_tree *tree)
{
	struct sh_walk walk = {.tree = tree};
	struct sh_command command;
	unsigned n = 0;

	add_assignments(vars, tree);
	while (n < SOURCED && sh_next_command(&walk, ctx->arena, &command)) {
		const char *file = sourced_file(vars, &command);

		add_default(vars, &command);
		if (file)
			n += script_add_vars(ctx, vars, file);
	}
	/* again: settings found on the way go into the script's own values */
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (tree->nodes[i].kind == SH_ASSIGN && leans_on_others(&tree->nodes[i]))
			sh_assign(vars, &tree->nodes[i]);
}

struct sh_vars
script_vars(struct start_ctx *ctx, const struct syn_tree *tree, const char *path)
{
	struct sh_vars vars = sh_vars_of(ctx->arena, path);

	script_read_vars(ctx, &vars, tree);
	return vars;
}

/* Commands for people --------------------------------------------------------------------- */

static const char *
quoted(struct start_ctx *ctx, const char *name)
{
	const char *text = "'";

	if (*name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789._/@%+,:-")])
		return name;
	for (const char *at = name; *at;) {
		size_t n = strcspn(at, "'");

		text = arena_printf(ctx->arena, "%s%.*s%s", text, (int)n, at, at[n] ? "'\\''" : "");
		at += n + (at[n] != '\0');
	}
	return arena_printf(ctx->arena, "%s'", text);
}

/* A name is no option either: "systemctl stop -Hx.service" would ask another host. */
const char *
script_quote(struct start_ctx *ctx, const char *name)
{
	const char *text = quoted(ctx, name);

	return *name == '-' ? arena_printf(ctx->arena, "-- %s", text) : text;
}

const char *
script_off(struct start_ctx *ctx, const char *format, const char *name)
{
	const char *first = strstr(format, "%s"), *second = strstr(first + 2, "%s");

	name = script_quote(ctx, name);
	return arena_printf(ctx->arena, "%.*s%s%.*s%s%s", (int)(first - format), format, name,
			    (int)(second - first - 2), first + 2, name, second + 2);
}

/* Programs --------------------------------------------------------------------------- */

const char *
script_find(struct start_ctx *ctx, const char *program)
{
	static const char *const path[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					   "/usr/bin",        "/sbin",          "/bin"};

	if (!program || !*program || strchr(program, '$'))
		return NULL;
	if (*program == '/')
		return program;
	if (strchr(program, '/'))
		return NULL;
	for (size_t i = 0; i < COUNT_OF(path); i++) {
		const char *file = arena_printf(ctx->arena, "%s/%s", path[i], program);

		if (root_exists(ctx->root, file))
			return file;
	}
	return NULL;
}

/* Tools of scripts, never what a script is there to start. */
static bool
is_tool(const char *path)
{
	static const char *const tools[] = {
		"[",
		"awk",
		"basename",
		"bash",
		"busybox",
		"cat",
		"chgrp",
		"chmod",
		"chown",
		"cp",
		"cut",
		"dash",
		"date",
		"dirname",
		"echo",
		"egrep",
		"env",
		"expr",
		"false",
		"find",
		"fgrep",
		"grep",
		"gawk",
		"head",
		"hostname",
		"id",
		"install",
		"kill",
		"killall",
		"killall5",
		"killproc",
		"ln",
		"logger",
		"ls",
		"mkdir",
		"mktemp",
		"modprobe",
		"mount",
		"mv",
		"nice",
		"nohup",
		"null",
		"pgrep",
		"pidof",
		"pidofproc",
		"pkill",
		"printf",
		"ps",
		"restorecon",
		"readlink",
		"realpath",
		"rm",
		"rmdir",
		"run-parts",
		"sed",
		"sh",
		"sleep",
		"sort",
		"start-stop-daemon",
		"stat",
		"stty",
		"su",
		"sv",
		"sync",
		"tail",
		"tee",
		"test",
		"touch",
		"tr",
		"true",
		"tty",
		"umount",
		"uname",
		"usleep",
		"wc",
		"which",
		"xargs",
	};
	const char *name = text_basename(path);

	for (size_t i = 0; i < COUNT_OF(tools); i++)
		if (strcmp(name, tools[i]) == 0)
			return true;
	return false;
}

struct programs {
	const char **v;
	size_t n, cap;
};

/* Absolute, an existing executable file, and not a tool. */
static void
add_program(struct start_ctx *ctx, struct programs *programs, const char *path)
{
	struct stat st;

	if (!path || *path != '/' || programs->n == PROGRAMS || is_tool(path))
		return;
	for (size_t i = 0; i < programs->n; i++)
		if (strcmp(programs->v[i], path) == 0)
			return;
	if (root_stat(ctx->root, path, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0111))
		return;
	vec_push(ctx->arena, programs, path);
}

/* Accounts ------------------------------------------------------------------------------- */

/* "nobody:nogroup", ":nobody": the account's name. */
static const char *
account(struct start_ctx *ctx, const char *text)
{
	text += strspn(text, ":");
	if (strcmp(text, "0") == 0 || text_starts(text, "0:"))
		return "root";
	return *text && !strchr(text, '$') ? arena_dupn(ctx->arena, text, strcspn(text, ":"))
					   : NULL;
}

/* Programs that change the account: by their first argument, or by this option. */
static const struct {
	const char *name, *option;
} switchers[] = {
	{"setuidgid", NULL}, {"s6-setuidgid", NULL}, {"su-exec", NULL}, {"gosu", NULL},
	{"chpst", "-u"},     {"runit-chpst", "-u"},  {"sudo", "-u"},    {"runuser", "-u"},
};

static const char *
switched_to(const char **word, const char *option)
{
	if (!option)
		return word[1];
	for (word++; *word && **word == '-'; word++)
		if (text_starts(*word, option))
			return (*word)[2] ? *word + 2 : word[1];
	return NULL;
}

void
script_user(struct start_ctx *ctx, struct start *start)
{
	for (const char **word = start->command; word && *word && !start->user; word++)
		for (size_t i = 0; i < COUNT_OF(switchers); i++)
			if (strcmp(text_basename(*word), switchers[i].name) == 0) {
				const char *user = switched_to(word, switchers[i].option);

				start->user = user ? account(ctx, user) : NULL;
			}
}

/* Starters: what init scripts use to start daemons ---------------------------------------- */

/* with: long and short options that take a value. */
static const struct starter {
	const char *name;
	const char *with;        /* letters of short options with a value */
	const char *exec, *args; /* which options name the program; "" = the first argument does */
} starters[] = {
	{"start-stop-daemon", "xapunsRgcdrNkPITCUo1k23v", "xa", "--"},
	{"supervise-daemon", "aunrgdkePDmpRTs12", "a", "--"},
	{"daemon", "nup", "", ""},
	{"startproc", "cefilnptTuw", "", ""},
	{"start_daemon", "nptwu", "", ""},
	{"start_proc", "", "", ""},
};

/* Long options of the starters above, as their short letters. */
static const struct {
	const char *name;
	char letter;
} long_options[] = {
	{"exec", 'x'},   {"startas", 'a'},   {"pidfile", 'p'}, {"user", 'u'},     {"chuid", 'c'},
	{"name", 'n'},   {"signal", 's'},    {"retry", 'R'},   {"group", 'g'},    {"chdir", 'd'},
	{"chroot", 'r'}, {"nicelevel", 'N'}, {"umask", 'k'},   {"start", 'S'},    {"stop", 'K'},
	{"test", 't'},   {"status", 'T'},    {"check", '?'},   {"progress", '?'},
};

struct started {
	const char *program, *pidfile, *user;
	const char **args;
	bool stop, test;
};

static char
option_letter(const char *word, const char **ret_value)
{
	const char *name = word + 2;
	size_t n = strcspn(name, "=");

	*ret_value = NULL;
	if (word[1] != '-') {
		*ret_value = word[1] && word[2] ? word + 2 : NULL;
		return word[1];
	}
	*ret_value = name[n] == '=' ? name + n + 1 : NULL;
	for (size_t i = 0; i < COUNT_OF(long_options); i++)
		if (strncmp(long_options[i].name, name, n) == 0 && !long_options[i].name[n])
			return long_options[i].letter;
	return 0;
}

static void
note_option(const struct starter *starter, struct started *ret, char letter, const char *value)
{
	if (letter == 'K' || letter == 'T')
		ret->stop = true;
	else if (letter == 't' && *starter->exec)
		ret->test = true;
	else if (letter == 'p')
		ret->pidfile = value;
	else if (letter == 'c' || letter == 'u')
		ret->user = value;
	else if (letter && *starter->exec && strchr(starter->exec, letter) && value)
		ret->program = value;
}

static void
read_starter(const struct starter *starter, const char **word, struct started *ret)
{
	for (word++; *word; word++) {
		const char *value;
		char letter;

		if (strcmp(*word, "--") == 0) {
			word++;
			break;
		}
		if (**word != '-' && **word != '+') {
			if (!*starter->exec)
				break;
			continue;
		}
		letter = option_letter(*word, &value);
		if (!value && letter && strchr(starter->with, letter) && word[1] &&
		    !(word[1][0] == '-' && word[1][1]))
			value = *++word;
		note_option(starter, ret, letter, value);
	}
	if (!*starter->exec && *word)
		ret->program = *word++;
	ret->args = word;
}

static const struct starter *
find_starter(const char *program)
{
	for (size_t i = 0; i < COUNT_OF(starters); i++)
		if (strcmp(text_basename(program), starters[i].name) == 0)
			return &starters[i];
	return NULL;
}

/* program and args as one argv */
static const char **
join_argv(struct start_ctx *ctx, const char *program, const char **args)
{
	VEC(const char *) argv = {0};

	vec_push(ctx->arena, &argv, program);
	for (; args && *args; args++)
		vec_push(ctx->arena, &argv, *args);
	vec_push(ctx->arena, &argv, NULL);
	return argv.v;
}

static void
take_started(struct start_ctx *ctx, struct start *start, const struct started *started,
	     const struct syn_node *node)
{
	const char *exe = script_find(ctx, started->program);

	if (started->stop || started->test || !started->program || start->command)
		return;
	if (exe && is_tool(exe))
		return;
	start->command = join_argv(ctx, started->program, started->args);
	start->line = node->line;
	if (!start->pidfile && started->pidfile && *started->pidfile == '/')
		start->pidfile = started->pidfile;
	if (started->user)
		start->user = account(ctx, started->user);
}

/* Words that a script puts before a program it starts; other bare words are tools and functions,
 * not worth a search. */
static bool
is_prefix(const char *word)
{
	static const char *const words[] = {"exec",  "env",    "nice",     "ionice",
					    "nohup", "setsid", "su",       "runuser",
					    "sudo",  "chpst",  "setuidgid"};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* Most commands of a script are tests and messages: told by the first word, to save the rest. */
static bool
starts_something(const struct sh_vars *vars, const struct sh_command *command)
{
	struct span raw = command->words[0]->raw;
	const char *word;

	word = sh_expand(vars, raw);
	if (!word)
		return false;
	/* START="start-stop-daemon --start ..." is split by the shell */
	word = arena_dupn(vars->arena, word, strcspn(word, " "));
	return *word == '/' || find_starter(word) || is_prefix(word);
}

/* One simple command of the script. */
static void
take_command(struct start_ctx *ctx, struct start *start, struct programs *programs,
	     const struct sh_vars *vars, const struct sh_command *command)
{
	const char **argv =
		starts_something(vars, command) ? sh_argv(vars, command->words, command->n) : NULL;
	const struct starter *starter = argv && *argv ? find_starter(*argv) : NULL;
	struct started started = {0};

	if (!argv || !*argv)
		return;
	if (!starter) {
		struct start probe = {.command = argv};

		if (**argv == '/' || is_prefix(*argv))
			start_find_exe(ctx, &probe);
		add_program(ctx, programs, probe.exe);
		return;
	}
	read_starter(starter, argv, &started);
	take_started(ctx, start, &started, command->node);
	add_program(ctx, programs, script_find(ctx, started.program));
}

/* DAEMON=/usr/sbin/x and its arguments, for scripts whose start is hidden in a library. */
static void
take_variables(struct start_ctx *ctx, struct start *start, const struct sh_vars *vars)
{
	static const char *const programs[] = {"DAEMON",  "EXEC", "PROG", "BIN",
					       "command", "exec", "prog"};
	static const char *const options[] = {"DAEMON_ARGS", "DAEMON_OPTS", "OPTIONS", "ARGS",
					      "OPTS"};
	static const char *const pidfiles[] = {"PIDFILE", "pidfile"};
	const char *program = NULL, *args = NULL;

	for (size_t i = 0; !start->command && !program && i < COUNT_OF(programs); i++)
		program = script_find(ctx, sh_get(vars, programs[i]));
	for (size_t i = 0; program && !args && i < COUNT_OF(options); i++)
		args = sh_get(vars, options[i]);
	if (program && !is_tool(program) && root_exists(ctx->root, program)) {
		VEC(const char *) argv = {0};
		struct span rest = span_of(args), word;

		vec_push(ctx->arena, &argv, program);
		while (word = span_word(&rest), word.n)
			vec_push(ctx->arena, &argv, span_dup(ctx->arena, word));
		vec_push(ctx->arena, &argv, NULL);
		start->command = argv.v;
	}
	for (size_t i = 0; !start->pidfile && i < COUNT_OF(pidfiles); i++)
		if (text_starts(sh_get(vars, pidfiles[i]), "/"))
			start->pidfile = sh_get(vars, pidfiles[i]);
	if (!start->user && sh_get(vars, "command_user"))
		start->user = account(ctx, sh_get(vars, "command_user"));
}

/* Values that are programs, whatever their names. */
static void
add_value_programs(struct start_ctx *ctx, struct programs *programs, const struct syn_tree *tree,
		   const struct sh_vars *vars)
{
	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		if (node->kind != SH_ASSIGN)
			continue;
		for (uint32_t w = 1; w < node->n_words; w += 2) {
			const struct span raw = node->words[w].raw;

			if (raw.n && (memchr(raw.p, '/', raw.n) || *raw.p == '$'))
				add_program(ctx, programs, sh_expand(vars, raw));
		}
	}
}

void
script_describe(struct start_ctx *ctx, struct start *start, const struct syn_tree *tree,
		const struct sh_vars *vars)
{
	struct programs programs = {0};
	struct sh_walk walk = {.tree = tree};
	struct sh_command command;

	while (sh_next_command(&walk, ctx->arena, &command))
		take_command(ctx, start, &programs, vars, &command);
	take_variables(ctx, start, vars);
	add_value_programs(ctx, &programs, tree, vars);
	if (start->command) {
		if (!start->exe)
			start_find_exe(ctx, start);
		script_user(ctx, start);
	}
	if (programs.n) {
		vec_push(ctx->arena, &programs, NULL);
		start->programs = programs.v;
	}
}
