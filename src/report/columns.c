/* What all columns share: finding them, and the text form of every type of cell. */
#include "report/columns.h"

#include <string.h>

#include "report/safe.h"

const struct column *
column_find(const struct column_set *set, const char *name)
{
	for (const struct column *column = set->columns; column->name; column++)
		if (strcmp(column->name, name) == 0)
			return column;
	return NULL;
}

static const char *
join(struct report_ctx *ctx, const char *before, const char *text)
{
	return before ? arena_printf(ctx->arena, "%s %s", before, text) : text;
}

static const char *
texts(struct report_ctx *ctx, const struct column *column, const struct cell *cell)
{
	const char *text = NULL;

	for (const char *const *t = cell->texts; t && *t; t++)
		text = join(ctx, text, *t);
	return text;
}

static const char *
numbers(struct report_ctx *ctx, const struct column *column, const struct cell *cell)
{
	const char *text = NULL;

	for (size_t i = 0; i < cell->n; i++)
		text = join(ctx, text,
			    arena_printf(ctx->arena, "%lld", (long long)cell->numbers[i]));
	return text;
}

/* Records inside a cell: the first column of each. */
static const char *
rows(struct report_ctx *ctx, const struct column *column, const struct cell *cell)
{
	const char *text = NULL;

	for (size_t i = 0; i < cell->n; i++)
		text = join(ctx, text,
			    column_text(ctx, column->rows->columns, cell->row + i * cell->stride));
	return text;
}

static const char *
text(struct report_ctx *ctx, const struct column *column, const struct cell *cell)
{
	return cell->text;
}

static const char *
number(struct report_ctx *ctx, const struct column *column, const struct cell *cell)
{
	return arena_printf(ctx->arena, "%lld", (long long)cell->number);
}

static const char *
yes_or_no(struct report_ctx *ctx, const struct column *column, const struct cell *cell)
{
	return cell->yes ? "yes" : "no";
}

static const char *(*const as_text[COLUMN_N_TYPES])(struct report_ctx *, const struct column *,
						    const struct cell *) = {
	[COLUMN_TEXT] = text,   [COLUMN_NUMBER] = number,   [COLUMN_BOOL] = yes_or_no,
	[COLUMN_TEXTS] = texts, [COLUMN_NUMBERS] = numbers, [COLUMN_ROWS] = rows,
};

const char *
column_text(struct report_ctx *ctx, const struct column *column, const void *record)
{
	struct cell cell = {0};

	column->get(ctx, record, &cell);
	return cell.null ? "" : safe_text(ctx->arena, as_text[column->type](ctx, column, &cell));
}

void
report_begin(struct report_ctx *ctx, const struct audit *audit,
	     const struct report_options *options)
{
	struct arena *arena = arena_new();

	*ctx = (struct report_ctx){audit,         options,       arena,
				   map_of(arena), map_of(arena), map_of(arena)};
	for (size_t i = 0; i < audit->listeners.n; i++)
		map_put(&ctx->listener_at, (uintptr_t)audit->listeners.v[i], (void *)(i + 1));
	for (size_t i = 0; i < audit->starts.n; i++)
		map_put(&ctx->start_at, (uintptr_t)audit->starts.v[i], (void *)(i + 1));
}

void
report_end(struct report_ctx *ctx)
{
	arena_freep(&ctx->arena);
}
