/*
 * Line: text built in bounded memory without printf, for what is made thousands of times a second.
 * What does not fit is left out and marked; nothing here allocates.
 */
#ifndef ENGINE_LINE_H
#define ENGINE_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct line {
	char *v;
	size_t n, cap;
	bool cut; /* something did not fit */
};

void line_text(struct line *line, const char *text); /* our own, taken as it is */
void line_char(struct line *line, char c);
void line_number(struct line *line, int64_t number);
void line_digits(struct line *line, uint64_t number, unsigned width); /* zeros in front */
/*
 * Text of others: printable ASCII stays, every other byte becomes \xHH and a backslash \\, so that
 * no line can be broken or forged and no terminal is spoken to. Bytes of special, too, become \xHH.
 */
void line_safe(struct line *line, const char *text, const char *special);

#endif
