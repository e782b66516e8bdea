/* The catalog: reading, replacing, matching, verdicts by condition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "catalog/catalog.h"
#include "model/process.h"

struct run {
	struct arena *arena;
	struct diags diags;
	struct catalog *catalog;
};

static int
setup(void **state)
{
	struct run *run = test_calloc(1, sizeof(*run));

	run->arena = arena_new();
	run->diags = diags_of(run->arena);
	run->catalog = catalog_builtin(run->arena, &run->diags);
	assert_int_equal(run->diags.n, 0);
	*state = run;
	return 0;
}

static int
teardown(void **state)
{
	struct run *run = *state;

	arena_free(run->arena);
	test_free(run);
	return 0;
}

static const char *
name_of(const struct catalog_entry *entry)
{
	return entry ? entry->name : "nothing";
}

/* Reading ----------------------------------------------------------------------------- */

static void
says(struct run *run, size_t i, const char *line)
{
	assert_true(i < run->diags.n);
	assert_string_equal(diag_line(run->arena, &run->diags.v[i]), line);
}

static void
mistakes_are_named_with_their_place(void **state)
{
	struct run *run = *state;

	catalog_add_text(run->catalog, "my.cat",
			 span_of("Service: mine\n"
				 "Portz: 1/tcp\n"
				 "Ports: 99999/tcp 5-3/tcp 7/tpc 80/tcp\n"
				 "Class: Q\n"
				 "Flags: lokal-ok\n"
				 "Verdict: keap if mx; restrict if lan-mial;\n"
				 " disable\n"
				 "What: x\n"
				 "Why: y\n"));
	says(run, 0, "my.cat:2:1: error: unknown field \"Portz\" - did you mean \"Ports\"?");
	says(run, 1, "my.cat:3:8: error: port \"99999/tcp\": write 23/tcp, 5900-5999/tcp or any");
	says(run, 2, "my.cat:3:18: error: port \"5-3/tcp\": write 23/tcp, 5900-5999/tcp or any");
	says(run, 3, "my.cat:3:26: error: port \"7/tpc\": write 23/tcp, 5900-5999/tcp or any");
	says(run, 4,
	     "my.cat:4:8: error: class \"Q\": not one of E H L N I Z ? (see gatehouse.catalog(5))");
	says(run, 5, "my.cat:5:8: error: flag \"lokal-ok\": not local-ok or world-ok");
	says(run, 6, "my.cat:6:10: error: not a verdict: \"keap\" - did you mean \"keep\"?");
	says(run, 7, "my.cat:6:34: error: unknown fact: \"lan-mial\" - did you mean \"lan-mail\"?");
	assert_int_equal(run->diags.n, 8);
	assert_null(catalog_find(run->catalog, "mine"));
}

static void
conditions_must_be_whole(void **state)
{
	static const struct {
		const char *verdict, *says;
	} rows[] = {
		{"keep if mx",
		 "1:10: error: the last clause must have no \"if\": what holds when no "
		 "condition does?"},
		{"keep; disable",
		 "1:10: error: what follows this clause is never reached: it has no "
		 "\"if\": \"keep\""},
		{"keep if; disable", "1:17: error: a fact is missing at the end"},
		{"keep if (mx; disable", "1:21: error: \")\" is missing"},
		{"keep if mx printer; disable",
		 "1:21: error: \"and\" or \"or\" is missing before this: \"printer\""},
		{"keep if and mx; disable", "1:18: error: a fact is missing here: \"and\""},
		{"keep when mx; disable",
		 "1:15: error: \"if\" or \";\" is missing before this: \"when\""},
		{"keep if mx;", "1:10: error: not a verdict"},
		/* POL-14: a clean history is no argument: there is no such fact. */
		{"keep if no-known-vulnerability; disable",
		 "1:18: error: unknown fact: \"no-known-vulnerability\""},
	};
	struct run *run = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t before = run->diags.n;
		char *text = arena_printf(run->arena,
					  "Verdict: %s\nService: mine\nClass: N\nWhat: x\nWhy: y\n",
					  rows[i].verdict);
		const char *line;

		catalog_add_text(run->catalog, "my.cat", span_of(text));
		assert_true(run->diags.n > before);
		line = diag_line(run->arena, &run->diags.v[before]);
		assert_memory_equal(line, "my.cat:", 7);
		if (strncmp(line + 7, rows[i].says, strlen(rows[i].says)) != 0)
			print_message("# %s: %s\n", rows[i].verdict, line);
		assert_true(strncmp(line + 7, rows[i].says, strlen(rows[i].says)) == 0);
		assert_null(catalog_find(run->catalog, "mine"));
	}
}

