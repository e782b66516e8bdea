/*
 * inittab: what init itself starts and keeps running (inittab(5) of sysvinit; busybox init).
 * Gettys and display managers are named as such; "initdefault" tells the machine's default
 * runlevel (START-1..3).
 */
#include <string.h>

#include "base/attr.h"
#include "base/map.h"
#include "start/start.h"
#include "syntax/inittab.h"

#define INITTAB "/etc/inittab"
#define MAX_ID 4 /* sysvinit leaves out entries with longer ones */

static const struct {
	const char *program, *class;
} classes[] = {
	{"getty", "getty"},
	{"agetty", "getty"},
	{"mingetty", "getty"},
	{"mgetty", "getty"},
	{"fgetty", "getty"},
	{"ngetty", "getty"},
	{"vgetty", "getty"},
	{"fbgetty", "getty"},
	{"qingy", "getty"},
	{"uugetty", "getty"},
	{"sulogin", "login of the administrator"},
	{"xdm", "display manager"},
	{"kdm", "display manager"},
	{"gdm", "display manager"},
	{"gdm3", "display manager"},
	{"wdm", "display manager"},
	{"slim", "display manager"},
	{"sddm", "display manager"},
	{"lightdm", "display manager"},
	{"lxdm", "display manager"},
	{"prefdm", "display manager"},
	{"rc.4", "display manager"},
	{"nodm", "display manager"},
};

/* When an action runs its process; actions that are not here do so at boot. */
static const struct {
	const char *action;
	enum start_when when;
} whens[] = {
	{"powerwait", START_ON_EVENT},   {"powerfail", START_ON_EVENT},
	{"powerokwait", START_ON_EVENT}, {"powerfailnow", START_ON_EVENT},
	{"kbrequest", START_ON_EVENT},   {"ctrlaltdel", START_ON_EVENT},
	{"resume", START_ON_EVENT},      {"ondemand", START_ON_EVENT},
	{"shutdown", START_ON_EVENT},    {"restart", START_ON_EVENT},
};

/* Actions whose runlevels field is not looked at. */
static const char *const any_level[] = {"sysinit",    "boot",        "bootwait",     "powerwait",
					"powerfail",  "powerokwait", "powerfailnow", "kbrequest",
					"ctrlaltdel", "askfirst",    "shutdown",     "restart"};

static bool
is_any_level(struct span action)
{
	for (size_t i = 0; i < COUNT_OF(any_level); i++)
		if (span_is(action, any_level[i]))
			return true;
	return false;
}

/* sysvinit takes the first entry and of its letters the highest. */
static void
read_default(struct start_ctx *ctx, const struct syn_tree *tree)
{
	const struct syn_node *first = NULL;
	char level = '\0';

	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		if (node->kind != INITTAB_ENTRY || !span_is(node->words[2].text, "initdefault"))
			continue;
		if (first)
			diag_add(ctx->diags, DIAG_WARNING, tree->file, node->line, node->col,
				 "a second initdefault; init takes that of line %u", first->line);
		else
			first = node;
	}
	if (!first) {
		diag_add(ctx->diags, DIAG_NOTE, tree->file, 0, 0,
			 "no initdefault: init asks for the runlevel at boot");
		return;
	}
	for (size_t i = 0; i < first->words[1].text.n; i++)
		if (first->words[1].text.p[i] > level)
			level = first->words[1].text.p[i];
	if (!level)
		diag_add(ctx->diags, DIAG_WARNING, tree->file, first->line, first->col,
			 "initdefault names no runlevel");
	else
		ctx->default_runlevel = arena_printf(ctx->arena, "%c", level);
}

static const char *
class_of(const char *exe)
{
	const char *name = exe ? text_basename(exe) : "";

	for (size_t i = 0; i < COUNT_OF(classes); i++)
		if (strcmp(name, classes[i].program) == 0)
			return classes[i].class;
	return NULL;
}

