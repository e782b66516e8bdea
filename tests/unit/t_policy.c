/* The policy file: facts, needs, exceptions, and what is wrong in it with its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog/catalog.h"

struct run {
	struct arena *arena;
	struct diags diags;
	struct policy policy;
};

static void
parse(struct run *run, const char *text)
{
	run->arena = arena_new();
	run->diags = diags_of(run->arena);
	policy_parse(run->arena, &run->diags, "policy", span_of(text), &run->policy);
}

static void
says(struct run *run, size_t i, const char *line)
{
	assert_true(i < run->diags.n);
	assert_string_equal(diag_line(run->arena, &run->diags.v[i]), line);
}

static void
facts_are_true_false_or_unsaid(void **state)
{
	struct run run;

	parse(&run, "# mine\nRole: server\nFacts: mx no printer\n lan-mail\n");
	assert_int_equal(run.diags.n, 0);
	assert_string_equal(run.policy.role, "server");
	assert_int_equal(policy_fact(&run.policy, "mx"), FACT_YES);
	assert_int_equal(policy_fact(&run.policy, "lan-mail"), FACT_YES);
	assert_int_equal(policy_fact(&run.policy, "printer"), FACT_NO);
	assert_int_equal(policy_fact(&run.policy, "nis"), FACT_UNSAID);
	assert_int_equal(policy_fact(&run.policy, "server"), FACT_YES);
	assert_string_equal(run.policy.facts[0], "lan-mail"); /* sorted */
	arena_free(run.arena);
}

static void
needs_have_all_their_fields(void **state)
{
	struct run run;
	const struct policy_need *need;

	parse(&run, "Need: sshd\nPort: 22/tcp\nAddress: 10.0.0.0/8\nWorld: no\nException: yes\n"
		    "Reason: the backup host\n logs in\nOwner: anna\nExpires: 2028-02-29\n"
		    "\n"
		    "Need: *\nPort: 9000/udp\nWorld: yes\n");
	assert_int_equal(run.diags.n, 0);
	assert_int_equal(run.policy.n_needs, 2);
	need = &run.policy.needs[0];
	assert_string_equal(need->service, "sshd");
	assert_true(need->has_port && need->proto == NET_TCP && need->port == 22);
	assert_string_equal(need->address, "10.0.0.0/8");
	assert_string_equal(need->reason, "the backup host logs in");
	assert_string_equal(need->owner, "anna");
	assert_string_equal(need->expires, "2028-02-29");
	assert_true(need->exception && !need->world);
	assert_int_equal(need->line, 1);
	need = &run.policy.needs[1];
	assert_true(need->world && need->proto == NET_UDP && need->port == 9000);
	assert_int_equal(need->line, 11);
	arena_free(run.arena);
}

static void
errors_name_place_and_near_word(void **state)
{
	struct run run;

	parse(&run, "Role: sever\n"
		    "Facts: mx printr no\n"
		    "\n"
		    "Need: sshd\n"
		    "Prot: 22/tcp\n"
		    "Port: ssh\n"
		    "Address: everywhere\n"
		    "World: maybe\n"
		    "Expires: 2027-02-29\n");
	says(&run, 0,
	     "policy:1:7: error: unknown role \"sever\" (desktop, gateway, laptop, server) - did "
	     "you mean \"server\"?");
	says(&run, 1, "policy:2:11: error: unknown fact \"printr\" - did you mean \"printer\"?");
	says(&run, 2, "policy:2:18: error: a fact is missing behind \"no\"");
	says(&run, 3, "policy:5:1: error: unknown field \"Prot\" - did you mean \"Port\"?");
	says(&run, 4, "policy:6:7: error: port \"ssh\": write 22/tcp");
	says(&run, 5,
	     "policy:7:10: error: address \"everywhere\": write an address, a network "
	     "(10.0.0.0/8), loopback, link or private");
	says(&run, 6, "policy:8:8: error: \"maybe\": write yes or no");
	says(&run, 7, "policy:9:10: error: \"2027-02-29\" is not a date: write 2027-01-31");
	assert_int_equal(run.diags.n, 8);
	assert_int_equal(run.policy.n_needs, 0); /* nothing half understood is a need */
	assert_null(run.policy.role);
	assert_int_equal(policy_fact(&run.policy, "mx"), FACT_YES);
	arena_free(run.arena);
}

