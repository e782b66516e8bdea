/*
 * Dump: what xinetd(8) writes on SIGUSR1, as JSON: the answers to "status" and "sessions". Into our
 * own directory, a new file each time: what lay there before, perhaps a link, is neither followed
 * nor emptied; xinetd's was a file in a shared directory that anybody could have put there before.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/control.h"

static void
put(struct parent *parent, struct json_out *out)
{
	char none[1] = "", *words[ANSWER_WORDS];
	struct err err;

	for (size_t i = 0; i < ANSWER_WORDS; i++)
		words[i] = none;
	json_open(out, NULL, '{');
	for (const struct answer *answer = answers; answer->word; answer++)
		if (text_is(answer->word, "status") || text_is(answer->word, "sessions"))
			if (answer->run(parent, words, out, &err) < 0)
				break;
	json_close(out, '}');
}

static int
write_file(const char *path, const struct json_out *out)
{
	char name[300];
	auto_fd fd = -1;
	int r = 0;

	snprintf(name, sizeof(name), "%s.new", path);
	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (write(fd, out->p, out->n) != (ssize_t)out->n || write(fd, "\n", 1) != 1)
		r = -EIO;
	else if (rename(name, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(name);
	return r;
}

void
dump_state(struct parent *parent)
{
	const struct engine_options *options = parent->options;
	char buf[CONTROL_PATH_BYTES], path[sizeof(buf) + 32];
	const char *near = options->control
				   ? options->control
				   : control_default(options->privileged, buf, sizeof(buf));
	struct json_out out = {0};
	const char *slash;
	int r;

	if (!near)
		return;
	slash = strrchr(near, '/');
	snprintf(path, sizeof(path), "%.*s/gatehoused.dump", (int)(slash - near), near);
	put(parent, &out);
	r = write_file(path, &out);
	json_free(&out);
	if (r < 0)
		parent_say(parent, LOG_ERR, "cannot write %s: %s", path, strerror(-r));
	else
		parent_say(parent, LOG_NOTICE, "state written to %s", path);
}
