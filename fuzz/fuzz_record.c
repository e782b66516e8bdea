/*
 * What a taken-over worker sends to the log process, and what strangers send to the resolver: each
 * record that record_next() believes must be writable in every format without a byte that could
 * break a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/logger.h"
#include "engine/resolver.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_plain(const struct line *line, char also)
{
	if (line->cut)
		abort();
	for (size_t i = 0; i < line->n; i++)
		if ((line->v[i] < ' ' || line->v[i] >= 0x7f) && line->v[i] != also)
			abort();
}

static void
show(struct log_event *event, char *room, size_t size)
{
	for (event->what = 0; event->what < LOG_N_WHATS; event->what++) {
		struct line line = {.v = room, .cap = size};

		if (event->what == LOG_USERID_LINE && !event->user)
			continue;
		log_stamp(&line, event->record->time);
		log_text(&line, event);
		must_be_plain(&line, ' ');
		line.n = 0;
		log_json(&line, event);
		must_be_plain(&line, ' ');
		line.n = 0;
		log_journal(&line, event);
		must_be_plain(&line, '\n');
	}
}

static void
strangers(const char *data, size_t size)
{
	char *text = malloc(size + 1), user[256], system[32];
	const char *why;

	if (!text)
		abort();
	memcpy(text, data, size); /* strndup(3) wants a string, to AddressSanitizer's mind */
	text[size] = '\0';
	if (stranger_name(text, user) && strlen(user) > 253)
		abort();
	if (stranger_ident(data, size, 1, 2, user, system, &why) && (!user[0] || !system[0]))
		abort();
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char room[16 * RECORD_MAX];
	struct flood flood = {0};
	char *copy = aligned_alloc(8, (size + 8) / 8 * 8);
	struct record_in in = {copy, copy + size};
	const char *user, *rule_file, *text;
	const struct record *record;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	strangers(copy, size);
	while ((record = record_next(&in, &user, &rule_file, &text))) {
		struct log_event event = {.record = record,
					  .user = user,
					  .rule_file = rule_file,
					  .text = text,
					  .id = "service",
					  .flags = UINT32_MAX,
					  .time = record->time > 0 ? record->time : 0};

		show(&event, room, sizeof(room));
		flood_pass(&flood, &flood, record, (uint8_t)size, (uint8_t)(size >> 3), 1);
	}
	free(flood.cells);
	free(copy);
	return 0;
}
