/*
 * Generators of packages: programs that make links at each boot, systemd.generator(7). On a running
 * machine what they made is read in /run. In an image they have not run: for the few that start
 * network daemons, what they would do is worked out here from the files they look at.
 */
#include <dirent.h>
#include <string.h>

#include "base/limits.h"
#include "start/systemd.h"

#define MAX_CLUSTERS 1024u

static void
want(struct systemd *systemd, struct systemd_unit *owner, const char *name, const char *file)
{
	systemd_cause(systemd, name,
		      &(struct systemd_cause){.when = owner->causes.v[0].when,
					      .by = owner->name,
					      .file = file,
					      .of = owner});
}

/* The instance that reads /etc/postfix itself; postfix.service only groups the instances. */
static void
postfix(struct systemd *systemd, struct systemd_unit *owner)
{
	want(systemd, owner, "postfix@-.service", "/etc/postfix/main.cf");
}

/* The first word that is no comment in start.conf(5): auto when there is no such file. */
static bool
starts_itself(struct systemd *systemd, const char *cluster)
{
	const char *path = arena_printf(systemd->arena, "%s/start.conf", cluster);
	struct span text, line;

	if (root_read(systemd->ctx->root, path, systemd->arena, LIMIT_FILE_BYTES, &text) < 0)
		return true;
	while (text.n) {
		line = span_cut(&text, '\n');
		line = span_trim(span_cut(&line, '#'));
		if (line.n)
			return span_is(line, "auto");
	}
	return true;
}

/* /etc/postgresql/15/main is postgresql@15-main.service. */
static void
postgresql(struct systemd *systemd, struct systemd_unit *owner)
{
	struct root_dir versions = start_list_dir(systemd->ctx, "/etc/postgresql");
	unsigned n = 0;

	for (size_t i = 0; i < versions.n; i++) {
		const char *version =
			arena_printf(systemd->arena, "/etc/postgresql/%s", versions.v[i].name);
		struct root_dir clusters = start_list_dir(systemd->ctx, version);

		for (size_t j = 0; j < clusters.n && n < MAX_CLUSTERS; j++, n++) {
			const char *cluster =
				arena_printf(systemd->arena, "%s/%s", version, clusters.v[j].name);
			const char *conf =
				arena_printf(systemd->arena, "%s/postgresql.conf", cluster);

			if (root_exists(systemd->ctx->root, conf) &&
			    starts_itself(systemd, cluster))
				want(systemd, owner,
				     arena_printf(systemd->arena, "postgresql@%s-%s.service",
						  versions.v[i].name, clusters.v[j].name),
				     conf);
		}
	}
}

static const struct {
	const char *path, *owner;
	void (*run)(struct systemd *systemd, struct systemd_unit *owner);
} generators[] = {
	{"/lib/systemd/system-generators/postfix-instance-generator", "postfix.service", postfix},
	{"/lib/systemd/system-generators/postgresql-generator", "postgresql.service", postgresql},
};

void
systemd_generate(struct systemd *systemd)
{
	if (systemd->user || root_exists(systemd->ctx->root, "/run/systemd/generator"))
		return;
	for (size_t i = 0; i < COUNT_OF(generators); i++) {
		struct systemd_unit *owner = systemd_get(systemd, generators[i].owner);

		if (owner && owner->causes.n && root_exists(systemd->ctx->root, generators[i].path))
			generators[i].run(systemd, owner);
	}
}
