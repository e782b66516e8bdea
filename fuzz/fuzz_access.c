/*
 * The languages of access: hosts.allow and hosts.deny, and xinetd's lists. Whatever the text, no
 * crash, and: an index changes no answer; a rule added at the top of hosts.deny, or an item of
 * no_access, never lets more in; and nobody whom a fault refuses is let in by another fault.
 *
 * Input: two bytes that choose the client, then hosts.allow, a NUL, hosts.deny; for the lists: the
 * items of only_from, a NUL, those of no_access.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access/lint.h"
#include "access/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TURNS = 64, TEXT_BYTES = 8192, ITEMS = 256 };

static struct access_client
client_of(unsigned pick)
{
	static const char *const addrs[] = {"10.1.1.1",    "10.1.2.1",         "192.168.4.10",
					    "2001:db8::5", "::ffff:10.1.1.12", "0.0.0.0",
					    "fe80::1",     "255.255.255.255",  NULL};
	static const char *const names[] = {NULL, "a.example.com", "host", "paranoid"};
	const char *addr = addrs[pick % COUNT_OF(addrs)];
	const char *name = names[pick / COUNT_OF(addrs) % COUNT_OF(names)];
	struct access_client client = {
		.local_port = 23, .port = 1023, .local_name = "srv.example.com", .user = "joe"};

	if (addr && !net_addr_parse(span_of(addr), &client.addr))
		abort();
	client.liar = name && strcmp(name, "paranoid") == 0;
	client.name = client.liar ? NULL : name;
	if (!net_addr_parse(span_of("10.9.9.9"), &client.local))
		abort();
	return client;
}

/* What is asked is answered; every command says the same. */
static struct access_verdict
decide(const struct access *access, unsigned pick, int status)
{
	struct access_client client = client_of(pick);
	struct access_verdict verdict;

	for (int turn = 0; turn < TURNS; turn++) {
		access_decide(access, pick & 0x8000 ? "sshd" : "in.ftpd", &client, &verdict);
		switch (verdict.answer) {
		case ACCESS_NEED_NAME:
			client.name_is = client.name ? ACCESS_KNOWN : ACCESS_UNKNOWN;
			break;
		case ACCESS_NEED_LOCAL_NAME:
			client.local_name_is = ACCESS_KNOWN;
			break;
		case ACCESS_NEED_USER:
			client.user_is = pick & 0x4000 ? ACCESS_KNOWN : ACCESS_UNKNOWN;
			break;
		case ACCESS_NEED_COMMAND:
			client.ran_is = ACCESS_KNOWN;
			client.ran_rule = verdict.rule;
			client.ran_status = status;
			break;
		default:
			return verdict;
		}
	}
	verdict.answer = ACCESS_NEED_COMMAND; /* too many commands: nothing is said about it */
	return verdict;
}

static void
must_be(bool yes, const char *what)
{
	if (yes)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static void
walk(struct arena *arena, const struct access *access, unsigned pick)
{
	static const struct access_daemon daemons[] = {{"in.ftpd", "ftp"}, {"sshd", NULL}};
	const struct access_lint lint = {daemons, COUNT_OF(daemons), "inetd.conf", true, NULL};
	struct diags diags = diags_of(arena);
	struct access_client client = client_of(pick);
	struct access_verdict verdict, explained;
	struct access_step *steps;

	access_lint(access, &lint, &diags);
	for (uint32_t i = 0; i < access_rules(access); i++)
		access_rule_at(access, i, arena);
	access_decide(access, "sshd", &client, &verdict);
	access_explain(access, "sshd", &client, arena, &steps, &explained);
	must_be(verdict.answer == explained.answer && verdict.line == explained.line,
		"explain says what decide does");
	for (uint32_t i = 0; i < verdict.n_actions; i++)
		if (verdict.actions[i].text)
			access_expand(arena, verdict.actions[i].text, "sshd", &client, 1);
}

static bool
same(const struct access_verdict *a, const struct access_verdict *b)
{
	return a->answer == b->answer && a->rule == b->rule && a->file == b->file;
}

static void
hosts(struct arena *arena, const struct root *root, struct span allow, struct span deny,
      unsigned pick)
{
	static const char *const more[] = {"ALL: 10.1.1.\n", "sshd: ALL\n", "ALL: 10.1.1\n",
					   "ALL: .example.com\n", "ALL ALL\n"};
	struct diags diags = diags_of(arena);
	struct access *access = access_of_text(arena, &diags, root, allow, deny), linear = *access;
	struct access_verdict verdict = decide(access, pick, pick & 1), other;
	const char *first = more[pick / 7 % COUNT_OF(more)];
	char *with;

	linear.index = NULL;
	other = decide(&linear, pick, pick & 1);
	must_be(same(&verdict, &other), "with and without an index: the same");
	walk(arena, access, pick);
	with = arena_printf(arena, "%s%.*s", first, SPAN_ARG(deny));
	/* A NUL ends the printf; and a rule of the index may not be there for commands. */
	if (strlen(with) != strlen(first) + deny.n || verdict.answer != ACCESS_DENY)
		return;
	access = access_of_text(arena, &diags, root, allow, span_of(with));
	other = decide(access, pick, pick & 1);
	must_be(other.answer != ACCESS_ALLOW, "a rule more in hosts.deny lets nobody in");
}

static uint32_t
items_of(struct arena *arena, struct span text, struct access_item ret[ITEMS])
{
	uint32_t n = 0;
	struct span word;

	for (; n < ITEMS - 1 && (word = span_word(&text)).n; n++)
		ret[n] = (struct access_item){span_dup(arena, word), "xinetd.conf", n + 1, 1};
	return n;
}

static void
lists(struct arena *arena, const struct root *root, struct span only, struct span no, unsigned pick)
{
	struct access_item only_from[ITEMS], no_access[ITEMS];
	struct diags diags = diags_of(arena);
	struct access_lists of = {.only_from = only_from, .no_access = no_access};
	struct access *access;
	struct access_verdict verdict, other;

	of.n_only_from = items_of(arena, only, only_from);
	of.n_no_access = items_of(arena, no, no_access);
	of.has_only_from = pick & 1;
	access = access_of_lists(arena, arena, &diags, &of);
	if (!access)
		return;
	verdict = decide(access, pick, 0);
	/* The more precise item wins, in xinetd: only the same one again must refuse. */
	if (verdict.answer != ACCESS_ALLOW || !of.n_only_from)
		return;
	memcpy(&no_access[0], only_from, sizeof(no_access[0]) * of.n_only_from);
	of.n_no_access = of.n_only_from;
	access = access_of_lists(arena, arena, &diags, &of);
	if (!access || !of.has_only_from)
		return;
	other = decide(access, pick, 0);
	must_be(other.answer != ACCESS_ALLOW, "refused as precisely as allowed: refused");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* No machine: no file, no account, no netgroup is looked at. */
	const struct root root = {.fd = -1, .live = false, .path = "/"};
	struct span text = {(const char *)data + 2, size - 2}, first;
	struct arena *arena;
	unsigned pick;

	if (size < 2 || size > TEXT_BYTES)
		return 0;
	arena = arena_new();
	pick = (unsigned)(data[0] | data[1] << 8);
	text = (struct span){arena_dupn(arena, text.p, text.n), text.n};
	first = span_cut(&text, '\0');
	FUZZ_LANGUAGE(arena, &root, first, text, pick);
	if (FUZZ_LANGUAGE == lists)
		(void)hosts;
	else
		(void)lists;
	arena_free(arena);
	return 0;
}
