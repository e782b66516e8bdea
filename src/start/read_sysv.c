/*
 * SysV init: a script in /etc/init.d is started when an S link of a runlevel that boot goes
 * through leads to it. One record per script, with the runlevels it is started and stopped in;
 * scripts without any link are installed and not started. Sources: init(8), sysv-rc's rc,
 * insserv(8), update-rc.d(8), chkconfig(8), systemd-sysv-generator(8).
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/vec.h"
#include "start/script.h"
#include "start/systemd.h"
#include "start/sysv.h"
#include "syntax/initscript.h"

#define N_LEVELS (sizeof(SYSV_LEVELS) - 1)

/* A script and its links, at most one S and one K for each runlevel counted. */
struct script {
	const char *name, *path;
	const struct sysv_link *start[N_LEVELS], *stop[N_LEVELS];
	bool in_place; /* stands in a directory of scripts */
	bool executable;
	bool missing; /* only links, leading nowhere */
};

struct scripts {
	struct start_ctx *ctx;
	unsigned tools;     /* bit i: tools[i] is installed */
	struct map by_name; /* and by path: paths begin with a slash, names never do */
	VEC(struct script *) all;
};

static struct script *
script_of(struct scripts *scripts, const char *name, const char *path)
{
	struct script *script = path ? map_get_text(&scripts->by_name, path)
				     : map_get_text(&scripts->by_name, name);

	if (script)
		return script;
	script = arena_alloc(scripts->ctx->arena, sizeof(*script));
	script->name = name;
	script->path = path;
	map_put_text(&scripts->by_name, path ? path : name, script);
	if (path && !map_get_text(&scripts->by_name, name))
		map_put_text(&scripts->by_name, name, script);
	vec_push(scripts->ctx->arena, &scripts->all, script);
	return script;
}

static void
add_scripts(struct scripts *scripts, const char *dir)
{
	struct start_ctx *ctx = scripts->ctx;
	struct root_dir list = start_list_dir(ctx, dir);
	/* BSD-like /etc/rc.d/rc.* belong to their own reader */
	bool plain = strcmp(dir, "/etc/rc.d") == 0;

	for (size_t i = 0; i < list.n; i++) {
		const char *name = list.v[i].name;
		const char *path = arena_printf(ctx->arena, "%s/%s", dir, name), *real;
		struct script *script;
		struct stat st;

		if (list.v[i].type == DT_DIR || sysv_is_no_script(name) ||
		    (plain && text_starts(name, "rc")))
			continue;
		if (root_stat(ctx->root, path, &st) < 0 || !S_ISREG(st.st_mode)) {
			diag_add(ctx->diags, DIAG_WARNING, path, 0, 0, "no script: not a file");
			continue;
		}
		/* a link to another script of the same directory is another name of it */
		if (list.v[i].type == DT_LNK &&
		    root_resolve(ctx->root, path, ctx->arena, &real) == 0)
			path = real;
		script = script_of(scripts, name, path);
		script->in_place = true;
		script->executable = st.st_mode & 0111;
	}
}

static void
add_links(struct scripts *scripts, size_t level)
{
	const char text[2] = {SYSV_LEVELS[level], '\0'};
	struct sysv_links links = sysv_links(scripts->ctx, text);

	for (size_t i = 0; i < links.n; i++) {
		const struct sysv_link *link = &links.v[i];
		struct script *script = map_get_text(&scripts->by_name, link->service);

		if (!link->script && script && script->path)
			continue; /* a dangling link beside a script: reported, nothing more */
		script = script_of(scripts, link->service, link->script);
		script->missing = !link->script;
		script->executable |= link->executable;
		if (link->action == 'S' && !script->start[level])
			script->start[level] = link;
		if (link->action == 'K' && !script->stop[level])
			script->stop[level] = link;
	}
}

/* Which runlevels boot goes through --------------------------------------------------------- */

