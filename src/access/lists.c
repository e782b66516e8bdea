/*
 * only_from and no_access of xinetd.conf(5). The manual's rule: of the items that match, the most
 * specific one decides; where none is (equal, or a domain beside a net) the client is refused.
 * Names are proven, or unknown; and an unknown name is taken for any that no_access has.
 */
#include <string.h>
#include <sys/socket.h>

#include "access/program.h"
#include "base/limits.h"
#include "base/num.h"

struct listing {
	struct arena *arena;
	struct diags *diags;
	const struct access_item *item;
	struct index_builder *builder;
	VEC(struct list_name) names;
	struct span networks;
	uint32_t number;
};

static bool
bad(struct listing *listing, const char *why)
{
	diag_add(listing->diags, DIAG_ERROR, listing->item->file, listing->item->line,
		 listing->item->col, "%s: %s", listing->item->text, why);
	return false;
}

static bool
put(struct listing *listing, const struct net_addr *addr, unsigned bits)
{
	index_add(listing->builder, addr->family, addr->bytes, bits, listing->number);
	return true;
}

/* Up to four numbers with dots between; 0: not so. ret's other bytes are 0. */
static unsigned
numbers(struct span text, struct net_addr *ret)
{
	unsigned n = 0;

	*ret = (struct net_addr){.family = AF_INET};
	do {
		size_t end = span_find(text, '.');
		struct span one = {text.p, end};
		uint32_t value;

		if (n == 4 || !num_u32(one, 255, &value) || (one.n > 1 && one.p[0] == '0'))
			return 0;
		ret->bytes[n++] = (uint8_t)value;
		if (end == text.n)
			return n;
		text = span_skip(text, end + 1);
	} while (text.n);
	return 0;
}

/* Trailing bytes of zero stand for any: 10.0.0.0 is a /8, 0.0.0.0 everyone. */
static unsigned
bits_of_zeros(const struct net_addr *addr)
{
	unsigned bytes = 4;

	while (bytes && !addr->bytes[bytes - 1])
		bytes--;
	return bytes * 8;
}

/* "10.1.{2,3}": the group is the last; what is before it are whole bytes. */
static bool
item_of_group(struct listing *listing, struct span text)
{
	struct net_addr addr = {.family = AF_INET};
	struct span rest = text, head = span_cut(&rest, '{');
	unsigned n = 0;

	if (head.n) {
		if (head.p[head.n - 1] != '.')
			return bad(listing, "before '{' stand numbers, each with a '.' behind");
		head.n--;
		n = numbers(head, &addr);
	}
	if ((head.n && !n) || n > 3)
		return bad(listing, "before '{' stand up to three numbers");
	if (!rest.n || rest.p[rest.n - 1] != '}')
		return bad(listing, "the group must end the address, with '}'");
	rest.n--;
	do {
		size_t end = span_find(rest, ',');
		uint32_t value;

		if (!num_u32((struct span){rest.p, end}, 255, &value))
			return bad(listing, "between '{' and '}' stand numbers up to 255");
		addr.bytes[n] = (uint8_t)value;
		put(listing, &addr, (n + 1) * 8);
		if (end == rest.n)
			return true;
		rest = span_skip(rest, end + 1);
	} while (rest.n);
	return bad(listing, "a ',' must be followed by a number");
}

/* ::/1 to ::/80: all of IPv4 as IPv6 writes it is in there, which hardly anybody means. */
static bool
has_mapped(const struct net_prefix *prefix)
{
	static const struct net_addr mapped = {AF_INET6, {[10] = 0xff, [11] = 0xff}, 0};

	if (prefix->addr.family != AF_INET6 || prefix->bits == 0 || prefix->bits >= 96)
		return false;
	for (unsigned bit = 0; bit < prefix->bits; bit++)
		if ((prefix->addr.bytes[bit / 8] ^ mapped.bytes[bit / 8]) & (0x80u >> bit % 8))
			return false;
	return true;
}

