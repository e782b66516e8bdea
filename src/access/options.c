/*
 * Options of hosts_options(5), as Debian's libwrap takes them. Values are checked here, all of
 * them, and a line with a faulty one refuses: libwrap's answer, only that nothing of the line is
 * done first.
 */
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "access/program.h"
#include "base/near.h"
#include "base/num.h"

enum { VALUE_NONE, VALUE_MAY, VALUE_MUST };
enum { OPTION_VERDICT = 1, OPTION_EXPANDED = 2, OPTION_LAST = 4, OPTION_USER = 8 };

struct word_row {
	const char *name;
	int value;
};
static const struct word_row facilities[] = {
	{"kern", LOG_KERN},     {"user", LOG_USER},     {"mail", LOG_MAIL},
	{"daemon", LOG_DAEMON}, {"auth", LOG_AUTH},     {"lpr", LOG_LPR},
	{"news", LOG_NEWS},     {"uucp", LOG_UUCP},     {"cron", LOG_CRON},
	{"local0", LOG_LOCAL0}, {"local1", LOG_LOCAL1}, {"local2", LOG_LOCAL2},
	{"local3", LOG_LOCAL3}, {"local4", LOG_LOCAL4}, {"local5", LOG_LOCAL5},
	{"local6", LOG_LOCAL6}, {"local7", LOG_LOCAL7},
};
static const struct word_row levels[] = {
	{"emerg", LOG_EMERG},     {"alert", LOG_ALERT},   {"crit", LOG_CRIT}, {"err", LOG_ERR},
	{"warning", LOG_WARNING}, {"notice", LOG_NOTICE}, {"info", LOG_INFO}, {"debug", LOG_DEBUG},
};

static bool
word_find(const struct word_row *rows, size_t n, struct span name, int *ret)
{
	for (size_t i = 0; i < n; i++)
		if (span_is_nocase(name, rows[i].name)) {
			*ret = rows[i].value;
			return true;
		}
	return false;
}

static bool
read_severity(struct compile *compile, struct span value, struct access_action *action)
{
	int facility = 0, level;
	struct span rest = value, head = span_cut(&rest, '.');

	if (head.n == value.n)
		rest = head;
	else if (!word_find(facilities, COUNT_OF(facilities), head, &facility))
		return false;
	if (!word_find(levels, COUNT_OF(levels), rest, &level))
		return false;
	action->number = facility | level;
	return true;
}

static bool
read_number(struct span value, uint32_t least, uint32_t most, int *ret)
{
	uint32_t number;

	if (!num_u32(value, most, &number) || number < least)
		return false;
	*ret = (int)number;
	return true;
}

static bool
read_linger(struct compile *compile, struct span value, struct access_action *action)
{
	return read_number(value, 0, 65535, &action->number);
}

/* 0: as the server does it. */
static bool
read_rfc931(struct compile *compile, struct span value, struct access_action *action)
{
	return !value.n || read_number(value, 1, 3600, &action->number);
}

static bool
read_nice(struct compile *compile, struct span value, struct access_action *action)
{
	bool minus = value.n && value.p[0] == '-';

	action->number = 10;
	if (!value.n)
		return true;
	if (!read_number(span_skip(value, minus), 0, 1000, &action->number))
		return false;
	if (minus)
		action->number = -action->number;
	return true;
}

static bool
read_umask(struct compile *compile, struct span value, struct access_action *action)
{
	uint64_t mask;

	if (!num_u64(value, 8, 0777, &mask))
		return false;
	action->number = (int)mask;
	return true;
}

static bool
read_setenv(struct compile *compile, struct span value, struct access_action *action)
{
	struct span name = span_word(&value);

	if (memchr(name.p, '=', name.n))
		return false;
	action->text = span_dup(compile->arena, name);
	action->value = span_dup(compile->arena, span_trim(value));
	return true;
}

/* Both must exist; whoever carries it out must check again. */
static bool
read_user(struct compile *compile, struct span value, struct access_action *action)
{
	struct span group = value, user = span_cut(&group, '.');

	if (!compile->root->live)
		return true;
	if (!getpwnam(span_dup(compile->scratch, user)))
		return false;
	return user.n == value.n || getgrnam(span_dup(compile->scratch, group));
}

static bool
read_group(struct compile *compile, struct span value, struct access_action *action)
{
	action->text = arena_printf(compile->arena, ".%.*s", SPAN_ARG(value));
	return !compile->root->live || getgrnam(span_dup(compile->scratch, value));
}

static const struct option_row {
	const char *name;
	uint8_t value, flags;
	enum access_action_kind kind;
	bool (*read)(struct compile *, struct span, struct access_action *);
} options[] = {
	{"allow", VALUE_NONE, OPTION_VERDICT | OPTION_LAST, 0, NULL},
	{"deny", VALUE_NONE, OPTION_VERDICT | OPTION_LAST, 0, NULL},
	{"severity", VALUE_MUST, 0, ACTION_SEVERITY, read_severity},
	{"spawn", VALUE_MUST, OPTION_EXPANDED, ACTION_SPAWN, NULL},
	{"twist", VALUE_MUST, OPTION_EXPANDED | OPTION_LAST, ACTION_TWIST, NULL},
	{"aclexec", VALUE_MUST, OPTION_EXPANDED, ACTION_ACLEXEC, NULL},
	{"keepalive", VALUE_NONE, 0, ACTION_KEEPALIVE, NULL},
	{"linger", VALUE_MUST, 0, ACTION_LINGER, read_linger},
	{"rfc931", VALUE_MAY, OPTION_USER, ACTION_RFC931, read_rfc931},
	{"banners", VALUE_MUST, OPTION_EXPANDED, ACTION_BANNERS, NULL},
	{"nice", VALUE_MAY, 0, ACTION_NICE, read_nice},
	{"setenv", VALUE_MUST, OPTION_EXPANDED, ACTION_SETENV, read_setenv},
	{"umask", VALUE_MUST, 0, ACTION_UMASK, read_umask},
	{"user", VALUE_MUST, 0, ACTION_USER, read_user},
	{"group", VALUE_MUST, 0, ACTION_USER, read_group},
};