static void
deep_conditions_end(void **state)
{
	struct run *run = *state;
	char text[4096] = "Service: mine\nClass: N\nWhat: x\nWhy: y\nVerdict: keep if ";
	size_t n = strlen(text);

	memset(text + n, '(', 3000);
	strcpy(text + n + 3000, " mx; disable\n");
	catalog_add_text(run->catalog, "my.cat", span_of(text));
	assert_int_equal(run->diags.count[DIAG_ERROR], 1);
	assert_null(catalog_find(run->catalog, "mine"));
}

static void
texts_keep_paragraphs_and_lines(void **state)
{
	struct run *run = *state;

	catalog_add_text(run->catalog, "my.cat",
			 span_of("Service: mine\nClass: N\nWhat: x\nVerdict: keep\n"
				 "Why: one\n two\n .\n three\n  bind = 1\n four\n"));
	assert_int_equal(run->diags.n, 0);
	assert_string_equal(catalog_find(run->catalog, "mine")->why,
			    "one two\n\nthree\n bind = 1\nfour");
}

/* CATG-2: a file adds and replaces, without a rebuild; a broken stanza changes nothing. */
static void
files_add_and_replace(void **state)
{
	struct run *run = *state;
	char dir[] = "/tmp/t_catalog.XXXXXX", path[128];
	struct catalog *catalog;
	struct root root;
	struct err err;
	FILE *file;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/etc", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/etc/gatehouse", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/etc/gatehouse/catalog.d", dir);
	assert_int_equal(mkdir(path, 0755), 0);
	snprintf(path, sizeof(path), "%s/etc/gatehouse/catalog.d/my.cat", dir);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs("Service: our-app\nAliases: ours\nPorts: 4711/tcp\nPrograms: ourd\nClass: N\nWhat: "
	      "ours\n"
	      "Verdict: keep if server; else remove\nWhy: we wrote it\n\n"
	      "Service: telnet\nClass: N\nWhat: the museum's\nVerdict: restrict\nWhy: it is on "
	      "show\n\n"
	      "Service: finger\nClass: N\nWhat: broken\nVerdict: kep\nWhy: a mistake\n",
	      file);
	fclose(file);

	assert_int_equal(root_open(&root, dir, &err), 0);
	catalog = catalog_load(run->arena, &run->diags, &root);
	assert_string_equal(name_of(catalog_find(catalog, "ours")), "our-app");
	assert_string_equal(name_of(catalog_find_port(catalog, NET_TCP, 4711)), "our-app");
	assert_string_equal(catalog_find(catalog, "telnet")->what, "the museum's");
	assert_true(catalog_find(catalog, "telnet")->added);
	assert_string_equal(catalog_find(catalog, "telnet")->file,
			    "/etc/gatehouse/catalog.d/my.cat");
	assert_string_not_equal(catalog_find(catalog, "finger")->what, "broken");
	assert_int_equal(run->diags.n, 1);
	says(run, 0,
	     "/etc/gatehouse/catalog.d/my.cat:19:10: error: not a verdict: \"kep\" - did you "
	     "mean \"keep\"?");
	root_close(&root);

	/* A fifo is not read, and does not hang the run. */
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(root_open(&root, dir, &err), 0);
	catalog = catalog_load(run->arena, &run->diags, &root);
	assert_int_equal(run->diags.count[DIAG_UNSEEN], 1);
	assert_string_equal(name_of(catalog_find(catalog, "telnet")), "telnet");
	root_close(&root);
	assert_int_equal(unlink(path), 0);
	for (char *slash = strrchr(path, '/'); slash > path + 4; slash = strrchr(path, '/')) {
		*slash = '\0';
		assert_int_equal(rmdir(path), 0);
	}
}

