/*
 * Safe text: what came from process titles, paths and configuration files may hold anything.
 * Whatever is shown passes here: valid UTF-8 stays, and bytes or characters that could speak
 * to a terminal or turn text around (C0, DEL, C1, bidirectional controls, line and paragraph
 * separators) are shown as what they are.
 */
#ifndef REPORT_SAFE_H
#define REPORT_SAFE_H

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"

/* One line of text: "\x1b", "\u202e" for what must not be shown. NULL gives "". */
const char *safe_text(struct arena *arena, const char *text);
/* The inside of a JSON string; bytes that are not UTF-8 become U+FFFD (RFC 8259 section 8.1). */
void safe_json(FILE *out, const char *text);

/* Next character of *p, moving it on; U+FFFD with *ret_bad set for a byte that starts none. */
uint32_t safe_next(const char **p, int *ret_bad);
/* Columns a terminal needs for safe text. */
size_t safe_columns(const char *text);

/* Prints text in lines of at most width columns (0 = one line), each behind indent blanks; the
 * first line's indent is taken as already printed when first is set. Words longer than a line
 * are broken nowhere: they stand alone. */
void safe_fold(FILE *out, const char *text, unsigned indent, unsigned width, int first);
/* The catalog's texts: lines are kept apart and made safe each; one that begins with a blank is a
 * line of configuration and stays as it is. The first line's indent is already printed. */
void safe_lines(FILE *out, struct arena *arena, const char *text, unsigned indent, unsigned width);

#endif
