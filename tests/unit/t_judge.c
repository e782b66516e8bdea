/* judge/: reach, verdict, severity, findings and the order of remedies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/span.h"
#include "base/vec.h"
#include "judge/judge.h"

/* Services of the tests' own, so that editing the real catalog cannot change these. */
static const char stanzas[] =
	"Service: zz-danger\nPrograms: zz-dangerd\nPorts: 60023/tcp\nClass: Z\nWhat: danger\n"
	"Verdict: remove\nWhy: it is dangerous\nInstead: ssh\n\n"
	"Service: zz-fact\nPrograms: zz-factd\nPorts: 60024/tcp\nClass: Z\nWhat: files\n"
	"Verdict: restrict if nfs-server; else disable\nWhy: files\n\n"
	"Service: zz-mail\nPrograms: zz-maild\nPorts: 60025/tcp\nClass: N\nWhat: mail\n"
	"Verdict: keep if mx; localize if local-mail; disable\nWhy: mail\nLocalize: say "
	"loopback\n\n"
	"Service: zz-web\nPrograms: zz-webd\nPorts: 60080/tcp\nClass: N\nWhat: web\nFlags: "
	"world-ok\n"
	"Verdict: keep\nWhy: web\n\n"
	"Service: zz-db\nPrograms: zz-dbd\nPorts: 60306/tcp\nClass: N\nWhat: database\n"
	"Verdict: localize\nWhy: data\nLocalize: bind-address = 127.0.0.1\nPackages: zz-db\n\n";

struct world {
	struct audit audit;
	struct netns self;
	struct catalog *catalog;
	struct judge_ctx judge;
};

static int
setup(void **state)
{
	struct world *world = test_calloc(1, sizeof(*world));
	struct audit *audit = &world->audit;
	static const char *none[] = {NULL};

	audit->arena = arena_new();
	audit->diags = diags_of(audit->arena);
	audit->process_by_pid = map_of(audit->arena);
	audit->live = true;
	audit->filter.state = FILTER_NONE;
	audit->policy.facts = audit->policy.denied = none;
	world->self.self = true;
	world->catalog = catalog_builtin(audit->arena, &audit->diags);
	catalog_add_text(world->catalog, "test", span_of(stanzas));
	for (size_t i = 0; i < audit->diags.n; i++)
		printf("# %s\n", diag_line(audit->arena, &audit->diags.v[i]));
	assert_int_equal(audit->diags.n, 0);
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	arena_free(world->audit.arena);
	test_free(world);
	return 0;
}

static void
iface(struct world *world, const char *name, const char *addr, bool loopback)
{
	struct iface iface = {
		.name = name, .up = true, .loopback = loopback, .netns = &world->self};
	struct net_prefix prefix;

	iface.addrs = arena_alloc(world->audit.arena, sizeof(*iface.addrs));
	assert_true(net_prefix_parse(span_of(addr), &prefix));
	iface.addrs[0] = (struct iface_addr){prefix.addr, prefix.bits};
	iface.n_addrs = 1;
	vec_push(world->audit.arena, &world->audit.ifaces, iface);
}

static struct listener *
listener(struct world *world, const char *exe, const char *addr, uint32_t port, uint32_t uid)
{
	struct audit *audit = &world->audit;
	struct listener *made = arena_alloc(audit->arena, sizeof(*made));
	struct process *process = arena_alloc(audit->arena, sizeof(*process));

	*process = (struct process){.pid = (pid_t)port, .exe = exe, .uid = uid};
	process->comm = text_basename(exe);
	made->proto = NET_TCP;
	made->port = port;
	made->netns = &world->self;
	assert_true(net_addr_parse(span_of(addr), &made->addr));
	made->family = made->addr.family;
	made->owners = arena_alloc(audit->arena, sizeof(*made->owners));
	made->owners[0].process = process;
	made->n_owners = 1;
	vec_push(audit->arena, &audit->listeners, made);
	return made;
}

static void
judge(struct world *world)
{
	world->audit.findings.n = 0;
	world->audit.reachable = 0;
	world->judge = (struct judge_ctx){.audit = &world->audit, .catalog = world->catalog};
	judge_audit(&world->judge);
}