/* Names ------------------------------------------------------------------------------- */

static void
names_lead_to_their_service(void **state)
{
	static const struct {
		const char *asked, *found;
	} rows[] = {
		/* AUD-21 */
		{"login", "rlogin"},
		{"rlogin", "rlogin"},
		{"shell", "rsh"},
		{"rsh", "rsh"},
		{"exec", "rexec"},
		{"sunrpc", "portmap"},
		{"portmap", "portmap"},
		{"rpcbind", "portmap"},
		{"auth", "identd"},
		{"identd", "identd"},
		{"netbios-ssn", "smb"},
		{"smbd", "smb"},
		{"domain", "named"},
		{"named", "named"},
		{"http", "http"},
		{"httpd", "http"},
		{"apache2", "http"},
		{"www", "http"},
		{"smtp", "sendmail"},
		{"sendmail", "sendmail"},
		{"master", "postfix"},
		{"printer", "lpd"},
		{"lpd", "lpd"},
		{"x11", "x11"},
		{"ipp", "cups"},
		/* Names of the requirements' rows in their spelling. */
		{"Snmpd", "snmpd"},
		{"proFTP", "proftpd"},
		{"LinuxConf", "linuxconf"},
		{"PDQ", "pdq"},
		{"Pvm", "pvm"},
		{"CODA", "coda"},
		{"BIND", "named"},
		{"wu_ftpd", "wuftpd"},
		{"in.telnetd", "telnet"},
		{"rpc.mountd", "mountd"},
		{"pop-3", "pop3"},
		/* START-18: script and daemon. */
		{"nmbd", "smb"},
		{"klogd", "syslog"},
		{"rpc.statd", "nfslock"},
		{"lockd", "nfslock"},
		{"slapd", "ldap"},
		{"rpc.nfsd", "nfs"},
		{"nfs-kernel-server", "nfs"},
		/* Forms of names. */
		{"ssh.service", "sshd"},
		{"ssh.socket", "sshd"},
		{"ssh@1-10.0.0.1:22.service", "sshd"},
		{"getty@tty1.service", "getty"},
		{"php8.2-fpm", "fcgi"},
		{"php8.2-fpm.service", "fcgi"},
		{"postgresql@15-main.service", "postgresql"},
		{"postgresql-15", "postgresql"},
		{"exim4", "exim"},
		{"gdm3", "xdm"},
		{"mariadb", "mysql"},
		{"cron", "crond"},
		{"bind9", "named"},
		{"cups-browsed", "cups-browsed"},
		{"openssh-server", "sshd"},
		{"in.fingerd", "finger"},
		{"chargen-dgram", "chargen"},
		/* POL-3 */
		{"frobnicate", "nothing"},
		{"", "nothing"},
		{"d", "nothing"},
	};
	struct run *run = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *found = name_of(catalog_find(run->catalog, rows[i].asked));

		if (strcmp(found, rows[i].found) != 0)
			print_message("# %s: %s, wanted %s\n", rows[i].asked, found, rows[i].found);
		assert_string_equal(found, rows[i].found);
	}
	assert_null(catalog_find(run->catalog, NULL));
}

