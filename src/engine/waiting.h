/* Services that are waited for: see waiting.c. */
#ifndef ENGINE_WAITING_H
#define ENGINE_WAITING_H

#include "engine/worker.h"

bool waiting_is(const struct worker *w);
/* Its clients are seen here. */
bool waiting_can_check(const struct worker *w);
void waiting_open(struct worker *w, struct worker_listener *l);
/* The listener can be read. */
void waiting_ready(struct worker *w, struct worker_listener *l);
/* The program on the listener ended, or never began. */
void waiting_over(struct worker *w, struct session *s, const struct session_end *end);

#endif
