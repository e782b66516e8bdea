/*
 * Fuzz target of one format, compiled once per format with -DFORMAT="name": whatever the bytes
 * are, the tree must hold what syntax/tree.h promises. fuzz/view_<format>.c, where there is
 * one, goes on to the format's typed views. Any broken promise ends the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static const struct syn_tree *shown;

#define must(condition) ((condition) ? (void)0 : broken(#condition, __LINE__))

static void
broken(const char *condition, int line)
{
	fprintf(stderr, "%s: broken promise, line %d: %s\n", shown->format->name, line, condition);
	abort();
}

/* Counts lines as it goes; words mostly come in order, so this is linear for sane parsers. */
struct place {
	const char *at, *line_start;
	uint32_t line;
};

static void
place_move(struct place *place, const struct syn_tree *tree, const char *at)
{
	if (at < place->at)
		*place = (struct place){tree->text.p, tree->text.p, 1};
	for (; place->at < at; place->at++)
		if (*place->at == '\n') {
			place->line++;
			place->line_start = place->at + 1;
		}
}

static bool
is_inside(struct span inner, struct span outer)
{
	return inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n;
}

/* Reads every byte, so that the address sanitizer has its say. */
static void
touch(struct span s)
{
	volatile char byte;

	for (size_t i = 0; i < s.n; i++)
		byte = s.p[i];
	(void)byte;
}

static void
check_words(const struct syn_tree *tree, const struct syn_node *node, struct place *place)
{
	for (uint32_t i = 0; i < node->n_words; i++) {
		const struct syn_word *word = &node->words[i];

		touch(word->raw);
		touch(word->text);
		if (!is_inside(word->raw, tree->text))
			continue; /* made up by the parser */
		must(is_inside(word->raw, node->raw));
		place_move(place, tree, word->raw.p);
		must(word->line == place->line);
		must(word->col == (uint32_t)(word->raw.p - place->line_start) + 1);
	}
}

static void
check_tree(const struct syn_tree *tree)
{
	const char *at = tree->text.p;
	struct place of_nodes = {at, at, 1}, of_words = of_nodes;
	size_t n_kinds = SYN_OWN;
	struct span again;

	while (tree->format->kinds[n_kinds - SYN_OWN])
		n_kinds++;
	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		must(node->raw.p == at && node->raw.n > 0);
		at += node->raw.n;
		must(node->kind < n_kinds);
		must(node->parent < (int64_t)i && node->parent >= -1);
		place_move(&of_nodes, tree, node->raw.p);
		must(node->line == of_nodes.line);
		must(node->col == (uint32_t)(node->raw.p - of_nodes.line_start) + 1);
		check_words(tree, node, &of_words);
	}
	must(at == tree->text.p + tree->text.n);
	again = syn_text(tree);
	must(again.n == tree->text.n);
	must(again.n == 0 || memcmp(again.p, tree->text.p, again.n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct diags diags = diags_of(arena);
	const struct syn_format *format = syn_format_find(FORMAT);
	/* A copy of its own, so that a read past its end is seen. */
	char *copy = malloc(size ? size : 1);
	struct syn_tree *tree;

	if (!format || !copy)
		abort();
	memcpy(copy, data, size);
	tree = syn_parse(format, arena, &diags, "fuzz", (struct span){copy, size});
	shown = tree;
	check_tree(tree);
	if (fuzz_view)
		fuzz_view(tree);
	arena_free(arena);
	free(copy);
	return 0;
}
