/*
 * Rule: doors that will open: what is switched on but not listening now, and on an image (where
 * nothing listens) everything that is switched on. Also local daemons nobody needs.
 */
#include <sys/socket.h>

#include "base/span.h"
#include "judge/judge.h"

/* The widest place the record would listen on. */
static enum reach
declared_reach(const struct start *start, bool *ret_wildcard)
{
	enum reach reach = REACH_HOST;

	*ret_wildcard = false;
	for (uint32_t i = 0; i < start->n_ports; i++) {
		const struct start_port *port = &start->ports[i];

		if (port->path)
			continue;
		switch (net_addr_class(&port->addr)) {
		case NET_CLASS_LOOPBACK:
			continue;
		case NET_CLASS_LINK:
		case NET_CLASS_MULTICAST:
			if (reach == REACH_HOST)
				reach = REACH_LINK;
			continue;
		case NET_CLASS_PRIVATE:
			if (reach != REACH_ANYONE)
				reach = REACH_PRIVATE;
			continue;
		default:
			*ret_wildcard = true;
			reach = REACH_ANYONE;
		}
	}
	return reach;
}

static bool
opens_network_port(const struct start *start)
{
	for (uint32_t i = 0; i < start->n_ports; i++)
		if (!start->ports[i].path && !text_is(start->ports[i].device, "lo"))
			return true;
	return false;
}

/* Its listeners, or those of another record of the same service, are judged already. */
static bool
is_listening(const struct judge_ctx *ctx, const struct start *start,
	     const struct catalog_entry *entry)
{
	if (start->n_listeners)
		return true;
	for (size_t i = 0; entry && i < ctx->audit->listeners.n; i++)
		if (ctx->of[i].entry == entry && !ctx->of[i].guess)
			return true;
	return false;
}

/* Its lines are judged each for itself; the super-server goes when the last of them does. */
static bool
serves_lines(const struct judge_ctx *ctx, const struct start *server)
{
	for (size_t i = 0; i < ctx->audit->starts.n; i++)
		if (ctx->audit->starts.v[i]->via == server && ctx->audit->starts.v[i]->enabled)
			return true;
	return false;
}

/* Those of the other classes have ports only when told to: syslog's, cron's. */
static bool
is_network_daemon(const struct catalog_entry *entry)
{
	bool listens = entry->n_ports || entry->any_port || entry->n_rpc_programs;

	return listens && (entry->class == CATALOG_NETWORK || entry->class == CATALOG_DANGER ||
			   entry->class == CATALOG_LEAKS);
}

static bool
runs_service(const struct start *start, const struct catalog_entry *entry)
{
	/* "/etc/cron.daily/apache2" is a script of that name, not the daemon. */
	if (text_starts(start->exe, "/etc/"))
		return false;
	for (const char **program = entry ? entry->programs : NULL; program && *program; program++)
		if (text_is(*program, text_basename(start->exe)))
			return true;
	return false;
}

static void
judge_start(struct judge_ctx *ctx, const struct start *start)
{
	const struct catalog_entry *entry = catalog_of_start(ctx->catalog, start);
	bool network = opens_network_port(start), is_new;
	struct judge_door door = {.entry = entry};
	struct judge_answer answer;
	struct finding *finding;

	if ((!entry && !network) || is_listening(ctx, start, entry))
		return;
	if (start->super_server && serves_lines(ctx, start))
		return;
	/* A job that bears a daemon's name looks after its files; only the daemon opens doors. */
	if (start->when == START_ON_TIME && !runs_service(start, entry))
		return;
	door.need = judge_need(ctx, entry ? entry->name : NULL, NULL);
	door.reach = declared_reach(start, &door.wildcard);
	/* A daemon that is known to listen; its own configuration says where: assume the worst. */
	if (!start->n_ports && is_network_daemon(entry)) {
		door.reach = REACH_UNKNOWN;
		door.wildcard = true;
	}
	door.local = door.reach == REACH_HOST;
	door.root = !start->user || text_is(start->user, "root");
	answer = judge_door(ctx, &door);
	if (answer.verdict == VERDICT_KEEP)
		return;
	finding = judge_finding(ctx, "latent", entry ? entry->name : start->name, &is_new);
	if (is_new) {
		finding->severity = judge_severity(&door, &answer);
		/* What does not listen now is a little less urgent. */
		if (ctx->audit->live && finding->severity > SEVERITY_LOW)
			finding->severity--;
		finding->verdict = answer.verdict;
		finding->service = entry ? entry->name : NULL;
		finding->start = start;
		finding->reason = answer.reason;
		finding->title = arena_printf(
			ctx->audit->arena, "%s is switched on%s", entry ? entry->name : start->name,
			ctx->audit->live && door.reach != REACH_HOST ? ", not listening now" : "");
	}
	judge_evidence(ctx, finding, "%s %s, %s%s%s", start->mechanism, start->name,
		       judge_place(ctx, start), start->state ? ": " : "",
		       start->state ? start->state : "");
	judge_remedies(ctx, finding, entry, NULL, start);
}

static void
judge(struct judge_ctx *ctx)
{
	for (size_t i = 0; i < ctx->audit->starts.n; i++) {
		const struct start *start = ctx->audit->starts.v[i];

		if (start->enabled && !start->dormant && start->when != START_BY_HAND &&
		    start->when != START_BY_RUNTIME)
			judge_start(ctx, start);
	}
}

const struct judge_rule judge_rule_latent = {
	.name = "latent",
	.doc = "Something switched on that nobody needs, though it does not listen now",
	.judge = judge,
};
