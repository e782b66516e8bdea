/* Tables on libsmartcols. Cells are safe text and folded to their column's width before they get
 * there; it does the grid. */
#include "report/list.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/err.h"
#include "report/safe.h"

/* Long cells of narrow tables go on in the next line; nothing is cut off (AUD-31). */
#define UNFOLDED 1000000
#define FOLD_LEAST 8

static void
unref_table(struct libscols_table **table)
{
	scols_unref_table(*table);
}

static void
check(int r)
{
	if (r < 0)
		err_no_memory();
}

/* A table's texts, row by row, and the width each column will have. */
struct layout {
	const char **cells;
	const struct column **columns;
	size_t *widths;
	size_t n_columns;
};

static void
measure(struct report_ctx *ctx, const struct report_list *list, struct layout *layout)
{
	size_t n = 0;

	while (list->view[n])
		n++;
	layout->n_columns = n;
	layout->columns = arena_array(ctx->arena, n, sizeof(*layout->columns));
	layout->widths = arena_array(ctx->arena, n, sizeof(*layout->widths));
	layout->cells = arena_array(ctx->arena, n * list->n, sizeof(*layout->cells));
	for (size_t k = 0; k < n; k++) {
		layout->columns[k] = column_find(list->set, list->view[k]);
		layout->widths[k] = strlen(layout->columns[k]->header);
	}
	for (size_t i = 0; i < n * list->n; i++) {
		size_t k = i % n, columns;
		const char *text = column_text(ctx, layout->columns[k], list->records[i / n]);

		/* See print_lines: the first cell of a row is never empty. */
		layout->cells[i] = k == 0 && !*text ? "-" : text;
		columns = safe_columns(layout->cells[i]);
		if (columns > layout->widths[k])
			layout->widths[k] = columns;
	}
}

/* The widest column that may be folded gives way until all fit. */
static void
shrink(struct layout *layout, size_t width)
{
	size_t total = layout->n_columns - 1;

	for (size_t k = 0; k < layout->n_columns; k++)
		total += layout->widths[k];
	for (; total > width; total--) {
		size_t widest = layout->n_columns;

		for (size_t k = 0; k < layout->n_columns; k++)
			if ((layout->columns[k]->flags & COLUMN_FOLD) &&
			    layout->widths[k] > FOLD_LEAST &&
			    (widest == layout->n_columns ||
			     layout->widths[k] > layout->widths[widest]))
				widest = k;
		if (widest == layout->n_columns)
			return;
		layout->widths[widest]--;
	}
}

/* Where the first line of text ends: at a blank or behind a '/', ':', ',', '-' or '@', else hard.
 */
static const char *
break_at(const char *text, size_t width)
{
	const char *good = NULL, *p = text;
	size_t columns = 0;

	while (*p) {
		const char *from = p;
		int bad, wide = wcwidth((wchar_t)safe_next(&p, &bad));

		columns += (size_t)(wide < 0 ? 1 : wide);
		if (columns > width && *from != ' ')
			return good ? good : from > text ? from : p;
		if (*from == ' ')
			good = from;
		else if (strchr("/:,-@", *from) && *p)
			good = p;
	}
	return p;
}

static char *
fold_cell(struct arena *arena, const char *text, size_t width)
{
	char *out = arena_alloc(arena, strlen(text) * 2 + 1), *at = out;

	while (*text) {
		const char *end = break_at(text, width);

		at = mempcpy(at, text, (size_t)(end - text));
		text = end;
		while (*text == ' ')
			text++;
		if (*text)
			*at++ = '\n';
	}
	return out;
}

static struct libscols_table *
make_table(const struct layout *layout)
{
	struct libscols_table *table = scols_new_table();

	if (!table)
		err_no_memory();
	scols_table_enable_noencoding(table, 1);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
	check(scols_table_set_termwidth(table, UNFOLDED));
	for (size_t k = 0; k < layout->n_columns; k++) {
		const struct column *column = layout->columns[k];
		unsigned right = column->flags & COLUMN_RIGHT ? SCOLS_FL_RIGHT : 0;
		struct libscols_column *made;

		made = scols_table_new_column(table, column->header, 0,
					      (int)(right | SCOLS_FL_WRAP));
		if (!made)
			err_no_memory();
		check(scols_column_set_wrapfunc(made, scols_wrapnl_chunksize,
						scols_wrapnl_nextchunk, NULL));
		check(scols_column_set_safechars(made, "\n"));
	}
	return table;
}

static void
fill_table(struct report_ctx *ctx, const struct report_list *list, const struct layout *layout,
	   struct libscols_table *table)
{
	for (size_t i = 0; i < list->n; i++) {
		struct libscols_line *line = scols_table_new_line(table, NULL);

		if (!line)
			err_no_memory();
		for (size_t k = 0; k < layout->n_columns; k++) {
			const char *text = layout->cells[i * layout->n_columns + k];

			if (ctx->options->width && (layout->columns[k]->flags & COLUMN_FOLD))
				text = fold_cell(ctx->arena, text, layout->widths[k]);
			check(scols_line_set_data(line, k, text));
		}
	}
}

