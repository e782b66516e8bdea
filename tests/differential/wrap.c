/*
 * wrap: our hosts.allow and hosts.deny against Debian's libwrap, in one process. CASES (5000) pairs
 * of rules and client from SEED (1). A difference is in order only where we refuse and name the row
 * of access/differences.c. TAP.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <tcpd.h>

#include "access/access.h"
#include "base/attr.h"

int allow_severity, deny_severity;

/* libwrap warns of what it skips: nobody needs to hear it. */
void syslog(int priority, const char *fmt, ...);
void vsyslog(int priority, const char *fmt, va_list ap);
void __syslog_chk(int priority, int flag, const char *fmt, ...);
void __vsyslog_chk(int priority, int flag, const char *fmt, va_list ap);
void
syslog(int priority, const char *fmt, ...)
{
}
void
vsyslog(int priority, const char *fmt, va_list ap)
{
}
void
__syslog_chk(int priority, int flag, const char *fmt, ...)
{
}
void
__vsyslog_chk(int priority, int flag, const char *fmt, va_list ap)
{
}

static uint64_t state;
static uint32_t
roll(uint32_t n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (uint32_t)((state >> 11) % n);
}
#define PICK(list) (list[roll(COUNT_OF(list))])

static const char *const daemons[] = {"d", "sshd", "in.ftpd", "D", "x.y", "23"};
static const char *const names[] = {"unknown",       "paranoid",         "host",
				    "a.example.com", "example.com",      "b.a.example.com",
				    "10.1.1.evil",   "HOST.Example.ORG", "1.2.3.4.in"};
static const char *const addrs[] = {"10.1.1.1",      "10.1.1.12",    "10.1.2.1", "10.2.0.1",
				    "10.0.0.0",      "192.168.4.10", "0.0.0.0",  "2001:db8::5",
				    "2001:db8:1::1", "::1",          "fe80::1",  "::ffff:10.1.1.1",
				    "1.2.3.4",       "unknown"};
static const char *const users[] = {"unknown", "root", "joe", "a.b"};
static const char *const daemon_words[] = {"ALL",
					   "all",
					   "d",
					   "sshd",
					   "in.ftpd",
					   "KNOWN",
					   "UNKNOWN",
					   "x.",
					   ".ftpd",
					   "in.*",
					   "?",
					   "23",
					   "24",
					   "2*",
					   "d@10.9.9.9",
					   "ALL@srv.example.com",
					   "d@.example.com",
					   "d@[2001:db8::9]",
					   "ALL@10.9.",
					   "LOCAL",
					   "d@LOCAL",
					   "d@KNOWN",
					   "ALL@10.9.9.0/24",
					   "ALL@10.9.9.1/24",
					   "*@10.9.9.9"};
