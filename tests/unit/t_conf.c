/*
 * xinetd.conf to services: every attribute, type, flag and operator, what each may not be, and
 * what becomes of a mistake. Expected values are from xinetd.conf(5) and gatehouse.conf(5).
 */
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
#include <syslog.h>
#include <unistd.h>

#include "access/access.h"
#include "base/fd.h"
#include "conf/lookup_root.h"

static char top[] = "/tmp/gatehouse-conf-XXXXXX";

static const char *const dirs[] = {"etc", "etc/xinetd.d", "usr", "usr/share", "usr/share/zoneinfo"};
static const struct {
	const char *name, *text;
} files[] = {
	{"etc/passwd", "root:x:0:0::/:/bin/sh\nuucp:x:10:14::/:/bin/sh\n"},
	{"etc/group", "root:x:0:\ntty:x:5:\n"},
	{"etc/protocols", "ip 0 IP\nicmp 1 ICMP\ntcp 6 TCP\nudp 17 UDP\n"},
	{"etc/services", "ftp 21/tcp\ntelnet 23/tcp\ntime 37/tcp\ntime 37/udp\necho 7/udp\n"
			 "pop3 110/tcp pop-3\ntcpmux 1/tcp\n"},
	{"etc/rpc", "rstatd 100001 rstat\n"},
	{"etc/hosts", "127.0.0.1 localhost\n::1 localhost\n10.1.2.3 inner\n"},
	{"etc/motd", "hello\n"},
	{"usr/share/zoneinfo/UTC", "x"},
	{"server", "x"},
	{"plain", "x"},
};

static void
put(const char *name, const char *text)
{
	char path[512];
	auto_file f = NULL;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
}

static void
make_dir(const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static int
setup(void **state)
{
	char path[512];

	if (!mkdtemp(top))
		return -1;
	for (size_t i = 0; i < COUNT_OF(dirs); i++)
		make_dir(dirs[i]);
	for (size_t i = 0; i < COUNT_OF(files); i++)
		put(files[i].name, files[i].text);
	snprintf(path, sizeof(path), "%s/server", top);
	return chmod(path, 0755);
}

static int
teardown(void **state)
{
	char command[512];

	snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command);
}

/* A generation of the text as /etc/xinetd.conf. */
static struct serve *
load_as(const char *text, bool differences)
{
	static const char *const conf[] = {"/etc/xinetd.conf", NULL};
	auto_root root = {0};
	struct arena *arena = arena_new();
	struct conf_lookup lookup;
	struct conf_options options = {
		.root = &root, .files = conf, .privileged = true, .differences = differences};
	struct serve *serve = NULL;
	struct err err = {0};

	assert_int_equal(root_open(&root, top, &err), 0);
	put("etc/xinetd.conf", text);
	lookup = conf_lookup_root(&root, arena);
	options.lookup = &lookup;
	if (conf_load(&options, &serve, &err) < 0)
		fail_msg("%s", err.text);
	arena_free(arena);
	return serve;
}

static struct serve *
load(const char *text)
{
	return load_as(text, false);
}

/* One service with these lines more; NULL lines are left out. */
static struct serve *
load_lines(const char *lines)
{
	char text[4096];

	snprintf(text, sizeof(text), "service svc\n{\n%s\n}\n", lines);
	return load(text);
}

#define BASE                                                                                       \
	"type = UNLISTED\nport = 99\nsocket_type = stream\nwait = no\nuser = root\n"               \
	"server = /server\n"

static bool
says(const struct serve *serve, enum diag_level level, const char *text)
{
	for (size_t i = 0; i < serve->diags.n; i++)
		if (serve->diags.v[i].level == level && strstr(serve->diags.v[i].text, text))
			return true;
	return false;
}

static void
show(const struct serve *serve)
{
	for (size_t i = 0; i < serve->diags.n; i++)
		print_message("# %s\n", diag_line(serve->arena, &serve->diags.v[i]));
}

/* Mistakes ---------------------------------------------------------------------------------- */

