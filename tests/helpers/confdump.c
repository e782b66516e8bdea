/*
 * confdump [-r ROOT] FILE...: the services of a configuration, one a line with what was understood,
 * and its diagnostics. With -t a number: how long so many loads take, and how big one is. With -s
 * roots are read from standard input, and the sockets, diagnostics and differences of each
 * one's usual files are printed, an empty line after each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "conf/lookup_root.h"

static void
print_listeners(const struct service *s)
{
	char buf[NET_ADDR_TEXT];

	for (uint32_t i = 0; i < s->n_listeners; i++) {
		const struct service_listener *l = &s->listeners[i];

		if (l->path)
			printf(" unix %s %u:%u %o", l->path, l->owner, l->group, l->mode);
		else
			printf(" [%s]:%u%s%s%s", net_addr_text(&l->addr, buf), l->port,
			       l->v6only ? " v6only" : "", l->device ? "%" : "",
			       l->device ? l->device : "");
	}
}

static void
print_list(const char *name, const char *const *list)
{
	printf("  %s:", name);
	for (; list && *list; list++)
		printf(" <%s>", *list);
	putchar('\n');
}

static void
print_limits(const struct service_limits *l)
{
	printf("  limits: instances=%d per_source=%d /%u /%u rate=%u/%us source_rate=%u/%us "
	       "penalty=%u "
	       "load=%g over=%d session=%u zone=%s",
	       (int)l->instances, (int)l->per_source, l->v4_bits, l->v6_bits, l->rate.count,
	       l->rate.period_s, l->source_rate.count, l->source_rate.period_s, l->penalty_s,
	       l->max_load, l->over, l->session_s, l->time_zone ? l->time_zone : "-");
	for (uint32_t i = 0; i < l->n_windows; i++)
		printf(" %u-%u/%02x", l->windows[i].from, l->windows[i].to, l->windows[i].days);
	putchar('\n');
}

static void
print_sink(const struct service_sink *sink)
{
	if (sink)
		printf("  sink: kind=%d facility=%d level=%d path=%s soft=%llu hard=%llu\n",
		       sink->kind, sink->facility >> 3, sink->level, sink->path ? sink->path : "-",
		       (unsigned long long)sink->soft, (unsigned long long)sink->hard);
}

static void
print_program(const struct service *s)
{
	const struct service_account *a = &s->account;

	printf("  account: %s %s uid=%d gid=%d switch=%d%d groups=%d\n", a->user ? a->user : "-",
	       a->group ? a->group : "-", (int)a->uid, (int)a->gid, a->switch_uid, a->switch_gid,
	       a->groups);
	if (s->program)
		printf("  program: %s\n", s->program);
	print_list("argv", s->argv);
	for (uint32_t i = 0; i < s->n_rlimits; i++)
		printf("  rlimit %d %lld\n", s->rlimits[i].resource,
		       (long long)s->rlimits[i].value);
}

static void
print_rest(const struct service *s)
{
	char buf[NET_ADDR_TEXT];

	printf("  nice=%d umask=%o nodelay=%d keepalive=%d backlog=%u buffers=%u,%u noretry=%d "
	       "stderr=%d "
	       "deny=%d\n",
	       s->nice, (unsigned)s->umask, s->nodelay, s->keepalive, s->backlog, s->sndbuf,
	       s->rcvbuf, s->no_retry, s->stderr_to, (int)s->deny_time_s);
	printf("  log: %02x %02x%s wrap=%s access=%d\n", s->log_success, s->log_failure,
	       s->ask_user ? " ask" : "", s->wrap ? s->wrap : "-", s->access != NULL);
	if (s->rpc)
		printf("  rpc: %s %u %u-%u\n", s->rpc->name, s->rpc->program, s->rpc->low,
		       s->rpc->high);
	if (s->redirect)
		printf("  redirect: %s %s %u (%u)\n", s->redirect->host,
		       s->redirect->n_to ? net_addr_text(&s->redirect->to[0], buf) : "-",
		       s->redirect->port, s->redirect->n_to);
	if (s->banners)
		printf("  banners: %u %u %u\n", s->banners->n_always, s->banners->n_success,
		       s->banners->n_fail);
}

static void
print_service(const struct service *s)
{
	printf("%s %s (%s:%u) %s %s %d %s%s%s", s->id, s->name, s->place.file, s->place.line,
	       service_kind_name(s->kind), service_type_name(s->type), s->protocol,
	       s->wait ? "wait" : "nowait", s->muxed ? " muxed" : "", s->mux_plus ? "+" : "");
	print_listeners(s);
	putchar('\n');
	print_program(s);
	print_limits(&s->limits);
	print_sink(s->sink);
	print_rest(s);
}

static void
print(const struct serve *serve)
{
	for (size_t i = 0; i < serve->n; i++)
		print_service(serve->v[i]);
	printf("closed: %zu\n", serve->n_closed);
	for (size_t i = 0; i < serve->diags.n; i++)
		printf("%s\n", diag_line(serve->arena, &serve->diags.v[i]));
}

static void
print_sockets(const struct serve *serve)
{
	const struct conf_differs *v;
	char buf[NET_ADDR_TEXT];
	size_t n = conf_differences(serve, &v);

	for (size_t i = 0; i < serve->n; i++)
		for (uint32_t k = 0; k < serve->v[i]->n_listeners; k++) {
			const struct service *s = serve->v[i];
			const struct service_listener *l = &s->listeners[k];

			printf("S %d %c %s %u %s\n", s->type == SOCK_RAW ? -1 : s->protocol,
			       l->addr.family == AF_INET ? '4' : '6', net_addr_text(&l->addr, buf),
			       l->port, s->id);
		}
	for (size_t i = 0; i < serve->diags.n; i++)
		printf("E %s\n", diag_line(serve->arena, &serve->diags.v[i]));
	for (size_t i = 0; i < n; i++)
		printf("D %s %s\n", v[i].id, v[i].difference->id);
}

/* One root after the other, as differential tests want it. */
static int
answer(struct conf_options options)
{
	static const char *const files[] = {"/etc/xinetd.conf", NULL};
	char path[4096];

	options.files = files;
	options.differences = true;
	while (fgets(path, sizeof(path), stdin)) {
		auto_root root = {0};
		struct arena *arena = arena_new();
		struct conf_lookup lookup;
		struct serve *serve = NULL;
		struct err err;

		path[strcspn(path, "\n")] = 0;
		if (root_open(&root, path, &err) < 0)
			return 2;
		lookup = conf_lookup_root(&root, arena);
		options.root = &root;
		options.lookup = &lookup;
		if (conf_load(&options, &serve, &err) == 0)
			print_sockets(serve);
		else
			printf("E %s\n", err.text);
		putchar('\n');
		fflush(stdout);
		serve_free(serve);
		arena_free(arena);
	}
	return 0;
}

