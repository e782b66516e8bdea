/*
 * door [OPTION...] SPEC...: opens sockets of any kind and waits; what system tests audit.
 *
 *	tcp:127.0.0.1:23  udp:[::]:69,v6only  mptcp:0.0.0.0:80  tcp:0.0.0.0:81,dev=lo
 *	raw:1  raw6:58  packet:0x88cc  unix:/run/x  unix:@name  seqpacket:/run/y  dgram:/run/z
 *	vsock:99  netlink:0
 *
 *	-f N     N children inherit everything (a preforking server)
 *	-u UID   the children, or the program itself when there are none, run as that user
 *	-t NAME  shows NAME as its command line
 *	-p       hands the sockets to a child over SCM_RIGHTS and closes its own copies
 *	-c       connects once to each tcp socket: established ones to tell apart
 *	-d       goes to the background in a session of its own, as daemons do
 *	-T       a thread with descriptors of its own holds them, and the first thread ends
 *	-P FILE  writes its pid there
 *
 * Says "missing SPEC: reason" for what this kernel lacks and "ready" when all others are open.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/vm_sockets.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_DOORS 4096

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
	struct sockaddr_ll ll;
	struct sockaddr_vm vm;
	struct sockaddr_nl nl;
};

static const struct kind {
	const char *name;
	int family, type, protocol;
	bool listens;
} kinds[] = {
	/* AF_UNSPEC: the address says which */
	{"tcp", AF_UNSPEC, SOCK_STREAM, 0, true},
	{"udp", AF_UNSPEC, SOCK_DGRAM, 0, false},
	{"udplite", AF_UNSPEC, SOCK_DGRAM, IPPROTO_UDPLITE, false},
	{"sctp", AF_UNSPEC, SOCK_STREAM, IPPROTO_SCTP, true},
	{"dccp", AF_UNSPEC, SOCK_DCCP, IPPROTO_DCCP, true},
	{"mptcp", AF_UNSPEC, SOCK_STREAM, IPPROTO_MPTCP, true},
	{"raw", AF_INET, SOCK_RAW, 0, false},
	{"raw6", AF_INET6, SOCK_RAW, 0, false},
	{"packet", AF_PACKET, SOCK_RAW, 0, false},
	{"unix", AF_UNIX, SOCK_STREAM, 0, true},
	{"seqpacket", AF_UNIX, SOCK_SEQPACKET, 0, true},
	{"dgram", AF_UNIX, SOCK_DGRAM, 0, false},
	{"vsock", AF_VSOCK, SOCK_STREAM, 0, true},
	{"netlink", AF_NETLINK, SOCK_RAW, 0, false},
};

struct door {
	const struct kind *kind;
	int fd;
	union address at;
	socklen_t at_len;
};

static struct door doors[MAX_DOORS];
static size_t n_doors;

static int
number(const char *text)
{
	return (int)strtol(text, NULL, 0);
}

static const struct kind *
kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

/* "127.0.0.1:23" or "[::1]:23"; gives the address's length, 0 when it is none. */
static socklen_t
inet_address(char *text, union address *ret)
{
	char *port = strrchr(text, ':');
	size_t n;

	if (!port)
		return 0;
	*port++ = '\0';
	n = strlen(text);
	if (text[0] == '[' && n > 2) {
		text[n - 1] = '\0';
		ret->v6.sin6_family = AF_INET6;
		ret->v6.sin6_port = htons((uint16_t)number(port));
		return inet_pton(AF_INET6, text + 1, &ret->v6.sin6_addr) == 1 ? sizeof(ret->v6) : 0;
	}
	ret->v4.sin_family = AF_INET;
	ret->v4.sin_port = htons((uint16_t)number(port));
	return inet_pton(AF_INET, text, &ret->v4.sin_addr) == 1 ? sizeof(ret->v4) : 0;
}

/* The address of a spec's middle part; 0 = the socket needs none. */
static socklen_t
address_of(const struct kind *kind, char *text, union address *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->any.sa_family = (sa_family_t)kind->family;
	switch (kind->family) {
	case AF_UNSPEC:
		return inet_address(text, ret);
	case AF_UNIX:
		snprintf(ret->un.sun_path, sizeof(ret->un.sun_path), "%s", text);
		if (text[0] == '@')
			ret->un.sun_path[0] = '\0';
		else
			unlink(text);
		return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(text));
	case AF_PACKET:
		ret->ll.sll_protocol = htons((uint16_t)number(text));
		return sizeof(ret->ll);
	case AF_VSOCK:
		ret->vm.svm_cid = VMADDR_CID_ANY;
		ret->vm.svm_port = (unsigned)number(text);
		return sizeof(ret->vm);
	case AF_NETLINK:
		return sizeof(ret->nl);
	default:
		return 0;
	}
}

static int
socket_options(int fd, char *options)
{
	int one = 1, r = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));

	for (char *word; (word = strsep(&options, ","));)
		if (strcmp(word, "v6only") == 0)
			r |= setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
		else if (strncmp(word, "dev=", 4) == 0)
			r |= setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, word + 4,
					(socklen_t)strlen(word + 4));
	return r;
}

