/* Access rules: hosts_access(5) where we are stricter than libwrap, and xinetd's lists by its
 * manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "access/access.h"
#include "base/attr.h"

static char dir[] = "/tmp/access.XXXXXX";
static struct root root;

static int
setup(void **state)
{
	return mkdtemp(dir) && root_open(&root, "/", NULL) == 0 ? 0 : -1;
}

static void
put(const char *name, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	if (!text)
		return;
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static int
teardown(void **state)
{
	put("allow", NULL);
	put("deny", NULL);
	root_close(&root);
	return rmdir(dir);
}

static struct access *
hosts(struct arena *arena, const char *allow, const char *deny)
{
	struct diags diags = diags_of(arena);

	put("allow", allow);
	put("deny", deny);
	return access_of_hosts(arena, &diags, &root, arena_printf(arena, "%s/allow", dir),
			       arena_printf(arena, "%s/deny", dir));
}

static struct access_client
client_of(const char *addr, const char *name)
{
	struct access_client client = {0};

	assert_true(net_addr_parse(span_of(addr), &client.addr));
	client.name_is = name ? ACCESS_KNOWN : ACCESS_UNKNOWN;
	client.name = name;
	client.user_is = client.local_name_is = ACCESS_UNKNOWN;
	return client;
}

static enum access_answer
ask(const struct access *access, const char *daemon, const char *addr, const char *name)
{
	struct access_client client = client_of(addr, name);
	struct access_verdict verdict;

	access_decide(access, daemon, &client, &verdict);
	return verdict.answer;
}

/* Lines of hosts.deny that libwrap would let the client through. */
static void
test_closed(void **state)
{
	static const struct {
		const char *deny, *addr, *refused_by;
	} rows[] = {
		{"ALL: 10.1.1.1/24\n", "10.1.1.9", "host-bits"},
		{"ALL: 10.1.1.1/24\n", "10.1.2.9", NULL},
		{"ALL: 10.1.1.1/255.255.255.255\n", "10.1.1.1", "bad-mask"},
		{"ALL: 10.1.1.0/33\n", "10.1.1.1", "bad-mask"},
		{"ALL: 0.0.0.0/0\n", "10.1.1.1", "bad-mask"},
		{"ALL: 10.1.1.256/24\n", "10.1.1.1", "bad-net"},
		{"ALL: 10.1.1\n", "10.1.1.1", "no-final-dot"},
		{"ALL: 10.1.1\n", "10.1.2.1", NULL},
		{"ALL: 2001:db8::/32\n", "2001:db8::5", "bare-v6"},
		{"ALL: 2001:db8::/32\n", "2001:db9::5", NULL},
		{"ALL ALL\n", "10.1.1.1", "no-colon"},
		{"garbage\n", "10.1.1.1", "no-colon"},
		{"ALL: [2001:db8::/32]\n", "2001:db8::5", "bad-bracket"},
		{"ALL: [::ffff:10.1.1.1]\n", "10.1.1.1", "mapped"},
		{"ALL: /no/such/file\n", "10.1.1.1", "missing-file"},
		{"sshd:\n", "10.1.1.1", "empty-list"},
		{"ALL: ALL", "10.1.1.1", "no-newline"},
		{"ALL: ALL: bogus\n", "10.1.1.1", "bad-option"},
		{"ALL: @nosuchgroup\n", "10.1.1.1", "netgroup"},
		{"ALL: root@\n", "10.1.1.1", "bad-at"},
		{"ALL: 10.1.1.01\n", "10.1.1.1", "odd-number"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena *arena = arena_new();
		struct access *access = hosts(arena, NULL, rows[i].deny);
		struct access_client client = client_of(rows[i].addr, NULL);
		struct access_verdict verdict;

		access_decide(access, "sshd", &client, &verdict);
		if (verdict.answer != (rows[i].refused_by ? ACCESS_DENY : ACCESS_ALLOW))
			fail_msg("%s from %s", rows[i].deny, rows[i].addr);
		if (rows[i].refused_by) {
			assert_non_null(verdict.difference);
			assert_string_equal(verdict.difference, rows[i].refused_by);
		}
		/* What refuses there must not allow here. */
		access = hosts(arena, rows[i].deny, "ALL: ALL\n");
		assert_int_equal(ask(access, "sshd", rows[i].addr, NULL), ACCESS_DENY);
		arena_free(arena);
	}
}

static void
test_order(void **state)
{
	struct arena *arena = arena_new();
	struct access *access =
		hosts(arena, "in.ftpd: .good.org EXCEPT bad.good.org\n",
		      "sshd: ALL: allow\nALL: ALL: spawn echo %h \\: x: severity auth.info\n");
	struct access_client client = client_of("10.1.1.1", "a.good.org");
	struct access_verdict verdict;

	assert_int_equal(ask(access, "in.ftpd", "10.1.1.1", "a.good.org"), ACCESS_ALLOW);
	assert_int_equal(ask(access, "in.ftpd", "10.1.1.1", "bad.good.org"), ACCESS_DENY);
	assert_int_equal(ask(access, "in.ftpd", "10.1.1.1", NULL), ACCESS_DENY);
	assert_int_equal(ask(access, "sshd", "10.1.1.1", NULL), ACCESS_ALLOW);
	client.name_is = ACCESS_UNASKED;
	access_decide(access, "in.ftpd", &client, &verdict);
	assert_int_equal(verdict.answer, ACCESS_NEED_NAME);
	client.name_is = ACCESS_KNOWN;
	access_decide(access, "x", &client, &verdict);
	assert_int_equal(verdict.answer, ACCESS_DENY);
	assert_int_equal(verdict.line, 2);
	assert_int_equal(verdict.n_actions, 2);
	assert_int_equal(verdict.actions[0].kind, ACTION_SPAWN);
	assert_string_equal(verdict.actions[0].text, "echo %h : x");
	arena_free(arena);
}

static void
test_unreadable(void **state)
{
	struct arena *arena = arena_new();
	struct diags diags = diags_of(arena);
	struct access *access =
		access_of_hosts(arena, &diags, &root, "/proc", "/no/such/hosts.deny");

	assert_int_equal(ask(access, "d", "127.0.0.1", NULL), ACCESS_DENY);
	assert_int_equal(diags.count[DIAG_ERROR], 1);
	arena_free(arena);
}

static void
test_changed(void **state)
{
	struct arena *arena = arena_new();
	struct access *access = hosts(arena, NULL, "ALL: 10.\n");

	assert_false(access_hosts_changed(access));
	put("allow", "");
	assert_true(access_hosts_changed(access));
	access = hosts(arena, NULL, "ALL: 10.\n");
	put("deny", NULL);
	assert_true(access_hosts_changed(access));
	arena_free(arena);
}

static void
test_expand(void **state)
{
	struct arena *arena = arena_new();
	struct access_client client = client_of("10.1.1.1", "a`b;c");

	client.user_is = ACCESS_KNOWN;
	client.user = "x$(id)'\"\n";
	client.local = client.addr;
	client.port = 4711;
	assert_string_equal(access_expand(arena, "%a %d %h %u %c %r %p %% %x%", "in.d", &client, 7),
			    "10.1.1.1 in.d a_b_c x__id____ x__id____@a_b_c 4711 7 % ");
	arena_free(arena);
}

static void
test_many(void **state)
{
	struct arena *arena = arena_new();
	char *text = arena_alloc(arena, 400000), *at = text;
	struct access *access;

	for (int i = 0; i < 2000; i++)
		at += sprintf(at, "ALL: 10.%d.%d.%s\n", i / 200, i % 200, i % 3 ? "7" : "");
	sprintf(at, "d: .bad.org\nALL: [2001:db8::]/33\n");
	access = hosts(arena, NULL, text);
	assert_int_equal(access_rules(access), 2002);
	assert_int_equal(ask(access, "x", "10.3.3.1", NULL), ACCESS_DENY); /* 603 */
	assert_int_equal(ask(access, "x", "10.3.4.1", NULL), ACCESS_ALLOW);
	assert_int_equal(ask(access, "x", "10.3.4.7", NULL), ACCESS_DENY);
	assert_int_equal(ask(access, "d", "10.200.4.7", "a.bad.org"), ACCESS_DENY);
	assert_int_equal(ask(access, "x", "2001:db8:7fff::1", NULL), ACCESS_DENY);
	assert_int_equal(ask(access, "x", "2001:db8:8000::1", NULL), ACCESS_ALLOW);
	arena_free(arena);
}

/* Both lists as words; NULL: not given. */
static struct access *
lists(struct arena *arena, const char *only, const char *no)
{
	struct diags diags = diags_of(arena);
	struct access_item *items = arena_array(arena, 32, sizeof(*items));
	struct access_lists lists = {.has_only_from = only != NULL};
	const char *const texts[] = {only, no};
	uint32_t n = 0;

	for (int side = 0; side < 2; side++) {
		struct span rest = span_of(texts[side]), word;
		uint32_t first = n;

		while ((word = span_word(&rest)).n) {
			items[n] = (struct access_item){span_dup(arena, word), "f", n + 1, 1};
			n++;
		}
		*(side ? &lists.no_access : &lists.only_from) = items + first;
		*(side ? &lists.n_no_access : &lists.n_only_from) = n - first;
	}
	return access_of_lists(arena, arena, &diags, &lists);
}

static void
test_lists(void **state)
{
	static const struct {
		const char *only, *no, *addr, *name;
		bool allowed;
	} rows[] = {
		{NULL, NULL, "10.1.1.1", NULL, true},
		{"", NULL, "10.1.1.1", NULL, false},
		{"10.0.0.0", NULL, "10.1.1.1", NULL, true},
		{"10.0.0.0", NULL, "11.1.1.1", NULL, false},
		{"0.0.0.0", NULL, "11.1.1.1", NULL, true},
		{"128.138.12.0", "128.138.12.10", "128.138.12.9", NULL, true},
		{"128.138.12.0", "128.138.12.10", "128.138.12.10", NULL, false},
		{"128.138.12.10", "128.138.12.0", "128.138.12.10", NULL, true},
		{"10.1.1.1", "10.1.1.1", "10.1.1.1", NULL, false},
		{"10.1.{2,3}", NULL, "10.1.3.9", NULL, true},
		{"10.1.{2,3}", NULL, "10.1.4.9", NULL, false},
		{"10.1.1.{2,3}", NULL, "10.1.1.3", NULL, true},
		{"10.1.1.1/24", NULL, "10.1.1.77", NULL, true},
		{"2001:db8::/32", NULL, "2001:db8::1", NULL, true},
		{"2001:db8::1", NULL, "2001:db8::2", NULL, false},
		{"::ffff:10.1.1.1", NULL, "10.1.1.1", NULL, true},
		{"10.1.1.1", NULL, "::ffff:10.1.1.1", NULL, true},
		{"::/0", NULL, "10.1.1.1", NULL, true},
		{"::ffff:10.0.0.0", NULL, "10.1.1.1", NULL, false},
		{"::ffff:10.1.1.1", NULL, "10.1.1.1", NULL, true},
		{"::ffff:10.0.0.0/104", NULL, "10.1.1.1", NULL, true},
		{NULL, ".ahania.com", "10.1.1.1", "dalton.ahania.com", false},
		{NULL, ".ahania.com", "10.1.1.1", "dalton.example.com", true},
		{NULL, ".ahania.com", "10.1.1.1", NULL, false}, /* unknown never opens */
		{".ahania.com", NULL, "10.1.1.1", "a.ahania.com", true},
		{".ahania.com", NULL, "10.1.1.1", NULL, false},
		{".ahania.com", "dalton.ahania.com", "10.1.1.1", "Dalton.ahania.com", false},
		{".ahania.com", "dalton.ahania.com", "10.1.1.1", "x.ahania.com", true},
		{"localhost", "dalton.ahania.com", "127.0.0.1", "localhost", true},
		{"localhost", "dalton.ahania.com", "127.0.0.1", NULL, false},
		{"10.1.1.1", ".ahania.com", "10.1.1.1", NULL, true}, /* a host beats any domain */
		{"10.0.0.0", ".ahania.com", "10.1.1.1", "a.ahania.com", false},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct arena *arena = arena_new();
		struct access *access = lists(arena, rows[i].only, rows[i].no);
		bool allowed;

		assert_non_null(access);
		allowed = ask(access, NULL, rows[i].addr, rows[i].name) == ACCESS_ALLOW;
		if (allowed != rows[i].allowed)
			fail_msg("row %zu: only_from %s, no_access %s: %s (%s)", i,
				 rows[i].only ? rows[i].only : "-", rows[i].no ? rows[i].no : "-",
				 rows[i].addr, rows[i].name ? rows[i].name : "-");
		arena_free(arena);
	}
}

static void
test_bad_items(void **state)
{
	static const char *const bad[] = {
		"10.1.1.1,10.1.1.2",
		"10.1.{2,3",
		"10.1{2}",
		"10.{1,,2}",
		"10.{256}",
		"10.{1}.2",
		"10.1",
		"10.1.1.01",
		"10.0.0.0/33",
		"10/8",
		"::",
		"2001:db8::/129",
		"fe80::1%2",
		"a..b",
		"a.b.",
		"10.1.1.256",
		"{1",
		".",
		"a;b",
		"010.0.0.0/8",
		"::ffff:0:0/90",
		"10.0.0.0/08",
		"x:y",
		"0x7f.1", /* 127.0.0.1 for inet_aton(3) */
		"0x7f000001",
		"a.1",
		"::/1",
		"::/64",
		"::1/80",
		"::ffff:10.0.0.0/80",
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct arena *arena = arena_new();

		if (lists(arena, bad[i], NULL) || lists(arena, NULL, bad[i]))
			fail_msg("%s was taken", bad[i]);
		arena_free(arena);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closed),     cmocka_unit_test(test_order),
		cmocka_unit_test(test_unreadable), cmocka_unit_test(test_changed),
		cmocka_unit_test(test_expand),     cmocka_unit_test(test_many),
		cmocka_unit_test(test_lists),      cmocka_unit_test(test_bad_items),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