static void
ports_lead_to_their_own_service(void **state)
{
	static const struct {
		enum net_proto proto;
		uint32_t port;
		const char *found;
	} rows[] = {
		{NET_TCP, 22, "sshd"},      {NET_TCP, 25, "sendmail"}, {NET_TCP, 515, "lpd"},
		{NET_TCP, 512, "rexec"},    {NET_UDP, 512, "comsat"},  {NET_TCP, 514, "rsh"},
		{NET_UDP, 514, "syslog"},   {NET_TCP, 513, "rlogin"},  {NET_UDP, 513, "rwhod"},
		{NET_TCP, 33060, "mysql"},  {NET_TCP, 631, "cups"},    {NET_UDP, 5353, "mdns"},
		{NET_TCP, 6010, "x11"},     {NET_TCP, 5901, "vnc"},    {NET_TCP, 2375, "docker"},
		{NET_TCP, 11434, "ollama"}, {NET_RAW, 89, "bird"},     {NET_MPTCP, 80, "http"},
		{NET_TCP, 4, "nothing"},
	};
	struct run *run = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(
			name_of(catalog_find_port(run->catalog, rows[i].proto, rows[i].port)),
			rows[i].found);
	assert_string_equal(name_of(catalog_find_rpc(run->catalog, 100005)), "mountd");
	assert_string_equal(name_of(catalog_find_rpc(run->catalog, 100024)), "nfslock");
	assert_null(catalog_find_rpc(run->catalog, 1));
}

static void
all_services_of_a_port_are_told(void **state)
{
	struct run *run = *state;
	const struct catalog_entry *found[16];
	size_t n = catalog_find_ports(run->catalog, NET_TCP, 25, found, 16);
	bool postfix = false;

	assert_true(n >= 5 && n <= 16);
	assert_string_equal(found[0]->name, "sendmail");
	for (size_t i = 0; i < n; i++) {
		postfix |= strcmp(found[i]->name, "postfix") == 0;
		for (size_t k = 0; k < i; k++)
			assert_ptr_not_equal(found[i], found[k]);
	}
	assert_true(postfix);
	assert_true(catalog_find_ports(run->catalog, NET_TCP, 25, found, 1) == n);
	assert_string_equal(found[0]->name, "sendmail");
	assert_true(catalog_find_ports(run->catalog, NET_TCP, 25, NULL, 0) == n);
}

/* Listeners --------------------------------------------------------------------------- */

struct door {
	struct process process;
	struct listener_owner owner;
	struct listener listener;
	struct start start;
	struct listener_start link;
};

static void
open_door(struct door *door, const char *exe, const char **argv, uint32_t port)
{
	*door = (struct door){0};
	door->process.exe = exe;
	door->process.argv = argv;
	door->owner.process = &door->process;
	door->listener.proto = NET_TCP;
	door->listener.family = AF_INET;
	door->listener.port = port;
	door->listener.owners = &door->owner;
	door->listener.n_owners = exe || argv ? 1 : 0;
	door->link.start = &door->start;
	door->listener.starts = &door->link;
}

/* Names that only a user vouches for are a guess, and so never wanted (POL-3). */
static void
claims_are_guesses(void **state)
{
	static const char *script[] = {"/usr/bin/perl", "/usr/share/webmin/miniserv.pl", NULL};
	struct run *run = *state;
	struct door door;
	bool guess;

	open_door(&door, "/usr/sbin/sshd", NULL, 22);
	assert_non_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	assert_false(guess);
	door.process.untrusted = true;
	assert_non_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	assert_true(guess);
	door.process.vouched = true;
	assert_non_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	assert_false(guess);
	/* perl is root's, but what it runs is told by the process alone */
	open_door(&door, "/usr/bin/perl", script, 10000);
	door.process.uid = 1000;
	assert_non_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	assert_true(guess);
	/* what the port mapper was told by a user */
	open_door(&door, "/home/eve/x", NULL, 700);
	door.process.uid = 1000;
	door.listener.rpc = "nfs (100003) v3";
	assert_non_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	assert_true(guess);
	door.process.uid = 0;
	assert_non_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	assert_false(guess);
	/* a user's crontab */
	open_door(&door, "/home/eve/x", NULL, 22);
	door.start = (struct start){
		.mechanism = "cron", .name = "sshd", .exe = "/home/eve/x", .by_user = true};
	door.listener.n_starts = 1;
	assert_non_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	assert_true(guess);
}