static void
dangerous_needs_are_refused(void **state)
{
	struct run run;

	parse(&run, "Need: *\n\nNeed: telnet\nException: yes\n\nPort: 1/tcp\n\n"
		    "Facts: mx no mx\n");
	says(&run, 0,
	     "policy:1:1: error: \"Need: *\" would allow everything: add a field \"Port\"");
	says(&run, 1, "policy:3:1: error: an exception needs a field \"Reason\"");
	says(&run, 2, "policy:6:1: error: the stanza has no field \"Need\"");
	says(&run, 3, "policy:8:14: error: fact \"mx\" is stated to be true and false");
	assert_int_equal(run.policy.n_needs, 0);
	arena_free(run.arena);
}

/* POL-14: a clean record is no reason to keep a service; there is no such word to say. */
static void
clean_history_is_no_fact(void **state)
{
	static const char *const words[] = {"no-known-vulnerability", "secure", "patched", "no-cve",
					    "never-attacked"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		struct run run;
		char text[64];

		snprintf(text, sizeof(text), "Facts: %s\n", words[i]);
		parse(&run, text);
		assert_int_equal(run.diags.count[DIAG_ERROR], 1);
		assert_null(run.policy.facts[0]);
		arena_free(run.arena);
	}
}

static void
empty_and_hostile_texts_are_empty_policies(void **state)
{
	struct run run;

	parse(&run, "");
	assert_int_equal(run.diags.n, 0);
	assert_non_null(run.policy.facts);
	assert_non_null(run.policy.denied);
	assert_null(run.policy.facts[0]);
	arena_free(run.arena);

	run.arena = arena_new();
	run.diags = diags_of(run.arena);
	policy_parse(run.arena, &run.diags, "policy",
		     SPAN("Facts: m\0x mx\0\0\0zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz\nRole:\nNeed"),
		     &run.policy);
	assert_int_equal(run.diags.count[DIAG_ERROR], 4);
	assert_null(run.policy.facts[0]);
	arena_free(run.arena);
}

/* AUD-21: a need may use any name of the service. */
static void
needs_get_the_catalogs_names(void **state)
{
	struct run run;
	struct catalog *catalog;

	parse(&run, "Need: ssh\nPort: 22/tcp\n\nNeed: apache2\n\nNeed: sshx\n\nNeed: *\nPort: "
		    "9/tcp\n");
	catalog = catalog_builtin(run.arena, &run.diags);
	policy_resolve(&run.policy, catalog, &run.diags);
	assert_int_equal(run.policy.n_needs, 4);
	assert_string_equal(run.policy.needs[0].service, "sshd");
	assert_string_equal(run.policy.needs[1].service, "http");
	assert_string_equal(run.policy.needs[3].service, "*");
	assert_int_equal(run.diags.n, 1);
	says(&run, 0,
	     "policy:6: warning: the catalog knows no service \"sshx\": this need covers nothing "
	     "- did you mean \"sshd\"?");
	arena_free(run.arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_are_true_false_or_unsaid),
		cmocka_unit_test(needs_have_all_their_fields),
		cmocka_unit_test(errors_name_place_and_near_word),
		cmocka_unit_test(dangerous_needs_are_refused),
		cmocka_unit_test(clean_history_is_no_fact),
		cmocka_unit_test(needs_get_the_catalogs_names),
		cmocka_unit_test(empty_and_hostile_texts_are_empty_policies),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
