/*
 * syndump FORMAT [FILE]: a parsed file as text, for golden tests: one line per node with its
 * kind, place, parent and words, then the diagnostics. Fails when the nodes do not tile the file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "syntax/tree.h"

static void
print_text(struct span s)
{
	putchar('"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ' || c == 0x7f)
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void
print_node(const struct syn_tree *tree, size_t i)
{
	const struct syn_node *node = &tree->nodes[i];

	printf("%zu %u:%u %s", i, node->line, node->col, syn_kind_name(tree, node));
	if (node->parent >= 0)
		printf(" in %d", node->parent);
	for (uint32_t w = 0; w < node->n_words; w++) {
		const struct syn_word *word = &node->words[w];

		printf(" %u:%u=", word->line, word->col);
		print_text(word->text);
	}
	putchar('\n');
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct diags diags = diags_of(arena);
	const struct syn_format *format = argc > 1 ? syn_format_find(argv[1]) : NULL;
	const char *name = argc > 2 ? text_basename(argv[2]) : "input";
	struct syn_tree *tree;
	struct span text, again;
	int fd = argc > 2 ? open(argv[2], O_RDONLY | O_CLOEXEC) : STDIN_FILENO;

	if (!format || fd < 0 || fd_read_all(fd, arena, (size_t)64 << 20, &text) < 0) {
		fprintf(stderr, "usage: syndump FORMAT [FILE]\n");
		return 2;
	}
	tree = syn_parse(format, arena, &diags, name, text);
	for (size_t i = 0; i < tree->n_nodes; i++)
		print_node(tree, i);
	for (size_t i = 0; i < diags.n; i++)
		puts(diag_line(arena, &diags.v[i]));
	again = syn_text(tree);
	if (again.n != text.n || (text.n && memcmp(again.p, text.p, text.n) != 0)) {
		puts("NOT LOSSLESS");
		return 1;
	}
	arena_free(arena);
	return 0;
}
