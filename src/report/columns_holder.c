/* Columns of a descriptor that holds a socket: the nine fields of "lsof -i", and what groups
 * ports under their program (AUD-10, AUD-11, AUD-12). */
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "report/columns.h"

#define HOLDER const struct holder *h = record

static void
get_command(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->null = !h->owner;
	if (h->owner)
		ret->text = h->owner->process->comm ? h->owner->process->comm
						    : show_program(h->owner->process);
}

static void
get_pid(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->null = !h->owner;
	ret->number = h->owner ? h->owner->process->pid : 0;
}

static void
get_user(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->text = h->owner ? h->owner->process->user : h->listener->user;
	ret->null = !ret->text;
}

static void
get_fd(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->null = !h->owner || h->owner->fd < 0;
	if (!ret->null)
		ret->text = arena_printf(ctx->arena, "%d%c", h->owner->fd, h->owner->access);
}

static void
get_type(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->text = h->listener->family == AF_INET    ? "IPv4"
		    : h->listener->family == AF_INET6 ? "IPv6"
		    : h->listener->family == AF_UNIX  ? "unix"
						      : "sock";
}

static void
get_device(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->number = h->listener->inode;
	ret->null = h->listener->inode == 0;
}

/* lsof says offset 0 of every socket. */
static void
get_size(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = "0t0";
}

static void
get_node(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	const char *name = net_proto_name(h->listener->proto);
	char *upper = arena_dup(ctx->arena, name);

	for (char *p = upper; *p; p++)
		if (*p >= 'a' && *p <= 'z')
			*p = (char)(*p - 'a' + 'A');
	ret->text = upper;
}

static void
get_name(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	const char *state = show_state(h->listener);
	const char *local = show_local(ctx, h->listener, true);

	if (h->listener->peer.family)
		local = arena_printf(ctx->arena, "%s->%s", local, show_peer(ctx, h->listener));
	ret->text = *state ? arena_printf(ctx->arena, "%s (%s)", local, state) : local;
}

static void
get_program(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	if (h->owner)
		ret->text = arena_printf(ctx->arena, "%d/%s", (int)h->owner->process->pid,
					 show_program(h->owner->process));
	else
		ret->text = h->listener->owners_state == OWNERS_KERNEL ? "kernel" : "not visible";
}

static void
get_exe(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->text = h->owner ? h->owner->process->exe : NULL;
	ret->null = !ret->text;
}

static void
get_proto(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->text = show_proto(ctx, h->listener);
}

static void
get_where(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->text = show_local(ctx, h->listener, true);
}

static void
get_started(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	HOLDER;
	ret->text = show_started(ctx, h->listener);
}

static const struct column holder_columns[] = {
	{"command", "COMMAND", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "short name of the program", get_command},
	{"pid", "PID", COLUMN_NUMBER, COLUMN_NULL | COLUMN_RIGHT, NULL, NULL, "process", get_pid},
	{"user", "USER", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL, "account", get_user},
	{"fd", "FD", COLUMN_TEXT, COLUMN_NULL | COLUMN_RIGHT, NULL, NULL,
	 "descriptor and access: r, w or u (both)", get_fd},
	{"type", "TYPE", COLUMN_TEXT, 0, NULL, NULL, "IPv4, IPv6, ...", get_type},
	{"device", "DEVICE", COLUMN_NUMBER, COLUMN_NULL | COLUMN_RIGHT, NULL, NULL,
	 "number of the socket", get_device},
	{"size", "SIZE", COLUMN_TEXT, COLUMN_RIGHT, NULL, NULL, "offset, always 0", get_size},
	{"node", "NODE", COLUMN_TEXT, 0, NULL, NULL, "TCP, UDP, ...", get_node},
	{"name", "NAME", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "address:port and state", get_name},
	{"program", "PID/PROGRAM", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL,
	 "process and program", get_program},
	{"exe", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "path of the program", get_exe},
	{"proto", "PROTO", COLUMN_TEXT, 0, NULL, NULL, "kind of socket", get_proto},
	{"where", "ADDRESS:PORT", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "address and port",
	 get_where},
	{"started", "STARTED BY", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL,
	 "mechanism, name, file:line", get_started},
	{NULL},
};

const struct column_set columns_holder = {"holder", "a descriptor of a socket", holder_columns};
