/*
 * servedump ROOT DIALECT FILE...: what the super-server would serve of the configuration files FILE
 * of the machine in ROOT, which we enter for the answers of its /etc. One line per socket:
 *
 *	PROTOCOL FAMILY ADDRESS PORT ID  family 4, 6 (also of those that take both); unix sockets
 *	                                 have - and their path
 *	differs FILE LINE ID             where the original does something else with an entry that
 *	                                 is closed, or opened against its way
 *
 * and an empty line at the end. It then waits for a line on its standard input and starts over.
 * DIALECT "-" is found out.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/conf.h"

static const char *
protocol_name(const struct service *service)
{
	return service->protocol == IPPROTO_TCP   ? "tcp"
	       : service->protocol == IPPROTO_UDP ? "udp"
	       : service->protocol                ? "other"
						  : "unix";
}

static void
dump_service(const struct service *service)
{
	char buf[NET_ADDR_TEXT];

	for (uint32_t i = 0; i < service->n_listeners; i++) {
		const struct service_listener *l = &service->listeners[i];

		if (l->path)
			printf("%s - %s 0 %s\n", protocol_name(service), l->path, service->id);
		else
			printf("%s %c %s %u %s\n", protocol_name(service),
			       l->addr.family == AF_INET ? '4' : '6', net_addr_text(&l->addr, buf),
			       l->port, service->id);
	}
}

static void
dump_differences(const struct serve *serve)
{
	const struct conf_differs *rows;
	size_t n = conf_differences(serve, &rows);

	for (size_t i = 0; i < n; i++)
		if (!rows[i].service || text_is(rows[i].difference->id, "inetd-name-46") ||
		    text_is(rows[i].difference->id, "inetd-mixed-addresses"))
			printf("differs %s %u %s\n", rows[i].place.file, rows[i].place.line,
			       rows[i].difference->id);
}

static int
dump(const struct conf_options *options)
{
	struct serve *serve;
	struct err err;

	if (conf_load(options, &serve, &err) < 0) {
		printf("# %s\n\n", err.text);
		fflush(stdout);
		return 0;
	}
	for (size_t i = 0; i < serve->n; i++)
		dump_service(serve->v[i]);
	dump_differences(serve);
	for (size_t i = 0; getenv("DIAGS") && i < serve->diags.n; i++)
		printf("# %s\n", diag_line(serve->arena, &serve->diags.v[i]));
	serve_free(serve);
	putchar('\n');
	return fflush(stdout);
}

int
main(int argc, char **argv)
{
	struct conf_options options = {.lookup = &conf_lookup_live, .differences = true};
	auto_root root = {0};
	char line[64];
	struct err err;

	if (argc < 4) {
		fprintf(stderr, "usage: servedump ROOT DIALECT|- FILE...\n");
		return 2;
	}
	if (strcmp(argv[1], "/") != 0 && (chroot(argv[1]) < 0 || chdir("/") < 0)) {
		perror(argv[1]);
		return 2;
	}
	if (root_open(&root, "/", &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	options.root = &root;
	options.privileged = true;
	options.dialect = strcmp(argv[2], "-") == 0 ? NULL : argv[2];
	options.files = (const char *const *)(argv + 3);
	do {
		if (dump(&options) < 0)
			return 2;
	} while (fgets(line, sizeof(line), stdin));
	return 0;
}
