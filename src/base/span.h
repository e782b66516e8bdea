/*
 * Span: some bytes of somebody else's memory. Not terminated, may hold NULs: this is
 * how parsers hand out pieces of hostile files without copying or cutting them.
 */
#ifndef BASE_SPAN_H
#define BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct span {
	const char *p;
	size_t n;
};

#define SPAN(literal) ((struct span){(literal), sizeof(literal) - 1})
/* For printf: printf("%.*s", SPAN_ARG(s)). Cuts at INT_MAX, which no limit lets through. */
#define SPAN_ARG(s) (int)(s).n, (s).p

struct span span_of(const char *text);                /* NULL gives the empty span */
bool span_is(struct span s, const char *text);        /* exact */
bool span_is_nocase(struct span s, const char *text); /* ASCII case only, no locale */
bool span_starts(struct span s, const char *prefix);
bool span_ends(struct span s, const char *suffix);
struct span span_trim(struct span s); /* blanks, tabs, CR, LF at both ends */
struct span span_skip(struct span s, size_t n);
/* Position of a byte, or s.n when absent. */
size_t span_find(struct span s, char c);
/* Takes off and returns what stands before the first c; s keeps what follows it (or nothing). */
struct span span_cut(struct span *s, char c);
/* Takes off and returns the next word between blanks and tabs; empty when none is left. */
struct span span_word(struct span *s);
char *span_dup(struct arena *arena, struct span s);   /* NULs become U+FFFD: safe to show */
char *span_lower(struct arena *arena, struct span s); /* the same in small letters */

/* String helpers of the same kind, for terminated text; NULL is no text. */
bool text_is(const char *a, const char *b); /* two NULLs are equal */
bool text_starts(const char *text, const char *prefix);
bool text_ends(const char *text, const char *suffix);
const char *text_basename(const char *path); /* never NULL for non-NULL; points into path */

#endif