/* Any interface can be called lo, and the loopback one anything. */
static void
a_device_called_lo_may_be_another(void **state)
{
	struct world *world = *state;
	struct listener *lo = listener(world, "/x", "0.0.0.0", 1, 0);
	struct listener *other = listener(world, "/x", "0.0.0.0", 2, 0);

	iface(world, "lo", "203.0.113.1/24", false);
	iface(world, "safe", "127.0.0.1/8", true);
	lo->device = "lo";
	other->device = "safe";
	judge(world);
	assert_int_equal(lo->reach, REACH_ANYONE);
	assert_int_equal(other->reach, REACH_HOST);
}

/* Anycast: the link has a private address, the loopback interface the one that is routed. */
static void
the_loopback_interface_may_be_public(void **state)
{
	struct world *world = *state;
	struct listener *one = listener(world, "/x", "0.0.0.0", 1, 0);

	iface(world, "lo", "127.0.0.1/8", true);
	iface(world, "lo", "203.0.113.1/32", true);
	iface(world, "eth0", "10.0.0.1/8", false);
	judge(world);
	assert_int_equal(one->reach, REACH_ANYONE);
}

static void
fact(struct world *world, const char *name)
{
	const char **facts = arena_array(world->audit.arena, 2, sizeof(*facts));

	facts[0] = name;
	world->audit.policy.facts = facts;
}

static void
need(struct world *world, struct policy_need need)
{
	world->audit.policy.needs = arena_alloc(world->audit.arena, sizeof(need));
	world->audit.policy.needs[0] = need;
	world->audit.policy.n_needs = 1;
}

/* The only finding of a rule. */
static const struct finding *
finding_of(const struct world *world, const char *rule)
{
	const struct finding *found = NULL;

	for (size_t i = 0; i < world->audit.findings.n; i++)
		if (text_is(world->audit.findings.v[i]->rule, rule)) {
			assert_null(found);
			found = world->audit.findings.v[i];
		}
	assert_non_null(found);
	return found;
}

/* Reach --------------------------------------------------------------------------------- */

static const struct {
	const char *addr, *iface;
	enum reach reach;
} reaches[] = {
	{"127.0.0.1", "203.0.113.1/24", REACH_HOST},
	{"127.5.5.5", "203.0.113.1/24", REACH_HOST},
	{"::1", "203.0.113.1/24", REACH_HOST},
	{"::ffff:127.0.0.1", "203.0.113.1/24", REACH_HOST},
	{"192.168.1.1", "203.0.113.1/24", REACH_PRIVATE},
	{"172.31.0.1", "203.0.113.1/24", REACH_PRIVATE},
	{"172.32.0.1", "10.0.0.1/8", REACH_ANYONE},
	{"fd00::1", "203.0.113.1/24", REACH_PRIVATE},
	{"fe80::1", "203.0.113.1/24", REACH_LINK},
	{"169.254.3.4", "203.0.113.1/24", REACH_LINK},
	{"203.0.113.1", "10.0.0.1/8", REACH_ANYONE},
	{"0.0.0.0", "203.0.113.1/24", REACH_ANYONE},
	{"0.0.0.0", "10.0.0.1/8", REACH_PRIVATE},
	{"0.0.0.0", "fe80::1/64", REACH_ANYONE}, /* no IPv4 is up yet */
	{"::", "fe80::1/64", REACH_LINK},
	{"::", "2001:db8::1/64", REACH_ANYONE},
};

static void
reach_is_address_and_interfaces(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < COUNT_OF(reaches); i++) {
		struct listener *one = listener(world, "/x", reaches[i].addr, 1, 0);

		world->audit.ifaces.n = 0;
		iface(world, "lo", "127.0.0.1/8", true);
		iface(world, "eth0", reaches[i].iface, false);
		judge_reach(&world->audit, one);
		if (one->reach != reaches[i].reach)
			printf("# %s with %s: %s\n", reaches[i].addr, reaches[i].iface,
			       reach_name(one->reach));
		assert_int_equal(one->reach, reaches[i].reach);
	}
}

