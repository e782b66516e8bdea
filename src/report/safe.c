/* UTF-8 as RFC 3629 allows it; which characters are dangerous: Unicode UAX #9 section 2. */
#include "report/safe.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* Lead bytes by length: mask, value, smallest code point (shorter forms are forbidden). */
static const struct {
	unsigned char mask, lead;
	uint32_t least;
	unsigned n;
} forms[] = {
	{0x80, 0x00, 0, 0},
	{0xe0, 0xc0, 0x80, 1},
	{0xf0, 0xe0, 0x800, 2},
	{0xf8, 0xf0, 0x10000, 3},
};

static bool
is_scalar(uint32_t c, uint32_t least)
{
	return c >= least && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

uint32_t
safe_next(const char **p, int *ret_bad)
{
	const unsigned char *s = (const unsigned char *)*p;

	*ret_bad = 0;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		uint32_t c = s[0] & (unsigned char)~forms[i].mask;
		unsigned n;

		if ((s[0] & forms[i].mask) != forms[i].lead)
			continue;
		for (n = 1; n <= forms[i].n && (s[n] & 0xc0) == 0x80; n++)
			c = c << 6 | (s[n] & 0x3f);
		if (n <= forms[i].n || !is_scalar(c, forms[i].least))
			break;
		*p += n;
		return c;
	}
	*p += 1;
	*ret_bad = 1;
	return 0xfffd;
}

static bool
is_dangerous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

static bool
is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || (unsigned char)*text >= 0x7f)
			return false;
	return true;
}

const char *
safe_text(struct arena *arena, const char *text)
{
	char *out, *at;
	int bad;

	if (!text)
		return "";
	if (is_plain(text))
		return text;
	/* The longest form of one byte is "\xff", of a dangerous character "\uffff". */
	out = at = arena_alloc(arena, strlen(text) * 6 + 1);
	while (*text) {
		const char *from = text;
		uint32_t c = safe_next(&text, &bad);

		if (bad)
			at += snprintf(at, 7, "\\x%02x", (unsigned char)*from);
		else if (is_dangerous(c))
			at += snprintf(at, 7, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
		else
			at = mempcpy(at, from, (size_t)(text - from));
	}
	return out;
}

/* How many bytes from here on stand in JSON as they are. */
static size_t
plain_run(const char *text)
{
	size_t n = 0;

	while ((unsigned char)text[n] >= 0x20 && (unsigned char)text[n] < 0x7f && text[n] != '"' &&
	       text[n] != '\\')
		n++;
	return n;
}

void
safe_json(FILE *out, const char *text)
{
	int bad;

	while (*text) {
		size_t run = plain_run(text);
		const char *from = text + run;
		uint32_t c;

		/* Nearly all there is, and there can be megabytes of it. */
		if (run)
			fwrite_unlocked(text, 1, run, out);
		text = from;
		if (!*text)
			break;
		c = safe_next(&text, &bad);

		if (bad)
			fputs("\xef\xbf\xbd", out);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", (int)c);
		else if (is_dangerous(c))
			fprintf(out, "\\u%04x", c);
		else
			fwrite(from, 1, (size_t)(text - from), out);
	}
}

size_t
safe_columns(const char *text)
{
	size_t columns = 0;
	int bad;

	while (*text) {
		int width = wcwidth((wchar_t)safe_next(&text, &bad));

		columns += (size_t)(width < 0 ? 1 : width);
	}
	return columns;
}

void
safe_fold(FILE *out, const char *text, unsigned indent, unsigned width, int first)
{
	size_t at = first ? indent : 0;
	bool empty = true; /* nothing on this line yet */

	if (!first) {
		fprintf(out, "%*s", (int)indent, "");
		at = indent;
	}
	while (*text) {
		size_t n = strcspn(text, " \n"), columns;
		char word[256];

		if (n == 0) {
			text++;
			continue;
		}
		/* Words beyond the buffer count by bytes, which is at least as wide. */
		if (n < sizeof(word)) {
			memcpy(word, text, n);
			word[n] = '\0';
			columns = safe_columns(word);
		} else {
			columns = n;
		}
		if (!empty && width && at + 1 + columns > width) {
			fprintf(out, "\n%*s", (int)indent, "");
			at = indent;
			empty = true;
		}
		if (!empty)
			fputc(' ', out);
		fwrite(text, 1, n, out);
		at += columns + !empty;
		empty = false;
		text += n;
	}
	fputc('\n', out);
}

void
safe_lines(FILE *out, struct arena *arena, const char *text, unsigned indent, unsigned width)
{
	bool first = true;

	for (;;) {
		size_t n = strcspn(text, "\n");
		const char *line = safe_text(arena, arena_printf(arena, "%.*s", (int)n, text));

		if (*line == ' ' && !first)
			fprintf(out, "%*s%s\n", (int)indent, "", line);
		else
			safe_fold(out, line, indent, width, first);
		first = false;
		if (!text[n])
			return;
		text += n + 1;
	}
}
