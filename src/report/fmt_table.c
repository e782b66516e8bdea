/*
 * Table: the screen for an administrator. What matters first: how many doors are open to the
 * outside, then the doors (most exposed, least needed first), then what to do about them, then
 * what is not listening now but will.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "report/guards.h"
#include "report/list.h"
#include "report/safe.h"
#include "report/summary.h"

/* With this many columns the cause of a listener fits behind it. */
#define WIDE 140
/* Further addresses a row names, and rows looked at for the one that a listener belongs to. */
#define ADDRESSES 2
#define ADDRESSES_VERBOSE 64
#define NEIGHBOURS 64

/* SGR of each verdict, severity and reach: red, yellow, green. */
static const char *const verdict_paint[VERDICT_N] = {
	[VERDICT_KEEP] = "32",     [VERDICT_CONFINE] = "33",   [VERDICT_RESTRICT] = "33",
	[VERDICT_LOCALIZE] = "33", [VERDICT_DISABLE] = "1;31", [VERDICT_REMOVE] = "1;31",
};
static const char *const severity_paint[SEVERITY_N] = {
	[SEVERITY_INFO] = "36", [SEVERITY_LOW] = "36",        [SEVERITY_MEDIUM] = "33",
	[SEVERITY_HIGH] = "31", [SEVERITY_CRITICAL] = "1;31",
};

static const char *
paint_listener(const void *record)
{
	return verdict_paint[((const struct listener *)record)->verdict];
}

static void
heading(struct report_ctx *ctx, const char *text, const char *more)
{
	const struct report_options *options = ctx->options;

	fprintf(options->out, options->colour ? "\n\033[1m%s\033[0m%s\n" : "\n%s%s\n", text, more);
}

static void
fold(struct report_ctx *ctx, const char *text, unsigned indent)
{
	safe_fold(ctx->options->out, safe_text(ctx->arena, text), indent, ctx->options->width, 0);
}

/* Listeners --------------------------------------------------------------------------- */

static const uint8_t reach_rank[REACH_N] = {
	[REACH_ANYONE] = 0, [REACH_UNKNOWN] = 1, [REACH_PRIVATE] = 2,
	[REACH_LINK] = 3,   [REACH_HOST] = 4,
};

static int
by_exposure(const void *a, const void *b)
{
	const struct listener *l = *(const struct listener *const *)a;
	const struct listener *m = *(const struct listener *const *)b;

	if (reach_rank[l->reach] != reach_rank[m->reach])
		return reach_rank[l->reach] - reach_rank[m->reach];
	if (l->verdict != m->verdict)
		return (int)m->verdict - (int)l->verdict;
	return listener_cmp(l, m);
}

/* Sockets without a network address matter only when something is wrong with them. */
static bool
is_shown(const struct report_options *options, const struct listener *listener)
{
	return options->all || net_proto_is_inet(listener->proto) ||
	       listener->reach != REACH_HOST || listener->verdict != VERDICT_KEEP;
}

/*
 * One program often opens the same door several times (SO_REUSEPORT), or one on each address and
 * for both families: one row in the table.
 */
static bool
looks_same(const struct listener *a, const struct listener *b)
{
	if (a->proto != b->proto || a->port != b->port || !text_is(a->path, b->path) ||
	    !text_is(a->service, b->service) || a->netns != b->netns || a->reach != b->reach ||
	    a->verdict != b->verdict || a->peer.family || b->peer.family ||
	    a->n_owners != b->n_owners || a->n_starts != b->n_starts || a->orphan != b->orphan)
		return false;
	for (uint32_t i = 0; i < a->n_owners; i++)
		if (a->owners[i].process != b->owners[i].process)
			return false;
	for (uint32_t i = 0; i < a->n_starts; i++)
		if (a->starts[i].start != b->starts[i].start)
			return false;
	/* A saved listing may name two addresses by one name (AUD-14). */
	return a->n_owners > 0 && (a->addr.family || !net_proto_is_inet(a->proto));
}

