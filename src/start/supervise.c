/*
 * Service directories: DIR/run is the program, DIR/down keeps the supervisor from starting it,
 * DIR/log is a second service that reads its output. A scanner (runsvdir, svscan, s6-svscan)
 * starts a supervisor for each entry of its directory that does not begin with a dot. Sources:
 * runsvdir(8), runsv(8), svscan and supervise (cr.yp.to/daemontools), s6-svscan, s6-supervise.
 */
#include "start/supervise.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "start/script.h"
#include "syntax/run.h"

/* The scanners: programs by name, those that need no directory first, and where they are. */
static const struct scanner {
	const char *mechanism;
	const char *names[3];
	const char *programs[4];
	const char *off_link, *off_dir; /* each "%s" is the entry's path */
} scanners[] = {
	{"runit",
	 {"runsvdir-start", "runsvdir", NULL},
	 {"/usr/bin/runsvdir", "/sbin/runsvdir", "/bin/runsvdir", "/usr/sbin/runsvdir"},
	 "sv down %s; rm %s",
	 "sv down %s; touch %s/down"},
	{"daemontools",
	 {"svscanboot", "svscan", NULL},
	 {"/usr/bin/svscanboot", "/command/svscanboot", "/usr/bin/svscan", "/usr/local/bin/svscan"},
	 "svc -dx %s; rm %s",
	 "svc -d %s; touch %s/down"},
	{"s6",
	 {"s6-svscan", NULL},
	 {"/usr/bin/s6-svscan", "/bin/s6-svscan", "/command/s6-svscan", "/sbin/s6-svscan"},
	 "s6-svc -d %s; rm %s",
	 "s6-svc -d %s; touch %s/down"},
};

static const char *const common[] = {"/service", "/etc/service", "/var/service"};

static const struct scanner *
scanner_of(const char *mechanism)
{
	size_t i = 0;

	while (i + 1 < COUNT_OF(scanners) && strcmp(scanners[i].mechanism, mechanism) != 0)
		i++;
	return &scanners[i];
}

/* Directories ----------------------------------------------------------------------------- */

