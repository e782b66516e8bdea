/* inittab as a tree: see inittab.h. */
#include "syntax/inittab.h"

#include "base/attr.h"

static const char *const actions[] = {
	"respawn",    "wait",        "once",         "boot",    "bootwait",
	"off",        "ondemand",    "initdefault",  "sysinit", "powerwait",
	"powerfail",  "powerokwait", "powerfailnow", "resume",  "kbrequest",
	"ctrlaltdel", "askfirst",    "shutdown",     "restart",
};

bool
inittab_is_action(struct span action)
{
	for (size_t i = 0; i < COUNT_OF(actions); i++)
		if (span_is(action, actions[i]))
			return true;
	return false;
}

/* id:runlevels:action:process; false when there are not so many fields. */
static bool
cut(struct span text, struct span fields[4])
{
	for (size_t i = 0; i < 3; i++) {
		if (span_find(text, ':') == text.n)
			return false;
		fields[i] = span_cut(&text, ':');
	}
	fields[3] = text;
	return true;
}

static void
add(struct syn_tree *tree, unsigned kind, struct syn_line line, const struct span fields[4])
{
	struct syn_node *node = syn_add(tree, kind, line.raw, line.line);

	for (size_t i = 0; i < 4; i++)
		syn_word_add(tree, node, fields[i], i == 3 ? span_trim(fields[i]) : fields[i],
			     line.line);
}

static void
parse_line(struct syn_tree *tree, struct syn_line line)
{
	struct span text = span_trim(line.text), fields[4];

	if (!text.n) {
		syn_add(tree, SYN_BLANK, line.raw, line.line);
		return;
	}
	if (text.p[0] == '#') {
		while (text.n && (text.p[0] == '#' || text.p[0] == ' ' || text.p[0] == '\t'))
			text = span_skip(text, 1);
		if (cut(text, fields) && inittab_is_action(fields[2]))
			add(tree, INITTAB_COMMENTED, line, fields);
		else
			syn_add(tree, SYN_COMMENT, line.raw, line.line);
		return;
	}
	if (!cut(text, fields)) {
		syn_add(tree, SYN_BAD, line.raw, line.line);
		syn_diag(tree, DIAG_ERROR, text.p, line.line,
			 "not id:runlevels:action:process; init leaves it out");
		return;
	}
	add(tree, INITTAB_ENTRY, line, fields);
	if (!inittab_is_action(fields[2])) {
		tree->nodes[tree->n_nodes - 1].kind = SYN_BAD;
		syn_diag(tree, DIAG_ERROR, fields[2].p, line.line,
			 "no such action: '%.*s'; init leaves the line out", SPAN_ARG(fields[2]));
	}
}

static void
parse(struct syn_tree *tree)
{
	struct syn_lines lines = syn_lines_of(tree->text);
	struct syn_line line;

	while (syn_lines_next(&lines, &line))
		parse_line(tree, line);
}

static const char *const kinds[] = {"entry", "commented", NULL};

const struct syn_format syn_format_inittab = {
	.name = "inittab",
	.doc = "/etc/inittab of sysvinit and busybox",
	.kinds = kinds,
	.parse = parse,
};
