/*
 * Judge: from what is known to what should be done. Pure: no system call, no clock but
 * audit->now. One file per family of rules, src/judge/rule_<family>.c, each with one row;
 * they run in table order over the whole audit and add findings.
 */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "catalog/catalog.h"
#include "model/audit.h"

/* What judge knows of a listener beyond the listener itself; same index as audit->listeners. */
struct judge_listener {
	const struct catalog_entry *entry; /* NULL = unknown service */
	bool guess;                        /* told by the port alone */
	const struct policy_need *need;    /* the policy's word for it, or NULL */
	const char *unsaid; /* a fact the verdict would depend on, nobody stated it */
	bool root;          /* an owner runs as root */
};

struct judge_ctx {
	struct audit *audit;
	const struct catalog *catalog;
	struct judge_listener *of; /* filled by judge_audit */
	struct map findings;       /* key -> struct finding, for those that stand for several */
};

struct judge_rule {
	const char *name; /* "listener", "latent", "orphan", ... */
	const char *doc;  /* one sentence */
	void (*judge)(struct judge_ctx *ctx);
};

extern const struct judge_rule *const judge_rules[]; /* NULL-terminated */

/* Reach, service and verdict of every listener, then all rules, then the order of findings. */
void judge_audit(struct judge_ctx *ctx);

/* From where the listener can be reached, and why: address class, interfaces, bound device. */
void judge_reach(const struct audit *audit, struct listener *listener);

/* Does the finding make the exit status 1? Information and recorded exceptions do not. */
bool judge_counts(const struct finding *finding);

/* For rules --------------------------------------------------------------------------- */

/* One door to be judged: a listener, or what a start record would open. */
struct judge_door {
	const struct catalog_entry *entry;
	bool guess;
	bool called; /* the guess is by what the program calls itself, not by the port */
	const struct policy_need *need;
	enum reach reach;
	enum filter_answer filter;
	bool wildcard;
	bool root;
	bool local; /* a unix socket or the like: never reachable from another host */
};

/* Sets verdict, reason and the unsaid fact. */
struct judge_answer {
	enum verdict verdict;
	const char *reason;
	const char *unsaid;
};
struct judge_answer judge_door(struct judge_ctx *ctx, const struct judge_door *door);
enum severity judge_severity(const struct judge_door *door, const struct judge_answer *answer);

const struct policy_need *judge_need(const struct judge_ctx *ctx, const char *service,
				     const struct listener *listener);

/* The finding of that key, made on first use; *ret_new tells. The key is its id. */
struct finding *judge_finding(struct judge_ctx *ctx, const char *rule, const char *key,
			      bool *ret_new);
void judge_evidence(struct judge_ctx *ctx, struct finding *finding, const char *fmt, ...)
	printf_like(3, 4);
/* Adds a remedy unless the same is there; kept in the order of enum remedy_kind (POL-1). */
void judge_remedy(struct judge_ctx *ctx, struct finding *finding, enum remedy_kind kind,
		  const char *fmt, ...) printf_like(4, 5);
/* All remedies that fit: package, every start record's own switch, the catalog's recipes. */
void judge_remedies(struct judge_ctx *ctx, struct finding *finding,
		    const struct catalog_entry *entry, const struct listener *listener,
		    const struct start *start);
/* "/etc/inetd.conf:34", or the mechanism and name where there is no file. */
const char *judge_place(struct judge_ctx *ctx, const struct start *start);

#endif