static void
dual_stack_counts_both_families(void **state)
{
	struct world *world = *state;
	struct listener *one = listener(world, "/x", "::", 1, 0);

	iface(world, "lo", "127.0.0.1/8", true);
	iface(world, "eth0", "203.0.113.1/24", false);
	iface(world, "eth1", "fe80::1/64", false);
	judge_reach(&world->audit, one);
	assert_int_equal(one->reach, REACH_LINK);
	one->also_ipv4 = true;
	judge_reach(&world->audit, one);
	assert_int_equal(one->reach, REACH_ANYONE);
}

static void
a_bound_device_narrows(void **state)
{
	struct world *world = *state;
	struct listener *one = listener(world, "/x", "0.0.0.0", 1, 0);

	iface(world, "lo", "127.0.0.1/8", true);
	iface(world, "eth0", "203.0.113.1/24", false);
	iface(world, "eth1", "10.0.0.1/8", false);
	one->device = "eth1";
	judge_reach(&world->audit, one);
	assert_int_equal(one->reach, REACH_PRIVATE);
	one->device = "lo";
	judge_reach(&world->audit, one);
	assert_int_equal(one->reach, REACH_HOST);
}

static void
unseen_interfaces_are_unknown(void **state)
{
	struct world *world = *state;
	struct listener *one = listener(world, "/x", "0.0.0.0", 1, 0);

	judge_reach(&world->audit, one);
	assert_int_equal(one->reach, REACH_UNKNOWN);
}

/* Verdicts -------------------------------------------------------------------------------- */

static void
unknown_is_never_kept(void **state) /* POL-3 */
{
	struct world *world = *state;
	struct listener *one = listener(world, "/opt/nobody-knows", "0.0.0.0", 4711, 0);
	struct listener *posing = listener(world, "/tmp/x", "0.0.0.0", 60080, 0);

	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
	assert_non_null(strstr(one->reason, "unknown"));
	/* A stranger on a known port is a stranger. */
	assert_int_equal(posing->verdict, VERDICT_DISABLE);
	assert_non_null(strstr(posing->reason, "unknown"));
	assert_int_equal(world->audit.reachable, 2);
}

static void
nothing_outside_is_counted_as_none(void **state) /* POL-2 */
{
	struct world *world = *state;

	listener(world, "/usr/sbin/zz-dbd", "127.0.0.1", 60306, 1000);
	judge(world);
	assert_int_equal(world->audit.reachable, 0);
	assert_int_equal(world->audit.findings.n, 0);
}

static void
wanted_danger_is_not_plain_ok(void **state) /* POL-4, POL-5 */
{
	struct world *world = *state;
	struct listener *one = listener(world, "/usr/sbin/zz-dangerd", "0.0.0.0", 60023, 0);
	struct filter_chain chain = {.family = "inet", .input = true, .policy_drop = true};
	struct filter_chain *chains[] = {&chain};

	judge(world);
	assert_int_equal(one->verdict, VERDICT_REMOVE);
	need(world, (struct policy_need){.service = "zz-danger", .reason = "old terminals"});
	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
	assert_non_null(strstr(one->reason, "for now"));
	world->audit.filter = (struct filter){FILTER_PRESENT, true, chains, 1};
	judge(world);
	assert_int_equal(one->verdict, VERDICT_RESTRICT);
	for (const char *const *word =
		     (const char *const[]){"current", "patched", "firewalled", NULL};
	     *word; word++)
		assert_non_null(strstr(one->reason, *word));
	assert_true(judge_counts(finding_of(world, "listener")));
}

static void
a_present_filter_that_lets_all_through_is_none(void **state) /* POL-5 */
{
	struct world *world = *state;
	struct listener *one = listener(world, "/usr/sbin/zz-dangerd", "0.0.0.0", 60023, 0);
	struct filter_chain chain = {.family = "inet", .input = true};
	struct filter_chain *chains[] = {&chain};

	need(world, (struct policy_need){.service = "zz-danger"});
	world->audit.filter = (struct filter){FILTER_PRESENT, true, chains, 1};
	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
	world->audit.filter = (struct filter){.state = FILTER_UNKNOWN};
	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
}