static int
open_door(struct door *door, const char *spec)
{
	char text[256], *at, *options;
	int type, protocol;

	snprintf(text, sizeof(text), "%s", spec);
	at = strchr(text, ':');
	if (!at)
		return EINVAL;
	*at++ = '\0';
	options = strchr(at, ',');
	if (options)
		*options++ = '\0';
	door->kind = kind_find(text);
	if (!door->kind)
		return EINVAL;
	type = door->kind->type;
	protocol = type == SOCK_RAW ? number(at) : door->kind->protocol;
	door->at_len = address_of(door->kind, at, &door->at);
	if (door->kind->family == AF_PACKET)
		protocol = 0; /* bind(2) says which */
	door->fd =
		socket(door->at_len ? door->at.any.sa_family : door->kind->family, type, protocol);
	if (door->fd < 0 || (socket_options(door->fd, options) && door->kind->family == AF_UNSPEC))
		return errno;
	if (door->at_len && bind(door->fd, &door->at.any, door->at_len) < 0)
		return errno;
	if (door->kind->listens && listen(door->fd, 16) < 0)
		return errno;
	return 0;
}

/* The sockets go to a child by message; afterwards only the child has them. */
static void
pass_doors(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		exit(1);
	for (size_t i = 0; i < n_doors; i++) {
		union {
			char room[CMSG_SPACE(sizeof(int))];
			struct cmsghdr align;
		} control = {0};
		char byte = 0;
		struct iovec part = {&byte, 1};
		struct msghdr message = {.msg_iov = &part,
					 .msg_iovlen = 1,
					 .msg_control = &control,
					 .msg_controllen = sizeof(control)};
		struct cmsghdr *c = CMSG_FIRSTHDR(&message);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &doors[i].fd, sizeof(int));
		if (sendmsg(pair[0], &message, 0) < 0)
			exit(1);
		close(doors[i].fd);
		doors[i].fd = -1;
	}
	if (fork() == 0) {
		for (size_t i = 0; i < n_doors; i++) {
			char byte, room[CMSG_SPACE(sizeof(int))];
			struct iovec part = {&byte, 1};
			struct msghdr message = {.msg_iov = &part,
						 .msg_iovlen = 1,
						 .msg_control = room,
						 .msg_controllen = sizeof(room)};

			if (recvmsg(pair[1], &message, 0) < 0)
				exit(1);
		}
		for (;;)
			pause();
	}
	close(pair[0]);
	close(pair[1]);
}

static void
connect_doors(void)
{
	for (size_t i = 0; i < n_doors; i++) {
		int fd;

		if (strcmp(doors[i].kind->name, "tcp") != 0)
			continue;
		fd = socket(doors[i].at.any.sa_family, SOCK_STREAM, 0);
		if (fd < 0 || connect(fd, &doors[i].at.any, doors[i].at_len) < 0 ||
		    accept(doors[i].fd, NULL, NULL) < 0)
			exit(1);
	}
}

static void *
hold(void *arg)
{
	if (unshare(CLONE_FILES) < 0)
		exit(1);
	for (;;)
		pause();
}

static void
hide_in_thread(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, hold, NULL) != 0)
		exit(1);
	pthread_exit(NULL);
}

/* The arguments lie in one piece of memory: overwrite them, as sendmail does. */
static void
set_title(int argc, char **argv, const char *title)
{
	char *start = argv[0], *end = argv[argc - 1] + strlen(argv[argc - 1]), copy[128];

	snprintf(copy, sizeof(copy), "%s", title);
	memset(start, 0, (size_t)(end - start));
	snprintf(start, (size_t)(end - start), "%s", copy);
	prctl(PR_SET_NAME, copy);
}

int
main(int argc, char **argv)
{
	int option, children = 0;
	unsigned uid = 0;
	bool pass = false, contact = false, background = false, thread = false;
	const char *title = NULL, *pidfile = NULL;

	while ((option = getopt(argc, argv, "f:u:t:pcdTP:")) != -1)
		switch (option) {
		case 'f':
			children = number(optarg);
			break;
		case 'u':
			uid = (unsigned)number(optarg);
			break;
		case 't':
			title = optarg;
			break;
		case 'p':
			pass = true;
			break;
		case 'c':
			contact = true;
			break;
		case 'd':
			background = true;
			break;
		case 'T':
			thread = true;
			break;
		case 'P':
			pidfile = optarg;
			break;
		default:
			return 2;
		}
	for (int i = optind; i < argc && n_doors < MAX_DOORS; i++) {
		int code = open_door(&doors[n_doors], argv[i]);

		if (code)
			printf("missing %s: %s\n", argv[i], strerror(code));
		else
			n_doors++;
	}
	if (background) {
		puts("ready");
		fflush(stdout);
		if (daemon(0, 0) < 0)
			return 1;
	}
	if (pidfile) {
		FILE *f = fopen(pidfile, "w");

		if (!f || fprintf(f, "%d\n", getpid()) < 0 || fclose(f) != 0)
			return 1;
	}
	if (contact)
		connect_doors();
	if (pass)
		pass_doors();
	for (int i = 0; i < children; i++)
		if (fork() == 0) {
			if (uid && setuid(uid) < 0)
				return 1;
			for (;;)
				pause();
		}
	if (!children && uid && setuid(uid) < 0)
		return 1;
	if (title)
		set_title(argc, argv, title);
	puts("ready");
	fflush(stdout);
	if (thread)
		hide_in_thread();
	for (;;)
		pause();
}