/* Lines behind BASE, and some words of what must be said. */
static const struct {
	const char *lines, *says;
} wrong[] = {
	{"only_form = 10.0.0.1", "only_form is no attribute - did you mean \"only_from\"?"},
	{"disabled = svc", "may stand in defaults only"},
	{"port = 100", "port: is set already in line"},
	{"instances += 1", "instances: takes no += and no -="},
	{"instances = 1 2", "instances: takes 1 value, not 2"},
	{"instances =", "instances: takes 1 value, not 0"},
	{"instances = -1", "'-1' is no number"},
	{"instances = many", "'many' is no number"},
	{"per_source = 0x10", "'0x10' is no number"},
	{"cps = 10", "cps: takes 2 values, not 1"},
	{"cps = a 5", "'a' is no number"},
	{"cps = 5 -1", "'-1' is no number"},
	{"cps = 5 5\nrate = 4", "only one of them"},
	{"rate = 0", "must be at least 1"},
	{"rate = 5 0", "must be at least 1"},
	{"source_rate = x", "'x' is no number"},
	{"source_prefix = 33 64", "'33' is no number from 0 to 32"},
	{"source_prefix = 0 64", "a prefix of no bits is everybody"},
	{"penalty = soon", "'soon' is no number"},
	{"session_time = 0", "must be at least 1"},
	{"on_limit = drop", "'drop' is none of its words"},
	{"stderr = file", "'file' is none of its words"},
	{"max_load = 0", "'0' is no load"},
	{"max_load = -1", "'-1' is no load"},
	{"max_load = 1e9", "'1e9' is no load"},
	{"access_times = 8-9", "'8-9' is no interval"},
	{"access_times = 25:00-26:00", "is no interval"},
	{"access_times = 24:00-25:00", "is no interval"},
	{"access_times = 8:00-8:60", "is no interval"},
	{"access_times = Mom@8:00-9:00", "is no interval"},
	{"access_times =", "access_times: has no value"},
	{"time_zone = Mars/Olympus", "'Mars/Olympus' is no time zone"},
	{"time_zone = ../../../etc/passwd", "is no time zone"},
	{"nice = ten", "'ten' is no number from -20 to 19"},
	{"nice = 20", "'20' is no number from -20 to 19"},
	{"umask = 999", "'999' is no mask"},
	{"umask = 1777", "'1777' is no mask"},
	{"rlimit_as = 1T", "'1T' is no size"},
	{"rlimit_cpu = 1K", "'1K' is no number"},
	{"groups = si", "'si' is neither yes nor no"},
	{"v6only = x", "'x' is neither yes nor no"},
	{"disable = maybe", "'maybe' is neither yes nor no"},
	{"disable = yes no", "disable: takes 1 value, not 2"},
	{"disable += yes", "disable: takes no += and no -="},
	{"group = ghosts", "there is no group 'ghosts'"},
	{"flags = KEEPALIV", "'KEEPALIV' is none of its words - did you mean \"KEEPALIVE\"?"},
	{"flags = IDONLY", "IDONLY is not offered"},
	{"flags = LABELED", "LABELED is not offered"},
	{"flags = NAMEINARGS", "server_args is missing"},
	{"flags = SENSOR\nredirect = 127.0.0.1 80", "a SENSOR has no redirect"},
	{"bind = nowhere.test", "'nowhere.test' has no address"},
	{"bind = 127.0.0.1\nflags = IPv6", "is of another family than flags ask for"},
	{"bind = ::1\nflags = IPv4", "is of another family than flags ask for"},
	{"bind_device = 0123456789abcdef", "is no interface's name"},
	{"backlog = 0", "must be at least 1"},
	{"sndbuf = 1G", "'1G' is no size"},
	{"env = A", "'A' is no NAME=VALUE"},
	{"env = =B", "'=B' is no NAME=VALUE"},
	{"env -= A=1", "takes no -="},
	{"only_from -= 10.0.0.1", "is not in the list"},
	{"log_type = PAPER x", "'PAPER' is none of its words"},
	{"log_type = SYSLOG", "SYSLOG takes a facility"},
	{"log_type = SYSLOG nofac", "'nofac' is none of its words"},
	{"log_type = SYSLOG daemon loud", "'loud' is none of its words"},
	{"log_type = FILE", "FILE takes a path"},
	{"log_type = FILE log", "'log' is no absolute path"},
	{"log_type = FILE /log 20K 10K", "'10K' is no size above the soft limit"},
	{"log_type = NONE x", "NONE takes nothing more"},
	{"log_on_success = PDI", "'PDI' is none of its words - did you mean \"PID\"?"},
	{"log_on_failure = RECORD", "'RECORD' is none of its words"},
	{"banner = /nowhere", "/nowhere is not there"},
	{"banner = /etc", "/etc is not a regular file"},
	{"redirect = 127.0.0.1", "redirect: takes 2 values, not 1"},
	{"redirect = 127.0.0.1 nope", "'nope' is no port"},
	{"redirect = nowhere.test 80", "'nowhere.test' has no address"},
	{"deny_time = soon", "'soon' is no number"},
	{"server_args = \"a b", "a closing '\"' is missing"},
	{"server_args = a\r", "holds a control character"},
	{"id = \"two words\"", "is one word without quotes"},
	{"id = \"two\"", "is one word without quotes"},
	{"disable = \"yes\"", "is to be written without quotes"},
	{"bind = 127.0.0.1 localhost 127.0.0.1", "two of its own sockets"},
	{"bind = 0.0.0.0 127.0.0.1", "two of its own sockets"},
	{"socket = /s", "socket does not go with port"},
	{"instances=5", "needs a space before its operator"},
	{"instances 5", "no operator"},
};

