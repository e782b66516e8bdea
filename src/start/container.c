/* The published ports of a container, as docker's book and podman's quadlets write them. */
#include "start/container.h"
#include "base/num.h"

#define MAX_PUBLISHED 4096u /* ports of one container: the rest is not told one by one */

void
container_publish(struct start_ctx *ctx, struct start *start, struct span address,
		  struct span ports, enum net_proto proto)
{
	struct span name = ports, low_text = span_cut(&ports, '-');
	struct net_addr addr = {0};
	uint16_t low, high;

	if (!num_port(low_text, &low) || !low)
		return; /* "" and 0: the runtime takes any free one */
	high = low;
	if (ports.n && (!num_port(ports, &high) || high < low))
		return;
	if (address.n > 1 && address.p[0] == '[')
		address = (struct span){address.p + 1, address.n - 2};
	if (address.n && !net_addr_parse(address, &addr))
		return;
	for (unsigned port = low; port <= high && start->n_ports < MAX_PUBLISHED; port++) {
		struct start_port *one = start_port_add(ctx, start, proto);

		one->port = port;
		one->addr = addr;
		one->family = addr.family;
		one->name = span_dup(ctx->arena, name);
	}
	if (start->n_ports == MAX_PUBLISHED)
		diag_add(ctx->diags, DIAG_UNSEEN, start->file, 0, 0,
			 "more than %u published ports; the rest is not told", MAX_PUBLISHED);
}