static void
programs_are_known_by_what_they_run(void **state)
{
	static const char *http_server[] = {"python3", "-m", "http.server", "8000", NULL};
	static const char *webmin[] = {"/usr/bin/perl", "/usr/share/webmin/miniserv.pl", "x.conf",
				       NULL};
	static const char *elastic[] = {"/usr/bin/java", "-Xms1g",
					"org.elasticsearch.bootstrap.Elasticsearch", NULL};
	static const char *jar[] = {"java", "-jar", "/usr/share/java/jenkins.war", NULL};
	static const char *rabbit[] = {"/usr/lib/erlang/erts-13.1.5/bin/beam.smp",
				       "-W",
				       "w",
				       "--",
				       "-s",
				       "rabbit",
				       "boot",
				       NULL};
	static const char *telnetd[] = {"telnetd", "-F", NULL};
	static const char *box_telnetd[] = {"/bin/busybox", "telnetd", NULL};
	static const char *text[] = {"python3", "-c", "import http.server", "gunicorn", NULL};
	static const char *script[] = {"/bin/sh", "/opt/x.sh", NULL};
	static const struct {
		const char *exe, **argv, *found;
	} rows[] = {
		{"/usr/sbin/sshd", NULL, "sshd"},
		{"/usr/sbin/sshd (deleted)", NULL, "sshd"},
		{"/usr/lib/postgresql/15/bin/postgres", NULL, "postgresql"},
		{"/usr/sbin/php-fpm8.2", NULL, "fcgi"},
		{"/usr/lib/xorg/Xorg", NULL, "x11"},
		{"/tmp/x", NULL, "nothing"}, /* files have exact names */
		{"/usr/bin/python3.11", http_server, "dev-http"},
		{"/usr/bin/perl", webmin, "webmin"},
		{"/usr/lib/jvm/java-17-openjdk-amd64/bin/java", elastic, "elasticsearch"},
		{"/usr/lib/jvm/java-17-openjdk-amd64/bin/java", jar, "jenkins"},
		{"/usr/lib/erlang/erts-13.1.5/bin/beam.smp", rabbit, "rabbitmq"},
		{"/bin/busybox", telnetd, "telnet"},
		{"/bin/busybox", box_telnetd, "telnet"},
		{"/usr/bin/python3.11", text, "nothing"},
		{"/bin/dash", script, "nothing"},
		{NULL, webmin, "webmin"},
	};
	struct run *run = *state;
	struct door door;
	bool guess;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const char *found;

		open_door(&door, rows[i].exe, rows[i].argv, 4);
		found = name_of(catalog_of_listener(run->catalog, &door.listener, &guess));
		if (strcmp(found, rows[i].found) != 0)
			print_message("# %zu: %s, wanted %s\n", i, found, rows[i].found);
		assert_string_equal(found, rows[i].found);
		assert_false(guess);
	}
}

static void
a_port_proves_nothing(void **state) /* POL-3 */
{
	struct run *run = *state;
	struct door door;
	bool guess;

	/* Known program, other port: still that service. */
	open_door(&door, "/usr/sbin/sshd", NULL, 2222);
	assert_string_equal(name_of(catalog_of_listener(run->catalog, &door.listener, &guess)),
			    "sshd");
	/* Unknown program on ssh's port: unknown. */
	open_door(&door, "/opt/backdoor", NULL, 22);
	assert_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	/* Nobody visible: the port is a guess, and says so. */
	open_door(&door, NULL, NULL, 22);
	assert_string_equal(name_of(catalog_of_listener(run->catalog, &door.listener, &guess)),
			    "sshd");
	assert_true(guess);
	/* The port mapper knows. */
	open_door(&door, NULL, NULL, 1694);
	door.listener.rpc = "mountd (100005) v3";
	assert_string_equal(name_of(catalog_of_listener(run->catalog, &door.listener, &guess)),
			    "mountd");
	assert_false(guess);
}