static void
test_wrong(void **state)
{
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char lines[1024];
		struct serve *serve;

		snprintf(lines, sizeof(lines), BASE "%s", wrong[i].lines);
		serve = load_lines(lines);
		if (!says(serve, DIAG_ERROR, wrong[i].says) || serve->n || serve->n_closed != 1) {
			show(serve);
			fail_msg("%s: wanted %s; %zu open, %zu closed", wrong[i].lines,
				 wrong[i].says, serve->n, serve->n_closed);
		}
		serve_free(serve);
	}
}

/* The same where nothing else is given. */
static const struct {
	const char *lines, *says;
} alone[] = {
	{"server = /server\nuser = root\nport = 143\ntype = UNLISTED",
	 "socket_type, wait are missing"}, /* XINETD-23 */
	{"socket_type = stream", "wait, user, server are missing"},
	{"socket_type = stream\nwait = no\nuser = root\nserver = /server",
	 "svc/tcp is not in /etc/services"},
	{"socket_type = stream\nwait = no\nuser = ghost\nserver = /server",
	 "there is no user 'ghost'"},
	{"socket_type = stream\nwait = no\nuser = 77\nserver = /server\ntype = UNLISTED\nport = 5",
	 "so group is missing"},
	{"type = UNLISTED\nport = 99 98 99\nsocket_type = stream\nwait = no\nuser = root\n"
	 "server = /server",
	 "two of its own sockets"},
	{"type = UNLISTED\nport = 99\nsocket_type = stream\nwait = yes\nuser = root\n"
	 "server = /server\nno_access = 10.0.0.1",
	 "cannot be kept with wait = yes"},
	{BASE "protocol = xyz", "'xyz' is not in /etc/protocols"},
	{BASE "protocol = udp", "there is no such socket_type for protocol udp"},
	{"type = UNLISTED\nsocket_type = strm\nport = 5", "'strm' is none of its words"},
	{"type = UNLISTED\nsocket_type = stream\nport = 0", "'0' is no port from 1 to 65535"},
	{"type = UNLISTED\nsocket_type = stream\nport = 65536", "'65536' is no port"},
	{"type = UNLISTED\nsocket_type = stream\nport = 7a", "'7a' is no port"},
	{"type = BOGUS\nsocket_type = stream", "'BOGUS' is none of its words"},
	{"type = INTERNAL UNLISTED\nport = 5\nsocket_type = stream\nwait = no",
	 "there is no such INTERNAL service"},
	{"type = TCPMUX\nsocket_type = stream\nwait = no\nuser = root\nserver = /server",
	 "TCPMUX needs UNLISTED too"},
	{"type = RPC UNLISTED\nsocket_type = dgram\nwait = yes\nuser = root\nserver = /server",
	 "rpc_version, rpc_number are missing"},
	{"type = RPC\nrpc_version = 4-2\nsocket_type = dgram", "'4-2' runs backwards"},
	{"type = RPC\nrpc_version = 1-\nsocket_type = dgram", "is no version"},
	{"server = /plain", "/plain is no program"},
	{"server = /etc", "/etc is no program"},
	{"server = server", "'server' is no absolute path"},
	{"socket = s", "'s' is no absolute path"},
};

static void
test_alone(void **state)
{
	for (size_t i = 0; i < COUNT_OF(alone); i++) {
		struct serve *serve = load_lines(alone[i].lines);

		if (!says(serve, DIAG_ERROR, alone[i].says) || serve->n || serve->n_closed != 1) {
			show(serve);
			fail_msg("%s: wanted %s", alone[i].lines, alone[i].says);
		}
		serve_free(serve);
	}
}

