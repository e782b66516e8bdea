/*
 * Fuzz target of one of the inventory's parsers, compiled once per parser with
 * -DTARGET=fuzz_<word>: whatever the kernel, a container or the port mapper sends,
 * the rows stay within their types and every text ends.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "inventory/btf.h"
#include "inventory/proc.h"
#include "inventory/process.h"
#include "inventory/rpc.h"
#include "inventory/sock.h"

static void
must(bool condition)
{
	if (!condition)
		abort();
}

static void
check_rows(const struct sock_out *out)
{
	char text[NET_ADDR_TEXT];

	for (size_t i = 0; i < out->rows.n; i++) {
		const struct listener *row = out->rows.v[i];

		must(row->proto < NET_N_PROTOS);
		must(!row->path || strlen(row->path) > 0);
		if (row->addr.family)
			must(strlen(net_addr_text(&row->addr, text)) < sizeof(text));
		must(sock_wanted(out, row));
	}
}

/* The first byte chooses the kind, the second whether all states are wanted. */
static const struct sock_kind *
kind_of(uint8_t byte)
{
	size_t n = 0;

	while (sock_kinds[n].family)
		n++;
	return &sock_kinds[byte % n];
}

static maybe_unused void
fuzz_diag(struct arena *arena, const uint8_t *data, size_t size)
{
	struct sock_out out = {.arena = arena};
	char *aligned;

	if (size < 4)
		return;
	aligned = arena_dupn(arena, (const char *)data + 4, size - 4);
	out.all = data[1] & 1;
	diag_parse(kind_of(data[0]), aligned, size - 4, data[2], &out);
	check_rows(&out);
}

static maybe_unused void
fuzz_procnet(struct arena *arena, const uint8_t *data, size_t size)
{
	struct sock_out out = {.arena = arena};

	if (size < 2)
		return;
	out.all = data[1] & 1;
	procnet_parse(kind_of(data[0]), (struct span){(const char *)data + 2, size - 2}, &out);
	check_rows(&out);
}

static maybe_unused void
fuzz_btf(struct arena *arena, const uint8_t *data, size_t size)
{
	struct btf_place places[] = {{"file", "f_inode", 0, false}, {"upid", NULL, 0, false}};
	struct btf_name name = {"bpf_iter_task_file", 0};

	btf_find((struct span){(const char *)data, size}, places, COUNT_OF(places), &name);
}

static maybe_unused void
fuzz_proc(struct arena *arena, const uint8_t *data, size_t size)
{
	struct span text = {(const char *)data, size};
	struct process process = {0};
	struct proc_stat stat;

	if (proc_stat_parse(text, &stat))
		must(strlen(stat.comm) < sizeof(stat.comm));
	process_parse_status(text, &process);
	process_parse_cgroup(text, arena, &process);
	process_parse_cmdline(text, arena, &process);
	must(!process.argv || process.argv[0]);
}

static maybe_unused void
fuzz_rpc(struct arena *arena, const uint8_t *data, size_t size)
{
	struct audit audit = {.arena = arena};

	rpc_parse_dump(&audit, (struct span){(const char *)data, size}, 0);
	for (size_t i = 0; i < audit.rpc.n; i++)
		must(audit.rpc.v[i].port <= 65535);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();

	TARGET(arena, data, size);
	arena_free(arena);
	return 0;
}
