/* Shell files with their switched-off commands: see script.h. */
#include "syntax/script.h"

#include <string.h>

#include "base/attr.h"

/* Words that may stand before the program in a command worth telling from prose. */
static const char *const before[] = {".",   "sh",   "exec",  "nohup",  "nice",
				     "env", "then", "start", "daemon", "start-stop-daemon"};

/* Directories that hold programs; prose names files of other places ("/etc/rc.local"). */
static const char *const homes[] = {"/bin/", "/sbin/",    "/libexec/",
				    "/lib/", "/rc.d/rc.", "/init.d/"};

static bool
is_before(struct span word)
{
	for (size_t i = 0; i < COUNT_OF(before); i++)
		if (span_is(word, before[i]))
			return true;
	return false;
}

static bool
is_program(struct span word)
{
	if (!span_starts(word, "/"))
		return false;
	for (size_t i = 0; i < COUNT_OF(homes); i++)
		if (memmem(word.p, word.n, homes[i], strlen(homes[i])))
			return true;
	return false;
}

/* "# /usr/sbin/in.identd -i" is a command; "# /usr/sbin/in.identd: starts ..." is none. */
static bool
is_command(struct span text)
{
	struct span word = span_word(&text);

	while (is_before(word))
		word = span_word(&text);
	if (!is_program(word) || memchr(":,.", word.p[word.n - 1], 3))
		return false;
	/* A script of an init directory is only run with a word behind it. */
	return !memmem(word.p, word.n, ".d/", 3) || span_word(&text).n;
}

static void
parse(struct syn_tree *tree)
{
	struct sh_reader reader = sh_reader_of(tree);
	struct syn_line line;

	while (sh_peek(&reader, &line)) {
		struct span text = span_trim(line.text);

		if (!span_starts(text, "#") || span_starts(text, "#!")) {
			sh_take_shell(&reader);
			continue;
		}
		while (text.n && (text.p[0] == '#' || text.p[0] == ' ' || text.p[0] == '\t'))
			text = span_skip(text, 1);
		if (is_command(text)) {
			struct syn_node *node = sh_take(&reader, SCRIPT_OFF, line);

			syn_words_split(tree, node, (struct syn_line){line.raw, text, line.line});
		} else {
			sh_take(&reader, SYN_COMMENT, line);
		}
	}
}

static const char *const kinds[] = {SH_KINDS, "off", NULL};

const struct syn_format syn_format_script = {
	.name = "script",
	.doc = "rc.local, Slackware's rc.inet2 and rc.*: shell with switched-off commands",
	.kinds = kinds,
	.parse = parse,
};
