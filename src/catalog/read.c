/*
 * One stanza of the catalog into an entry. The fields stand in a table; a stanza with anything
 * not understood is left out as a whole, with a diagnostic for each thing, so that a typing error
 * never makes half a judgement.
 */
#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/near.h"
#include "base/num.h"
#include "catalog/load.h"

struct reading {
	struct catalog_entry *entry;
	struct arena *arena;
	struct syn_tree *tree;
	const struct syn_node *also; /* ports of others: read after its own */
	bool bad, unread;            /* unread: lines the stanza parser could not take */
};

struct field {
	const char *name;
	size_t length; /* of its name: this is looked up some thousand times at each start */
	size_t offset; /* of what it sets in struct catalog_entry */
	void (*read)(struct reading *reading, const struct field *field,
		     const struct syn_node *node);
};

#define complain(reading, at, line, ...)                                                           \
	do {                                                                                       \
		(reading)->bad = true;                                                             \
		syn_diag((reading)->tree, DIAG_ERROR, at, line, __VA_ARGS__);                      \
	} while (0)

static void *
target(struct reading *reading, const struct field *field)
{
	return (char *)reading->entry + field->offset;
}

static const struct syn_word *
value(const struct syn_node *node)
{
	return &node->words[1];
}

static void
read_text(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	const char **text = target(reading, field);

	*text = value_text(reading->arena, node);
	if (!**text)
		complain(reading, value(node)->text.p, node->line, "field \"%s\" is empty",
			 field->name);
}

static void
read_list(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	const char ***list = target(reading, field);

	*list = value_list(reading->arena, node);
}

static void
read_name(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	struct span name = value(node)->text, rest = name;
	struct span word = span_word(&rest);

	if (!word.n || rest.n || node->n_words > 2)
		complain(reading, name.p, node->line, "a service's name is one word");
	reading->entry->name = span_lower(reading->arena, word);
}

static void
read_class(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	struct span class = value(node)->text;

	reading->entry->class = CATALOG_UNKNOWN;
	if (class.n != 1 || !strchr("EHLNIZ?", class.p[0]) || !class.p[0])
		complain(reading, class.p, node->line,
			 "class \"%.*s\": not one of E H L N I Z ? (see gatehouse.catalog(5))",
			 (int)(class.n < 40 ? class.n : 40), class.p);
	else
		reading->entry->class = (enum catalog_class) class.p[0];
}

static void
read_kind(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	struct span kind = value(node)->text;

	if (!span_is(kind, "glossary") && !span_is(kind, "service"))
		complain(reading, kind.p, node->line, "kind: \"service\" or \"glossary\"");
	reading->entry->glossary = span_is(kind, "glossary");
}

static void
read_flags(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	static const struct {
		const char *name;
		size_t offset;
	} flags[] = {
		{"local-ok", offsetof(struct catalog_entry, local_only_ok)},
		{"world-ok", offsetof(struct catalog_entry, world_ok)},
	};

	for (uint32_t i = 1; i < node->n_words; i++) {
		struct span rest = node->words[i].text, word;

		while (word = span_word(&rest), word.n) {
			bool known = false;

			for (size_t f = 0; f < COUNT_OF(flags); f++)
				if (span_is(word, flags[f].name))
					known = *((bool *)reading->entry + flags[f].offset) = true;
			if (!known)
				complain(reading, word.p, node->words[i].line,
					 "flag \"%.*s\": not local-ok or world-ok",
					 (int)(word.n < 40 ? word.n : 40), word.p);
		}
	}
}

/* Ports ------------------------------------------------------------------------------- */

static bool
read_port(struct span word, struct catalog_port *ret)
{
	struct span low = span_cut(&word, '/'), high;

	if (!net_proto_parse(word, &ret->proto))
		return false;
	high = low;
	low = span_cut(&high, '-');
	if (!num_u32(low, 65535, &ret->low))
		return false;
	ret->high = ret->low;
	return !high.n || (num_u32(high, 65535, &ret->high) && ret->high >= ret->low);
}

static void
add_ports(struct reading *reading, const struct syn_node *node)
{
	struct catalog_entry *entry = reading->entry;
	size_t most = 0;
	struct catalog_port *ports;

	for (uint32_t i = 1; i < node->n_words; i++)
		for (struct span rest = node->words[i].text; span_word(&rest).n;)
			most++;
	ports = arena_array(reading->arena, entry->n_ports + most, sizeof(*ports));
	if (entry->n_ports)
		memcpy(ports, entry->ports, entry->n_ports * sizeof(*ports));
	entry->ports = ports;
	for (uint32_t i = 1; i < node->n_words; i++) {
		struct span rest = node->words[i].text, word;

		while (word = span_word(&rest), word.n) {
			if (span_is(word, "any"))
				entry->any_port = true;
			else if (read_port(word, &ports[entry->n_ports]))
				entry->n_ports++;
			else
				complain(reading, word.p, node->words[i].line,
					 "port \"%.*s\": write 23/tcp, 5900-5999/tcp or any",
					 (int)(word.n < 40 ? word.n : 40), word.p);
		}
	}
}

