/*
 * The word "systemctl is-enabled" prints for a unit file: systemctl(1) and the behaviour of
 * systemd 252, compared unit by unit in tests/differential/systemd.sh.
 *
 * A unit is enabled when a link of [Install]'s making is there: in any .wants or .requires folder
 * under the unit's own name (or its default instance's), or in a unit folder under one of Alias='s
 * names. Links under other names make it indirect. Links count by folder: /etc first, /run is
 * "-runtime", those of packages count for nothing but instances.
 */
#include <string.h>

#include "start/systemd.h"
#include "syntax/unit.h"

static const char *const state_names[SYSTEMD_N_STATES] = {
	[SYSTEMD_STATE_UNKNOWN] = "not found",
	[SYSTEMD_ENABLED] = "enabled",
	[SYSTEMD_ENABLED_RUNTIME] = "enabled-runtime",
	[SYSTEMD_LINKED] = "linked",
	[SYSTEMD_LINKED_RUNTIME] = "linked-runtime",
	[SYSTEMD_ALIAS] = "alias",
	[SYSTEMD_MASKED] = "masked",
	[SYSTEMD_MASKED_RUNTIME] = "masked-runtime",
	[SYSTEMD_STATIC] = "static",
	[SYSTEMD_DISABLED] = "disabled",
	[SYSTEMD_INDIRECT] = "indirect",
	[SYSTEMD_IS_GENERATED] = "generated",
	[SYSTEMD_IS_TRANSIENT] = "transient",
};

const char *
systemd_state_name(enum systemd_state state)
{
	return state_names[state];
}

/* Mounts, swaps, slices and the like have the one name their file or path gives them. */
static bool
may_alias(const struct systemd_unit *unit)
{
	return unit->type <= SYSTEMD_TARGET || unit->type == SYSTEMD_DEVICE;
}

/* The names the unit's own [Install] section would make links of, put together once. */
static struct map *
known_names(struct systemd *systemd, struct systemd_unit *unit)
{
	const struct span instance = unit->set.default_instance.text;
	struct map *known = arena_alloc(systemd->arena, sizeof(*known));

	*known = map_of(systemd->arena);
	map_put_text(known, unit->name, unit);
	for (size_t i = 0; may_alias(unit) && i < unit->set.alias.n; i++) {
		struct span rest = unit->set.alias.v[i].text, word;

		while (unit_word(systemd->arena, &rest, &word, NULL))
			map_put_text(known, systemd_expand(systemd, unit, word), unit);
	}
	if (unit->template && instance.n)
		map_put_text(known,
			     systemd_instance_name(systemd->arena, unit->name,
						   systemd_expand(systemd, unit, instance)),
			     unit);
	return known;
}

static bool
is_known_name(struct systemd *systemd, struct systemd_unit *unit, const char *name)
{
	if (!unit->known)
		unit->known = known_names(systemd, unit);
	return map_get_text(unit->known, name);
}

/* What the links found in one folder of the load path amount to. */
struct sight {
	bool enabled;   /* a link that counts */
	bool same_name; /* the folder's link of the unit's own name: linked */
};

/*
 * below: the folder comes after the one that holds the unit: entries of the unit's own name there
 * are hidden.
 */
static struct sight
look_in(struct systemd *systemd, struct systemd_unit *unit, const struct systemd_dir *dir,
	bool known_only, bool below)
{
	const struct systemd_file *link;
	struct sight sight = {0};

	for (link = map_get_text(&systemd->wanted, unit->name); link; link = link->next)
		if (link->dir == dir && !link->through_link)
			sight.enabled = true;
	link = unit->template ? map_get_text(&systemd->instances, unit->name) : NULL;
	for (; link; link = link->next)
		if (link->dir == dir && !link->through_link &&
		    (!known_only || is_known_name(systemd, unit, link->name)))
			sight.enabled = true;
	/* An instance made by a link to something else. */
	for (link = map_get_text(&systemd->files, unit->name); link; link = link->next)
		if (link->dir == dir && link->target && !below &&
		    strcmp(text_basename(link->target), unit->name) != 0)
			sight.enabled = true;
	for (link = map_get_text(&systemd->by_target, unit->name); link; link = link->next) {
		bool own = strcmp(link->name, unit->name) == 0;

		if (link->dir != dir)
			continue;
		if (own && !below)
			sight.same_name = true;
		else if (own || !known_only || is_known_name(systemd, unit, link->name))
			sight.enabled = true;
	}
	return sight;
}

static enum systemd_state
find_links(struct systemd *systemd, struct systemd_unit *unit, bool known_only)
{
	bool runtime = false, vendor = false, linked = false, linked_runtime = false;
	bool below = false;

	for (size_t i = 0; i < systemd->dirs.n; i++) {
		const struct systemd_dir *dir = &systemd->dirs.v[i];
		struct sight sight = look_in(systemd, unit, dir, known_only, below);

		if (sight.enabled && dir->place == SYSTEMD_CONFIG)
			return SYSTEMD_ENABLED;
		runtime |= sight.enabled && dir->runtime;
		vendor |= sight.enabled && !dir->runtime;
		linked |= sight.same_name && dir->place == SYSTEMD_CONFIG;
		linked_runtime |= sight.same_name && dir->runtime;
		below |= dir == unit->dir;
	}
	if (runtime)
		return SYSTEMD_ENABLED_RUNTIME;
	if (vendor && unit->instance)
		return SYSTEMD_STATIC;
	if (linked)
		return SYSTEMD_LINKED;
	return linked_runtime ? SYSTEMD_LINKED_RUNTIME : SYSTEMD_STATE_UNKNOWN;
}

static enum systemd_state
state_of(struct systemd *systemd, struct systemd_unit *unit)
{
	enum systemd_state state;

	systemd_load(systemd, unit);
	if (unit->masked)
		return unit->dir && unit->dir->runtime ? SYSTEMD_MASKED_RUNTIME : SYSTEMD_MASKED;
	if (unit->missing)
		return SYSTEMD_STATE_UNKNOWN;
	if (unit->dir && unit->dir->place == SYSTEMD_GENERATED)
		return SYSTEMD_IS_GENERATED;
	if (unit->dir && unit->dir->place == SYSTEMD_TRANSIENT)
		return SYSTEMD_IS_TRANSIENT;
	state = find_links(systemd, unit, true);
	if (state)
		return state;
	if (find_links(systemd, unit, false))
		return SYSTEMD_INDIRECT;
	if ((may_alias(unit) && unit->set.alias.n) || unit->set.wanted_by.n ||
	    unit->set.required_by.n)
		return SYSTEMD_DISABLED;
	return unit->set.also.n ? SYSTEMD_INDIRECT : SYSTEMD_STATIC;
}

enum systemd_state
systemd_is_enabled(struct systemd *systemd, const char *name)
{
	struct systemd_unit *unit = systemd_get(systemd, name);
	bool bad;

	if (!unit || !systemd_main_name(systemd, name, &bad) || bad)
		return SYSTEMD_STATE_UNKNOWN;
	if (!unit->state)
		unit->state = state_of(systemd, unit);
	/* Also a linked unit whose file has another name. */
	if (!unit->masked && !unit->missing && !unit->instance &&
	    strcmp(name, text_basename(unit->path)) != 0)
		return SYSTEMD_ALIAS;
	return unit->state;
}
