/*
 * Packages enable themselves for every init at once, but only one of them runs. A record of a
 * mechanism nobody runs is kept and called dormant: switching init would bring it to life.
 */
#include "start/live.h"

#include <string.h>

#include "base/attr.h"
#include "base/limits.h"

/*
 * The inits under which a mechanism works; mechanisms that are not here (cron, inetd, ...) depend
 * on no init. With an unknown init nothing is called dormant.
 */
static const struct {
	const char *mechanism;
	const char *inits; /* blank-separated */
} uses[] = {
	{"inittab", "sysv openrc busybox"},
	{"sysv", "sysv systemd upstart runit busybox"},
	{"upstart", "upstart"},
	{"openrc", "openrc"},
	{"systemd", "systemd"},
	{"runit", "runit"},
	{"daemontools", ""},
	{"s6", "s6"},
	{"finit", "finit"},
};

/* Supervision trees also run below another init, started by one of these programs. */
static const struct {
	const char *mechanism;
	const char *programs[4];
} scanners[] = {
	{"runit", {"runsvdir", "runsvdir-start", "runit-init", NULL}},
	{"daemontools", {"svscan", "svscanboot", NULL}},
	{"s6", {"s6-svscan", "s6-svscanboot", NULL}},
};

static bool
has_word(const char *list, const char *word)
{
	struct span rest = span_of(list), next;

	while (next = span_word(&rest), next.n)
		if (span_is(next, word))
			return true;
	return false;
}

/* The mechanism's row, -1 for one that depends on no init. */
static int
row_of(const char *mechanism)
{
	for (size_t i = 0; i < COUNT_OF(uses); i++)
		if (strcmp(uses[i].mechanism, mechanism) == 0)
			return (int)i;
	return -1;
}

static bool
inittab_is_read(const struct start_ctx *ctx)
{
	const char *real;

	/* openrc-init has no inittab; OpenRC below sysvinit or busybox does */
	return root_resolve(ctx->root, "/sbin/init", ctx->arena, &real) < 0 ||
	       !text_ends(real, "/openrc-init");
}

static bool
works_under(const struct start_ctx *ctx, int row)
{
	if (!has_word(uses[row].inits, ctx->init))
		return false;
	if (text_is(uses[row].mechanism, "inittab"))
		return inittab_is_read(ctx);
	/* Debian's runit runs the links of rcS.d and rc2.d unless told not to */
	if (text_is(uses[row].mechanism, "sysv") && text_is(ctx->init, "runit"))
		return root_exists(ctx->root, "/lib/runit/run_sysv_scripts") &&
		       !root_exists(ctx->root, "/etc/runit/no.emulate.sysv");
	/* busybox init runs no links by itself; Buildroot's rcS does */
	if (text_is(uses[row].mechanism, "sysv") && text_is(ctx->init, "busybox"))
		return root_exists(ctx->root, "/etc/init.d/rcS");
	return true;
}

static bool
names_program(const char *path, const char *const *programs)
{
	for (; path && *programs; programs++)
		if (strcmp(text_basename(path), *programs) == 0)
			return true;
	return false;
}

static bool
starts_scanner(const struct start *start, const char *const *programs)
{
	if (!start->enabled || start->dormant)
		return false;
	if (names_program(start->exe, programs))
		return true;
	for (const char **word = start->command; word && *word; word++)
		if (names_program(*word, programs))
			return true;
	for (const char **program = start->programs; program && *program; program++)
		if (names_program(*program, programs))
			return true;
	return false;
}

/* Asked for one mechanism alone, the other readers did not run: inittab is looked at here. */
static bool
inittab_starts(const struct start_ctx *ctx, const char *const *programs)
{
	struct span text;

	if (!has_word("sysv openrc busybox", ctx->init) ||
	    root_read(ctx->root, "/etc/inittab", ctx->arena, LIMIT_FILE_BYTES, &text) < 0)
		return false;
	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n')), word;

		if (!line.n || *line.p == '#')
			continue;
		for (int i = 0; i < 3; i++)
			span_cut(&line, ':');
		word = span_word(&line);
		if (names_program(span_dup(ctx->arena, word), programs))
			return true;
	}
	return false;
}

static bool
is_started(const struct start_ctx *ctx, const char *mechanism)
{
	for (size_t i = 0; i < COUNT_OF(scanners); i++) {
		if (strcmp(scanners[i].mechanism, mechanism) != 0)
			continue;
		if (inittab_starts(ctx, scanners[i].programs))
			return true;
		for (size_t k = 0; k < ctx->out->n; k++)
			if (starts_scanner(ctx->out->v[k], scanners[i].programs))
				return true;
	}
	return false;
}

void
start_mark_dormant(struct start_ctx *ctx)
{
	bool dormant[COUNT_OF(uses)];

	if (!ctx->init || text_is(ctx->init, "unknown"))
		return;
	for (size_t i = 0; i < COUNT_OF(uses); i++)
		dormant[i] = !works_under(ctx, (int)i);
	for (size_t i = 0; i < ctx->out->n; i++) {
		struct start *start = ctx->out->v[i];
		int row = row_of(start->mechanism);

		start->dormant |= row >= 0 && dormant[row];
	}
	/* now that the dormant starters are known */
	for (size_t i = 0; i < COUNT_OF(uses); i++) {
		if (!dormant[i] || !is_started(ctx, uses[i].mechanism))
			continue;
		for (size_t k = 0; k < ctx->out->n; k++)
			if (row_of(ctx->out->v[k]->mechanism) == (int)i)
				ctx->out->v[k]->dormant = false;
	}
}
