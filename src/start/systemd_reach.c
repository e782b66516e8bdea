/*
 * What gets started without anybody asking: everything the default target wants or requires, and
 * theirs; then what the started sockets, timers, paths, D-Bus names and udev rules bring in,
 * in that order. The first cause found says when.
 *
 * Not looked at: conditions other than on lasting files, Conflicts=, and most generators that have
 * not run yet: in an image there is no /run/systemd/generator.
 */
#include <string.h>

#include "base/limits.h"
#include "start/systemd.h"
#include "syntax/unit.h"

static void
add_cause(struct systemd *systemd, struct systemd_unit *unit, const struct systemd_cause *cause)
{
	bool first = unit->causes.n == 0;

	for (size_t i = 0; i < unit->causes.n; i++)
		if (unit->causes.v[i].when == cause->when &&
		    text_is(unit->causes.v[i].by, cause->by) &&
		    text_is(unit->causes.v[i].file, cause->file))
			return;
	if (unit->causes.n == SYSTEMD_MAX_CAUSES) {
		unit->untold++;
		return;
	}
	vec_push(systemd->arena, &unit->causes, *cause);
	if (!first)
		return;
	unit->unmet = systemd_unmet(systemd, unit);
	vec_push(systemd->arena, &systemd->reached, unit);
}

void
systemd_cause(struct systemd *systemd, const char *name, const struct systemd_cause *cause)
{
	struct systemd_unit *unit = systemd_get(systemd, name);

	if (!unit)
		return;
	systemd_load(systemd, unit);
	if (!unit->masked && !unit->missing && !unit->template)
		add_cause(systemd, unit, cause);
}

/* A link to /dev/null in a better folder takes the link of the same name away. */
static bool
is_hidden(struct systemd *systemd, const struct systemd_file *link)
{
	const struct systemd_file *mask;

	if (link->masked || !systemd->masked_wants.n)
		return link->masked;
	mask = map_get_text(&systemd->masked_wants,
			    arena_printf(systemd->arena, "%s/%s", link->owner, link->name));
	return mask && mask->dir->rank < link->dir->rank;
}

static bool
is_removable(const struct systemd_file *link)
{
	return link->dir->place == SYSTEMD_CONFIG || link->dir->place == SYSTEMD_RUNTIME;
}

static void
follow_links(struct systemd *systemd, struct systemd_unit *unit, const char *name,
	     enum start_when when)
{
	const struct systemd_file *link = map_get_text(&systemd->wants, name);

	for (; link; link = link->next)
		if (!is_hidden(systemd, link))
			systemd_cause(systemd, link->name,
				      &(struct systemd_cause){.when = when,
							      .by = unit->name,
							      .file = link->path,
							      .link = is_removable(link),
							      .of = unit});
}

static void
follow_words(struct systemd *systemd, struct systemd_unit *unit, const struct systemd_value *value,
	     enum start_when when)
{
	struct span rest = value->text, word;

	while (unit_word(systemd->arena, &rest, &word, NULL))
		systemd_cause(systemd, systemd_expand(systemd, unit, word),
			      &(struct systemd_cause){.when = when,
						      .by = unit->name,
						      .file = value->file,
						      .line = value->line,
						      .of = unit});
}

/* Everything a started unit pulls in with it. */
static void
follow(struct systemd *systemd, struct systemd_unit *unit)
{
	enum start_when when = unit->causes.v[0].when;
	const char *template = systemd_template_of(systemd->arena, unit->name);

	follow_links(systemd, unit, unit->name, when);
	for (size_t i = 0; i < unit->aliases.n; i++)
		follow_links(systemd, unit, unit->aliases.v[i], when);
	if (template)
		follow_links(systemd, unit, template, when);
	for (size_t i = 0; i < unit->set.deps.n; i++)
		follow_words(systemd, unit, &unit->set.deps.v[i], when);
	for (size_t i = 0; i < unit->set.sockets.n; i++)
		follow_words(systemd, unit, &unit->set.sockets.v[i], when);
	/* DefaultDependencies=yes: services need sysinit.target, and that may be all that is
	 * needed on a machine that boots to a bare service. */
	if (unit->type <= SYSTEMD_PATH && systemd_yes(&unit->set.default_dependencies, true))
		systemd_cause(systemd, systemd->user ? "basic.target" : "sysinit.target",
			      &(struct systemd_cause){.when = when, .by = unit->name, .of = unit});
}

