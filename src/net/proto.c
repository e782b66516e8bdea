#include "net/proto.h"

static const struct {
	const char *name;
	bool port, inet, unix_;
} rows[NET_N_PROTOS] = {
	[NET_TCP] = {"tcp", true, true, false},
	[NET_UDP] = {"udp", true, true, false},
	[NET_UDPLITE] = {"udplite", true, true, false},
	[NET_SCTP] = {"sctp", true, true, false},
	[NET_DCCP] = {"dccp", true, true, false},
	[NET_MPTCP] = {"mptcp", true, true, false},
	[NET_RAW] = {"raw", false, true, false},
	[NET_ICMP] = {"icmp", false, true, false},
	[NET_PACKET] = {"packet", false, false, false},
	[NET_UNIX_STREAM] = {"unix", false, false, true},
	[NET_UNIX_DGRAM] = {"unix-dgram", false, false, true},
	[NET_UNIX_SEQPACKET] = {"unix-seqpacket", false, false, true},
	[NET_VSOCK] = {"vsock", true, false, false},
	[NET_NETLINK] = {"netlink", false, false, false},
};

const char *
net_proto_name(enum net_proto proto)
{
	return rows[proto].name;
}

bool
net_proto_parse(struct span name, enum net_proto *ret)
{
	for (int i = 0; i < NET_N_PROTOS; i++)
		if (span_is(name, rows[i].name)) {
			*ret = (enum net_proto)i;
			return true;
		}
	return false;
}

bool
net_proto_has_port(enum net_proto proto)
{
	return rows[proto].port;
}

bool
net_proto_is_unix(enum net_proto proto)
{
	return rows[proto].unix_;
}

bool
net_proto_is_inet(enum net_proto proto)
{
	return rows[proto].inet;
}
