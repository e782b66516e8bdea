/*
 * OpenRC: a service is started when a runlevel of the boot (sysinit, boot, default, and the
 * runlevels stacked in them) has an entry of its name, or when a service that is started needs
 * it. LSB scripts count as well where OpenRC can read their headers (Debian's lsb2rcconf).
 * Sources: openrc(8), openrc-run(8), rc-update(8), OpenRC's runlevels.md.
 */
#include <dirent.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "start/script.h"
#include "start/sysv.h"
#include "syntax/assignments.h"
#include "syntax/initscript.h"
#include "syntax/openrc.h"

struct name {
	const char *text;
	struct name *next;
};

struct service {
	const char *name, *path;
	struct syn_tree *tree;
	bool lsb, executable;
	const char *levels; /* "default boot": where it has an entry */
	const char *link;   /* the entry that boot uses, else any */
	bool at_boot;
	const char *needed_by; /* pulled in by this one */
	struct name *needs, *provides;
	struct initscript header;
};

struct openrc {
	struct start_ctx *ctx;
	struct map by_name;
	struct map provider; /* virtual name -> first service that provides it */
	struct map boot;     /* names of the runlevels of the boot */
	bool reads_lsb;
	VEC(struct service *) all;
};

/* Services ------------------------------------------------------------------------------ */

static void
push_name(struct openrc *rc, struct name **list, const char *text)
{
	struct name *name = arena_alloc(rc->ctx->arena, sizeof(*name));

	*name = (struct name){text, *list};
	*list = name;
}

struct depend_sink {
	struct openrc *rc;
	struct service *service;
};

static void
take_depend(void *data, struct span verb, const struct syn_word *word)
{
	struct depend_sink *sink = data;
	const char *name = span_dup(sink->rc->ctx->arena, word->text);

	if (span_is(verb, "need") || span_is(verb, "want"))
		push_name(sink->rc, &sink->service->needs, name);
	else if (span_is(verb, "provide"))
		push_name(sink->rc, &sink->service->provides, name);
}

/* As lsb2rcconf: names of services are needed, of facilities only used, but for $portmap. */
static void
take_lsb(struct openrc *rc, struct service *service)
{
	struct initscript_words need = service->header.required_start;
	struct initscript_words give = service->header.provides;

	for (uint32_t i = 0; i < need.n; i++)
		if (span_is(need.v[i].text, "$portmap"))
			push_name(rc, &service->needs, "rpcbind");
		else if (!span_starts(need.v[i].text, "$"))
			push_name(rc, &service->needs, span_dup(rc->ctx->arena, need.v[i].text));
	for (uint32_t i = 0; i < give.n; i++)
		push_name(rc, &service->provides, span_dup(rc->ctx->arena, give.v[i].text));
}

static void
read_script(struct openrc *rc, struct service *service)
{
	struct start_ctx *ctx = rc->ctx;
	struct depend_sink sink = {rc, service};
	struct span text;

	if (root_read(ctx->root, service->path, ctx->arena, LIMIT_FILE_BYTES, &text) < 0 ||
	    !memmem(text.p, text.n < 256 ? text.n : 256, "-run", 4)) {
		service->tree = start_parse(ctx, &syn_format_initscript, service->path);
		if (service->tree)
			service->header = initscript_view(service->tree);
		service->lsb = service->header.lsb;
		if (rc->reads_lsb)
			take_lsb(rc, service);
		return;
	}
	service->tree = syn_parse(&syn_format_openrc, ctx->arena, ctx->diags, service->path, text);
	openrc_depends(service->tree, take_depend, &sink);
}

static struct service *
add_service(struct openrc *rc, const char *name, const char *path)
{
	struct service *service = map_get_text(&rc->by_name, name);
	const char *real;
	struct stat st;

	if (service)
		return service; /* the first directory wins, as in rc_service_resolve(3) */
	if (root_stat(rc->ctx->root, path, &st) < 0 || !S_ISREG(st.st_mode))
		return NULL;
	service = arena_alloc(rc->ctx->arena, sizeof(*service));
	service->name = name;
	service->path = path;
	service->levels = "";
	if (root_resolve(rc->ctx->root, path, rc->ctx->arena, &real) == 0)
		service->path = real;
	service->executable = st.st_mode & 0111;
	read_script(rc, service);
	map_put_text(&rc->by_name, name, service);
	vec_push(rc->ctx->arena, &rc->all, service);
	return service;
}

static void
add_services(struct openrc *rc)
{
	static const char *const dirs[] = {"/etc/init.d", "/usr/etc/init.d",
					   "/usr/local/etc/init.d"};

	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		struct root_dir dir = start_list_dir(rc->ctx, dirs[i]);

		for (size_t k = 0; k < dir.n; k++)
			if (dir.v[k].type != DT_DIR && !sysv_is_no_script(dir.v[k].name))
				add_service(rc, dir.v[k].name,
					    arena_printf(rc->ctx->arena, "%s/%s", dirs[i],
							 dir.v[k].name));
	}
}

/* Runlevels ----------------------------------------------------------------------------- */

