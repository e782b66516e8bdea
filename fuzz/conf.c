/*
 * gatehoused's own reading of a configuration. What is opened must be whole, and nothing may be
 * left out without a word. The file lies in a root of its own, so includes lead nowhere.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "conf/conf.h"
#include "fuzz.h"

#define must(condition) ((condition) ? (void)0 : broken(#condition, __LINE__))

static void
broken(const char *condition, int line)
{
	fprintf(stderr, "conf: broken promise, line %d: %s\n", line, condition);
	abort();
}

/* Half of all names are known. */
static bool
user(void *data, const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	*ret_uid = *ret_gid = (uid_t)name[0];
	return name[0] & 1;
}

static bool
group(void *data, const char *name, gid_t *ret_gid)
{
	*ret_gid = (gid_t)name[0];
	return name[0] & 1;
}

static bool
port(void *data, const char *name, enum net_proto proto, uint16_t *ret)
{
	*ret = (uint16_t)(name[0] + 1);
	return name[0] & 1;
}

static bool
number(void *data, const char *name, uint32_t *ret)
{
	*ret = name[0] == 'u' ? 17 : 6;
	return name[0] != 'x';
}

static size_t
host(void *data, const char *name, struct net_addr *ret, size_t max)
{
	ret[0] = (struct net_addr){.family = AF_INET};
	return name[0] & 1;
}

static const struct conf_lookup lookup = {.user = user,
					  .group = group,
					  .port = port,
					  .rpc = number,
					  .protocol = number,
					  .host = host};

static char top[] = "/tmp/gatehouse-fuzz-XXXXXX";
static int top_fd = -1;

static void
leave(void)
{
	unlinkat(top_fd, "x", 0);
	rmdir(top);
}

static void
enter(void)
{
	if (top_fd >= 0)
		return;
	must(mkdtemp(top) != NULL);
	top_fd = open(top, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(top_fd >= 0);
	atexit(leave);
}

static void
check_service(const struct serve *serve, const struct service *s)
{
	must(s->name && s->id && s->sink && s->front);
	must(s->muxed ? !s->n_listeners : s->n_listeners > 0);
	must(s->kind != SERVICE_PROGRAM || (s->program && s->argv && s->argv[0] && s->env));
	must(s->kind != SERVICE_REDIRECT ||
	     (s->redirect && s->redirect->n_to && s->redirect->port));
	must(s->kind == SERVICE_PROGRAM || !s->wait);
	for (uint32_t i = 0; i < s->n_listeners; i++)
		must(s->listeners[i].port || s->rpc || s->listeners[i].path || s->type == SOCK_RAW);
	for (size_t i = 0; i < serve->n; i++)
		must(serve->v[i] == s || strcmp(serve->v[i]->id, s->id) != 0);
}

void
fuzz_conf(const struct syn_tree *tree, const char *dialect)
{
	static const char *const files[] = {"/x", NULL};
	struct conf_options options = {.lookup = &lookup,
				       .files = files,
				       .dialect = dialect,
				       .privileged = true,
				       .differences = true};
	struct root root = {.path = top};
	struct serve *serve = NULL;
	struct err err;
	int fd;

	enter();
	fd = openat(top_fd, "x", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, tree->text.p, tree->text.n) == (ssize_t)tree->text.n);
	close(fd);
	root.fd = top_fd;
	options.root = &root;
	if (conf_load(&options, &serve, &err) < 0)
		return;
	must(!serve->n_closed || serve->diags.count[DIAG_ERROR]);
	for (size_t i = 0; i < serve->n; i++)
		check_service(serve, serve->v[i]);
	serve_free(serve);
}
