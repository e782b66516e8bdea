/*
 * Patterns of hosts_access(5), from text. What libwrap would silently never match becomes a DOUBT:
 * a pattern that may have been meant for the addresses of its net, or for anyone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "access/program.h"
#include "base/limits.h"
#include "base/num.h"

#define SEPARATORS ", \t\r\n"
/* Below this a list of a file is walked; above it has an index. */
#define INDEX_MIN 16u

struct pattern
pattern_doubt(struct compile *compile, enum difference difference, struct span text,
	      const struct pattern_net *net)
{
	diag_add(compile->diags, DIAG_ERROR, compile->file, compile->line, compile->col,
		 "%.*s: %s: refused where it may have been meant, never allowed", SPAN_ARG(text),
		 access_differences[difference].says);
	return (struct pattern){
		.kind = PATTERN_DOUBT,
		.difference = (uint8_t)difference,
		.text = text,
		.net = net,
	};
}

static bool
has_wildcard(struct span s)
{
	return s.n && (memchr(s.p, '*', s.n) || memchr(s.p, '?', s.n));
}

/* How strings are compared: names, users, daemons. */
static enum pattern_kind
kind_of_string(struct span s)
{
	if (has_wildcard(s))
		return PATTERN_GLOB;
	if (s.p[0] == '.')
		return PATTERN_SUFFIX;
	if (span_is_nocase(s, "ALL"))
		return PATTERN_ALL;
	if (span_is_nocase(s, "KNOWN"))
		return PATTERN_KNOWN;
	if (s.p[s.n - 1] == '.')
		return PATTERN_PREFIX;
	return PATTERN_EXACT;
}

static struct pattern_net *
net_of(struct compile *compile, const struct net_addr *addr, unsigned bits)
{
	struct pattern_net *net = arena_alloc(compile->arena, sizeof(*net));
	size_t n = addr->family == AF_INET ? 4 : 16;

	net->family = addr->family;
	net->bits = (uint8_t)bits;
	for (size_t i = 0; i < n; i++) {
		unsigned here = bits >= 8 * (i + 1) ? 8 : bits > 8 * i ? bits - 8 * (unsigned)i : 0;

		net->mask[i] = (uint8_t)(0xff00u >> here);
		net->net[i] = addr->bytes[i] & net->mask[i];
	}
	return net;
}

static struct pattern
pattern_net(struct span text, const struct pattern_net *net)
{
	return (struct pattern){.kind = PATTERN_NET, .text = text, .net = net};
}

/* Digits and dots only: an address, or a prefix of one. */
static bool
is_numeric(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr("0123456789./", s.p[i]) || !s.p[i])
			return false;
	return true;
}

/* "10.1." and, without its dot, "10.1": how many numbers there are, 0 = not canonical. */
static unsigned
octets(struct span s, struct net_addr *ret)
{
	unsigned n = 0;

	*ret = (struct net_addr){.family = AF_INET};
	while (s.n) {
		struct span one = span_cut(&s, '.');
		uint32_t value;

		if (n == 4 || one.n == 0 || (one.n > 1 && one.p[0] == '0') ||
		    !num_u32(one, 255, &value))
			return 0;
		ret->bytes[n++] = (uint8_t)value;
	}
	return n;
}

static struct pattern
pattern_of_number(struct compile *compile, struct span text)
{
	struct net_addr addr;
	bool dot = text.p[text.n - 1] == '.';
	unsigned n = octets(text, &addr);

	if (text.p[0] == '.' && !dot)
		return (struct pattern){.kind = PATTERN_SUFFIX, .text = text};
	if (n == 0)
		return pattern_doubt(compile, DIFFERENCE_NUMBER, text, NULL);
	if (n == 4 && !dot)
		return pattern_net(text, net_of(compile, &addr, 32));
	if (n < 4 && dot)
		return pattern_net(text, net_of(compile, &addr, n * 8));
	return pattern_doubt(compile, dot ? DIFFERENCE_NUMBER : DIFFERENCE_PREFIX_DOT, text,
			     net_of(compile, &addr, n * 8));
}

/* Zeros below the mask, and the mask unbroken for the index. */
static bool
net_put_mask(struct pattern_net *net, const uint8_t mask[4])
{
	bool clean = true;

	net->bits = 0;
	while (net->bits < 32 && (mask[net->bits / 8] & (0x80u >> net->bits % 8)))
		net->bits++;
	for (size_t i = 0; i < 4; i++) {
		clean = clean && !(net->net[i] & ~mask[i] & 0xff);
		net->net[i] &= mask[i];
		net->mask[i] = mask[i];
	}
	return clean;
}

