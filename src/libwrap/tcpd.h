/*
 * The interface of libwrap.so.0, so that programs built for it can use ours,
 * and new ones can be built with either: hosts_access(3). Names, order and
 * sizes are those of the binary interface of Debian's libwrap0 with IPv6; what
 * a program should not need is declared all the same, since some do.
 */
#ifndef _TCPWRAPPERS_TCPD_H
#define _TCPWRAPPERS_TCPD_H

#include <netinet/in.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STRING_LENGTH 128
#define STRING_UNKNOWN "unknown"   /* looked up, not found */
#define STRING_PARANOID "paranoid" /* a name that does not lead back to the address */

struct sockaddr;
struct request_info;

/* One end of a connection. An empty string was not looked up yet: use
 * eval_...(). */
struct host_info {
	char name[STRING_LENGTH];
	char addr[STRING_LENGTH];
	struct sockaddr *sin;
	struct t_unitdata *unit; /* never used here */
	struct request_info *request;
};

struct request_info {
	int fd;
	char user[STRING_LENGTH];
	char daemon[STRING_LENGTH];
	char pid[10];
	struct host_info client[1];
	struct host_info server[1];
	void (*sink)(int); /* takes a datagram that will not be answered */
	void (*hostname)(struct host_info *);
	void (*hostaddr)(struct host_info *);
	void (*cleanup)(struct request_info *);
	struct netconfig *config; /* never used here */
};

/* Keys of request_init() and request_set(); 0 ends the list. */
#define RQ_FILE 1        /* int */
#define RQ_DAEMON 2      /* char * */
#define RQ_USER 3        /* char * */
#define RQ_CLIENT_NAME 4 /* char * */
#define RQ_CLIENT_ADDR 5 /* char * */
#define RQ_CLIENT_SIN 6  /* struct sockaddr *, kept, not copied */
#define RQ_SERVER_NAME 7
#define RQ_SERVER_ADDR 8
#define RQ_SERVER_SIN 9

struct request_info *request_init(struct request_info *request, ...);
struct request_info *request_set(struct request_info *request, ...);

/* 1: may, 0: may not. Performs what the rule says. */
int hosts_access(struct request_info *request);
int hosts_ctl(char *daemon, char *client_name, char *client_addr, char *client_user);

char *eval_user(struct request_info *request);
char *eval_hostname(struct host_info *host);
char *eval_hostaddr(struct host_info *host);
char *eval_hostinfo(struct host_info *host);
char *eval_client(struct request_info *request);
char *eval_server(struct request_info *request);
char *eval_port(struct sockaddr *address);
#define eval_daemon(request) ((request)->daemon)
#define eval_pid(request) ((request)->pid)

/* Fills in both ends of the socket request->fd. */
void sock_host(struct request_info *request);
void sock_hostname(struct host_info *host);
void sock_hostaddr(struct host_info *host);
#define sock_methods(request)                                                                      \
	{                                                                                          \
		(request)->hostname = sock_hostname;                                               \
		(request)->hostaddr = sock_hostaddr;                                               \
	}
#define fromhost sock_host

void refuse(struct request_info *request);     /* says so to syslog, and ends the program */
void clean_exit(struct request_info *request); /* ends the program */

void shell_cmd(char *command);
char *percent_x(char *result, int size, char *text, struct request_info *request);
char *percent_m(char *result, char *text);
void process_options(char *options, struct request_info *request);
void fix_options(struct request_info *request);
void rfc931(struct sockaddr *client, struct sockaddr *server, char *user);
void tcpd_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void tcpd_jump(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *xgets(char *buf, int size, FILE *file);
char *split_at(char *text, int delimiter);
unsigned long dot_quad_addr(char *text);
unsigned long cidr_mask_addr(char *text);

#ifdef HAVE_WEAKSYMS
extern int allow_severity __attribute__((weak));
extern int deny_severity __attribute__((weak));
#else
extern int allow_severity; /* of syslog(3), for who may */
extern int deny_severity;  /* for who may not */
#endif
extern char *hosts_allow_table; /* /etc/hosts.allow */
extern char *hosts_deny_table;
extern int hosts_access_verbose;
extern int rfc931_timeout; /* seconds */
extern int resident;       /* > 0: the program goes on after this client */
extern int dry_run;        /* options are not performed */
extern char unknown[], paranoid[];

struct tcpd_context {
	char *file;
	int line;
};
extern struct tcpd_context tcpd_context; /* of the rule that decided */

#define AC_PERMIT 1
#define AC_DENY (-1)
#define AC_ERROR AC_DENY

#ifndef STR_EQ
#define STR_EQ(x, y) (strcasecmp((x), (y)) == 0)
#define STR_NE(x, y) (strcasecmp((x), (y)) != 0)
#define STRN_EQ(x, y, n) (strncasecmp((x), (y), (n)) == 0)
#define STRN_NE(x, y, n) (strncasecmp((x), (y), (n)) != 0)
#define STRN_CPY(to, from, n)                                                                      \
	{                                                                                          \
		strncpy((to), (from), (n));                                                        \
		(to)[(n)-1] = 0;                                                                   \
	}
#endif
#define HOSTNAME_KNOWN(name) (STR_NE((name), unknown) && STR_NE((name), paranoid))
#define NOT_INADDR(text) ((text)[strspn((text), "01234567890./")] != 0)

#ifdef __cplusplus
}
#endif

#endif
