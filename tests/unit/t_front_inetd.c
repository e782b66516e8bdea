/* conf/front_inetd.c: entries of each dialect and the services they must give, from the manuals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"

/* A machine of which this is known. */
static bool
user(void *data, const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	static const struct {
		const char *name;
		uid_t uid;
		gid_t gid;
	} rows[] = {{"root", 0, 0}, {"nobody", 65534, 65534}, {"uucp", 10, 11}, {"a.b", 7, 8}};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (text_is(name, rows[i].name)) {
			*ret_uid = rows[i].uid;
			*ret_gid = rows[i].gid;
			return true;
		}
	return false;
}

static bool
group(void *data, const char *name, gid_t *ret_gid)
{
	*ret_gid = 5;
	return text_is(name, "tty");
}

static bool
port(void *data, const char *name, enum net_proto proto, uint16_t *ret)
{
	static const struct {
		const char *name;
		uint16_t port;
	} rows[] = {{"telnet", 23}, {"ftp", 21},   {"pop3", 110}, {"pop-3", 110}, {"echo", 7},
		    {"tftp", 69},   {"talk", 517}, {"tcpmux", 1}, {"discard", 9}};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (text_is(name, rows[i].name)) {
			*ret = rows[i].port;
			return true;
		}
	return false;
}

static bool
rpc(void *data, const char *name, uint32_t *ret)
{
	*ret = 100001;
	return text_is(name, "rstatd");
}

static bool
protocol(void *data, const char *name, uint32_t *ret)
{
	*ret = 132;
	return text_is(name, "sctp");
}

static size_t
host(void *data, const char *name, struct net_addr *ret, size_t max)
{
	if (!text_is(name, "box") || max < 2)
		return 0;
	assert_true(net_addr_parse(SPAN("192.168.7.1"), &ret[0]));
	assert_true(net_addr_parse(SPAN("fd00:7::1"), &ret[1]));
	return 2;
}

static const struct conf_lookup lookup = {
	.user = user, .group = group, .port = port, .rpc = rpc, .protocol = protocol, .host = host};

static void put(char *out, size_t size, const char *fmt, ...) printf_like(3, 4);

static void
put(char *out, size_t size, const char *fmt, ...)
{
	size_t n = strlen(out);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out + n, size - n, fmt, ap);
	va_end(ap);
}

static void
put_rate(char *out, size_t size, const char *name, struct service_rate rate)
{
	if (rate.count)
		put(out, size, " %s=%u/%u", name, rate.count, rate.period_s);
}

static void
put_count(char *out, size_t size, const char *name, uint32_t n)
{
	if (n && n != SERVICE_UNLIMITED)
		put(out, size, " %s=%u", name, n);
}

static void
put_listeners(char *out, size_t size, const struct service *s)
{
	char buf[NET_ADDR_TEXT];

	for (uint32_t i = 0; i < s->n_listeners; i++) {
		const struct service_listener *l = &s->listeners[i];

		if (l->path)
			put(out, size, " %s(%d:%d:%o)", l->path, (int)l->owner, (int)l->group,
			    l->mode);
		else
			put(out, size, " %s:%u%s", net_addr_text(&l->addr, buf), l->port,
			    l->v6only ? "!" : "");
	}
}

/* What matters of a service, in one line. */
static void
put_service(char *out, size_t size, const struct service *s)
{
	static const char *const kinds[] = {"", " builtin", " redirect", " tcpmux", " sensor"};
	const struct service_account *a = &s->account;

	put(out, size, "%s%s%s", s->id, kinds[s->kind], s->wait ? " wait" : "");
	put_listeners(out, size, s);
	if (s->rpc)
		put(out, size, " rpc=%u/%u-%u", s->rpc->program, s->rpc->low, s->rpc->high);
	if (s->muxed)
		put(out, size, " mux%s", s->mux_plus ? "+" : "");
	if (a->switch_uid)
		put(out, size, " uid=%u", a->uid);
	if (a->switch_gid)
		put(out, size, " gid=%u", a->gid);
	if (a->groups == GROUPS_OF_USER)
		put(out, size, " groups");
	put_rate(out, size, "rate", s->limits.rate);
	put_rate(out, size, "source", s->limits.source_rate);
	put_count(out, size, "max", s->limits.instances);
	put_count(out, size, "each", s->limits.per_source);
	put_count(out, size, "sndbuf", s->sndbuf);
	put_count(out, size, "rcvbuf", s->rcvbuf);
	if (s->wrap)
		put(out, size, " wrap=%s", s->wrap);
	if (s->program)
		put(out, size, " %s", s->program);
	for (uint32_t i = 0; s->argv && s->argv[i]; i++)
		put(out, size, "|%s", s->argv[i]);
	put(out, size, "\n");
}

