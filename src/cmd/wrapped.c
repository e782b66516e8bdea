#include "cmd/wrapped.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "conf/conf.h"

/* Daemons of the super-server's files; programs that bring libwrap themselves stand in none. */
static bool
read_daemons(struct wrapped *w, const char *config, const char *self)
{
	static const char *const usual[] = {"/etc/inetd.conf", "/etc/xinetd.conf"};
	const char *files[COUNT_OF(usual) + 1] = {config};
	struct conf_options options = {
		.root = &w->root,
		.lookup = &conf_lookup_live,
		.files = files,
		.privileged = true,
	};
	VEC(struct access_daemon) list = {0};
	struct serve *serve = NULL;
	struct err err;
	size_t n = 0;

	for (size_t i = 0; !config && i < COUNT_OF(usual); i++)
		if (root_exists(&w->root, usual[i]))
			files[n++] = usual[i];
	w->lint.where = files[0] && files[1] ? "inetd.conf and xinetd.conf" : files[0];
	if (!files[0])
		return true;
	if (conf_load(&options, &serve, &err) < 0) {
		fprintf(stderr, "%s: %s\n", self, err.text);
		return false;
	}
	for (size_t i = 0; i < serve->n; i++) {
		const struct service *s = serve->v[i];

		if (s->wrap)
			vec_push(w->arena, &list,
				 (struct access_daemon){
					 arena_dup(w->arena, text_basename(s->wrap)),
					 arena_dup(w->arena, s->name),
				 });
	}
	serve_free(serve);
	w->lint.daemons = list.v;
	w->lint.n_daemons = list.n;
	return true;
}

static const char *
from_here(struct arena *arena, const char *path)
{
	char here[4096];

	return path[0] == '/' || !getcwd(here, sizeof(here))
		       ? path
		       : arena_printf(arena, "%s/%s", here, path);
}

bool
wrapped_open(struct wrapped *w, const struct wrapped_options *options, const char *self)
{
	struct err err;

	*w = (struct wrapped){.arena = arena_new()};
	w->diags = diags_of(w->arena);
	if (root_open(&w->root, "/", &err) < 0) {
		fprintf(stderr, "%s: %s\n", self, err.text);
		return false;
	}
	if (!read_daemons(w, options->config ? from_here(w->arena, options->config) : NULL, self))
		return false;
	w->access = access_of_hosts(
		w->arena, &w->diags, &w->root,
		options->here ? from_here(w->arena, "hosts.allow") : "/etc/hosts.allow",
		options->here ? from_here(w->arena, "hosts.deny") : "/etc/hosts.deny");
	return true;
}

void
wrapped_close(struct wrapped *w)
{
	root_close(&w->root);
	arena_free(w->arena);
}
