/*
 * systemd: one record per service, socket, timer and path unit, by files alone. A record is
 * enabled when boot leads to it, or a started socket, timer, path, D-Bus name or udev rule; its
 * state begins with the word "systemctl is-enabled" prints, which is another thing: a static unit
 * may be started by a target, an enabled one may hang on a target that nothing reaches.
 */
#include <stdlib.h>
#include <string.h>

#include "start/script.h"
#include "start/systemd.h"
#include "syntax/unit.h"

#define MAX_CAUSES_TOLD 3u

/* State ------------------------------------------------------------------------------ */

/* "wanted by multi-user.target", "socket ssh.socket enabled", .... */
static const char *
tell_cause(struct arena *arena, const struct systemd_cause *cause)
{
	static const char *const words[SYSTEMD_N_TYPES] = {
		[SYSTEMD_SOCKET] = "socket",
		[SYSTEMD_TIMER] = "timer",
		[SYSTEMD_PATH] = "path",
	};

	if (!cause->of)
		return arena_printf(arena, "started by %s", cause->by);
	if (words[cause->of->type] && text_is(cause->file, cause->of->path))
		return arena_printf(arena, "%s %s started", words[cause->of->type], cause->by);
	return arena_printf(arena, "wanted by %s", cause->by);
}

static bool
is_trigger(const struct systemd_unit *unit)
{
	return unit->type == SYSTEMD_SOCKET || unit->type == SYSTEMD_TIMER ||
	       unit->type == SYSTEMD_PATH;
}

static const char *
tell_state(struct systemd *systemd, const struct systemd_unit *unit)
{
	const char *text = systemd_state_name(unit->state);
	size_t told = 0;

	if (unit->masked)
		return arena_printf(systemd->arena, "%s by %s", text, unit->path);
	if (unit->state == SYSTEMD_STATE_UNKNOWN)
		text = "unknown to systemctl because of a bad link";
	for (size_t i = 0; i < unit->causes.n && told < MAX_CAUSES_TOLD; i++, told++)
		text = arena_printf(systemd->arena, "%s%s %s", text, told ? "," : ";",
				    tell_cause(systemd->arena, &unit->causes.v[i]));
	if (unit->causes.n > told)
		text = arena_printf(systemd->arena, "%s and %zu more", text,
				    unit->causes.n - told + unit->untold);
	if (unit->unmet)
		text = arena_printf(systemd->arena, "%s, but %s=%s does not hold", text,
				    unit->unmet->key,
				    systemd_expand(systemd, unit, unit->unmet->text));
	if (!unit->causes.n && unit->state == SYSTEMD_ENABLED && !unit->template)
		text = arena_printf(systemd->arena, "%s; but nothing that wants it is started",
				    text);
	return text;
}

/* Switching off ---------------------------------------------------------------------- */

static const char *const off_verbs[] = {"disable --now", "disable --now --runtime", "mask --now"};
/* --global has no manager to tell that something should stop. */
static const char *const off_verbs_global[] = {"disable", "disable --runtime", "mask"};

enum { OFF_DISABLE, OFF_RUNTIME, OFF_MASK, OFF_N };

/*
 * disable takes away every link that leads to a unit, of /etc or of /run; what a package's own
 * links, lines, D-Bus or udev start has to be masked. A cause within the group goes with it.
 */
static unsigned
off_verb(const struct systemd_unit *unit, const struct systemd_unit *service)
{
	if (unit->untold)
		return OFF_MASK;
	for (size_t i = 0; i < unit->causes.n; i++) {
		const struct systemd_cause *cause = &unit->causes.v[i];

		if (cause->of && (cause->of == service || is_trigger(cause->of)))
			continue;
		if (!cause->link ||
		    (unit->state != SYSTEMD_ENABLED && unit->state != SYSTEMD_ENABLED_RUNTIME))
			return OFF_MASK;
	}
	return unit->state == SYSTEMD_ENABLED_RUNTIME ? OFF_RUNTIME : OFF_DISABLE;
}

static void
add_off(struct systemd *systemd, const char *names[OFF_N], const struct systemd_unit *unit,
	const struct systemd_unit *service)
{
	const char **list = &names[off_verb(unit, service)];

	*list = arena_printf(systemd->arena, "%s %s", *list ? *list : "",
			     script_quote(systemd->ctx, unit->name));
}

/* Options that address the right manager, with a blank behind. */
static const char *
off_scope(const struct systemd *systemd)
{
	if (!systemd->user)
		return "";
	if (!systemd->user[0])
		return "--global ";
	return arena_printf(systemd->arena, "--user -M %s@ ",
			    script_quote(systemd->ctx, systemd->user));
}