static const char *
systemd_levels(struct start_ctx *ctx)
{
	static const char *const links[] = {"/etc/systemd/system/default.target",
					    "/lib/systemd/system/default.target",
					    "/usr/lib/systemd/system/default.target"};
	const char *target = NULL;

	for (size_t i = 0; !target && i < COUNT_OF(links); i++)
		target = root_readlink(ctx->root, links[i], ctx->arena);
	/* the generator's table: rc1.d is wanted by rescue, rc2 to rc4 by multi-user, rc5 by
	 * graphical, which pulls in multi-user; rcS.d is not looked at */
	if (text_ends(target, "multi-user.target") || text_ends(target, "runlevel3.target"))
		return "234";
	if (text_ends(target, "rescue.target"))
		return "1";
	return "2345";
}

static const char *
boot_levels(struct start_ctx *ctx)
{
	if (text_is(ctx->init, "systemd"))
		return systemd_levels(ctx);
	/* Debian's /etc/runit/2 runs rc2.d, whatever inittab says */
	if (text_is(ctx->init, "runit"))
		return "S2";
	return arena_printf(ctx->arena, "BS%s", sysv_default_runlevel(ctx));
}

/* Texts ------------------------------------------------------------------------------ */

/* "S02 in 2 3 4 5"; without the number where it differs. */
static void
describe_links(struct start_ctx *ctx, const struct sysv_link *const *links, char action,
	       const char **text)
{
	const struct sysv_link *first = NULL;
	const char *levels = "";
	bool same = true;

	for (size_t i = 0; i < N_LEVELS; i++) {
		if (!links[i])
			continue;
		if (!first)
			first = links[i];
		same &= first->order == links[i]->order;
		levels = arena_printf(ctx->arena, "%s %c", levels, SYSV_LEVELS[i]);
	}
	if (!first)
		return;
	*text = same ? arena_printf(ctx->arena, "%s%s%c%02u in%s", *text, **text ? ", " : "",
				    action, first->order, levels)
		     : arena_printf(ctx->arena, "%s%s%c in%s", *text, **text ? ", " : "", action,
				    levels);
}

static const char *
started_in(struct start_ctx *ctx, const struct script *script)
{
	char levels[N_LEVELS + 1] = "";
	size_t n = 0;

	for (size_t i = 0; i < N_LEVELS; i++)
		if (script->start[i])
			levels[n++] = SYSV_LEVELS[i];
	return arena_dupn(ctx->arena, levels, n);
}

/* The tools that switch scripts, as found on the machine; the first one there is the one. */
static const struct {
	const char *paths[2];
	const char *off;     /* both %s are the script's name */
	bool needs_defaults; /* refuses scripts without Default-Start */
} tools[] = {
	{{"/usr/sbin/update-rc.d", "/sbin/update-rc.d"},
	 "update-rc.d %s disable; invoke-rc.d %s stop",
	 true},
	{{"/usr/sbin/update-rc.d", "/sbin/update-rc.d"},
	 "update-rc.d -f %s remove; invoke-rc.d %s stop",
	 false},
	{{"/sbin/insserv", "/usr/lib/insserv/insserv"},
	 "insserv -r %s; /etc/init.d/%s stop",
	 false},
	{{"/sbin/chkconfig", "/usr/sbin/chkconfig"}, "chkconfig %s off; service %s stop", false},
};

static unsigned
installed_tools(const struct root *root)
{
	unsigned found = 0;

	for (size_t i = 0; i < COUNT_OF(tools); i++)
		for (size_t k = 0; k < COUNT_OF(tools[i].paths); k++)
			if (root_exists(root, tools[i].paths[k]))
				found |= 1u << i;
	return found;
}

static const char *
off_command(const struct scripts *scripts, const struct script *script, bool has_defaults)
{
	struct start_ctx *ctx = scripts->ctx;
	const char *text = "";

	for (size_t i = 0; i < COUNT_OF(tools); i++)
		if ((has_defaults || !tools[i].needs_defaults) && (scripts->tools & (1u << i)))
			return script_off(ctx, tools[i].off, script->name);
	for (size_t i = 0; i < N_LEVELS; i++) {
		const struct sysv_link *link = script->start[i];

		if (link)
			text = arena_printf(
				ctx->arena, "%smv %s %s; ", text, script_quote(ctx, link->path),
				script_quote(
					ctx,
					arena_printf(ctx->arena, "%.*sK%02u%s",
						     (int)(strlen(link->path) - strlen(link->name)),
						     link->path, 99 - link->order, link->service)));
	}
	return arena_printf(ctx->arena, "%s%s stop", text,
			    script->path ? script_quote(ctx, script->path) : "");
}

