#include "base/diag.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/vec.h"

static const char *const level_names[DIAG_N_LEVELS] = {
	[DIAG_NOTE] = "note",
	[DIAG_WARNING] = "warning",
	[DIAG_ERROR] = "error",
	[DIAG_UNSEEN] = "unseen",
};

struct diags
diags_of(struct arena *arena)
{
	return (struct diags){.arena = arena};
}

void
diag_add(struct diags *diags, enum diag_level level, const char *file, uint32_t line, uint32_t col,
	 const char *fmt, ...)
{
	char text[LIMIT_MESSAGE];
	va_list ap;

	diags->count[level]++;
	if (diags->n >= LIMIT_DIAGS) {
		diags->dropped++;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	vec_push(diags->arena, diags,
		 (struct diag){level, arena_dup(diags->arena, file), line, col,
			       arena_dup(diags->arena, text)});
}

void
diags_add_all(struct diags *diags, const struct diags *other)
{
	for (size_t i = 0; i < other->n; i++)
		vec_push(diags->arena, diags, other->v[i]);
	for (int level = 0; level < DIAG_N_LEVELS; level++)
		diags->count[level] += other->count[level];
	diags->dropped += other->dropped;
}

const char *
diag_level_name(enum diag_level level)
{
	return level_names[level];
}

char *
diag_line(struct arena *arena, const struct diag *diag)
{
	const char *level = diag->level == DIAG_UNSEEN ? "not seen" : diag_level_name(diag->level);

	if (!diag->file)
		return arena_printf(arena, "%s: %s", level, diag->text);
	if (!diag->line)
		return arena_printf(arena, "%s: %s: %s", diag->file, level, diag->text);
	if (!diag->col)
		return arena_printf(arena, "%s:%u: %s: %s", diag->file, diag->line, level,
				    diag->text);
	return arena_printf(arena, "%s:%u:%u: %s: %s", diag->file, diag->line, diag->col, level,
			    diag->text);
}
