#include "net/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/num.h"

static const char *const class_names[NET_CLASS_N] = {
	[NET_CLASS_NONE] = "none",     [NET_CLASS_LOOPBACK] = "loopback",
	[NET_CLASS_LINK] = "link",     [NET_CLASS_PRIVATE] = "private",
	[NET_CLASS_GLOBAL] = "global", [NET_CLASS_MULTICAST] = "multicast",
	[NET_CLASS_ANY] = "any",
};

/* The special blocks, most specific reading first (RFC 6890 and the RFCs named there). */
static const struct {
	uint8_t family, bits;
	uint8_t bytes[4];
	enum net_class class;
} blocks[] = {
	{AF_INET, 8, {127}, NET_CLASS_LOOPBACK},
	{AF_INET, 16, {169, 254}, NET_CLASS_LINK},
	{AF_INET, 8, {10}, NET_CLASS_PRIVATE},
	{AF_INET, 12, {172, 16}, NET_CLASS_PRIVATE},
	{AF_INET, 16, {192, 168}, NET_CLASS_PRIVATE},
	{AF_INET, 10, {100, 64}, NET_CLASS_PRIVATE},
	{AF_INET, 4, {224}, NET_CLASS_MULTICAST},
	{AF_INET, 32, {255, 255, 255, 255}, NET_CLASS_MULTICAST},
	{AF_INET6, 10, {0xfe, 0x80}, NET_CLASS_LINK},
	{AF_INET6, 7, {0xfc}, NET_CLASS_PRIVATE},
	{AF_INET6, 8, {0xff}, NET_CLASS_MULTICAST},
};

static size_t
size_of(const struct net_addr *addr)
{
	return addr->family == AF_INET6 ? 16 : 4;
}

bool
net_addr_parse(struct span text, struct net_addr *ret)
{
	char buf[NET_ADDR_TEXT];
	struct net_addr addr = {0};
	struct span host = text, zone;

	zone = host;
	host = span_cut(&zone, '%');
	if (host.n == 0 || host.n >= sizeof(buf) || memchr(host.p, '\0', host.n))
		return false;
	memcpy(buf, host.p, host.n);
	buf[host.n] = '\0';
	if (inet_pton(AF_INET, buf, addr.bytes) == 1)
		addr.family = AF_INET;
	else if (inet_pton(AF_INET6, buf, addr.bytes) == 1)
		addr.family = AF_INET6;
	else
		return false;
	if (host.n != text.n &&
	    (addr.family != AF_INET6 || !num_u32(zone, UINT32_MAX, &addr.scope)))
		return false;
	*ret = addr;
	return true;
}

/* inet_ntop() goes through printf, which a server would feel at each connection. */
static const char *
v4_text(const uint8_t bytes[4], char *buf)
{
	char *at = buf;

	for (int i = 0; i < 4; i++) {
		unsigned n = bytes[i];

		if (n >= 100)
			*at++ = (char)('0' + n / 100);
		if (n >= 10)
			*at++ = (char)('0' + n / 10 % 10);
		*at++ = (char)('0' + n % 10);
		*at++ = i < 3 ? '.' : '\0';
	}
	return buf;
}

const char *
net_addr_text(const struct net_addr *addr, char buf[NET_ADDR_TEXT])
{
	if (addr->family == AF_INET)
		return v4_text(addr->bytes, buf);
	if (!addr->family || !inet_ntop(addr->family, addr->bytes, buf, NET_ADDR_TEXT))
		return strcpy(buf, "-");
	if (addr->scope) {
		size_t n = strlen(buf);

		snprintf(buf + n, NET_ADDR_TEXT - n, "%%%u", addr->scope);
	}
	return buf;
}

struct net_addr
net_addr_of_bytes(int family, const void *bytes)
{
	struct net_addr addr = {.family = (uint8_t)family};

	memcpy(addr.bytes, bytes, size_of(&addr));
	return addr;
}

int
net_addr_cmp(const struct net_addr *a, const struct net_addr *b)
{
	int r;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	r = memcmp(a->bytes, b->bytes, sizeof(a->bytes));
	if (r == 0 && a->scope != b->scope)
		r = a->scope < b->scope ? -1 : 1;
	return r;
}

bool
net_addr_is(const struct net_addr *a, const struct net_addr *b)
{
	return net_addr_cmp(a, b) == 0;
}

bool
net_addr_is_wildcard(const struct net_addr *addr)
{
	static const uint8_t zero[16];
	struct net_addr plain = net_addr_unmap(addr);

	return plain.family && memcmp(plain.bytes, zero, size_of(&plain)) == 0;
}

struct net_addr
net_addr_unmap(const struct net_addr *addr)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

	if (addr->family != AF_INET6 || memcmp(addr->bytes, mapped, sizeof(mapped)) != 0)
		return *addr;
	return net_addr_of_bytes(AF_INET, addr->bytes + 12);
}

static bool
bits_match(const uint8_t *a, const uint8_t *b, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00u >> rest);

	return memcmp(a, b, whole) == 0 && (!rest || ((a[whole] ^ b[whole]) & mask) == 0);
}

enum net_class
net_addr_class(const struct net_addr *addr)
{
	static const uint8_t loopback6[16] = {[15] = 1};
	struct net_addr plain = net_addr_unmap(addr);

	if (!plain.family)
		return NET_CLASS_NONE;
	if (net_addr_is_wildcard(&plain))
		return NET_CLASS_ANY;
	if (plain.family == AF_INET6 && memcmp(plain.bytes, loopback6, 16) == 0)
		return NET_CLASS_LOOPBACK;
	for (size_t i = 0; i < COUNT_OF(blocks); i++)
		if (plain.family == blocks[i].family &&
		    bits_match(plain.bytes, blocks[i].bytes, blocks[i].bits))
			return blocks[i].class;
	return NET_CLASS_GLOBAL;
}

const char *net_class_name(enum net_class class)
{
	return class_names[class];
}

bool
net_prefix_parse(struct span text, struct net_prefix *ret)
{
	struct net_prefix prefix;
	struct span bits = text, host = span_cut(&bits, '/');
	uint32_t n;

	if (!net_addr_parse(host, &prefix.addr))
		return false;
	n = (uint32_t)size_of(&prefix.addr) * 8;
	if (host.n != text.n && !num_u32(bits, n, &n))
		return false;
	prefix.bits = (uint8_t)n;
	*ret = prefix;
	return true;
}

bool
net_prefix_has(const struct net_prefix *prefix, const struct net_addr *addr)
{
	struct net_addr plain = net_addr_unmap(addr);

	if (plain.family != prefix->addr.family) {
		if (addr->family != prefix->addr.family)
			return false;
		plain = *addr;
	}
	return bits_match(prefix->addr.bytes, plain.bytes, prefix->bits);
}