static void
a_fact_does_not_replace_the_filter(void **state) /* POL-5 */
{
	struct world *world = *state;
	struct listener *one = listener(world, "/usr/sbin/zz-factd", "0.0.0.0", 60024, 0);
	struct filter_chain chain = {.family = "inet", .input = true, .policy_drop = true};
	struct filter_chain *chains[] = {&chain};

	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
	fact(world, "nfs-server");
	world->audit.filter = (struct filter){.state = FILTER_NONE};
	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
	assert_non_null(strstr(one->reason, "for now"));
	world->audit.filter = (struct filter){FILTER_PRESENT, true, chains, 1};
	judge(world);
	assert_int_equal(one->verdict, VERDICT_RESTRICT);
	assert_non_null(strstr(one->reason, "patched"));
	/* Not seen: the policy may say that there is one; an image cannot show it. */
	world->audit.filter = (struct filter){.state = FILTER_UNKNOWN};
	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
	world->audit.policy.facts = (const char *[]){"nfs-server", "packet-filter", NULL};
	judge(world);
	assert_int_equal(one->verdict, VERDICT_RESTRICT);
}

static void
facts_change_the_verdict(void **state)
{
	struct world *world = *state;
	struct listener *one = listener(world, "/usr/sbin/zz-maild", "0.0.0.0", 60025, 0);

	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
	fact(world, "local-mail");
	judge(world);
	assert_int_equal(one->verdict, VERDICT_LOCALIZE);
	one->addr = net_addr_of_bytes(AF_INET, "\x7f\0\0\x01");
	judge(world);
	assert_int_equal(one->verdict, VERDICT_KEEP);
}

static void
the_wildcard_is_for_the_world_only(void **state) /* POL-16 */
{
	struct world *world = *state;
	struct listener *mail = listener(world, "/usr/sbin/zz-maild", "0.0.0.0", 60025, 0);
	struct listener *web = listener(world, "/usr/sbin/zz-webd", "0.0.0.0", 60080, 0);

	fact(world, "mx");
	judge(world);
	assert_int_equal(mail->verdict, VERDICT_LOCALIZE);
	assert_int_equal(web->verdict, VERDICT_KEEP);
	need(world, (struct policy_need){.service = "zz-mail", .world = true});
	judge(world);
	assert_int_equal(mail->verdict, VERDICT_KEEP);
}

static void
an_exception_is_shown_as_one(void **state) /* POL-11 */
{
	struct world *world = *state;
	struct listener *one = listener(world, "/usr/sbin/zz-dbd", "0.0.0.0", 60306, 1000);

	need(world, (struct policy_need){
			    .service = "zz-db", .exception = true, .reason = "until the move"});
	judge(world);
	assert_int_equal(one->verdict, VERDICT_KEEP);
	assert_string_equal(finding_of(world, "listener")->exception, "until the move");
	assert_false(judge_counts(finding_of(world, "listener")));
}

static void
an_expired_need_counts_no_more(void **state)
{
	struct world *world = *state;
	struct listener *one = listener(world, "/opt/own", "0.0.0.0", 4711, 1000);

	need(world,
	     (struct policy_need){
		     .service = "*", .has_port = true, .port = 4711, .expires = "2026-02-28"});
	world->audit.now = 1772323199; /* 2026-02-28 23:59:59 UTC */
	judge(world);
	assert_int_equal(one->verdict, VERDICT_KEEP);
	world->audit.now++;
	judge(world);
	assert_int_equal(one->verdict, VERDICT_DISABLE);
}

static void
root_ranks_above_a_dedicated_account(void **state) /* POL-15 */
{
	struct world *world = *state;

	listener(world, "/usr/sbin/zz-dbd", "0.0.0.0", 60306, 1000);
	listener(world, "/opt/unknown-root", "0.0.0.0", 1, 0);
	listener(world, "/opt/unknown-user", "0.0.0.0", 2, 1000);
	judge(world);
	assert_int_equal(world->audit.findings.n, 3);
	assert_string_equal(world->audit.findings.v[0]->listener->owners[0].process->exe,
			    "/opt/unknown-root");
}

