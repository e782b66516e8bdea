/* The attributes of xinetd.conf, xinetd's and ours: see xinetd_take*.c for what each takes. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/near.h"
#include "conf/xinetd.h"
#include "conf/xinetd_take.h"

#define S XINETD_IN_SERVICE
#define D XINETD_IN_DEFAULTS
#define SD (XINETD_IN_SERVICE | XINETD_IN_DEFAULTS)
/* Lists: += and -= work. */
#define LS (XINETD_IN_SERVICE | XINETD_LIST_IN_SERVICE)
#define LSD (LS | XINETD_IN_DEFAULTS | XINETD_LIST_IN_DEFAULTS)
#define LD (XINETD_IN_DEFAULTS | XINETD_LIST_IN_DEFAULTS)

const struct xin_attr_row xin_attrs[] = {
	{"socket_type", XINETD_SOCKET_TYPE, S, 1, 1, take_socket_type},
	{"protocol", XINETD_PROTOCOL, S, 1, 1, take_protocol},
	{"wait", XINETD_WAIT, S, 1, 1, take_wait},
	{"user", XINETD_USER, S, 1, 1, take_user},
	{"group", XINETD_GROUP, S, 1, 1, take_group},
	{"server", XINETD_SERVER, S, 1, 1, take_server},
	{"server_args", XINETD_SERVER_ARGS, S, 1, XIN_MANY, take_server_args},
	{"instances", XINETD_INSTANCES, SD, 1, 1, take_instances},
	{"log_on_success", XINETD_LOG_ON_SUCCESS, LSD, 0, XIN_MANY, take_log_on_success},
	{"log_on_failure", XINETD_LOG_ON_FAILURE, LSD, 0, XIN_MANY, take_log_on_failure},
	{"log_type", XINETD_LOG_TYPE, SD, 1, 4, take_log_type},
	{"only_from", XINETD_ONLY_FROM, LSD, 0, XIN_MANY, take_only_from},
	{"no_access", XINETD_NO_ACCESS, LSD, 0, XIN_MANY, take_no_access},
	{"access_times", XINETD_ACCESS_TIMES, SD, 1, XIN_MANY, take_access_times},
	{"type", XINETD_TYPE, S, 1, XIN_MANY, take_type},
	{"rpc_version", XINETD_RPC_VERSION, S, 1, 1, take_rpc_version},
	{"rpc_number", XINETD_RPC_NUMBER, S, 1, 1, take_rpc_number},
	{"id", XINETD_ID, S, 1, 1, take_id},
	{"env", XINETD_ENV, LS, 0, XIN_MANY, take_env},
	{"port", XINETD_PORT, S, 1, XIN_MANY, take_port},
	{"passenv", XINETD_PASSENV, LSD, 0, XIN_MANY, take_passenv},
	{"flags", XINETD_FLAGS, S, 1, XIN_MANY, take_flags},
	{"nice", XINETD_NICE, S, 1, 1, take_nice},
	{"redirect", XINETD_REDIRECT, S, 2, 2, take_redirect},
	{"banner", XINETD_BANNER, SD, 1, 1, take_banner},
	{"bind", XINETD_BIND, SD, 1, XIN_MANY, take_bind},
	{"interface", XINETD_BIND, SD, 1, XIN_MANY, take_bind},
	{"per_source", XINETD_PER_SOURCE, SD, 1, 1, take_per_source},
	{"groups", XINETD_GROUPS, SD, 1, 1, take_groups},
	{"banner_success", XINETD_BANNER_SUCCESS, SD, 1, 1, take_banner},
	{"banner_fail", XINETD_BANNER_FAIL, SD, 1, 1, take_banner},
	{"cps", XINETD_CPS, SD, 2, 2, take_cps},
	{"disable", XINETD_DISABLE, S, 1, 1, take_disable},
	{"max_load", XINETD_MAX_LOAD, SD, 1, 1, take_max_load},
	{"rlimit_as", XINETD_RLIMIT_AS, S, 1, 1, take_rlimit},
	{"rlimit_cpu", XINETD_RLIMIT_CPU, S, 1, 1, take_rlimit},
	{"rlimit_data", XINETD_RLIMIT_DATA, S, 1, 1, take_rlimit},
	{"rlimit_files", XINETD_RLIMIT_FILES, S, 1, 1, take_rlimit},
	{"rlimit_rss", XINETD_RLIMIT_RSS, S, 1, 1, take_rlimit},
	{"rlimit_stack", XINETD_RLIMIT_STACK, S, 1, 1, take_rlimit},
	{"v6only", XINETD_V6ONLY, SD, 1, 1, take_v6only},
	{"deny_time", XINETD_DENY_TIME, S, 1, 1, take_deny_time},
	{"umask", XINETD_UMASK, SD, 1, 1, take_umask},
	{"libwrap", XINETD_LIBWRAP, S, 1, 1, take_libwrap},
	{"disabled", XINETD_DISABLED, LD, 0, XIN_MANY, take_nothing},
	{"enabled", XINETD_ENABLED, LD, 0, XIN_MANY, take_nothing},
	{"backlog", XIN_BACKLOG, SD, 1, 1, take_backlog},
	{"sndbuf", XIN_SNDBUF, SD, 1, 1, take_buffer},
	{"rcvbuf", XIN_RCVBUF, SD, 1, 1, take_buffer},
	{"bind_device", XIN_BIND_DEVICE, SD, 1, 1, take_bind_device},
	{"stderr", XIN_STDERR, SD, 1, 1, take_stderr},
	{"on_limit", XIN_ON_LIMIT, SD, 1, 1, take_on_limit},
	{"source_prefix", XIN_SOURCE_PREFIX, SD, 2, 2, take_source_prefix},
	{"source_rate", XIN_SOURCE_RATE, SD, 1, 2, take_rate},
	{"rate", XIN_RATE, SD, 1, 2, take_rate},
	{"penalty", XIN_PENALTY, SD, 1, 1, take_penalty},
	{"session_time", XIN_SESSION_TIME, SD, 1, 1, take_session_time},
	{"time_zone", XIN_TIME_ZONE, SD, 1, 1, take_time_zone},
	{"socket", XIN_SOCKET, S, 1, 3, take_socket},
};
const size_t n_xin_attrs = COUNT_OF(xin_attrs);

