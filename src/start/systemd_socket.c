/*
 * What a socket unit listens on: systemd.socket(5), ListenStream= and its kin. A bare port is
 * taken on IPv6 and through it on IPv4, unless BindIPv6Only=ipv6-only.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/num.h"
#include "start/systemd.h"

/* FIFOs, special files, netlink, message queues: nothing a client connects to. */
static const struct {
	const char *key;
	enum net_proto inet, local;
} kinds[] = {
	{"ListenStream", NET_TCP, NET_UNIX_STREAM},
	{"ListenDatagram", NET_UDP, NET_UNIX_DGRAM},
	{"ListenSequentialPacket", NET_SCTP, NET_UNIX_SEQPACKET},
};

static const struct {
	const char *name;
	enum net_proto instead_of, proto;
} protocols[] = {
	{"sctp", NET_TCP, NET_SCTP},
	{"mptcp", NET_TCP, NET_MPTCP},
	{"udplite", NET_UDP, NET_UDPLITE},
};

static enum net_proto
by_protocol(const struct systemd_unit *unit, enum net_proto proto)
{
	for (size_t i = 0; i < COUNT_OF(protocols); i++)
		if (protocols[i].instead_of == proto &&
		    span_is_nocase(unit->set.socket_protocol.text, protocols[i].name))
			return protocols[i].proto;
	return proto;
}

/* "22", "127.0.0.1:22", "[::1]:22", "[fe80::1]:22%eth0". */
static bool
read_inet(const struct systemd_unit *unit, struct arena *arena, struct span text,
	  struct start_port *port)
{
	struct span address = {0}, number = text;
	const char *colon = memrchr(text.p, ':', text.n);
	uint16_t value;

	if (colon) {
		address = (struct span){text.p, (size_t)(colon - text.p)};
		number = span_skip(text, address.n + 1);
	}
	if (colon && span_find(number, '%') < number.n) {
		struct span head = span_cut(&number, '%');

		port->device = span_dup(arena, number);
		number = head;
	}
	if (!num_port(number, &value))
		return false;
	port->port = value;
	if (!colon) {
		if (span_is(unit->set.bind_ipv6_only.text, "ipv6-only"))
			port->family = AF_INET6;
		return true;
	}
	if (address.n > 1 && address.p[0] == '[' && address.p[address.n - 1] == ']')
		address = (struct span){address.p + 1, address.n - 2};
	if (!net_addr_parse(address, &port->addr))
		return false;
	port->family = port->addr.family;
	return true;
}

/* "vsock:CID:PORT", CID may be left out. */
static bool
read_vsock(struct span text, struct start_port *port)
{
	span_cut(&text, ':');
	span_cut(&text, ':');
	port->proto = NET_VSOCK;
	return num_u32(text, UINT32_MAX, &port->port);
}

static void
add_port(struct systemd *systemd, const struct systemd_unit *unit, struct start *start,
	 const struct systemd_value *value, size_t kind)
{
	const char *text = systemd_expand(systemd, unit, value->text);
	struct start_port port = {.proto = kinds[kind].inet, .name = text};

	/* "%t/x" of a user's unit: his folder below /run/user. */
	if (text[0] == '/' || text[0] == '@' || text[0] == '%') {
		port.proto = kinds[kind].local;
		port.path = text;
	} else if (text_starts(text, "vsock:")) {
		if (!read_vsock(span_of(text), &port))
			port.name = NULL;
	} else if (read_inet(unit, systemd->arena, span_of(text), &port)) {
		port.proto = by_protocol(unit, port.proto);
		if (unit->set.bind_to_device.text.n)
			port.device = systemd_expand(systemd, unit, unit->set.bind_to_device.text);
	} else {
		port.name = NULL;
	}
	if (port.name)
		*start_port_add(systemd->ctx, start, port.proto) = port;
	else
		diag_add(systemd->ctx->diags, DIAG_ERROR, value->file, value->line, 0,
			 "\"%.*s\" is no address to listen on", SPAN_ARG(value->text));
}

void
systemd_ports(struct systemd *systemd, const struct systemd_unit *unit, struct start *start)
{
	for (size_t i = 0; i < unit->set.listen.n; i++)
		for (size_t kind = 0; kind < COUNT_OF(kinds); kind++)
			if (strcmp(unit->set.listen.v[i].key, kinds[kind].key) == 0)
				add_port(systemd, unit, start, &unit->set.listen.v[i], kind);
}
