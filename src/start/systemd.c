/*
 * Where systemd looks for units and what it finds there: systemd.unit(5), "Unit File Load Path";
 * the best folder wins for each name. A link to /dev/null or an empty file masks; a link to
 * another name is an alias; "foo@bar.service" without a file of its own is read from
 * "foo@.service".
 */
#include "start/systemd.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"

#define MAX_UNIT_NAME 255 /* with the type: unit_name_is_valid() of systemd */

static const struct systemd_dir system_dirs[] = {
	{"/etc/systemd/system.control", SYSTEMD_CONTROL, false},
	{"/run/systemd/system.control", SYSTEMD_CONTROL, true},
	{"/run/systemd/transient", SYSTEMD_TRANSIENT, true},
	{"/run/systemd/generator.early", SYSTEMD_GENERATED, true},
	{"/etc/systemd/system", SYSTEMD_CONFIG, false},
	{"/etc/systemd/system.attached", SYSTEMD_CONTROL, false},
	{"/run/systemd/system", SYSTEMD_RUNTIME, true},
	{"/run/systemd/system.attached", SYSTEMD_CONTROL, true},
	{"/run/systemd/generator", SYSTEMD_GENERATED, true},
	{"/usr/local/lib/systemd/system", SYSTEMD_VENDOR, false},
	{"/lib/systemd/system", SYSTEMD_VENDOR, false},
	{"/usr/lib/systemd/system", SYSTEMD_VENDOR, false},
	{"/run/systemd/generator.late", SYSTEMD_GENERATED, true},
};

static const char *const type_names[SYSTEMD_N_TYPES] = {
	[SYSTEMD_SERVICE] = "service",     [SYSTEMD_SOCKET] = "socket", [SYSTEMD_TIMER] = "timer",
	[SYSTEMD_PATH] = "path",           [SYSTEMD_TARGET] = "target", [SYSTEMD_MOUNT] = "mount",
	[SYSTEMD_AUTOMOUNT] = "automount", [SYSTEMD_SWAP] = "swap",     [SYSTEMD_SLICE] = "slice",
	[SYSTEMD_SCOPE] = "scope",         [SYSTEMD_DEVICE] = "device",
};

/* Names ------------------------------------------------------------------------------ */