static bool
item_of_prefix(struct listing *listing, struct span text)
{
	struct span bits = text, host = span_cut(&bits, '/');
	struct net_prefix prefix;
	struct net_addr plain, addr;
	unsigned n;

	if (!net_prefix_parse(text, &prefix) || (bits.n > 1 && bits.p[0] == '0') ||
	    (prefix.addr.family == AF_INET && numbers(host, &addr) != 4) || prefix.addr.scope)
		return bad(listing, "no net: ADDRESS/BITS is meant");
	if (has_mapped(&prefix))
		return bad(listing,
			   "ambiguous: IPv4 addresses are in this net too (::ffff:0:0/96)");
	n = prefix.bits;
	plain = n ? net_addr_unmap(&prefix.addr) : prefix.addr;
	if (plain.family != prefix.addr.family)
		n -= 96;
	put(listing, &plain, n);
	if (n == 0 && plain.family == AF_INET6) /* xinetd's IPv6 sockets take IPv4 too */
		put(listing, &(struct net_addr){.family = AF_INET}, 0);
	return true;
}

static bool
item_of_address6(struct listing *listing, struct span text)
{
	struct net_addr addr, plain;

	if (!net_addr_parse(text, &addr) || addr.scope)
		return bad(listing, "no address");
	if (net_addr_is_wildcard(&addr))
		return bad(listing, "ambiguous: nobody has this address; everyone is ::/0");
	plain = net_addr_unmap(&addr);
	/* Written in full: here zeros are zeros, as in xinetd. */
	return put(listing, &plain, plain.family == AF_INET ? 32 : 128);
}

static bool
is_name(struct span text)
{
	bool letter = false;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		if (!alpha && !(c >= '0' && c <= '9') && c != '-' && c != '_' && c != '.')
			return false;
		if (c == '.' && i + 1 < text.n && text.p[i + 1] == '.')
			return false;
		letter |= alpha;
	}
	return letter && text.n < 256 && text.p[text.n - 1] != '.';
}

/* What ends in a number is an address for inet_aton(3), which xinetd asks: 0x7f.1 is 127.0.0.1. */
static bool
ends_in_number(struct span text)
{
	bool hex;

	while (span_find(text, '.') < text.n)
		text = span_skip(text, span_find(text, '.') + 1);
	hex = text.n > 1 && text.p[0] == '0' && (text.p[1] | 32) == 'x';
	for (size_t i = hex ? 2 : 0; i < text.n; i++) {
		char c = text.p[i];

		if (!(c >= '0' && c <= '9') && !(hex && (c | 32) >= 'a' && (c | 32) <= 'f'))
			return false;
	}
	return true;
}

/* networks(5): name number aliases. The number's zero bytes are as in an address. */
static bool
network_find(struct span text, struct span name, struct net_addr *ret)
{
	while (text.n) {
		struct span line = span_cut(&text, '\n'), rest = line;
		struct span first, number, word;
		bool is;

		line = span_cut(&rest, '#');
		first = span_word(&line);
		number = span_word(&line);
		is = first.n == name.n && strncasecmp(first.p, name.p, name.n) == 0;
		while (!is && (word = span_word(&line)).n)
			is = word.n == name.n && strncasecmp(word.p, name.p, name.n) == 0;
		if (is && first.n && numbers(number, ret))
			return true;
	}
	return false;
}

static bool
item_of_name(struct listing *listing, struct span text)
{
	struct net_addr addr;

	if (!is_name(text) || ends_in_number(text))
		return bad(listing, "neither an address nor a name");
	if (!memchr(text.p, '.', text.n) && network_find(listing->networks, text, &addr)) {
		if (!bits_of_zeros(&addr)) /* "default"; xinetd does not take it either */
			return bad(listing,
				   "this network is everyone: write 0.0.0.0/0 if that is meant");
		return put(listing, &addr, bits_of_zeros(&addr));
	}
	if (span_is_nocase(text, "localhost")) { /* RFC 6761: these, without being asked */
		put(listing, &(struct net_addr){AF_INET, {127, 0, 0, 1}, 0}, 32);
		put(listing, &(struct net_addr){AF_INET6, {[15] = 1}, 0}, 128);
	}
	vec_push(listing->arena, &listing->names, (struct list_name){text, listing->number});
	return true;
}

static bool
item_read(struct listing *listing)
{
	struct span text = span_of(listing->item->text);
	struct net_addr addr;

	if (!text.n)
		return bad(listing, "an empty item");
	if (memchr(text.p, '{', text.n) || memchr(text.p, '}', text.n))
		return item_of_group(listing, text);
	if (memchr(text.p, ',', text.n))
		return bad(listing, "a ',' stands in { } only; items are parted by blanks");
	if (memchr(text.p, '/', text.n))
		return item_of_prefix(listing, text);
	if (memchr(text.p, ':', text.n))
		return item_of_address6(listing, text);
	if (numbers(text, &addr) == 4)
		return put(listing, &addr, bits_of_zeros(&addr));
	return item_of_name(listing, text);
}

