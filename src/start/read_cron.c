/*
 * cron: the system's and the users' crontabs, the periodic folders, anacrontab, and the jobs that
 * wait for at (START-9, START-17). Sources: crontab(5), cron(8) of Debian and of cronie,
 * run-parts(8), anacrontab(5), at's own file names.
 */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "base/attr.h"
#include "base/num.h"
#include "start/accounts.h"
#include "start/script.h"
#include "start/start.h"
#include "syntax/crontab.h"

struct reading {
	struct start_ctx *ctx;
	struct accounts *accounts;
	bool debian, cronie, any;
};

/* Names ------------------------------------------------------------------------------- */

static bool
is_plain(const char *name)
{
	for (; *name; name++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-",
			    *name))
			return false;
	return true;
}

/* cronie's not_a_crontab(): hidden files, backups and what rpm leaves behind. */
static bool
is_leftover(const char *name)
{
	return name[0] == '.' || name[0] == '#' || text_ends(name, "~") ||
	       text_ends(name, ".rpmsave") || text_ends(name, ".rpmorig") ||
	       text_ends(name, ".rpmnew");
}

/* Would cron read a file of this name in cron.d? Debian's wants a run-parts name. */
static bool
is_table_name(const struct reading *r, const char *name)
{
	return r->cronie ? !is_leftover(name) : is_plain(name);
}

/* Jobs -------------------------------------------------------------------------------- */

/* Words of shell that stand before the command that matters: "test -x /x && /x". */
static const char *const guards[] = {"test",  "[",       "cd",    "if",    "then",
				     "sleep", "command", "while", "true",  "echo",
				     "{",     "(",       "!",     "umask", "ulimit"};
static const char *const joints[] = {"&&", "||", ";", "|", "then", "{", "do", "else"};

static bool
is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* The command ends at the next joint, or at a ';' behind a word. */
static const char **
cut_command(struct arena *arena, const char **argv)
{
	for (size_t i = 0; argv[i]; i++) {
		size_t n = strlen(argv[i]);

		if (is_one_of(argv[i], joints, COUNT_OF(joints))) {
			argv[i] = NULL;
			break;
		}
		if (n > 1 && argv[i][n - 1] == ';') {
			argv[i] = arena_dupn(arena, argv[i], n - 1);
			argv[i + 1] = NULL;
		}
	}
	return argv;
}

/* The first simple command that is no guard; the whole line when all are. */
static const char **
main_command(struct arena *arena, const char **argv)
{
	const char **word = argv;

	while (*word) {
		if (!is_one_of(*word, guards, COUNT_OF(guards)))
			return cut_command(arena, word);
		while (*word && !is_one_of(*word, joints, COUNT_OF(joints)) &&
		       !text_ends(*word, ";"))
			word++;
		if (*word)
			word++;
	}
	return argv;
}

struct table {
	const char *file;
	const char *user;    /* the owner of a user's table; NULL = the lines name it */
	const char *refused; /* why cron does not read the file, or NULL */
};

static void
add_job(struct reading *r, const struct table *table, const struct syn_node *node)
{
	struct start_ctx *ctx = r->ctx;
	struct span rest = node->words[node->n_words - 1].text, user = {0};
	struct start *start;
	const char **argv;

	if (!table->user && node->kind != CRONTAB_ANA)
		user = crontab_user(&rest);
	rest = crontab_command(rest);
	start = start_add(ctx, "cron", NULL, table->file, node->line);
	start->runlevels = span_dup(ctx->arena, crontab_schedule(node));
	start->when = strcmp(start->runlevels, "@reboot") == 0 ? START_AT_BOOT : START_ON_TIME;
	start->by_user = table->user && !text_is(table->user, "root");
	start->user = table->user ? table->user : user.n ? span_dup(ctx->arena, user) : "root";
	argv = start_split(ctx, rest);
	start->command = main_command(ctx->arena, argv);
	start_find_exe(ctx, start);
	argv = start->command;
	start->name = node->kind == CRONTAB_ANA ? span_dup(ctx->arena, node->words[2].text)
		      : start->exe              ? text_basename(start->exe)
		      : *argv                   ? text_basename(*argv)
						: "(no command)";
	start->enabled = !table->refused && r->any && *argv;
	start->state = start->runlevels;
	if (table->refused)
		start->state = table->refused;
	else if (!r->any)
		start->state = "no cron is installed";
	if (start->enabled && !accounts_has_user(r->accounts, start->user)) {
		start->enabled = false;
		start->state =
			arena_printf(ctx->arena, "left out by cron: unknown user %s", start->user);
	}
	if (start->enabled)
		start->off = table->user
				     ? arena_printf(ctx->arena,
						    "crontab -u %s -e: put a '#' before "
						    "line %u",
						    script_quote(ctx, table->user), node->line)
				     : arena_printf(ctx->arena, "put a '#' before line %u of %s",
						    node->line, table->file);
}

