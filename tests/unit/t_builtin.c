/* builtin/: answers as RFC 862, 863, 864, 867 and 868 have them, and who gets none (INETD-11, 12).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/fd.h"
#include "builtin/builtin.h"

static const char *const first_lines[] = {
	/* RFC 864's picture of the pattern */
	" !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefg\r\n",
	"!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefgh\r\n",
	"\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghi\r\n",
};

static void
pair(int ret[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ret),
			 0);
}

static void
chargen_shifts_one_per_line_and_begins_anew(void **state)
{
	const struct builtin *chargen = builtin_find("chargen");
	struct builtin_conn conn = {0};
	static char got[7030 * 2 + 74];
	size_t n = 0;
	int fds[2];

	pair(fds);
	conn.fd = fds[0];
	while (n < sizeof(got)) {
		size_t want = sizeof(got) - n > 1001 ? 1001 : sizeof(got) - n; /* uneven pieces */
		ssize_t r;

		assert_int_equal(chargen->stream(&conn), EPOLLOUT);
		r = read(fds[1], got + n, want);
		assert_true(r > 0);
		n += (size_t)r;
	}
	for (size_t i = 0; i < COUNT_OF(first_lines); i++)
		assert_memory_equal(got + i * 74, first_lines[i], 74);
	assert_memory_equal(got + 7030, got, 7030);
	assert_memory_equal(got + 2 * 7030, first_lines[0], 74);
	fd_close(fds[1]);
	assert_int_equal(chargen->stream(&conn), 0);
	fd_close(fds[0]);
	(void)state;
}

static void
echo_loses_nothing_when_the_client_is_slow(void **state)
{
	enum { ALL = 3000000 };
	const struct builtin *echo = builtin_find("ECHO");
	struct builtin_conn conn = {0};
	size_t sent = 0, got = 0;
	uint32_t events = EPOLLIN;
	int fds[2];
	bool shut = false;

	pair(fds);
	conn.fd = fds[0];
	for (int i = 0; i < 1000000 && events; i++) {
		char piece[4999];
		ssize_t n;

		for (size_t k = 0; k < sizeof(piece); k++)
			piece[k] = (char)((sent + k) * 31 >> 3);
		n = sent < ALL ? write(fds[1], piece, sizeof(piece)) : 0;
		sent += n > 0 ? (size_t)n : 0;
		if (sent >= ALL && !shut)
			shut = shutdown(fds[1], SHUT_WR) == 0;
		events = echo->stream(&conn);
		n = read(fds[1], piece, 1777);
		for (ssize_t k = 0; k < n; k++, got++)
			assert_int_equal(piece[k], (char)(got * 31 >> 3));
	}
	for (char c; read(fds[1], &c, 1) == 1; got++)
		assert_int_equal(c, (char)(got * 31 >> 3));
	assert_int_equal(got, sent);
	assert_int_equal(conn.bytes_in, sent);
	assert_int_equal(conn.bytes_out, sent);
	echo->close(&conn);
	fd_close(fds[0]);
	fd_close(fds[1]);
	(void)state;
}

static void
discard_says_nothing(void **state)
{
	const struct builtin *discard = builtin_find("discard");
	struct builtin_conn conn = {0};
	char c;
	int fds[2];

	pair(fds);
	conn.fd = fds[0];
	assert_int_equal(write(fds[1], "abc", 3), 3);
	assert_int_equal(discard->stream(&conn), EPOLLIN);
	assert_int_equal(conn.bytes_in, 3);
	assert_int_equal(recv(fds[1], &c, 1, MSG_DONTWAIT), -1);
	assert_int_equal(discard->dgram("abc", 3, &c, 1, 0), -1);
	fd_close(fds[1]);
	assert_int_equal(discard->stream(&conn), 0);
	fd_close(fds[0]);
	(void)state;
}

/* RFC 868's own examples, and what 32 bits make of the time after them. */
static const struct {
	int64_t now;
	uint8_t bytes[4];
} times[] = {
	{0, {0x83, 0xaa, 0x7e, 0x80}},                       /* 2,208,988,800: 1 Jan 1970 */
	{2398291200 - 2208988800, {0x8e, 0xf3, 0x05, 0x00}}, /* 2,398,291,200: 1 Jan 1976 */
	{4294967296 - 2208988800, {0, 0, 0, 0}},             /* 7 Feb 2036 06:28:16 */
	{4294967296 - 2208988800 + 258, {0, 0, 1, 2}},
};

