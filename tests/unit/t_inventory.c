/* inventory/: parsers of what the kernel writes, and packages on an invented machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "base/fd.h"
#include "inventory/inventory.h"
#include "inventory/proc.h"
#include "inventory/process.h"
#include "inventory/rpc.h"
#include "inventory/sock.h"

static struct arena *arena;

static int
setup(void **state)
{
	arena = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_freep(&arena);
	return 0;
}

static const struct sock_kind *
kind(enum net_proto proto, uint8_t family)
{
	const struct sock_kind *k = sock_kinds;

	while (k->family && (k->proto != proto || k->family != family))
		k++;
	return k;
}

static void
is_text(const struct net_addr *addr, const char *expected)
{
	char buf[NET_ADDR_TEXT];

	assert_string_equal(net_addr_text(addr, buf), expected);
}

/* Lines as Linux 6.1 wrote them for a listener, an established and an IPv6 socket. */
static void
tcp_lines_are_read(void **state)
{
	struct sock_out out = {.arena = arena};
	const struct span v4 = SPAN("  sl  local_address rem_address   st tx_queue rx_queue tr "
				    "tm->when retrnsmt   uid\n"
				    "   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000003 "
				    "00:00000000 00000000   110   "
				    "     0 18203 1 0000000000000000 100 0 0 10 0\n"
				    "   1: 0F02000A:0016 0202000A:D5E2 01 00000000:00000000 "
				    "02:000A7B0F 00000000     0   "
				    "     0 20377 4 0000000000000000 20 4 31 10 -1\n");
	const struct span v6 =
		SPAN("heading\n"
		     "   0: 00000000000000000000000001000000:1F90 "
		     "00000000000000000000000000000000:0000 0A "
		     "00000000:00000000 00:00000000 00000000     0        0 777 1 0 100 0 0 10 0\n"
		     "   1: nonsense\n");

	assert_int_equal(procnet_parse(kind(NET_TCP, AF_INET), v4, &out), 0);
	assert_int_equal(out.rows.n, 1);
	is_text(&out.rows.v[0]->addr, "127.0.0.1");
	assert_int_equal(out.rows.v[0]->port, 3306);
	assert_int_equal(out.rows.v[0]->uid, 110);
	assert_int_equal(out.rows.v[0]->inode, 18203);
	assert_int_equal(out.rows.v[0]->recv_queue, 3);
	assert_int_equal(procnet_parse(kind(NET_TCP, AF_INET6), v6, &out), 1);
	assert_int_equal(out.rows.n, 2);
	is_text(&out.rows.v[1]->addr, "::1");
	assert_int_equal(out.rows.v[1]->port, 8080);
	assert_false(out.rows.v[1]->v6only_known);
	out.all = true;
	procnet_parse(kind(NET_TCP, AF_INET), v4, &out);
	assert_int_equal(out.rows.n, 4);
	is_text(&out.rows.v[3]->peer, "10.0.2.2");
	assert_int_equal(out.rows.v[3]->peer_port, 54754);
}

static void
unix_lines_are_read(void **state)
{
	struct sock_out out = {.arena = arena};
	const struct span text =
		SPAN("Num       RefCount Protocol Flags    Type St Inode Path\n"
		     "0000000000000000: 00000002 00000000 00010000 0001 01 16384 /run/a b.sock\n"
		     "0000000000000000: 00000002 00000000 00010000 0005 01   900 @x@y\n"
		     "0000000000000000: 00000003 00000000 00000000 0002 01 16390 /dev/log\n"
		     "0000000000000000: 00000002 00000000 00000000 0002 01 16391\n"
		     "0000000000000000: 00000003 00000000 00000000 0001 03 16400\n");

	assert_int_equal(procnet_parse(kind(NET_UNIX_STREAM, AF_UNIX), text, &out), 0);
	assert_int_equal(out.rows.n, 3);
	assert_string_equal(out.rows.v[0]->path, "/run/a b.sock");
	assert_int_equal(out.rows.v[0]->state, SOCK_LISTEN);
	assert_int_equal(out.rows.v[1]->proto, NET_UNIX_SEQPACKET);
	assert_string_equal(out.rows.v[1]->path, "@x@y");
	assert_int_equal(out.rows.v[2]->proto, NET_UNIX_DGRAM);
	assert_int_equal(out.rows.v[2]->inode, 16390);
}

static struct nlmsghdr *
message(char *buf, size_t fixed, void **ret)
{
	struct nlmsghdr *head = mnl_nlmsg_put_header(buf);

	head->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	head->nlmsg_seq = 9;
	*ret = mnl_nlmsg_put_extra_header(head, fixed);
	return head;
}