static char dir[] = "/tmp/t_front_inetd.XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct serve *
load(const char *dialect, const char *text, bool no_wrap)
{
	static const char *const files[] = {"/inetd.conf", NULL};
	static struct root root;
	struct conf_options options = {.root = &root,
				       .lookup = &lookup,
				       .files = files,
				       .dialect = dialect,
				       .privileged = true,
				       .no_wrap = no_wrap,
				       .differences = true};
	struct serve *serve;
	struct err err;

	root_close(&root);
	assert_int_equal(root_open(&root, dir, &err), 0);
	write_file("inetd.conf", text);
	assert_int_equal(conf_load(&options, &serve, &err), 0);
	return serve;
}

#define BIN " /bin/x|x\n"
#define X "/bin/x x\n"

static const struct {
	const char *dialect, *text, *wanted;
} cases[] = {
	/* INETD-3: tcpd seen through; bare names in /usr/sbin (INETD-2). */
	{"openbsd", "ftp stream tcp nowait root /usr/sbin/tcpd in.ftpd -l -a\n",
	 "ftp/tcp 0.0.0.0:21 :::21! rate=256/60 wrap=in.ftpd /usr/sbin/in.ftpd|in.ftpd|-l|-a\n"},
	{"openbsd", "pop-3 stream tcp nowait root /usr/sbin/tcpd /opt/ipop3d\n",
	 "pop-3/tcp 0.0.0.0:110 :::110! rate=256/60 wrap=ipop3d /opt/ipop3d|ipop3d\n"},
	{"openbsd", "tftp dgram udp4 wait nobody /usr/sbin/tcpd in.tftpd -s\n",
	 "tftp/udp4 wait 0.0.0.0:69 uid=65534 gid=65534 groups rate=256/60 wrap=in.tftpd "
	 "/usr/sbin/in.tftpd|in.tftpd|-s\n"},
	/* Families, one row per dialect and ending. */
	{"openbsd", "telnet stream tcp46 nowait root " X,
	 "telnet/tcp46 :::23 rate=256/60 wrap=x" BIN},
	{"openbsd", "telnet stream tcp6 nowait root " X,
	 "telnet/tcp6 :::23! rate=256/60 wrap=x" BIN},
	{"freebsd", "telnet stream tcp nowait root " X,
	 "telnet/tcp 0.0.0.0:23 rate=256/60 wrap=x" BIN},
	{"freebsd", "telnet stream tcp46 nowait root " X,
	 "telnet/tcp46 :::23 rate=256/60 wrap=x" BIN},
	{"netbsd", "telnet stream tcp6 nowait root " X, "telnet/tcp6 :::23! rate=40/60 wrap=x" BIN},
	{"gnu", "telnet stream tcp nowait root " X, "telnet/tcp 0.0.0.0:23 rate=40/60 wrap=x" BIN},
	{"gnu", "telnet stream tcp6 nowait root " X, "telnet/tcp6 :::23 rate=40/60 wrap=x" BIN},
	{"gnu", "telnet stream tcp6only nowait root " X,
	 "telnet/tcp6only :::23! rate=40/60 wrap=x" BIN},
	{"busybox", "telnet stream tcp nowait root " X, "telnet/tcp 0.0.0.0:23 wrap=x" BIN},
	{"xinetd", "telnet stream tcp nowait root " X, "telnet :::23 wrap=x" BIN},
	/* Addresses (INETD-14): a list, a name, one that stays for what follows. */
	{"openbsd", "127.0.0.1,[::1]:telnet stream tcp nowait root " X,
	 "telnet/tcp@127.0.0.1,[::1] 127.0.0.1:23 ::1:23! rate=256/60 wrap=x" BIN},
	{"openbsd", "box:telnet stream tcp4 nowait root " X,
	 "telnet/tcp4@box 192.168.7.1:23 rate=256/60 wrap=x" BIN},
	{"openbsd", "127.0.0.1:\n23 stream tcp nowait root " X "*:ftp stream tcp nowait root " X,
	 "23/tcp@127.0.0.1 127.0.0.1:23 rate=256/60 wrap=x" BIN
	 "ftp/tcp 0.0.0.0:21 :::21! rate=256/60 wrap=x" BIN},
	{"openbsd", "nowhere.example:telnet stream tcp nowait root " X, ""},
	{"openbsd", "127.0.0.1:telnet stream tcp6 nowait root " X, ""},
	/* Users: root alone switches nothing, a group only the group; dots. */
	{"openbsd", "telnet stream tcp4 nowait root.tty " X,
	 "telnet/tcp4 0.0.0.0:23 gid=5 rate=256/60 wrap=x" BIN},
	{"openbsd", "telnet stream tcp4 nowait :tty " X,
	 "telnet/tcp4 0.0.0.0:23 gid=5 rate=256/60 wrap=x" BIN},
	{"openbsd", "telnet stream tcp4 nowait uucp " X,
	 "telnet/tcp4 0.0.0.0:23 uid=10 gid=11 groups rate=256/60 wrap=x" BIN},
	{"openbsd", "telnet stream tcp4 nowait uucp:tty " X,
	 "telnet/tcp4 0.0.0.0:23 uid=10 gid=5 groups rate=256/60 wrap=x" BIN},
	{"openbsd", "telnet stream tcp4 nowait a.b " X,
	 "telnet/tcp4 0.0.0.0:23 uid=7 gid=8 groups rate=256/60 wrap=x" BIN},
	{"openbsd", "telnet stream tcp4 nowait ghost " X, ""},
	{"openbsd", "telnet stream tcp4 nowait root:ghosts " X, ""},
	/* Limits. */
	{"openbsd", "telnet stream tcp4 nowait.7 root " X,
	 "telnet/tcp4 0.0.0.0:23 rate=7/60 wrap=x" BIN},
	{"openbsd", "telnet stream tcp4 nowait.0 root " X, ""},
	{"openbsd", "telnet stream tcp4 nowait.x root " X, ""},
	{"openbsd", "telnet stream tcp4 later root " X, ""},
	{"freebsd", "telnet stream tcp nowait/10/5/2 nobody:tty/daemon " X,
	 "telnet/tcp 0.0.0.0:23 uid=65534 gid=5 groups rate=256/60 source=5/60 max=10 each=2 "
	 "wrap=x" BIN},
	{"freebsd", "telnet stream tcp nowait//5 root " X,
	 "telnet/tcp 0.0.0.0:23 rate=256/60 source=5/60 wrap=x" BIN},
	{"netbsd", "telnet stream,3:dataready tcp,sndbuf=4k,rcvbuf=1m nowait:9 root " X,
	 "telnet/tcp 0.0.0.0:23 rate=9/60 max=3 sndbuf=4096 rcvbuf=1048576 wrap=x" BIN},
	/* Built-in services, tcpmux, RPC, unix sockets. */
	{"openbsd", "echo dgram udp4 wait root internal\n", "echo/udp4 builtin 0.0.0.0:7\n"},
	{"openbsd", "tcpmux stream tcp4 nowait root internal\n", ""},
	{"openbsd", "telnet stream tcp4 nowait root internal\n", ""},
	{"xinetd", "discard stream tcp nowait root internal\n", ""},
	{"gnu", "tcpmux stream tcp nowait root internal\n",
	 "tcpmux/tcp tcpmux 0.0.0.0:1 rate=40/60\n"},
	{"gnu", "tcpmux/+date stream tcp nowait nobody /bin/date\n",
	 "tcpmux/date mux+ uid=65534 gid=65534 groups rate=40/60 wrap=date /bin/date|date\n"},
	{"openbsd", "rstatd/1-5 dgram rpc/udp4 wait nobody /usr/sbin/tcpd /usr/sbin/rpc.rstatd\n",
	 "rstatd/rpc/udp4 wait 0.0.0.0:0 rpc=100001/1-5 uid=65534 gid=65534 groups rate=256/60 "
	 "wrap=rpc.rstatd /usr/sbin/rpc.rstatd|rpc.rstatd\n"},
	{"openbsd", "nosuch/1 dgram rpc/udp4 wait nobody " X, ""},
	{"openbsd", "/run/x stream unix nowait root " X, "/run/x /run/x(-1:-1:0) rate=256/60" BIN},
	{"freebsd", ":nobody:tty:0660:/run/x stream unix nowait root " X,
	 "/run/x /run/x(65534:5:660) rate=256/60" BIN},
	{"freebsd", "/run/x stream unix nowait root " X,
	 "/run/x /run/x(-1:-1:200) rate=256/60" BIN},
	/* Quotes are NetBSD's; others split at blanks and pass them on. */
	{"netbsd", "telnet stream tcp nowait root /bin/x x \"a b\" 'c\\'d'\n",
	 "telnet/tcp 0.0.0.0:23 rate=40/60 wrap=x /bin/x|x|a b|c'd\n"},
	{"openbsd", "telnet stream tcp4 nowait root /bin/x x \"a b\"\n",
	 "telnet/tcp4 0.0.0.0:23 rate=256/60 wrap=x /bin/x|x|\"a|b\"\n"},
	/* NetBSD's key-value entries. */
	{"netbsd",
	 "telnet on bind = ::1, # here\n protocol = tcp, wait = no, user = nobody, group = tty,\n"
	 " service_max = 5, ip_max = 2, accept_max = 3, recvbuf = 8k,\n exec = /bin/x, args = x "
	 "\"a b\";\n",
	 "telnet/tcp@::1 ::1:23! uid=65534 gid=5 groups rate=5/60 source=2/60 max=3 rcvbuf=8192 "
	 "wrap=x /bin/x|x|a b\n"},
	{"netbsd",
	 "echo on protocol = udp;\ntelnet off protocol = tcp, user = root, wait = no, exec = "
	 "/bin/x;\n",
	 "echo/udp builtin 0.0.0.0:7\n"},
	{"netbsd",
	 "telnet on protocol = tcp, wait = no, user = root, exec = /bin/x, ipsec = \"in ipsec "
	 "esp\";\n",
	 ""},
	{"netbsd",
	 "#@ in ipsec esp/transport//require\ntelnet stream tcp nowait root " X
	 "#@\nftp stream tcp nowait root " X,
	 "ftp/tcp 0.0.0.0:21 rate=40/60 wrap=x" BIN},
	{"openbsd", "#@ only a comment\ntelnet stream tcp4 nowait root " X,
	 "telnet/tcp4 0.0.0.0:23 rate=256/60 wrap=x" BIN},
	{"netbsd", "127.0.0.1:\n.include more\n",
	 "ftp/tcp@127.0.0.1 127.0.0.1:21 rate=40/60 wrap=x" BIN},
	/* Whose it is shows. */
	{NULL, "telnet stream tcp nowait/5 root " X,
	 "telnet/tcp 0.0.0.0:23 rate=256/60 max=5 wrap=x" BIN},
	{NULL, "telnet stream tcp6only nowait root " X,
	 "telnet/tcp6only :::23! rate=40/60 wrap=x" BIN},
	{NULL, "ftp on protocol = tcp, wait = no, user = root, exec = /bin/x;\n",
	 "ftp/tcp 0.0.0.0:21 rate=40/60 wrap=x" BIN},
	/* Never wider than written: what makes no sense stays closed, the rest is served
	   (INETD-17). */
	{"openbsd",
	 "telnet stream udp nowait root " X "ftp stream tcp4 nowait root " X "short line\n"
	 "talk dgram udp4 wait root x\n99999 stream tcp nowait root " X
	 "0 stream tcp nowait root " X,
	 "ftp/tcp4 0.0.0.0:21 rate=256/60 wrap=x" BIN},
	{"openbsd", "#telnet stream tcp nowait root " X "#<off># ftp stream tcp nowait root " X,
	 ""},
	{"openbsd", "ftp stream tcp4 nowait root " X "ftp stream tcp4 nowait nobody " X,
	 "ftp/tcp4 0.0.0.0:21 rate=256/60 wrap=x" BIN},
	{"openbds", "telnet stream tcp nowait root " X, ""},
};

