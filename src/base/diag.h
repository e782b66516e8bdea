/*
 * Diagnostics: what is wrong in which file, line and column. Parsers and readers
 * collect all of them and go on; cmd/ prints them and decides the exit status.
 */
#ifndef BASE_DIAG_H
#define BASE_DIAG_H

#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"

enum diag_level {
	DIAG_NOTE,    /* worth knowing, nothing is lost */
	DIAG_WARNING, /* read another way than the author may have meant */
	DIAG_ERROR,   /* this piece could not be understood and was left out */
	DIAG_UNSEEN,  /* could not be looked at (permission, kind of file, limit): exit status 3 */
	DIAG_N_LEVELS
};

struct diag {
	enum diag_level level;
	const char *file;   /* as the machine names it ("/etc/inetd.conf"), NULL = no file */
	uint32_t line, col; /* from 1; 0 = the file as a whole */
	const char *text;   /* one sentence, no final period, never holds control characters */
};

struct diags {
	struct arena *arena;
	struct diag *v;
	size_t n, cap;
	size_t dropped; /* beyond LIMIT_DIAGS */
	size_t count[DIAG_N_LEVELS];
};

struct diags diags_of(struct arena *arena);

/* The text is cleaned of control bytes, so hostile files cannot speak to a terminal. */
void diag_add(struct diags *diags, enum diag_level level, const char *file, uint32_t line,
	      uint32_t col, const char *fmt, ...) printf_like(6, 7);

/* Adds all of other's, counts and what was dropped included; the strings are shared. */
void diags_add_all(struct diags *diags, const struct diags *other);

const char *diag_level_name(enum diag_level level); /* one word, as in JSON */

/* "file:line:col: level: text", as much of it as is known, in the arena. */
char *diag_line(struct arena *arena, const struct diag *diag);

#endif
