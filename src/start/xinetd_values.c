/*
 * One function per attribute whose value xinetd can refuse; a refused value switches its service
 * off. Attributes without a row take anything. Seen in xinetd 2.3.15 by tests/differential/.
 */
#include "start/xinetd_values.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/num.h"
#include "start/services.h"

struct value {
	const struct xinetd_values *values;
	struct xinetd_service *s;
	const struct xinetd_setting *set;
	struct span first; /* the first value, or nothing */
};

/* A whole number with a sign, as strtol(3) with its end looked at. */
static bool
number(struct span text, unsigned base, long *ret)
{
	bool minus = span_starts(text, "-");
	uint64_t n;

	if (minus || span_starts(text, "+"))
		text = span_skip(text, 1);
	if (!num_u64(text, base, INT_MAX, &n))
		return false;
	*ret = minus ? -(long)n : (long)n;
	return true;
}

static const char *
yes_or_no(const struct value *v)
{
	return span_is_nocase(v->first, "yes") || span_is_nocase(v->first, "no")
		       ? NULL
		       : "is neither yes nor no";
}

static const char *
take_wait(const struct value *v)
{
	v->s->wait = span_is_nocase(v->first, "yes");
	return yes_or_no(v);
}

static const char *
take_socket_type(const struct value *v)
{
	v->s->socket = xinetd_word_find(&xinetd_socket_types, v->first);
	return v->s->socket ? NULL : "is no socket type";
}

static const char *
take_protocol(const struct value *v)
{
	uint32_t n;

	v->s->protocol = span_dup(v->values->ctx->arena, v->first);
	return services_protocol(v->values->ctx->services, v->s->protocol, &n)
		       ? NULL
		       : "is not in /etc/protocols";
}

static const char *
take_user(const struct value *v)
{
	struct arena *arena = v->values->ctx->arena;
	uint32_t n;

	if (num_is_digits(v->first))
		return num_u32(v->first, UINT32_MAX, &n) ? NULL : "is no user";
	return accounts_has_user(v->values->accounts, span_dup(arena, v->first))
		       ? NULL
		       : "names an unknown user";
}

static const char *
take_group(const struct value *v)
{
	struct arena *arena = v->values->ctx->arena;
	uint32_t n;

	if (num_is_digits(v->first))
		return num_u32(v->first, UINT32_MAX, &n) ? NULL : "is no group";
	return accounts_has_group(v->values->accounts, span_dup(arena, v->first))
		       ? NULL
		       : "names an unknown group";
}

/* xinetd, as root, asks access(2) for execution: any execute bit will do, or a directory. */
static const char *
take_server(const struct value *v)
{
	struct start_ctx *ctx = v->values->ctx;
	const char *path = span_dup(ctx->arena, v->first);
	struct stat st;

	if (root_stat(ctx->root, path[0] == '/' ? path : arena_printf(ctx->arena, "/%s", path),
		      &st) < 0)
		return "is not there";
	return (st.st_mode & 0111) || S_ISDIR(st.st_mode) ? NULL : "is not executable";
}

static const char *
take_some(const struct value *v)
{
	return v->set->n_values ? NULL : "has no value";
}

static const char *
take_limit(const struct value *v)
{
	long n;

	if (span_is_nocase(v->first, "UNLIMITED"))
		return NULL;
	return number(v->first, 10, &n) && n >= 0 ? NULL : "is no number";
}

static const char *
take_number(const struct value *v)
{
	long n;

	return number(v->first, 10, &n) ? NULL : "is no number";
}

static const char *
take_deny_time(const struct value *v)
{
	if (span_is_nocase(v->first, "FOREVER") || span_is_nocase(v->first, "NEVER"))
		return NULL;
	return take_number(v);
}

static const char *
take_umask(const struct value *v)
{
	long n;

	return number(v->first, 8, &n) && n >= 0 && n <= 0777 ? NULL : "is no file mode mask";
}

static const char *
take_port(const struct value *v)
{
	long n;

	if (!number(v->first, 10, &n) || n < 0 || n > UINT16_MAX)
		return "is no port number";
	v->s->port = (uint32_t)n;
	return NULL;
}

/* strtoul(3) takes "-1" too. */
static const char *
take_cps(const struct value *v)
{
	long n;

	return number(v->set->values[0].text, 10, &n) && number(v->set->values[1].text, 10, &n)
		       ? NULL
		       : "is not two numbers";
}

static const char *
take_max_load(const struct value *v)
{
	const char *text = span_dup(v->values->ctx->arena, v->first);
	char *end;
	double load = strtod(text, &end);

	return end > text && (load < 0 || load > 0) ? NULL : "is no load";
}

static const char *
take_bytes(const struct value *v)
{
	uint64_t n;

	return span_is_nocase(v->first, "UNLIMITED") || num_size(v->first, UINT64_MAX, &n)
		       ? NULL
		       : "is no size";
}