/* Triggers --------------------------------------------------------------------------- */

const char *
systemd_activates(struct systemd *systemd, const struct systemd_unit *unit)
{
	const struct systemd_value *named =
		unit->type == SYSTEMD_SOCKET ? &unit->set.service : &unit->set.unit;

	if (named->text.n)
		return systemd_expand(systemd, unit, named->text);
	if (unit->type == SYSTEMD_SOCKET && systemd_yes(&unit->set.accept, false))
		return arena_printf(systemd->arena, "%s@.service", unit->prefix);
	return arena_printf(systemd->arena, "%.*s.service",
			    (int)(strrchr(unit->name, '.') - unit->name), unit->name);
}

static const struct {
	enum systemd_type type;
	enum start_when when;
} trigger_types[] = {
	{SYSTEMD_SOCKET, START_ON_DEMAND},
	{SYSTEMD_TIMER, START_ON_TIME},
	{SYSTEMD_PATH, START_ON_EVENT},
};

/* A started socket, timer or path starts its unit; of a template, an instance per connection. */
static void
follow_trigger(struct systemd *systemd, struct systemd_unit *unit, enum start_when when)
{
	const char *name = systemd_activates(systemd, unit);
	struct systemd_unit *to = systemd_get(systemd, name);

	if (!to)
		return;
	systemd_load(systemd, to);
	if (to->masked || to->missing)
		return;
	if (to->triggers.n < SYSTEMD_MAX_CAUSES)
		vec_push(systemd->arena, &to->triggers, unit);
	else
		to->untold++;
	add_cause(systemd, to,
		  &(struct systemd_cause){
			  .when = when, .by = unit->name, .file = unit->path, .of = unit});
}

/* D-Bus ------------------------------------------------------------------------------ */

static const char *const bus_dirs[] = {
	"/usr/local/share/dbus-1/system-services",
	"/usr/share/dbus-1/system-services",
	"/lib/dbus-1/system-services",
};

static void
read_bus_file(struct systemd *systemd, const char *path)
{
	struct syn_tree *tree = start_parse(systemd->ctx, &syn_format_unit, path);
	struct span name = {0}, unit = {0};
	uint32_t line = 0;

	for (size_t i = 0; tree && i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		if (node->kind != UNIT_SETTING)
			continue;
		if (span_is(node->words[0].text, "Name"))
			name = node->words[1].text;
		if (span_is(node->words[0].text, "SystemdService")) {
			unit = node->words[1].text;
			line = node->line;
		}
	}
	if (unit.n)
		systemd_cause(systemd, span_dup(systemd->arena, unit),
			      &(struct systemd_cause){
				      .when = START_ON_DEMAND,
				      .by = arena_printf(systemd->arena, "D-Bus name %s",
							 span_dup(systemd->arena, name)),
				      .file = path,
				      .line = line,
			      });
}

static void
follow_bus(struct systemd *systemd)
{
	struct systemd_unit *bus = systemd_get(systemd, "dbus.service");
	struct systemd_unit *socket = systemd_get(systemd, "dbus.socket");

	if (systemd->user || !((bus && bus->causes.n) || (socket && socket->causes.n)))
		return;
	for (size_t i = 0; i < COUNT_OF(bus_dirs); i++) {
		struct root_dir list = start_list_dir(systemd->ctx, bus_dirs[i]);

		for (size_t j = 0; j < list.n; j++)
			if (text_ends(list.v[j].name, ".service"))
				read_bus_file(systemd, arena_printf(systemd->arena, "%s/%s",
								    bus_dirs[i], list.v[j].name));
	}
}