static bool
has_address(const struct listener *a, const struct listener *b)
{
	return a->family == b->family && a->also_ipv4 == b->also_ipv4 &&
	       net_addr_is(&a->addr, &b->addr) && text_is(a->device, b->device);
}

static uint32_t
most_addresses(const struct report_ctx *ctx)
{
	return ctx->options->verbose ? ADDRESSES_VERBOSE : ADDRESSES;
}

/* What a row of the table stands for besides its own listener. */
struct same {
	uint32_t sockets; /* all of them */
	uint32_t n;       /* further addresses */
	const struct listener *last;
	const char *text; /* the first few */
};

static void
add_same(struct report_ctx *ctx, const struct listener *row, const struct listener *listener)
{
	struct same *same = map_get(&ctx->same, (uintptr_t)row);

	if (!same) {
		same = arena_alloc(ctx->arena, sizeof(*same));
		*same = (struct same){.sockets = 1, .last = row, .text = ""};
		map_put(&ctx->same, (uintptr_t)row, same);
	}
	same->sockets++;
	if (has_address(same->last, listener))
		return;
	same->last = listener;
	if (same->n++ < most_addresses(ctx))
		same->text =
			arena_printf(ctx->arena, "%s%s%s %s", same->text, *same->text ? ", " : "",
				     show_proto(ctx, listener), show_local(ctx, listener, true));
}

/* The rows before that may be the same: machines in other network namespaces lie between. */
static size_t
find_same(const void **shown, size_t n, const struct listener *listener)
{
	for (size_t back = 1; back <= n && back <= NEIGHBOURS; back++)
		if (looks_same(shown[n - back], listener))
			return n - back;
	return n;
}

static size_t
merge_same(struct report_ctx *ctx, const void **shown, size_t n)
{
	size_t kept = 0, at;

	for (size_t i = 0; i < n; i++) {
		at = find_same(shown, kept, shown[i]);
		if (at < kept)
			add_same(ctx, shown[at], shown[i]);
		else
			shown[kept++] = shown[i];
	}
	return kept;
}

static bool
is_narrow(const struct report_ctx *ctx)
{
	return ctx->options->width && ctx->options->width < WIDE;
}

/* "also on tcp6 *:23" or "also on 10.0.0.1:53, ... and 9 more addresses, 44 sockets" */
static const char *
show_same(struct report_ctx *ctx, const struct same *same)
{
	uint32_t most = most_addresses(ctx), left = same->n > most ? same->n - most : 0;
	const char *text = "";

	if (same->n)
		text = arena_printf(ctx->arena, "also on %s", same->text);
	if (left)
		text = arena_printf(ctx->arena, "%s and %u more address%s", text, left,
				    left == 1 ? "" : "es");
	if (same->sockets > same->n + 1)
		text = arena_printf(ctx->arena, "%s%s%u sockets", text, *text ? ", " : "",
				    same->sockets);
	return text;
}

/* What no column of a narrow table has room for. */
static const char *
listener_below(struct report_ctx *ctx, const void *record)
{
	const struct listener *listener = record;
	const char *text = is_narrow(ctx) ? show_started(ctx, listener) : "";
	const struct process *owner = listener->n_owners ? listener->owners[0].process : NULL;
	const struct same *same = map_get(&ctx->same, (uintptr_t)listener);

	if (listener->netns && !listener->netns->self && listener->netns->name)
		text = arena_printf(ctx->arena, "%s%sin %s", text, *text ? "; " : "",
				    listener->netns->name);
	if (same)
		text = arena_printf(ctx->arena, "%s%s%s", text, *text ? "; " : "",
				    show_same(ctx, same));
	/* A title someone made up is shown, and the program behind it too (AUD-15). */
	if (ctx->options->verbose && owner)
		text = arena_printf(ctx->arena, "%s%sruns %s%s%s", text, *text ? "; " : "",
				    owner->exe ? owner->exe : "a program that is not visible",
				    owner->title && *owner->title ? " as " : "",
				    owner->title ? owner->title : "");
	return text;
}