static void
diag_tells_more(void **state)
{
	_Alignas(struct nlmsghdr) char buf[1024] = {0};
	struct sock_out out = {.arena = arena};
	struct nlmsghdr *head;
	void *fixed;
	struct inet_diag_msg *row;

	head = message(buf, sizeof(*row), &fixed);
	row = fixed;
	row->idiag_family = AF_INET6;
	row->idiag_state = SOCK_LISTEN;
	row->id.idiag_sport = htons(22);
	row->id.idiag_if = 4;
	row->id.idiag_cookie[0] = 7;
	row->id.idiag_cookie[1] = 1;
	row->idiag_inode = 55;
	mnl_attr_put_u8(head, INET_DIAG_SKV6ONLY, 1);
	mnl_attr_put_u64(head, INET_DIAG_CGROUP_ID, 0x100000002u);
	assert_int_equal(diag_parse(kind(NET_TCP, AF_INET6), buf, head->nlmsg_len, 9, &out), 1);
	assert_int_equal(out.rows.n, 1);
	is_text(&out.rows.v[0]->addr, "::");
	assert_int_equal(out.rows.v[0]->port, 22);
	assert_int_equal(out.rows.v[0]->ifindex, 4);
	assert_true(out.rows.v[0]->cookie == 0x100000007u);
	assert_true(out.rows.v[0]->cgroup_id == 0x100000002u);
	assert_true(out.rows.v[0]->v6only_known && out.rows.v[0]->v6only);
	/* Somebody else's answer, a cut one, and one that claims more than is there. */
	assert_int_equal(diag_parse(kind(NET_TCP, AF_INET6), buf, head->nlmsg_len, 8, &out), 1);
	diag_parse(kind(NET_TCP, AF_INET6), buf, head->nlmsg_len - 8, 9, &out);
	head->nlmsg_len = 4096;
	diag_parse(kind(NET_TCP, AF_INET6), buf, 200, 9, &out);
	assert_int_equal(out.rows.n, 1);
}

static void
diag_ends_or_refuses(void **state)
{
	_Alignas(struct nlmsghdr) char buf[64] = {0};
	struct sock_out out = {.arena = arena};
	struct nlmsghdr *head;
	void *error;

	head = message(buf, sizeof(int32_t), &error);
	head->nlmsg_type = NLMSG_DONE;
	assert_int_equal(diag_parse(&sock_kinds[0], buf, head->nlmsg_len, 9, &out), 0);
	head->nlmsg_type = NLMSG_ERROR;
	*(int32_t *)error = -ENOENT;
	assert_int_equal(diag_parse(&sock_kinds[0], buf, head->nlmsg_len, 9, &out), -ENOENT);
}

static void
abstract_names_show_their_nuls(void **state)
{
	assert_string_equal(sock_unix_name(arena, "\0a\0b", 4), "@a@b");
	assert_string_equal(sock_unix_name(arena, "/run/x\0\0", 8), "/run/x");
	assert_null(sock_unix_name(arena, "", 0));
}

static void
a_comm_may_hold_anything(void **state)
{
	const struct span text = SPAN(
		"12 (a) b) (c) S 7 12 3 34817 -1 4194560 1 2 3 4 50 60 7 8 20 0 1 0 777 8192 3 "
		"18446744073709551615\n");
	struct proc_stat stat;

	assert_true(proc_stat_parse(text, &stat));
	assert_string_equal(stat.comm, "a) b) (c");
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.ppid, 7);
	assert_int_equal(stat.sid, 3);
	assert_int_equal(stat.tty, 34817);
	assert_true(stat.start_ticks == 777);
	assert_true(stat.cpu_ticks == 110);
	assert_false(stat.kernel_thread);
	assert_string_equal(process_tty_name(arena, stat.tty), "pts/1");
	assert_false(proc_stat_parse(SPAN("12 (cut"), &stat));
	assert_false(proc_stat_parse(SPAN("12 (short) S 1 2"), &stat));
}

static void
cgroups_of_all_kinds(void **state)
{
	struct process p = {0};

	process_parse_cgroup(SPAN("0::/system.slice/ssh.service\n"), arena, &p);
	assert_string_equal(p.cgroup, "/system.slice/ssh.service");
	process_parse_cgroup(SPAN("9:name=systemd:/system.slice/x:y.service\n8:pids:/z\n0::/\n"),
			     arena, &p);
	assert_string_equal(p.cgroup, "/system.slice/x:y.service");
	process_parse_cgroup(SPAN("0::/a.scope (deleted)\n"), arena, &p);
	assert_string_equal(p.cgroup, "/a.scope");
}

