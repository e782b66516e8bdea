/*
 * rc.local and Slackware's rc files: shell scripts that start things by hand. A file that is not
 * executable is not run; in it, each command of a program is a record of its own, a command
 * behind a '#' one that is off. Slackware's /etc/rc.d/rc.NAME are switched by their execute bit
 * (START-12).
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "start/script.h"
#include "start/start.h"
#include "syntax/script.h"

/* The files whose commands are listed one by one. */
static const char *const files[] = {"/etc/rc.local",           "/etc/rc.d/rc.local",
				    "/etc/rc.d/rc.inet2",      "/etc/init.d/boot.local",
				    "/etc/init.d/after.local", "/etc/rc.d/rc.sysinit.local"};

/* Programs that start nothing: a script's tools. */
static const char *const tools[] = {
	"[",        "test",    "echo",    "printf", "cd",     "export",   "exit",    "sleep",
	"touch",    "rm",      "mkdir",   "cat",    "chmod",  "chown",    "ln",      "mv",
	"cp",       "grep",    "sed",     "awk",    "mount",  "umount",   "sysctl",  "modprobe",
	"kill",     "killall", "true",    "false",  "return", "set",      "shift",   "unset",
	"read",     ".",       "source",  "eval",   "ulimit", "umask",    "wait",    "break",
	"continue", "date",    "logger",  "pidof",  "ps",     "ifconfig", "route",   "hostname",
	"id",       "stty",    "setterm", "swapon", "depmod", ":",        "command", "let",
	"local",    "trap",    "find",    "sync",   "dmesg",  "uname",
};

/* rc.d files that are stages of the boot, not services of their own. */
static const char *const stages[] = {"rc.0",
				     "rc.4",
				     "rc.6",
				     "rc.K",
				     "rc.M",
				     "rc.S",
				     "rc.inet1",
				     "rc.inet2",
				     "rc.local",
				     "rc.local_shutdown",
				     "rc.sysvinit",
				     "rc.loop",
				     "rc.setterm",
				     "rc.font",
				     "rc.keymap",
				     "rc.sysinit",
				     "rc.sysinit.local"};

static bool
is_one_of(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool
is_executable(struct start_ctx *ctx, const char *path, struct stat *st)
{
	return root_stat(ctx->root, path, st) == 0 && S_ISREG(st->st_mode) && (st->st_mode & 0111);
}

static void
add_command(struct start_ctx *ctx, const char *path, uint32_t line, const char **argv, bool runs,
	    bool off)
{
	struct start *start;
	struct start probe = {.command = argv};

	if (!argv || !*argv || is_one_of(text_basename(*argv), tools, COUNT_OF(tools)))
		return;
	/* Scripts of a directory of scripts have records of their own. */
	if (strstr(*argv, "/rc.d/rc.") || strstr(*argv, "/init.d/") ||
	    (argv[1] && strstr(argv[1], "/rc.d/rc.")))
		return;
	start_find_exe(ctx, &probe);
	if (!probe.exe || is_one_of(text_basename(probe.exe), tools, COUNT_OF(tools)))
		return;
	start = start_add(ctx, "rc.local", text_basename(probe.exe), path, line);
	start->command = argv;
	start->exe = probe.exe;
	start->user = "root";
	start->enabled = runs && !off;
	start->state = off    ? "commented out"
		       : runs ? "line in force"
			      : "the file is not executable";
	if (start->enabled)
		start->off = arena_printf(ctx->arena, "put a '#' before line %u of %s", line, path);
}

static void
read_commands(struct start_ctx *ctx, const char *path)
{
	struct syn_tree *tree = start_parse(ctx, &syn_format_script, path);
	struct sh_walk walk = {.tree = tree};
	struct sh_command command;
	struct sh_vars vars;
	bool runs, ended = false;
	struct stat st;

	if (!tree)
		return;
	runs = is_executable(ctx, path, &st);
	vars = script_vars(ctx, tree, path);
	while (sh_next_command(&walk, ctx->arena, &command)) {
		/* "exit" at the margin ends the script; inside an if it stands further right. */
		ended |= command.n && span_is(command.words[0]->text, "exit") &&
			 command.words[0]->col == 1;
		add_command(ctx, path, command.words[0]->line,
			    sh_argv(&vars, command.words, command.n), runs && !ended, false);
	}
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (tree->nodes[i].kind == SCRIPT_OFF)
			add_command(ctx, path, tree->nodes[i].line,
				    start_argv(ctx, tree->nodes[i].words, tree->nodes[i].n_words),
				    runs, true);
}

/* Slackware's rc.NAME: rc.M and rc.inet2 run it when it is executable. */
static void
read_switch(struct start_ctx *ctx, const char *name)
{
	const char *path = arena_printf(ctx->arena, "/etc/rc.d/%s", name);
	struct syn_tree *tree;
	struct start *start;
	struct sh_vars vars;
	struct stat st;
	bool on = is_executable(ctx, path, &st);

	tree = start_parse(ctx, &syn_format_script, path);
	if (!tree)
		return;
	start = start_add(ctx, "rc.local", name + 3, path, 0);
	vars = script_vars(ctx, tree, path);
	script_describe(ctx, start, tree, &vars);
	for (const char **program = start->programs; !start->exe && program && *program; program++)
		if (!is_one_of(text_basename(*program), tools, COUNT_OF(tools)))
			start->exe = *program;
	start->enabled = on;
	start->state = on ? "executable" : "not executable";
	if (on)
		start->off = arena_printf(ctx->arena, "%s stop; chmod -x %s",
					  script_quote(ctx, path), script_quote(ctx, path));
}

static void
read_slackware(struct start_ctx *ctx)
{
	struct root_dir dir = start_list_dir(ctx, "/etc/rc.d");

	for (size_t i = 0; i < dir.n; i++) {
		const char *name = dir.v[i].name;

		if (!text_starts(name, "rc.") || strchr(name + 3, '.') || text_ends(name, "~") ||
		    text_starts(name, "rc.modules") || is_one_of(name, stages, COUNT_OF(stages)) ||
		    dir.v[i].type == DT_DIR)
			continue;
		read_switch(ctx, name);
	}
}

static void
read(struct start_ctx *ctx)
{
	const char *seen = NULL;

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		const char *real;

		/* /etc/rc.local is a link to /etc/rc.d/rc.local on Red Hat's. */
		if (root_resolve(ctx->root, files[i], ctx->arena, &real) < 0)
			real = files[i];
		if (text_is(real, seen))
			continue;
		seen = real;
		read_commands(ctx, real);
	}
	if (root_exists(ctx->root, "/etc/rc.d/rc.M"))
		read_slackware(ctx);
}

const struct start_reader start_reader_rclocal = {
	.mechanism = "rc.local",
	.doc = "rc.local, Slackware's rc.inet2 and /etc/rc.d/rc.*; run when executable",
	.read = read,
};
