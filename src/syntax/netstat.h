/*
 * Listings of sockets as a person saved them: netstat(8) of net-tools with any of -a -l -n -p -t
 * -u -w -x, ss(8), and such a listing with its leading columns cut off. Words per kind:
 *
 *	NETSTAT_SOCKET   the words of the line, as they stand
 *	NETSTAT_HEADING  none
 *
 * What the words mean is told by netstat_socket(), not by the headings: people save listings
 * without them ("netstat -tap | grep LISTEN").
 */
#ifndef SYNTAX_NETSTAT_H
#define SYNTAX_NETSTAT_H

#include "syntax/tree.h"

enum netstat_kind { NETSTAT_SOCKET = SYN_OWN, NETSTAT_HEADING };

/* Spans point into the tree; what a line does not say is empty. */
struct netstat_socket {
	bool ss;           /* the line is ss's: its "*" stands for any IPv6 and IPv4 address */
	struct span proto; /* "tcp", "udp6", "u_str", "unix"; empty = cut off, tcp then */
	struct span recv_queue, send_queue;
	struct span host, port; /* "*", "0.0.0.0", "::", "bigcat"; "22", "ssh", "*" */
	struct span peer, peer_port;
	struct span state; /* "LISTEN", "7"; empty for unconnected datagrams */
	struct span pid, program;
	struct span path; /* unix */
};

extern const struct syn_format syn_format_netstat;

bool netstat_socket(const struct syn_node *node, struct netstat_socket *ret);

#endif
