/* See line.h. */
#include "engine/line.h"

#include <string.h>

static void
line_bytes(struct line *line, const char *bytes, size_t n)
{
	if (n > line->cap - line->n) {
		n = line->cap - line->n;
		line->cut = true;
	}
	memcpy(line->v + line->n, bytes, n);
	line->n += n;
}

void
line_text(struct line *line, const char *text)
{
	line_bytes(line, text, strlen(text));
}

void
line_char(struct line *line, char c)
{
	line_bytes(line, &c, 1);
}

void
line_digits(struct line *line, uint64_t number, unsigned width)
{
	char digits[20];
	unsigned at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	while (sizeof(digits) - at < width && at)
		digits[--at] = '0';
	line_bytes(line, digits + at, sizeof(digits) - at);
}

void
line_number(struct line *line, int64_t number)
{
	if (number < 0)
		line_char(line, '-');
	line_digits(line, number < 0 ? 0 - (uint64_t)number : (uint64_t)number, 1);
}

void
line_safe(struct line *line, const char *text, const char *special)
{
	static const char hex[16] = "0123456789abcdef";

	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\\')
			line_bytes(line, "\\\\", 2);
		else if (c >= ' ' && c < 0x7f && !strchr(special, c))
			line_char(line, *text);
		else
			line_bytes(line, (char[]){'\\', 'x', hex[c >> 4], hex[c & 15]}, 4);
	}
}