void
supervise_add_dir(struct start_ctx *ctx, struct supervise_dirs *dirs, const char *path,
		  const char *level, bool boot)
{
	struct stat st, other;

	if (root_stat(ctx->root, path, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	for (size_t i = 0; i < dirs->n; i++)
		if (root_stat(ctx->root, dirs->v[i].path, &other) == 0 &&
		    other.st_ino == st.st_ino && other.st_dev == st.st_dev)
			return;
	vec_push(ctx->arena, dirs, (struct supervise_dir){path, level, boot});
}

/* Whether a command runs this scanner; ret_dir is the directory it names, NULL when it does not. */
static bool
runs_scanner(const char **argv, const struct scanner *scanner, const char **ret_dir)
{
	bool found = false;

	*ret_dir = NULL;
	for (; argv && *argv; argv++) {
		for (size_t i = 0; !found && scanner->names[i]; i++)
			found = strcmp(text_basename(*argv), scanner->names[i]) == 0;
		if (found && argv[1] && argv[1][0] == '/') {
			*ret_dir = argv[1];
			return true;
		}
	}
	return found;
}

static const char **
inittab_command(struct start_ctx *ctx, struct span line)
{
	if (!line.n || *line.p == '#')
		return NULL;
	for (int i = 0; i < 3; i++)
		span_cut(&line, ':');
	return start_split(ctx, line);
}

/*
 * Calls each for every command of this scanner that the machine starts: from inittab, and from
 * the records of readers that ran before.
 */
static void
each_scanner(struct start_ctx *ctx, const struct scanner *scanner,
	     void (*each)(void *data, const char *dir), void *data)
{
	struct span text = {0};
	const char *dir;

	if (root_read(ctx->root, "/etc/inittab", ctx->arena, LIMIT_FILE_BYTES, &text) == 0)
		while (text.n) {
			struct span line = span_trim(span_cut(&text, '\n'));

			if (runs_scanner(inittab_command(ctx, line), scanner, &dir))
				each(data, dir);
		}
	for (size_t i = 0; i < ctx->out->n; i++)
		if (ctx->out->v[i]->enabled && !ctx->out->v[i]->dormant &&
		    runs_scanner(ctx->out->v[i]->command, scanner, &dir))
			each(data, dir);
}

/* A scanner without a directory of its own, or with one of the common ones. */
static void
note_common(void *data, const char *dir)
{
	bool *uses = data;

	if (!dir)
		*uses = true;
	for (size_t i = 0; i < COUNT_OF(common); i++)
		*uses |= text_is(dir, common[i]);
}

/* Whose directory /service is: of runit, daemontools and s6, several may be installed. */
static const char *
owner(struct start_ctx *ctx)
{
	for (size_t i = 0; i < COUNT_OF(scanners); i++)
		if (text_is(ctx->init, scanners[i].mechanism))
			return ctx->init;
	for (size_t i = 0; i < COUNT_OF(scanners); i++) {
		bool uses = false;

		each_scanner(ctx, &scanners[i], note_common, &uses);
		if (uses)
			return scanners[i].mechanism;
	}
	for (size_t i = 0; i < COUNT_OF(scanners); i++)
		for (size_t k = 0; k < COUNT_OF(scanners[i].programs); k++)
			if (root_exists(ctx->root, scanners[i].programs[k]))
				return scanners[i].mechanism;
	return root_exists(ctx->root, "/service") ? "daemontools" : "runit";
}

struct dir_sink {
	struct start_ctx *ctx;
	struct supervise_dirs *dirs;
};

static void
add_named(void *data, const char *dir)
{
	struct dir_sink *sink = data;

	if (dir)
		supervise_add_dir(sink->ctx, sink->dirs, dir, NULL, true);
}

void
supervise_add_started(struct start_ctx *ctx, struct supervise_dirs *dirs, const char *mechanism)
{
	struct dir_sink sink = {ctx, dirs};

	each_scanner(ctx, scanner_of(mechanism), add_named, &sink);
}

void
supervise_add_common(struct start_ctx *ctx, struct supervise_dirs *dirs, const char *mechanism)
{
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(common); i++)
		any |= root_exists(ctx->root, common[i]);
	if (!any || strcmp(owner(ctx), mechanism) != 0)
		return;
	for (size_t i = 0; i < COUNT_OF(common); i++)
		supervise_add_dir(ctx, dirs, common[i], NULL, true);
}

/* The run script -------------------------------------------------------------------------- */

static bool
is_exec(const struct sh_command *command)
{
	return command->n > 1 && span_is(command->words[0]->text, "exec");
}

/* The last "exec PROGRAM" of a shell script is what stays; in execline the whole file is one. */
static struct sh_command
main_command(struct start_ctx *ctx, const struct syn_tree *tree)
{
	struct sh_walk walk = {.tree = tree};
	struct sh_command command, found = {0};

	if (run_is_execline(tree))
		return run_chain(tree);
	while (sh_next_command(&walk, ctx->arena, &command))
		if (is_exec(&command)) {
			found = command;
			found.words++;
			found.n--;
		}
	return found;
}

/*
 * execline's "if { ... } prog", "backtick VAR { ... } prog": the program that stays comes after the
 * last block.
 */
static void
find_exe(struct start_ctx *ctx, struct start *start, bool execline)
{
	const char **whole = start->command;
	unsigned depth = 0;

	for (const char **word = whole; execline && *word; word++) {
		depth += strcmp(*word, "{") == 0;
		if (strcmp(*word, "}") == 0 && depth && --depth == 0)
			start->command = word + 1;
	}
	start_find_exe(ctx, start);
	start->command = whole;
}

static void
describe_run(struct start_ctx *ctx, struct start *start, const char *dir, const char *name)
{
	const char *path = arena_printf(ctx->arena, "%s/run", dir);
	struct syn_tree *tree = start_parse(ctx, &syn_format_run, path);
	struct sh_command command;
	struct sh_vars vars;

	if (!tree)
		return;
	vars = sh_vars_of(ctx->arena, path);
	if (name)
		script_add_vars(ctx, &vars, arena_printf(ctx->arena, "/etc/default/%s", name));
	script_add_vars(ctx, &vars, arena_printf(ctx->arena, "%s/conf", dir));
	script_read_vars(ctx, &vars, tree);
	command = main_command(ctx, tree);
	if (command.n) {
		start->command = sh_argv(&vars, command.words, command.n);
		start->line = command.node->line;
		script_user(ctx, start);
		find_exe(ctx, start, run_is_execline(tree));
	}
	script_describe(ctx, start, tree, &vars);
}

/* Services -------------------------------------------------------------------------------- */

struct service {
	const char *name, *entry, *dir; /* entry in the scanned directory, and what it leads to */
	const char *levels;
	bool boot, link, broken;
};

struct services {
	struct start_ctx *ctx;
	const struct scanner *scanner;
	struct map by_name;
	VEC(struct service *) all;
};

static struct service *
add_service(struct services *services, const char *dir, const struct root_entry *entry)
{
	struct start_ctx *ctx = services->ctx;
	struct service *service;
	struct stat st;
	int r;

	if (entry->name[0] == '.')
		return NULL;
	service = arena_alloc(ctx->arena, sizeof(*service));
	service->name = entry->name;
	service->entry = arena_printf(ctx->arena, "%s/%s", dir, entry->name);
	service->link = entry->type == DT_LNK;
	r = root_stat(ctx->root, service->entry, &st);
	if (r < 0) {
		service->broken = true;
		service->dir = root_readlink(ctx->root, service->entry, ctx->arena);
		diag_add(ctx->diags, r == -EACCES ? DIAG_UNSEEN : DIAG_WARNING, service->entry, 0,
			 0, "the link to %s leads nowhere: %s", service->dir, strerrordesc_np(-r));
		return service;
	}
	if (!S_ISDIR(st.st_mode))
		return NULL;
	if (root_resolve(ctx->root, service->entry, ctx->arena, &service->dir) < 0)
		service->dir = service->entry;
	return service;
}

static void
add_dir(struct services *services, const struct supervise_dir *dir)
{
	struct root_dir list = start_list_dir(services->ctx, dir->path);

	for (size_t i = 0; i < list.n; i++) {
		struct service *found = map_get_text(&services->by_name, list.v[i].name);
		struct service *service = add_service(services, dir->path, &list.v[i]);
		const char *before = found && found->levels ? found->levels : NULL;

		if (!service)
			continue;
		service->boot = dir->boot;
		service->levels = dir->level;
		if (before && dir->level && strlen(before) < LIMIT_MESSAGE)
			service->levels =
				arena_printf(services->ctx->arena, "%s %s", before, dir->level);
		if (!found) {
			map_put_text(&services->by_name, service->name, service);
			vec_push(services->ctx->arena, &services->all, service);
		} else if (dir->boot && !found->boot) {
			*found = *service;
		} else {
			found->levels = service->levels;
		}
	}
}

/* The state of DIR by its files, NULL when the supervisor will start it. */
static const char *
held_back(struct start_ctx *ctx, const char *dir)
{
	struct stat st;

	if (root_stat(ctx->root, arena_printf(ctx->arena, "%s/run", dir), &st) < 0)
		return "no run script";
	if (!S_ISREG(st.st_mode))
		return "run is not a file";
	if (!(st.st_mode & 0111))
		return "the run script is not executable";
	if (root_lstat(ctx->root, arena_printf(ctx->arena, "%s/down", dir), &st) == 0)
		return "down";
	return NULL;
}

static const char *
state_of(struct start_ctx *ctx, const struct service *service, const char *held)
{
	if (service->broken)
		return "the link leads nowhere";
	if (held)
		return held;
	if (!service->entry)
		return "installed, not started";
	if (!service->boot)
		return arena_printf(ctx->arena, "in %s, not at boot", service->levels);
	return service->levels ? arena_printf(ctx->arena, "in %s", service->levels) : "supervised";
}

static void
add_log(struct services *services, const struct service *service)
{
	struct start_ctx *ctx = services->ctx;
	const char *dir = arena_printf(ctx->arena, "%s/log", service->dir), *held;
	struct start *start;
	struct stat st;

	if (root_stat(ctx->root, dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return;
	held = held_back(ctx, dir);
	start = start_add(ctx, services->scanner->mechanism,
			  arena_printf(ctx->arena, "%s/log", service->name),
			  arena_printf(ctx->arena, "%s/run", dir), 0);
	start->enabled = service->boot && !held;
	start->state = held ? held : "log service";
	start->unit = dir;
	start->runlevels = service->levels;
	start->switch_file = service->entry;
	start->note = arena_printf(ctx->arena, "reads the output of %s", service->name);
	describe_run(ctx, start, dir, NULL);
}

static void
add_record(struct services *services, const struct service *service)
{
	const struct scanner *scanner = services->scanner;
	struct start_ctx *ctx = services->ctx;
	const char *held = service->broken ? NULL : held_back(ctx, service->dir);
	const char *file =
		service->broken ? service->entry : arena_printf(ctx->arena, "%s/run", service->dir);
	struct start *start = start_add(ctx, scanner->mechanism, service->name, file, 0);

	start->enabled = service->boot && !service->broken && !held;
	start->state = state_of(ctx, service, held);
	start->unit = service->dir;
	start->runlevels = service->levels;
	start->switch_file = service->entry;
	if (text_is(held, "down"))
		start->switch_file = arena_printf(ctx->arena, "%s/down", service->dir);
	if (service->entry)
		start->off = script_off(ctx, service->link ? scanner->off_link : scanner->off_dir,
					service->entry);
	if (service->broken)
		return;
	describe_run(ctx, start, service->dir, service->name);
	add_log(services, service);
}

void
supervise_read(struct start_ctx *ctx, const char *mechanism, const struct supervise_dirs *dirs,
	       const char *available)
{
	struct services services = {
		.ctx = ctx, .scanner = scanner_of(mechanism), .by_name = map_of(ctx->arena)};
	struct root_dir list = {0};

	for (size_t i = 0; i < dirs->n; i++)
		add_dir(&services, &dirs->v[i]);
	if (available)
		list = start_list_dir(ctx, available);
	for (size_t i = 0; i < list.n; i++) {
		struct service *service;

		if (map_get_text(&services.by_name, list.v[i].name))
			continue;
		service = add_service(&services, available, &list.v[i]);
		if (!service || service->broken || held_back(ctx, service->dir))
			continue;
		service->entry = NULL;
		vec_push(ctx->arena, &services.all, service);
	}
	for (size_t i = 0; i < services.all.n; i++)
		add_record(&services, services.all.v[i]);
}