static int
measure(const struct conf_options *options, int times)
{
	struct serve *serve = NULL;
	struct timespec from, to;
	struct err err;
	double best = 1e9;

	for (int i = 0; i < times; i++) {
		double ms;

		clock_gettime(CLOCK_MONOTONIC, &from);
		if (conf_load(options, &serve, &err) < 0)
			return 2;
		clock_gettime(CLOCK_MONOTONIC, &to);
		ms = (double)(to.tv_sec - from.tv_sec) * 1e3 +
		     (double)(to.tv_nsec - from.tv_nsec) / 1e6;
		best = ms < best ? ms : best;
		if (i == times - 1)
			printf("%zu services, %.2f ms, %zu bytes\n", serve->n, best,
			       arena_used(serve->arena));
		serve_free(serve);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	auto_root root = {0};
	struct conf_options options = {
		.root = &root, .lookup = &conf_lookup_live, .privileged = true};
	const char *top = "/";
	struct arena *arena = arena_new();
	struct conf_lookup lookup;
	struct serve *serve;
	struct err err;
	int option, times = 0;

	while ((option = getopt(argc, argv, "r:st:")) != -1)
		if (option == 'r')
			top = optarg;
		else if (option == 's')
			return answer(options);
		else
			times = (int)strtol(optarg, NULL, 10);
	options.files = (const char *const *)argv + optind;
	if (root_open(&root, top, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	if (strcmp(top, "/") != 0) {
		lookup = conf_lookup_root(&root, arena);
		options.lookup = &lookup;
	}
	if (times)
		return measure(&options, times);
	if (conf_load(&options, &serve, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	print(serve);
	serve_free(serve);
	arena_free(arena);
	return 0;
}