static void
remedies_stand_in_order(void **state) /* POL-1 */
{
	struct world *world = *state;
	struct listener *one = listener(world, "/usr/sbin/zz-dbd", "0.0.0.0", 60306, 0);
	static const enum remedy_kind order[] = {REMEDY_REMOVE, REMEDY_DISABLE, REMEDY_LOCALIZE,
						 REMEDY_RESTRICT, REMEDY_CONFINE};
	const struct finding *finding;

	((struct process *)one->owners[0].process)->package = "zz-db-server";
	judge(world);
	finding = world->audit.findings.v[0];
	assert_int_equal(finding->n_remedies, COUNT_OF(order));
	for (size_t i = 0; i < COUNT_OF(order); i++)
		assert_int_equal(finding->remedies[i].kind, order[i]);
	assert_non_null(strstr(finding->remedies[0].text, "zz-db-server"));
	assert_string_equal(finding->remedies[2].text, "bind-address = 127.0.0.1");
}

static void
one_finding_for_both_families(void **state)
{
	struct world *world = *state;

	listener(world, "/opt/x", "0.0.0.0", 9, 0);
	listener(world, "/opt/x", "::", 9, 0);
	judge(world);
	assert_int_equal(world->audit.findings.n, 1);
	assert_int_equal(world->audit.findings.v[0]->same, 1);
}

static void
local_sockets_are_not_judged(void **state)
{
	struct world *world = *state;
	struct listener *one = listener(world, "/opt/x", "0.0.0.0", 0, 0);

	one->proto = NET_UNIX_STREAM;
	one->family = AF_UNIX;
	one->addr.family = 0;
	one->path = "/run/x";
	judge(world);
	assert_int_equal(one->reach, REACH_HOST);
	assert_int_equal(one->verdict, VERDICT_KEEP);
	assert_int_equal(world->audit.findings.n, 0);
}

static void
switched_on_but_not_listening_is_latent(void **state) /* AUD-37 */
{
	struct world *world = *state;
	struct start record = {.mechanism = "xinetd",
			       .name = "zz-danger",
			       .enabled = true,
			       .file = "/etc/xinetd.d/zz",
			       .line = 3,
			       .exe = "/usr/sbin/zz-dangerd",
			       .when = START_ON_DEMAND};
	struct start_port port = {.proto = NET_TCP, .port = 60023};

	record.ports = &port;
	record.n_ports = 1;
	vec_push(world->audit.arena, &world->audit.starts, &record);
	judge(world);
	assert_int_equal(world->audit.findings.n, 1);
	assert_string_equal(world->audit.findings.v[0]->rule, "latent");
	assert_int_equal(world->audit.findings.v[0]->verdict, VERDICT_REMOVE);
	record.dormant = true;
	judge(world);
	assert_int_equal(world->audit.findings.n, 0);
}

static void
what_will_not_return_is_an_orphan(void **state)
{
	struct world *world = *state;
	struct listener *one = listener(world, "/usr/sbin/zz-webd", "0.0.0.0", 60080, 1000);
	struct start record = {.mechanism = "sysv", .name = "web", .enabled = true};
	struct listener_start link = {&record, "program", false};

	judge(world);
	assert_true(one->orphan);
	one->orphan = false;
	one->starts = &link;
	one->n_starts = 1;
	judge(world);
	assert_false(one->orphan);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_device_called_lo_may_be_another),
		WORLD_TEST(the_loopback_interface_may_be_public),
		WORLD_TEST(reach_is_address_and_interfaces),
		WORLD_TEST(dual_stack_counts_both_families),
		WORLD_TEST(a_bound_device_narrows),
		WORLD_TEST(unseen_interfaces_are_unknown),
		WORLD_TEST(unknown_is_never_kept),
		WORLD_TEST(nothing_outside_is_counted_as_none),
		WORLD_TEST(wanted_danger_is_not_plain_ok),
		WORLD_TEST(a_present_filter_that_lets_all_through_is_none),
		WORLD_TEST(a_fact_does_not_replace_the_filter),
		WORLD_TEST(facts_change_the_verdict),
		WORLD_TEST(the_wildcard_is_for_the_world_only),
		WORLD_TEST(an_exception_is_shown_as_one),
		WORLD_TEST(an_expired_need_counts_no_more),
		WORLD_TEST(root_ranks_above_a_dedicated_account),
		WORLD_TEST(remedies_stand_in_order),
		WORLD_TEST(one_finding_for_both_families),
		WORLD_TEST(local_sockets_are_not_judged),
		WORLD_TEST(switched_on_but_not_listening_is_latent),
		WORLD_TEST(what_will_not_return_is_an_orphan),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
