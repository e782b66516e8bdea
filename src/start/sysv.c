/*
 * Layouts of SysV init: init scripts in /etc/init.d (Debian, SuSE), /etc/rc.d/init.d (Red Hat,
 * Mandrake) or /etc/rc.d itself; links in /etc/rcN.d, /etc/rc.d/rcN.d or /etc/init.d/rcN.d.
 * Distributions link these names to one another, so directories are told apart by inode.
 */
#include "start/sysv.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"

/* "%s" is the runlevel. */
static const struct {
	const char *before, *after;
} link_dirs[] = {
	{"/etc/rc", ".d"}, {"/etc/rc.d/rc", ".d"}, {"/etc/init.d/rc", ".d"}, /* SuSE */
};

static const char *const script_dirs[] = {"/etc/init.d", "/etc/rc.d/init.d", "/etc/rc.d"};

/* Directories seen so far, by what they are and not by name. */
struct seen {
	struct {
		dev_t dev;
		ino_t ino;
	} v[8];
	unsigned n;
};

static bool
is_new_dir(const struct root *root, struct seen *seen, const char *path)
{
	struct stat st;

	if (root_stat(root, path, &st) < 0 || !S_ISDIR(st.st_mode))
		return false;
	for (unsigned i = 0; i < seen->n; i++)
		if (seen->v[i].dev == st.st_dev && seen->v[i].ino == st.st_ino)
			return false;
	if (seen->n < COUNT_OF(seen->v)) {
		seen->v[seen->n].dev = st.st_dev;
		seen->v[seen->n++].ino = st.st_ino;
	}
	return true;
}

static const char *
resolved(struct start_ctx *ctx, const char *path)
{
	const char *real;

	return root_resolve(ctx->root, path, ctx->arena, &real) < 0 ? path : real;
}

const char **
sysv_script_dirs(struct start_ctx *ctx)
{
	VEC(const char *) dirs = {0};
	struct seen seen = {0};

	for (size_t i = 0; i < COUNT_OF(script_dirs); i++)
		if (is_new_dir(ctx->root, &seen, script_dirs[i]))
			vec_push(ctx->arena, &dirs, resolved(ctx, script_dirs[i]));
	vec_push(ctx->arena, &dirs, NULL);
	return dirs.v;
}

bool
sysv_is_no_script(const char *name)
{
	static const char *const names[] = {
		"README", "skeleton",          "functions",      "rc", "rcS", "rc.status",
		"init.d", "network-functions", "skeleton.compat"};
	static const char *const endings[] = {"~",          ".bak",      ".orig",     ".rpmsave",
					      ".rpmnew",    ".rpmorig",  ".dpkg-old", ".dpkg-new",
					      ".dpkg-dist", ".dpkg-bak", ".ucf-dist", ".swp"};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (text_ends(name, endings[i]))
			return true;
	return name[0] == '.';
}

const char *
sysv_joined(struct start_ctx *ctx, struct initscript_words words)
{
	const char *text = NULL;

	for (uint32_t i = 0; i < words.n && (!text || strlen(text) < LIMIT_MESSAGE); i++)
		text = arena_printf(ctx->arena, "%s%s%.*s", text ? text : "", text ? " " : "",
				    SPAN_ARG(words.v[i].text));
	return text;
}

/* Links ------------------------------------------------------------------------------ */

/* Names that stand in link directories without being links; not worth a note. */
static bool
is_expected_other(const char *name)
{
	return name[0] == '.' || strcmp(name, "README") == 0;
}

static bool
split_name(const char *name, struct sysv_link *link)
{
	if ((name[0] != 'S' && name[0] != 'K') || name[1] < '0' || name[1] > '9' || name[2] < '0' ||
	    name[2] > '9' || !name[3])
		return false;
	link->name = name;
	link->action = name[0];
	link->order = (unsigned)(name[1] - '0') * 10 + (unsigned)(name[2] - '0');
	link->service = name + 3;
	return true;
}

/* A hard link or a copy: the script of that name, when it is the same file or just as long. */
static const char *
original(struct start_ctx *ctx, const struct sysv_link *link, const struct stat *st)
{
	for (const char **dir = sysv_script_dirs(ctx); *dir; dir++) {
		const char *path = arena_printf(ctx->arena, "%s/%s", *dir, link->service);
		struct stat other;

		if (root_stat(ctx->root, path, &other) == 0 && S_ISREG(other.st_mode) &&
		    ((other.st_dev == st->st_dev && other.st_ino == st->st_ino) ||
		     other.st_size == st->st_size))
			return resolved(ctx, path);
	}
	return NULL;
}

