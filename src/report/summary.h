/* Summary: counts and the few sentences that stand above and below every report for people. */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "report/columns.h"

/* Host, when, how many listeners, how many reachable from outside (POL-2), what was not seen. */
void summary_head(struct report_ctx *ctx);
/* What to do to see more; at most a line each. */
void summary_hints(struct report_ctx *ctx);
/* "1 critical, 2 high", or "none"; exceptions are counted apart (POL-11). */
const char *summary_severities(struct arena *arena, const struct audit *audit);
/* It stays: kept as it is, or restricted or confined. */
bool summary_is_kept(const struct listener *listener);
size_t summary_hidden(const struct audit *audit); /* listeners whose owner is not visible */

#endif
