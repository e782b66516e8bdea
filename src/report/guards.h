/*
 * Guards: the layers that protect a listener now (POL-17), and the eight general tasks for a
 * kept service (POL-6), as far as the audit's facts tell. What is not known is "unknown".
 */
#ifndef REPORT_GUARDS_H
#define REPORT_GUARDS_H

#include "report/columns.h"

enum guard_answer { GUARD_NO, GUARD_YES, GUARD_UNKNOWN, GUARD_NOT_APPLICABLE };

enum guard_layer { GUARD_ADDRESS, GUARD_SOURCE, GUARD_FILTER, GUARD_JAIL, GUARD_ACCOUNT, GUARD_N };

struct guard {
	const char *layer;
	enum guard_answer answer;
	const char *evidence;
};

const char *guard_answer_name(enum guard_answer answer);

/* GUARD_N of them, in the order of enum guard_layer. */
const struct guard *guards_of(struct report_ctx *ctx, const struct listener *listener);

/* The eight tasks of requirement POL-6 for one kept listener. */
#define GUARD_N_TASKS 8
const struct guard *guards_tasks(struct report_ctx *ctx, const struct listener *listener);

#endif
