/*
 * What a unit says: its file and its drop-ins, merged as systemd merges them (systemd.unit(5)).
 * Drop-ins come from NAME.d, TEMPLATE.d, the prefixes "foo-.service.d" and the type's "service.d";
 * of two with the same file name the nearer one counts; they are read in the order of their names.
 * An empty assignment empties a list.
 */
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "start/systemd.h"
#include "syntax/unit.h"

/* Settings --------------------------------------------------------------------------- */

enum keep {
	KEEP_LAST,
	KEEP_LIST,  /* empty empties */
	KEEP_EVERY, /* empty is nothing: dependencies cannot be taken back */
};

#define FIELD(name) offsetof(struct systemd_settings, name)

static const struct setting_row {
	const char *section, *key;
	enum keep keep;
	size_t field;
} setting_rows[] = {
	{"Unit", "Wants", KEEP_EVERY, FIELD(deps)},
	{"Unit", "Requires", KEEP_EVERY, FIELD(deps)},
	{"Unit", "Requisite", KEEP_EVERY, FIELD(deps)},
	{"Unit", "BindsTo", KEEP_EVERY, FIELD(deps)},
	{"Unit", "Upholds", KEEP_EVERY, FIELD(deps)},
	{"Unit", "Conflicts", KEEP_EVERY, FIELD(conflicts)},
	{"Unit", "ConditionPathExists", KEEP_LIST, FIELD(conditions)},
	{"Unit", "ConditionPathIsDirectory", KEEP_LIST, FIELD(conditions)},
	{"Unit", "ConditionPathIsSymbolicLink", KEEP_LIST, FIELD(conditions)},
	{"Unit", "ConditionFileNotEmpty", KEEP_LIST, FIELD(conditions)},
	{"Unit", "ConditionFileIsExecutable", KEEP_LIST, FIELD(conditions)},
	{"Unit", "ConditionDirectoryNotEmpty", KEEP_LIST, FIELD(conditions)},
	{"Unit", "AssertPathExists", KEEP_LIST, FIELD(asserts)},
	{"Unit", "AssertPathIsDirectory", KEEP_LIST, FIELD(asserts)},
	{"Unit", "AssertPathIsSymbolicLink", KEEP_LIST, FIELD(asserts)},
	{"Unit", "AssertFileNotEmpty", KEEP_LIST, FIELD(asserts)},
	{"Unit", "AssertFileIsExecutable", KEEP_LIST, FIELD(asserts)},
	{"Unit", "AssertDirectoryNotEmpty", KEEP_LIST, FIELD(asserts)},
	{"Unit", "DefaultDependencies", KEEP_LAST, FIELD(default_dependencies)},
	{"Install", "Alias", KEEP_LIST, FIELD(alias)},
	{"Install", "WantedBy", KEEP_LIST, FIELD(wanted_by)},
	{"Install", "RequiredBy", KEEP_LIST, FIELD(required_by)},
	{"Install", "UpheldBy", KEEP_LIST, FIELD(required_by)},
	{"Install", "Also", KEEP_EVERY, FIELD(also)},
	{"Install", "DefaultInstance", KEEP_LAST, FIELD(default_instance)},
	{"Service", "ExecStart", KEEP_LIST, FIELD(exec_start)},
	{"Service", "Type", KEEP_LAST, FIELD(type)},
	{"Service", "User", KEEP_LAST, FIELD(user)},
	{"Service", "Group", KEEP_LAST, FIELD(group)},
	{"Service", "DynamicUser", KEEP_LAST, FIELD(dynamic_user)},
	{"Service", "PIDFile", KEEP_LAST, FIELD(pidfile)},
	{"Service", "BusName", KEEP_LAST, FIELD(bus_name)},
	{"Service", "Sockets", KEEP_LIST, FIELD(sockets)},
	{"Socket", "ListenStream", KEEP_LIST, FIELD(listen)},
	{"Socket", "ListenDatagram", KEEP_LIST, FIELD(listen)},
	{"Socket", "ListenSequentialPacket", KEEP_LIST, FIELD(listen)},
	{"Socket", "ListenFIFO", KEEP_LIST, FIELD(listen)},
	{"Socket", "ListenNetlink", KEEP_LIST, FIELD(listen)},
	{"Socket", "ListenSpecial", KEEP_LIST, FIELD(listen)},
	{"Socket", "ListenMessageQueue", KEEP_LIST, FIELD(listen)},
	{"Socket", "ListenUSBFunction", KEEP_LIST, FIELD(listen)},
	{"Socket", "Accept", KEEP_LAST, FIELD(accept)},
	{"Socket", "Service", KEEP_LAST, FIELD(service)},
	{"Socket", "BindIPv6Only", KEEP_LAST, FIELD(bind_ipv6_only)},
	{"Socket", "BindToDevice", KEEP_LAST, FIELD(bind_to_device)},
	{"Socket", "SocketProtocol", KEEP_LAST, FIELD(socket_protocol)},
	{"Timer", "Unit", KEEP_LAST, FIELD(unit)},
	{"Timer", "OnCalendar", KEEP_LIST, FIELD(schedule)},
	{"Timer", "OnBootSec", KEEP_LIST, FIELD(schedule)},
	{"Timer", "OnStartupSec", KEEP_LIST, FIELD(schedule)},
	{"Timer", "OnActiveSec", KEEP_LIST, FIELD(schedule)},
	{"Timer", "OnUnitActiveSec", KEEP_LIST, FIELD(schedule)},
	{"Timer", "OnUnitInactiveSec", KEEP_LIST, FIELD(schedule)},
	{"Path", "Unit", KEEP_LAST, FIELD(unit)},
	{"Path", "PathExists", KEEP_LIST, FIELD(watch)},
	{"Path", "PathExistsGlob", KEEP_LIST, FIELD(watch)},
	{"Path", "PathChanged", KEEP_LIST, FIELD(watch)},
	{"Path", "PathModified", KEEP_LIST, FIELD(watch)},
	{"Path", "DirectoryNotEmpty", KEEP_LIST, FIELD(watch)},
};

