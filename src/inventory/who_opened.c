/* Who has a file open (AUD-18): every descriptor of every process, compared by device and inode. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/vec.h"
#include "inventory/inventory.h"
#include "inventory/pool.h"
#include "inventory/proc.h"

enum answer { NO, YES, HIDDEN };

struct question {
	struct stat file;
	const pid_t *pids;
	unsigned char *answers;
};

static void
look(void *ctx, size_t i, unsigned worker)
{
	struct question *question = ctx;
	char path[PROC_NAME];
	auto_dir dir = opendir(proc_name(path, question->pids[i], "fd"));

	if (!dir && errno != ENOENT)
		question->answers[i] = HIDDEN;
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		struct stat st;

		if (entry->d_name[0] == '.')
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) < 0) {
			if (errno == EACCES || errno == EPERM)
				question->answers[i] = HIDDEN;
		} else if (st.st_dev == question->file.st_dev &&
			   st.st_ino == question->file.st_ino) {
			question->answers[i] = YES;
			return;
		}
	}
}

void
inventory_who_opened(struct audit *audit, const char *path, struct inventory_pids *ret)
{
	struct proc_pids pids = proc_pids(audit->arena), found = {0};
	struct question question = {
		.pids = pids.v,
		.answers = arena_alloc(audit->arena, pids.n + 1),
	};
	size_t hidden = 0;

	*ret = (struct inventory_pids){0};
	if (stat(path, &question.file) < 0) {
		diag_add(&audit->diags, DIAG_UNSEEN, path, 0, 0, "%s", strerror(errno));
		return;
	}
	pool_run(pool_threads(0, pids.n), pids.n, look, &question);
	for (size_t i = 0; i < pids.n; i++) {
		hidden += question.answers[i] == HIDDEN;
		if (question.answers[i] == YES)
			vec_push(audit->arena, &found, pids.v[i]);
	}
	if (hidden)
		diag_add(&audit->diags, DIAG_UNSEEN, path, 0, 0,
			 "the open files of %zu processes are not visible to this user", hidden);
	*ret = (struct inventory_pids){found.v, found.n};
}
