/*
 * probe [THREADS]: the bare limit for an audit of TCP and UDP listeners with their owners: the
 * sock_diag dump and a walk over /proc/PID/fd, no library, no facts, no start records. With
 * 0 threads only the dump. Prints the number of sockets and of owners found.
 */
#include <dirent.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOTS (1u << 18)
#define MOST_PIDS 65536
#define MOST_THREADS 64

static uint32_t wanted[SLOTS];
static size_t n_sockets;
static int pids[MOST_PIDS];
static size_t n_pids;
static atomic_size_t next_pid, n_owners;

static uint32_t *
slot_of(uint32_t inode)
{
	uint32_t at = inode * 2654435761u & (SLOTS - 1);

	while (wanted[at] && wanted[at] != inode)
		at = (at + 1) & (SLOTS - 1);
	return &wanted[at];
}

static bool
take(const char *buf, ssize_t n)
{
	const struct nlmsghdr *message = (const void *)buf;

	for (; NLMSG_OK(message, (unsigned)n); message = NLMSG_NEXT(message, n)) {
		const struct inet_diag_msg *row = NLMSG_DATA(message);

		if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY)
			return false;
		if (row->idiag_inode && n_sockets < SLOTS / 2) {
			*slot_of(row->idiag_inode) = row->idiag_inode;
			n_sockets++;
		}
	}
	return true;
}

static void
dump(int netlink, uint8_t family, uint8_t protocol, uint32_t states)
{
	struct {
		struct nlmsghdr head;
		struct inet_diag_req_v2 request;
	} question = {.head = {.nlmsg_len = sizeof(question),
			       .nlmsg_type = SOCK_DIAG_BY_FAMILY,
			       .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		      .request = {.sdiag_family = family,
				  .sdiag_protocol = protocol,
				  .idiag_states = states}};
	_Alignas(struct nlmsghdr) static char buf[65536];
	ssize_t n;

	if (send(netlink, &question, sizeof(question), 0) < 0)
		return;
	do {
		n = recv(netlink, buf, sizeof(buf), 0);
	} while (n > 0 && take(buf, n));
}

static void
list_pids(void)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir)) && n_pids < MOST_PIDS)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			pids[n_pids++] = (int)strtol(entry->d_name, NULL, 10);
	if (dir)
		closedir(dir);
}

static void
scan(int pid)
{
	struct dirent *entry;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		char link[64];
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

		if (n < 9 || memcmp(link, "socket:[", 8) != 0)
			continue;
		link[n] = '\0';
		if (*slot_of((uint32_t)strtoul(link + 8, NULL, 10)))
			atomic_fetch_add(&n_owners, 1);
	}
	if (dir)
		closedir(dir);
}

static void *
work(void *arg)
{
	size_t i;

	while ((i = atomic_fetch_add(&next_pid, 1)) < n_pids)
		scan(pids[i]);
	return arg;
}

int
main(int argc, char **argv)
{
	long n = argc > 1 ? strtol(argv[1], NULL, 10) : 1;
	pthread_t threads[MOST_THREADS];
	int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const uint8_t families[] = {AF_INET, AF_INET6};

	for (size_t i = 0; i < 2; i++) {
		dump(netlink, families[i], IPPROTO_TCP, 1u << 10);
		dump(netlink, families[i], IPPROTO_UDP, 1u << 7);
	}
	if (n > 0) {
		list_pids();
		for (long i = 1; i < n && i < MOST_THREADS; i++)
			if (pthread_create(&threads[i], NULL, work, NULL) != 0)
				n = i;
		work(NULL);
		for (long i = 1; i < n && i < MOST_THREADS; i++)
			pthread_join(threads[i], NULL);
	}
	printf("%zu sockets, %zu owners\n", n_sockets, (size_t)n_owners);
	return 0;
}