static const char *
default_level(struct start_ctx *ctx)
{
	struct sh_vars vars = sh_vars_of(ctx->arena, NULL);
	const char *level;

	script_add_vars(ctx, &vars, "/etc/rc.conf");
	level = sh_get(&vars, "rc_default_runlevel");
	return level && *level && !strchr(level, '/') ? level : "default";
}

static bool
is_dir(struct start_ctx *ctx, const char *path)
{
	struct stat st;

	return root_stat(ctx->root, path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* A runlevel and those stacked in it: entries that are directories, named as runlevels are. */
static void
add_boot_level(struct openrc *rc, const char *level, unsigned depth)
{
	struct start_ctx *ctx = rc->ctx;
	const char *path = arena_printf(ctx->arena, "/etc/runlevels/%s", level);
	struct root_dir dir;

	if (map_get_text(&rc->boot, level))
		return;
	if (depth > LIMIT_INCLUDE_DEPTH) {
		diag_add(ctx->diags, DIAG_ERROR, path, 0, 0, "runlevels stacked more than %u deep",
			 LIMIT_INCLUDE_DEPTH);
		return;
	}
	map_put_text(&rc->boot, level, rc);
	dir = start_list_dir(ctx, path);
	for (size_t i = 0; i < dir.n; i++) {
		const char *name = dir.v[i].name;

		if (is_dir(ctx, arena_printf(ctx->arena, "%s/%s", path, name)) &&
		    is_dir(ctx, arena_printf(ctx->arena, "/etc/runlevels/%s", name)))
			add_boot_level(rc, name, depth + 1);
	}
}

static void
add_entry(struct openrc *rc, const char *level, const char *name)
{
	struct start_ctx *ctx = rc->ctx;
	const char *path = arena_printf(ctx->arena, "/etc/runlevels/%s/%s", level, name);
	bool boot = map_get_text(&rc->boot, level);
	struct service *service = map_get_text(&rc->by_name, name);
	struct stat st;

	/* librc leaves out entries that lead nowhere */
	if (root_stat(ctx->root, path, &st) < 0) {
		diag_add(ctx->diags, boot ? DIAG_WARNING : DIAG_NOTE, path, 0, 0,
			 "the link to %s leads nowhere",
			 root_readlink(ctx->root, path, ctx->arena));
		return;
	}
	if (S_ISDIR(st.st_mode))
		return;
	if (!service)
		service = add_service(rc, name, path);
	if (!service) {
		diag_add(ctx->diags, DIAG_WARNING, path, 0, 0, "not a script");
		return;
	}
	if (strlen(service->levels) < LIMIT_MESSAGE)
		service->levels = arena_printf(ctx->arena, "%s%s%s", service->levels,
					       *service->levels ? " " : "", level);
	if (!service->link || (boot && !service->at_boot))
		service->link = path;
	service->at_boot |= boot;
}

static void
add_levels(struct openrc *rc)
{
	struct root_dir levels;

	add_boot_level(rc, "sysinit", 0);
	add_boot_level(rc, "boot", 0);
	add_boot_level(rc, default_level(rc->ctx), 0);
	levels = start_list_dir(rc->ctx, "/etc/runlevels");
	for (size_t i = 0; i < levels.n; i++) {
		const char *path =
			arena_printf(rc->ctx->arena, "/etc/runlevels/%s", levels.v[i].name);
		struct root_dir dir;

		if (!is_dir(rc->ctx, path))
			continue;
		dir = start_list_dir(rc->ctx, path);
		for (size_t k = 0; k < dir.n; k++)
			if (dir.v[k].name[0] != '.')
				add_entry(rc, levels.v[i].name, dir.v[k].name);
	}
}

/* Dependencies -------------------------------------------------------------------------- */

/* For a virtual name the provider that boot starts anyway, else the first there is. */
static void
note_providers(struct openrc *rc)
{
	for (size_t i = 0; i < rc->all.n; i++) {
		struct service *service = rc->all.v[i];

		for (struct name *name = service->provides; name; name = name->next) {
			struct service *other = map_get_text(&rc->provider, name->text);

			if (!other || (!other->at_boot && service->at_boot))
				map_put_text(&rc->provider, name->text, service);
		}
	}
}

static void
pull_needed(struct openrc *rc)
{
	VEC(struct service *) todo = {0};

	for (size_t i = 0; i < rc->all.n; i++)
		if (rc->all.v[i]->at_boot && rc->all.v[i]->executable)
			vec_push(rc->ctx->arena, &todo, rc->all.v[i]);
	for (size_t i = 0; i < todo.n; i++) {
		for (struct name *name = todo.v[i]->needs; name; name = name->next) {
			struct service *needed = map_get_text(&rc->by_name, name->text);

			if (!needed)
				needed = map_get_text(&rc->provider, name->text);
			if (!needed || needed->at_boot || needed->needed_by || !needed->executable)
				continue;
			needed->needed_by = todo.v[i]->name;
			vec_push(rc->ctx->arena, &todo, needed);
		}
	}
}

/* Records ------------------------------------------------------------------------------- */

static const char *
state_text(struct start_ctx *ctx, const struct service *service)
{
	if (*service->levels && !service->executable)
		return arena_printf(ctx->arena, "in %s, but not executable", service->levels);
	if (service->at_boot)
		return arena_printf(ctx->arena, "in %s", service->levels);
	if (service->needed_by && *service->levels)
		return arena_printf(ctx->arena, "in %s, needed by %s", service->levels,
				    service->needed_by);
	if (service->needed_by)
		return arena_printf(ctx->arena, "needed by %s", service->needed_by);
	if (*service->levels)
		return arena_printf(ctx->arena, "in %s, not at boot", service->levels);
	return "in no runlevel";
}

/* Settings come first, as openrc-run reads them: conf.d of the name before a dot, of the whole
 * name, rc.conf; then the script. */
static struct sh_vars
service_vars(struct start_ctx *ctx, const struct service *service)
{
	struct sh_vars vars = sh_vars_of(ctx->arena, service->path);
	const char *dot = strchr(service->name, '.');

	sh_set(&vars, "RC_SVCNAME", service->name);
	sh_set(&vars, "SVCNAME", service->name);
	sh_set(&vars, "RC_PREFIX", "");
	if (dot)
		script_add_vars(ctx, &vars,
				arena_printf(ctx->arena, "/etc/conf.d/%.*s",
					     (int)(dot - service->name), service->name));
	script_add_vars(ctx, &vars, arena_printf(ctx->arena, "/etc/conf.d/%s", service->name));
	script_add_vars(ctx, &vars, "/etc/rc.conf");
	script_read_vars(ctx, &vars, service->tree);
	return vars;
}

static void
add_record(struct openrc *rc, const struct service *service)
{
	struct start_ctx *ctx = rc->ctx;
	struct start *start = start_add(ctx, "openrc", service->name, service->path, 0);
	struct sh_vars vars;

	start->enabled = service->executable && (service->at_boot || service->needed_by);
	start->when = service->at_boot || !service->needed_by ? START_AT_BOOT : START_BY_OTHER;
	start->state = state_text(ctx, service);
	start->runlevels = service->levels;
	start->switch_file = service->link;
	if (*service->levels)
		start->off =
			script_off(ctx, "rc-update -a del %s; rc-service %s stop", service->name);
	else if (service->needed_by)
		start->off = arena_printf(
			ctx->arena, "switch off %s, which needs it; rc-service %s stop",
			script_quote(ctx, service->needed_by), script_quote(ctx, service->name));
	if (!service->tree)
		return;
	vars = service_vars(ctx, service);
	script_describe(ctx, start, service->tree, &vars);
	start->note = service->lsb ? sysv_joined(ctx, service->header.description)
				   : sh_get(&vars, "description");
}

/* The service "local" runs what stands in /etc/local.d at boot. */
static void
add_local(struct openrc *rc)
{
	const struct service *local = map_get_text(&rc->by_name, "local");
	struct start_ctx *ctx = rc->ctx;
	struct root_dir dir = start_list_dir(ctx, "/etc/local.d");

	for (size_t i = 0; i < dir.n; i++) {
		const char *path = arena_printf(ctx->arena, "/etc/local.d/%s", dir.v[i].name);
		struct syn_tree *tree;
		struct start *start;
		struct sh_vars vars;
		struct stat st;

		if (!text_ends(path, ".start") || root_stat(ctx->root, path, &st) < 0 ||
		    !S_ISREG(st.st_mode))
			continue;
		start = start_add(ctx, "openrc", dir.v[i].name, path, 0);
		start->enabled = (st.st_mode & 0111) && local && local->at_boot;
		start->state = !(st.st_mode & 0111)      ? "not executable"
			       : local && local->at_boot ? "run by the service local"
							 : "the service local is off";
		start->off = arena_printf(ctx->arena, "chmod -x %s", script_quote(ctx, path));
		tree = start_parse(ctx, &syn_format_assignments, path);
		if (!tree)
			continue;
		vars = script_vars(ctx, tree, path);
		script_describe(ctx, start, tree, &vars);
	}
}

static void
read_openrc(struct start_ctx *ctx)
{
	struct openrc rc = {
		.ctx = ctx,
		.by_name = map_of(ctx->arena),
		.provider = map_of(ctx->arena),
		.boot = map_of(ctx->arena),
		.reads_lsb = root_exists(ctx->root, "/lib/rc/bin/lsb2rcconf"),
	};

	if (!is_dir(ctx, "/etc/runlevels"))
		return;
	add_services(&rc);
	add_levels(&rc);
	note_providers(&rc);
	pull_needed(&rc);
	for (size_t i = 0; i < rc.all.n; i++)
		add_record(&rc, rc.all.v[i]);
	add_local(&rc);
}

const struct start_reader start_reader_openrc = {
	.mechanism = "openrc",
	.doc = "OpenRC's services in /etc/runlevels; enabled: in a runlevel of the boot, or needed "
	       "by one",
	.read = read_openrc,
};