struct access *
access_of_lists(struct arena *arena, struct arena *scratch, struct diags *diags,
		const struct access_lists *lists)
{
	struct access *access = arena_alloc(arena, sizeof(*access));
	uint32_t n = lists->n_no_access + lists->n_only_from;
	struct access_item *items = arena_array(arena, n, sizeof(*items));
	struct listing listing = {
		.arena = arena,
		.diags = diags,
		.builder = index_builder_new(scratch),
		.networks = lists->networks,
	};
	bool good = true;

	if (lists->n_no_access)
		memcpy(items, lists->no_access, lists->n_no_access * sizeof(*items));
	if (lists->n_only_from)
		memcpy(items + lists->n_no_access, lists->only_from,
		       lists->n_only_from * sizeof(*items));
	for (uint32_t i = 0; i < n; i++) {
		listing.item = &items[i];
		listing.number = i;
		good = item_read(&listing) && good;
	}
	*access = (struct access){
		.lists = true,
		.items = items,
		.n_items = n,
		.n_no_access = lists->n_no_access,
		.has_only_from = lists->has_only_from || lists->n_only_from,
		.names = listing.names.v,
		.n_names = (uint32_t)listing.names.n,
	};
	if (index_count(listing.builder))
		access->index = index_build(arena, listing.builder);
	return good ? access : NULL;
}

/* Deciding -------------------------------------------------------------------------- */

/* The best of one list that matches: bits of an address (a host name is worth all of them) and
 * bytes of a domain; -1 = none. */
struct best {
	int bits, domain;
	uint32_t item;
};

static const struct best none = {-1, -1, 0};

static void
best_put(struct best *best, int bits, int domain, uint32_t item)
{
	if (bits > best->bits || (best->bits < 0 && domain > best->domain))
		best->item = item;
	if (bits > best->bits)
		best->bits = bits;
	if (domain > best->domain)
		best->domain = domain;
}

/* Is what lets in more specific than all that keeps out? */
static bool
beats(const struct best *in, const struct best *out, int all)
{
	bool by_addr =
		in->bits >= 0 && in->bits > out->bits && (out->domain < 0 || in->bits == all);
	bool by_domain = in->domain >= 0 && in->domain > out->domain && out->bits <= 0;

	return by_addr || by_domain;
}

static bool
name_has(const struct list_name *name, const char *host)
{
	size_t n = strlen(host);

	if (name->name.p[0] != '.')
		return span_is_nocase(name->name, host);
	return n > name->name.n &&
	       strncasecmp(host + n - name->name.n, name->name.p, name->name.n) == 0;
}

/* Names of one side that match, or that might. host NULL: any might. */
static struct best
best_names(const struct access *access, const struct access_client *client, struct best best,
	   bool no_access, bool might, int all)
{
	for (uint32_t i = 0; i < access->n_names; i++) {
		const struct list_name *name = &access->names[i];

		if ((name->item < access->n_no_access) != no_access)
			continue;
		if (!might && !name_has(name, client->name))
			continue;
		if (name->name.p[0] == '.')
			best_put(&best, -1, (int)name->name.n, name->item);
		else
			best_put(&best, all, -1, name->item);
	}
	return best;
}

static void
best_addresses(const struct access *access, const struct net_addr *addr, struct best *in,
	       struct best *out)
{
	struct index_list found[INDEX_LISTS];
	unsigned n = access->index ? index_find(access->index, addr, found) : 0;

	for (unsigned i = 0; i < n; i++) {
		uint32_t first = found[i].v[0], last = found[i].v[found[i].n - 1];

		if (first < access->n_no_access)
			best_put(out, found[i].bits, -1, first);
		if (last >= access->n_no_access)
			best_put(in, found[i].bits, -1, last);
	}
}

static bool
lets_in(const struct access *access, const struct best *in, const struct best *out, int all)
{
	if (access->has_only_from)
		return beats(in, out, all);
	return out->bits < 0 && out->domain < 0;
}

