/* Columns of a start record and of the ports it declares. */
#include <stdio.h>
#include <sys/socket.h>

#include <string.h>

#include "report/columns.h"

#define TEXT(field)                                                                                \
	static void get_##field(struct report_ctx *ctx, const void *record, struct cell *ret)      \
	{                                                                                          \
		ret->text = ((const struct start *)record)->field;                                 \
		ret->null = !ret->text;                                                            \
	}
#define FLAG(field)                                                                                \
	static void get_##field(struct report_ctx *ctx, const void *record, struct cell *ret)      \
	{                                                                                          \
		ret->yes = ((const struct start *)record)->field;                                  \
	}
#define LINE(field)                                                                                \
	static void get_##field(struct report_ctx *ctx, const void *record, struct cell *ret)      \
	{                                                                                          \
		ret->number = ((const struct start *)record)->field;                               \
		ret->null = ret->number == 0;                                                      \
	}

TEXT(mechanism)
TEXT(name)
TEXT(state)
TEXT(file)
TEXT(switch_file)
TEXT(off)
TEXT(exe)
TEXT(user)
TEXT(group)
TEXT(unit)
TEXT(activates)
TEXT(container)
TEXT(runlevels)
TEXT(package)
TEXT(note)
FLAG(enabled)
FLAG(dormant)
FLAG(super_server)
LINE(line)
LINE(switch_line)

static void
get_when(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = start_when_name(((const struct start *)record)->when);
}

static void
get_command(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->texts = (const char *const *)((const struct start *)record)->command;
	ret->null = !ret->texts;
}

static void
get_via(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	const struct start *start = record;

	ret->number = start->via ? start->via->index : 0;
	ret->null = !start->via;
}

static void
get_listeners(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->number = ((const struct start *)record)->n_listeners;
}

/* "23/tcp" as the contract has it; RPC services and unix sockets in their own words. */
static const char *
port_text(struct report_ctx *ctx, const struct start_port *port)
{
	char addr[NET_ADDR_TEXT];

	if (port->path)
		return port->path;
	if (port->rpc_program)
		return arena_printf(ctx->arena, "rpc %s/%s", port->name ? port->name : "",
				    net_proto_name(port->proto));
	if (port->addr.family == AF_INET6)
		return arena_printf(ctx->arena, "[%s]:%u/%s", net_addr_text(&port->addr, addr),
				    port->port, net_proto_name(port->proto));
	if (port->addr.family)
		return arena_printf(ctx->arena, "%s:%u/%s", net_addr_text(&port->addr, addr),
				    port->port, net_proto_name(port->proto));
	if (port->port == 0 && port->name)
		return arena_printf(ctx->arena, "%s/%s", port->name, net_proto_name(port->proto));
	return arena_printf(ctx->arena, "%u/%s", port->port, net_proto_name(port->proto));
}

static void
get_ports(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	const struct start *start = record;
	const char **texts = arena_array(ctx->arena, (size_t)start->n_ports + 1, sizeof(*texts));
	size_t n = 0;

	/* One for IPv4 and one for IPv6 are the same to a reader; they follow each other. */
	for (uint32_t i = 0; i < start->n_ports; i++) {
		texts[n] = port_text(ctx, &start->ports[i]);
		if (n == 0 || strcmp(texts[n - 1], texts[n]) != 0)
			n++;
	}
	texts[n] = NULL;
	ret->texts = texts;
}

/* "on", "off", or "dormant": right, but its mechanism is not in use here. */
static void
get_switch(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	const struct start *start = record;

	ret->text = !start->enabled ? "off" : start->dormant ? "dormant" : "on";
}

static void
get_place(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = show_place(ctx, record);
}

static const struct column start_columns[] = {
	{"mechanism", "MECHANISM", COLUMN_TEXT, 0, NULL, NULL,
	 "what starts it: inetd, systemd, ...", get_mechanism},
	{"name", "NAME", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "as the mechanism calls it", get_name},
	{"enabled", NULL, COLUMN_BOOL, 0, NULL, NULL, "the mechanism will start it", get_enabled},
	{"dormant", NULL, COLUMN_BOOL, 0, NULL, NULL,
	 "the mechanism itself is not in use on this machine", get_dormant},
	{"switch", "IS", COLUMN_TEXT, COLUMN_SHOWN, NULL, NULL, "on, off or dormant", get_switch},
	{"when", "WHEN", COLUMN_TEXT, 0, "boot|demand|time|event|dependency|hand|runtime", NULL,
	 "when it starts", get_when},
	{"state", "STATE", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "how that is said there", get_state},
	{"file", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "file that defines it", get_file},
	{"line", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL, "its line; null = the whole file",
	 get_line},
	{"place", "FILE:LINE", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL, "file and line",
	 get_place},
	{"switch_file", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL,
	 "file or link that switches it on or off, if another", get_switch_file},
	{"switch_line", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL, "its line", get_switch_line},
	{"off", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "how it is switched off for good",
	 get_off},
	{"command", "COMMAND", COLUMN_TEXTS, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "command line it runs", get_command},
	{"exe", "PROGRAM", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "program that will answer", get_exe},
	{"user", "USER", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "account it runs under", get_user},
	{"group", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "its group", get_group},
	{"ports", "PORTS", COLUMN_TEXTS, COLUMN_FOLD, NULL, NULL,
	 "where it will listen, as declared", get_ports},
	{"unit", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "systemd unit or service directory",
	 get_unit},
	{"activates", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "record it starts in turn",
	 get_activates},
	{"container", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "runtime and container",
	 get_container},
	{"runlevels", "RUNLEVELS", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "runlevels, targets or schedule", get_runlevels},
	{"package", "PACKAGE", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "package that owns the file", get_package},
	{"note", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "more to know", get_note},
	{"super_server", NULL, COLUMN_BOOL, 0, NULL, NULL, "it listens for other records",
	 get_super_server},
	{"via", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL,
	 "index of the record that starts the super-server", get_via},
	{"listeners", "LISTENERS", COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL,
	 "sockets it is the cause of", get_listeners},
	{NULL},
};

const struct column_set columns_start = {"start", "what starts a program", start_columns};
