/*
 * Remedies as text, in the order remove, disable, localize, restrict, confine (POL-1). Where the
 * catalog has a recipe it is used, else the general one for that kind.
 */
#include <fnmatch.h>

#include "base/attr.h"
#include "base/span.h"
#include "judge/judge.h"

/* Parts of the system itself: what runs them may go, they may not. */
static const char *const kept_packages[] = {
	"bash",    "busybox*",  "coreutils", "dash",        "init*",        "libc*",    "login",
	"node*",   "perl*",     "php*",      "procps",      "python3*",     "ruby*",    "socat",
	"systemd", "sysvinit*", "udev",      "util-linux*", "default-jre*", "openjdk*",
};

static bool
may_go(const char *package)
{
	for (size_t i = 0; i < COUNT_OF(kept_packages); i++)
		if (fnmatch(kept_packages[i], package, 0) == 0)
			return false;
	return true;
}

/*
 * The package whose removal takes the service away. A super-server's package is not it: its
 * services are others' programs.
 */
static const char *
package_of(const struct listener *listener, const struct start *start)
{
	const struct start *cause = start;

	if (listener && listener->n_starts)
		cause = listener->starts[0].start;
	if (cause && cause->package && (cause->listens_itself || !listener))
		return may_go(cause->package) ? cause->package : NULL;
	if (cause && cause->listens_itself)
		return NULL;
	for (uint32_t i = 0; listener && i < listener->n_owners; i++) {
		const char *package = listener->owners[i].process->package;

		if (package)
			return may_go(package) ? package : NULL;
	}
	return NULL;
}

static void
switch_off(struct judge_ctx *ctx, struct finding *finding, const struct start *start)
{
	if (start->off)
		judge_remedy(ctx, finding, REMEDY_DISABLE, "%s", start->off);
	else if (start->when == START_BY_HAND)
		judge_remedy(ctx, finding, REMEDY_DISABLE, "end it: started by hand (%s)",
			     start->name);
	else if (start->when == START_BY_RUNTIME)
		judge_remedy(ctx, finding, REMEDY_DISABLE, "stop it with its runtime: %s",
			     start->name);
	else
		judge_remedy(ctx, finding, REMEDY_DISABLE, "switch off %s %s (%s)",
			     start->mechanism, start->name, judge_place(ctx, start));
}

static void
disable(struct judge_ctx *ctx, struct finding *finding, const struct catalog_entry *entry,
	const struct listener *listener, const struct start *start)
{
	if (start)
		switch_off(ctx, finding, start);
	for (uint32_t i = 0; listener && i < listener->n_starts; i++)
		if (listener->starts[i].start->enabled || listener->n_starts == 1)
			switch_off(ctx, finding, listener->starts[i].start);
	if (listener && !listener->n_starts && listener->n_owners)
		judge_remedy(ctx, finding, REMEDY_DISABLE,
			     "end %s (pid %d), and find out what started it",
			     listener->owners[0].process->comm,
			     (int)listener->owners[0].process->pid);
	if (listener && !listener->n_starts && !listener->n_owners &&
	    listener->owners_state == OWNERS_HIDDEN)
		judge_remedy(ctx, finding, REMEDY_DISABLE,
			     "ask as root who holds it and what starts it, then switch that off");
	if (entry && entry->disable)
		judge_remedy(ctx, finding, REMEDY_DISABLE, "%s", entry->disable);
}

/* Is there a package database at all? It owns at least one program that runs. */
static bool
knows_packages(const struct judge_ctx *ctx)
{
	for (size_t i = 0; i < ctx->audit->processes.n; i++)
		if (ctx->audit->processes.v[i]->package)
			return true;
	return false;
}

/* A program that stands alone: not an interpreter, not held for others, of no package. */
static bool
is_unpackaged(const struct judge_ctx *ctx, const struct listener *listener)
{
	const struct process *process =
		listener && listener->n_owners ? listener->owners[0].process : NULL;
	const char *name = process ? text_basename(process->exe) : NULL;

	return name && !process->package && !process->exe_deleted && may_go(name) &&
	       !(listener->n_starts && listener->starts[0].start->listens_itself) &&
	       knows_packages(ctx);
}

void
judge_remedies(struct judge_ctx *ctx, struct finding *finding, const struct catalog_entry *entry,
	       const struct listener *listener, const struct start *start)
{
	const char *package = package_of(listener, start);

	if (package)
		judge_remedy(ctx, finding, REMEDY_REMOVE, "remove the package %s", package);
	else if (is_unpackaged(ctx, listener))
		judge_remedy(ctx, finding, REMEDY_REMOVE, "delete %s: no package owns it",
			     listener->owners[0].process->exe);
	disable(ctx, finding, entry, listener, start);
	if (listener && !net_proto_is_inet(listener->proto))
		return;
	judge_remedy(ctx, finding, REMEDY_LOCALIZE, "%s",
		     entry && entry->localize
			     ? entry->localize
			     : "bind it to 127.0.0.1 and ::1 in its configuration");
	judge_remedy(ctx, finding, REMEDY_RESTRICT, "%s",
		     entry && entry->restrict_
			     ? entry->restrict_
			     : "let only the hosts that need it in: packet filter, access rules");
	judge_remedy(ctx, finding, REMEDY_CONFINE, "%s",
		     entry && entry->confine
			     ? entry->confine
			     : "own account, no capabilities, its own root directory");
}