static void
print_below(struct report_ctx *ctx, const struct report_list *list, size_t record)
{
	const char *text = list->below ? list->below(ctx, list->records[record]) : NULL;
	const struct report_options *options = ctx->options;

	if (!text || !*text)
		return;
	if (options->colour)
		fputs("\033[2m", options->out);
	safe_fold(options->out, safe_text(ctx->arena, text), list->indent, options->width, 0);
	if (options->colour)
		fputs("\033[0m", options->out);
}

static void
print_line(struct report_ctx *ctx, const char *line, size_t n, const char *paint)
{
	FILE *out = ctx->options->out;

	while (n && line[n - 1] == ' ')
		n--;
	if (paint && ctx->options->colour) {
		size_t word = span_find((struct span){line, n}, ' ');

		fprintf(out, "\033[%sm%.*s\033[0m", paint, (int)word, line);
		line += word;
		n -= word;
	}
	fwrite(line, 1, n, out);
	fputc('\n', out);
}

/*
 * The first column is never empty, so a line that begins with a blank goes on with the record
 * above, and a record's second line follows when the next one begins.
 */
static void
print_lines(struct report_ctx *ctx, const struct report_list *list, const char *text)
{
	size_t line = 0, record = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");
		bool begins = line > 0 && n > 0 && *text != ' ';

		if (begins && record > 0)
			print_below(ctx, list, record - 1);
		if (begins)
			record++;
		print_line(ctx, text, n,
			   line == 0               ? "1"
			   : begins && list->paint ? list->paint(list->records[record - 1])
						   : NULL);
		line++;
		text += n + (text[n] == '\n');
	}
	if (record)
		print_below(ctx, list, record - 1);
}

void
report_list_table(struct report_ctx *ctx, const struct report_list *list)
{
	cleanup(unref_table) struct libscols_table *table = NULL;
	struct layout layout;
	char *text = NULL;

	if (list->n == 0)
		return;
	measure(ctx, list, &layout);
	if (ctx->options->width)
		shrink(&layout, ctx->options->width);
	table = make_table(&layout);
	fill_table(ctx, list, &layout, table);
	check(scols_print_table_to_string(table, &text));
	print_lines(ctx, list, text);
	free(text);
}

/* One line per record, columns between tabs, no heading: for grep, cut and awk. */
void
report_list_plain(struct report_ctx *ctx, const struct report_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; list->view[k]; k++) {
			const struct column *column = column_find(list->set, list->view[k]);
			const char *text = column_text(ctx, column, list->records[i]);

			fprintf(ctx->options->out, "%s%c", *text ? text : "-",
				list->view[k + 1] ? '\t' : '\n');
		}
}

static void
cell_json(struct report_ctx *ctx, struct jsonout *json, const struct column *column,
	  const void *record)
{
	struct cell cell = {0};

	column->get(ctx, record, &cell);
	if (cell.null) {
		jsonout_null(json, column->name);
		return;
	}
	switch (column->type) {
	case COLUMN_TEXT:
		jsonout_text(json, column->name, cell.text);
		return;
	case COLUMN_NUMBER:
		jsonout_number(json, column->name, cell.number);
		return;
	case COLUMN_BOOL:
		jsonout_bool(json, column->name, cell.yes);
		return;
	default:
		break;
	}
	jsonout_open(json, column->name, '[');
	for (const char *const *text = cell.texts; text && *text; text++)
		jsonout_text(json, NULL, *text);
	for (size_t i = 0; i < cell.n && cell.numbers; i++)
		jsonout_number(json, NULL, cell.numbers[i]);
	for (size_t i = 0; i < cell.n && cell.row; i++)
		report_record_json(ctx, json, NULL, column->rows, cell.row + i * cell.stride);
	jsonout_close(json, ']');
}

void
report_record_json(struct report_ctx *ctx, struct jsonout *json, const char *key,
		   const struct column_set *set, const void *record)
{
	jsonout_open(json, key, '{');
	for (const struct column *column = set->columns; column->name; column++)
		if (!(column->flags & COLUMN_SHOWN))
			cell_json(ctx, json, column, record);
	jsonout_close(json, '}');
}

void
report_list_json(struct report_ctx *ctx, struct jsonout *json, const struct report_list *list)
{
	jsonout_open(json, list->key, '[');
	for (size_t i = 0; i < list->n; i++)
		report_record_json(ctx, json, NULL, list->set, list->records[i]);
	jsonout_close(json, ']');
}

static void
whole_json(struct report_ctx *ctx, const struct report_list *list)
{
	struct jsonout json = jsonout_to(ctx->options->out);

	jsonout_open(&json, NULL, '{');
	jsonout_number(&json, "schema", REPORT_SCHEMA);
	jsonout_text(&json, "host", ctx->audit->host);
	jsonout_bool(&json, "complete", audit_complete(ctx->audit));
	report_list_json(ctx, &json, list);
	jsonout_close(&json, '}');
}

bool
report_list_write(struct report_ctx *ctx, const char *format, const struct report_list *list)
{
	if (text_is(format, "json"))
		whole_json(ctx, list);
	else if (text_is(format, "plain"))
		report_list_plain(ctx, list);
	else if (text_is(format, "table"))
		report_list_table(ctx, list);
	else
		return false;
	return true;
}
