/*
 * Judge: from what is known to what should be done. Pure: no system call, no clock but
 * audit->now. One file per family of rules, src/judge/rule_<family>.c, each with one row;
 * they run in table order over the whole audit and add findings.
 */
#ifndef JUDGE_JUDGE_H
#define JUDGE_JUDGE_H

#include "catalog/catalog.h"
#include "model/audit.h"

struct judge_ctx {
	struct audit *audit;
	const struct catalog *catalog;
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

/* For rules. */
struct finding *judge_add(struct judge_ctx *ctx, const char *rule, enum severity severity,
			  enum verdict verdict, const char *title);
void judge_remedy(struct judge_ctx *ctx, struct finding *finding, enum remedy_kind kind,
		  const char *text);

#endif