/* The words of the process; '+' and '-' in front are marks for init. */
static const char **
command_of(struct start_ctx *ctx, struct span process)
{
	const char **argv;

	while (process.n && (process.p[0] == '+' || process.p[0] == '-'))
		process = span_skip(process, 1);
	argv = start_split(ctx, process);
	return *argv ? argv : NULL;
}

static const char *
state_of(struct start_ctx *ctx, const struct syn_node *node, const struct syn_node *twin,
	 bool *ret_enabled)
{
	struct span levels = node->words[1].text, action = node->words[2].text;
	const char *level = ctx->default_runlevel;

	*ret_enabled = false;
	if (node->kind == INITTAB_COMMENTED)
		return "commented out";
	if (span_is(action, "off"))
		return "action off";
	if (twin)
		return arena_printf(ctx->arena, "left out by init: line %u has the same id",
				    twin->line);
	if (node->words[0].text.n > MAX_ID && text_is(ctx->init, "sysv"))
		return "left out by init: the id is longer than 4 characters";
	if (level && levels.n && !is_any_level(action) && span_find(levels, level[0]) == levels.n)
		return arena_printf(ctx->arena, "%.*s in runlevels %.*s, not in the default %s",
				    SPAN_ARG(action), SPAN_ARG(levels), level);
	*ret_enabled = true;
	return span_dup(ctx->arena, action);
}

static void
add_record(struct start_ctx *ctx, const struct syn_tree *tree, const struct syn_node *node,
	   struct map *ids)
{
	struct span action = node->words[2].text;
	char *id = span_dup(ctx->arena, node->words[0].text);
	struct syn_node *twin = *id ? map_get_text(ids, id) : NULL;
	struct start *start;
	const char *class;

	if (span_is(action, "initdefault"))
		return;
	start = start_add(ctx, "inittab", *id ? id : "(no id)", tree->file, node->line);
	start->state = state_of(ctx, node, twin, &start->enabled);
	if (node->kind == INITTAB_ENTRY && *id && !twin)
		map_put_text(ids, id, (void *)node);
	for (size_t i = 0; i < COUNT_OF(whens); i++)
		if (span_is(action, whens[i].action))
			start->when = whens[i].when;
	if (node->words[1].text.n)
		start->runlevels = span_dup(ctx->arena, node->words[1].text);
	start->user = "root";
	start->command = command_of(ctx, node->words[3].text);
	start_find_exe(ctx, start);
	class = class_of(start->exe);
	if (!class && start->command)
		class = class_of(start->command[0]);
	start->note = class;
	if (start->enabled)
		start->off = arena_printf(ctx->arena,
					  "put a '#' before line %u of %s, then \"telinit q\"",
					  node->line, tree->file);
}

static bool
reads_inittab(const char *init)
{
	return !init || text_is(init, "sysv") || text_is(init, "openrc") ||
	       text_is(init, "busybox") || text_is(init, "unknown");
}

static void
read(struct start_ctx *ctx)
{
	struct syn_tree *tree = start_parse(ctx, &syn_format_inittab, INITTAB);
	struct map ids = map_of(ctx->arena);
	size_t n = ctx->out->n;

	if (!tree)
		return;
	if (reads_inittab(ctx->init) && !text_is(ctx->init, "busybox"))
		read_default(ctx, tree);
	for (size_t i = 0; i < tree->n_nodes; i++)
		if (tree->nodes[i].kind == INITTAB_ENTRY ||
		    tree->nodes[i].kind == INITTAB_COMMENTED)
			add_record(ctx, tree, &tree->nodes[i], &ids);
	for (; n < ctx->out->n; n++)
		ctx->out->v[n]->dormant = !reads_inittab(ctx->init);
}

const struct start_reader start_reader_inittab = {
	.mechanism = "inittab",
	.doc = "/etc/inittab; enabled in the default runlevel unless the action is off",
	.read = read,
};