static const char *const client_words[] = {"ALL",
					   "LOCAL",
					   "KNOWN",
					   "UNKNOWN",
					   "PARANOID",
					   "all",
					   ".example.com",
					   "example.com",
					   "a.example.com",
					   "host",
					   "host.",
					   "*.example.com",
					   "a.*",
					   "10.1.1.*",
					   "10.1.1.?",
					   "10.*",
					   "*",
					   ".com",
					   "b.?.example.com",
					   ".Example.*",
					   "10.1.1.1",
					   "10.1.1.",
					   "10.1.",
					   "10.",
					   "192.168.4.",
					   "10.1.1",
					   "192.168.4",
					   ".1",
					   ".1.1",
					   "10.1.1.1.",
					   "10.1.1.0/24",
					   "10.1.1.1/24",
					   "10.0.0.0/8",
					   "10.0.0.0/08",
					   "10.0.0.0/33",
					   "0.0.0.0/0",
					   "0.0.0.0/0.0.0.0",
					   "10.1.0.0/255.255.0.0",
					   "10.1.1.1/255.255.255.255",
					   "10.0.1.0/255.0.255.0",
					   "10.1.1.0/255.255.0.0",
					   "10.1.1.256/24",
					   "012.1.1.0/24",
					   "10.0.0.0/8x",
					   "10/8",
					   "10.1.1.12/31",
					   "10.1.1.12/32",
					   "[2001:db8::]/32",
					   "[2001:db8::5]",
					   "[2001:db8::5]/128",
					   "[::]/0",
					   "[::1]",
					   "[2001:db8::5/32]",
					   "[2001:DB8:0::5]",
					   "[2001:db8::1]/32",
					   "[fe80::]/10",
					   "[::ffff:10.1.1.1]",
					   "[::ffff:10.1.1.0]/120",
					   "[10.1.1.1]",
					   "[2001:db8::]/129",
					   "2001:db8::/32",
					   "2001:db8::5",
					   "::1",
					   "root@10.1.1.1",
					   "joe@ALL",
					   "KNOWN@10.",
					   "UNKNOWN@ALL",
					   "ALL@10.1.1.0/24",
					   "*@.example.com",
					   "r*@ALL",
					   "root@[2001:db8::]/32",
					   "joe@",
					   "a@b@10.1.1.1",
					   "@group",
					   "joe@@group",
					   "/file",
					   "/missing",
					   "root@/file",
					   "0x0a.1.1.0/24",
					   "1.2.3.4",
					   "255.255.255.255",
					   "unknown",
					   "10.1.1.01",
					   "1",
					   "fe80::/10",
					   ".a.b",
					   "a.b@ALL",
					   "10.1.1.evil",
					   "UNKNOWN@UNKNOWN",
					   "paranoid"};
static const char *const options[] = {"allow",
				      "deny",
				      "ALLOW",
				      "severity info",
				      "severity mail.warning",
				      "severity x",
				      "nice",
				      "nice 5",
				      "umask 022",
				      "umask 9",
				      "bogus",
				      "keepalive x",
				      "linger x",
				      "rfc931 x",
				      "setenv A b",
				      "setenv",
				      "user nosuchone",
				      "user root",
				      "banners /none",
				      "aclexec /bin/true",
				      "aclexec /bin/false",
				      "",
				      "allow x",
				      "user = root",
				      "severity=auth.info",
				      "group nosuchone",
				      "nice x",
				      "linger",
				      "umask",
				      "spawn /bin/true"};

struct text {
	char bytes[65536];
	size_t n;
};

static void add(struct text *text, const char *fmt, ...) printf_like(2, 3);
static void
add(struct text *text, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text->bytes + text->n, sizeof(text->bytes) - text->n, fmt, ap);
	va_end(ap);
	if (n > 0 && text->n + (size_t)n < sizeof(text->bytes))
		text->n += (size_t)n;
}

static char dir[] = "/tmp/wrap.XXXXXX";

static void
make_word(struct text *text, const char *word)
{
	const char *slash =
		strstr(word, "/file") ? strstr(word, "/file") : strstr(word, "/missing");

	if (slash && (slash == word || slash[-1] == '@'))
		add(text, "%.*s%s%s", (int)(slash - word), word, dir, slash);
	else
		add(text, "%s", word);
}

static void
make_list(struct text *text, const char *const *words, uint32_t n)
{
	static const char *const gaps[] = {" ", ", ", ",", "\t"};

	for (uint32_t left = 1 + roll(3); left; left--) {
		make_word(text, words[roll(n)]);
		if (left > 1)
			add(text, "%s", roll(3) ? PICK(gaps) : " EXCEPT ");
	}
	if (roll(60) == 0)
		add(text, " EXCEPT");
}