static struct pattern
pattern_of_net4(struct compile *compile, struct span text, struct span host, struct span mask)
{
	struct net_addr addr, mask_addr;
	struct pattern_net *net;
	uint32_t bits;

	if (octets(host, &addr) != 4 || host.p[host.n - 1] == '.')
		return pattern_doubt(compile, DIFFERENCE_NET, text, NULL);
	net = net_of(compile, &addr, 32);
	if (octets(mask, &mask_addr) == 4 && mask.p[mask.n - 1] != '.') {
		bool clean = net_put_mask(net, mask_addr.bytes);

		if (net->bits == 32)
			return pattern_doubt(compile, DIFFERENCE_MASK, text, net);
		return clean ? pattern_net(text, net)
			     : pattern_doubt(compile, DIFFERENCE_HOST_BITS, text, net);
	}
	if (!num_u32(mask, 32, &bits) || (mask.n > 1 && mask.p[0] == '0'))
		return pattern_doubt(compile, DIFFERENCE_MASK, text, NULL);
	if (bits == 0)
		return pattern_doubt(compile, DIFFERENCE_MASK, text, net_of(compile, &addr, 0));
	if (net_put_mask(net, net_of(compile, &addr, bits)->mask))
		return pattern_net(text, net);
	return pattern_doubt(compile, DIFFERENCE_HOST_BITS, text, net);
}

/* [v6] and [v6]/len */
static struct pattern
pattern_of_bracket(struct compile *compile, struct span text)
{
	struct span inner = span_skip(text, 1), rest = inner;
	struct net_addr addr, plain;
	struct net_prefix prefix;
	uint32_t bits = 128;

	inner = span_cut(&rest, ']');
	if (!memchr(text.p, ']', text.n) || !net_addr_parse(inner, &addr) ||
	    addr.family != AF_INET6 || addr.scope) {
		if (net_prefix_parse(inner, &prefix) && rest.n == 0)
			return pattern_doubt(compile, DIFFERENCE_BRACKET, text,
					     net_of(compile, &prefix.addr, prefix.bits));
		return pattern_doubt(compile, DIFFERENCE_BRACKET, text, NULL);
	}
	if (rest.n) {
		if (rest.p[0] != '/')
			return pattern_doubt(compile, DIFFERENCE_BRACKET, text, NULL);
		rest = span_skip(rest, 1);
		if (!num_u32(rest, 128, &bits) || (rest.n > 1 && rest.p[0] == '0'))
			return pattern_doubt(compile, DIFFERENCE_MASK, text, NULL);
	}
	plain = net_addr_unmap(&addr);
	if (plain.family == AF_INET && bits >= 96)
		return pattern_doubt(compile, DIFFERENCE_MAPPED, text,
				     net_of(compile, &plain, bits - 96));
	return pattern_net(text, net_of(compile, &addr, bits));
}

/* The words of a file, each a pattern; blanks are its only syntax (comments are words too). */
static struct span
file_word(struct span *text)
{
	struct span word;
	size_t n = 0;

	while (text->n && strchr(" \t\r\n\v\f", text->p[0]) && text->p[0])
		*text = span_skip(*text, 1);
	while (n < text->n && (!strchr(" \t\r\n\v\f", text->p[n]) || !text->p[n]))
		n++;
	word = (struct span){text->p, n};
	*text = span_skip(*text, n);
	return word;
}

static bool
is_whole_net(const struct pattern *pattern)
{
	static const struct net_addr ones = {
		.bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
			  0xff, 0xff, 0xff, 0xff},
	};
	const struct pattern_net *net = pattern->net;

	/* A broken mask has ones behind its head. */
	if (pattern->kind != PATTERN_NET || !net)
		return false;
	for (unsigned bit = net->bits; bit < (net->family == AF_INET ? 32u : 128u); bit++)
		if (net->mask[bit / 8] & (0x80u >> bit % 8) & ones.bytes[bit / 8])
			return false;
	return true;
}

static struct patterns *
patterns_of_words(struct compile *compile, struct span text)
{
	struct patterns *list = arena_alloc(compile->arena, sizeof(*list));
	struct index_builder *builder = index_builder_new(compile->scratch);
	VEC(struct pattern) all = {0}, others = {0};
	struct span word;

	while ((word = file_word(&text)).n)
		vec_push(compile->arena, &all, pattern_of_host(compile, word));
	list->v = all.v;
	list->n = (uint32_t)all.n;
	if (all.n < INDEX_MIN)
		return list;
	for (size_t i = 0; i < all.n; i++) {
		if (is_whole_net(&all.v[i]))
			index_add(builder, all.v[i].net->family, all.v[i].net->net,
				  all.v[i].net->bits, 0);
		else
			vec_push(compile->arena, &others, all.v[i]);
	}
	list->index = index_build(compile->arena, builder);
	list->v = others.v;
	list->n = (uint32_t)others.n;
	return list;
}