static void
what_starts_it_tells_for_whom(void **state)
{
	static const char *command[] = {"/usr/sbin/in.fingerd", "-w", NULL};
	static const char *client[] = {"/usr/bin/rsync", "-a", "/srv", "there:", NULL};
	static const char *server[] = {"/usr/bin/rsync", "--daemon", NULL};
	static const char *queue[] = {"/usr/sbin/sendmail", "-q", NULL};
	struct run *run = *state;
	struct door door;
	bool guess;

	/* inetd holds the socket, finger is what it is for. */
	open_door(&door, "/usr/sbin/inetd", NULL, 7979);
	door.start = (struct start){.mechanism = "inetd",
				    .name = "7979",
				    .command = command,
				    .exe = command[0],
				    .listens_itself = true};
	door.listener.n_starts = 1;
	assert_string_equal(name_of(catalog_of_listener(run->catalog, &door.listener, &guess)),
			    "finger");
	/* An internal service has a name only. */
	door.start =
		(struct start){.mechanism = "inetd", .name = "chargen", .listens_itself = true};
	assert_string_equal(name_of(catalog_of_listener(run->catalog, &door.listener, &guess)),
			    "chargen");
	/* An inetd line that nobody knows is not inetd itself. */
	door.start.name = "frobnicate";
	assert_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	/* A socket unit nobody knows, whose service runs by now: the program tells. */
	door.process.exe = "/usr/sbin/sshd";
	assert_string_equal(name_of(catalog_of_listener(run->catalog, &door.listener, &guess)),
			    "sshd");

	/* A job of cron is in cron's cgroup, but is not cron. */
	open_door(&door, "/opt/job", NULL, 9999);
	door.start = (struct start){
		.mechanism = "systemd", .name = "cron.service", .exe = "/usr/sbin/cron"};
	door.listener.n_starts = 1;
	assert_null(catalog_of_listener(run->catalog, &door.listener, &guess));
	/* A chore of cron's named after a package is not that service. */
	door.start = (struct start){
		.mechanism = "cron", .name = "apache2", .exe = "/etc/cron.daily/apache2"};
	assert_null(catalog_of_start(run->catalog, &door.start));
	/* Nor is a client that cron runs; with --daemon it is the server. */
	door.start = (struct start){.mechanism = "cron",
				    .name = "rsync",
				    .when = START_ON_TIME,
				    .exe = "/usr/bin/rsync",
				    .command = client};
	assert_null(catalog_of_start(run->catalog, &door.start));
	door.start.command = server;
	assert_string_equal(name_of(catalog_of_start(run->catalog, &door.start)), "rsync");
	door.start = (struct start){.mechanism = "cron",
				    .name = "sendmail",
				    .when = START_ON_TIME,
				    .exe = "/usr/sbin/sendmail",
				    .command = queue};
	assert_null(catalog_of_start(run->catalog, &door.start));
	/* The unit's own program is. */
	door.start = (struct start){
		.mechanism = "systemd", .name = "cron.service", .exe = "/usr/sbin/cron"};
	door.process.exe = "/usr/sbin/cron";
	assert_string_equal(name_of(catalog_of_listener(run->catalog, &door.listener, &guess)),
			    "crond");
}

/* Verdicts ---------------------------------------------------------------------------- */

static enum verdict
verdict(struct run *run, const char *service, const char *text, const char **ret_unsaid)
{
	const struct catalog_entry *entry = catalog_find(run->catalog, service);
	struct policy policy;

	assert_non_null(entry);
	policy_parse(run->arena, &run->diags, "policy", span_of(text), &policy);
	assert_int_equal(run->diags.n, 0);
	return catalog_verdict(entry, &policy, NULL, ret_unsaid);
}

