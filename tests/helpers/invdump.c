/*
 * invdump [--owners=NAME] [--netns=self] [--no-diag] [--all] [--netlink] [--facts]
 * [--packages] [--host] [--time] [--quiet]:
 * the inventory alone, one line per socket and owner, for comparison with other programs:
 * protocol family address port device inode state netns user cgroup owners-state pid/fd/comm...
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/root.h"
#include "base/vec.h"
#include "inventory/inventory.h"

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static const char *
family_name(int family)
{
	return family == AF_INET    ? "inet"
	       : family == AF_INET6 ? "inet6"
	       : family == AF_UNIX  ? "unix"
				    : "other";
}

static void
print_text(const char *text)
{
	for (; text && *text; text++)
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			printf("\\x%02x", (unsigned char)*text);
		else
			putchar(*text);
}

static void
print_listener(const struct listener *l)
{
	char text[NET_ADDR_TEXT] = "-";

	if (l->addr.family)
		net_addr_text(&l->addr, text);
	printf("%s %s %s %u %s %u %u v6only=%s %s ", net_proto_name(l->proto),
	       family_name(l->family), text, l->port, l->device ? l->device : "-", l->inode,
	       l->state,
	       !l->v6only_known ? "?"
	       : l->v6only      ? "1"
				: "0",
	       l->netns->name);
	printf("user=%s cgroup=%s %s path=", l->user ? l->user : "?", l->cgroup ? l->cgroup : "?",
	       listener_owners_name(l->owners_state));
	print_text(l->path);
	for (uint32_t i = 0; i < l->n_owners; i++) {
		printf(" %d/%d/", (int)l->owners[i].process->pid, l->owners[i].fd);
		print_text(l->owners[i].process->comm);
	}
	putchar('\n');
}

static void
print_process(const struct process *p)
{
	printf("process %d ppid=%d start=%llu user=%s exe=%s%s tty=%s cgroup=%s root=%s netns=%llu "
	       "caps=%llx seccomp=%d nnp=%d package=%s title=",
	       (int)p->pid, (int)p->ppid, (unsigned long long)p->start_ticks,
	       p->user ? p->user : "?", p->exe ? p->exe : "?", p->exe_deleted ? "(deleted)" : "",
	       p->tty_name ? p->tty_name : "-", p->cgroup ? p->cgroup : "?",
	       p->root ? p->root : "?", (unsigned long long)p->netns,
	       (unsigned long long)p->cap_effective, p->seccomp, p->no_new_privs,
	       p->package ? p->package : "-");
	print_text(p->title);
	putchar('\n');
}

static void
add_packages(struct audit *audit)
{
	const char **exes = arena_array(audit->arena, audit->processes.n + 1, sizeof(*exes));
	const char **packages = arena_array(audit->arena, audit->processes.n + 1, sizeof(*exes));
	auto_root root = {.fd = -1};
	struct err err;

	if (root_open(&root, "/", &err) < 0)
		return;
	for (size_t i = 0; i < audit->processes.n; i++)
		exes[i] = audit->processes.v[i]->exe;
	inventory_packages(&root, audit->arena, &audit->diags, exes, audit->processes.n, packages);
	for (size_t i = 0; i < audit->processes.n; i++)
		audit->processes.v[i]->package = packages[i];
}

static void
print_host(struct audit *audit)
{
	static const char *const filters[] = {"unknown", "none", "present"};
	auto_root root = {.fd = -1};
	char text[NET_ADDR_TEXT];
	struct err err;

	if (root_open(&root, "/", &err) < 0)
		return;
	inventory_host(audit, &root);
	inventory_ifaces(audit);
	inventory_filter(audit);
	inventory_rpc(audit);
	printf("host %s init=%s filter=%s runlevel=%s before=%s\n", audit->host,
	       audit->init ? audit->init : "?", filters[audit->filter.state],
	       audit->runlevel ? audit->runlevel : "?",
	       audit->previous_runlevel ? audit->previous_runlevel : "?");
	for (size_t i = 0; i < audit->ifaces.n; i++) {
		const struct iface *iface = &audit->ifaces.v[i];

		printf("iface %s %u %s%s%s", iface->netns->name, iface->index, iface->name,
		       iface->up ? " up" : "", iface->loopback ? " loopback" : "");
		for (uint32_t k = 0; k < iface->n_addrs; k++)
			printf(" %s/%u", net_addr_text(&iface->addrs[k].addr, text),
			       iface->addrs[k].bits);
		putchar('\n');
	}
	for (size_t i = 0; i < audit->rpc.n; i++)
		printf("rpc %u v%u %s %u %s\n", audit->rpc.v[i].program, audit->rpc.v[i].version,
		       net_proto_name(audit->rpc.v[i].proto), audit->rpc.v[i].port,
		       audit->rpc.v[i].name ? audit->rpc.v[i].name : "-");
}

static bool
find_strategy(const char *name, enum inventory_owners *ret)
{
	for (int i = OWNERS_AUTO; i <= OWNERS_NONE; i++)
		if (strcmp(inventory_owners_name((enum inventory_owners)i), name) == 0) {
			*ret = (enum inventory_owners)i;
			return true;
		}
	return false;
}

struct wanted {
	struct inventory_options options;
	bool facts, time, quiet, host, packages;
};

static bool
read_args(int argc, char **argv, struct wanted *wanted)
{
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--owners=", 9) == 0) {
			if (!find_strategy(argv[i] + 9, &wanted->options.owners))
				return false;
		} else if (strcmp(argv[i], "--netns=self") == 0)
			wanted->options.netns = INVENTORY_NETNS_SELF;
		else if (strcmp(argv[i], "--no-diag") == 0)
			wanted->options.no_diag = true;
		else if (strcmp(argv[i], "--all") == 0)
			wanted->options.all = true;
		else if (strcmp(argv[i], "--netlink") == 0)
			wanted->options.netlink = true;
		else if (strcmp(argv[i], "--every") == 0)
			wanted->options.every_process = true;
		else if (strcmp(argv[i], "--facts") == 0)
			wanted->facts = true;
		else if (strcmp(argv[i], "--host") == 0)
			wanted->host = true;
		else if (strcmp(argv[i], "--packages") == 0)
			wanted->packages = true;
		else if (strcmp(argv[i], "--time") == 0)
			wanted->time = true;
		else if (strcmp(argv[i], "--quiet") == 0)
			wanted->quiet = true;
		else
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct audit audit = {.arena = arena, .diags = diags_of(arena), .live = true};
	struct wanted wanted = {0};
	double t[5];

	audit.process_by_pid = map_of(arena);
	if (!read_args(argc, argv, &wanted)) {
		fprintf(stderr, "usage: invdump [--owners=NAME] [--netns=self] [--no-diag] [--all] "
				"[--netlink] [--every] [--facts] [--packages] [--host] [--time] "
				"[--quiet]\n");
		return 2;
	}
	t[0] = now_ms();
	inventory_begin(&wanted.options);
	inventory_sockets(&audit, &wanted.options);
	t[1] = now_ms();
	inventory_owners(&audit, &wanted.options);
	t[2] = now_ms();
	inventory_processes(&audit, &wanted.options);
	inventory_end(&wanted.options);
	t[3] = now_ms();
	if (wanted.packages)
		add_packages(&audit);
	t[4] = now_ms();
	if (wanted.host)
		print_host(&audit);
	for (size_t i = 0; !wanted.quiet && i < audit.listeners.n; i++)
		print_listener(audit.listeners.v[i]);
	for (size_t i = 0; wanted.facts && i < audit.processes.n; i++)
		print_process(audit.processes.v[i]);
	for (size_t i = 0; i < audit.diags.n; i++)
		fprintf(stderr, "%s\n", diag_line(arena, &audit.diags.v[i]));
	if (wanted.time)
		fprintf(stderr,
			"%zu sockets %.2f ms, owners by %s %.2f ms, %zu processes %.2f ms, "
			"packages %.2f ms, %zu KB\n",
			audit.listeners.n, t[1] - t[0], audit.owner_strategy, t[2] - t[1],
			audit.processes.n, t[3] - t[2], t[4] - t[3], arena_used(arena) / 1024);
	arena_free(arena);
	return audit_complete(&audit) ? 0 : 3;
}
