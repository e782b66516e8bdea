/* POL-8: the seed's worked example, a desktop with a printer in a LAN with Windows machines. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/fd.h"
#include "judge/judge.h"
#include "listing/listing.h"

static const struct {
	const char *name;
	uint16_t port;
	bool keep;
} doors[] = {
	{"x11", 6000, true},   {"printer", 515, true}, {"netbios-ssn", 139, true},
	{"ssh", 22, true},     {"exec", 512, false},   {"login", 513, false},
	{"shell", 514, false}, {"time", 37, false},    {"http", 80, false},
	{"domain", 53, false}, {"auth", 113, false},   {"telnet", 23, false},
	{"finger", 79, false}, {"sunrpc", 111, false}, {"ftp", 21, false},
	{"smtp", 25, false},   {"1694", 1694, false},
};

static bool
port_of(const void *data, const char *name, enum net_proto proto, uint16_t *ret)
{
	for (size_t i = 0; i < COUNT_OF(doors); i++)
		if (text_is(doors[i].name, name)) {
			*ret = doors[i].port;
			return true;
		}
	return false;
}

static bool
is_kept(uint32_t port)
{
	for (size_t i = 0; i < COUNT_OF(doors); i++)
		if (doors[i].port == port)
			return doors[i].keep;
	fail_msg("port %u is not in the example", port);
	return false;
}

static void
bigcat_comes_out_as_the_seed_decides(void **state)
{
	static const char facts[] =
		"Role: desktop\nFacts: printer ms-hosts remote-login packet-filter\n";
	static const struct listing_names names = {port_of, NULL};
	struct arena *arena = arena_new();
	struct audit audit = {
		.arena = arena, .diags = diags_of(arena), .process_by_pid = map_of(arena)};
	auto_fd fd = open(BIGCAT, O_RDONLY | O_CLOEXEC);
	struct judge_ctx judge = {.audit = &audit};
	struct span text;

	assert_int_equal(fd_read_all(fd, arena, 65536, &text), 0);
	listing_read(&audit, "services.lst", text, &names, false);
	assert_int_equal(audit.listeners.n, 18);
	policy_parse(arena, &audit.diags, "policy", SPAN(facts), &audit.policy);
	assert_int_equal(audit.diags.count[DIAG_ERROR], 0);
	judge.catalog = catalog_builtin(arena, &audit.diags);
	judge_audit(&judge);
	for (size_t i = 0; i < audit.listeners.n; i++) {
		const struct listener *l = audit.listeners.v[i];
		bool kept = l->verdict != VERDICT_DISABLE && l->verdict != VERDICT_REMOVE;

		if (kept != is_kept(l->port))
			fail_msg("port %u (%s): %s", l->port, l->service ? l->service : "unknown",
				 verdict_name(l->verdict));
	}
	arena_free(arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bigcat_comes_out_as_the_seed_decides),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
