/* Which start mechanisms are in use on this machine, given its init. */
#ifndef START_LIVE_H
#define START_LIVE_H

#include "start/start.h"

/* Marks the records of mechanisms that are not in use as dormant. Call it after all readers. */
void start_mark_dormant(struct start_ctx *ctx);

#endif
