/*
 * Replay: a fuzz target as a plain program. "replay DIR|FILE..." runs every file once and
 * prints TAP; a crash or broken promise ends it, and so the test.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "fuzz.h"

/* Golden folders hold expected output too: not input. */
static bool
is_input(const char *name)
{
	return name[0] != '.' && !text_ends(name, ".ok");
}

static int
replay_file(int dirfd, const char *name)
{
	struct arena *arena = arena_new();
	struct span text;
	auto_fd fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : fd_read_all(fd, arena, (size_t)64 << 20, &text);

	if (r == 0)
		LLVMFuzzerTestOneInput((const uint8_t *)text.p, text.n);
	arena_free(arena);
	return r;
}

/* How many files were run, or -errno. A folder that is not there has none. */
static int
replay_dir(const char *path)
{
	auto_dir dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(dir))) {
		if (!is_input(entry->d_name))
			continue;
		if (replay_file(dirfd(dir), entry->d_name) < 0)
			return -EIO;
		n++;
	}
	return n;
}

int
main(int argc, char **argv)
{
	printf("TAP version 13\n1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		int n = replay_dir(argv[i]);

		if (n == -ENOTDIR)
			n = replay_file(AT_FDCWD, argv[i]) < 0 ? -EIO : 1;
		if (n < 0)
			printf("not ok %d - %s: %s\n", i, argv[i], strerrordesc_np(-n));
		else
			printf("ok %d - %s: %d inputs\n", i, argv[i], n);
	}
	return 0;
}
