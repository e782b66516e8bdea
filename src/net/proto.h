/* The socket kinds the audit knows, one row each: name, where the kernel lists it, ports or not. */
#ifndef NET_PROTO_H
#define NET_PROTO_H

#include <stdbool.h>

#include "base/span.h"

enum net_proto {
	NET_TCP,
	NET_UDP,
	NET_UDPLITE,
	NET_SCTP,
	NET_DCCP,
	NET_MPTCP,
	NET_RAW,  /* the port column holds the IP protocol number */
	NET_ICMP, /* ping sockets; the port is the echo identifier */
	NET_PACKET,
	NET_UNIX_STREAM,
	NET_UNIX_DGRAM,
	NET_UNIX_SEQPACKET,
	NET_VSOCK,
	NET_NETLINK,
	NET_N_PROTOS
};

const char *net_proto_name(enum net_proto proto); /* "tcp", "unix", ...: field "protocol" */
bool net_proto_parse(struct span name, enum net_proto *ret); /* "tcp6" is not a name here */
bool net_proto_has_port(enum net_proto proto);               /* numbers a client can dial */
bool net_proto_is_unix(enum net_proto proto);
bool net_proto_is_inet(enum net_proto proto); /* has Internet addresses */

#endif
