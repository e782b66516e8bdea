/* One function per layer and per task; each says how it knows. */
#include "report/guards.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/socket.h>

static const char *const answers[] = {
	[GUARD_NO] = "no",
	[GUARD_YES] = "yes",
	[GUARD_UNKNOWN] = "unknown",
	[GUARD_NOT_APPLICABLE] = "not applicable",
};

const char *
guard_answer_name(enum guard_answer answer)
{
	return answers[answer];
}

static struct guard
guard(enum guard_answer answer, const char *evidence)
{
	return (struct guard){NULL, answer, evidence};
}

/* Layers ------------------------------------------------------------------------------ */

static struct guard
by_address(struct report_ctx *ctx, const struct listener *listener)
{
	const char *where = show_local(ctx, listener, false);

	if (!net_proto_is_inet(listener->proto))
		return guard(GUARD_YES, "not an Internet socket");
	if (net_addr_is_wildcard(&listener->addr) && !listener->device)
		return guard(GUARD_NO, "bound to every address");
	return guard(GUARD_YES, arena_printf(ctx->arena, "bound to %s", where));
}

/* Super-servers say in their records who is let in; others do it where the audit cannot look. */
static struct guard
by_source(struct report_ctx *ctx, const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_starts; i++) {
		const struct start *start = listener->starts[i].start;

		if (start->command && start->command[0] &&
		    text_is(text_basename(start->command[0]), "tcpd"))
			return guard(GUARD_YES, "tcpd asks hosts.allow and hosts.deny");
		if (start->note && strstr(start->note, "only_from"))
			return guard(GUARD_YES, start->note);
	}
	return guard(GUARD_UNKNOWN, "the service's own rules are not looked at");
}

static struct guard
by_filter(struct report_ctx *ctx, const struct listener *listener)
{
	static const struct guard rows[] = {
		[FILTER_UNTOLD] = {NULL, GUARD_UNKNOWN,
				   "what the packet filter lets in is not known"},
		[FILTER_OPEN] = {NULL, GUARD_NO, "the packet filter lets every host in"},
		[FILTER_SOME] = {NULL, GUARD_YES, "the packet filter lets some in"},
		[FILTER_CLOSED] = {NULL, GUARD_YES, "the packet filter lets nobody in"},
	};

	if (!net_proto_is_inet(listener->proto))
		return guard(GUARD_NOT_APPLICABLE, "not an Internet socket");
	if (ctx->audit->filter.state == FILTER_NONE)
		return guard(GUARD_NO, "no packet filter rules are loaded");
	return rows[listener->filter];
}

static const struct process *
first_owner(const struct listener *listener)
{
	return listener->n_owners ? listener->owners[0].process : NULL;
}

static struct guard
by_jail(struct report_ctx *ctx, const struct listener *listener)
{
	const struct process *process = first_owner(listener);
	bool rooted;

	if (!process || process->hidden)
		return guard(GUARD_UNKNOWN, "the process is not visible");
	rooted = process->root && !text_is(process->root, "/");
	if (!rooted && process->seccomp != PROCESS_SECCOMP_FILTER && !process->no_new_privs)
		return guard(GUARD_NO, "no other root, no system call filter, may gain privileges");
	return guard(GUARD_YES,
		     arena_printf(ctx->arena, "%s%s%s%s", rooted ? "root directory " : "",
				  rooted ? process->root : "",
				  process->seccomp == PROCESS_SECCOMP_FILTER
					  ? rooted ? ", system call filter" : "system call filter"
					  : "",
				  !process->no_new_privs ? ""
				  : rooted || process->seccomp == PROCESS_SECCOMP_FILTER
					  ? ", cannot gain privileges"
					  : "cannot gain privileges"));
}

static struct guard
by_account(struct report_ctx *ctx, const struct listener *listener)
{
	if (listener->owners_state == OWNERS_KERNEL)
		return guard(GUARD_NO, "held by the kernel itself");
	if (listener->n_owners == 0)
		return guard(GUARD_UNKNOWN, "the process is not visible");
	for (uint32_t i = 0; i < listener->n_owners; i++)
		if (listener->owners[i].process->uid == 0)
			return guard(GUARD_NO, arena_printf(ctx->arena, "process %d runs as root",
							    (int)listener->owners[i].process->pid));
	return guard(GUARD_YES,
		     arena_printf(ctx->arena, "runs as %s",
				  first_owner(listener)->user ? first_owner(listener)->user
							      : "an account without a name"));
}