static void
facts_decide(void **state) /* POL-7 and the CAT rows' own words */
{
	static const struct {
		const char *service, *policy;
		enum verdict verdict;
	} rows[] = {
		{"telnet", "", VERDICT_REMOVE},
		{"sshd", "", VERDICT_DISABLE},
		{"sshd", "Facts: remote-login", VERDICT_KEEP},
		{"sendmail", "", VERDICT_DISABLE},
		{"sendmail", "Facts: local-mail", VERDICT_LOCALIZE},
		{"sendmail", "Facts: lan-mail local-mail", VERDICT_RESTRICT},
		{"sendmail", "Facts: mx lan-mail", VERDICT_KEEP},
		{"sendmail", "Facts: no mx no lan-mail", VERDICT_DISABLE},
		{"named", "", VERDICT_DISABLE},
		{"named", "Facts: authoritative", VERDICT_KEEP},
		{"named", "Facts: dns-cache", VERDICT_LOCALIZE},
		{"named", "Facts: dns-lan", VERDICT_RESTRICT},
		{"lpd", "", VERDICT_DISABLE},
		{"lpd", "Facts: printer", VERDICT_RESTRICT},
		{"cups", "Facts: printer", VERDICT_LOCALIZE},
		{"smb", "", VERDICT_DISABLE},
		{"smb", "Facts: ms-hosts", VERDICT_RESTRICT},
		{"nfs", "", VERDICT_DISABLE},
		{"nfs", "Facts: nfs-server", VERDICT_RESTRICT},
		{"portmap", "Facts: nis", VERDICT_RESTRICT},
		{"x11", "Role: desktop", VERDICT_LOCALIZE},
		{"x11", "Role: server", VERDICT_REMOVE},
		{"apmd", "Role: server", VERDICT_DISABLE}, /* POL-23 */
		{"apmd", "Role: laptop", VERDICT_KEEP},
		{"pcmcia", "Role: server", VERDICT_DISABLE},
		{"pcmcia", "Role: laptop", VERDICT_KEEP},
		{"http", "", VERDICT_DISABLE}, /* POL-13 */
		{"http", "Facts: web-server", VERDICT_KEEP},
		{"http", "Facts: local-web", VERDICT_LOCALIZE},
		{"identd", "", VERDICT_DISABLE},
		{"identd", "Facts: ident-wanted", VERDICT_RESTRICT},
		{"gpm", "Facts: console-mouse", VERDICT_KEEP},
		{"kudzu", "Facts: hardware-change", VERDICT_KEEP},
		{"syslog", "", VERDICT_KEEP},
		{"tcpgate", "", VERDICT_DISABLE},
		{"innd", "Facts: lan-news", VERDICT_DISABLE},
		{"leafnode", "Facts: lan-news", VERDICT_RESTRICT},
	};
	struct run *run = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		enum verdict got = verdict(run, rows[i].service, rows[i].policy, NULL);

		if (got != rows[i].verdict)
			print_message("# %s, %s: %s\n", rows[i].service, rows[i].policy,
				      verdict_name(got));
		assert_int_equal(got, rows[i].verdict);
	}
}

/* POL-8: the worked example "bigcat": kept are these four, the others go. */
static void
bigcat_comes_out_as_decided(void **state)
{
	static const char policy[] = "Role: desktop\nFacts: printer ms-hosts remote-login\n";
	static const char *const keep[] = {"x11", "printer", "netbios-ssn", "ssh"};
	static const char *const off[] = {"exec",   "login", "shell",  "time",   "http",
					  "domain", "auth",  "telnet", "finger", "sunrpc",
					  "ftp",    "smtp",  "mountd"};
	struct run *run = *state;

	for (size_t i = 0; i < sizeof(keep) / sizeof(*keep); i++)
		assert_true(verdict(run, keep[i], policy, NULL) < VERDICT_DISABLE);
	for (size_t i = 0; i < sizeof(off) / sizeof(*off); i++)
		assert_true(verdict(run, off[i], policy, NULL) >= VERDICT_DISABLE);
}

static void
the_unsaid_fact_is_named(void **state)
{
	struct run *run = *state;
	const char *unsaid;

	verdict(run, "sshd", "", &unsaid);
	assert_string_equal(unsaid, "remote-login");
	verdict(run, "sshd", "Facts: no remote-login", &unsaid);
	assert_null(unsaid);
	verdict(run, "sendmail", "Facts: mx", &unsaid);
	assert_null(unsaid); /* what is not said could not change it */
	verdict(run, "sendmail", "Facts: lan-mail", &unsaid);
	assert_string_equal(unsaid, "mx");
	verdict(run, "x11", "Role: server", &unsaid);
	assert_null(unsaid); /* a role that is stated settles the others */
	verdict(run, "telnet", "", &unsaid);
	assert_null(unsaid);
	verdict(run, "portainer", "", &unsaid); /* only both together change it */
	assert_string_equal(unsaid, "container-host");
	verdict(run, "portainer", "Facts: container-host", &unsaid);
	assert_string_equal(unsaid, "remote-admin-web");
	verdict(run, "portainer", "Facts: container-host no remote-admin-web", &unsaid);
	assert_null(unsaid);
}

