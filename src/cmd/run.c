/* One audit from end to end, in the order of the data flow: inventory, start, join, judge. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cmd/cmd.h"
#include "start/start.h"

int
audit_run(struct audit_run *run, const struct audit_options *options, struct err *err)
{
	const char *path = options->root ? options->root : "/";
	struct audit *audit = &run->audit;
	int r;

	memset(run, 0, sizeof(*run));
	r = root_open(&run->root, path, err);
	if (r < 0)
		return r;
	audit->arena = arena_new();
	audit->diags = diags_of(audit->arena);
	audit->process_by_pid = map_of(audit->arena);
	audit->root = path;
	audit->live = run->root.live && !options->no_sockets;
	audit->now = time(NULL);
	return 0;
}

void
audit_run_free(struct audit_run *run)
{
	root_closep(&run->root);
	arena_freep(&run->audit.arena);
}

void
cmd_print_diags(const struct audit *audit, enum diag_level least)
{
	for (size_t i = 0; i < audit->diags.n; i++)
		if (audit->diags.v[i].level >= least)
			fprintf(stderr, "gatehouse: %s\n",
				diag_line(audit->arena, &audit->diags.v[i]));
}
