#include "helpers/fake_audit.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/vec.h"

struct listener *
fake_listener(struct audit *audit, enum net_proto proto, const char *address, uint32_t port)
{
	struct listener *l = arena_alloc(audit->arena, sizeof(*l));

	l->proto = proto;
	l->port = port;
	l->state = proto == NET_TCP || net_proto_is_unix(proto) ? TCP_LISTEN : TCP_CLOSE;
	l->netns = audit->netns.n ? audit->netns.v[0] : NULL;
	if (net_proto_is_unix(proto)) {
		l->family = AF_UNIX;
		l->path = address;
	} else {
		net_addr_parse(span_of(address), &l->addr);
		l->family = l->addr.family;
	}
	vec_push(audit->arena, &audit->listeners, l);
	return l;
}

struct process *
fake_process(struct audit *audit, pid_t pid, const char *exe, const char *user, uint32_t uid)
{
	struct process *p = arena_alloc(audit->arena, sizeof(*p));

	p->pid = pid;
	p->ppid = 1;
	p->exe = exe;
	p->comm = exe ? text_basename(exe) : "?";
	p->title = exe;
	p->user = user;
	p->uid = uid;
	p->root = "/";
	p->started = audit->now - 3600;
	map_put(&audit->process_by_pid, (uint64_t)pid, p);
	vec_push(audit->arena, &audit->processes, p);
	return p;
}

void
fake_owner(struct audit *audit, struct listener *listener, struct process *process, int32_t fd)
{
	struct listener_owner *owners =
		arena_array(audit->arena, listener->n_owners + 1, sizeof(*owners));

	for (uint32_t i = 0; i < listener->n_owners; i++)
		owners[i] = listener->owners[i];
	owners[listener->n_owners++] = (struct listener_owner){process, fd, 'u'};
	listener->owners = owners;
}

struct start *
fake_start(struct audit *audit, const char *mechanism, const char *name, const char *file,
	   uint32_t line)
{
	struct start *start = arena_alloc(audit->arena, sizeof(*start));

	start->mechanism = mechanism;
	start->name = name;
	start->file = file;
	start->line = line;
	start->enabled = true;
	start->index = (uint32_t)audit->starts.n;
	vec_push(audit->arena, &audit->starts, start);
	return start;
}

void
fake_cause(struct audit *audit, struct listener *listener, struct start *start,
	   const char *evidence, bool guess)
{
	struct listener_start *starts =
		arena_array(audit->arena, listener->n_starts + 1, sizeof(*starts));

	for (uint32_t i = 0; i < listener->n_starts; i++)
		starts[i] = listener->starts[i];
	starts[listener->n_starts++] = (struct listener_start){start, evidence, guess};
	listener->starts = starts;
	start->n_listeners++;
}

static void
judge(struct listener *l, const char *service, enum reach reach, enum verdict verdict,
      const char *reason)
{
	l->service = service;
	l->reach = reach;
	l->verdict = verdict;
	l->reason = reason;
}

static void
declare(struct audit *audit, struct start *start, enum net_proto proto, uint32_t port)
{
	start->ports = arena_alloc(audit->arena, sizeof(*start->ports));
	start->ports[0] = (struct start_port){.proto = proto, .port = port};
	start->n_ports = 1;
}

static void
a_telnet(struct audit *audit)
{
	static const char *command[] = {"/usr/sbin/tcpd", "/usr/sbin/in.telnetd", NULL};
	static const char *const evidence[] = {"/etc/inetd.conf:34 telnet stream tcp nowait", NULL};
	static const struct remedy_text remedies[] = {
		{REMEDY_REMOVE, "apt-get purge inetutils-telnetd (package inetutils-telnetd)"},
		{REMEDY_DISABLE, "put # before /etc/inetd.conf:34, then kill -HUP 640"},
		{REMEDY_RESTRICT, "/etc/hosts.allow: in.telnetd: 192.168.0. and /etc/hosts.deny: "
				  "in.telnetd: ALL"},
	};
	struct listener *l = fake_listener(audit, NET_TCP, "0.0.0.0", 23);
	struct start *s = fake_start(audit, "inetd", "telnet", "/etc/inetd.conf", 34);
	struct finding *f = arena_alloc(audit->arena, sizeof(*f));

	fake_owner(audit, l, fake_process(audit, 640, "/usr/sbin/inetd", "root", 0), 5);
	fake_cause(audit, l, s, "inetd.conf line", false);
	s->when = START_ON_DEMAND;
	s->command = command;
	s->user = "root";
	s->state = "active line";
	s->off = "put # before /etc/inetd.conf:34";
	declare(audit, s, NET_TCP, 23);
	judge(l, "telnet", REACH_ANYONE, VERDICT_REMOVE, "clear-text login");
	*f = (struct finding){
		.id = "telnet/tcp/23/any",
		.rule = "listener",
		.severity = SEVERITY_CRITICAL,
		.verdict = VERDICT_REMOVE,
		.service = "telnet",
		.listener = l,
		.start = s,
		.title = "telnet on tcp *:23 can be reached by anyone and runs as root",
		.reason = "Everything typed, passwords too, crosses the network in clear text and "
			  "can be read and changed on the way. ssh does the same safely.",
		.evidence = evidence,
		.remedies = remedies,
		.n_remedies = 3,
	};
	vec_push(audit->arena, &audit->findings, f);
}

