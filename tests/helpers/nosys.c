/*
 * nosys CALL[,CALL...] COMMAND...: runs the command where these system calls fail as they do
 * under a container's filter: sock_diag (the netlink socket is refused: EPROTONOSUPPORT),
 * openat2 (ENOSYS), bpf (EPERM), setns (EPERM), open_by_handle_at (EPERM).
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned number, error;
} calls[] = {
	{"openat2", SYS_openat2, ENOSYS},
	{"bpf", SYS_bpf, EPERM},
	{"setns", SYS_setns, EPERM},
	{"open_by_handle_at", SYS_open_by_handle_at, EPERM},
};

#define COUNT (sizeof(calls) / sizeof(calls[0]))
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))

static struct sock_filter filter[64];
static unsigned short n;

static void
add(struct sock_filter instruction)
{
	filter[n++] = instruction;
}

static int
add_call(const char *name)
{
	if (strcmp(name, "sock_diag") == 0) {
		add((struct sock_filter)LOAD(nr));
		add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5));
		add((struct sock_filter)LOAD(args[0]));
		add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3));
		add((struct sock_filter)LOAD(args[2]));
		add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NETLINK_SOCK_DIAG, 0,
						 1));
		add((struct sock_filter)RETURN(SECCOMP_RET_ERRNO | EPROTONOSUPPORT));
		return 1;
	}
	for (size_t i = 0; i < COUNT; i++)
		if (strcmp(name, calls[i].name) == 0) {
			add((struct sock_filter)LOAD(nr));
			add((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number,
							 0, 1));
			add((struct sock_filter)RETURN(SECCOMP_RET_ERRNO | calls[i].error));
			return 1;
		}
	return 0;
}

int
main(int argc, char **argv)
{
	struct sock_fprog program = {.filter = filter};
	char *rest = NULL;

	for (char *name = strtok_r(argc > 2 ? argv[1] : NULL, ",", &rest); name;
	     name = strtok_r(NULL, ",", &rest))
		if (!add_call(name))
			argc = 0;
	add((struct sock_filter)RETURN(SECCOMP_RET_ALLOW));
	program.len = n;
	if (argc < 3) {
		fprintf(stderr, "usage: nosys sock_diag,openat2,bpf,setns,open_by_handle_at "
				"COMMAND...\n");
		return 2;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("nosys");
		return 77;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
