/*
 * portdump ROOT MECHANISM...: the sockets that the enabled records of the mechanisms
 * declare, one a line: protocol, family (4, 6, d = both in one), address or "*", port, name.
 * With "-" as ROOT, roots are read from the standard input, an empty line after each answer.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "start/services.h"
#include "start/start.h"

static char
family_of(const struct start_port *port)
{
	return port->family == AF_INET ? '4' : port->family == AF_INET6 ? '6' : 'd';
}

static int
dump(const char *path, char **mechanisms)
{
	auto_root root = {0};
	struct start_list list = {0};
	struct arena *arena = arena_new();
	struct diags diags = diags_of(arena);
	struct start_ctx ctx = {.root = &root, .arena = arena, .diags = &diags, .out = &list};
	char buf[NET_ADDR_TEXT];
	struct err err;

	if (root_open(&root, path, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	ctx.services = services_read(&root, arena, &diags);
	for (; *mechanisms; mechanisms++)
		start_read_all(&ctx, *mechanisms);
	for (size_t i = 0; i < list.n; i++)
		for (uint32_t p = 0; list.v[i]->enabled && p < list.v[i]->n_ports; p++) {
			const struct start_port *port = &list.v[i]->ports[p];

			printf("%s %c %s %u %s\n", net_proto_name(port->proto), family_of(port),
			       port->addr.family ? net_addr_text(&port->addr, buf) : "*",
			       port->port, list.v[i]->name);
		}
	arena_free(arena);
	return 0;
}

int
main(int argc, char **argv)
{
	char path[4096];

	if (argc < 3) {
		fprintf(stderr, "usage: portdump ROOT|- MECHANISM...\n");
		return 2;
	}
	if (strcmp(argv[1], "-") != 0)
		return dump(argv[1], argv + 2);
	while (fgets(path, sizeof(path), stdin)) {
		path[strcspn(path, "\n")] = '\0';
		if (dump(path, argv + 2) != 0)
			return 2;
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}