static void
read_table(struct reading *r, struct table table)
{
	struct syn_tree *tree = start_parse(r->ctx, &syn_format_crontab, table.file);

	if (!tree)
		return;
	/* Debian's cron refuses the whole file; cronie reads the last line as any other. */
	if (r->debian && tree->text.n && tree->text.p[tree->text.n - 1] != '\n' && !table.refused) {
		table.refused = "not read by cron: no newline at the end of the file";
		diag_add(r->ctx->diags, DIAG_WARNING, table.file, 0, 0,
			 "no newline at the end: cron leaves the whole file out");
	}
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (tree->nodes[i].kind >= CRONTAB_JOB)
			add_job(r, &table, &tree->nodes[i]);
}

/* cron takes tables only from root (or their user) and writable by nobody else. */
static const char *
refused_for_mode(const struct reading *r, const char *path)
{
	struct stat st;

	if (root_stat(r->ctx->root, path, &st) < 0 || !r->ctx->root->live)
		return NULL; /* an image's owners may be mapped */
	if (st.st_uid != 0)
		return "not read by cron: it does not belong to root";
	if (st.st_mode & 022)
		return "not read by cron: others may write it";
	return NULL;
}

static void
read_system_dir(struct reading *r, const char *path)
{
	struct root_dir dir = start_list_dir(r->ctx, path);

	for (size_t i = 0; i < dir.n; i++) {
		const char *file = arena_printf(r->ctx->arena, "%s/%s", path, dir.v[i].name);
		struct table table = {.file = file};

		if (dir.v[i].type == DT_DIR || dir.v[i].name[0] == '.')
			continue;
		table.refused = is_table_name(r, dir.v[i].name)
					? refused_for_mode(r, file)
					: "not read by cron: the file's name";
		read_table(r, table);
	}
}

/* Where the users' tables are: Debian, SUSE, busybox, Red Hat. */
static const char *const spools[] = {"/var/spool/cron/crontabs", "/var/spool/cron/tabs",
				     "/etc/crontabs", "/var/spool/cron"};

static void
read_spool(struct reading *r, const char *path)
{
	struct root_dir dir = start_list_dir(r->ctx, path);

	for (size_t i = 0; i < dir.n; i++)
		if (dir.v[i].type == DT_REG && dir.v[i].name[0] != '.' &&
		    !text_starts(dir.v[i].name, "tmp."))
			read_table(r, (struct table){
					      .file = arena_printf(r->ctx->arena, "%s/%s", path,
								   dir.v[i].name),
					      .user = dir.v[i].name,
				      });
}

/* Periodic folders -------------------------------------------------------------------- */

static const char *const periods[] = {"hourly", "daily", "weekly", "monthly", "yearly"};

static void
add_periodic(struct reading *r, const char *period, const char *dir, const struct root_entry *entry)
{
	struct start_ctx *ctx = r->ctx;
	const char *file = arena_printf(ctx->arena, "%s/%s", dir, entry->name);
	struct start *start;
	struct stat st;

	if (entry->name[0] == '.' || root_stat(ctx->root, file, &st) < 0 || !S_ISREG(st.st_mode))
		return;
	start = start_add(ctx, "cron", entry->name, file, 0);
	start->when = START_ON_TIME;
	start->runlevels = period;
	start->user = "root";
	start->command = arena_array(ctx->arena, 2, sizeof(*start->command));
	start->command[0] = file;
	start->exe = file;
	if (!(st.st_mode & 0111))
		start->state = "not executable";
	else if (!is_table_name(r, entry->name))
		start->state = "left out by run-parts: the file's name";
	else if (!r->any)
		start->state = "no cron is installed";
	start->enabled = !start->state;
	if (start->enabled) {
		start->state = arena_printf(ctx->arena, "executable in %s", dir);
		start->off = arena_printf(ctx->arena, "chmod -x %s", script_quote(ctx, file));
	}
}

static void
read_periodic(struct reading *r, const char *period)
{
	const char *path = arena_printf(r->ctx->arena, "/etc/cron.%s", period);
	struct root_dir dir = start_list_dir(r->ctx, path);

	for (size_t i = 0; i < dir.n; i++)
		add_periodic(r, period, path, &dir.v[i]);
}

/* at ---------------------------------------------------------------------------------- */

