/*
 * tcpd DAEMON [ARGUMENT]...: stands in inetd.conf in a daemon's place; asks hosts.allow and
 * hosts.deny who may, writes who came to syslog, and becomes the daemon (INETD-2, WRAP-6, WRAP-7).
 * A bare name is looked for in /usr/sbin. See tcpd(8).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/sockaddr.h"
#include "wrap/facts.h"
#include "wrap/here.h"

#define REAL_DAEMON_DIR "/usr/sbin"
enum { DIAGS_LOGGED = 8, DAEMON_UMASK = 022 };

struct tcpd {
	struct arena *arena;
	char *daemon, *path;
	struct access_client client;
	struct access_verdict verdict;
	bool datagram, gone;
	char name[256], local_name[256], user[256];
};

/* The client of 0. A datagram's sender is looked at without taking the datagram: it is for the
 * daemon. */
static void
tcpd_peer(struct tcpd *t)
{
	struct sockaddr_storage ss = {0};
	socklen_t n = sizeof(ss);
	int type = 0;
	socklen_t n_type = sizeof(type);
	char byte;
	int r;

	if (getsockopt(0, SOL_SOCKET, SO_TYPE, &type, &n_type) < 0)
		return;
	r = getpeername(0, (struct sockaddr *)&ss, &n);
	if (r < 0 && type == SOCK_DGRAM) {
		t->datagram = true;
		n = sizeof(ss);
		r = recvfrom(0, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT,
			     (struct sockaddr *)&ss, &n) < 0
			    ? -1
			    : 0;
	}
	t->gone = r < 0;
	if (r == 0 && net_sockaddr_read(&ss, &t->client.addr, &t->client.port))
		t->client.addr = net_addr_unmap(&t->client.addr);
	n = sizeof(ss);
	if (getsockname(0, (struct sockaddr *)&ss, &n) == 0 &&
	    net_sockaddr_read(&ss, &t->client.local, &t->client.local_port))
		t->client.local = net_addr_unmap(&t->client.local);
}

static void
fact_name(void *data, struct access_client *client)
{
	struct tcpd *t = data;

	if (client->addr.family &&
	    wrap_name(&client->addr, LIMIT_NAME_WAIT_MS, t->name, &client->liar)) {
		client->name_is = ACCESS_KNOWN;
		client->name = t->name;
	}
}

static void
fact_local_name(void *data, struct access_client *client)
{
	struct tcpd *t = data;
	bool liar;

	if (client->local.family &&
	    wrap_name(&client->local, LIMIT_NAME_WAIT_MS, t->local_name, &liar)) {
		client->local_name_is = ACCESS_KNOWN;
		client->local_name = t->local_name;
	}
}

/* "rfc931 SECONDS" of the rule that asks says how long. */
static void
fact_user(void *data, struct access_client *client)
{
	struct tcpd *t = data;
	unsigned ms = LIMIT_IDENT_WAIT_MS;

	for (uint32_t i = 0; i < t->verdict.n_actions; i++)
		if (t->verdict.actions[i].kind == ACTION_RFC931 && t->verdict.actions[i].number)
			ms = (unsigned)t->verdict.actions[i].number * 1000;
	if (ms > LIMIT_ASK_WAIT_MS)
		ms = LIMIT_ASK_WAIT_MS;
	if (!t->datagram && wrap_ident(client, ms, t->user)) {
		client->user_is = ACCESS_KNOWN;
		client->user = t->user;
	}
}

static int
fact_command(void *data, const struct access_client *client, const char *command)
{
	struct tcpd *t = data;

	return wrap_run(access_expand(t->arena, command, t->daemon, client, getpid()));
}

static const struct wrap_facts facts = {fact_name, fact_local_name, fact_user, fact_command};

/* A datagram that stays in the socket would start us again at once. */
static void does_not_return
end(const struct tcpd *t, int status)
{
	char byte;

	if (t->datagram)
		(void)!recv(0, &byte, sizeof(byte), MSG_DONTWAIT);
	exit(status);
}