static void
a_ssh(struct audit *audit)
{
	struct listener *l = fake_listener(audit, NET_TCP, "::", 22);
	struct process *p = fake_process(audit, 701, "/usr/sbin/sshd", "root", 0);
	struct start *s =
		fake_start(audit, "systemd", "ssh.service", "/lib/systemd/system/ssh.service", 9);

	p->title = "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups";
	l->v6only_known = l->also_ipv4 = true;
	l->send_queue = 128;
	l->inode = 8811;
	fake_owner(audit, l, p, 3);
	fake_cause(audit, l, s, "cgroup /system.slice/ssh.service", false);
	s->unit = "ssh.service";
	judge(l, "ssh", REACH_ANYONE, VERDICT_RESTRICT, "wanted by the policy");
}

static void
a_web_server(struct audit *audit)
{
	struct listener *l = fake_listener(audit, NET_TCP, "192.168.7.20", 80);

	fake_owner(audit, l, fake_process(audit, 810, "/usr/sbin/apache2", "root", 0), 4);
	for (pid_t pid = 811; pid < 816; pid++) {
		struct process *p = fake_process(audit, pid, "/usr/sbin/apache2", "www-data", 33);

		p->seccomp = PROCESS_SECCOMP_FILTER;
		fake_owner(audit, l, p, 4);
	}
	fake_cause(audit, l, fake_start(audit, "sysv", "apache2", "/etc/init.d/apache2", 0),
		   "pidfile", true);
	judge(l, "http", REACH_PRIVATE, VERDICT_KEEP, "serves the house");
}

static void
others(struct audit *audit)
{
	static const struct remedy_text remedies[] = {
		{REMEDY_DISABLE, "kill 4242; nothing starts it again"},
	};
	struct listener *l = fake_listener(audit, NET_UDP, "0.0.0.0", 1694);
	struct process *p;
	struct finding *f = arena_alloc(audit->arena, sizeof(*f));
	struct start *s;

	l->rpc = "mountd (100005) v3";
	l->owners_state = OWNERS_HIDDEN;
	l->user = "root";
	judge(l, "rpc.mountd", REACH_ANYONE, VERDICT_DISABLE, "no packet filter");

	l = fake_listener(audit, NET_TCP, "2001:db8:1234:5678:9abc:def0:1234:5678", 4711);
	p = fake_process(audit, 4242, "/tmp/\033[2Jevil\xff", "mallory", 1000);
	p->title = "\033]0;owned\007 [kworker/0:1]\xe2\x80\xae";
	p->exe_deleted = true;
	fake_owner(audit, l, p, 7);
	l->no_start = "hand-started on pts/3 by mallory";
	l->orphan = true;
	judge(l, NULL, REACH_ANYONE, VERDICT_DISABLE, "unknown");
	*f = (struct finding){
		.id = "unknown/tcp/4711",
		.rule = "listener",
		.severity = SEVERITY_HIGH,
		.verdict = VERDICT_DISABLE,
		.listener = l,
		.title = "\"/tmp/\033[2Jevil\xff\" is not known",
		.reason = "A service nobody recognises is presumed unnecessary.",
		.remedies = remedies,
		.n_remedies = 1,
		.exception = "lab week, asked for by mallory",
		.same = 2,
	};
	vec_push(audit->arena, &audit->findings, f);

	l = fake_listener(audit, NET_TCP, "127.0.0.1", 3306);
	fake_owner(audit, l, fake_process(audit, 900, "/usr/sbin/mariadbd", "mysql", 105), 20);
	judge(l, "mysql", REACH_HOST, VERDICT_KEEP, "on loopback only");
	l = fake_listener(audit, NET_RAW, "0.0.0.0", 1);
	l->owners_state = OWNERS_KERNEL;
	judge(l, NULL, REACH_UNKNOWN, VERDICT_RESTRICT, "raw socket");
	l = fake_listener(audit, NET_UNIX_STREAM, "/run/dbus/system_bus_socket", 0);
	judge(l, "dbus", REACH_HOST, VERDICT_KEEP, "local");

	s = fake_start(audit, "xinetd", "tftp", "/etc/xinetd.d/tftp", 3);
	s->when = START_ON_DEMAND;
	s->state = "disable = no";
	declare(audit, s, NET_UDP, 69);
	s = fake_start(audit, "sysv", "radvd", "/etc/init.d/radvd", 0);
	s->enabled = false;
	s->state = "K46 in 3";
}

struct audit *
fake_audit(void)
{
	struct arena *arena = arena_new();
	struct audit *audit = arena_alloc(arena, sizeof(*audit));
	struct netns *netns = arena_alloc(arena, sizeof(*netns));
	static const char *none[] = {NULL};

	*audit = (struct audit){
		.arena = arena,
		.diags = diags_of(arena),
		.host = "bigcat",
		.root = "/",
		.live = true,
		.init = "systemd",
		.now = 1000000000,
		.runlevel = "3",
		.default_runlevel = "2",
		.process_by_pid = map_of(arena),
		.filter = {.state = FILTER_NONE},
		.policy = {.facts = none, .denied = none},
		.reachable = 5,
	};
	*netns = (struct netns){.inode = 4026531840, .self = true, .name = "self"};
	vec_push(arena, &audit->netns, netns);
	a_telnet(audit);
	a_ssh(audit);
	a_web_server(audit);
	others(audit);
	diag_add(&audit->diags, DIAG_UNSEEN, "/etc/shadow.d", 0, 0,
		 "cannot be read: Permission denied");
	diag_add(&audit->diags, DIAG_WARNING, "/etc/inetd.conf", 12, 3, "no such user 'uucp'");
	return audit;
}