/* The same lines in a service that is off are warnings, and count as nothing. */
static void
test_off(void **state)
{
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		char lines[1024];
		struct serve *serve;

		if (strncmp(wrong[i].lines, "disable", 7) == 0 ||
		    strstr(wrong[i].says, "two of its own"))
			continue;
		snprintf(lines, sizeof(lines), "disable = yes\n" BASE "%s", wrong[i].lines);
		serve = load_lines(lines);
		if (!says(serve, DIAG_WARNING, wrong[i].says) || serve->n || serve->n_closed ||
		    serve->diags.count[DIAG_ERROR]) {
			show(serve);
			fail_msg("off, %s: wanted %s", wrong[i].lines, wrong[i].says);
		}
		serve_free(serve);
	}
}

/* Values ------------------------------------------------------------------------------------- */

static struct serve *
good(const char *lines, const struct service **ret)
{
	struct serve *serve = load_lines(lines);

	if (serve->n != 1 || serve->n_closed || serve->diags.count[DIAG_ERROR]) {
		show(serve);
		fail_msg("not opened: %s", lines);
	}
	*ret = serve->v[0];
	return serve;
}

static void
test_defaults_of_all(void **state)
{
	const struct service *s;
	struct serve *serve = good(BASE, &s);

	assert_string_equal(s->name, "svc");
	assert_string_equal(s->id, "svc");
	assert_string_equal(s->place.file, "/etc/xinetd.conf");
	assert_int_equal(s->place.line, 1);
	assert_int_equal(s->kind, SERVICE_PROGRAM);
	assert_int_equal(s->type, SOCK_STREAM);
	assert_int_equal(s->protocol, IPPROTO_TCP);
	assert_false(s->wait);
	assert_int_equal(s->n_listeners, 1);
	assert_int_equal(s->listeners[0].port, 99);
	assert_int_equal(s->listeners[0].addr.family, AF_INET6);
	assert_true(net_addr_is_wildcard(&s->listeners[0].addr));
	assert_false(s->listeners[0].v6only);
	assert_string_equal(s->argv[0], "server");
	assert_null(s->argv[1]);
	assert_true(s->account.switch_uid && s->account.switch_gid);
	assert_int_equal(s->account.groups, GROUPS_NONE);
	assert_int_equal(s->limits.instances, SERVICE_UNLIMITED);
	assert_int_equal(s->limits.per_source, SERVICE_UNLIMITED);
	assert_int_equal(s->limits.rate.count, 50);
	assert_int_equal(s->limits.rate.period_s, 1);
	assert_int_equal(s->limits.penalty_s, 10);
	assert_int_equal(s->limits.v4_bits, 32);
	assert_int_equal(s->limits.v6_bits, 64);
	assert_int_equal(s->umask, -1);
	assert_null(s->access);
	assert_string_equal(s->wrap, "server");
	assert_int_equal(s->sink->kind, SINK_SYSLOG);
	assert_int_equal(s->sink->facility, LOG_DAEMON);
	assert_int_equal(s->sink->level, LOG_INFO);
	assert_int_equal(s->stderr_to, STDERR_CLIENT);
	serve_free(serve);
}

static void
test_account(void **state)
{
	const struct service *s;
	struct serve *serve =
		good("type = UNLISTED\nport = 9\nsocket_type = stream\nwait = no\n"
		     "server = /server\nuser = uucp\ngroups = yes\nnice = -5\numask = 077",
		     &s);

	assert_int_equal(s->account.uid, 10);
	assert_int_equal(s->account.gid, 14);
	assert_int_equal(s->account.groups, GROUPS_OF_USER);
	assert_int_equal(s->nice, -5);
	assert_int_equal(s->umask, 077);
	serve_free(serve);
	/* The order of the lines does not matter. */
	serve = good("type = UNLISTED\nport = 9\nsocket_type = stream\nwait = no\n"
		     "server = /server\ngroup = tty\nuser = 10",
		     &s);
	assert_int_equal(s->account.uid, 10);
	assert_int_equal(s->account.gid, 5);
	assert_string_equal(s->account.user, "uucp");
	serve_free(serve);
}

