/*
 * hosts_access(3). The files are read at each call, as in the original, so a
 * change acts on the next connection (WRAP-14); a faulty line refuses
 * (WRAP-12).
 */
#include <string.h>
#include <strings.h>
#include <syslog.h>
#include <unistd.h>

#include "libwrap/own.h"
#include "wrap/facts.h"

#define DEFAULT(type) __attribute__((weak)) type

DEFAULT(int) allow_severity = LOG_INFO;
DEFAULT(int) deny_severity = LOG_WARNING;
static char allow_path[] = "/etc/hosts.allow", deny_path[] = "/etc/hosts.deny";
char *hosts_allow_table = allow_path;
char *hosts_deny_table = deny_path;
int hosts_access_verbose;
int resident = -1;
int dry_run;
struct tcpd_context tcpd_context;
jmp_buf tcpd_buf;

enum { FAULTS_LOGGED = 8 };

struct deciding {
	struct request_info *request;
	struct arena *arena;
	struct access_verdict verdict;
};

static void
take_name(char *text, enum access_fact *is, const char **ret)
{
	if (!HOSTNAME_KNOWN(text))
		return;
	*is = ACCESS_KNOWN;
	*ret = text;
}

static void
fact_name(void *data, struct access_client *client)
{
	struct deciding *d = data;
	char *text = eval_hostname(d->request->client);

	take_name(text, &client->name_is, &client->name);
	client->liar = !STR_NE(text, paranoid);
}

static void
fact_local_name(void *data, struct access_client *client)
{
	struct deciding *d = data;

	take_name(eval_hostname(d->request->server), &client->local_name_is, &client->local_name);
}

static void
fact_user(void *data, struct access_client *client)
{
	struct deciding *d = data;

	for (uint32_t i = 0; i < d->verdict.n_actions; i++)
		if (d->verdict.actions[i].kind == ACTION_RFC931 && d->verdict.actions[i].number)
			rfc931_timeout = d->verdict.actions[i].number;
	take_name(eval_user(d->request), &client->user_is, &client->user);
}

static int
fact_command(void *data, const struct access_client *client, const char *command)
{
	struct deciding *d = data;

	return dry_run ? 0
		       : wrap_run(access_expand(d->arena, command, d->request->daemon, client,
						getpid()));
}

static const struct wrap_facts facts = {fact_name, fact_local_name, fact_user, fact_command};

static void
take_address(struct host_info *host, struct net_addr *ret, uint16_t *ret_port)
{
	struct net_addr addr;

	own_address(host->sin, &addr, ret_port);
	if (!net_addr_parse(span_of(eval_hostaddr(host)), ret))
		*ret = (struct net_addr){0};
	*ret = net_addr_unmap(ret);
}

struct access_client
own_client(struct request_info *request)
{
	struct access_client client = {0};

	take_address(request->client, &client.addr, &client.port);
	take_address(request->server, &client.local, &client.local_port);
	return client;
}

/* What is known by now, for %h and its like. */
static void
take_known(struct request_info *request, struct access_client *client)
{
	struct deciding d = {.request = request};

	if (request->client->name[0])
		fact_name(&d, client);
	if (request->server->name[0])
		fact_local_name(&d, client);
	if (request->user[0])
		fact_user(&d, client);
}

static bool
perform(struct deciding *d, const struct access_client *client)
{
	struct wrap_here here = {.resident = resident > 0};
	struct wrap_doing doing = {
		.hands = &wrap_hands_here,
		.data = &here,
		.fd = d->request->fd,
		.datagram = d->request->sink != NULL,
		.daemon = d->request->daemon,
		.client = client,
		.arena = d->arena,
	};
	const struct access_verdict *v = &d->verdict;
	bool twist = v->n_actions && v->actions[v->n_actions - 1].kind == ACTION_TWIST;
	bool fine;

	if (dry_run && twist)
		dry_run = 0; /* says: this would not have come back */
	else if (!dry_run) {
		if (twist)
			syslog(deny_severity, "twist %s", wrap_client_text(d->arena, client));
		fine = wrap_perform(&doing, v);
		if (here.severity)
			allow_severity = deny_severity = here.severity;
		if (!fine)
			tcpd_warn("an option failed: the client is refused");
		return fine && v->answer == ACCESS_ALLOW;
	}
	return v->answer == ACCESS_ALLOW || twist;
}