static void
entries_give_the_services_the_manuals_say(void **state)
{
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct serve *serve = load(cases[i].dialect, cases[i].text, false);
		char out[4096] = "";

		for (size_t s = 0; s < serve->n; s++)
			put_service(out, sizeof(out), serve->v[s]);
		if (strcmp(out, cases[i].wanted) != 0)
			print_message("# %s: %s", cases[i].dialect, cases[i].text);
		assert_string_equal(out, cases[i].wanted);
		if (!*out && cases[i].text[0] != '#')
			assert_true(serve->diags.count[DIAG_ERROR] > 0);
		serve_free(serve);
	}
}

static void
errors_name_place_and_remedy(void **state)
{
	struct serve *serve =
		load("openbsd",
		     "\nftp strxam tcp nowait root /bin/x\ntelnet stream tcp nowiat root /bin/x\n",
		     false);

	assert_int_equal(serve->n, 0);
	assert_int_equal(serve->n_closed, 2);
	assert_int_equal(serve->diags.n, 2);
	assert_string_equal(
		diag_line(serve->arena, &serve->diags.v[0]),
		"/inetd.conf:2:5: error: service ftp stays closed: no such socket type: "
		"\"strxam\" - did you mean \"stream\"?");
	assert_string_equal(
		diag_line(serve->arena, &serve->diags.v[1]),
		"/inetd.conf:3:19: error: service telnet stays closed: neither wait nor "
		"nowait: \"nowiat\" - did you mean \"nowait\"?");
	serve_free(serve);
}