static void
show_listeners(struct report_ctx *ctx)
{
	static const char *const narrow[] = {"verdict", "reach", "proto", "where",
					     "what",    "owner", NULL};
	static const char *const wide[] = {"verdict", "reach", "proto",   "where",
					   "what",    "owner", "started", NULL};
	const struct audit *audit = ctx->audit;
	const struct report_options *options = ctx->options;
	const void **shown = arena_array(ctx->arena, audit->listeners.n + 1, sizeof(*shown));
	size_t n = 0, left;

	for (size_t i = 0; i < audit->listeners.n; i++)
		if (is_shown(options, audit->listeners.v[i]))
			shown[n++] = audit->listeners.v[i];
	left = audit->listeners.n - n;
	if (n) {
		fputc('\n', options->out);
		qsort(shown, n, sizeof(*shown), by_exposure);
		n = merge_same(ctx, shown, n);
	}
	report_list_table(ctx, &(struct report_list){
				       .set = &columns_listener,
				       .view = is_narrow(ctx) ? narrow : wide,
				       .records = shown,
				       .n = n,
				       .below = listener_below,
				       .indent = 9,
				       .paint = paint_listener,
			       });
	if (left)
		fprintf(options->out, "%zu more that only this host can reach (--all shows %s)\n",
			left, left == 1 ? "it" : "them");
}

/* Findings ---------------------------------------------------------------------------- */

static bool
is_first_of_kind(const struct finding *finding, uint32_t at)
{
	for (uint32_t i = 0; i < at; i++)
		if (finding->remedies[i].kind == finding->remedies[at].kind)
			return false;
	return true;
}

static void
show_remedies(struct report_ctx *ctx, const struct finding *finding)
{
	FILE *out = ctx->options->out;
	uint32_t n = ctx->options->verbose || finding->n_remedies < 2 ? finding->n_remedies : 1;
	const char *kinds = "";

	for (uint32_t i = 0; i < n; i++) {
		const struct remedy_text *remedy = &finding->remedies[i];

		fprintf(out, "   %-9s ", remedy_kind_name(remedy->kind));
		safe_lines(out, ctx->arena, remedy->text, 13, ctx->options->width);
	}
	for (uint32_t i = n; i < finding->n_remedies; i++)
		if (is_first_of_kind(finding, i))
			kinds = arena_printf(ctx->arena, "%s%s%s", kinds, *kinds ? ", " : "",
					     remedy_kind_name(finding->remedies[i].kind));
	if (n < finding->n_remedies)
		fprintf(out, "   or %s (--verbose)\n", *kinds ? kinds : "another way");
}

static void
show_finding(struct report_ctx *ctx, const struct finding *finding)
{
	const struct report_options *options = ctx->options;
	const char *severity = severity_name(finding->severity);
	const char *more =
		finding->same ? arena_printf(ctx->arena, " (and %u more)", finding->same) : "";
	const char *paint = severity_paint[finding->severity];

	fprintf(options->out, options->colour ? "\033[%sm%s\033[0m  " : "%.0s%s  ", paint,
		severity);
	safe_fold(options->out,
		  arena_printf(ctx->arena, "%s%s", safe_text(ctx->arena, finding->title), more),
		  (unsigned)strlen(severity) + 2, options->width, 1);
	if (finding->exception)
		fold(ctx, arena_printf(ctx->arena, "exception: %s", finding->exception), 3);
	if (finding->reason)
		fold(ctx, finding->reason, 3);
	if (finding->start)
		fold(ctx,
		     arena_printf(ctx->arena, "started by %s %s %s", finding->start->mechanism,
				  finding->start->name ? finding->start->name : "",
				  show_place(ctx, finding->start)),
		     3);
	for (const char *const *line = finding->evidence; options->verbose && line && *line; line++)
		fold(ctx, arena_printf(ctx->arena, "seen: %s", *line), 3);
	show_remedies(ctx, finding);
}