static const struct setting_row *
row_of(struct span section, struct span key)
{
	for (size_t i = 0; i < COUNT_OF(setting_rows); i++) {
		const struct setting_row *row = &setting_rows[i];

		if (section.n && row->section[0] == section.p[0] && span_is(key, row->key) &&
		    span_is(section, row->section))
			return row;
	}
	return NULL;
}

static void
take_setting(struct systemd *systemd, struct systemd_settings *set, const struct setting_row *row,
	     const struct systemd_value *value)
{
	void *field = (char *)set + row->field;
	struct systemd_values *list = field;

	switch (row->keep) {
	case KEEP_LAST:
		*(struct systemd_value *)field = *value;
		return;
	case KEEP_LIST:
		if (!value->text.n) {
			list->n = 0;
			return;
		}
		break;
	case KEEP_EVERY:
		break;
	}
	vec_push(systemd->arena, list, *value);
}

static void
take_tree(struct systemd *systemd, struct systemd_settings *set, const struct syn_tree *tree)
{
	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];
		const struct setting_row *row;

		if (node->kind != UNIT_SETTING || node->parent < 0)
			continue;
		row = row_of(tree->nodes[node->parent].words[0].text, node->words[0].text);
		if (row)
			take_setting(systemd, set, row,
				     &(struct systemd_value){node->words[1].text, row->key,
							     tree->file, node->line});
	}
}

bool
systemd_yes(const struct systemd_value *value, bool otherwise)
{
	static const char *const yes[] = {"yes", "y", "true", "t", "on", "1"};

	if (!value->text.n)
		return otherwise;
	for (size_t i = 0; i < COUNT_OF(yes); i++)
		if (span_is_nocase(value->text, yes[i]))
			return true;
	return false;
}

/* Files ------------------------------------------------------------------------------ */

/* A regular file of an open folder, without a walk from the root: there are hundreds. */
static struct syn_tree *
parse_at(struct systemd *systemd, const struct systemd_dir *dir, const char *name, const char *path)
{
	auto_fd fd =
		openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct span text;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    !start_may_read(systemd->ctx, &st) ||
	    fd_read_all(fd, systemd->arena, LIMIT_FILE_BYTES, &text) < 0)
		return start_parse(systemd->ctx, &syn_format_unit, path); /* says what is wrong */
	return syn_parse(&syn_format_unit, systemd->arena, systemd->ctx->diags, path, text);
}