static void
status_and_command_line(void **state)
{
	struct process p = {0};

	process_parse_status(SPAN("Name:\tx\nUid:\t1000\t0\t0\t0\nGid:\t5\t6\t7\t8\nCapEff:\t"
				  "0000000000000400\nNoNewPrivs:\t1\nSeccomp:\t2\n"),
			     &p);
	assert_int_equal(p.uid, 0);
	assert_int_equal(p.gid, 6);
	assert_true(p.cap_effective == 0x400);
	assert_true(p.no_new_privs);
	assert_int_equal(p.seccomp, PROCESS_SECCOMP_FILTER);
	process_parse_cmdline(SPAN("/usr/bin/x\0-a b\0\0c\0\0\0"), arena, &p);
	assert_string_equal(p.title, "/usr/bin/x -a b  c");
	assert_string_equal(p.argv[1], "-a b");
	assert_string_equal(p.argv[2], "");
	assert_string_equal(p.argv[3], "c");
	assert_null(p.argv[4]);
}

static void
rpc_registrations(void **state)
{
	struct audit audit = {.arena = arena};
	static const char reply[] = "\0\0\0\7\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
				    "\0\0\0\1\0\1\206\245\0\0\0\3\0\0\0\3tcp\0"
				    "\0\0\0\x0d"
				    "0.0.0.0.6.158\0\0\0\0\0\0\0\0\0\0\0";
	const struct span bytes = {reply, sizeof(reply) - 1};

	assert_true(rpc_parse_dump(&audit, bytes, 7));
	assert_int_equal(audit.rpc.n, 1);
	assert_int_equal(audit.rpc.v[0].program, 100005);
	assert_int_equal(audit.rpc.v[0].version, 3);
	assert_int_equal(audit.rpc.v[0].port, 1694);
	assert_int_equal(audit.rpc.v[0].proto, NET_TCP);
	assert_false(rpc_parse_dump(&audit, bytes, 8));
	assert_false(rpc_parse_dump(&audit, (struct span){reply, 50}, 7));
}

static void
put_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	auto_fd fd = -1;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
}

static void
make_dirs(char *path)
{
	for (char *at = strchr(path + 5, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(path, 0755);
		*at = '/';
	}
	mkdir(path, 0755);
}

/* dpkg-divert(8): what P diverts from A to B is P's at A and the others' at B. */
static void
packages_by_their_lists(void **state)
{
	char top[] = "/tmp/gatehouse-packages-XXXXXX", dir[128], clean[128];
	static const char *const paths[] = {"/usr/bin/bash",      "/sbin/init",    "/usr/bin/tool",
					    "/usr/bin/tool.real", "/usr/bin/none", NULL};
	const char *found[COUNT_OF(paths)];
	struct diags diags = diags_of(arena);
	struct err err;
	auto_root root = {.fd = -1};

	assert_non_null(mkdtemp(top));
	snprintf(dir, sizeof(dir), "%s/var/lib/dpkg/info", top);
	make_dirs(dir);
	put_file(dir, "bash.list", "/.\n/bin\n/bin/bash\n");
	put_file(dir, "sysvinit-core:amd64.list", "/usr/sbin/init");
	put_file(dir, "tool.list", "/usr/bin/tool\n");
	put_file(dir, "wrapper.list", "/usr/bin/tool\n/usr/bin/nonesuch\n");
	put_file(dir, "../diversions", "/usr/bin/tool\n/usr/bin/tool.real\nwrapper\n");
	assert_int_equal(mkfifoat(AT_FDCWD, strcat(strcpy(clean, dir), "/trap.list"), 0600), 0);
	assert_int_equal(root_open(&root, top, &err), 0);
	inventory_packages(&root, arena, &diags, paths, COUNT_OF(paths), found);
	assert_string_equal(found[0], "bash");
	assert_string_equal(found[1], "sysvinit-core");
	assert_string_equal(found[2], "wrapper");
	assert_string_equal(found[3], "tool");
	assert_null(found[4]);
	assert_null(found[5]);
	assert_int_equal(diags.n, 1); /* the fifo */
	snprintf(clean, sizeof(clean), "rm -r %s", top);
	assert_int_equal(system(clean), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(tcp_lines_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(unix_lines_are_read, setup, teardown),
		cmocka_unit_test_setup_teardown(diag_tells_more, setup, teardown),
		cmocka_unit_test_setup_teardown(diag_ends_or_refuses, setup, teardown),
		cmocka_unit_test_setup_teardown(abstract_names_show_their_nuls, setup, teardown),
		cmocka_unit_test_setup_teardown(a_comm_may_hold_anything, setup, teardown),
		cmocka_unit_test_setup_teardown(cgroups_of_all_kinds, setup, teardown),
		cmocka_unit_test_setup_teardown(status_and_command_line, setup, teardown),
		cmocka_unit_test_setup_teardown(rpc_registrations, setup, teardown),
		cmocka_unit_test_setup_teardown(packages_by_their_lists, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
