/* start/: SysV's links as init runs them, which init a machine has, what a script's words mean. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "start/sysv.h"
#include "syntax/assignments.h"

/* A throwaway tree and all that a reader needs. */
struct tree {
	char dir[64];
	struct arena *arena;
	struct diags diags;
	struct root root;
	struct start_list list;
	struct start_ctx ctx;
};

static int
make_tree(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));
	struct err err;

	snprintf(tree->dir, sizeof(tree->dir), "/tmp/t_sysv.XXXXXX");
	if (!mkdtemp(tree->dir) || root_open(&tree->root, tree->dir, &err) < 0)
		return -1;
	tree->arena = arena_new();
	tree->diags = diags_of(tree->arena);
	tree->ctx = (struct start_ctx){.root = &tree->root,
				       .arena = tree->arena,
				       .diags = &tree->diags,
				       .out = &tree->list};
	*state = tree;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

static int
remove_tree(void **state)
{
	struct tree *tree = *state;

	root_close(&tree->root);
	nftw(tree->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	arena_free(tree->arena);
	free(tree);
	return 0;
}

/* The directories above path, below the tree. */
static char *
place(struct tree *tree, const char *path)
{
	char *full = arena_printf(tree->arena, "%s%s", tree->dir, path);

	for (char *p = full + strlen(tree->dir) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		mkdir(full, 0755);
		*p = '/';
	}
	return full;
}

static void
put(struct tree *tree, const char *path, const char *text)
{
	int fd = open(place(tree, path), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0755);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void
put_link(struct tree *tree, const char *target, const char *path)
{
	assert_int_equal(symlink(target, place(tree, path)), 0);
}

/* AUD-24: link name, S or K, order, name, target; AUD-27: in the order init runs them. */
static void
links_are_split_and_ordered(void **state)
{
	static const struct {
		const char *name;
		char action;
		unsigned order;
		const char *service, *script;
	} want[] = {
		{"K46radvd", 'K', 46, "radvd", "/etc/rc.d/init.d/radvd"},
		{"K55routed", 'K', 55, "routed", "/etc/rc.d/init.d/routed"},
		{"S20apmd", 'S', 20, "apmd", NULL},
		{"S20random", 'S', 20, "random", "/etc/rc.d/init.d/random"},
		{"S97rhnsd", 'S', 97, "rhnsd", "/etc/rc.d/init.d/rhnsd"},
	};
	static const char *const others[] = {"s20x", "S2x", "S20", "Sxxy", "T20x", "README", ".x"};
	struct tree *tree = *state;
	struct sysv_links links;

	for (size_t i = 0; i < COUNT_OF(want); i++) {
		const char *script =
			arena_printf(tree->arena, "/etc/rc.d/init.d/%s", want[i].service);

		if (want[i].script)
			put(tree, script, "#!/bin/sh\n");
		put_link(tree, arena_printf(tree->arena, "../init.d/%s", want[i].service),
			 arena_printf(tree->arena, "/etc/rc.d/rc3.d/%s", want[i].name));
	}
	for (size_t i = 0; i < COUNT_OF(others); i++)
		put_link(tree, "../init.d/random",
			 arena_printf(tree->arena, "/etc/rc.d/rc3.d/%s", others[i]));
	put_link(tree, "rc.d/rc3.d", "/etc/rc3.d");
	links = sysv_links(&tree->ctx, "3");
	assert_int_equal(links.n, COUNT_OF(want));
	for (size_t i = 0; i < links.n; i++) {
		assert_string_equal(links.v[i].name, want[i].name);
		assert_int_equal(links.v[i].action, want[i].action);
		assert_int_equal(links.v[i].order, want[i].order);
		assert_string_equal(links.v[i].service, want[i].service);
		assert_string_equal(links.v[i].target,
				    arena_printf(tree->arena, "../init.d/%s", want[i].service));
		assert_true(text_is(links.v[i].script, want[i].script));
	}
	/* one dangling link is a warning; five names are no links, two are not worth a word */
	assert_int_equal(tree->diags.count[DIAG_WARNING], 1);
	assert_int_equal(tree->diags.count[DIAG_NOTE], 5);
}

static void
default_runlevel_is_what_init_takes(void **state)
{
	struct tree *tree = *state;

	assert_string_equal(sysv_default_runlevel(&tree->ctx), "2");
	put(tree, "/etc/redhat-release", "");
	assert_string_equal(sysv_default_runlevel(&tree->ctx), "3");
	put(tree, "/etc/init/rc-sysinit.conf", "#env DEFAULT_RUNLEVEL=1\nenv DEFAULT_RUNLEVEL=4\n");
	assert_string_equal(sysv_default_runlevel(&tree->ctx), "4");
	put(tree, "/etc/inittab", "#id:3:initdefault:\nid:5:initdefault:\nx:6:wait:/x\n");
	assert_string_equal(sysv_default_runlevel(&tree->ctx), "5");
	tree->ctx.default_runlevel = "2";
	assert_string_equal(sysv_default_runlevel(&tree->ctx), "2");
}

static void
init_is_told_by_its_files(void **state)
{
	/* at most three files or links ("-> target") that make a machine of that init */
	static const struct {
		const char *init;
		const char *files[3][2];
	} machines[] = {
		{"unknown", {{"/etc/passwd", ""}}},
		{"systemd",
		 {{"/sbin/init", "-> ../lib/systemd/systemd"}, {"/lib/systemd/systemd", ""}}},
		{"systemd", {{"/sbin/init", "-> /usr/lib/systemd/systemd"}}},
		{"sysv",
		 {{"/sbin/init", "ELF"}, {"/etc/inittab", "si::sysinit:/etc/init.d/rcS\n"}}},
		/* packages leave jobs behind; that makes no upstart of sysvinit */
		{"sysv",
		 {{"/sbin/init", "ELF"},
		  {"/etc/inittab", "1:2:respawn:/sbin/getty\n"},
		  {"/etc/init/tftpd-hpa.conf", ""}}},
		{"upstart", {{"/sbin/init", "ELF"}, {"/etc/init/rc-sysinit.conf", ""}}},
		/* Red Hat 6 keeps inittab for its initdefault */
		{"upstart",
		 {{"/sbin/init", "ELF"},
		  {"/etc/init/rcS.conf", ""},
		  {"/etc/inittab", "id:3:initdefault:\n"}}},
		{"openrc",
		 {{"/sbin/init", "ELF"}, {"/etc/inittab", "si::sysinit:/sbin/openrc sysinit\n"}}},
		{"openrc", {{"/sbin/init", "-> openrc-init"}}},
		/* Alpine */
		{"openrc",
		 {{"/sbin/init", "-> /bin/busybox"},
		  {"/bin/busybox", ""},
		  {"/etc/inittab", "::sysinit:/sbin/openrc sysinit\n"}}},
		/* Debian's OpenRC: inittab names rcS, which is OpenRC's own */
		{"openrc",
		 {{"/sbin/init", "ELF"},
		  {"/etc/inittab", "si::sysinit:/etc/init.d/rcS\n"},
		  {"/etc/init.d/rcS", "#!/bin/sh\nexec /sbin/openrc sysinit\n"}}},
		{"busybox", {{"/sbin/init", "-> /bin/busybox"}, {"/bin/busybox", ""}}},
		{"runit", {{"/sbin/init", "-> /lib/runit/runit-init"}}},
		{"finit", {{"/sbin/init", "-> finit"}}},
		{"s6", {{"/sbin/init", "-> /etc/s6-linux-init/current/bin/init"}}},
		{"unknown", {{"/sbin/init", "-> init"}}},
	};

	for (size_t i = 0; i < COUNT_OF(machines); i++) {
		struct tree *tree = NULL;

		assert_int_equal(make_tree((void **)&tree), 0);
		for (size_t k = 0; k < 3 && machines[i].files[k][0]; k++) {
			const char *text = machines[i].files[k][1];

			if (text_starts(text, "-> "))
				put_link(tree, text + 3, machines[i].files[k][0]);
			else
				put(tree, machines[i].files[k][0], text);
		}
		if (strcmp(start_init(&tree->root, tree->arena), machines[i].init) != 0)
			fail_msg("machine %zu is %s, not %s", i,
				 start_init(&tree->root, tree->arena), machines[i].init);
		remove_tree((void **)&tree);
	}
	(void)state;
}

/* Expected values are those of dash. */
static void
words_mean_what_a_shell_says(void **state)
{
	static const struct {
		const char *raw, *value; /* NULL = only a running shell knows */
	} words[] = {
		{"plain", "plain"},
		{"'$NAME'", "$NAME"},
		{"\"/usr/sbin/$NAME\"", "/usr/sbin/sshd"},
		{"${NAME}d", "sshdd"},
		{"$NAMEd", ""},
		{"${NONE:-/x/${NAME}}", "/x/sshd"},
		{"${NONE-a}${NAME:-b}", "asshd"},
		{"${NAME:+yes}${NONE:+no}", "yes"},
		{"${0##*/}", "script"},
		{"a\\ b\\\\", "a b\\"},
		{"\"a 'b'\"c", "a 'b'c"},
		{"$(id)", NULL},
		{"`id`", NULL},
		{"$1", NULL},
		{"${NAME%d}", NULL},
		{"$", "$"},
		{"a$", "a$"},
		{"${NAME", NULL},
	};
	struct tree *tree = *state;
	struct sh_vars vars = sh_vars_of(tree->arena, "/etc/init.d/script");

	sh_set(&vars, "NAME", "sshd");
	for (size_t i = 0; i < COUNT_OF(words); i++) {
		const char *value = sh_expand(&vars, span_of(words[i].raw));

		if (!text_is(value, words[i].value))
			fail_msg("%s is %s, not %s", words[i].raw, value, words[i].value);
	}
}

static void
commands_are_found_between_operators(void **state)
{
	static const char text[] =
		"case $1 in\n  start|restart)\n\tif A=1 one x; then two >/dev/null "
		"2>&1 y; fi &\n\t;;\nesac\n( three ) || ! four <<E\nfive\nE\n";
	static const char *const want[] = {"case", "one x", "two y", "three", "four"};
	struct tree *tree = *state;
	struct syn_tree *parsed = syn_parse(&syn_format_assignments, tree->arena, &tree->diags,
					    "text", span_of(text));
	struct sh_walk walk = {.tree = parsed};
	struct sh_command command;
	size_t n = 0;

	while (sh_next_command(&walk, tree->arena, &command)) {
		const char *words = span_dup(tree->arena, command.words[0]->text);

		assert_true(n < COUNT_OF(want));
		for (size_t i = 1; i < command.n && n; i++)
			words = arena_printf(tree->arena, "%s %s", words,
					     span_dup(tree->arena, command.words[i]->text));
		assert_string_equal(words, want[n++]);
	}
	assert_int_equal(n, COUNT_OF(want));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(links_are_split_and_ordered, make_tree,
						remove_tree),
		cmocka_unit_test_setup_teardown(default_runlevel_is_what_init_takes, make_tree,
						remove_tree),
		cmocka_unit_test(init_is_told_by_its_files),
		cmocka_unit_test_setup_teardown(words_mean_what_a_shell_says, make_tree,
						remove_tree),
		cmocka_unit_test_setup_teardown(commands_are_found_between_operators, make_tree,
						remove_tree),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
