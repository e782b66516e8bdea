/*
 * accessdump ROOT: who may use what, by xinetd.conf of the machine in ROOT, which we enter for the
 * answers of its /etc. Reads addresses from standard input, one a line, up to an empty one, and
 *prints
 *
 *	R ROW              each row of the list of differences from xinetd there is
 *	E FILE:LINE...     what is said about the configuration
 *	D ID ROW           the differences of a service
 *	A ID +-?...        what each client is answered: + may, - may not, in the order of the
 *addresses
 *
 * and an empty line. Then it waits for the next addresses and reads the configuration again. With
 * access_times: "T ID" and the windows as FROM-TO/DAYS, minutes of the day.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "access/access.h"
#include "conf/conf.h"

#define MOST_CLIENTS 1024
#define MOST_ADDRESSES 64

static const char *const files[] = {"/etc/xinetd.conf", NULL};

static socklen_t
sockaddr_of(const struct net_addr *addr, struct sockaddr_storage *ret)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

	memset(ret, 0, sizeof(*ret));
	if (addr->family == AF_INET) {
		memcpy(&v4.sin_addr, addr->bytes, sizeof(v4.sin_addr));
		memcpy(ret, &v4, sizeof(v4));
		return sizeof(v4);
	}
	memcpy(&v6.sin6_addr, addr->bytes, sizeof(v6.sin6_addr));
	memcpy(ret, &v6, sizeof(v6));
	return sizeof(v6);
}

/* The resolver's rule: the name must lead back to the address. */
static void
ask_name(struct access_client *client, char host[NI_MAXHOST])
{
	struct net_addr found[MOST_ADDRESSES];
	struct sockaddr_storage ss;
	socklen_t n = sockaddr_of(&client->addr, &ss);
	size_t n_found;

	client->name_is = ACCESS_UNKNOWN;
	if (getnameinfo((struct sockaddr *)&ss, n, host, NI_MAXHOST, NULL, 0, NI_NAMEREQD))
		return;
	n_found = conf_lookup_live.host(NULL, host, found, MOST_ADDRESSES);
	for (size_t i = 0; i < n_found; i++)
		if (net_addr_is(&found[i], &client->addr)) {
			client->name_is = ACCESS_KNOWN;
			client->name = host;
			return;
		}
	client->liar = true;
}

static char
decide(const struct service *s, const struct net_addr *addr)
{
	struct access_client client = {.addr = *addr};
	struct access_verdict verdict;
	char host[NI_MAXHOST];

	if (!s->access)
		return '+';
	access_decide(s->access, NULL, &client, &verdict);
	if (verdict.answer == ACCESS_NEED_NAME) {
		ask_name(&client, host);
		access_decide(s->access, NULL, &client, &verdict);
	}
	return verdict.answer == ACCESS_ALLOW ? '+' : verdict.answer == ACCESS_DENY ? '-' : '?';
}

static void
dump_service(const struct service *s, const struct net_addr *clients, size_t n)
{
	const struct service_limits *l = &s->limits;

	printf("A %s ", s->id);
	for (size_t i = 0; i < n; i++)
		putchar(decide(s, &clients[i]));
	putchar('\n');
	if (!l->n_windows)
		return;
	printf("T %s", s->id);
	for (uint32_t i = 0; i < l->n_windows; i++)
		printf(" %u-%u/%x", l->windows[i].from, l->windows[i].to, l->windows[i].days);
	putchar('\n');
}

static void
dump(const struct conf_options *options, const struct net_addr *clients, size_t n)
{
	const struct conf_differs *v;
	struct serve *serve;
	struct err err;
	size_t n_differs;

	for (const struct conf_front *const *f = conf_fronts; *f; f++)
		for (const struct conf_difference *d = (*f)->differences; d && d->id; d++)
			printf("R %s\n", d->id);
	if (conf_load(options, &serve, &err) < 0) {
		printf("E %s\n", err.text);
		return;
	}
	for (size_t i = 0; i < serve->diags.n; i++)
		printf("E %s\n", diag_line(serve->arena, &serve->diags.v[i]));
	n_differs = conf_differences(serve, &v);
	for (size_t i = 0; i < n_differs; i++)
		printf("D %s %s\n", v[i].id, v[i].difference->id);
	for (size_t i = 0; i < serve->n; i++)
		dump_service(serve->v[i], clients, n);
	serve_free(serve);
}

int
main(int argc, char **argv)
{
	static struct net_addr clients[MOST_CLIENTS];
	struct conf_options options = {.lookup = &conf_lookup_live,
				       .privileged = true,
				       .no_wrap = true,
				       .files = files,
				       .differences = true};
	auto_root root = {0};
	size_t n = 0;
	char line[128];
	struct err err;

	if (argc != 2 || chroot(argv[1]) < 0 || chdir("/") < 0 || root_open(&root, "/", &err) < 0) {
		fprintf(stderr, "usage: accessdump ROOT, as root\n");
		return 2;
	}
	options.root = &root;
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0]) {
			if (n == MOST_CLIENTS || !net_addr_parse(span_of(line), &clients[n++]))
				return 2;
			continue;
		}
		dump(&options, clients, n);
		printf("\n");
		fflush(stdout);
		n = 0;
	}
	return 0;
}