static const char *
take_seconds(const struct value *v)
{
	uint64_t n;

	return span_is_nocase(v->first, "UNLIMITED") || num_u64(v->first, 10, UINT64_MAX, &n)
		       ? NULL
		       : "is no number";
}

static const char *
take_type(const struct value *v)
{
	for (uint32_t i = 0; i < v->set->n_values; i++) {
		unsigned bit = xinetd_word_find(&xinetd_types, v->set->values[i].text);

		if (!bit)
			return "has an unknown word";
		v->s->type |= bit;
	}
	return take_some(v);
}

static const char *
take_flags(const struct value *v)
{
	for (uint32_t i = 0; i < v->set->n_values; i++) {
		unsigned bit = xinetd_word_find(&xinetd_flags, v->set->values[i].text);

		if (!bit)
			return "has an unknown word";
		v->s->flags |= bit;
	}
	return take_some(v);
}

static bool
is_one_of(struct span word, const char *const *names)
{
	while (*names && !span_is_nocase(word, *names))
		names++;
	return *names != NULL;
}

static const char *
take_success(const struct value *v)
{
	static const char *const names[] = {"HOST",   "DURATION", "EXIT", "PID",
					    "USERID", "TRAFFIC",  NULL};

	/* In defaults, the section without a name, "=" adds as "+=" does. */
	if (v->set->op == XINETD_SET && v->s->name)
		v->s->traffic = false;
	for (uint32_t i = 0; i < v->set->n_values; i++) {
		struct span word = v->set->values[i].text;

		if (!is_one_of(word, names))
			return "has an unknown word";
		if (span_is_nocase(word, "TRAFFIC"))
			v->s->traffic = v->set->op != XINETD_REMOVE;
	}
	return NULL;
}

static const char *
take_failure(const struct value *v)
{
	static const char *const names[] = {"HOST", "ATTEMPT", "USERID", NULL};

	for (uint32_t i = 0; i < v->set->n_values; i++)
		if (!is_one_of(v->set->values[i].text, names))
			return "has an unknown word";
	return NULL;
}

static const char *
take_syslog(const struct value *v)
{
	const struct syn_word *words = v->set->values;
	uint32_t n = v->set->n_values;

	if (n < 2 || n > 3)
		return "has the wrong number of values";
	if (!xinetd_word_find(&xinetd_facilities, words[1].text))
		return "names an unknown facility";
	return n < 3 || xinetd_word_find(&xinetd_levels, words[2].text) ? NULL
									: "names an unknown level";
}

static const char *
take_log_file(const struct value *v)
{
	const struct syn_word *words = v->set->values;
	uint32_t n = v->set->n_values;
	uint64_t soft = 0, hard;

	if (n < 2 || n > 4)
		return "has the wrong number of values";
	if (n > 2 && !num_size(words[2].text, UINT64_MAX, &soft))
		return "has a bad size";
	if (n > 3 && (!num_size(words[3].text, UINT64_MAX, &hard) || hard < soft))
		return "has a bad hard limit";
	return NULL;
}

/* In defaults the attribute may come again, and is refused then. */
static const char *
take_log_type(const struct value *v)
{
	if (v->s->specified[XINETD_LOG_TYPE])
		return "is set already";
	if (span_is_nocase(v->first, "SYSLOG"))
		return take_syslog(v);
	if (span_is_nocase(v->first, "FILE"))
		return take_log_file(v);
	return "is neither SYSLOG nor FILE";
}