static void
test_program(void **state)
{
	const struct service *s;
	struct serve *serve = good(BASE "server_args = in.svc -l \"a \\\"b\\\\\" x\"y z\" # c\n"
					"flags = NAMEINARGS NODELAY KEEPALIVE NORETRY\n"
					"env = A=1 B=\"2 3\"\nenv += C=\nrlimit_as = 8M\n"
					"rlimit_cpu = UNLIMITED\nrlimit_files = 64",
				   &s);

	assert_string_equal(s->argv[0], "in.svc");
	assert_string_equal(s->argv[1], "-l");
	assert_string_equal(s->argv[2], "a \"b\\");
	assert_string_equal(s->argv[3], "xy z");
	assert_null(s->argv[4]);
	assert_string_equal(s->wrap, "in.svc");
	assert_string_equal(s->env[0], "A=1");
	assert_string_equal(s->env[1], "B=2 3");
	assert_string_equal(s->env[2], "C=");
	assert_true(s->nodelay && s->keepalive && s->no_retry);
	assert_int_equal(s->n_rlimits, 3);
	assert_int_equal(s->rlimits[0].resource, RLIMIT_AS);
	assert_int_equal(s->rlimits[0].value, 8u << 20);
	assert_true(s->rlimits[1].value == RLIM_INFINITY);
	assert_int_equal(s->rlimits[2].value, 64);
	serve_free(serve);
}

static void
test_listeners(void **state)
{
	const struct service *s;
	struct serve *serve =
		good("type = UNLISTED\nport = 80 8080\nsocket_type = stream\nwait = no\n"
		     "user = root\nserver = /server\nbind = 127.0.0.1 ::1 inner\n"
		     "bind_device = lo\nbacklog = 7\nsndbuf = 4k\nrcvbuf = 8K",
		     &s);

	assert_int_equal(s->n_listeners, 6);
	assert_int_equal(s->listeners[1].port, 8080);
	assert_int_equal(s->listeners[2].addr.family, AF_INET6);
	assert_int_equal(s->listeners[5].addr.bytes[3], 3);
	assert_string_equal(s->listeners[5].device, "lo");
	assert_int_equal(s->backlog, 7);
	assert_int_equal(s->sndbuf, 4096);
	assert_int_equal(s->rcvbuf, 8192);
	serve_free(serve);
	serve = good(BASE "flags = IPv4", &s);
	assert_int_equal(s->listeners[0].addr.family, AF_INET);
	serve_free(serve);
	serve = good(BASE "v6only = yes", &s);
	assert_true(s->listeners[0].v6only);
	serve_free(serve);
	serve = good(BASE "v6only = no", &s);
	assert_false(s->listeners[0].v6only);
	serve_free(serve);
	serve = good(
		"socket = /run/s uucp:tty 660\nsocket_type = seqpacket\nwait = no\nuser = root\n"
		"server = /server\ntype = UNLISTED",
		&s);
	assert_string_equal(s->listeners[0].path, "/run/s");
	assert_int_equal(s->listeners[0].owner, 10);
	assert_int_equal(s->listeners[0].group, 5);
	assert_int_equal(s->listeners[0].mode, 0660);
	assert_int_equal(s->type, SOCK_SEQPACKET);
	serve_free(serve);
}

static void
test_kinds(void **state)
{
	static const char text[] =
		"service time\n{\ntype = INTERNAL\nsocket_type = stream\nwait = no\n}\n"
		"service time\n{\ntype = INTERNAL\nid = time-udp\nsocket_type = dgram\nwait = "
		"yes\n}\n"
		"service tcpmux\n{\ntype = INTERNAL\nsocket_type = stream\nwait = no\n}\n"
		"service mine\n{\ntype = TCPMUXPLUS UNLISTED\nsocket_type = stream\nwait = no\n"
		"user = root\nserver = /server\n}\n"
		"service ftp\n{\nsocket_type = stream\nwait = no\nuser = root\nredirect = "
		"localhost 80\n}\n"
		"service telnet\n{\nflags = SENSOR\nsocket_type = stream\nwait = no\ndeny_time = "
		"5\n}\n"
		"service rstatd\n{\ntype = RPC\nrpc_version = 2-4\nsocket_type = dgram\nwait = "
		"yes\n"
		"user = root\nserver = /server\n}\n";
	struct serve *serve = load(text);

	show(serve);
	assert_int_equal(serve->n, 7);
	assert_int_equal(serve->n_closed, 0);
	assert_int_equal(serve->v[0]->kind, SERVICE_BUILTIN);
	assert_string_equal(serve->v[0]->builtin, "time");
	assert_string_equal(serve->v[1]->id, "time-udp");
	assert_int_equal(serve->v[1]->protocol, IPPROTO_UDP);
	assert_int_equal(serve->v[1]->listeners[0].port, 37);
	assert_int_equal(serve->v[2]->kind, SERVICE_TCPMUX);
	assert_true(serve->v[3]->muxed && serve->v[3]->mux_plus);
	assert_int_equal(serve->v[3]->n_listeners, 0);
	assert_int_equal(serve->v[4]->kind, SERVICE_REDIRECT);
	assert_int_equal(serve->v[4]->redirect->port, 80);
	assert_int_equal(serve->v[4]->redirect->n_to, 2);
	assert_string_equal(serve->v[4]->wrap, "ftp");
	assert_int_equal(serve->v[5]->kind, SERVICE_SENSOR);
	assert_int_equal(serve->v[5]->deny_time_s, 300);
	assert_null(serve->v[5]->wrap);
	assert_int_equal(serve->v[6]->rpc->program, 100001);
	assert_int_equal(serve->v[6]->rpc->low, 2);
	assert_int_equal(serve->v[6]->rpc->high, 4);
	assert_int_equal(serve->v[6]->listeners[0].port, 0);
	serve_free(serve);
}