static const char *
absolute(struct arena *arena, const char *path)
{
	char here[4096];

	return path[0] == '/' || !getcwd(here, sizeof(here))
		       ? path
		       : arena_printf(arena, "%s/%s", here, path);
}

static void
say_faults(struct arena *arena, const struct diags *diags)
{
	unsigned said = 0;

	for (size_t i = 0; i < diags->n && said < FAULTS_LOGGED; i++)
		if (diags->v[i].level >= DIAG_ERROR && ++said)
			syslog(LOG_ERR, "warning: %s", diag_line(arena, &diags->v[i]));
}

/* The end of a decision, however it was reached: the one string that lives on
 * is the file's. */
static int
conclude(struct deciding *d, const struct access *access, struct access_client *client)
{
	static char file[4096];

	wrap_decide(access, d->request->daemon, client, &facts, d, &d->verdict);
	tcpd_context = (struct tcpd_context){0};
	if (d->verdict.file) {
		strncpy(file, d->verdict.file, sizeof(file) - 1);
		tcpd_context = (struct tcpd_context){file, (int)d->verdict.line};
	}
	if (hosts_access_verbose)
		syslog(LOG_DEBUG, "matched: %s line %d",
		       tcpd_context.file ? tcpd_context.file : "(no rule)", tcpd_context.line);
	return perform(d, client);
}

int
hosts_access(struct request_info *request)
{
	struct deciding d = {.request = request, .arena = arena_new()};
	struct diags diags = diags_of(d.arena);
	struct access_client client = own_client(request);
	struct root root;
	int ret = 0;

	if (resident <= 0)
		resident++; /* asked twice: it goes on after its clients */
	if (root_open(&root, "/", NULL) == 0) {
		ret = conclude(&d,
			       access_of_hosts(d.arena, &diags, &root,
					       absolute(d.arena, hosts_allow_table),
					       absolute(d.arena, hosts_deny_table)),
			       &client);
		say_faults(d.arena, &diags);
		root_close(&root);
	}
	arena_free(d.arena);
	return ret;
}

int
hosts_ctl(char *daemon, char *client_name, char *client_addr, char *client_user)
{
	struct request_info request;

	return hosts_access(request_init(&request, RQ_DAEMON, daemon, RQ_CLIENT_NAME, client_name,
					 RQ_CLIENT_ADDR, client_addr, RQ_USER, client_user, 0));
}

/* "severity info: allow". As in the original, "allow" and "deny" jump to
 * tcpd_buf. */
void
process_options(char *options, struct request_info *request)
{
	struct deciding d = {.request = request, .arena = arena_new()};
	struct diags diags = diags_of(d.arena);
	struct access_client client = own_client(request);
	const struct root root = {.fd = -1, .live = true, .path = "/"};
	const char *line = arena_printf(d.arena, "ALL: ALL: %s\n", options);
	bool says, allowed = false, denied = false, one;

	take_known(request, &client);
	for (int in_deny = 0; in_deny < 2; in_deny++) {
		wrap_decide(access_of_text(d.arena, &diags, &root, span_of(in_deny ? "" : line),
					   span_of(in_deny ? line : "")),
			    request->daemon, &client, &facts, &d, &d.verdict);
		one = d.verdict.answer == ACCESS_ALLOW;
		*(in_deny ? &denied : &allowed) = one;
	}
	says = allowed == denied; /* either file says the same: the options do */
	d.verdict.answer = ACCESS_ALLOW;
	if (!perform(&d, &client))
		says = true, allowed = false;
	say_faults(d.arena, &diags);
	arena_free(d.arena);
	if (says)
		longjmp(tcpd_buf, allowed ? AC_PERMIT : AC_DENY);
}

char *
percent_x(char *result, int size, char *text, struct request_info *request)
{
	struct arena *arena = arena_new();
	struct access_client client = own_client(request);
	const char *out;

	eval_hostname(request->client);
	eval_hostname(request->server);
	take_known(request, &client);
	out = access_expand(arena, text, request->daemon, &client, getpid());
	if (size > 0) {
		strncpy(result, out, (size_t)size - 1);
		result[size - 1] = '\0';
	}
	arena_free(arena);
	return result;
}