/* As the original reports: "connect from joe@host.example.com (192.0.2.1)". */
static void
report(const struct tcpd *t, int priority, const char *what)
{
	struct access_client only_address = {.addr = t->client.addr};

	syslog(priority, "%s from %s (%s)", what, wrap_client_text(t->arena, &t->client),
	       wrap_client_text(t->arena, &only_address));
}

static void
report_faults(struct tcpd *t, const struct diags *diags)
{
	unsigned said = 0;

	for (size_t i = 0; i < diags->n && said < DIAGS_LOGGED; i++)
		if (diags->v[i].level >= DIAG_ERROR && ++said)
			syslog(LOG_ERR, "%s", diag_line(t->arena, &diags->v[i]));
}

static void
decide(struct tcpd *t)
{
	struct diags diags = diags_of(t->arena);
	struct root root;
	struct err err;
	struct access *access;

	if (root_open(&root, "/", &err) < 0) {
		syslog(LOG_ERR, "%s", err.text);
		end(t, 1);
	}
	access = access_of_hosts(t->arena, &diags, &root, "/etc/hosts.allow", "/etc/hosts.deny");
	report_faults(t, &diags);
	wrap_decide(access, t->daemon, &t->client, &facts, t, &t->verdict);
	root_close(&root);
}

static bool
is_twisted(const struct access_verdict *verdict)
{
	return verdict->n_actions && verdict->actions[verdict->n_actions - 1].kind == ACTION_TWIST;
}

/* The verdict's options, then its end: false = refused. */
static bool
perform(struct tcpd *t)
{
	struct wrap_here here = {0};
	struct wrap_doing doing = {
		.hands = &wrap_hands_here,
		.data = &here,
		.datagram = t->datagram,
		.daemon = t->daemon,
		.client = &t->client,
		.arena = t->arena,
	};
	bool fine;

	if (is_twisted(&t->verdict))
		report(t, LOG_WARNING, "twist");
	fine = wrap_perform(&doing, &t->verdict);
	if (!fine)
		syslog(LOG_ERR, "%s:%u: an option failed", t->verdict.file, t->verdict.line);
	if (fine && t->verdict.answer == ACCESS_ALLOW) {
		report(t, here.severity ? here.severity : LOG_INFO, "connect");
		return true;
	}
	report(t, here.severity ? here.severity : LOG_WARNING, "refused connect");
	return false;
}

static bool
is_self(const char *path)
{
	struct stat self, other;

	return stat("/proc/self/exe", &self) == 0 && stat(path, &other) == 0 &&
	       self.st_dev == other.st_dev && self.st_ino == other.st_ino;
}

int
main(int argc, char **argv)
{
	struct tcpd t = {.arena = arena_new()};
	char *slash;

	if (fd_assure_standard() < 0 || argc < 1 || !argv[0][0])
		return 1;
	slash = strrchr(argv[0], '/');
	t.daemon = slash ? slash + 1 : argv[0];
	t.path =
		argv[0][0] == '/' ? argv[0] : arena_printf(t.arena, REAL_DAEMON_DIR "/%s", argv[0]);
	openlog(t.daemon, LOG_PID, LOG_DAEMON);
	umask(DAEMON_UMASK);
	tcpd_peer(&t);
	if (t.gone) {
		syslog(LOG_WARNING, "the client is gone before it was served");
		end(&t, 0);
	}
	if (wrap_is_routed(0)) {
		report(&t, LOG_WARNING, "refused connect with source routing");
		end(&t, 0);
	}
	decide(&t);
	if (!perform(&t))
		end(&t, 0);
	if (is_self(t.path)) {
		syslog(LOG_ERR, "error: %s is recursively calling itself", t.path);
		end(&t, 1);
	}
	closelog();
	argv[0] = t.daemon;
	execv(t.path, argv);
	openlog(t.daemon, LOG_PID, LOG_DAEMON);
	syslog(LOG_ERR, "error: cannot execute %s: %s", t.path, strerrordesc_np(errno));
	end(&t, 1);
}