static const char *const at_spools[] = {"/var/spool/cron/atjobs", "/var/spool/at",
					"/var/spool/atjobs"};

/* A queue's letter, five hexadecimal digits of number, eight of the minute since 1970. */
static bool
at_name(const char *name, uint64_t *ret_job, uint64_t *ret_minute)
{
	struct span s = span_of(name);

	return s.n == 14 && ((s.p[0] | 0x20) >= 'a' && (s.p[0] | 0x20) <= 'z') &&
	       num_u64((struct span){s.p + 1, 5}, 16, 0xfffff, ret_job) &&
	       num_u64((struct span){s.p + 6, 8}, 16, UINT32_MAX, ret_minute);
}

/* at writes "# atrun uid=1000 gid=1000" and the environment before the commands. */
static struct span
at_command(struct span text)
{
	struct span command = {0};

	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.n && line.p[0] != '#' && !span_starts(line, "marcinDELIMITER") &&
		    !span_starts(line, "$SHELL"))
			command = line;
	}
	return command;
}

static uint32_t
at_uid(struct span text)
{
	static const char mark[] = "uid=";
	const char *at = text.n ? memmem(text.p, text.n, mark, 4) : NULL;
	struct span digits = at ? span_skip(text, (size_t)(at - text.p) + 4) : (struct span){0};
	uint32_t uid = UINT32_MAX;

	return num_u32(span_word(&digits), UINT32_MAX, &uid) ? uid : UINT32_MAX;
}

static void
add_at_job(struct reading *r, const char *file, uint64_t job, uint64_t minute)
{
	struct start_ctx *ctx = r->ctx;
	struct start *start = start_add(ctx, "at", NULL, file, 0);
	struct span text;
	uint32_t uid = UINT32_MAX;
	struct stat st;

	start->name = arena_printf(ctx->arena, "%llu", (unsigned long long)job);
	start->when = START_ON_TIME;
	start->enabled = true;
	start->state = "pending";
	start->runlevels = arena_printf(ctx->arena, "@%llu", (unsigned long long)minute * 60);
	start->off = arena_printf(ctx->arena, "atrm %llu", (unsigned long long)job);
	if (root_read(ctx->root, file, ctx->arena, 1 << 20, &text) == 0) {
		uid = at_uid(text);
		start->command = start_split(ctx, at_command(text));
		start_find_exe(ctx, start);
	} else {
		diag_add(ctx->diags, DIAG_UNSEEN, file, 0, 0, "an at job that cannot be read");
	}
	if (uid == UINT32_MAX && root_stat(ctx->root, file, &st) == 0)
		uid = st.st_uid;
	start->user = uid == 0            ? "root"
		      : uid == UINT32_MAX ? NULL
					  : arena_printf(ctx->arena, "%u", uid);
}

static void
read_at(struct reading *r, const char *path)
{
	struct root_dir dir = start_list_dir(r->ctx, path);
	uint64_t job, minute;

	for (size_t i = 0; i < dir.n; i++)
		if (at_name(dir.v[i].name, &job, &minute))
			add_at_job(r, arena_printf(r->ctx->arena, "%s/%s", path, dir.v[i].name),
				   job, minute);
}

/* ------------------------------------------------------------------------------------- */

static void
read(struct start_ctx *ctx)
{
	struct reading r = {.ctx = ctx, .accounts = accounts_read(ctx->root, ctx->arena)};

	r.debian = root_exists(ctx->root, "/usr/sbin/cron");
	r.cronie = !r.debian && root_exists(ctx->root, "/usr/sbin/crond");
	r.any = r.debian || r.cronie || root_exists(ctx->root, "/usr/sbin/anacron") ||
		root_exists(ctx->root, "/usr/sbin/fcron") ||
		root_exists(ctx->root, "/etc/crontabs");
	read_table(&r, (struct table){.file = "/etc/crontab"});
	read_system_dir(&r, "/etc/cron.d");
	for (size_t i = 0; i < COUNT_OF(spools); i++)
		read_spool(&r, spools[i]);
	read_table(&r, (struct table){.file = "/etc/anacrontab"});
	for (size_t i = 0; i < COUNT_OF(periods); i++)
		read_periodic(&r, periods[i]);
	for (size_t i = 0; i < COUNT_OF(at_spools); i++)
		read_at(&r, at_spools[i]);
}

const struct start_reader start_reader_cron = {
	.mechanism = "cron",
	.doc = "crontabs of the system and the users, cron.d, the periodic folders, anacrontab, "
	       "and "
	       "pending at jobs",
	.read = read,
};
