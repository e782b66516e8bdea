/*
 * inetd.conf: the super-server's table, in the dialects of OpenBSD/Debian, FreeBSD, NetBSD
 * (positional and key-value), GNU and busybox. Sources: each one's inetd(8), and Debian's
 * update-inetd(8) for the ways an entry is switched off.
 *
 * The grammar is one for all; where they give different meaning to the same words, the view
 * below asks for the dialect. Words per kind:
 *
 *	INETD_ENTRY      service socket-type protocol wait user program argument...
 *	INETD_OFF        the same words, of a line a tool switched off: "#<off># telnet ..."
 *	INETD_COMMENTED  the same words, of a line a person put a '#' before
 *	INETD_KEYED      service on|off (key = value...)...; NetBSD; ',' and ';' are words too
 *	INETD_HOST       address, of a line "127.0.0.1:" that is the default for what follows
 *	INETD_IPSEC      the policy's words, of "#@ policy"
 *	INETD_INCLUDE    pattern, of NetBSD's ".include pattern"
 *	INETD_LABEL      the section's name, of Debian's "#:MAIL: Mail, news ..."
 *
 * A line that begins with a blank goes on with the entry above it, whatever it holds.
 * Quotes of the NetBSD kind are taken off in a word's text; its raw bytes keep them.
 */
#ifndef SYNTAX_INETD_H
#define SYNTAX_INETD_H

#include "syntax/tree.h"

enum inetd_kind {
	INETD_ENTRY = SYN_OWN,
	INETD_OFF,
	INETD_COMMENTED,
	INETD_KEYED,
	INETD_HOST,
	INETD_IPSEC,
	INETD_INCLUDE,
	INETD_LABEL
};

extern const struct syn_format syn_format_inetd;

enum inetd_dialect {
	INETD_OPENBSD, /* and Debian's openbsd-inetd */
	INETD_FREEBSD,
	INETD_NETBSD,
	INETD_GNU,
	INETD_BUSYBOX,
	INETD_XINETD, /* xinetd -inetd_compat */
	INETD_N_DIALECTS
};

enum inetd_socket {
	INETD_STREAM,
	INETD_DGRAM,
	INETD_RAW,
	INETD_RDM,
	INETD_SEQPACKET,
	INETD_BAD_SOCKET
};

/* One service as an entry says it, positional or key-value. Spans point into the tree. */
struct inetd_entry {
	bool on;           /* the line is in force */
	struct span name;  /* without address, version, path's owner: "telnet", "23", "rstatd" */
	struct span hosts; /* "10.0.0.1,[::1]", "*"; empty = the default */
	bool rpc, is_unix, tcpmux, tcpmux_plus;
	uint32_t rpc_low, rpc_high;
	struct span path, path_user, path_group, path_mode; /* unix */
	enum inetd_socket socket;
	struct span accept_filter;
	struct span protocol; /* "tcp", "udp", "unix" or what else stands there */
	bool odd_protocol;    /* none of tcp, udp, unix and their endings */
	bool v4, v6, v6only;  /* v4 and v6only: two sockets */
	bool dual;            /* one IPv6 socket that takes IPv4 too */
	struct span sndbuf, rcvbuf;
	bool wait;
	/* 0 = as the server's default; rates are per minute */
	uint32_t max_rate, max_children, max_rate_per_ip, max_children_per_ip;
	struct span user, group, class;
	struct span program; /* "internal" too */
	bool internal;
	bool ipsec; /* a policy of its own (NetBSD's key); key ipsec without a value is no policy */
	bool has_ipsec;
	const struct syn_word *argv; /* from argv[0] on; none = the program's own name */
	uint32_t argc;
	const struct syn_word *wrong; /* the word that why is about, NULL = the entry */
};

/*
 * Reads the node of kind ENTRY, OFF, COMMENTED or KEYED. False when it cannot be a service:
 * *ret_why then says in some words what is wrong (ret as far as it was understood).
 */
bool inetd_entry_read(const struct syn_tree *tree, const struct syn_node *node,
		      enum inetd_dialect dialect, struct inetd_entry *ret, const char **ret_why);

/* Takes the next address off a comma list; brackets and blanks are taken off too. */
bool inetd_hosts_next(struct span *hosts, struct span *ret);

#endif