static void
show_findings(struct report_ctx *ctx)
{
	const struct audit *audit = ctx->audit;

	if (audit->findings.n == 0)
		return;
	heading(ctx, "FINDINGS",
		arena_printf(ctx->arena, ": %s", summary_severities(ctx->arena, audit)));
	for (size_t i = 0; i < audit->findings.n; i++)
		show_finding(ctx, audit->findings.v[i]);
}

/* Start records ----------------------------------------------------------------------- */

/* Enabled and said to listen, but no listener is there; of an image, all that is enabled. */
static bool
is_latent(const struct audit *audit, const struct start *start)
{
	if (!start->enabled || start->dormant)
		return false;
	return !audit->live || (start->n_ports && start->n_listeners == 0);
}

static const char *
start_below(struct report_ctx *ctx, const void *record)
{
	return is_narrow(ctx) ? show_place(ctx, record) : NULL;
}

static void
show_latent(struct report_ctx *ctx)
{
	static const char *const narrow[] = {"mechanism", "name", "when", "ports", "user", NULL};
	static const char *const wide[] = {"mechanism", "name",  "when", "ports",
					   "user",      "place", NULL};
	const struct audit *audit = ctx->audit;
	const void **latent = arena_array(ctx->arena, audit->starts.n + 1, sizeof(*latent));
	size_t n = 0;

	for (size_t i = 0; i < audit->starts.n; i++)
		if (is_latent(audit, audit->starts.v[i]))
			latent[n++] = audit->starts.v[i];
	if (n == 0)
		return;
	heading(ctx, audit->live ? "ENABLED, NOT LISTENING NOW" : "ENABLED",
		arena_printf(ctx->arena, ": %zu", n));
	report_list_table(ctx, &(struct report_list){
				       .set = &columns_start,
				       .view = is_narrow(ctx) ? narrow : wide,
				       .records = latent,
				       .n = n,
				       .below = start_below,
				       .indent = 2,
			       });
}

/* What is kept, and the layers that guard it (POL-17). */
static void
show_guards(struct report_ctx *ctx)
{
	const struct audit *audit = ctx->audit;
	struct map told = map_of(ctx->arena); /* sockets that share a port look the same */

	for (size_t i = 0; ctx->options->verbose && i < audit->listeners.n; i++) {
		const struct listener *listener = audit->listeners.v[i];
		const struct guard *guards;
		const char *name;

		if (!summary_is_kept(listener) || !is_shown(ctx->options, listener))
			continue;
		name = arena_printf(ctx->arena, "%s %s %s",
				    listener->service ? listener->service : "unknown",
				    show_proto(ctx, listener), show_local(ctx, listener, true));
		if (map_get_text(&told, name))
			continue;
		if (told.n == 0)
			heading(ctx, "KEPT, AND WHAT GUARDS IT", "");
		map_put_text(&told, name, (void *)listener);
		fold(ctx, name, 0);
		guards = guards_of(ctx, listener);
		for (size_t k = 0; k < GUARD_N; k++) {
			fprintf(ctx->options->out, "   %-13s %-8s ", guards[k].layer,
				guard_answer_name(guards[k].answer));
			safe_fold(ctx->options->out, safe_text(ctx->arena, guards[k].evidence), 26,
				  ctx->options->width, 1);
		}
	}
}

static int
write_table(const struct audit *audit, const struct report_options *options)
{
	struct report_ctx ctx;

	report_begin(&ctx, audit, options);
	summary_head(&ctx);
	show_listeners(&ctx);
	show_findings(&ctx);
	show_latent(&ctx);
	show_guards(&ctx);
	summary_hints(&ctx);
	report_end(&ctx);
	return ferror(options->out) ? -EIO : 0;
}

const struct report_format report_format_table = {
	.name = "table",
	.doc = "for people: listeners, findings, what is latent",
	.write = write_table,
};