static struct pattern
pattern_of_file(struct compile *compile, struct span text)
{
	const char *path = span_dup(compile->arena, text);
	struct pattern pattern = {.kind = PATTERN_FILE, .text = text};
	struct span words;
	int r = -ELOOP;

	compile_watch(compile, path);
	if (compile->depth < LIMIT_INCLUDE_DEPTH && compile->watched.n <= LIMIT_INCLUDE_FILES)
		r = root_read(compile->root, path, compile->arena, LIMIT_FILE_BYTES, &words);
	compile->unread |= r == -EACCES;
	if (r < 0)
		return pattern_doubt(compile, DIFFERENCE_FILE, text, NULL);
	compile->depth++;
	pattern.list = patterns_of_words(compile, words);
	compile->depth--;
	return pattern;
}

static struct pattern
pattern_of_group(struct compile *compile, struct span text)
{
	struct patterns *list = arena_alloc(compile->arena, sizeof(*list));

	*list = patterns_of_netgroup(compile, span_skip(text, 1));
	if (!list->n)
		return pattern_doubt(compile, DIFFERENCE_NETGROUP, text, NULL);
	return (struct pattern){.kind = PATTERN_NETGROUP, .text = text, .list = list};
}

static struct pattern
pattern_of_bare_v6(struct compile *compile, struct span text)
{
	struct net_prefix prefix;

	if (!net_prefix_parse(text, &prefix))
		return pattern_doubt(compile, DIFFERENCE_BARE_V6, text, NULL);
	return pattern_doubt(compile, DIFFERENCE_BARE_V6, text,
			     net_of(compile, &prefix.addr, prefix.bits));
}

struct pattern
pattern_of_host(struct compile *compile, struct span text)
{
	struct span mask = text, host;

	if (!text.n || (text.p[0] != '@' && memchr(text.p, '@', text.n)))
		return pattern_doubt(compile, DIFFERENCE_AT, text, NULL);
	if (text.p[0] == '@')
		return pattern_of_group(compile, text);
	if (text.p[0] == '/')
		return pattern_of_file(compile, text);
	if (memchr(text.p, '[', text.n) || memchr(text.p, ']', text.n))
		return text.p[0] == '[' ? pattern_of_bracket(compile, text)
					: pattern_doubt(compile, DIFFERENCE_BRACKET, text, NULL);
	if (memchr(text.p, ':', text.n))
		return pattern_of_bare_v6(compile, text);
	host = span_cut(&mask, '/');
	if (host.n != text.n)
		return pattern_of_net4(compile, text, host, mask);
	if (is_numeric(text))
		return pattern_of_number(compile, text);
	return (struct pattern){
		.kind = span_is_nocase(text, "LOCAL") ? (uint8_t)PATTERN_LOCAL
						      : (uint8_t)kind_of_string(text),
		.names = true,
		.text = text,
	};
}

static struct pattern
pattern_of(struct compile *compile, struct span text, bool daemons)
{
	struct pattern pattern;
	struct span host = span_skip(text, 1);
	struct pattern *one;

	if (span_is_nocase(text, "EXCEPT"))
		return (struct pattern){.kind = PATTERN_EXCEPT, .text = text};
	span_cut(&host, '@');
	if (span_find(span_skip(text, 1), '@') == text.n - 1) {
		if (!daemons)
			return pattern_of_host(compile, text);
		return (struct pattern){.kind = (uint8_t)kind_of_string(text), .text = text};
	}
	if (!host.n || (host.p[0] != '@' && memchr(host.p, '@', host.n)))
		return pattern_doubt(compile, DIFFERENCE_AT, text, NULL);
	pattern.text = (struct span){text.p, text.n - host.n - 1};
	pattern = (struct pattern){
		.kind = (uint8_t)kind_of_string(pattern.text),
		.has_user = !daemons,
		.has_host = true,
		.text = pattern.text,
		.host = host,
	};
	one = arena_alloc(compile->arena, sizeof(*one) + sizeof(struct patterns));
	*one = pattern_of_host(compile, host);
	pattern.list = (struct patterns *)(one + 1);
	*(struct patterns *)(one + 1) = (struct patterns){.v = one, .n = 1};
	return pattern;
}

struct patterns
patterns_of(struct compile *compile, struct span text, bool daemons)
{
	VEC(struct pattern) list = {0};
	struct pattern *copy;

	while (text.n) {
		size_t n = 0;

		while (n < text.n && (!strchr(SEPARATORS, text.p[n]) || !text.p[n]))
			n++;
		if (n)
			vec_push(compile->scratch, &list,
				 pattern_of(compile, (struct span){text.p, n}, daemons));
		text = span_skip(text, n ? n : 1);
	}
	if (!list.n || list.v[0].kind == PATTERN_EXCEPT) {
		list.n = 0;
		vec_push(compile->scratch, &list,
			 pattern_doubt(compile, DIFFERENCE_EMPTY, SPAN("(nothing)"), NULL));
	}
	copy = arena_array(compile->arena, list.n, sizeof(*copy));
	memcpy(copy, list.v, list.n * sizeof(*copy));
	return (struct patterns){.v = copy, .n = (uint32_t)list.n};
}