/* "10.1.{2,3}": what stands before the brace is digits and dots, or it is another thing. */
static bool
is_bad_group(struct span s)
{
	size_t brace = span_find(s, '{');
	char last = '.';

	for (size_t i = 0; i < brace; last = s.p[i++]) {
		if (s.p[i] == '.' && last == '.')
			return true;
		if (s.p[i] != '.' && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	}
	last = ',';
	for (size_t i = brace + 1; i < s.n; last = s.p[i++]) {
		if (s.p[i] >= '0' && s.p[i] <= '9')
			continue;
		if ((s.p[i] != ',' && s.p[i] != '}') || last == ',')
			return true;
		if (s.p[i] == '}')
			return i + 1 != s.n;
	}
	return true;
}

/* Names that do not resolve are dropped from the list in silence; only these are refused. */
static const char *
take_addresses(const struct value *v)
{
	for (uint32_t i = 0; i < v->set->n_values; i++) {
		struct span s = v->set->values[i].text;
		bool brace = span_find(s, '{') < s.n;

		if (!brace && span_find(s, ',') < s.n)
			return "has a comma between addresses";
		if (brace && span_find(s, '/') == s.n && is_bad_group(s))
			return "has a bad address";
	}
	return NULL;
}

static bool
clock_time(struct span s, unsigned *ret)
{
	struct span hour = span_cut(&s, ':');
	uint32_t h, m;

	if (!num_u32(hour, 23, &h) || !num_u32(s, 59, &m))
		return false;
	*ret = h * 60 + m;
	return true;
}

static const char *
take_times(const struct value *v)
{
	for (uint32_t i = 0; i < v->set->n_values; i++) {
		struct span to = v->set->values[i].text, from = span_cut(&to, '-');
		unsigned begin, end;

		if (!clock_time(from, &begin) || !clock_time(to, &end) || begin > end)
			return "is no interval H:MM-H:MM of one day";
	}
	return take_some(v);
}

static const char *
take_rpc_version(const struct value *v)
{
	struct span high = v->first, low = span_cut(&high, '-');
	bool range = span_find(v->first, '-') < v->first.n;

	if (!num_u32(low, INT_MAX, &v->s->rpc_low) ||
	    (range && !num_u32(high, INT_MAX, &v->s->rpc_high)))
		return "is no version or range of versions";
	if (!range)
		v->s->rpc_high = v->s->rpc_low;
	return v->s->rpc_low <= v->s->rpc_high ? NULL : "is a range that runs backwards";
}

static const char *
take_rpc_number(const struct value *v)
{
	long n;

	if (!number(v->first, 10, &n))
		return "is no number";
	v->s->rpc_number = (uint32_t)n;
	return NULL;
}

static const char *
take_env(const struct value *v)
{
	if (v->set->op == XINETD_REMOVE)
		return "takes no -=";
	for (uint32_t i = 0; i < v->set->n_values; i++)
		if (span_find(v->set->values[i].text, '=') == v->set->values[i].text.n)
			return "has a value without '='";
	return NULL;
}

static const char *
take_redirect(const struct value *v)
{
	struct span port = v->set->values[1].text;
	const char *name = span_dup(v->values->ctx->arena, port);
	uint16_t known;
	long n;

	if (number(port, 10, &n) && n > 0)
		return n <= UINT16_MAX ? NULL : "has a port number too large";
	return services_port(v->values->ctx->services, name, NET_TCP, &known)
		       ? NULL
		       : "has no port number";
}

/* A host name is left to the running xinetd: it is not resolved here. */
static const char *
take_bind(const struct value *v)
{
	if (!net_addr_parse(v->first, &v->s->bind))
		v->s->bind = (struct net_addr){0};
	return NULL;
}

static const struct {
	enum xinetd_attr attr;
	const char *(*take)(const struct value *v);
} rows[] = {
	{XINETD_SOCKET_TYPE, take_socket_type},
	{XINETD_PROTOCOL, take_protocol},
	{XINETD_WAIT, take_wait},
	{XINETD_USER, take_user},
	{XINETD_GROUP, take_group},
	{XINETD_SERVER, take_server},
	{XINETD_SERVER_ARGS, take_some},
	{XINETD_INSTANCES, take_limit},
	{XINETD_PER_SOURCE, take_limit},
	{XINETD_LOG_ON_SUCCESS, take_success},
	{XINETD_LOG_ON_FAILURE, take_failure},
	{XINETD_LOG_TYPE, take_log_type},
	{XINETD_ONLY_FROM, take_addresses},
	{XINETD_NO_ACCESS, take_addresses},
	{XINETD_ACCESS_TIMES, take_times},
	{XINETD_TYPE, take_type},
	{XINETD_FLAGS, take_flags},
	{XINETD_RPC_VERSION, take_rpc_version},
	{XINETD_RPC_NUMBER, take_rpc_number},
	{XINETD_ENV, take_env},
	{XINETD_PORT, take_port},
	{XINETD_NICE, take_number},
	{XINETD_REDIRECT, take_redirect},
	{XINETD_BIND, take_bind},
	{XINETD_GROUPS, yes_or_no},
	{XINETD_V6ONLY, yes_or_no},
	{XINETD_DISABLE, yes_or_no},
	{XINETD_CPS, take_cps},
	{XINETD_MAX_LOAD, take_max_load},
	{XINETD_RLIMIT_AS, take_bytes},
	{XINETD_RLIMIT_DATA, take_bytes},
	{XINETD_RLIMIT_FILES, take_bytes},
	{XINETD_RLIMIT_RSS, take_bytes},
	{XINETD_RLIMIT_STACK, take_bytes},
	{XINETD_RLIMIT_CPU, take_seconds},
	{XINETD_DENY_TIME, take_deny_time},
	{XINETD_UMASK, take_umask},
};

const char *
xinetd_value_wrong(const struct xinetd_values *values, struct xinetd_service *s,
		   enum xinetd_attr attr, const struct xinetd_setting *set)
{
	struct value value = {.values = values, .s = s, .set = set};

	if (set->n_values)
		value.first = set->values[0].text;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].attr == attr)
			return rows[i].take(&value);
	return NULL;
}
