/* File descriptors that close themselves, and whole reads with a limit. */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <dirent.h>
#include <stddef.h>
#include <stdio.h>

#include "base/attr.h"
#include "base/span.h"

struct arena;

void fd_close(int fd); /* keeps errno; -1 is fine */
void fd_closep(int *fd);
void dir_closep(DIR **dir);
void file_closep(FILE **file);

#define auto_fd cleanup(fd_closep) int
#define auto_dir cleanup(dir_closep) DIR *
#define auto_file cleanup(file_closep) FILE *

/*
 * Reads fd to its end into the arena; a NUL stands behind the bytes. -EFBIG when it
 * holds more than limit. Works for /proc files, whose size is not known beforehand.
 */
must_check int fd_read_all(int fd, struct arena *arena, size_t limit, struct span *ret);

/* Reads a small file of a directory fd (a /proc/PID one, say) into buf, terminated.
 * Returns its bytes (cut at size - 1) or -errno. */
must_check int fd_read_small_at(int dirfd, const char *name, char *buf, size_t size);

/* Makes sure 0, 1 and 2 are open (on /dev/null if need be): call first in main. */
must_check int fd_assure_standard(void);

#endif
