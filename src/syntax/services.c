/* /etc/services, /etc/rpc and /etc/protocols as a tree: see services.h. */
#include "syntax/services.h"

#include "base/num.h"

static void
parse_line(struct syn_tree *tree, struct syn_line line)
{
	struct span text = {line.text.p, span_find(line.text, '#')};
	struct syn_node *node;

	if (!span_trim(line.text).n) {
		syn_add(tree, SYN_BLANK, line.raw, line.line);
	} else if (!span_trim(text).n) {
		syn_add(tree, SYN_COMMENT, line.raw, line.line);
	} else {
		struct services_entry entry;

		node = syn_add(tree, SERVICES_ENTRY, line.raw, line.line);
		line.text = text;
		while (line.text.n && line.text.p[line.text.n - 1] == '\r')
			line.text.n--;
		syn_words_split(tree, node, line);
		if (services_entry_read(node, &entry))
			return;
		node->kind = SYN_BAD;
		syn_diag(tree, DIAG_WARNING, line.raw.p, line.line,
			 "not a name, a number and names; such lines are left out by all programs");
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

bool
services_entry_read(const struct syn_node *node, struct services_entry *ret)
{
	size_t hash = span_find(node->raw, '#');
	struct span number;

	if (node->n_words < 2)
		return false;
	ret->name = node->words[0].text;
	ret->protocol = node->words[1].text;
	number = span_cut(&ret->protocol, '/');
	ret->aliases = node->words + 2;
	ret->n_aliases = node->n_words - 2;
	ret->comment = span_trim(span_skip(node->raw, hash < node->raw.n ? hash + 1 : hash));
	return num_u32(number, UINT32_MAX, &ret->number);
}

static const char *const kinds[] = {"entry", NULL};

const struct syn_format syn_format_services = {
	.name = "services",
	.doc = "/etc/services, /etc/rpc and /etc/protocols",
	.kinds = kinds,
	.parse = parse,
};
