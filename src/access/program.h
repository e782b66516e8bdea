/*
 * Program: what rules are compiled to; private to the room. A rule of hosts.allow or hosts.deny
 * is two lists of patterns and some options; an item of xinetd's lists is a prefix or a name.
 *
 * Matching knows four answers. MAYBE is a pattern that is faulty: it may have been meant to match.
 * Such a rule refuses, but never allows (see differences.c). ASK is a fact not known yet.
 */
#ifndef ACCESS_PROGRAM_H
#define ACCESS_PROGRAM_H

#include "access/access.h"
#include "access/differences.h"
#include "access/index.h"
#include "base/span.h"
#include "base/vec.h"

enum match { MATCH_NO, MATCH_YES, MATCH_MAYBE, MATCH_ASK };

/* A net, or where a faulty pattern's net may have been. */
struct pattern_net {
	uint8_t family, bits; /* bits: of the mask's unbroken head */
	uint8_t net[16], mask[16];
};

enum pattern_kind {
	PATTERN_EXACT, /* names and users, UNKNOWN and PARANOID among them */
	PATTERN_EXCEPT,
	PATTERN_ALL,
	PATTERN_KNOWN,
	PATTERN_LOCAL,
	PATTERN_SUFFIX,
	PATTERN_PREFIX,
	PATTERN_GLOB,
	PATTERN_NET,
	PATTERN_FILE,
	PATTERN_NETGROUP,
	PATTERN_DOUBT
};

struct patterns;
struct pattern {
	uint8_t kind;
	uint8_t difference; /* DOUBT: which */
	bool names;         /* is compared with names too */
	bool has_user, has_host;
	struct span text; /* of what stands before '@', or of all */
	struct span host; /* behind '@' */
	const struct pattern_net *net;
	const struct patterns *list; /* FILE, and the host of user@host, daemon@host */
};

struct patterns {
	const struct pattern *v;
	uint32_t n;
	const struct index *index; /* FILE with many addresses: those are not in v */
};

/* What a match says; BY_FILE: as the file it stands in. */
enum rule_verdict { RULE_BY_FILE, RULE_ALLOW, RULE_DENY };

struct rule {
	const char *text;
	const char *file;
	uint32_t line;
	struct patterns daemons, clients;
	const struct access_action *actions;
	const char *command; /* the aclexec whose status decides */
	uint8_t n_actions;
	enum rule_verdict verdict;
	bool in_deny;       /* stands in hosts.deny */
	uint8_t difference; /* of the whole line: options */
	uint8_t needs;      /* NEED_*, for its options' expansions */
};

enum { NEED_NAME = 1, NEED_LOCAL_NAME = 2, NEED_USER = 4 };

/* One name of only_from or no_access; addresses are in the index. */
struct list_name {
	struct span name; /* ".domain" with its dot */
	uint32_t item;
};

struct watched {
	const char *path;
	int64_t error; /* negative errno of the stat; no padding in here: it is compared whole */
	uint64_t dev, ino, size;
	int64_t mtime_s, mtime_ns, ctime_s, ctime_ns;
};

struct access {
	bool lists; /* xinetd's, else hosts.* */
	/* hosts.* */
	struct rule *rules;
	uint32_t n_rules;
	struct index *index;     /* rules by the addresses they need; NULL: few rules */
	const uint32_t *general; /* the others, in order */
	uint32_t n_general;
	struct root root;
	const struct watched *watched;
	uint32_t n_watched;
	bool unread;
	/* xinetd: items of no_access first, then only_from; index ids count both */
	const struct access_item *items;
	uint32_t n_no_access, n_items;
	bool has_only_from;
	const struct list_name *names;
	uint32_t n_names;
};

/* The client as the language sees it: strings like "unknown" are values there. */
struct view {
	const struct access_client *client;
	const char *daemon;
	char addr[NET_ADDR_TEXT], local[NET_ADDR_TEXT], local_port[8];
	enum access_answer ask; /* what MATCH_ASK wants */
	uint8_t difference;     /* of the last DOUBT that was met */
};

/* What compiling carries along. */
struct compile {
	struct arena *arena, *scratch;
	struct diags *diags;
	const struct root *root;
	const char *file; /* of the rule at hand */
	uint32_t line, col;
	unsigned depth; /* of files of patterns in each other */
	bool unread;    /* a file is there that this account may not read */
	VEC(struct watched) watched;
};
void compile_watch(struct compile *compile, const char *path);

/* pattern.c */
struct patterns patterns_of(struct compile *compile, struct span text, bool daemons);
struct pattern pattern_of_host(struct compile *compile, struct span text);
struct pattern pattern_doubt(struct compile *compile, enum difference difference, struct span text,
			     const struct pattern_net *net);

/* netgroup.c: its hosts as patterns; none: no such group */
struct patterns patterns_of_netgroup(struct compile *compile, struct span name);

/* match.c */
struct view view_of(const char *daemon, const struct access_client *client);
const char *view_name(const struct access_client *client);
enum match patterns_match_daemons(const struct patterns *patterns, struct view *view);
enum match patterns_match_clients(const struct patterns *patterns, struct view *view);

/* options.c: what ": option : option" says; false: faulty, and the diagnostics say how. */
bool options_read(struct compile *compile, struct span text, struct rule *rule);

/* lists.c */
void lists_decide(const struct access *access, const struct access_client *client,
		  struct access_verdict *ret);
size_t lists_explain(const struct access *access, const struct access_client *client,
		     struct arena *arena, struct access_step **ret);

#endif