bool
systemd_type_of(const char *name, enum systemd_type *ret)
{
	static const char others[] = ":-_.\\@";
	const char *dot = strrchr(name, '.');

	if (!dot || dot == name || name[0] == '@' || strlen(name) > MAX_UNIT_NAME)
		return false;
	for (const char *c = name; c < dot; c++)
		if (!((*c >= '0' && *c <= '9') || ((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') ||
		      strchr(others, *c)))
			return false;
	for (unsigned i = 0; i < SYSTEMD_N_TYPES; i++)
		if (strcmp(dot + 1, type_names[i]) == 0) {
			*ret = i;
			return true;
		}
	return false;
}

/* The "@" of a template or instance, NULL for a plain name. */
static const char *
at_sign(const char *name)
{
	const char *at = strchr(name, '@'), *dot = strrchr(name, '.');

	return at && dot && at < dot ? at : NULL;
}

static bool
is_template(const char *name)
{
	const char *at = at_sign(name);

	return at && at[1] == '.' && at + 1 == strrchr(name, '.');
}

const char *
systemd_template_of(struct arena *arena, const char *name)
{
	const char *at = at_sign(name);

	if (!at || is_template(name))
		return NULL;
	return arena_printf(arena, "%.*s@%s", (int)(at - name), name, strrchr(name, '.'));
}

const char *
systemd_instance_name(struct arena *arena, const char *template, const char *instance)
{
	const char *at = at_sign(template);

	return arena_printf(arena, "%.*s@%s%s", (int)(at - template), template, instance,
			    strrchr(template, '.'));
}

/* Links ------------------------------------------------------------------------------ */

/* Takes "." and ".." out of an absolute path, as text. */
static void
clean_path(char *path)
{
	char *out = path, *at = path;

	while (*(at += strspn(at, "/"))) {
		size_t n = strcspn(at, "/");

		if (n == 2 && at[0] == '.' && at[1] == '.') {
			while (out > path && *--out != '/')
				;
		} else if (n != 1 || at[0] != '.') {
			*out++ = '/';
			memmove(out, at, n);
			out += n;
		}
		at += n;
	}
	*out = '\0';
}

static bool
is_below(const char *path, const char *dir)
{
	return text_starts(path, dir) && path[strlen(dir)] == '/';
}

/*
 * A link into the load path gives another name to what that name means; a link to anywhere else
 * is the unit itself, in a file that lies elsewhere.
 */
static bool
is_in_load_path(struct systemd *systemd, const char *path)
{
	const char *slash = strrchr(path, '/'), *real;

	for (size_t i = 0; i < systemd->n_load_path; i++)
		if (is_below(path, systemd->load_path[i].path))
			return true;
	/* Perhaps a folder on the way is a link. */
	if (slash == path || root_resolve(systemd->ctx->root,
					  arena_dupn(systemd->arena, path, (size_t)(slash - path)),
					  systemd->arena, &real) < 0)
		return false;
	for (size_t i = 0; i < systemd->n_load_path; i++)
		if (strcmp(real, systemd->load_path[i].path) == 0)
			return true;
	return false;
}

/* May a unit of this name be an alias of that one? systemd.unit(5), "Aliases". */
static bool
may_be_alias(const char *name, const char *of)
{
	enum systemd_type one, two;
	const char *at = at_sign(name), *to = at_sign(of);

	if (!systemd_type_of(name, &one) || !systemd_type_of(of, &two) || one != two || !at != !to)
		return false;
	/* Mounts, swaps, slices and the like have the one name their path gives them. */
	if (one > SYSTEMD_TARGET && one != SYSTEMD_DEVICE)
		return false;
	if (!at || is_template(of))
		return true;
	return !is_template(name) && strcmp(at, to) == 0;
}

static void
follow_link(struct systemd *systemd, struct systemd_file *file)
{
	char *to;

	file->masked = text_ends(file->target, "/dev/null");
	if (file->target[0] == '/')
		to = arena_dup(systemd->arena, file->target);
	else
		to = arena_printf(systemd->arena, "%s/%s", file->dir->path, file->target);
	clean_path(to);
	file->to = to;
	file->outside = !file->masked && (!*to || !is_in_load_path(systemd, to));
	if (file->masked || file->outside)
		return;
	file->ignored = strcmp(text_basename(to), file->name) == 0 ||
			!may_be_alias(file->name, text_basename(to));
	if (file->ignored)
		diag_add(systemd->ctx->diags, DIAG_WARNING, file->path, 0, 0,
			 "this link to %s is no alias systemd takes; it looks further", to);
}

/* Folders ---------------------------------------------------------------------------- */

/* "dir/name": some hundreds of them, so without printf. */
static const char *
path_of(struct systemd *systemd, const char *dir, const char *name)
{
	size_t n = strlen(dir), m = strlen(name);
	char *path = arena_alloc(systemd->arena, n + m + 2);

	memcpy(path, dir, n);
	path[n] = '/';
	memcpy(path + n + 1, name, m);
	return path;
}

/* Puts a file behind those of the same key: folders are read best first. */
static void
chain(struct systemd *systemd, struct map *map, const char *key, const struct systemd_file *file)
{
	struct systemd_file *link = arena_alloc(systemd->arena, sizeof(*link));
	struct systemd_file *first = map_get_text(map, key);

	*link = *file;
	link->next = NULL;
	if (first) {
		first->last->next = link;
		first->last = link;
	} else {
		link->last = link;
		map_put_text(map, key, link);
	}
}

/* A link's text through an fd of its folder: cheaper than from the root. */
static const char *
link_target(struct systemd *systemd, int dirfd, const char *name)
{
	char text[4096];
	ssize_t n = readlinkat(dirfd, name, text, sizeof(text));

	return n < 0 ? NULL : arena_dupn(systemd->arena, text, (size_t)n);
}

/* multi-user.target.wants and the like: everything in it with a unit's name. */
static void
read_wants(struct systemd *systemd, const struct systemd_dir *dir, const char *name,
	   const char *owner, bool through_link)
{
	const char *path = path_of(systemd, dir->path, name);
	struct root_dir list = start_list_dir(systemd->ctx, path);
	auto_fd fd = -1;

	if (list.n)
		fd = root_open_at(systemd->ctx->root, path, O_PATH | O_DIRECTORY);
	for (size_t i = 0; i < list.n; i++) {
		struct systemd_file file = {
			.name = list.v[i].name,
			.path = path_of(systemd, path, list.v[i].name),
			.owner = owner,
			.through_link = through_link,
			.dir = dir,
		};
		enum systemd_type type;
		const char *template;

		if (list.v[i].type != DT_LNK || !systemd_type_of(file.name, &type))
			continue;
		file.target = link_target(systemd, fd, file.name);
		file.masked = text_ends(file.target, "/dev/null");
		chain(systemd, &systemd->wants, owner, &file);
		if (file.masked)
			chain(systemd, &systemd->masked_wants, path_of(systemd, owner, file.name),
			      &file);
		chain(systemd, &systemd->wanted, file.name, &file);
		template = systemd_template_of(systemd->arena, file.name);
		if (template)
			chain(systemd, &systemd->instances, template, &file);
	}
}

static const char *const wants_endings[] = {".wants", ".requires", ".upholds"};

/* NAME.wants, NAME.requires, NAME.d; true when it was one of them. */
static bool
read_folder_of_unit(struct systemd *systemd, const struct systemd_dir *dir,
		    const struct root_entry *entry)
{
	struct span name = span_of(entry->name);

	for (size_t i = 0; i < COUNT_OF(wants_endings); i++)
		if (span_ends(name, wants_endings[i])) {
			name.n -= strlen(wants_endings[i]);
			read_wants(systemd, dir, entry->name, span_dup(systemd->arena, name),
				   entry->type == DT_LNK);
			return true;
		}
	if (!span_ends(name, ".d"))
		return false;
	chain(systemd, &systemd->drop_dirs, entry->name,
	      &(struct systemd_file){.name = entry->name,
				     .path = path_of(systemd, dir->path, entry->name),
				     .dir = dir});
	return true;
}

static void
read_entry(struct systemd *systemd, const struct systemd_dir *dir, const struct root_entry *entry)
{
	struct systemd_file file = {.name = entry->name, .dir = dir};
	enum systemd_type type;

	if ((entry->type == DT_DIR || entry->type == DT_LNK) &&
	    read_folder_of_unit(systemd, dir, entry))
		return;
	if (entry->type == DT_DIR || !systemd_type_of(entry->name, &type))
		return;
	file.path = path_of(systemd, dir->path, entry->name);
	if (entry->type == DT_LNK) {
		file.target = link_target(systemd, dir->fd, entry->name);
		if (!file.target)
			return;
		follow_link(systemd, &file);
		chain(systemd, &systemd->by_target, text_basename(file.target), &file);
	}
	if (!map_get_text(&systemd->files, entry->name))
		vec_push(systemd->arena, &systemd->names, entry->name);
	chain(systemd, &systemd->files, entry->name, &file);
}

/* A folder that is another one under a second name (merged /usr) is read once. */
static bool
same_as_before(const struct systemd *systemd, const struct systemd_dir *dir)
{
	struct stat one, two;

	if (fstat(dir->fd, &one) < 0)
		return true;
	for (size_t i = 0; i < systemd->dirs.n; i++)
		if (fstat(systemd->dirs.v[i].fd, &two) == 0 && one.st_dev == two.st_dev &&
		    one.st_ino == two.st_ino)
			return true;
	return false;
}

static void
close_dirs(struct systemd *systemd)
{
	for (size_t i = 0; i < systemd->dirs.n; i++)
		fd_closep(&systemd->dirs.v[i].fd);
}

struct systemd *
systemd_open(struct start_ctx *ctx, const struct systemd_dir *dirs, size_t n)
{
	struct systemd *systemd = arena_alloc(ctx->arena, sizeof(*systemd));

	systemd->ctx = ctx;
	systemd->arena = ctx->arena;
	systemd->load_path = dirs;
	systemd->n_load_path = n;
	systemd->files = systemd->by_target = systemd->wanted = systemd->wants = map_of(ctx->arena);
	systemd->instances = systemd->drop_dirs = systemd->units = systemd->masked_wants =
		map_of(ctx->arena);
	for (size_t i = 0; i < n; i++) {
		struct systemd_dir dir = dirs[i];

		dir.fd = root_open_at(ctx->root, dir.path, O_PATH | O_DIRECTORY);
		dir.rank = (uint8_t)i;
		if (dir.fd < 0)
			continue;
		if (same_as_before(systemd, &dir))
			fd_close(dir.fd);
		else
			vec_push(ctx->arena, &systemd->dirs, dir);
	}
	for (size_t i = 0; i < systemd->dirs.n; i++) {
		const struct systemd_dir *dir = &systemd->dirs.v[i];
		struct root_dir list = start_list_dir(ctx, dir->path);

		for (size_t j = 0; j < list.n; j++)
			read_entry(systemd, dir, &list.v[j]);
	}
	close_dirs(systemd);
	for (size_t i = 0; i < systemd->names.n; i++) /* so that each unit knows its aliases */
		systemd_get(systemd, systemd->names.v[i]);
	return systemd;
}

void
systemd_load_all(struct systemd *systemd)
{
	for (size_t i = 0; i < systemd->dirs.n; i++)
		systemd->dirs.v[i].fd = root_open_at(systemd->ctx->root, systemd->dirs.v[i].path,
						     O_PATH | O_DIRECTORY);
	for (size_t i = 0; i < systemd->names.n; i++) {
		struct systemd_unit *unit = systemd_get(systemd, systemd->names.v[i]);

		if (unit && unit->type <= SYSTEMD_TARGET)
			systemd_load(systemd, unit);
	}
	close_dirs(systemd);
}

struct systemd *
systemd_system(struct start_ctx *ctx)
{
	if (!ctx->systemd)
		ctx->systemd = systemd_open(ctx, system_dirs, COUNT_OF(system_dirs));
	return ctx->systemd;
}

bool
systemd_has_unit(struct start_ctx *ctx, const char *script)
{
	size_t n = strlen(script);
	const struct systemd_file *file;

	if (text_ends(script, ".sh"))
		n -= 3;
	file = map_get_text(&systemd_system(ctx)->files,
			    arena_printf(ctx->arena, "%.*s.service", (int)n, script));
	for (; file; file = file->next)
		if (file->dir->place != SYSTEMD_GENERATED)
			return true;
	return false;
}

/* Units ------------------------------------------------------------------------------ */

static struct systemd_unit *
new_unit(struct systemd *systemd, const char *name, enum systemd_type type)
{
	struct systemd_unit *unit = arena_alloc(systemd->arena, sizeof(*unit));
	const char *at = at_sign(name), *dot = strrchr(name, '.');

	unit->name = name;
	unit->type = type;
	unit->template = is_template(name);
	unit->prefix = arena_dupn(systemd->arena, name, (size_t)((at ? at : dot) - name));
	if (at && !unit->template)
		unit->instance = arena_dupn(systemd->arena, at + 1, (size_t)(dot - at - 1));
	map_put_text(&systemd->units, name, unit);
	return unit;
}

/* The file a name stands for: its own, or its template's. */
static const struct systemd_file *
file_of(struct systemd *systemd, const char *name)
{
	const struct systemd_file *file = map_get_text(&systemd->files, name);
	const char *template;

	while (file && file->ignored)
		file = file->next;
	template = file ? NULL : systemd_template_of(systemd->arena, name);
	if (template)
		file = map_get_text(&systemd->files, template);
	while (file && file->ignored)
		file = file->next;
	return file;
}

/*
 * The main name: links to other names are followed. A link to the same name, or from an instance
 * to its template, stays: the unit is read through it. NULL when they run in a circle or too far.
 * *ret_bad: a link was passed over that only a running systemd passes over.
 */
const char *
systemd_main_name(struct systemd *systemd, const char *name, bool *ret_bad)
{
	*ret_bad = false;
	for (unsigned i = 0; i < LIMIT_SYMLINKS; i++) {
		const struct systemd_file *first = map_get_text(&systemd->files, name);
		const struct systemd_file *file = file_of(systemd, name);
		const char *to, *at = at_sign(name);

		*ret_bad |= first && first->ignored;
		if (!file || !file->target || file->masked || file->outside)
			return name;
		to = text_basename(file->to);
		if (is_template(to) && !is_template(name))
			to = systemd_instance_name(
				systemd->arena, to,
				arena_dupn(systemd->arena, at + 1,
					   (size_t)(strrchr(name, '.') - at - 1)));
		if (strcmp(to, name) == 0)
			return name;
		name = to;
	}
	return NULL;
}

/* The folder of the load path a file is in. */
static const struct systemd_dir *
dir_of(struct systemd *systemd, const char *path)
{
	for (size_t i = 0; i < systemd->dirs.n; i++)
		if (is_below(path, systemd->dirs.v[i].path))
			return &systemd->dirs.v[i];
	return NULL;
}

static void
find_file(struct systemd *systemd, struct systemd_unit *unit)
{
	const struct systemd_file *file = file_of(systemd, unit->name);

	unit->missing = !file;
	if (!file)
		return;
	unit->masked = file->masked;
	unit->path = file->path;
	unit->dir = file->dir;
	if (!file->target || file->masked)
		return;
	unit->linked = true;
	unit->path = file->to;
	unit->dir = dir_of(systemd, file->to);
}

struct systemd_unit *
systemd_get(struct systemd *systemd, const char *name)
{
	struct systemd_unit *unit = map_get_text(&systemd->units, name);
	enum systemd_type type;
	const char *id;
	bool bad;

	if (unit)
		return unit;
	if (!systemd_type_of(name, &type))
		return NULL;
	id = systemd_main_name(systemd, name, &bad);
	unit = id ? map_get_text(&systemd->units, id) : NULL;
	if (!unit) {
		unit = new_unit(systemd, id ? id : name, type);
		if (id)
			find_file(systemd, unit);
		else
			unit->missing = true;
		if (!id)
			diag_add(systemd->ctx->diags, DIAG_ERROR, NULL, 0, 0,
				 "the links of unit %s run in a circle or too far", name);
	}
	if (strcmp(unit->name, name) != 0) {
		vec_push(systemd->arena, &unit->aliases, name);
		map_put_text(&systemd->units, name, unit);
	}
	return unit;
}
