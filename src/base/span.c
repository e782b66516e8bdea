#include "base/span.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"

struct span
span_of(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

bool
span_is(struct span s, const char *text)
{
	return strlen(text) == s.n && (s.n == 0 || memcmp(s.p, text, s.n) == 0);
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool
span_is_nocase(struct span s, const char *text)
{
	if (strlen(text) != s.n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (lower(s.p[i]) != lower(text[i]))
			return false;
	return true;
}

bool
span_starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

bool
span_ends(struct span s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.n >= n && (n == 0 || memcmp(s.p + s.n - n, suffix, n) == 0);
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span
span_trim(struct span s)
{
	while (s.n && is_blank(s.p[0]))
		s = span_skip(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

struct span
span_skip(struct span s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return (struct span){n ? s.p + n : s.p, s.n - n};
}

size_t
span_find(struct span s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

struct span
span_cut(struct span *s, char c)
{
	size_t at = span_find(*s, c);
	struct span head = {s->p, at};

	*s = span_skip(*s, at < s->n ? at + 1 : at);
	return head;
}

struct span
span_word(struct span *s)
{
	struct span word;

	while (s->n && (s->p[0] == ' ' || s->p[0] == '\t'))
		*s = span_skip(*s, 1);
	word = *s;
	for (word.n = 0; word.n < s->n; word.n++)
		if (s->p[word.n] == ' ' || s->p[word.n] == '\t')
			break;
	*s = span_skip(*s, word.n);
	return word;
}

char *
span_dup(struct arena *arena, struct span s)
{
	static const char replacement[] = "\xef\xbf\xbd";
	size_t nuls = 0, out = 0;
	char *copy;

	if (!s.n || !memchr(s.p, '\0', s.n))
		return arena_dupn(arena, s.n ? s.p : "", s.n);
	for (size_t i = 0; i < s.n; i++)
		nuls += s.p[i] == '\0';
	copy = arena_alloc(arena, s.n + nuls * 2 + 1);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i]) {
			copy[out++] = s.p[i];
			continue;
		}
		memcpy(copy + out, replacement, 3);
		out += 3;
	}
	return copy;
}

char *
span_lower(struct arena *arena, struct span s)
{
	char *text = span_dup(arena, s);

	for (char *c = text; *c; c++)
		*c = lower(*c);
	return text;
}

bool
text_is(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
text_starts(const char *text, const char *prefix)
{
	return text && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
text_ends(const char *text, const char *suffix)
{
	return text && span_ends(span_of(text), suffix);
}

const char *
text_basename(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}