static void
without_wrap_tcpd_still_asks(void **state)
{
	struct serve *serve =
		load("openbsd", "ftp stream tcp nowait root /usr/sbin/tcpd in.ftpd\n", true);

	assert_int_equal(serve->n, 1);
	assert_null(serve->v[0]->wrap);
	assert_string_equal(serve->v[0]->program, "/usr/sbin/tcpd");
	assert_string_equal(serve->v[0]->argv[0], "in.ftpd");
	serve_free(serve);
}

static bool
has_difference(const struct serve *serve, const char *id)
{
	const struct conf_differs *rows;
	size_t n = conf_differences(serve, &rows);

	for (size_t i = 0; i < n; i++)
		if (text_is(rows[i].difference->id, id))
			return true;
	return false;
}

static void
differences_are_told(void **state)
{
	static const struct {
		const char *dialect, *text, *id;
	} rows[] = {
		{"openbsd", "ftp stream tcp nowait root /bin/x\n", "inetd-wrap-always"},
		{"openbsd", "ftp stream tcp nowait root /usr/sbin/tcpd x\n", "inetd-tcpd"},
		{"openbsd", "ftp stream tcp nowait root /bin/x\n", "inetd-rate"},
		{"openbsd", "ftp stream tcp nowait ghost /bin/x\n", "inetd-unknown-user"},
		{"openbsd", "ftp stream tcp later root /bin/x\n", "inetd-wait"},
		{"openbsd", "ftp stream udp nowait root /bin/x\n", "inetd-protocol"},
		{"openbsd", "ftp stream tcp46 nowait root /bin/x\n", "inetd-name-46"},
		{"freebsd", "ftp stream tcp nowait root/staff /bin/x\n", "inetd-login-class"},
		{"netbsd", "ftp stream:http tcp nowait root /bin/x\n", "inetd-accept-filter"},
		{"freebsd", "#@ x\nftp stream tcp nowait root /bin/x\n", "inetd-ipsec"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct serve *serve = load(rows[i].dialect, rows[i].text, false);

		assert_true(has_difference(serve, rows[i].id));
		serve_free(serve);
	}
}

/* What xinetd.conf switches off stays off in the inetd.conf that xinetd reads too. */
static void
lists_of_xinetd_hold(void **state)
{
	static const struct {
		const char *list, *wanted;
	} rows[] = {{"disabled = ftp", "telnet"},
		    {"enabled = FTP", "ftp"},
		    {"disabled = x", "ftp telnet"}};
	static const char *const files[] = {"/xinetd.conf", "/inetd.conf", NULL};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct root root = {0};
		struct conf_options options = {.root = &root,
					       .lookup = &lookup,
					       .files = files,
					       .dialect = "xinetd",
					       .privileged = true};
		char text[128], out[64] = "";
		struct serve *serve;
		struct err err;

		snprintf(text, sizeof(text), "defaults\n{\n%s\n}\n", rows[i].list);
		write_file("xinetd.conf", text);
		write_file("inetd.conf",
			   "ftp stream tcp nowait root " X "telnet stream tcp nowait root " X);
		assert_int_equal(root_open(&root, dir, &err), 0);
		assert_int_equal(conf_load(&options, &serve, &err), 0);
		for (size_t s = 0; s < serve->n; s++)
			put(out, sizeof(out), "%s%s", s ? " " : "", serve->v[s]->id);
		assert_string_equal(out, rows[i].wanted);
		serve_free(serve);
		root_close(&root);
	}
}

static int
set_up(void **state)
{
	assert_non_null(mkdtemp(dir));
	write_file("more", "ftp stream tcp nowait root " X);
	return 0;
}

static int
tear_down(void **state)
{
	char path[128];

	static const char *const names[] = {"more", "inetd.conf", "xinetd.conf"};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_give_the_services_the_manuals_say),
		cmocka_unit_test(errors_name_place_and_remedy),
		cmocka_unit_test(without_wrap_tcpd_still_asks),
		cmocka_unit_test(differences_are_told),
		cmocka_unit_test(lists_of_xinetd_hold),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
