/*
 * Internet addresses and prefixes: text <-> binary, match, class. Both families in one
 * struct; an IPv4-mapped IPv6 address is kept as it is and judged as the IPv4 one.
 */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"

/* Longest text: 45 characters of IPv6, '%', a 15-character interface name, NUL. */
#define NET_ADDR_TEXT 64

struct net_addr {
	uint8_t family;    /* AF_INET, AF_INET6; 0 = none */
	uint8_t bytes[16]; /* network order; IPv4 uses the first four */
	uint32_t scope;    /* interface index of a link-local address, or 0 */
};

struct net_prefix {
	struct net_addr addr;
	uint8_t bits; /* 0..32 or 0..128 */
};

/* From where an address of this class can be reached, if nothing filters. */
enum net_class {
	NET_CLASS_NONE,
	NET_CLASS_LOOPBACK,  /* 127/8, ::1: this host */
	NET_CLASS_LINK,      /* 169.254/16, fe80::/10: the same link */
	NET_CLASS_PRIVATE,   /* RFC 1918, RFC 6598 (100.64/10), fc00::/7 */
	NET_CLASS_GLOBAL,    /* anyone */
	NET_CLASS_MULTICAST, /* 224/4, ff00::/8, 255.255.255.255 */
	NET_CLASS_ANY,       /* 0.0.0.0, :: (the wildcard) */
	NET_CLASS_N
};

bool net_addr_parse(struct span text, struct net_addr *ret); /* numeric only, "%N" scope ok */
const char *net_addr_text(const struct net_addr *addr, char buf[NET_ADDR_TEXT]);
struct net_addr net_addr_of_bytes(int family, const void *bytes);
bool net_addr_is(const struct net_addr *a, const struct net_addr *b);
int net_addr_cmp(const struct net_addr *a, const struct net_addr *b); /* for sorting */
bool net_addr_is_wildcard(const struct net_addr *addr);
/* ::ffff:1.2.3.4 becomes 1.2.3.4; others stay. */
struct net_addr net_addr_unmap(const struct net_addr *addr);

enum net_class net_addr_class(const struct net_addr *addr);
const char *net_class_name(enum net_class class); /* "loopback", "link", "private", ... */

bool net_prefix_parse(struct span text, struct net_prefix *ret); /* ADDR[/BITS] */
bool net_prefix_has(const struct net_prefix *prefix, const struct net_addr *addr);

#endif
