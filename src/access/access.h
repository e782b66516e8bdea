/*
 * Access: who may. One rule program for every language: xinetd's only_from and no_access,
 * hosts.allow and hosts.deny (hosts_access(5), hosts_options(5)); tcprules later. Compiling is
 * pure; deciding is pure too: facts that cost time (the client's name, its ident user, a command's
 * exit status) are asked for by the answer, got by the caller, and put in before it decides again.
 *
 * The index (index.h) is by prefix: it gives the rules an address can match, in
 * the file's order, so that a hundred thousand rules cost little more than ten.
 */
#ifndef ACCESS_ACCESS_H
#define ACCESS_ACCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/root.h"
#include "base/span.h"
#include "model/refusal.h"
#include "net/addr.h"

struct access; /* a compiled program, immutable, in its arena */

enum access_fact {
	ACCESS_UNASKED,
	ACCESS_UNKNOWN, /* asked: there is none, it cannot be proven, or no answer came in time */
	ACCESS_KNOWN
};

struct access_client {
	struct net_addr addr,
		local; /* mapped addresses are unmapped by the one who fills this in */
	uint16_t port, local_port;
	enum access_fact name_is;
	const char *name;               /* ACCESS_KNOWN: reverse and forward lookup agree */
	bool liar;                      /* has a reverse name that does not lead back: PARANOID */
	enum access_fact local_name_is; /* for daemon@host rules and %H %N */
	const char *local_name;
	enum access_fact user_is; /* RFC 1413 */
	const char *user;
	enum access_fact ran_is; /* of the command in the last ACCESS_NEED_COMMAND's rule */
	uint32_t ran_rule;       /* which rule that was */
	int ran_status;          /* exit status, 0 = success */
};

enum access_answer {
	ACCESS_ALLOW,
	ACCESS_DENY,
	ACCESS_NEED_NAME,
	ACCESS_NEED_LOCAL_NAME,
	ACCESS_NEED_USER,
	ACCESS_NEED_COMMAND /* aclexec */
};

/*
 * hosts_options(5), in the order written, for the caller to perform, whatever the answer. A rule
 * with ACTION_TWIST answers ACCESS_DENY: the command is run in place of the service.
 */
enum access_action_kind {
	ACTION_SEVERITY,
	ACTION_SPAWN,
	ACTION_TWIST,
	ACTION_KEEPALIVE,
	ACTION_LINGER,
	ACTION_RFC931,
	ACTION_BANNERS,
	ACTION_NICE,
	ACTION_SETENV,
	ACTION_UMASK,
	ACTION_USER,
	ACTION_ACLEXEC
};
struct access_action {
	enum access_action_kind kind;
	const char *text;  /* command, directory, user[.group]; not expanded yet */
	const char *value; /* setenv: the value, not expanded */
	int number;        /* seconds, nice, mask, facility|level */
};

struct access_verdict {
	enum access_answer answer;
	enum refusal refusal; /* when denied */
	const char *file;     /* of the rule that decided; NULL = no rule did */
	uint32_t line;
	uint32_t rule;    /* its number in the program, for ran_rule */
	const char *text; /* the rule as written, cut to LIMIT_MESSAGE */
	const char *why;  /* a sentence: "first matching rule of hosts.deny", ... */
	const struct access_action *actions;
	uint32_t n_actions;
	const char *command; /* ACCESS_NEED_COMMAND: not expanded */
	const char
		*difference; /* row of access/differences.h that libwrap may differ by, or NULL */
};

/* only_from and no_access of one service. Each list item as written with its place; the texts must
 * live as long as the program. */
struct access_item {
	const char *text;
	const char *file;
	uint32_t line, col;
};
struct access_lists {
	const struct access_item *only_from, *no_access;
	uint32_t n_only_from, n_no_access;
	bool has_only_from;   /* given, perhaps empty: then nobody */
	struct span networks; /* text of networks(5): nets that have names */
};
/* Names are not looked up now but proven at the time of the connection. NULL: an item is wrong,
 * diags say where; the service must stay closed. */
struct access *access_of_lists(struct arena *arena, struct arena *scratch, struct diags *diags,
			       const struct access_lists *lists);

/*
 * hosts.allow and hosts.deny. Missing files are empty; an unreadable one, or one with a faulty
 * line, gives a program that refuses what the fault could have refused (WRAP-12). Never NULL. The
 * root must stay open as long as access_hosts_changed() is called.
 */
struct access *access_of_hosts(struct arena *arena, struct diags *diags, const struct root *root,
			       const char *allow, const char *deny);
/* The same of texts in memory, which must live as long. */
struct access *access_of_text(struct arena *arena, struct diags *diags, const struct root *root,
			      struct span allow, struct span deny);
/* The files behind a program look other than when it was compiled. */
bool access_hosts_changed(const struct access *access);
/* One of them, or a file they name, is closed to the account that read them: others may know more.
 */
bool access_hosts_unread(const struct access *access);

/* daemon: the name rules call it; NULL for xinetd's lists. */
void access_decide(const struct access *access, const char *daemon,
		   const struct access_client *client, struct access_verdict *ret);

/*
 * %a %A %c %d %h %H %n %N %p %r %R %s %u %%, every byte that is not plain made '_'. pid: of %p.
 */
char *access_expand(struct arena *arena, const char *text, const char *daemon,
		    const struct access_client *client, pid_t pid);

/* A chain for people, one line per rule looked at: what explain prints. */
struct access_step {
	const char *file;
	uint32_t line;
	const char *text;
	bool matched;
	const char *why;
};
size_t access_explain(const struct access *access, const char *daemon,
		      const struct access_client *client, struct arena *arena,
		      struct access_step **ret, struct access_verdict *ret_verdict);

uint32_t access_rules(const struct access *access); /* how many */

#endif
