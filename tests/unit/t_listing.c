/* listing/: saved netstat and ss listings as audits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "listing/listing.h"

static bool
port_of(const void *data, const char *name, enum net_proto proto, uint16_t *ret)
{
	static const struct {
		const char *name;
		uint16_t port;
	} rows[] = {{"domain", 53}, {"ssh", 22}, {"smtp", 25}};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (text_is(rows[i].name, name)) {
			*ret = rows[i].port;
			return true;
		}
	return false;
}

static struct audit *
read_text(const char *text, bool all)
{
	static const struct listing_names names = {port_of, NULL};
	struct arena *arena = arena_new();
	struct audit *audit = arena_alloc(arena, sizeof(*audit));

	audit->arena = arena;
	audit->diags = diags_of(arena);
	audit->process_by_pid = map_of(arena);
	listing_read(audit, "services.lst", span_of(text), &names, all);
	return audit;
}

static void
rows_without_their_first_columns_are_read(void **state)
{
	struct audit *audit =
		read_text(" bigcat:domain  *:*  LISTEN  655/named\n"
			  " bigcat:domain  *:*  LISTEN  655/named\n"
			  " *:smtp  *:*  LISTEN  733/sendmail: accepting connections\n",
			  false);
	const struct listener *l;

	assert_int_equal(audit->listeners.n, 3); /* AUD-14: never merged */
	l = audit->listeners.v[0];
	assert_int_equal(l->port, 53);
	assert_int_equal(l->proto, NET_TCP);
	assert_int_equal(l->addr.family, 0);
	assert_string_equal(l->path, "bigcat");
	assert_int_equal(l->owners[0].process->pid, 655);
	l = audit->listeners.v[2];
	assert_int_equal(net_addr_class(&l->addr), NET_CLASS_ANY);
	assert_string_equal(l->owners[0].process->title, "sendmail: accepting connections");
	assert_int_equal(audit->processes.n, 2);
	arena_free(audit->arena);
}

static void
connected_sockets_are_no_listeners(void **state)
{
	static const char text[] =
		"tcp  0 0 10.0.0.1:22  10.0.0.9:50946 ESTABLISHED 811/sshd: root@pts/\n"
		"tcp6 0 0 ::1:631      :::*           LISTEN      -\n"
		"udp  0 0 0.0.0.0:69   0.0.0.0:*                  -\n"
		"udp  0 0 10.0.0.1:70  10.0.0.2:53    ESTABLISHED -\n";
	struct audit *audit = read_text(text, false);

	assert_int_equal(audit->listeners.n, 2);
	assert_int_equal(audit->listeners.v[0]->family, AF_INET6);
	assert_int_equal(audit->listeners.v[0]->owners_state, OWNERS_HIDDEN);
	assert_int_equal(audit->listeners.v[1]->proto, NET_UDP);
	arena_free(audit->arena);
	audit = read_text(text, true);
	assert_int_equal(audit->listeners.n, 4);
	assert_int_equal(audit->listeners.v[0]->peer_port, 50946);
	arena_free(audit->arena);
}

static void
the_words_of_ss_are_read(void **state)
{
	struct audit *audit = read_text(
		"LISTEN 0 128 *:80 *:* users:((\"nginx\",pid=812,fd=6),(\"nginx\",pid=811,fd=6))\n"
		"udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*\n",
		false);
	const struct listener *l = audit->listeners.v[0];

	assert_int_equal(audit->listeners.n, 2);
	assert_int_equal(l->family, AF_INET6);
	assert_true(l->also_ipv4);
	assert_int_equal(l->send_queue, 128);
	assert_int_equal(l->owners[0].process->pid, 812);
	assert_string_equal(l->owners[0].process->comm, "nginx");
	assert_string_equal(audit->listeners.v[1]->device, "lo");
	arena_free(audit->arena);
}

static void
what_cannot_be_read_is_said(void **state)
{
	struct audit *audit = read_text("tcp 0 0 *:nosuch *:* LISTEN -\nrubbish\n", false);

	assert_int_equal(audit->listeners.n, 0);
	assert_int_equal(audit->diags.count[DIAG_ERROR], 2);
	assert_int_equal(audit->diags.v[0].line, 2);
	assert_int_equal(audit->diags.v[1].line, 1);
	arena_free(audit->arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_without_their_first_columns_are_read),
		cmocka_unit_test(connected_sockets_are_no_listeners),
		cmocka_unit_test(the_words_of_ss_are_read),
		cmocka_unit_test(what_cannot_be_read_is_said),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