/* The unit's own file. An empty one, or one that cannot be had, is noted. */
static void
load_fragment(struct systemd *systemd, struct systemd_unit *unit)
{
	struct syn_tree *tree;

	if (!unit->linked && unit->dir->fd >= 0)
		tree = parse_at(systemd, unit->dir, text_basename(unit->path), unit->path);
	else
		tree = start_parse(systemd->ctx, &syn_format_unit, unit->path);
	if (!tree)
		unit->missing = true;
	else if (!tree->text.n)
		unit->masked = true;
	else
		vec_push(systemd->arena, &unit->trees, tree);
}

struct drop_in {
	const char *name, *path;
	unsigned rank; /* of its folder: lower wins */
};

static int
drop_in_order(const void *a, const void *b)
{
	const struct drop_in *one = a, *two = b;
	int order = strcmp(one->name, two->name);

	return order ? order : (one->rank > two->rank) - (one->rank < two->rank);
}

struct drop_ins {
	struct drop_in *v;
	size_t n, cap;
};

/* The drop-ins of the folder "HEAD TAIL.d" in all folders of the load path. step: how near. */
static void
find_drop_ins(struct systemd *systemd, struct span head, const char *tail, unsigned kind,
	      unsigned step, struct drop_ins *found)
{
	char folder[2 * NAME_MAX + 3];
	const struct systemd_file *dir;

	if (head.n > NAME_MAX || strlen(tail) > NAME_MAX)
		return;
	snprintf(folder, sizeof(folder), "%.*s%s.d", SPAN_ARG(head), tail);
	for (dir = map_get_text(&systemd->drop_dirs, folder); dir; dir = dir->next) {
		struct root_dir list = start_list_dir(systemd->ctx, dir->path);

		for (size_t i = 0; i < list.n; i++)
			if (text_ends(list.v[i].name, ".conf"))
				vec_push(systemd->arena, found,
					 (struct drop_in){list.v[i].name,
							  arena_printf(systemd->arena, "%s/%s",
								       dir->path, list.v[i].name),
							  kind << 24 |
								  (unsigned)dir->dir->rank << 16 |
								  step});
	}
}

/* The folders of a name: its own, its template's, then those of its shorter prefixes. */
static void
find_drop_ins_of(struct systemd *systemd, const char *name, unsigned kind, struct drop_ins *found)
{
	const char *dot = strrchr(name, '.'), *at = strchr(name, '@');
	const char *end = at && at < dot ? at : dot;
	bool instance = at && at < dot && at + 1 < dot;
	unsigned step = 0;

	find_drop_ins(systemd, SPAN(""), name, kind, step++, found);
	if (instance)
		find_drop_ins(systemd, (struct span){name, (size_t)(at + 1 - name)}, dot, kind,
			      step++, found);
	for (const char *c = end - 1; c > name; c--) {
		struct span head = {name, (size_t)(c + 1 - name)};

		if (*c != '-' || c + 1 == end || step >= 64)
			continue;
		find_drop_ins(systemd, head, end, kind, step++, found);
		if (instance)
			find_drop_ins(systemd, head, arena_printf(systemd->arena, "@%s", dot), kind,
				      step++, found);
	}
}

static void
load_drop_ins(struct systemd *systemd, struct systemd_unit *unit)
{
	struct drop_ins found = {0};

	if (!systemd->drop_dirs.n)
		return;
	find_drop_ins_of(systemd, unit->name, 0, &found);
	for (size_t i = 0; i < unit->aliases.n; i++)
		find_drop_ins_of(systemd, unit->aliases.v[i], 1, &found);
	find_drop_ins(systemd, SPAN(""), strrchr(unit->name, '.') + 1, 2, 0, &found);
	if (found.n)
		qsort(found.v, found.n, sizeof(*found.v), drop_in_order);
	for (size_t i = 0; i < found.n; i++) {
		const char *target;
		struct syn_tree *tree;

		if (i && strcmp(found.v[i].name, found.v[i - 1].name) == 0)
			continue;
		target = root_readlink(systemd->ctx->root, found.v[i].path, systemd->arena);
		if (text_is(target, "/dev/null"))
			continue;
		tree = start_parse(systemd->ctx, &syn_format_unit, found.v[i].path);
		if (tree)
			vec_push(systemd->arena, &unit->trees, tree);
	}
}