static void
test_limits(void **state)
{
	const struct service *s;
	struct serve *serve =
		good(BASE "instances = 5\nper_source = UNLIMITED\nrate = 10 60\n"
			  "source_rate = 3\npenalty = 30\nsource_prefix = 24 56\n"
			  "on_limit = queue\nsession_time = 90\nmax_load = 2.75\n"
			  "access_times = 7:00-20:00 Fri-Mon@22:00-06:00 12:00-24:00\n"
			  "time_zone = UTC\nstderr = log",
		     &s);

	assert_int_equal(s->limits.instances, 5);
	assert_int_equal(s->limits.rate.count, 10);
	assert_int_equal(s->limits.rate.period_s, 60);
	assert_int_equal(s->limits.source_rate.count, 3);
	assert_int_equal(s->limits.source_rate.period_s, 1);
	assert_int_equal(s->limits.penalty_s, 30);
	assert_int_equal(s->limits.v4_bits, 24);
	assert_int_equal(s->limits.v6_bits, 56);
	assert_int_equal(s->limits.over, OVER_QUEUE);
	assert_int_equal(s->limits.session_s, 90);
	assert_true(s->limits.max_load > 2.749 && s->limits.max_load < 2.751);
	assert_int_equal(s->limits.n_windows, 3);
	assert_int_equal(s->limits.windows[0].from, 420);
	assert_int_equal(s->limits.windows[0].to, 1200);
	assert_int_equal(s->limits.windows[0].days, 0x7f);
	assert_int_equal(s->limits.windows[1].days, 0x63); /* Sun Mon Fri Sat */
	assert_int_equal(s->limits.windows[1].from, 1320);
	assert_int_equal(s->limits.windows[1].to, 360);
	assert_int_equal(s->limits.windows[2].to, 1439);
	assert_string_equal(s->limits.time_zone, "UTC");
	assert_int_equal(s->stderr_to, STDERR_LOG);
	serve_free(serve);
}

static void
test_logs(void **state)
{
	static const char text[] =
		"defaults\n{\nlog_type = SYSLOG authpriv notice\nlog_on_success = HOST PID\n"
		"log_on_failure = HOST\nonly_from = 127.0.0.1\ninstances = 60\nv6only = yes\n"
		"banner = /etc/motd\n}\n"
		"service telnet\n{\nsocket_type = stream\nwait = no\nuser = root\nserver = "
		"/server\n"
		"log_on_success += DURATION USERID\nlog_on_failure -= HOST\n}\n"
		"service ftp\n{\nsocket_type = stream\nwait = no\nuser = root\nserver = /server\n"
		"log_type = FILE /log 100K\nlog_on_success = EXIT\ninstances = 3\n}\n";
	struct serve *serve = load(text);
	const struct service *telnet, *ftp;

	show(serve);
	assert_int_equal(serve->n, 2);
	telnet = serve->v[0];
	ftp = serve->v[1];
	/* XINETD-13: adds to the defaults; others only the defaults. */
	assert_int_equal(telnet->log_success, SERVICE_LOG_HOST | SERVICE_LOG_PID |
						      SERVICE_LOG_DURATION | SERVICE_LOG_USERID);
	assert_int_equal(telnet->log_failure, 0);
	assert_true(telnet->ask_user);
	assert_int_equal(telnet->sink->facility, LOG_AUTHPRIV);
	assert_int_equal(telnet->sink->level, LOG_NOTICE);
	assert_ptr_equal(telnet->sink, serve->sink);
	assert_non_null(telnet->access);
	assert_true(telnet->listeners[0].v6only);
	assert_int_equal(telnet->limits.instances, 60);
	assert_int_equal(telnet->banners->n_always, 6);
	assert_memory_equal(telnet->banners->always, "hello\n", 6);
	assert_int_equal(ftp->log_success, SERVICE_LOG_EXIT);
	assert_int_equal(ftp->log_failure, SERVICE_LOG_HOST);
	assert_false(ftp->ask_user);
	assert_int_equal(ftp->sink->kind, SINK_FILE);
	assert_int_equal(ftp->sink->soft, 100 << 10);
	assert_int_equal(ftp->sink->hard, (100 << 10) + (5 << 10)); /* at least 5 KB more */
	assert_int_equal(ftp->limits.instances, 3);
	serve_free(serve);
}