/* The service and everything that would start it again. */
static const char *
tell_off(struct systemd *systemd, const struct systemd_unit *unit)
{
	const char *names[OFF_N] = {0}, *text = NULL;
	const char *const *verbs =
		systemd->user && !systemd->user[0] ? off_verbs_global : off_verbs;
	const struct systemd_unit *service = unit;

	if (unit->type == SYSTEMD_SOCKET) {
		service = systemd_get(systemd, systemd_activates(systemd, unit));
		if (!service || service->masked || service->missing)
			service = unit;
	}
	/* A template is only started through its sockets: without those there is no instance. */
	if (!service->template)
		add_off(systemd, names, service, service);
	for (size_t i = 0; i < service->triggers.n; i++)
		add_off(systemd, names, service->triggers.v[i], service);
	for (unsigned i = 0; i < OFF_N; i++)
		if (names[i])
			text = arena_printf(systemd->arena, "%s%ssystemctl %s%s%s",
					    text ? text : "", text ? " && " : "",
					    off_scope(systemd), verbs[i], names[i]);
	return text;
}

/* Records ---------------------------------------------------------------------------- */

static const char *
text_of(struct systemd *systemd, const struct systemd_unit *unit, const struct systemd_value *value)
{
	return value->text.n ? systemd_expand(systemd, unit, value->text) : NULL;
}

static void
tell_service(struct systemd *systemd, const struct systemd_unit *unit, struct start *start)
{
	systemd_command(systemd, unit, start);
	if (!systemd->user)
		start->user = text_of(systemd, unit, &unit->set.user);
	start->group = text_of(systemd, unit, &unit->set.group);
	start->pidfile = text_of(systemd, unit, &unit->set.pidfile);
	if (systemd_yes(&unit->set.dynamic_user, false)) {
		if (!start->user)
			start->user = unit->prefix;
		if (!start->note)
			start->note = "DynamicUser=yes: the account exists while it runs";
	}
}

/* A socket, timer or path: what it starts, and that program. */
static void
tell_trigger(struct systemd *systemd, const struct systemd_unit *unit, struct start *start)
{
	struct systemd_unit *to;

	start->activates = systemd_activates(systemd, unit);
	to = systemd_get(systemd, start->activates);
	if (!to)
		return;
	systemd_load(systemd, to);
	if (!to->masked && !to->missing)
		tell_service(systemd, to, start);
	else if (start->enabled)
		start->note = arena_printf(systemd->arena, "%s is %s: it cannot be started",
					   start->activates, to->masked ? "masked" : "missing");
}

/* "OnCalendar=daily, OnBootSec=15min". */
static const char *
tell_list(struct systemd *systemd, const struct systemd_unit *unit,
	  const struct systemd_values *list)
{
	const char *text = NULL;

	for (size_t i = 0; i < list->n && i < 8; i++)
		text = arena_printf(systemd->arena, "%s%s%s=%s", text ? text : "", text ? ", " : "",
				    list->v[i].key, systemd_expand(systemd, unit, list->v[i].text));
	return text;
}

/* The settings whose first line stands for the unit. */
static const struct systemd_values *
main_lines(const struct systemd_unit *unit)
{
	switch (unit->type) {
	case SYSTEMD_SERVICE:
		return &unit->set.exec_start;
	case SYSTEMD_SOCKET:
		return &unit->set.listen;
	case SYSTEMD_TIMER:
		return &unit->set.schedule;
	default:
		return &unit->set.watch;
	}
}

static const enum start_when default_when[] = {
	[SYSTEMD_SERVICE] = START_BY_OTHER,
	[SYSTEMD_SOCKET] = START_ON_DEMAND,
	[SYSTEMD_TIMER] = START_ON_TIME,
	[SYSTEMD_PATH] = START_ON_EVENT,
};

/* Of two units that conflict and both start at boot, systemd drops one: nobody can tell which. */
static const char *
tell_conflict(struct systemd *systemd, const struct systemd_unit *unit)
{
	for (size_t i = 0; i < unit->set.conflicts.n; i++) {
		struct span rest = unit->set.conflicts.v[i].text, word;

		while (unit_word(systemd->arena, &rest, &word, NULL)) {
			const struct systemd_unit *other =
				systemd_get(systemd, systemd_expand(systemd, unit, word));

			if (other && other->causes.n && other->causes.v[0].when == START_AT_BOOT)
				return arena_printf(
					systemd->arena,
					"conflicts with %s, which is started too: one of "
					"them is left out at boot",
					other->name);
		}
	}
	return NULL;
}

/* The cause an administrator would take away: a link rather than a line of a package. */
static const struct systemd_cause *
link_of(const struct systemd_unit *unit)
{
	for (size_t i = 0; i < unit->causes.n; i++)
		if (unit->causes.v[i].link)
			return &unit->causes.v[i];
	for (size_t i = 0; i < unit->triggers.n; i++)
		for (size_t j = 0; j < unit->triggers.v[i]->causes.n; j++)
			if (unit->triggers.v[i]->causes.v[j].link)
				return &unit->triggers.v[i]->causes.v[j];
	return &unit->causes.v[0];
}