static void
make_line(struct text *text)
{
	static const char *const odd[] = {"garbage\n",
					  "# comment\n",
					  "\n",
					  "#\\\nALL: ALL\n",
					  "  # x\n",
					  "ALL ALL\n",
					  ":ALL\n",
					  "ALL:\n",
					  "ALL: EXCEPT ALL\n",
					  " \t\n",
					  "d: ALL [ : deny\n",
					  "d: 10.1.\\\n1.1\n",
					  "[x: y] : ALL\n"};

	if (roll(40) == 0) {
		add(text, "%s", PICK(odd));
		return;
	}
	make_list(text, daemon_words, roll(3) ? 4 : COUNT_OF(daemon_words));
	add(text, "%s", roll(2) ? ":" : " : ");
	make_list(text, client_words, COUNT_OF(client_words));
	if (roll(8) == 0)
		for (uint32_t left = 1 + (roll(4) == 0); left; left--)
			add(text, "%s%s", roll(2) ? ":" : " : ", PICK(options));
	add(text, "%s", roll(200) ? roll(100) ? "\n" : "\r\n" : "");
}

static void
make_file(const char *path, struct text *text)
{
	FILE *file = fopen(path, "w");

	text->n = 0;
	text->bytes[0] = '\0';
	for (uint32_t left = roll(4) ? roll(4) : roll(25); left; left--)
		make_line(text);
	if (!file || fwrite(text->bytes, 1, text->n, file) != text->n || fclose(file))
		abort();
}

struct case_ {
	const char *daemon, *name, *addr, *user, *server, *server_addr;
	uint16_t port;
};

static struct case_
make_case(void)
{
	static const char *const servers[] = {"srv.example.com", "unknown", "srv"};
	static const char *const server_addrs[] = {"10.9.9.9", "2001:db8::9"};

	return (struct case_){PICK(daemons),
			      PICK(names),
			      PICK(addrs),
			      PICK(users),
			      PICK(servers),
			      PICK(server_addrs),
			      (uint16_t)(roll(2) ? 23 : 24)};
}

static bool
real_says(const struct case_ *c)
{
	struct request_info request;
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(c->port)};

	request_init(&request, RQ_DAEMON, c->daemon, RQ_CLIENT_NAME, c->name, RQ_CLIENT_ADDR,
		     c->addr, RQ_USER, c->user, RQ_SERVER_NAME, c->server, RQ_SERVER_ADDR,
		     c->server_addr, RQ_SERVER_SIN, &sin, 0);
	return hosts_access(&request);
}

/* libwrap remembers a failed aclexec for all that comes after it in the same process. */
static void
real_forget(char *path, char *allow, char *deny)
{
	static char nowhere[] = "/nonexistent";
	struct request_info request;
	FILE *file = fopen(path, "w");

	if (!file || fputs("ALL: ALL: aclexec /bin/true\n", file) < 0 || fclose(file))
		abort();
	hosts_allow_table = nowhere;
	hosts_deny_table = path;
	request_init(&request, RQ_DAEMON, "d", RQ_CLIENT_ADDR, "10.1.1.1", 0);
	hosts_access(&request);
	hosts_allow_table = allow;
	hosts_deny_table = deny;
}

static struct net_addr
addr_of(const char *text)
{
	struct net_addr addr = {0};

	if (net_addr_parse(span_of(text), &addr))
		return net_addr_unmap(&addr);
	return (struct net_addr){0};
}

static void
ours_says(const struct access *access, const struct case_ *c, struct access_verdict *verdict)
{
	struct access_client client = {
		.addr = addr_of(c->addr),
		.local = addr_of(c->server_addr),
		.local_port = c->port,
		.name = c->name,
		.local_name = c->server,
		.user = c->user,
		.liar = strcmp(c->name, "paranoid") == 0,
	};
	bool named = strcmp(c->name, "unknown") != 0 && !client.liar;

	for (int turn = 0; turn < 20; turn++) {
		access_decide(access, c->daemon, &client, verdict);
		switch (verdict->answer) {
		case ACCESS_NEED_NAME:
			client.name_is = named ? ACCESS_KNOWN : ACCESS_UNKNOWN;
			break;
		case ACCESS_NEED_LOCAL_NAME:
			client.local_name_is =
				strcmp(c->server, "unknown") ? ACCESS_KNOWN : ACCESS_UNKNOWN;
			break;
		case ACCESS_NEED_USER:
			client.user_is = strcmp(c->user, "unknown") ? ACCESS_KNOWN : ACCESS_UNKNOWN;
			break;
		case ACCESS_NEED_COMMAND:
			client.ran_is = ACCESS_KNOWN;
			client.ran_rule = verdict->rule;
			client.ran_status = strstr(verdict->command, "false") != NULL;
			break;
		default:
			return;
		}
	}
	abort();
}