static void
and_binds_before_or(void **state)
{
	static const struct {
		const char *facts;
		enum verdict verdict;
	} rows[] = {
		{"", VERDICT_DISABLE},
		{"Facts: mx", VERDICT_KEEP},
		{"Facts: printer", VERDICT_KEEP}, /* and not nis */
		{"Facts: printer nis", VERDICT_DISABLE},
		{"Facts: nis", VERDICT_DISABLE},
		{"Facts: fax", VERDICT_RESTRICT}, /* (fax or ups) and not gps */
		{"Facts: ups gps", VERDICT_DISABLE},
	};
	struct run *run = *state;

	catalog_add_text(run->catalog, "my.cat",
			 span_of("Service: mine\nClass: N\nWhat: x\nWhy: y\n"
				 "Verdict: keep if mx or printer and not nis;\n"
				 " restrict if (fax or ups) and not gps; else disable\n"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(verdict(run, "mine", rows[i].facts, NULL), rows[i].verdict);
}

/* What `explain` must be able to tell (section 14 of the requirements). */
static void
texts_tell_what_they_must(void **state)
{
	struct run *run = *state;
	const struct catalog_entry *lpd = catalog_find(run->catalog, "lpd");
	const struct catalog_entry *named = catalog_find(run->catalog, "named");

	assert_non_null(strstr(lpd->why, "721-731"));
	assert_non_null(strstr(lpd->why, "hosts.lpd"));
	assert_non_null(strstr(lpd->how, "chmod 000"));
	assert_non_null(strstr(named->why, "ran as root"));
	assert_non_null(strstr(named->confine, "-t "));
	assert_non_null(strstr(catalog_find(run->catalog, "sendmail")->how, "16 * * * *"));
	assert_non_null(strstr(catalog_find(run->catalog, "postfix")->localize, "loopback-only"));
	assert_non_null(strstr(catalog_find(run->catalog, "identd")->restrict_, "-l -e -o -n -N"));
	assert_non_null(strstr(catalog_find(run->catalog, "x11")->localize, "-nolisten tcp"));
	assert_non_null(strstr(catalog_find(run->catalog, "xdm")->localize, "-udpPort 0"));
	assert_non_null(
		strstr(catalog_find(run->catalog, "mysql")->localize, "bind-address = 127.0.0.1"));
	assert_non_null(
		strstr(catalog_find(run->catalog, "http")->localize, "Listen 127.0.0.1:80"));
	assert_non_null(strstr(catalog_find(run->catalog, "http")->reduce, "CGI"));
	assert_non_null(catalog_find(run->catalog, "ftp")->reduce);
	assert_true(catalog_find(run->catalog, "mutt")->glossary);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(mistakes_are_named_with_their_place, setup,
						teardown),
		cmocka_unit_test_setup_teardown(conditions_must_be_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(deep_conditions_end, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_keep_paragraphs_and_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(files_add_and_replace, setup, teardown),
		cmocka_unit_test_setup_teardown(names_lead_to_their_service, setup, teardown),
		cmocka_unit_test_setup_teardown(ports_lead_to_their_own_service, setup, teardown),
		cmocka_unit_test_setup_teardown(all_services_of_a_port_are_told, setup, teardown),
		cmocka_unit_test_setup_teardown(claims_are_guesses, setup, teardown),
		cmocka_unit_test_setup_teardown(programs_are_known_by_what_they_run, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_port_proves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(what_starts_it_tells_for_whom, setup, teardown),
		cmocka_unit_test_setup_teardown(facts_decide, setup, teardown),
		cmocka_unit_test_setup_teardown(bigcat_comes_out_as_decided, setup, teardown),
		cmocka_unit_test_setup_teardown(the_unsaid_fact_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(and_binds_before_or, setup, teardown),
		cmocka_unit_test_setup_teardown(texts_tell_what_they_must, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