/* Saying what is wrong ------------------------------------------------------------------------ */

static const char *
who(const struct xin_draft *draft)
{
	return draft->in_defaults
		       ? "defaults"
		       : arena_printf(draft->reading->scratch, "service %s", draft->name);
}

void
xin_wrong(struct xin_draft *draft, const struct xin_set *set, const struct syn_word *word,
	  const char *fmt, ...)
{
	char text[LIMIT_MESSAGE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	draft->wrong = true;
	diag_add(&draft->reading->serve->diags, draft->level, draft->file, set->at.line,
		 word ? word->col : set->at.col, "%s: %s: %s", who(draft),
		 set->row ? set->row->name : "?", text);
}

static void warn(struct xin_draft *draft, const struct xin_set *set, const char *fmt, ...)
	printf_like(3, 4);

static void
warn(struct xin_draft *draft, const struct xin_set *set, const char *fmt, ...)
{
	char text[LIMIT_MESSAGE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_add(&draft->reading->serve->diags, DIAG_WARNING, draft->file, set->at.line,
		 set->at.col, "%s: %s: %s", who(draft), set->row->name, text);
}

void
xin_wrong_at(struct xin_draft *draft, uint32_t line, const char *fmt, ...)
{
	char text[LIMIT_MESSAGE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	draft->wrong = true;
	diag_add(&draft->reading->serve->diags, draft->level, draft->file,
		 line ? line : draft->line, 1, "%s: %s", who(draft), text);
}

/* One line ------------------------------------------------------------------------------------ */

static const struct xin_attr_row *
find(struct span name)
{
	for (size_t i = 0; i < n_xin_attrs; i++)
		if ((name.p[0] | 32) == xin_attrs[i].name[0] &&
		    span_is_nocase(name, xin_attrs[i].name))
			return &xin_attrs[i];
	return NULL;
}

static void
say_unknown(struct xin_draft *draft, const struct syn_node *node, bool elsewhere)
{
	struct span name = node->words[0].text;
	struct near near = near_of(name);
	unsigned where = draft->in_defaults ? XINETD_IN_DEFAULTS : XINETD_IN_SERVICE;
	char hint[64] = "";

	for (size_t i = 0; i < n_xin_attrs && !elsewhere; i++)
		if (xin_attrs[i].where & where)
			near_offer(&near, xin_attrs[i].name);
	if (!elsewhere)
		near_hint(&near, hint, sizeof(hint));
	draft->wrong = true;
	diag_add(&draft->reading->serve->diags, draft->level, draft->file, node->line,
		 node->words[0].col, "%s: %.*s %s%s", who(draft), SPAN_ARG(name),
		 !elsewhere           ? "is no attribute"
		 : draft->in_defaults ? "may stand in a service only"
				      : "may stand in defaults only",
		 hint);
}

/* Once, and with the operators it knows. */
static bool
may_stand(struct xin_draft *draft, const struct xin_set *set)
{
	unsigned list = draft->in_defaults ? XINETD_LIST_IN_DEFAULTS : XINETD_LIST_IN_SERVICE;
	uint32_t before = draft->given[set->row->attr];

	if (set->row->where & list) {
		if (before && set->op == XINETD_SET && !draft->in_defaults)
			warn(draft, set, "replaces what line %u sets", before);
		return true;
	}
	if (set->op != XINETD_SET)
		xin_wrong(draft, set, NULL, "takes no += and no -=");
	else if (before)
		xin_wrong(draft, set, NULL, "is set already in line %u", before);
	return set->op == XINETD_SET && !before;
}

static bool
has_count(struct xin_draft *draft, const struct xin_set *set)
{
	const struct xin_attr_row *row = set->row;

	if (set->n >= row->least && set->n <= row->most)
		return true;
	if (row->least == row->most)
		xin_wrong(draft, set, NULL, "takes %u value%s, not %u", row->least,
			  row->least == 1 ? "" : "s", set->n);
	else if (set->n < row->least)
		xin_wrong(draft, set, NULL, "has no value");
	else
		xin_wrong(draft, set, NULL, "takes %u values at most, not %u", row->most, set->n);
	return false;
}

void
xin_take(struct xin_draft *draft, const struct syn_node *node)
{
	struct xinetd_setting setting = xinetd_setting_of(node);
	struct xin_set set = {
		.row = find(setting.name),
		.op = setting.op,
		.at = {draft->file, node->line, node->words[0].col},
	};
	unsigned where = draft->in_defaults ? XINETD_IN_DEFAULTS : XINETD_IN_SERVICE;

	if (!set.row || !(set.row->where & where)) {
		say_unknown(draft, node, set.row != NULL);
		return;
	}
	if (!may_stand(draft, &set) || !xin_words(draft, node, &set) || !has_count(draft, &set))
		return;
	/* Of lists in defaults even '=' only adds (xinetd.conf(5), the DEFAULTS section). */
	if (draft->in_defaults && set.op == XINETD_SET &&
	    (set.row->where & XINETD_LIST_IN_DEFAULTS))
		set.op = XINETD_ADD;
	set.row->take(draft, &set);
	draft->given[set.row->attr] = node->line;
}

const char *
xin_text(struct xin_draft *draft, const struct syn_word *word)
{
	return conf_text(draft->reading, word->text);
}
