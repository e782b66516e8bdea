/*
 * What is believed of names and ident answers: both are strangers' text. RFC 1123 section 2.1 for
 * host names; RFC 1413 section 6 for ident's grammar.
 */
#include <string.h>

#include "base/num.h"
#include "net/stranger.h"

enum { LABEL_MAX = 63, NAME_MAX_BYTES = 253 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_label_byte(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
	       c == '_';
}

/* A last label of digits only could be taken for an address by a rule ("10."). */
static bool
is_address_like(struct span name)
{
	size_t i = name.n;

	while (i && is_digit(name.p[i - 1]))
		i--;
	return i < name.n && (!i || name.p[i - 1] == '.');
}

bool
stranger_name(const char *name, char ret[256])
{
	struct span all = span_of(name), rest;

	if (all.n && all.p[all.n - 1] == '.')
		all.n--;
	if (!all.n || all.n > NAME_MAX_BYTES || is_address_like(all))
		return false;
	rest = all;
	for (bool last = false; !last;) {
		struct span label;

		last = span_find(rest, '.') == rest.n;
		label = span_cut(&rest, '.');
		if (!label.n || label.n > LABEL_MAX)
			return false;
		for (size_t i = 0; i < label.n; i++)
			if (!is_label_byte(label.p[i]))
				return false;
	}
	memcpy(ret, all.p, all.n);
	ret[all.n] = '\0';
	return true;
}

/* Printable ASCII without blanks; everything else is '_'. */
static void
copy_clean(char *ret, size_t size, struct span from)
{
	size_t n = from.n < size - 1 ? from.n : size - 1;

	for (size_t i = 0; i < n; i++)
		ret[i] = from.p[i] > ' ' && from.p[i] < 0x7f ? from.p[i] : '_';
	ret[n] = '\0';
}

static bool
is_port(struct span word, uint16_t wanted)
{
	uint16_t port;

	return num_port(span_trim(word), &port) && port == wanted;
}

bool
stranger_ident(const char *line, size_t n, uint16_t their_port, uint16_t our_port, char user[256],
	       char system[32], const char **why)
{
	struct span rest = span_trim((struct span){line, n});
	struct span theirs, ours, type, os;

	*why = "bad response";
	theirs = span_cut(&rest, ',');
	ours = span_cut(&rest, ':');
	type = span_trim(span_cut(&rest, ':'));
	if (!is_port(theirs, their_port) || !is_port(ours, our_port))
		return false;
	if (!span_is(type, "USERID")) {
		*why = span_is(type, "ERROR") ? "no user" : *why;
		return false;
	}
	if (span_find(rest, ':') == rest.n)
		return false;
	os = span_cut(&rest, ':');
	os = span_trim(span_cut(&os, ','));
	rest = span_trim(rest);
	if (!rest.n || !os.n)
		return false;
	copy_clean(user, 256, rest);
	copy_clean(system, 32, os);
	return true;
}
