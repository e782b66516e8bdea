/* Sessions, as the other parts of a worker use them; see worker.h and session.c. */
#ifndef ENGINE_SESSION_H
#define ENGINE_SESSION_H

#include "engine/worker.h"

struct verdict;

/* Reads the book that another worker may have left. 0 or -errno. */
must_check int sessions_open(struct worker *w);
/* Takes note of sessions that others marked as ended. */
void sessions_sweep(struct worker *w);
/* This worker is the one that accepts. */
bool sessions_mine(const struct worker *w);

/* A new one in the state (enum book_state); NULL: no place is left. fd becomes its own. */
struct session *session_open(struct worker *w, int fd, const struct peer *peer, uint32_t state);
void session_has_pid(struct worker *w, struct session *s, pid_t pid);
/* It is served from now on: START. */
void session_started(struct worker *w, struct session *s);
/* number: the signal a program gets. */
void session_stop(struct worker *w, struct session *s, int number, enum record_end why);
void session_refused(struct worker *w, const struct peer *peer, const struct verdict *verdict);

/* USERID; why: the system ident named with it, or when s->user is empty why there is none. */
void session_userid(struct worker *w, struct session *s, const char *why);
/* A line of its standard error; the session may have ended. */
void session_stderr(struct worker *w, const struct peer *peer, uint64_t number, const char *text);

struct session *session_by_pid(struct worker *w, pid_t pid);
struct session *session_by_number(struct worker *w, uint64_t number);

/* worker.c: nobody is accepted until then. */
void worker_pause(struct worker *w, int64_t until);
/* worker.c: a place is free, so listeners may be watched again. */
void worker_has_room(struct worker *w);

#endif