/* What %h and its like will want to know. */
static uint8_t
needs_of(const char *text)
{
	static const char names[] = "chn", locals[] = "HN", users[] = "cu";
	uint8_t needs = 0;

	for (; *text; text++) {
		if (*text != '%' || !text[1])
			continue;
		text++;
		needs |= (uint8_t)((strchr(names, *text) ? NEED_NAME : 0) |
				   (strchr(locals, *text) ? NEED_LOCAL_NAME : 0) |
				   (strchr(users, *text) ? NEED_USER : 0));
		needs |= *text == 's' ? NEED_LOCAL_NAME : 0;
	}
	return needs;
}

/* The next ':' that no backslash protects; "\:" becomes ":". */
static char *
next_field(struct compile *compile, struct span *text)
{
	char *field = arena_alloc(compile->arena, text->n + 1);
	size_t n = 0, i = 0;

	for (; i < text->n && text->p[i] != ':'; i++) {
		if (text->p[i] == '\\' && i + 1 < text->n && text->p[i + 1] == ':')
			i++;
		field[n++] = text->p[i];
	}
	*text = span_skip(*text, i);
	return field;
}

static bool
bad(struct compile *compile, const char *what, struct span text, const char *hint)
{
	diag_add(compile->diags, DIAG_ERROR, compile->file, compile->line, compile->col,
		 "%s: %.*s%s; the line refuses", what, SPAN_ARG(text), hint);
	return false;
}

static const struct option_row *
option_find(struct compile *compile, struct span name)
{
	struct near near = near_of(name);
	char hint[64];

	for (size_t i = 0; i < COUNT_OF(options); i++) {
		if (span_is_nocase(name, options[i].name))
			return &options[i];
		near_offer(&near, options[i].name);
	}
	bad(compile, "unknown option", name, near_hint(&near, hint, sizeof(hint)));
	return NULL;
}

/* "keyword", "keyword value", "keyword = value" */
static struct span
option_split(struct span *text)
{
	struct span name;
	size_t n = 0;

	*text = span_trim(*text);
	while (n < text->n && !strchr("= \t\r\n", text->p[n]))
		n++;
	name = (struct span){text->p, n};
	*text = span_trim(span_skip(*text, n));
	if (text->n && text->p[0] == '=')
		*text = span_trim(span_skip(*text, 1));
	return name;
}

static bool
option_read(struct compile *compile, char *field, bool last, struct rule *rule,
	    struct access_action *action)
{
	struct span value = span_of(field), name = option_split(&value);
	const struct option_row *row;

	if (!name.n)
		return bad(compile, "no option between two ':'", span_of(""), "");
	row = option_find(compile, name);
	if (!row)
		return false;
	if (row->value == VALUE_NONE && value.n)
		return bad(compile, "this option takes no value", name, "");
	if (row->value == VALUE_MUST && !value.n)
		return bad(compile, "this option needs a value", name, "");
	if ((row->flags & OPTION_LAST) && !last)
		return bad(compile, "this option must be the last one", name, "");
	*action = (struct access_action){.kind = row->kind};
	action->text = value.n ? span_dup(compile->arena, value) : NULL;
	if (row->read && !row->read(compile, value, action))
		return bad(compile, "bad value", value, "");
	if (row->flags & OPTION_VERDICT)
		rule->verdict = row->name[0] == 'd' ? RULE_DENY : RULE_ALLOW;
	if (row->kind == ACTION_ACLEXEC && !(row->flags & OPTION_VERDICT))
		rule->command = action->text;
	if (row->flags & OPTION_EXPANDED)
		rule->needs |= needs_of(action->value ? action->value : action->text);
	if (row->flags & OPTION_USER)
		rule->needs |= NEED_USER;
	return true;
}

bool
options_read(struct compile *compile, struct span text, struct rule *rule)
{
	VEC(struct access_action) actions = {0};
	struct access_action action, *copy;
	bool more = true;

	while (more) {
		char *field = next_field(compile, &text);
		enum rule_verdict before = rule->verdict;

		more = text.n > 0;
		text = span_skip(text, 1);
		if (actions.n == UINT8_MAX || !option_read(compile, field, !more, rule, &action))
			return false;
		if (rule->verdict == before)
			vec_push(compile->scratch, &actions, action);
	}
	copy = arena_array(compile->arena, actions.n, sizeof(*copy));
	if (actions.n)
		memcpy(copy, actions.v, actions.n * sizeof(*copy));
	rule->actions = copy;
	rule->n_actions = (uint8_t)actions.n;
	return true;
}
