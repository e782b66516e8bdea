/*
 * tcpdmatch [-d] [-i FILE] DAEMON[@SERVER] [USER@]CLIENT: what hosts.allow and hosts.deny would
 * say (WRAP-13). Nothing is done, nobody is asked: a client given by its address has no name that
 * could be had, one given by name has all its addresses tried. See tcpdmatch(8).
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/wrapped.h"
#include "net/sockaddr.h"
#include "wrap/facts.h"

enum { ADDRESSES = 32 };

/* One end as given: its name, or its addresses, or both. */
struct given {
	const char *name; /* NULL = none */
	bool paranoid;
	struct net_addr addrs[ADDRESSES]; /* family 0: not known */
	size_t n;
};

static bool
look_up(const char *name, struct given *ret)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *list;

	if (getaddrinfo(name, NULL, &hints, &list) != 0)
		return false;
	for (const struct addrinfo *at = list; at && ret->n < ADDRESSES; at = at->ai_next) {
		struct sockaddr_storage ss = {0};
		uint16_t port;

		if (at->ai_addrlen > sizeof(ss))
			continue;
		memcpy(&ss, at->ai_addr, at->ai_addrlen);
		if (net_sockaddr_read(&ss, &ret->addrs[ret->n], &port))
			ret->n++;
	}
	freeaddrinfo(list);
	return ret->n > 0;
}

static bool
understand(const char *text, struct given *ret)
{
	struct span span = span_of(text);

	*ret = (struct given){.n = 0};
	if (span.n > 2 && span.p[0] == '[' && span.p[span.n - 1] == ']')
		span = (struct span){span.p + 1, span.n - 2};
	ret->paranoid = strcasecmp(text, "paranoid") == 0;
	if (ret->paranoid || strcasecmp(text, "unknown") == 0) {
		ret->n = 1;
		return true;
	}
	if (net_addr_parse(span, &ret->addrs[0])) {
		ret->addrs[0] = net_addr_unmap(&ret->addrs[0]);
		ret->n = 1;
		return true;
	}
	ret->name = text;
	return look_up(text, ret);
}

static void
fact_none(void *data, struct access_client *client)
{
}

/* As if every command succeeded. */
static int
fact_command(void *data, const struct access_client *client, const char *command)
{
	*(const char **)data = command;
	return 0;
}

static void
print_end(const char *which, const char *name, const struct net_addr *addr)
{
	char text[NET_ADDR_TEXT];

	if (name)
		printf("%s   hostname %s\n", which, name);
	if (addr->family)
		printf("%s   address  %s\n", which, net_addr_text(addr, text));
}

static void
print_verdict(struct wrapped *w, const struct access_verdict *verdict, const char *command)
{
	const char *access = verdict->answer == ACCESS_ALLOW ? "granted" : "denied";

	if (verdict->file) {
		struct access_rule rule = access_rule_at(w->access, verdict->rule, w->arena);

		printf("matched:  %s line %u\n", rule.file, rule.line);
		for (const char **option = rule.options; *option; option++)
			printf("option:   %s\n", *option);
		if (verdict->n_actions &&
		    verdict->actions[verdict->n_actions - 1].kind == ACTION_TWIST)
			access = "delegated";
	}
	if (verdict->difference)
		printf("note:     %s; libwrap may let the client in (%s)\n", verdict->why,
		       verdict->difference);
	if (command)
		printf("note:     if this command succeeds: %s\n", command);
	printf("access:   %s\n", access);
}

static void
predict(struct wrapped *w, const char *daemon, const struct given *server,
	const struct given *given, size_t i, const char *user)
{
	static const struct wrap_facts facts = {fact_none, fact_none, fact_none, fact_command};
	struct access_client client = {
		.addr = given->addrs[i],
		.local = server->addrs[0],
		.name_is = given->name ? ACCESS_KNOWN : ACCESS_UNKNOWN,
		.name = given->name,
		.liar = given->paranoid,
		.local_name_is = server->name ? ACCESS_KNOWN : ACCESS_UNKNOWN,
		.local_name = server->name,
		.user_is = user ? ACCESS_KNOWN : ACCESS_UNKNOWN,
		.user = user,
	};
	struct access_verdict verdict;
	const char *command = NULL;

	print_end("client:", given->paranoid ? "paranoid" : given->name, &client.addr);
	if (user)
		printf("client:   username %s\n", user);
	print_end("server:", server->name, &client.local);
	printf("server:   process  %s\n", daemon);
	wrap_decide(w->access, daemon, &client, &facts, &command, &verdict);
	print_verdict(w, &verdict, command);
	if (i + 1 < given->n)
		putchar('\n');
}

static void
judge_daemon(const struct wrapped *w, const char *daemon)
{
	for (size_t i = 0; i < w->lint.n_daemons; i++)
		if (strcasecmp(daemon, w->lint.daemons[i].name) == 0)
			return;
	for (size_t i = 0; i < w->lint.n_daemons; i++)
		if (w->lint.daemons[i].service &&
		    strcasecmp(daemon, w->lint.daemons[i].service) == 0) {
			fprintf(stderr,
				"warning: %s: this is the service's name; its process is %s\n",
				daemon, w->lint.daemons[i].name);
			return;
		}
	if (w->lint.n_daemons)
		fprintf(stderr, "warning: %s: no such process name in %s\n", daemon, w->lint.where);
}

static int
usage(void)
{
	fputs("usage: tcpdmatch [-d] [-i inet_conf] daemon[@host] [user@]host\n"
	      "\t-d: use allow/deny files in current directory\n"
	      "\t-i: location of inetd.conf or xinetd.conf file\n",
	      stderr);
	return 2;
}

/* "a@b": the host behind the last '@'. */
static char *
cut_host(char *text)
{
	char *at = strrchr(text, '@');

	if (at)
		*at = '\0';
	return at ? at + 1 : NULL;
}

static int
match(struct wrapped *w, char *daemon, char *client)
{
	char *server_text = cut_host(daemon), *host = cut_host(client);
	struct given server = {.n = 0}, given;

	judge_daemon(w, daemon);
	if (server_text && !understand(server_text, &server)) {
		fprintf(stderr, "error: %s: host not found\n", server_text);
		return 1;
	}
	if (!understand(host ? host : client, &given)) {
		fprintf(stderr, "error: %s: host not found\n", host ? host : client);
		return 1;
	}
	if (server.n > 1) {
		fprintf(stderr, "error: %s has more than one address: give one\n", server_text);
		return 1;
	}
	for (size_t i = 0; i < w->diags.n; i++)
		fprintf(stderr, "%s\n", diag_line(w->arena, &w->diags.v[i]));
	for (size_t i = 0; i < given.n; i++)
		predict(w, daemon, &server, &given, i, host ? client : NULL);
	return fflush(stdout) == 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct wrapped_options options = {0};
	struct wrapped wrapped;
	int c, status = 1;

	if (fd_assure_standard() < 0)
		return 1;
	while ((c = getopt(argc, argv, "di:")) >= 0) {
		if (c == 'd')
			options.here = true;
		else if (c == 'i')
			options.config = optarg;
		else
			return usage();
	}
	if (argc - optind != 2)
		return usage();
	if (wrapped_open(&wrapped, &options, "tcpdmatch"))
		status = match(&wrapped, argv[optind], argv[optind + 1]);
	wrapped_close(&wrapped);
	return status;
}
