/*
 * Programs: which names mean a super-server, a login service, a shell or an interpreter, and
 * when a record's program is the one a process runs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "base/vec.h"
#include "join/program.h"

static const struct {
	const char *program, *mechanism;
} super_servers[] = {
	{"inetd", "inetd"},   {"openbsd-inetd", "inetd"}, {"inetutils-inetd", "inetd"},
	{"xinetd", "xinetd"}, {"rlinetd", "rlinetd"},     {"gatehoused", "gatehouse"},
};

/* What each kind of program is called; a trailing '*' stands for any ending. */
static const struct {
	enum program_kind kind;
	const char *name;
} kinds[] = {
	{PROGRAM_LOGIN, "sshd"},
	{PROGRAM_LOGIN, "sshd-session"},
	{PROGRAM_LOGIN, "dropbear"},
	{PROGRAM_LOGIN, "login"},
	{PROGRAM_LOGIN, "in.telnetd"},
	{PROGRAM_LOGIN, "telnetd"},
	{PROGRAM_LOGIN, "in.rlogind"},
	{PROGRAM_LOGIN, "in.rshd"},
	{PROGRAM_LOGIN, "xrdp-sesman"},
	{PROGRAM_LOGIN, "gdm*"},
	{PROGRAM_LOGIN, "lightdm"},
	{PROGRAM_LOGIN, "sddm"},
	{PROGRAM_LOGIN, "xdm"},
	{PROGRAM_LOGIN, "agetty"},
	{PROGRAM_LOGIN, "getty"},
	{PROGRAM_LOGIN, "mingetty"},
	{PROGRAM_SHELL, "sh"},
	{PROGRAM_SHELL, "bash"},
	{PROGRAM_SHELL, "dash"},
	{PROGRAM_SHELL, "ash"},
	{PROGRAM_SHELL, "zsh"},
	{PROGRAM_SHELL, "ksh*"},
	{PROGRAM_SHELL, "mksh"},
	{PROGRAM_SHELL, "csh"},
	{PROGRAM_SHELL, "tcsh"},
	{PROGRAM_SHELL, "fish"},
	{PROGRAM_MULTIPLEXER, "screen"},
	{PROGRAM_MULTIPLEXER, "tmux*"},
	{PROGRAM_CRON, "cron"},
	{PROGRAM_CRON, "crond"},
	{PROGRAM_CRON, "anacron"},
	{PROGRAM_CRON, "atd"},
	{PROGRAM_CRON, "fcron"},
	{PROGRAM_CRON, "dcron"},
	{PROGRAM_SUPERVISOR, "runsv"},
	{PROGRAM_SUPERVISOR, "supervise"},
	{PROGRAM_SUPERVISOR, "s6-supervise"},
	{PROGRAM_INTERPRETER, "python*"},
	{PROGRAM_INTERPRETER, "perl*"},
	{PROGRAM_INTERPRETER, "ruby*"},
	{PROGRAM_INTERPRETER, "node*"},
	{PROGRAM_INTERPRETER, "php*"},
	{PROGRAM_INTERPRETER, "lua*"},
};

static bool
name_is(const char *pattern, const char *name)
{
	size_t n = strlen(pattern);

	if (pattern[n - 1] == '*')
		return strncmp(pattern, name, n - 1) == 0;
	return strcmp(pattern, name) == 0;
}

bool
program_is(const char *path, enum program_kind kind)
{
	const char *name = text_basename(path);

	for (size_t i = 0; name && i < COUNT_OF(kinds); i++)
		if (kinds[i].kind == kind && name_is(kinds[i].name, name))
			return true;
	return false;
}

const char *
program_of(const struct process *process)
{
	return process->exe ? process->exe : process->comm;
}

const char *
program_script(const struct process *process)
{
	if (!process->argv || !process->argv[0])
		return NULL;
	if (!program_is(process->exe, PROGRAM_INTERPRETER) &&
	    !program_is(process->exe, PROGRAM_SHELL))
		return NULL;
	for (const char **arg = process->argv + 1; *arg; arg++)
		if ((*arg)[0] != '-')
			return (*arg)[0] == '/' ? *arg : NULL;
	return NULL;
}

/* "/usr/sbin/x" and "/sbin/x" are one file where /usr is merged (hier(7)). */
static const char *
without_usr(const char *path)
{
	if (text_starts(path, "/usr/bin/") || text_starts(path, "/usr/sbin/") ||
	    text_starts(path, "/usr/lib/"))
		return path + strlen("/usr");
	return path;
}

static const char *
super_server_name(const char *path)
{
	const char *name = text_basename(path);

	for (size_t i = 0; name && i < COUNT_OF(super_servers); i++)
		if (strcmp(super_servers[i].program, name) == 0)
			return super_servers[i].mechanism;
	return NULL;
}

