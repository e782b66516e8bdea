/* The packet filter: nftables' JSON (as nft 1.0.6 prints it) against what nft(8) says happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/attr.h"
#include "inventory/filter.h"

#define TABLE "{\"nftables\": [{\"table\": {\"family\": \"inet\", \"name\": \"f\"}}, "
#define SET                                                                                        \
	"{\"set\": {\"family\": \"inet\", \"name\": \"web\", \"table\": \"f\", "                   \
	"\"type\": \"inet_service\", \"elem\": [80, {\"range\": [1000, 2000]}]}}, "
#define CHAIN(policy)                                                                              \
	"{\"chain\": {\"family\": \"inet\", \"table\": \"f\", \"name\": \"in\", \"type\": "        \
	"\"filter\", \"hook\": \"input\", \"prio\": 0, \"policy\": \"" policy "\"}}, "
#define SUB "{\"chain\": {\"family\": \"inet\", \"table\": \"f\", \"name\": \"sub\"}}, "
#define RULE_IN(chain, expr)                                                                       \
	"{\"rule\": {\"family\": \"inet\", \"table\": \"f\", \"chain\": \"" chain                  \
	"\", \"expr\": [" expr "]}}"
#define RULE(expr) RULE_IN("in", expr)
#define END "]}"

#define DPORT(op, right)                                                                           \
	"{\"match\": {\"op\": \"" op "\", \"left\": {\"payload\": {\"protocol\": \"tcp\", "        \
	"\"field\": \"dport\"}}, \"right\": " right "}}, "
#define LO                                                                                         \
	"{\"match\": {\"op\": \"==\", \"left\": {\"meta\": {\"key\": \"iif\"}}, \"right\": "       \
	"\"lo\"}}, "
#define STATE(state)                                                                               \
	"{\"match\": {\"op\": \"in\", \"left\": {\"ct\": {\"key\": \"state\"}}, \"right\": " state \
	"}}, "
#define FROM_10                                                                                    \
	"{\"match\": {\"op\": \"==\", \"left\": {\"payload\": {\"protocol\": \"ip\", \"field\": "  \
	"\"saddr\"}}, \"right\": {\"prefix\": {\"addr\": \"10.0.0.0\", \"len\": 8}}}}, "
#define LIMIT "{\"limit\": {\"rate\": 3, \"burst\": 5, \"per\": \"second\"}}, "
#define ACCEPT "{\"accept\": null}"
#define DROP "{\"counter\": {\"packets\": 0, \"bytes\": 0}}, {\"drop\": null}"
#define REJECT "{\"reject\": {\"type\": \"tcp reset\"}}"
#define REJECT_6 "{\"reject\": {\"type\": \"icmpv6\", \"expr\": \"port-unreachable\"}}"
#define REJECT_4 "{\"reject\": {\"type\": \"icmp\", \"expr\": \"port-unreachable\"}}"
#define JUMP "{\"jump\": {\"target\": \"sub\"}}"
#define GOTO "{\"goto\": {\"target\": \"sub\"}}"
#define RETURN "{\"return\": null}"

static const struct {
	const char *what, *json;
	uint16_t port;
	uint8_t family;
	enum filter_answer answer;
} cases[] = {
	{"no rules, policy accept", TABLE CHAIN("accept") "{}" END, 22, AF_INET, FILTER_OPEN},
	{"no rules, policy drop", TABLE CHAIN("drop") "{}" END, 22, AF_INET, FILTER_CLOSED},
	{"one port accepted", TABLE CHAIN("drop") RULE(DPORT("==", "22") ACCEPT) END, 22, AF_INET,
	 FILTER_OPEN},
	{"another port", TABLE CHAIN("drop") RULE(DPORT("==", "22") ACCEPT) END, 23, AF_INET,
	 FILTER_CLOSED},
	{"all but one dropped", TABLE CHAIN("accept") RULE(DPORT("!=", "22") DROP) END, 23, AF_INET,
	 FILTER_CLOSED},
	{"all but one dropped, that one", TABLE CHAIN("accept") RULE(DPORT("!=", "22") DROP) END,
	 22, AF_INET, FILTER_OPEN},
	{"range", TABLE CHAIN("drop") RULE(DPORT("==", "{\"range\": [20, 25]}") ACCEPT) END, 25,
	 AF_INET, FILTER_OPEN},
	{"set", TABLE CHAIN("drop") RULE(DPORT("==", "{\"set\": [1, 22]}") ACCEPT) END, 22, AF_INET,
	 FILTER_OPEN},
	{"named set, inside", TABLE SET CHAIN("drop") RULE(DPORT("==", "\"@web\"") ACCEPT) END,
	 1500, AF_INET, FILTER_OPEN},
	{"named set, outside", TABLE SET CHAIN("drop") RULE(DPORT("==", "\"@web\"") ACCEPT) END, 81,
	 AF_INET, FILTER_CLOSED},
	{"loopback only", TABLE CHAIN("drop") RULE(LO ACCEPT) END, 22, AF_INET, FILTER_CLOSED},
	{"established only",
	 TABLE CHAIN("drop") RULE(STATE("[\"established\", \"related\"]") ACCEPT) END, 22, AF_INET,
	 FILTER_CLOSED},
	{"new", TABLE CHAIN("drop") RULE(STATE("\"new\"") ACCEPT) END, 22, AF_INET, FILTER_OPEN},
	{"some sources", TABLE CHAIN("drop") RULE(FROM_10 DPORT("==", "22") ACCEPT) END, 22,
	 AF_INET, FILTER_SOME},
	{"some IPv4 sources, asked for IPv6",
	 TABLE CHAIN("drop") RULE(FROM_10 DPORT("==", "22") ACCEPT) END, 22, AF_INET6,
	 FILTER_CLOSED},
	{"some sources dropped, policy accept",
	 TABLE CHAIN("accept") RULE(FROM_10 DPORT("==", "22") DROP) END, 22, AF_INET, FILTER_OPEN},
	{"rate limit", TABLE CHAIN("drop") RULE(LIMIT DPORT("==", "22") ACCEPT) END, 22, AF_INET,
	 FILTER_OPEN},
	{"reject", TABLE CHAIN("accept") RULE(DPORT("==", "22") REJECT) END, 22, AF_INET,
	 FILTER_CLOSED},
	{"reject of IPv6, asked for IPv4",
	 TABLE CHAIN("accept") RULE(DPORT("==", "22") REJECT_6) END, 22, AF_INET, FILTER_OPEN},
	{"reject of IPv6, asked for IPv6",
	 TABLE CHAIN("accept") RULE(DPORT("==", "22") REJECT_6) END, 22, AF_INET6, FILTER_CLOSED},
	{"reject of IPv4, asked for IPv6",
	 TABLE CHAIN("accept") RULE(DPORT("==", "22") REJECT_4) END, 22, AF_INET6, FILTER_OPEN},
	{"first rule wins",
	 TABLE CHAIN("accept") RULE(DPORT("==", "22") ACCEPT) ", " RULE(DROP) END, 22, AF_INET,
	 FILTER_OPEN},
	{"jump, and back",
	 TABLE CHAIN("drop") SUB RULE_IN("sub", DPORT("==", "22") RETURN) ", " RULE_IN(
		 "sub", DROP) ", " RULE(JUMP) ", " RULE(DPORT("==", "22") ACCEPT) END,
	 22, AF_INET, FILTER_OPEN},
	{"jump, dropped there",
	 TABLE CHAIN("accept") SUB RULE_IN("sub", DPORT("==", "22") RETURN) ", " RULE_IN(
		 "sub", DROP) ", " RULE(JUMP) END,
	 23, AF_INET, FILTER_CLOSED},
	{"goto does not come back",
	 TABLE CHAIN("drop")
		 SUB RULE_IN("sub", DPORT("==", "1") ACCEPT) ", " RULE(GOTO) ", " RULE(ACCEPT) END,
	 22, AF_INET, FILTER_CLOSED},
	{"some sources return from a chain that drops",
	 TABLE CHAIN("drop") SUB RULE_IN("sub", FROM_10 RETURN) ", " RULE_IN("sub", DROP) ", " RULE(
		 JUMP) ", " RULE(ACCEPT) END,
	 22, AF_INET, FILTER_SOME},
	{"some sources are dropped in a chain, the rest goes on",
	 TABLE CHAIN("drop") SUB RULE_IN("sub", FROM_10 DROP) ", " RULE(JUMP) ", " RULE(ACCEPT) END,
	 22, AF_INET, FILTER_OPEN},
	{"jump in a circle", TABLE CHAIN("drop") SUB RULE_IN("sub", JUMP) ", " RULE(JUMP) END, 22,
	 AF_INET, FILTER_UNTOLD},
	{"a statement nobody knows", TABLE CHAIN("accept") RULE("{\"frobnicate\": null}") END, 22,
	 AF_INET, FILTER_UNTOLD},
	{"not JSON", "nftables", 22, AF_INET, FILTER_UNTOLD},
};

static void
answers_are_what_nft_does(void **state)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct audit audit = {.arena = arena_new()};
		enum filter_answer answer;

		audit.filter.state = FILTER_PRESENT;
		inventory_filter_parse(&audit, cases[i].json, &audit.filter);
		answer = filter_passes(&audit.filter, NET_TCP, cases[i].family, cases[i].port);
		if (answer != cases[i].answer)
			printf("# %s: %s, should be %s\n", cases[i].what,
			       filter_answer_name(answer), filter_answer_name(cases[i].answer));
		assert_int_equal(answer, cases[i].answer);
		arena_free(audit.arena);
	}
}

static void
without_a_filter_all_is_open(void **state)
{
	struct filter none = {.state = FILTER_NONE}, unknown = {.state = FILTER_UNKNOWN};

	assert_int_equal(filter_passes(&none, NET_TCP, AF_INET, 22), FILTER_OPEN);
	assert_int_equal(filter_passes(&unknown, NET_TCP, AF_INET, 22), FILTER_UNTOLD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_are_what_nft_does),
		cmocka_unit_test(without_a_filter_all_is_open),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
