/*
 * tcpdchk [-a] [-d] [-i FILE] [-v]: what is wrong, and what is hardly meant, in hosts.allow and
 * hosts.deny (WRAP-9, WRAP-10). See tcpdchk(8).
 */
#include <netdb.h>
#include <stdio.h>
#include <unistd.h>

#include "base/fd.h"
#include "cmd/wrapped.h"

static int
usage(void)
{
	fputs("usage: tcpdchk [-a] [-d] [-i inet_conf] [-v]\n"
	      "\t-a: report rules with implicit \"ALLOW\" at end\n"
	      "\t-d: use allow/deny files in current directory\n"
	      "\t-i: location of inetd.conf or xinetd.conf file\n"
	      "\t-v: list all rules\n",
	      stderr);
	return 2;
}

static bool
host_exists(const char *name)
{
	struct addrinfo *list;
	int r = getaddrinfo(name, NULL, NULL, &list);

	if (r == 0)
		freeaddrinfo(list);
	return r != EAI_NONAME; /* what could not be found out is not said */
}

static void
list_rules(struct wrapped *w)
{
	printf("Using network configuration file: %s\n", w->lint.where ? w->lint.where : "(none)");
	for (uint32_t i = 0; i < access_rules(w->access); i++) {
		struct access_rule rule = access_rule_at(w->access, i, w->arena);

		printf("\n>>> Rule %s line %u:\n", rule.file, rule.line);
		printf("daemons:  %s\nclients:  %s\n", rule.daemons, rule.clients);
		for (const char **option = rule.options; *option; option++)
			printf("option:   %s\n", *option);
		printf("access:   %s\n", rule.grants);
	}
}

int
main(int argc, char **argv)
{
	struct wrapped_options options = {0};
	struct wrapped w;
	bool verbose = false, implicit = false;
	int c;

	if (fd_assure_standard() < 0)
		return 1;
	while ((c = getopt(argc, argv, "adi:v")) >= 0) {
		if (c == 'a')
			implicit = true;
		else if (c == 'd')
			options.here = true;
		else if (c == 'i')
			options.config = optarg;
		else if (c == 'v')
			verbose = true;
		else
			return usage();
	}
	if (argc != optind)
		return usage();
	if (!wrapped_open(&w, &options, "tcpdchk"))
		return 2;
	if (verbose)
		list_rules(&w);
	w.lint.implicit = implicit;
	w.lint.host = host_exists;
	access_lint(w.access, &w.lint, &w.diags);
	for (size_t i = 0; i < w.diags.n; i++)
		printf("%s\n", diag_line(w.arena, &w.diags.v[i]));
	c = w.diags.n || fflush(stdout) != 0;
	wrapped_close(&w);
	return c;
}