/* udev ------------------------------------------------------------------------------- */

/* Names behind SYSTEMD_WANTS in the rules of one file; those made of $variables are unknowable. */
static void
read_rules(struct systemd *systemd, const char *path)
{
	static const char key[] = "ENV{SYSTEMD_WANTS}";
	struct span text, line;
	uint32_t number = 0;

	if (root_read(systemd->ctx->root, path, systemd->arena, LIMIT_FILE_BYTES, &text) < 0 ||
	    !memmem(text.p, text.n, key, sizeof(key) - 1))
		return;
	while (text.n) {
		const char *at;

		line = span_cut(&text, '\n');
		number++;
		if (span_starts(span_trim(line), "#"))
			continue;
		while (line.n && (at = memmem(line.p, line.n, key, sizeof(key) - 1))) {
			struct span names, word;

			line = span_skip(line, (size_t)(at - line.p) + sizeof(key) - 1);
			if (span_starts(line, "=="))
				continue;
			span_cut(&line, '"');
			names = span_cut(&line, '"');
			while (word = span_word(&names), word.n)
				systemd_cause(systemd, span_dup(systemd->arena, word),
					      &(struct systemd_cause){.when = START_ON_EVENT,
								      .by = "a udev rule",
								      .file = path,
								      .line = number});
		}
	}
}

static void
follow_udev(struct systemd *systemd)
{
	static const char *const dirs[] = {"/etc/udev/rules.d", "/run/udev/rules.d",
					   "/lib/udev/rules.d"};

	if (systemd->user)
		return;
	for (size_t i = 0; i < COUNT_OF(dirs); i++) {
		struct root_dir list = start_list_dir(systemd->ctx, dirs[i]);

		for (size_t j = 0; j < list.n; j++)
			if (text_ends(list.v[j].name, ".rules"))
				read_rules(systemd, arena_printf(systemd->arena, "%s/%s", dirs[i],
								 list.v[j].name));
	}
}

/* All -------------------------------------------------------------------------------- */

static void
follow_triggers(struct systemd *systemd, enum systemd_type type, enum start_when when)
{
	for (size_t i = 0; i < systemd->reached.n; i++) {
		struct systemd_unit *unit = systemd->reached.v[i];

		if (unit->type != type || unit->fired || unit->unmet)
			continue;
		unit->fired = true;
		follow_trigger(systemd, unit, when);
	}
}

/* Follows units not followed yet, and those they reach; *done counts them. */
static void
follow_all(struct systemd *systemd, size_t *done)
{
	for (; *done < systemd->reached.n; ++*done)
		follow(systemd, systemd->reached.v[*done]);
}

void
systemd_reach(struct systemd *systemd)
{
	size_t done = 0, before;

	systemd_cause(systemd, "default.target",
		      &(struct systemd_cause){.when = START_AT_BOOT, .by = "boot"});
	follow_all(systemd, &done);
	systemd_generate(systemd);
	follow_all(systemd, &done);
	follow_triggers(systemd, SYSTEMD_SOCKET, START_ON_DEMAND);
	follow_bus(systemd);
	follow_all(systemd, &done);
	follow_triggers(systemd, SYSTEMD_TIMER, START_ON_TIME);
	follow_all(systemd, &done);
	follow_triggers(systemd, SYSTEMD_PATH, START_ON_EVENT);
	follow_udev(systemd);
	/* What those started may hold sockets and timers of its own. */
	do {
		before = systemd->reached.n;
		follow_all(systemd, &done);
		for (size_t t = 0; t < COUNT_OF(trigger_types); t++)
			follow_triggers(systemd, trigger_types[t].type, trigger_types[t].when);
	} while (systemd->reached.n > before || done < systemd->reached.n);
}
