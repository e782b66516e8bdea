/*
 * xinetd.conf -> services: what the files of this front end share. Reading has two passes: all
 * sections of all files first, then, with the whole of "defaults" and the lists "enabled" and
 * "disabled" known, each section becomes a draft and the draft a service.
 *
 *	front_xinetd.c    files, includes, sections; which are off
 *	xinetd_words.c    words of a line: quotes and comments, which xinetd has not
 *	xinetd_attrs.c    the attributes: where they may stand, how often, how many values
 *	xinetd_take*.c    one function per attribute
 *	xinetd_make.c     what must be there, what fits together; the service
 *	xinetd_differs.c  where the real xinetd does another thing
 */
#ifndef CONF_XINETD_H
#define CONF_XINETD_H

#include "access/access.h"
#include "base/map.h"
#include "conf/reading.h"
#include "syntax/xinetd.h"

/* Attributes of our own follow those of xinetd. */
enum xin_attr {
	XIN_BACKLOG = XINETD_N_ATTRS,
	XIN_SNDBUF,
	XIN_RCVBUF,
	XIN_BIND_DEVICE,
	XIN_STDERR,
	XIN_ON_LIMIT,
	XIN_SOURCE_PREFIX,
	XIN_SOURCE_RATE,
	XIN_RATE,
	XIN_PENALTY,
	XIN_SESSION_TIME,
	XIN_TIME_ZONE,
	XIN_SOCKET,
	XIN_N_ATTRS
};

/* A service's section. */
struct xin_section {
	const char *name, *id;
	const struct syn_tree *tree;
	size_t first, end;   /* its nodes, heading left out */
	uint32_t line, last; /* of the heading, of the last node; no '}': UINT32_MAX */
	bool broken;         /* not understood to its end */
	bool swallows;       /* ... and what was skipped holds other sections */
	bool off;            /* disable = yes, or the lists: mistakes are only warnings */
	bool disabled;       /* disable = yes */
};

struct xin_draft;

/* One line of a section. */
struct xin_set {
	const struct xin_attr_row *row;
	enum xinetd_op op;
	const struct syn_word *words; /* the values */
	uint32_t n;
	struct conf_at at;
};

struct xin_attr_row {
	const char *name;
	unsigned attr;
	unsigned where;       /* XINETD_IN_SERVICE ... */
	uint32_t least, most; /* values */
	void (*take)(struct xin_draft *draft, const struct xin_set *set);
};

#define XIN_MANY UINT32_MAX

struct xin_texts {
	const char **v;
	size_t n, cap;
};
struct xin_items {
	struct access_item *v;
	size_t n, cap;
};

/* What services have that add nothing to the defaults; made once. */
struct xin_common {
	const char *const *env;
	const struct access *access;
	uint64_t access_hash;
};

struct xin_draft {
	struct conf_reading *reading;
	const char *file, *name, *id;
	uint32_t line;
	bool in_defaults, off;
	enum diag_level level; /* of its mistakes */
	bool wrong;
	uint32_t given[XIN_N_ATTRS]; /* line, 0 = not in this section */

	struct service s; /* what can be set at once */
	unsigned type, flags, socket;
	const char *protocol;
	uint32_t protocol_number;
	struct xin_texts args, env, passenv;
	struct xin_items binds, only_from, no_access;
	bool has_only_from;
	uint16_t *ports;
	uint32_t n_ports;
	bool v6only;
	struct service_sink sink; /* kind NONE and not given: the default */
	bool has_sink, has_rate;
	struct service_banners banners;
	bool has_banner;
	struct service_rpc rpc;
	const char *wrap;
	uint32_t numeric_user; /* line, 0 = a name */
	bool groups;
	struct service_listener unix_socket;
	struct xin_common *common;
	uint32_t odd; /* differences found by taking, bits of enum xin_differs */
};

/* A mistake in the line or at one of its words; the service stays closed. */
void xin_wrong(struct xin_draft *draft, const struct xin_set *set, const struct syn_word *word,
	       const char *fmt, ...) printf_like(4, 5);
/* A mistake of the section as a whole. */
void xin_wrong_at(struct xin_draft *draft, uint32_t line, const char *fmt, ...) printf_like(3, 4);

/* The values of an attribute node; false: a mistake, said. */
must_check bool xin_words(struct xin_draft *draft, const struct syn_node *node,
			  struct xin_set *set);

extern const struct xin_attr_row xin_attrs[];
extern const size_t n_xin_attrs;
/* Takes one line into the draft. */
void xin_take(struct xin_draft *draft, const struct syn_node *node);
/* The word in generation memory. */
const char *xin_text(struct xin_draft *draft, const struct syn_word *word);

/* A draft's service, handed in; else its mistakes are said. NULL when it stays closed. */
struct service *xin_make(struct xin_draft *draft);
struct xin_draft xin_draft_of(struct conf_reading *reading);

#endif