/* Files --------------------------------------------------------------------------------------- */

#define SERVICE(name, more)                                                                        \
	"service " name                                                                            \
	"\n{\nsocket_type = stream\nwait = no\nuser = root\nserver = /server\n" more "}\n"

static bool
has(const struct serve *serve, const char *id)
{
	for (size_t i = 0; i < serve->n; i++)
		if (strcmp(serve->v[i]->id, id) == 0)
			return true;
	return false;
}

static void
test_lists(void **state)
{
	struct serve *serve = load("defaults\n{\ndisabled = FTP\ndisabled = telmet\n}\n" SERVICE(
		"ftp", "") SERVICE("telnet", ""));

	assert_int_equal(serve->n, 1);
	assert_true(has(serve, "telnet"));
	assert_true(says(serve, DIAG_WARNING, "no service with the id telmet - did you mean"));
	serve_free(serve);
	serve = load("defaults\n{\nenabled = ftp time\n}\n" SERVICE("ftp", "") SERVICE("telnet", "")
			     SERVICE("time", "disable = yes\n"));
	assert_int_equal(serve->n, 1);
	assert_true(has(serve, "ftp"));
	serve_free(serve);
	serve = load("defaults\n{\ndisabled -= ftp\n}\n" SERVICE("ftp", ""));
	assert_int_equal(serve->n, 0);
	serve_free(serve);
}

/* XINETD-1: names with a dot or '~' are left out; a file may be named otherwise (XINETD-3). */
static void
test_includes(void **state)
{
	struct serve *serve;

	put("etc/xinetd.d/b", SERVICE("ftp", ""));
	put("etc/xinetd.d/a", SERVICE("telnet", ""));
	put("etc/xinetd.d/a.rpmsave", SERVICE("time", ""));
	put("etc/xinetd.d/c~", SERVICE("time", ""));
	put("etc/more", "include /etc/xinetd.conf\n");
	serve = load("includedir /etc/xinetd.d\ninclude /etc/more\ninclude /nowhere\n");
	assert_int_equal(serve->n, 2);
	assert_string_equal(serve->v[0]->id, "telnet");
	assert_string_equal(serve->v[0]->place.file, "/etc/xinetd.d/a");
	assert_true(says(serve, DIAG_ERROR, "this would never end"));
	assert_true(says(serve, DIAG_ERROR, "/nowhere cannot be read"));
	serve_free(serve);
}

static void
test_defaults_wrong(void **state)
{
	/* A service open to all because its only_from was misspelt: none of them is opened. */
	struct serve *serve = load("defaults\n{\nonly_form = 10.0.0.1\n}\n" SERVICE("ftp", "")
					   SERVICE("telnet", ""));

	assert_int_equal(serve->n, 0);
	assert_int_equal(serve->n_closed, 2);
	assert_true(says(serve, DIAG_ERROR, "none of their services is opened"));
	serve_free(serve);
	serve = load("defaults\n{\n}\ndefaults\n{\nno_access = 10.0.0.1\n}\n" SERVICE("ftp", ""));
	assert_int_equal(serve->n, 0);
	serve_free(serve);
	serve = load("defaults\n{\ninstances=5\n}\n" SERVICE("ftp", "") SERVICE("telnet", ""));
	assert_int_equal(serve->n, 0);
	serve_free(serve);
}