static void
read_ports(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	add_ports(reading, node);
	reading->entry->n_own_ports = reading->entry->n_ports;
}

static void
read_also(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	reading->also = node;
}

static void
read_rpc(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	struct catalog_entry *entry = reading->entry;
	const char **words = value_list(reading->arena, node);
	size_t n = 0;

	while (words[n])
		n++;
	entry->rpc_programs = arena_array(reading->arena, n + 1, sizeof(uint32_t));
	for (size_t i = 0; i < n; i++) {
		if (!num_u32(span_of(words[i]), UINT32_MAX, &entry->rpc_programs[i]))
			complain(reading, value(node)->text.p, node->line,
				 "\"%s\" is not an RPC program number", words[i]);
	}
	entry->n_rpc_programs = (uint32_t)n;
	entry->rpc_program = n ? entry->rpc_programs[0] : 0;
}

/* Verdict ----------------------------------------------------------------------------- */

struct clause_place {
	struct reading *reading;
	const struct syn_node *node;
	struct span flat;
};

static void
complain_at(struct clause_place *place, struct span at, const char *what, const char *hint)
{
	uint32_t line;
	const char *p = value_at(place->node, (size_t)(at.p - place->flat.p), &line);

	complain(place->reading, p, line, "%s%s%.*s%s%s", what, at.n ? ": \"" : "",
		 (int)(at.n < 60 ? at.n : 60), at.p, at.n ? "\"" : "", hint);
}

static bool
ask_known(void *ctx, struct span fact)
{
	char hint[128];

	if (!fact_find(fact)) {
		fact_nearest(fact, hint, sizeof(hint));
		complain_at(ctx, fact, "unknown fact", hint);
	}
	return true;
}

static bool
verdict_of(struct span word, enum verdict *ret)
{
	for (unsigned v = 0; v < VERDICT_N; v++)
		if (span_is(word, verdict_name(v))) {
			*ret = v;
			return true;
		}
	return false;
}

static void
bad_verdict(struct clause_place *place, struct span word)
{
	struct near near = near_of(word);
	char hint[128];

	for (unsigned v = 0; v < VERDICT_N; v++)
		near_offer(&near, verdict_name(v));
	complain_at(place, word, "not a verdict", near_hint(&near, hint, sizeof(hint)));
}

/* As span_word, but lines count as blanks: the clause may stand on several. */
static struct span
next_word(struct span *s)
{
	size_t n = 0;

	*s = span_trim(*s);
	while (n < s->n && !isspace((unsigned char)s->p[n]))
		n++;
	struct span word = {s->p, n};
	*s = span_trim(span_skip(*s, n));
	return word;
}

static void
read_clause(struct clause_place *place, struct span text, struct catalog_clause *clause)
{
	struct condition condition = {.ask = ask_known, .ctx = place};
	struct span word = next_word(&text);

	if (span_is(word, "else"))
		word = next_word(&text);
	if (!verdict_of(word, &clause->verdict))
		bad_verdict(place, word);
	if (!text.n)
		return;
	word = next_word(&text);
	if (!span_is(word, "if")) {
		complain_at(place, word, "\"if\" or \";\" is missing before this", "");
		return;
	}
	condition_eval(&condition, text);
	if (condition.error)
		complain_at(place, condition.error_at, condition.error, "");
	clause->condition = span_dup(place->reading->arena, text);
}

static void
read_verdict(struct reading *reading, const struct field *field, const struct syn_node *node)
{
	struct catalog_entry *entry = reading->entry;
	struct clause_place place = {reading, node, value_flat(reading->arena, node)};
	struct span rest = place.flat;
	uint32_t n = 1;

	for (size_t i = 0; i < rest.n; i++)
		n += rest.p[i] == ';';
	entry->condition_text = value_text(reading->arena, node);
	entry->verdicts = arena_array(reading->arena, n, sizeof(*entry->verdicts));
	for (; entry->n_verdicts < n; entry->n_verdicts++) {
		struct catalog_clause *clause = &entry->verdicts[entry->n_verdicts];
		struct span text = span_cut(&rest, ';');

		read_clause(&place, text, clause);
		if (!clause->condition && entry->n_verdicts + 1 < n)
			complain_at(&place, span_trim(text),
				    "what follows this clause is never reached: it has no \"if\"",
				    "");
	}
	if (entry->verdicts[n - 1].condition)
		complain(reading, value(node)->text.p, node->line,
			 "the last clause must have no \"if\": what holds when no condition does?");
}