const char *
join_super_server(const struct process *process)
{
	const char *found = super_server_name(process->exe);

	/* Anybody may call his own program inetd, and give it any file to read. */
	if (process->untrusted)
		return NULL;
	/* busybox, or an exe that this user may not see. */
	if (!found && (!process->exe || text_is(text_basename(process->exe), "busybox")))
		found = super_server_name(process->comm);
	if (!found && process->exe && text_is(text_basename(process->exe), "busybox") &&
	    process->argv && process->argv[0] && process->argv[1])
		found = super_server_name(process->argv[1]);
	return found;
}

bool
join_super_server_reads(const char *server, const char *lines_of)
{
	return server && (text_is(server, lines_of) || text_is(server, "gatehouse"));
}

/* Which options take a value that is no file: letters, and of gatehoused(8) words. */
static const struct super_options {
	const char *mechanism, *letters;
	const char *words[16];
} super_options[] = {
	{"xinetd", "", {NULL}},
	{"gatehouse",
	 "qR",
	 {"hosts-allow", "hosts-deny", "control", "control-group", "pidfile", "filelog", "syslog",
	  "limit", "backlog", "rate", "logprocs", "cc", "shutdownprocs"}},
	/* OpenBSD, FreeBSD, GNU, busybox */
	{NULL, "acCpqRs", {NULL}},
};

static const struct super_options *
super_options_of(const char *mechanism)
{
	const struct super_options *row = super_options;

	while (row->mechanism && !text_is(row->mechanism, mechanism))
		row++;
	return row;
}

static bool
takes_value(const struct super_options *options, const char *arg)
{
	const char *word = arg + 1 + (arg[1] == '-');

	if (arg[1] && !arg[2])
		return strchr(options->letters, arg[1]) != NULL;
	for (const char *const *have = options->words; *have; have++)
		if (text_is(*have, word))
			return true;
	return false;
}

static const char *
file_option(const char *arg)
{
	return text_is(arg, "-f") || text_is(arg, "--file") ? ""
	       : text_starts(arg, "--file=")                ? arg + strlen("--file=")
							    : NULL;
}

const char *
join_super_server_file(const struct process *process)
{
	const char *mechanism = join_super_server(process);
	const struct super_options *options = super_options_of(mechanism);
	bool plain = !text_is(mechanism, "xinetd"); /* a word without '-' is a file */
	bool named = text_is(mechanism, "xinetd") || text_is(mechanism, "gatehouse");
	const char **arg = process->argv, *file = NULL;

	if (!arg || !arg[0])
		return NULL;
	for (arg++; *arg; arg++) {
		const char *value = named ? file_option(*arg) : NULL;

		if (value && *value)
			file = value;
		else if (value && arg[1])
			file = *++arg;
		else if ((*arg)[0] != '-' && plain && !text_is(*arg, "inetd"))
			file = *arg;
		else if ((*arg)[0] == '-' && takes_value(options, *arg) && arg[1])
			arg++;
	}
	if (text_is(file, "/etc/inetd.conf") || text_is(file, "/etc/xinetd.conf"))
		return NULL;
	return file && file[0] == '/' ? file : NULL;
}

const char *
join_super_server_start(const struct start *start)
{
	const char *found = super_server_name(start->exe);

	for (const char **program = start->programs; !found && program && *program; program++)
		found = super_server_name(*program);
	return found;
}

/* Index of programs ------------------------------------------------------------------------ */

static void
index_program(struct join *join, const char *path, struct start *start)
{
	const char *key = without_usr(path);
	struct join_starts *starts = map_get_text(&join->by_program, key);

	if (!starts) {
		starts = arena_alloc(join->audit->arena, sizeof(*starts));
		map_put_text(&join->by_program, key, starts);
	}
	if (!starts->n || starts->v[starts->n - 1] != start)
		vec_push(join->audit->arena, starts, start);
}

void
join_index_programs(struct join *join)
{
	struct audit *audit = join->audit;

	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];

		/* What a super-server or socket unit starts does not hold the socket. */
		if (start->listens_itself)
			continue;
		if (start->exe)
			index_program(join, start->exe, start);
		for (const char **program = start->programs; program && *program; program++)
			index_program(join, *program, start);
	}
}

const struct join_starts *
join_starts_of(const struct join *join, const struct process *process)
{
	const char *script = program_script(process);

	/* An interpreter alone says nothing: half the machine runs the same one. */
	if (script)
		return map_get_text(&join->by_program, without_usr(script));
	if (!process->exe || program_is(process->exe, PROGRAM_SHELL) ||
	    program_is(process->exe, PROGRAM_INTERPRETER))
		return NULL;
	return map_get_text(&join->by_program, without_usr(process->exe));
}