static unsigned
show(const struct case_ *c, bool real, const struct access_verdict *ours, const struct text *allow,
     const struct text *deny)
{
	printf("# %s from %s (%s) by %s to %s (%s) port %u: libwrap %s, we %s; line %u, %s\n",
	       c->daemon, c->addr, c->name, c->user, c->server_addr, c->server, c->port,
	       real ? "allows" : "refuses", ours->answer == ACCESS_ALLOW ? "allow" : "refuse",
	       ours->line, ours->why);
	printf("# --- hosts.allow\n%s# --- hosts.deny\n%s# ---\n", allow->bytes, deny->bytes);
	return 1;
}

int
main(void)
{
	const char *cases_text = getenv("CASES"), *seed = getenv("SEED");
	unsigned long cases = cases_text ? strtoul(cases_text, NULL, 10) : 5000, done = 0, same = 0;
	unsigned bad = 0, allowed = 0,
		 shown = getenv("SHOW") ? (unsigned)strtoul(getenv("SHOW"), NULL, 10) : 3;
	char allow[64], deny[64], file[64], forget[64];
	static struct text allow_text, deny_text;
	struct root root;
	FILE *list;

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..1\n");
	state = 0x9e3779b97f4a7c15u ^ (seed ? strtoull(seed, NULL, 10) : 1);
	if (!mkdtemp(dir) || root_open(&root, "/", NULL) < 0)
		return 1;
	snprintf(allow, sizeof(allow), "%s/allow", dir);
	snprintf(deny, sizeof(deny), "%s/deny", dir);
	snprintf(file, sizeof(file), "%s/file", dir);
	snprintf(forget, sizeof(forget), "%s/forget", dir);
	list = fopen(file, "w");
	if (!list ||
	    fputs("10.1.1.1,10.2.2.2 # 10.1.2.1\n.example.com [2001:db8:1::]/48\n", list) < 0 ||
	    fclose(list))
		return 1;
	hosts_allow_table = allow;
	hosts_deny_table = deny;
	while (done < cases) {
		struct arena *arena = arena_new();
		struct diags diags = diags_of(arena);
		struct access *access;

		make_file(allow, &allow_text);
		make_file(deny, &deny_text);
		access = access_of_hosts(arena, &diags, &root, allow, deny);
		for (int i = 0; i < 20 && done < cases; i++, done++) {
			struct case_ c = make_case();
			struct access_verdict ours;
			bool real = real_says(&c), we;

			if (strstr(allow_text.bytes, "aclexec") ||
			    strstr(deny_text.bytes, "aclexec"))
				real_forget(forget, allow, deny);
			ours_says(access, &c, &ours);
			we = ours.answer == ACCESS_ALLOW;
			allowed += we;
			same += we == real;
			if (we != real && (we || !ours.difference) && bad++ < shown)
				show(&c, real, &ours, &allow_text, &deny_text);
		}
		arena_free(arena);
	}
	unlink(file);
	unlink(forget);
	unlink(allow);
	unlink(deny);
	rmdir(dir);
	root_close(&root);
	printf("# %lu cases: %lu the same (%u allowed), %lu refused for a row of the table, %u "
	       "wrong\n",
	       cases, same, allowed, cases - same - bad, bad);
	printf("%sok 1 - verdicts as libwrap's, but for the rows of the "
	       "table\n",
	       bad ? "not " : "");
	return bad != 0;
}