static const struct {
	const char *layer;
	struct guard (*look)(struct report_ctx *, const struct listener *);
} layers[GUARD_N] = {
	[GUARD_ADDRESS] = {"address", by_address},     [GUARD_SOURCE] = {"source rules", by_source},
	[GUARD_FILTER] = {"packet filter", by_filter}, [GUARD_JAIL] = {"jail", by_jail},
	[GUARD_ACCOUNT] = {"account", by_account},
};

const struct guard *
guards_of(struct report_ctx *ctx, const struct listener *listener)
{
	struct guard *guards = arena_array(ctx->arena, GUARD_N, sizeof(*guards));

	for (size_t i = 0; i < GUARD_N; i++) {
		guards[i] = layers[i].look(ctx, listener);
		guards[i].layer = layers[i].layer;
	}
	return guards;
}

/* Tasks ------------------------------------------------------------------------------- */

static struct guard
task_needed(struct report_ctx *ctx, const struct listener *listener)
{
	return guard(GUARD_YES, listener->reason ? listener->reason : "judged as needed");
}

static struct guard
task_logging(struct report_ctx *ctx, const struct listener *listener)
{
	struct guard source = by_source(ctx, listener);

	if (source.answer == GUARD_YES)
		return source;
	return guard(GUARD_UNKNOWN, "logging and access rules are in the service's own files");
}

static struct guard
task_chroot(struct report_ctx *ctx, const struct listener *listener)
{
	const struct process *process = first_owner(listener);

	if (listener->owners_state == OWNERS_KERNEL)
		return guard(GUARD_NOT_APPLICABLE, "held by the kernel itself");
	if (!process || !process->root)
		return guard(GUARD_UNKNOWN, "the root directory is not visible");
	return text_is(process->root, "/") ? guard(GUARD_NO, "sees the whole file system")
					   : guard(GUARD_YES, process->root);
}

static struct guard
task_variant(struct report_ctx *ctx, const struct listener *listener)
{
	if (listener->instead)
		return guard(GUARD_NO, arena_printf(ctx->arena, "safer: %s", listener->instead));
	if (!listener->service)
		return guard(GUARD_UNKNOWN, "nobody knows what it is");
	return guard(GUARD_NOT_APPLICABLE, "the catalog knows none");
}

static struct guard
task_facilities(struct report_ctx *ctx, const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_starts; i++)
		if (text_is(listener->starts[i].start->mechanism, "cron"))
			return guard(GUARD_NO, show_place(ctx, listener->starts[i].start));
	return guard(GUARD_NOT_APPLICABLE, "not started through cron or at");
}

static struct guard
task_processes(struct report_ctx *ctx, const struct listener *listener)
{
	if (listener->owners_state == OWNERS_KERNEL)
		return guard(GUARD_NOT_APPLICABLE, "held by the kernel itself");
	if (listener->n_owners == 0)
		return guard(GUARD_UNKNOWN, "the processes are not visible");
	return guard(GUARD_UNKNOWN,
		     arena_printf(ctx->arena, "%u now; limits are in the service's own files",
				  listener->n_owners));
}

static struct guard
task_print(struct report_ctx *ctx, const struct listener *listener)
{
	return guard(GUARD_YES, "judged like every other");
}

/* In the words and order of the requirement. */
static const struct {
	const char *task;
	struct guard (*look)(struct report_ctx *, const struct listener *);
} tasks[GUARD_N_TASKS] = {
	{"needed", task_needed},
	{"logging and least access", task_logging},
	{"chroot", task_chroot},
	{"dedicated account", by_account},
	{"secure variant", task_variant},
	{"facilities restricted", task_facilities},
	{"number of processes limited", task_processes},
	{"done for every service", task_print},
};

const struct guard *
guards_tasks(struct report_ctx *ctx, const struct listener *listener)
{
	struct guard *guards = arena_array(ctx->arena, GUARD_N_TASKS, sizeof(*guards));

	for (size_t i = 0; i < GUARD_N_TASKS; i++) {
		guards[i] = tasks[i].look(ctx, listener);
		guards[i].layer = tasks[i].task;
	}
	return guards;
}