static void
find_script(struct start_ctx *ctx, struct sysv_link *link, unsigned char type)
{
	const char *real = NULL;
	struct stat st;
	int r;

	link->target = type == DT_LNK ? root_readlink(ctx->root, link->path, ctx->arena) : NULL;
	r = root_stat(ctx->root, link->path, &st);
	if (r < 0) {
		diag_add(ctx->diags, r == -EACCES || r == -EPERM ? DIAG_UNSEEN : DIAG_WARNING,
			 link->path, 0, 0, "the link to %s leads nowhere: %s",
			 link->target ? link->target : "?", strerrordesc_np(-r));
		return;
	}
	if (!S_ISREG(st.st_mode)) {
		diag_add(ctx->diags, DIAG_WARNING, link->path, 0, 0, "not a script");
		return;
	}
	link->executable = st.st_mode & 0111;
	if (!link->target)
		real = original(ctx, link, &st);
	link->script = real ? real : resolved(ctx, link->path);
}

static int
link_order(const void *va, const void *vb)
{
	const struct sysv_link *a = va, *b = vb;

	if (a->action != b->action)
		return a->action == 'K' ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return strcmp(a->service, b->service);
}

struct sysv_links
sysv_links(struct start_ctx *ctx, const char *runlevel)
{
	VEC(struct sysv_link) links = {0};
	struct seen seen = {0};

	for (size_t i = 0; i < COUNT_OF(link_dirs) + 1; i++) {
		const char *path = "/etc/init.d/boot.d";
		struct root_dir dir;

		if (i < COUNT_OF(link_dirs))
			path = arena_printf(ctx->arena, "%s%s%s", link_dirs[i].before, runlevel,
					    link_dirs[i].after);
		else if (strcmp(runlevel, "B") != 0)
			break;
		if (!is_new_dir(ctx->root, &seen, path))
			continue;
		path = resolved(ctx, path);
		dir = start_list_dir(ctx, path);
		for (size_t k = 0; k < dir.n; k++) {
			struct sysv_link link = {
				.path = arena_printf(ctx->arena, "%s/%s", path, dir.v[k].name)};

			if (split_name(dir.v[k].name, &link)) {
				find_script(ctx, &link, dir.v[k].type);
				vec_push(ctx->arena, &links, link);
			} else if (!is_expected_other(dir.v[k].name)) {
				diag_add(ctx->diags, DIAG_NOTE, link.path, 0, 0,
					 "not S or K, two digits and a name: init ignores it");
			}
		}
	}
	if (links.n)
		qsort(links.v, links.n, sizeof(*links.v), link_order);
	return (struct sysv_links){links.v, links.n};
}

/* The default runlevel ----------------------------------------------------------------- */

/* "id:2:initdefault:": the last one wins in sysvinit. */
static const char *
from_inittab(struct start_ctx *ctx)
{
	const char *found = NULL;
	struct span text;

	if (root_read(ctx->root, "/etc/inittab", ctx->arena, LIMIT_FILE_BYTES, &text) < 0)
		return NULL;
	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n')), levels;

		if (!line.n || *line.p == '#')
			continue;
		span_cut(&line, ':');
		levels = span_cut(&line, ':');
		if (span_is(span_cut(&line, ':'), "initdefault") && levels.n == 1)
			found = span_dup(ctx->arena, levels);
	}
	return found;
}

/* "env DEFAULT_RUNLEVEL=2" of upstart's job. */
static const char *
from_upstart(struct start_ctx *ctx)
{
	struct span text;

	if (root_read(ctx->root, "/etc/init/rc-sysinit.conf", ctx->arena, LIMIT_FILE_BYTES, &text) <
	    0)
		return NULL;
	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (span_starts(line, "env DEFAULT_RUNLEVEL=") && line.n == 22)
			return span_dup(ctx->arena, span_skip(line, 21));
	}
	return NULL;
}

const char *
sysv_default_runlevel(struct start_ctx *ctx)
{
	static const char *const threes[] = {"/etc/redhat-release", "/etc/SuSE-release",
					     "/etc/mandrake-release", "/etc/rc.d/rc3.d"};
	const char *found = NULL;

	if (ctx->default_runlevel && strlen(ctx->default_runlevel) == 1)
		return ctx->default_runlevel;
	found = from_inittab(ctx);
	if (!found)
		found = from_upstart(ctx);
	for (size_t i = 0; !found && i < COUNT_OF(threes); i++)
		if (!root_exists(ctx->root, "/etc/debian_version") &&
		    root_exists(ctx->root, threes[i]))
			found = "3";
	return found ? found : "2";
}
