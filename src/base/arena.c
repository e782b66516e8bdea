#include "base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define BLOCK_BYTES ((size_t)64 << 10)

struct block {
	struct block *next;
	size_t used, size;
	max_align_t data[];
};

struct arena {
	struct block *top;
	size_t used;
};

struct arena *
arena_new(void)
{
	struct arena *arena = calloc(1, sizeof(*arena));

	if (!arena)
		err_no_memory();
	return arena;
}

void
arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct block *block = arena->top; block;) {
		struct block *next = block->next;

		free(block);
		block = next;
	}
	free(arena);
}

void
arena_freep(struct arena **arena)
{
	arena_free(*arena);
	*arena = NULL;
}

/* A block for at least this many bytes. A big one goes below the top, which keeps its room. */
static struct block *
block_add(struct arena *arena, size_t bytes)
{
	size_t size = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
	struct block *block;

	if (size > SIZE_MAX - sizeof(*block))
		err_no_memory();
	block = calloc(1, sizeof(*block) + size);
	if (!block)
		err_no_memory();
	block->size = size;
	if (arena->top && bytes > BLOCK_BYTES / 4) {
		block->next = arena->top->next;
		arena->top->next = block;
	} else {
		block->next = arena->top;
		arena->top = block;
	}
	return block;
}

void *
arena_alloc(struct arena *arena, size_t bytes)
{
	const size_t align = _Alignof(max_align_t);
	struct block *block = arena->top;
	void *p;

	if (bytes > SIZE_MAX - align)
		err_no_memory();
	bytes = (bytes + align - 1) / align * align;
	if (!block || block->size - block->used < bytes)
		block = block_add(arena, bytes);
	p = (char *)block->data + block->used;
	block->used += bytes;
	arena->used += bytes;
	return p;
}

void *
arena_array(struct arena *arena, size_t n, size_t bytes)
{
	size_t all;

	if (__builtin_mul_overflow(n, bytes, &all))
		err_no_memory();
	return arena_alloc(arena, all);
}

char *
arena_dupn(struct arena *arena, const char *text, size_t n)
{
	char *copy;

	if (n == SIZE_MAX)
		err_no_memory();
	copy = arena_alloc(arena, n + 1);
	if (n)
		memcpy(copy, text, n);
	return copy;
}

char *
arena_dup(struct arena *arena, const char *text)
{
	return text ? arena_dupn(arena, text, strlen(text)) : NULL;
}

char *
arena_vprintf(struct arena *arena, const char *fmt, va_list ap)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		err_no_memory();
	text = arena_alloc(arena, (size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, fmt, ap);
	return text;
}

char *
arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	return text;
}

void
arena_adopt(struct arena *parent, struct arena *child)
{
	struct block **end = parent->top ? &parent->top->next : &parent->top;
	struct block *rest = *end;

	/* Below the parent's top, which keeps its room. */
	*end = child->top;
	while (*end)
		end = &(*end)->next;
	*end = rest;
	parent->used += child->used;
	free(child);
}

size_t
arena_used(const struct arena *arena)
{
	return arena->used;
}