static void
test_same(void **state)
{
	struct serve *serve = load(SERVICE("ftp", "") SERVICE("ftp", "port = 21\n"));

	assert_int_equal(serve->n, 1);
	assert_true(says(serve, DIAG_ERROR, "another service has this id (/etc/xinetd.conf:1)"));
	serve_free(serve);
	serve = load(SERVICE("ftp", "") SERVICE("ftp", "id = two\nbind = 10.0.0.1\n"));
	assert_int_equal(serve->n, 1);
	assert_true(says(serve, DIAG_ERROR, "its port is that of ftp"));
	serve_free(serve);
	/* POL-18: the same port on two addresses. */
	serve = load(SERVICE("ftp", "bind = 10.0.0.2\n")
			     SERVICE("ftp", "id = two\nbind = 10.0.0.1\n"));
	assert_int_equal(serve->n, 2);
	serve_free(serve);
}

static void
test_fingerprint(void **state)
{
	const struct service *a, *b, *c, *d;
	struct serve *first = good(BASE "only_from = 10.0.0.1", &a);
	struct serve *second = good("\n\n# moved\n" BASE "only_from = 10.0.0.1", &b);
	struct serve *third = good(BASE "only_from = 10.0.0.2", &c);
	struct serve *fourth = good(BASE "only_from = 10.0.0.1\nserver_args = x", &d);

	assert_true(a->fingerprint == b->fingerprint);
	assert_true(a->fingerprint != c->fingerprint);
	assert_true(a->fingerprint != d->fingerprint);
	serve_free(first);
	serve_free(second);
	serve_free(third);
	serve_free(fourth);
}

static void
test_differences(void **state)
{
	static const char *const wanted[] = {"v6only-no", "cps", "environment", "traffic"};
	struct serve *serve =
		load_as(SERVICE("ftp", "v6only = no\nlog_on_success = TRAFFIC\n"), true);
	const struct conf_differs *v;
	size_t n = conf_differences(serve, &v);

	assert_int_equal(n, COUNT_OF(wanted));
	for (size_t i = 0; i < COUNT_OF(wanted); i++) {
		bool found = false;

		for (size_t k = 0; k < n; k++)
			found |= strcmp(v[k].difference->id, wanted[i]) == 0;
		if (!found)
			fail_msg("%s is not among the differences", wanted[i]);
	}
	serve_free(serve);
}

/* networks(5) of the root that is examined; a reload sees when it changes. */
static void
test_networks(void **state)
{
	static const char *const text = SERVICE("ftp", "only_from = campus\n");
	struct access_client client = {.addr = {AF_INET, {10, 9, 1, 1}, 0}};
	struct access_verdict verdict;
	uint64_t fingerprint;
	struct serve *serve;

	put("etc/networks", "loopback 127.0.0.0\ncampus 10.9.0.0 # ours\n");
	serve = load(text);
	assert_int_equal(serve->n, 1);
	access_decide(serve->v[0]->access, NULL, &client, &verdict);
	assert_int_equal(verdict.answer, ACCESS_ALLOW);
	fingerprint = serve->v[0]->fingerprint;
	serve_free(serve);
	put("etc/networks", "campus 10.8.0.0\n");
	serve = load(text);
	access_decide(serve->v[0]->access, NULL, &client, &verdict);
	assert_int_equal(verdict.answer, ACCESS_DENY);
	assert_true(serve->v[0]->fingerprint != fingerprint);
	serve_free(serve);
}

/* Shared texts and no big tables: a thousand services fit into a megabyte, with lists of their own
 * too. */
static void
check_memory(bool own)
{
	size_t room = 1000 * 512, n = 0;
	char *text = malloc(room);
	struct serve *serve;

	assert_non_null(text);
	n += (size_t)snprintf(text, room, "defaults\n{\nonly_from = 10.0.0.0/8\ncps = 25 30\n}\n");
	for (int i = 0; i < 1000; i++) {
		n += (size_t)snprintf(
			text + n, room - n,
			"service svc%d\n{\ntype = UNLISTED\nport = %d\n"
			"socket_type = stream\nwait = no\nuser = root\n"
			"server = /server\nserver_args = -n %d\nlog_on_success += PID\n",
			i, 1000 + i, i);
		if (own)
			n += (size_t)snprintf(text + n, room - n, "only_from = 192.0.2.%d\n",
					      i % 200);
		n += (size_t)snprintf(text + n, room - n, "}\n");
	}
	serve = load(text);
	assert_int_equal(serve->n, 1000);
	assert_true(arena_used(serve->arena) <= 1u << 20);
	serve_free(serve);
	free(text);
}

static void
test_memory(void **state)
{
	check_memory(false);
	check_memory(true);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_alone),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_defaults_of_all),
		cmocka_unit_test(test_account),
		cmocka_unit_test(test_program),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_logs),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_includes),
		cmocka_unit_test(test_defaults_wrong),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_differences),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