void
systemd_load(struct systemd *systemd, struct systemd_unit *unit)
{
	if (unit->loaded)
		return;
	unit->loaded = true;
	if (unit->missing || unit->masked)
		return;
	load_fragment(systemd, unit);
	if (unit->missing || unit->masked)
		return;
	load_drop_ins(systemd, unit);
	for (size_t i = 0; i < unit->trees.n; i++)
		take_tree(systemd, &unit->set, unit->trees.v[i]);
}

/* Specifiers ------------------------------------------------------------------------- */

/* "\x2d" back to "-", "-" to "/": systemd-escape(1). */
static const char *
unescape(struct arena *arena, const char *text)
{
	char *out = arena_dup(arena, text), *to = out;

	for (; *text; text++) {
		unsigned value;
		char digits[3] = {0};

		if (text[0] == '\\' && text[1] == 'x' && text[2] && text[3]) {
			memcpy(digits, text + 2, 2);
			value = (unsigned)strtoul(digits, NULL, 16);
			*to++ = (char)(value ? value : '?');
			text += 3;
		} else {
			*to++ = *text == '-' ? '/' : *text;
		}
	}
	*to = '\0';
	return out;
}

/* Folders of the system manager: systemd.unit(5), "Specifiers". */
static const struct {
	char letter;
	const char *text;
} fixed[] = {
	{'%', "%"},    {'t', "/run"},    {'S', "/var/lib"}, {'C', "/var/cache"}, {'L', "/var/log"},
	{'E', "/etc"}, {'h', "/root"},   {'u', "root"},     {'U', "0"},          {'g', "root"},
	{'G', "0"},    {'s', "/bin/sh"}, {'T', "/tmp"},     {'V', "/var/tmp"},
};

static const char *
specifier(struct systemd *systemd, const struct systemd_unit *unit, char letter)
{
	const char *instance = unit->instance ? unit->instance : "", *dash;

	switch (letter) {
	case 'n':
		return unit->name;
	case 'N':
		return arena_dupn(systemd->arena, unit->name,
				  (size_t)(strrchr(unit->name, '.') - unit->name));
	case 'p':
		return unit->prefix;
	case 'P':
		return unescape(systemd->arena, unit->prefix);
	case 'i':
		return unit->template ? NULL : instance;
	case 'I':
		return unit->template ? NULL : unescape(systemd->arena, instance);
	case 'f':
		return unit->template
			       ? NULL
			       : arena_printf(systemd->arena, "/%s",
					      unescape(systemd->arena,
						       unit->instance ? instance : unit->prefix));
	case 'j':
	case 'J':
		dash = strrchr(unit->prefix, '-');
		dash = dash ? dash + 1 : unit->prefix;
		return letter == 'j' ? dash : unescape(systemd->arena, dash);
	default:
		break;
	}
	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		if (fixed[i].letter == letter && !(systemd->user && letter != '%'))
			return fixed[i].text;
	return NULL;
}

const char *
systemd_expand(struct systemd *systemd, const struct systemd_unit *unit, struct span text)
{
	const char *done = "";

	if (span_find(text, '%') == text.n)
		return span_dup(systemd->arena, text);
	/* Long values full of specifiers are nobody's: they stay as written. */
	if (text.n > 4096)
		return span_dup(systemd->arena, text);
	while (text.n) {
		size_t at = span_find(text, '%');
		const char *with = NULL;
		struct span plain = {text.p, at};

		text = span_skip(text, at);
		if (text.n > 1)
			with = specifier(systemd, unit, text.p[1]);
		if (!with && text.n)
			with = span_dup(systemd->arena, (struct span){text.p, text.n > 1 ? 2 : 1});
		text = span_skip(text, 2);
		done = arena_printf(systemd->arena, "%s%s%s", done, span_dup(systemd->arena, plain),
				    with ? with : "");
	}
	return done;
}
