/* What the resolver believes: names by RFC 1123 section 2.1, ident's answers by RFC 1413 section 6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "engine/resolver.h"

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

static void
names(void **state)
{
	static const struct {
		const char *name, *wanted; /* NULL = refused */
	} cases[] = {
		{"host.example", "host.example"},
		{"host.example.", "host.example"},
		{"localhost", "localhost"},
		{"a_b-c.9.example", "a_b-c.9.example"},
		{"3com.com", "3com.com"},
		{L63 ".x", L63 ".x"},
		{L63 "l.x", NULL},
		{L63 "." L63 "." L63 "." L63, NULL},
		{"", NULL},
		{".", NULL},
		{"a..b", NULL},
		{".a", NULL},
		{"a..", NULL},
		{"10.0.0.1", NULL}, /* would match the rule "10." */
		{"10", NULL},
		{"host.10", NULL},
		{"::1", NULL},
		{"a b.example", NULL},
		{"a\n.example", NULL},
		{"a\x1b[1m.example", NULL},
		{"\xc3\xa4.example", NULL},
		{"a\\032b.example", NULL},
		{"*.example", NULL},
		{"a,b", NULL},
		{"a/b", NULL},
		{"@group", NULL},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char ret[256];
		bool ok = stranger_name(cases[i].name, ret);

		assert_int_equal(ok, cases[i].wanted != NULL);
		if (ok)
			assert_string_equal(ret, cases[i].wanted);
	}
}

static void
idents(void **state)
{
	static const struct {
		const char *line, *user, *system, *why;
	} cases[] = {
		{"6193, 23 : USERID : UNIX : stjohns\r", "stjohns", "UNIX", NULL}, /* RFC 1413, 6 */
		{"6193,23:USERID:UNIX:stjohns", "stjohns", "UNIX", NULL},
		{"6193, 23 : USERID : OTHER , US-ASCII : a:b", "a:b", "OTHER", NULL},
		{"6193, 23 : ERROR : NO-USER", NULL, NULL, "no user"},
		{"6193, 23 : USERID : UNIX : a b\x07\xff%n", "a_b__%n", "UNIX", NULL},
		{"23, 6193 : USERID : UNIX : root", NULL, NULL, "bad response"},
		{"6193, 24 : USERID : UNIX : root", NULL, NULL, "bad response"},
		{"61930, 23 : USERID : UNIX : root", NULL, NULL, "bad response"},
		{"-6193, 23 : USERID : UNIX : root", NULL, NULL, "bad response"},
		{"71729, 23 : USERID : UNIX : root", NULL, NULL, "bad response"}, /* + 65536 */
		{"6193, 23 : userid : UNIX : root", NULL, NULL, "bad response"},
		{"6193, 23 : USERIDX : UNIX : root", NULL, NULL, "bad response"},
		{"6193, 23 : USERID : UNIX", NULL, NULL, "bad response"},
		{"6193, 23 : USERID : UNIX :   ", NULL, NULL, "bad response"},
		{"6193, 23 : USERID :  : root", NULL, NULL, "bad response"},
		{"6193, 23", NULL, NULL, "bad response"},
		{"", NULL, NULL, "bad response"},
		{"::::,,,:", NULL, NULL, "bad response"},
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char user[256], system[32];
		const char *why = NULL;
		bool ok = stranger_ident(cases[i].line, strlen(cases[i].line), 6193, 23, user,
					 system, &why);

		assert_int_equal(ok, cases[i].user != NULL);
		if (ok) {
			assert_string_equal(user, cases[i].user);
			assert_string_equal(system, cases[i].system);
		} else {
			assert_string_equal(why, cases[i].why);
		}
	}
}

static void
long_ident(void **state)
{
	char line[600], user[256], system[32];
	const char *why;

	memset(line, 'u', sizeof(line));
	memcpy(line, "1,2:USERID:UNIX:", 16);
	assert_true(stranger_ident(line, sizeof(line), 1, 2, user, system, &why));
	assert_int_equal(strlen(user), 255);
	memset(line, 'S', sizeof(line));
	memcpy(line, "1,2:USERID:", 11);
	memcpy(line + 500, ":u", 2);
	assert_true(stranger_ident(line, sizeof(line), 1, 2, user, system, &why));
	assert_int_equal(strlen(system), 31);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(idents),
		cmocka_unit_test(long_ident),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