static void
time_counts_from_1900(void **state)
{
	const struct builtin *time = builtin_find("time");
	char got[16];

	for (size_t i = 0; i < COUNT_OF(times); i++) {
		struct builtin_conn conn = {.now = times[i].now};
		int fds[2];

		assert_int_equal(time->dgram("", 0, got, sizeof(got), times[i].now), 4);
		assert_memory_equal(got, times[i].bytes, 4);
		pair(fds);
		conn.fd = fds[0];
		assert_int_equal(time->stream(&conn), 0);
		assert_int_equal(read(fds[1], got, sizeof(got)), 4);
		assert_memory_equal(got, times[i].bytes, 4);
		fd_close(fds[0]);
		fd_close(fds[1]);
	}
	(void)state;
}

static void
daytime_is_as_ctime_prints_it(void **state)
{
	const struct builtin *daytime = builtin_find("daytime");
	char got[64];
	ssize_t n;

	setenv("TZ", "UTC0", 1);
	n = daytime->dgram("", 0, got, sizeof(got), 1000000000);
	assert_int_equal(n, 26);
	assert_memory_equal(got, "Sun Sep  9 01:46:40 2001\r\n", 26);
	(void)state;
}

static void
datagrams_of_chargen_have_up_to_512(void **state)
{
	const struct builtin *chargen = builtin_find("chargen");
	size_t most = 0, least = 1000;
	char got[1024];

	for (int i = 0; i < 20000; i++) {
		ssize_t n = chargen->dgram("", 0, got, sizeof(got), i);

		assert_in_range(n, 0, 512);
		most = (size_t)n > most ? (size_t)n : most;
		least = (size_t)n < least ? (size_t)n : least;
		for (ssize_t k = 0; k < n; k++)
			assert_true((got[k] >= ' ' && got[k] <= '~') || got[k] == '\r' ||
				    got[k] == '\n');
	}
	assert_true(most > 500 && least < 12);
	(void)state;
}

static const struct {
	const char *from;
	uint16_t port;
	const char *local;
	uint16_t local_port;
	bool may;
} asked[] = {
	{"192.0.2.1", 40000, "192.0.2.9", 7, true},
	{"2001:db8::1", 40000, "2001:db8::9", 7, true},
	{"192.0.2.1", 7, "192.0.2.9", 7, false},
	{"192.0.2.1", 19, "192.0.2.9", 7, false},
	{"192.0.2.1", 13, "192.0.2.9", 7, false},
	{"192.0.2.1", 37, "192.0.2.9", 7, false},
	{"192.0.2.1", 53, "192.0.2.9", 7, false},
	{"192.0.2.1", 0, "192.0.2.9", 7, false},
	{"::ffff:192.0.2.1", 19, "192.0.2.9", 7, false},
	{"224.0.0.1", 40000, "192.0.2.9", 7, false},
	{"ff02::1", 40000, "2001:db8::9", 7, false},
	{"255.255.255.255", 40000, "192.0.2.9", 7, false},
	{"255.1.2.3", 40000, "192.0.2.9", 7, false},
	{"0.0.0.0", 40000, "192.0.2.9", 7, false},
	{"0.1.2.3", 40000, "192.0.2.9", 7, false},
	{"::", 40000, "2001:db8::9", 7, false},
	{"127.0.0.1", 40000, "192.0.2.9", 7, false}, /* from outside */
	{"127.0.0.1", 40000, "127.0.0.1", 7, true},
	{"192.0.2.9", 7000, "192.0.2.9", 7000, false}, /* ourselves */
};

static void
loops_get_no_answer(void **state)
{
	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		struct net_addr from, local;

		assert_true(net_addr_parse(span_of(asked[i].from), &from));
		assert_true(net_addr_parse(span_of(asked[i].local), &local));
		if (builtin_may_answer(&from, asked[i].port, &local, asked[i].local_port) !=
		    asked[i].may)
			fail_msg("%s port %u", asked[i].from, asked[i].port);
	}
	(void)state;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chargen_shifts_one_per_line_and_begins_anew),
		cmocka_unit_test(echo_loses_nothing_when_the_client_is_slow),
		cmocka_unit_test(discard_says_nothing),
		cmocka_unit_test(time_counts_from_1900),
		cmocka_unit_test(daytime_is_as_ctime_prints_it),
		cmocka_unit_test(datagrams_of_chargen_have_up_to_512),
		cmocka_unit_test(loops_get_no_answer),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