/* Header ----------------------------------------------------------------------------- */

/*
 * The header that counts: an override of the administrator's before the script's own, one of
 * the distribution's only for scripts without (insserv(8)); chkconfig.d overrides Red Hat's.
 */
static struct initscript
header_of(struct start_ctx *ctx, const struct script *script, const struct syn_tree *tree)
{
	static const struct {
		const char *dir;
		bool only_without;
	} overrides[] = {
		{"/etc/insserv/overrides", false},
		{"/etc/chkconfig.d", false},
		{"/usr/share/insserv/overrides", true},
	};
	struct initscript own = initscript_view(tree);

	for (size_t i = 0; i < COUNT_OF(overrides); i++) {
		const char *path =
			arena_printf(ctx->arena, "%s/%s", overrides[i].dir, script->name);
		struct syn_tree *other;
		struct initscript view;

		if ((overrides[i].only_without && own.lsb) || !root_exists(ctx->root, path))
			continue;
		other = start_parse(ctx, &syn_format_initscript, path);
		if (!other)
			continue;
		view = initscript_view(other);
		if (!view.lsb && !view.chkconfig.line)
			continue;
		view.interpreter = own.interpreter;
		if (!view.pidfile.n)
			view.pidfile = own.pidfile;
		if (!view.description.n)
			view.description = own.description;
		return view;
	}
	return own;
}

static const char **
provided(struct start_ctx *ctx, const struct initscript *header, const char *name)
{
	VEC(const char *) names = {0};

	for (uint32_t i = 0; i < header->provides.n && i < 32; i++)
		if (!span_is(header->provides.v[i].text, name) &&
		    !span_starts(header->provides.v[i].text, "$"))
			vec_push(ctx->arena, &names,
				 span_dup(ctx->arena, header->provides.v[i].text));
	if (!names.n)
		return NULL;
	vec_push(ctx->arena, &names, NULL);
	return names.v;
}

/* Settings such as START=no that make the script leave at once: worth a word, it is not init. */
static const char *
switch_setting(struct start_ctx *ctx, const char *name)
{
	static const char *const dirs[] = {"/etc/default", "/etc/sysconfig"};
	static const char *const off[] = {"no", "false", "0", "off", "NO", "No"};

	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		const char *path = arena_printf(ctx->arena, "%s/%s", dirs[i], name);
		struct sh_vars vars = sh_vars_of(ctx->arena, NULL);
		static const char *const names[] = {"START", "ENABLED",      "ENABLE",
						    "RUN",   "START_DAEMON", "RUN_DAEMON"};

		if (!script_add_vars(ctx, &vars, path))
			continue;
		for (size_t k = 0; k < COUNT_OF(names) * COUNT_OF(off); k++)
			if (text_is(sh_get(&vars, names[k / COUNT_OF(off)]),
				    off[k % COUNT_OF(off)]))
				return arena_printf(ctx->arena, "%s says %s=%s", path,
						    names[k / COUNT_OF(off)],
						    off[k % COUNT_OF(off)]);
	}
	return NULL;
}

/* Records ---------------------------------------------------------------------------- */

static void
describe_script(const struct scripts *scripts, const struct script *script, struct start *start)
{
	struct start_ctx *ctx = scripts->ctx;
	struct syn_tree *tree = start_parse(ctx, &syn_format_initscript, script->path);
	struct initscript header;
	struct sh_vars vars;

	if (*start->runlevels)
		start->off = off_command(scripts, script, false);
	if (!tree)
		return;
	header = header_of(ctx, script, tree);
	vars = script_vars(ctx, tree, script->path);
	script_describe(ctx, start, tree, &vars);
	if (!start->pidfile && header.pidfile.n && span_starts(header.pidfile.v[0].text, "/"))
		start->pidfile = span_dup(ctx->arena, header.pidfile.v[0].text);
	/* init-d-script(5) */
	if (!start->pidfile && start->exe && text_ends(header.interpreter, "/init-d-script"))
		start->pidfile =
			arena_printf(ctx->arena, "/var/run/%s.pid", text_basename(start->exe));
	start->aliases = provided(ctx, &header, script->name);
	start->note = switch_setting(ctx, script->name);
	if (!start->note)
		start->note = sysv_joined(ctx, header.description);
	if (*start->runlevels && header.default_start.n)
		start->off = off_command(scripts, script, true);
}

