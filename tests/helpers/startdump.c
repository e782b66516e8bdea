/*
 * startdump [--root DIR] [--mechanism M] [--all] [--repeat N]: what start readers find, one record
 * a line, tab-separated: mechanism name enabled when state file:line exe ports; --all adds user,
 * command, unit, activates, pidfile, switch file, off and note. Diagnostics go to stderr. --repeat
 * reads N times and prints the time of one reading instead (for bench).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "start/services.h"
#include "start/start.h"

static void
field(const char *text)
{
	putchar('\t');
	for (text = text ? text : "-"; *text; text++)
		putchar((unsigned char)*text < ' ' ? '?' : *text);
}

static void
print_ports(const struct start *start)
{
	char buf[NET_ADDR_TEXT];

	putchar('\t');
	if (!start->n_ports)
		putchar('-');
	for (uint32_t i = 0; i < start->n_ports; i++) {
		const struct start_port *port = &start->ports[i];

		printf("%s", i ? "," : "");
		if (port->addr.family == AF_INET6)
			printf("[%s]:", net_addr_text(&port->addr, buf));
		else if (port->addr.family)
			printf("%s:", net_addr_text(&port->addr, buf));
		if (port->path)
			printf("%s", port->path);
		else if (port->rpc_program)
			printf("rpc%u", port->rpc_program);
		else
			printf("%u", port->port);
		printf("/%s", net_proto_name(port->proto));
		if (port->device)
			printf("%%%s", port->device);
	}
}

static void
print_command(const struct start *start)
{
	putchar('\t');
	if (!start->command)
		putchar('-');
	for (const char **word = start->command; word && *word; word++)
		printf("%s%s", word == start->command ? "" : " ", *word);
}

static void
print_start(const struct start *start, bool all)
{
	printf("%s", start->mechanism);
	field(start->name);
	field(start->enabled ? start->dormant ? "dormant" : "enabled" : "off");
	field(start_when_name(start->when));
	field(start->state);
	field(start->file);
	if (start->line)
		printf(":%u", start->line);
	field(start->exe);
	print_ports(start);
	if (all) {
		field(start->user);
		print_command(start);
		field(start->unit);
		field(start->activates);
		field(start->pidfile);
		field(start->switch_file);
		field(start->off);
		field(start->note);
	}
	putchar('\n');
}

static void
read_once(const struct root *root, const char *mechanism, bool print, bool all)
{
	struct arena *arena = arena_new();
	struct diags diags = diags_of(arena);
	struct start_list list = {0};
	struct start_ctx ctx = {
		.root = root,
		.arena = arena,
		.diags = &diags,
		.services = services_read(root, arena, &diags),
		.init = start_init(root, arena),
		.out = &list,
	};

	start_read_all(&ctx, mechanism);
	for (size_t i = 0; print && i < diags.n; i++)
		fprintf(stderr, "%s\n", diag_line(arena, &diags.v[i]));
	for (size_t i = 0; print && i < list.n; i++)
		print_start(list.v[i], all);
	arena_free(arena);
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"root", required_argument, NULL, 'r'},
		{"mechanism", required_argument, NULL, 'm'},
		{"all", no_argument, NULL, 'a'},
		{"repeat", required_argument, NULL, 'n'},
		{0},
	};
	const char *path = "/", *mechanism = NULL;
	struct timespec from, to;
	auto_root root = {0};
	bool all = false;
	long repeat = 0;
	struct err err;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'r')
			path = optarg;
		else if (c == 'm')
			mechanism = optarg;
		else if (c == 'a')
			all = true;
		else if (c == 'n')
			repeat = strtol(optarg, NULL, 10);
		else
			return 2;
	}
	if (root_open(&root, path, &err) < 0) {
		fprintf(stderr, "startdump: %s\n", err.text);
		return 2;
	}
	if (!repeat) {
		read_once(&root, mechanism, true, all);
		return 0;
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (long i = 0; i < repeat; i++)
		read_once(&root, mechanism, false, false);
	clock_gettime(CLOCK_MONOTONIC, &to);
	printf("%.3f ms\n", ((double)(to.tv_sec - from.tv_sec) * 1e3 +
			     (double)(to.tv_nsec - from.tv_nsec) / 1e6) /
				    (double)repeat);
	return 0;
}