static void
tell_start(struct systemd *systemd, const struct systemd_unit *unit, struct start *start)
{
	const struct systemd_cause *cause = unit->causes.n ? &unit->causes.v[0] : NULL;

	start->enabled = cause && !unit->unmet;
	start->when =
		cause && unit->type == SYSTEMD_SERVICE ? cause->when : default_when[unit->type];
	start->state = tell_state(systemd, unit);
	start->unit = unit->name;
	start->switch_file = unit->masked ? unit->path : NULL;
	if (cause) {
		const struct systemd_cause *by = link_of(unit);

		start->switch_file = by->file;
		start->switch_line = by->line;
		start->off = tell_off(systemd, unit);
		start->note = tell_conflict(systemd, unit);
		start->runlevels = cause->of && cause->when == START_AT_BOOT ? cause->by : NULL;
	}
}

/* A unit of user sessions: boot is the login, and the account is the user's. */
static void
tell_user(struct systemd *systemd, const struct systemd_unit *unit, struct start *start)
{
	if (systemd->user[0])
		start->user = systemd->user;
	start->session = true;
	start->by_user = systemd->user[0] && !text_is(systemd->user, "root");
	if (start->when == START_AT_BOOT && !systemd->lingers)
		start->when = START_ON_EVENT;
	start->note = !systemd->user[0] ? "of user sessions: for everybody who logs in"
		      : systemd->lingers
			      ? "of the user's own manager, which lingers: started at boot"
			      : "of the user's own sessions: when he logs in";
	/* The system's unit of this name is another one. */
	if (map_get_text(&systemd_system(systemd->ctx)->files, unit->name))
		start->unit = NULL;
}

static void
add_record(struct systemd *systemd, struct systemd_unit *unit)
{
	const struct systemd_values *lines = main_lines(unit);
	struct start *start = start_add(systemd->ctx, "systemd", unit->name, unit->path, 0);

	if (lines->n) {
		start->file = lines->v[0].file;
		start->line = lines->v[0].line;
	}
	tell_start(systemd, unit, start);
	if (unit->aliases.n) {
		start->aliases = arena_array(systemd->arena, unit->aliases.n + 1, sizeof(char *));
		memcpy(start->aliases, unit->aliases.v, unit->aliases.n * sizeof(char *));
	}
	if (systemd->user)
		tell_user(systemd, unit, start);
	if (unit->type == SYSTEMD_SERVICE)
		tell_service(systemd, unit, start);
	else if (!unit->masked)
		tell_trigger(systemd, unit, start);
	if (unit->type == SYSTEMD_SOCKET) {
		systemd_ports(systemd, unit, start);
		start->listens_itself = true;
	} else if (unit->type == SYSTEMD_TIMER) {
		start->runlevels = tell_list(systemd, unit, &unit->set.schedule);
	} else if (unit->type == SYSTEMD_PATH) {
		start->runlevels = tell_list(systemd, unit, &unit->set.watch);
	}
}

struct unit_list {
	struct systemd_unit **v;
	size_t n, cap;
};

static void
list_once(struct systemd *systemd, struct map *done, struct unit_list *list,
	  struct systemd_unit *unit)
{
	if (!unit || unit->type > SYSTEMD_PATH || map_get_text(done, unit->name))
		return;
	systemd_load(systemd, unit);
	map_put_text(done, unit->name, unit);
	if (!unit->missing)
		vec_push(systemd->arena, list, unit);
}

static int
name_order(const void *a, const void *b)
{
	return strcmp((*(struct systemd_unit *const *)a)->name,
		      (*(struct systemd_unit *const *)b)->name);
}

/* Is anything of this unit the user's own: its file, or a link that starts it? */
static bool
is_his(const struct systemd *systemd, const struct systemd_unit *unit)
{
	if (!systemd->home || text_starts(unit->path, systemd->home))
		return true;
	for (size_t i = 0; i < unit->causes.n; i++)
		if (text_starts(unit->causes.v[i].file, systemd->home))
			return true;
	return false;
}

/* Records of all units of these folders. */
static void
add_records(struct systemd *systemd)
{
	struct map done = map_of(systemd->arena);
	struct unit_list list = {0};

	systemd_load_all(systemd);
	systemd_reach(systemd);
	for (size_t i = 0; i < systemd->names.n; i++)
		list_once(systemd, &done, &list, systemd_get(systemd, systemd->names.v[i]));
	for (size_t i = 0; i < systemd->reached.n; i++) /* instances have no file of their own */
		list_once(systemd, &done, &list, systemd->reached.v[i]);
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), name_order);
	for (size_t i = 0; i < list.n; i++)
		list.v[i]->state = systemd_is_enabled(systemd, list.v[i]->name);
	for (size_t i = 0; i < list.n; i++)
		if (is_his(systemd, list.v[i]))
			add_record(systemd, list.v[i]);
}

static void
read_systemd(struct start_ctx *ctx)
{
	add_records(systemd_system(ctx));
	systemd_each_user(ctx, add_records);
}

const struct start_reader start_reader_systemd = {
	.mechanism = "systemd",
	.doc = "systemd's units and drop-ins; enabled means that boot, a socket, timer, path, "
	       "D-Bus "
	       "name or udev rule starts them",
	.read = read_systemd,
};
