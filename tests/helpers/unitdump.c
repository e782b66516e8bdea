/*
 * unitdump [--root DIR]: every name a unit goes by in the load path and the word "systemctl
 * is-enabled" should print for it, tab-separated. For tests/differential/systemd.py.
 */
#include <stdio.h>
#include <string.h>

#include "start/systemd.h"

int
main(int argc, char **argv)
{
	const char *path = argc > 2 && strcmp(argv[1], "--root") == 0 ? argv[2] : "/";
	struct arena *arena = arena_new();
	struct diags diags = diags_of(arena);
	struct start_list list = {0};
	auto_root root = {0};
	struct err err;
	struct start_ctx ctx = {.root = &root, .arena = arena, .diags = &diags, .out = &list};
	struct systemd *systemd;

	if (root_open(&root, path, &err) < 0) {
		fprintf(stderr, "unitdump: %s\n", err.text);
		return 2;
	}
	systemd = systemd_system(&ctx);
	systemd_load_all(systemd);
	for (size_t i = 0; i < systemd->names.n; i++)
		printf("%s\t%s\n", systemd->names.v[i],
		       systemd_state_name(systemd_is_enabled(systemd, systemd->names.v[i])));
	arena_free(arena);
	return 0;
}
