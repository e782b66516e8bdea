/* Checklist: the eight general tasks, one line each, for every service that is kept (POL-6). */
#include <errno.h>

#include "base/vec.h"
#include "report/guards.h"
#include "report/safe.h"
#include "report/summary.h"

/* Addresses told of one service; of the rest the number is. */
#define SHOWN 8

/* The kept sockets of one service. */
struct service {
	const char *name;
	VEC(const struct listener *) listeners;
};

/* How much an answer tells when sockets of one service differ: the worst one stands. */
static const unsigned weight[] = {
	[GUARD_NOT_APPLICABLE] = 0,
	[GUARD_YES] = 1,
	[GUARD_UNKNOWN] = 2,
	[GUARD_NO] = 3,
};

static const char *
places(struct report_ctx *ctx, const struct service *service)
{
	struct map told = map_of(ctx->arena);
	const char *text = NULL;

	for (size_t i = 0; i < service->listeners.n; i++) {
		const struct listener *listener = service->listeners.v[i];
		const char *one = arena_printf(ctx->arena, "%s %s", show_proto(ctx, listener),
					       show_local(ctx, listener, true));

		if (map_get_text(&told, one))
			continue;
		map_put_text(&told, one, (void *)listener);
		if (told.n <= SHOWN)
			text = text ? arena_printf(ctx->arena, "%s, %s", text, one) : one;
	}
	return told.n > SHOWN ? arena_printf(ctx->arena, "%s and %u more", text, told.n - SHOWN)
			      : text;
}

static void
one_service(struct report_ctx *ctx, const struct service *service)
{
	const struct guard *worst[GUARD_N_TASKS] = {NULL};
	FILE *out = ctx->options->out;

	for (size_t i = 0; i < service->listeners.n; i++) {
		const struct guard *tasks = guards_tasks(ctx, service->listeners.v[i]);

		for (size_t k = 0; k < GUARD_N_TASKS; k++)
			if (!worst[k] || weight[tasks[k].answer] > weight[worst[k]->answer])
				worst[k] = &tasks[k];
	}
	fprintf(out, "\n%s\n   ", safe_text(ctx->arena, service->name));
	safe_fold(out, safe_text(ctx->arena, places(ctx, service)), 3, ctx->options->width, 1);
	for (size_t i = 0; i < GUARD_N_TASKS; i++) {
		fprintf(out, "  %zu %-27s %-14s ", i + 1, worst[i]->layer,
			guard_answer_name(worst[i]->answer));
		safe_fold(out, safe_text(ctx->arena, worst[i]->evidence), 47, ctx->options->width,
			  1);
	}
}

static const char *
name_of(const struct listener *listener)
{
	if (listener->service)
		return listener->service;
	return listener->n_owners && listener->owners[0].process->exe
		       ? listener->owners[0].process->exe
		       : "unknown";
}

static int
write_checklist(const struct audit *audit, const struct report_options *options)
{
	VEC(struct service *) services = {0};
	struct report_ctx ctx;
	struct map by_name;

	report_begin(&ctx, audit, options);
	by_name = map_of(ctx.arena);
	summary_head(&ctx);
	for (size_t i = 0; i < audit->listeners.n; i++) {
		const struct listener *listener = audit->listeners.v[i];
		struct service *service = map_get_text(&by_name, name_of(listener));

		if (!summary_is_kept(listener) ||
		    (!options->all && !net_proto_is_inet(listener->proto) &&
		     listener->reach == REACH_HOST))
			continue;
		if (!service) {
			service = arena_alloc(ctx.arena, sizeof(*service));
			service->name = name_of(listener);
			map_put_text(&by_name, service->name, service);
			vec_push(ctx.arena, &services, service);
		}
		vec_push(ctx.arena, &service->listeners, listener);
	}
	for (size_t i = 0; i < services.n; i++)
		one_service(&ctx, services.v[i]);
	report_end(&ctx);
	return ferror(options->out) ? -EIO : 0;
}

const struct report_format report_format_checklist = {
	.name = "checklist",
	.doc = "the eight general tasks for every kept service",
	.write = write_checklist,
};