/* The S link that boot uses, NULL when none. */
static const struct sysv_link *
boot_link(const struct script *script, const char *levels)
{
	for (size_t i = 0; i < N_LEVELS; i++)
		if (script->start[i] && strchr(levels, SYSV_LEVELS[i]))
			return script->start[i];
	return NULL;
}

static const struct sysv_link *
any_link(const struct script *script)
{
	for (size_t i = 0; i < N_LEVELS; i++)
		if (script->start[i] || script->stop[i])
			return script->start[i] ? script->start[i] : script->stop[i];
	return NULL;
}

static const char *
state_text(struct start_ctx *ctx, const struct script *script, const struct sysv_link *boot)
{
	const char *text = "";

	describe_links(ctx, script->start, 'S', &text);
	describe_links(ctx, script->stop, 'K', &text);
	if (!*text)
		return "installed, not started";
	if (script->missing)
		return arena_printf(ctx->arena, "%s, but the script is missing", text);
	if (!script->executable)
		return arena_printf(ctx->arena, "%s, but not executable", text);
	if (!boot && *started_in(ctx, script))
		return arena_printf(ctx->arena, "%s, none of them at boot", text);
	return text;
}

/* Scripts that another manager of this machine starts in its own way instead. */
static const char *
hidden_by(struct start_ctx *ctx, const struct script *script)
{
	if (text_is(ctx->init, "systemd") && systemd_has_unit(ctx, script->name))
		return "systemd has its own unit of this name and does not look at the links";
	if (text_is(ctx->init, "runit") &&
	    root_exists(ctx->root, arena_printf(ctx->arena, "/etc/sv/%s", script->name)))
		return "runit has its own service of this name and does not look at the links";
	return NULL;
}

static void
add_record(const struct scripts *scripts, const struct script *script, const char *levels)
{
	struct start_ctx *ctx = scripts->ctx;
	const struct sysv_link *boot = boot_link(script, levels), *link = any_link(script);
	const char *path = script->path ? script->path : link->path, *hidden;
	struct start *start = start_add(ctx, "sysv", script->name, path, 0);

	start->when = START_AT_BOOT;
	start->enabled = boot && script->executable && !script->missing;
	start->state = state_text(ctx, script, boot);
	start->runlevels = started_in(ctx, script);
	if (boot || link)
		start->switch_file = boot ? boot->path : link->path;
	if (script->path)
		describe_script(scripts, script, start);
	hidden = hidden_by(ctx, script);
	if (hidden) {
		start->dormant = true;
		start->note = hidden;
	}
}

static int
by_name(const void *va, const void *vb)
{
	const struct script *a = *(struct script *const *)va, *b = *(struct script *const *)vb;
	int r = strcmp(a->name, b->name);

	return r ? r : strcmp(a->path ? a->path : "", b->path ? b->path : "");
}

static void
read_sysv(struct start_ctx *ctx)
{
	struct scripts scripts = {.ctx = ctx, .by_name = map_of(ctx->arena)};
	const char *levels = boot_levels(ctx);

	for (const char **dir = sysv_script_dirs(ctx); *dir; dir++)
		add_scripts(&scripts, *dir);
	for (size_t i = 0; i < N_LEVELS; i++)
		add_links(&scripts, i);
	if (!scripts.all.n)
		return;
	scripts.tools = installed_tools(ctx->root);
	qsort(scripts.all.v, scripts.all.n, sizeof(*scripts.all.v), by_name);
	for (size_t i = 0; i < scripts.all.n; i++)
		add_record(&scripts, scripts.all.v[i], levels);
}

const struct start_reader start_reader_sysv = {
	.mechanism = "sysv",
	.doc = "scripts in /etc/init.d with their links in rcN.d; enabled: an S link in a runlevel "
	       "of "
	       "the boot",
	.read = read_sysv,
};
