/*
 * Conditions that files decide: systemd.unit(5), "Conditions and Asserts". Only for paths of
 * packages and of the administrator, which stay as they are until somebody changes them:
 * /etc/ssh/sshd_not_to_be_run is a switch, /run/nologin is the weather. Triggering ones ("|") need
 * one of several to hold and are not judged.
 */
#include <string.h>

#include "start/systemd.h"

static const char *const lasting[] = {"/etc/", "/usr/", "/lib/", "/bin/", "/sbin/", "/opt/"};

static bool
path_exists(const struct start_ctx *ctx, const char *path)
{
	return root_exists(ctx->root, path);
}

static bool
path_is_directory(const struct start_ctx *ctx, const char *path)
{
	struct stat st;

	return root_stat(ctx->root, path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
path_is_link(const struct start_ctx *ctx, const char *path)
{
	struct stat st;

	return root_lstat(ctx->root, path, &st) == 0 && S_ISLNK(st.st_mode);
}

static bool
file_not_empty(const struct start_ctx *ctx, const char *path)
{
	struct stat st;

	return root_stat(ctx->root, path, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0;
}

static bool
file_is_executable(const struct start_ctx *ctx, const char *path)
{
	struct stat st;

	return root_stat(ctx->root, path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mode & 0111;
}

static bool
directory_not_empty(const struct start_ctx *ctx, const char *path)
{
	struct root_dir list;

	return root_list(ctx->root, path, ctx->arena, &list) == 0 && list.n;
}

static const struct {
	const char *key; /* without Condition or Assert */
	bool (*holds)(const struct start_ctx *ctx, const char *path);
} tests[] = {
	{"PathExists", path_exists},
	{"PathIsDirectory", path_is_directory},
	{"PathIsSymbolicLink", path_is_link},
	{"FileNotEmpty", file_not_empty},
	{"FileIsExecutable", file_is_executable},
	{"DirectoryNotEmpty", directory_not_empty},
};

static bool
is_unmet(struct systemd *systemd, const struct systemd_unit *unit,
	 const struct systemd_value *value, size_t skip)
{
	const char *path = systemd_expand(systemd, unit, value->text);
	bool negated = path[0] == '!';

	path += negated;
	if (strchr(path, '%')) /* the kernel's version and the like */
		return false;
	for (size_t i = 0; i < COUNT_OF(lasting); i++)
		if (text_starts(path, lasting[i]))
			for (size_t j = 0; j < COUNT_OF(tests); j++)
				if (strcmp(value->key + skip, tests[j].key) == 0)
					return tests[j].holds(systemd->ctx, path) == negated;
	return false;
}

const struct systemd_value *
systemd_unmet(struct systemd *systemd, const struct systemd_unit *unit)
{
	const struct systemd_settings *set = &unit->set;

	for (size_t i = 0; i < set->conditions.n; i++)
		if (is_unmet(systemd, unit, &set->conditions.v[i], strlen("Condition")))
			return &set->conditions.v[i];
	for (size_t i = 0; i < set->asserts.n; i++)
		if (is_unmet(systemd, unit, &set->asserts.v[i], strlen("Assert")))
			return &set->asserts.v[i];
	return NULL;
}