/* Fields ------------------------------------------------------------------------------ */

#define AT(member) offsetof(struct catalog_entry, member)

#define FIELD(name, member, read)                                                                  \
	{                                                                                          \
		name, sizeof(name) - 1, AT(member), read                                           \
	}

static const struct field fields[] = {
	FIELD("Aliases", aliases, read_list),
	FIELD("Also", ports, read_also),
	FIELD("Class", class, read_class),
	FIELD("Confine", confine, read_text),
	FIELD("Disable", disable, read_text),
	FIELD("Do", how, read_text),
	FIELD("Flags", local_only_ok, read_flags),
	FIELD("Groups", groups, read_list),
	FIELD("Instead", instead, read_text),
	FIELD("Kind", glossary, read_kind),
	FIELD("Localize", localize, read_text),
	FIELD("Packages", packages, read_list),
	FIELD("Ports", ports, read_ports),
	FIELD("Programs", programs, read_list),
	FIELD("RPC", rpc_program, read_rpc),
	FIELD("Reduce", reduce, read_text),
	FIELD("Refs", refs, read_text),
	FIELD("Restrict", restrict_, read_text),
	FIELD("See", see, read_list),
	FIELD("Service", name, read_name),
	FIELD("Units", units, read_list),
	FIELD("Verdict", verdicts, read_verdict),
	FIELD("What", what, read_text),
	FIELD("Why", why, read_text),
};

static const struct field *
field_find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(fields); i++)
		if (fields[i].length == name.n &&
		    (fields[i].name[0] | 0x20) == (name.p[0] | 0x20) &&
		    strncasecmp(fields[i].name, name.p, name.n) == 0)
			return &fields[i];
	return NULL;
}

static void
unknown_field(struct reading *reading, const struct syn_node *node)
{
	struct near near = near_of(node->words[0].text);
	char hint[128];

	for (size_t i = 0; i < COUNT_OF(fields); i++)
		near_offer(&near, fields[i].name);
	complain(reading, node->words[0].text.p, node->line, "unknown field \"%.*s\"%s",
		 (int)(node->words[0].text.n < 60 ? node->words[0].text.n : 60),
		 node->words[0].text.p, near_hint(&near, hint, sizeof(hint)));
}

static void
check_complete(struct reading *reading, const struct syn_node *first)
{
	const struct catalog_entry *entry = reading->entry;
	const struct {
		const char *name;
		bool there;
	} needed[] = {
		{"Service", entry->name != NULL},
		{"Class", entry->glossary || entry->class != 0},
		{"What", entry->what != NULL},
		{"Verdict", entry->glossary || entry->n_verdicts != 0},
		{"Why", entry->glossary || entry->why != NULL},
	};

	for (size_t i = 0; i < COUNT_OF(needed); i++)
		if (!needed[i].there)
			complain(reading, first->raw.p, first->line,
				 "the stanza has no field \"%s\"", needed[i].name);
}

/* Lists that were not given are empty, never NULL; a glossary word is nothing to act on. */
static void
complete(struct reading *reading)
{
	static const char *nothing[] = {NULL};
	static struct catalog_clause keep[] = {{VERDICT_KEEP, NULL}};
	struct catalog_entry *entry = reading->entry;
	const char ***lists[] = {&entry->aliases,  &entry->programs, &entry->units,
				 &entry->packages, &entry->groups,   &entry->see};

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		if (!*lists[i])
			*lists[i] = nothing;
	if (entry->glossary && !entry->n_verdicts) {
		entry->verdicts = keep;
		entry->n_verdicts = 1;
		entry->condition_text = "keep";
	}
	if (entry->glossary && !entry->class)
		entry->class = CATALOG_HARMLESS;
}

bool
entry_read(struct catalog_entry *entry, struct arena *arena, struct syn_tree *tree, size_t first,
	   size_t last)
{
	struct reading reading = {.entry = entry, .arena = arena, .tree = tree};

	entry->file = tree->file;
	entry->line = tree->nodes[first].line;
	for (size_t i = first; i < last; i++) {
		const struct syn_node *node = &tree->nodes[i];
		const struct field *field;

		if (node->kind == SYN_BAD)
			reading.bad = reading.unread = true; /* already in the diagnostics */
		if (node->kind < SYN_OWN)
			continue;
		field = field_find(node->words[0].text);
		if (field)
			field->read(&reading, field, node);
		else
			unknown_field(&reading, node);
	}
	if (reading.also)
		add_ports(&reading, reading.also);
	if (!reading.unread)
		check_complete(&reading, &tree->nodes[first]);
	complete(&reading);
	return !reading.bad;
}