static void
say(const struct access *access, const struct best *best, const char *why,
    enum access_answer answer, struct access_verdict *ret)
{
	*ret = (struct access_verdict){.answer = answer, .why = why};
	if (answer == ACCESS_DENY)
		ret->refusal = REFUSAL_ADDRESS;
	if (!best || (best->bits < 0 && best->domain < 0))
		return;
	ret->file = access->items[best->item].file;
	ret->line = access->items[best->item].line;
	ret->text = access->items[best->item].text;
	ret->rule = best->item;
}

/* No item decided, so the list as a whole did: it is where its first item is. */
static void
say_unlisted(const struct access *access, struct access_verdict *ret)
{
	const struct access_item *first = &access->items[access->n_no_access];

	say(access, NULL, "not in only_from", ACCESS_DENY, ret);
	if (access->n_items == access->n_no_access)
		return;
	ret->file = first->file;
	ret->line = first->line;
	ret->text = "only_from";
}

static void
say_final(const struct access *access, const struct best *in, const struct best *out, int all,
	  struct access_verdict *ret)
{
	bool kept_out = out->bits >= 0 || out->domain >= 0;
	bool listed = in->bits >= 0 || in->domain >= 0;

	if (lets_in(access, in, out, all))
		say(access, in,
		    !access->has_only_from ? "not in no_access"
		    : kept_out             ? "only_from is more specific than no_access"
					   : "in only_from",
		    ACCESS_ALLOW, ret);
	else if (kept_out)
		say(access, out,
		    listed ? "no_access is as specific as only_from, or more" : "in no_access",
		    ACCESS_DENY, ret);
	else
		say_unlisted(access, ret);
}

void
lists_decide(const struct access *access, const struct access_client *client,
	     struct access_verdict *ret)
{
	struct net_addr addr = net_addr_unmap(&client->addr);
	int all = addr.family == AF_INET6 ? 128 : 32;
	struct best in = none, out = none, worst, hoped;
	bool known = client->name_is == ACCESS_KNOWN && client->name;

	best_addresses(access, &addr, &in, &out);
	if (!access->n_names || known) {
		if (known) {
			in = best_names(access, client, in, false, false, all);
			out = best_names(access, client, out, true, false, all);
		}
		say_final(access, &in, &out, all, ret);
		return;
	}
	worst = best_names(access, client, out, true, true, all);
	hoped = best_names(access, client, in, false, true, all);
	if (lets_in(access, &in, &worst, all) || !lets_in(access, &hoped, &out, all)) {
		say_final(access, &in, &out, all, ret);
		return;
	}
	if (client->name_is == ACCESS_UNASKED) {
		say(access, &worst, "the client's name decides", ACCESS_NEED_NAME, ret);
		return;
	}
	if (!lets_in(access, &in, &out, all)) {
		say_final(access, &in, &out, all, ret);
		ret->refusal = REFUSAL_NAME;
		return;
	}
	say(access, &worst, "no_access has a name, and the client's cannot be proven", ACCESS_DENY,
	    ret);
	ret->refusal = REFUSAL_NAME;
}

/* Every item that matches, no_access first; nothing else was looked at. */
size_t
lists_explain(const struct access *access, const struct access_client *client, struct arena *arena,
	      struct access_step **ret)
{
	struct net_addr addr = net_addr_unmap(&client->addr);
	struct index_list found[INDEX_LISTS];
	VEC(struct access_step) steps = {0};
	unsigned n = access->index ? index_find(access->index, &addr, found) : 0;

	for (unsigned i = 0; i < n; i++)
		for (uint32_t j = 0; j < found[i].n; j++) {
			const struct access_item *item = &access->items[found[i].v[j]];
			bool no = found[i].v[j] < access->n_no_access;

			vec_push(arena, &steps,
				 (struct access_step){item->file, item->line, item->text, true,
						      no ? "in no_access" : "in only_from"});
		}
	for (uint32_t i = 0; i < access->n_names; i++) {
		const struct access_item *item = &access->items[access->names[i].item];
		bool no = access->names[i].item < access->n_no_access;
		bool known = client->name_is == ACCESS_KNOWN && client->name;
		bool is = known && name_has(&access->names[i], client->name);

		vec_push(arena, &steps,
			 (struct access_step){item->file, item->line, item->text, is,
					      is      ? no ? "in no_access" : "in only_from"
					      : known ? "another name"
						      : "the client has no proven name"});
	}
	*ret = steps.v;
	return steps.n;
}
