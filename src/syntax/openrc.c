#include "syntax/openrc.h"

#include <string.h>

#include "base/attr.h"

static bool
has_word(const struct syn_node *node, const char *text)
{
	for (uint32_t i = 0; i < node->n_words; i++)
		if (span_is(node->words[i].raw, text))
			return true;
	return false;
}

static bool
opens_depend(const struct syn_node *node)
{
	return node->kind == SH_LINE && node->n_words >= 3 &&
	       span_is(node->words[0].raw, "depend") && span_is(node->words[1].raw, "(") &&
	       span_is(node->words[2].raw, ")");
}

static void
parse(struct syn_tree *tree)
{
	struct sh_reader reader = sh_reader_of(tree);
	struct syn_line line;
	bool inside = false;

	if (span_starts(tree->text, "#!") && sh_peek(&reader, &line)) {
		struct syn_node *node = sh_take(&reader, OPENRC_SHEBANG, line);

		line.text = span_skip(line.text, 2);
		syn_words_split(tree, node, line);
	}
	while (sh_peek(&reader, &line)) {
		struct syn_node *node;

		sh_take_shell(&reader);
		node = &tree->nodes[tree->n_nodes - 1];
		if (node->kind != SH_LINE)
			continue;
		if (opens_depend(node))
			inside = true;
		if (inside)
			node->kind = OPENRC_DEPEND;
		if (inside && has_word(node, "}"))
			inside = false;
	}
}

bool
openrc_is_script(const struct syn_tree *tree)
{
	static const char *const names[] = {"/openrc-run", "/runscript"};
	const struct syn_node *node = tree->nodes;

	if (!tree->n_nodes || node->kind != OPENRC_SHEBANG)
		return false;
	for (uint32_t w = 0; w < node->n_words && w < 2; w++)
		for (size_t i = 0; i < COUNT_OF(names); i++)
			if (span_ends(node->words[w].text, names[i]) ||
			    span_is(node->words[w].text, names[i] + 1))
				return true;
	return false;
}

static bool
is_verb(struct span word)
{
	static const char *const verbs[] = {"need",   "use",     "want",   "after",
					    "before", "provide", "keyword"};

	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		if (span_is(word, verbs[i]))
			return true;
	return false;
}

static bool
is_plain(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (strchr("$`(){}<>|&;", word.p[i]))
			return false;
	return word.n > 0;
}

void
openrc_depends(const struct syn_tree *tree,
	       void (*each)(void *data, struct span verb, const struct syn_word *name), void *data)
{
	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];
		struct span verb = {0};

		if (node->kind != OPENRC_DEPEND)
			continue;
		for (uint32_t w = 0; w < node->n_words; w++) {
			const struct syn_word *word = &node->words[w];

			if (!is_plain(word->raw))
				verb = (struct span){0};
			else if (!verb.n && is_verb(word->text))
				verb = word->text;
			else if (verb.n)
				each(data, verb, word);
		}
	}
}

static const char *const kinds[] = {SH_KINDS, "shebang", "depend", NULL};

const struct syn_format syn_format_openrc = {
	.name = "openrc",
	.doc = "OpenRC's service scripts (openrc-run)",
	.kinds = kinds,
	.parse = parse,
};
