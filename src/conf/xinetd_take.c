/*
 * Values that say what is run, where it listens and as whom. Source: xinetd.conf(5); where the
 * program takes more than its page says, the page counts (gatehouse.conf(5) lists the cases).
 */
#include "conf/xinetd_take.h"

#include <ctype.h>
#include <limits.h>
#include <netinet/in.h>
#include <string.h>

#include "base/limits.h"
#include "base/near.h"
#include "base/num.h"
#include "base/vec.h"
#include "conf/xinetd_differs.h"

#define WORD(set) (&(set)->words[0])
#define FIRST(set) ((set)->words[0].text)

/* For "is no X": what stands there, cut to something readable. */
#define SHOW(word) SPAN_ARG(xin_cut((word)->text))

struct span
xin_cut(struct span s)
{
	if (s.n > 80)
		s.n = 80;
	return s;
}

static bool
xin_yes(struct xin_draft *draft, const struct xin_set *set)
{
	bool yes = span_is_nocase(FIRST(set), "yes");

	if (!yes && !span_is_nocase(FIRST(set), "no"))
		xin_wrong(draft, set, WORD(set), "'%.*s' is neither yes nor no", SHOW(WORD(set)));
	return yes;
}

unsigned
xin_name(struct xin_draft *draft, const struct xin_set *set, const struct syn_word *word,
	 const struct xinetd_words *names)
{
	unsigned value = xinetd_word_find(names, word->text);
	struct near near = near_of(word->text);
	char hint[64];

	if (value)
		return value;
	for (size_t i = 0; i < names->n; i++)
		near_offer(&near, names->v[i].name);
	xin_wrong(draft, set, word, "'%.*s' is none of its words%s", SHOW(word),
		  near_hint(&near, hint, sizeof(hint)));
	return 0;
}

bool
xin_number(struct xin_draft *draft, const struct xin_set *set, const struct syn_word *word,
	   uint32_t most, uint32_t *ret)
{
	if (num_u32(word->text, most, ret))
		return true;
	xin_wrong(draft, set, word, "'%.*s' is no number from 0 to %u", SHOW(word), most);
	return false;
}

/* What it is ------------------------------------------------------------------------------------
 */

void
take_nothing(struct xin_draft *draft, const struct xin_set *set)
{
	/* enabled and disabled: front_xinetd.c has them already. */
	if (set->op == XINETD_REMOVE)
		xin_wrong(draft, set, NULL, "takes no -=");
}

void
take_disable(struct xin_draft *draft, const struct xin_set *set)
{
	/* What was off would be known by now: front_xinetd.c looks for the plain word. */
	if (xin_yes(draft, set) && !draft->off)
		xin_wrong(draft, set, WORD(set), "is to be written without quotes");
}

void
take_id(struct xin_draft *draft, const struct xin_set *set)
{
	/* The section has it already; here only the form is judged. */
	if (!span_is(FIRST(set), draft->id))
		xin_wrong(draft, set, WORD(set), "is one word without quotes");
}

void
take_socket_type(struct xin_draft *draft, const struct xin_set *set)
{
	draft->socket = xin_name(draft, set, WORD(set), &xinetd_socket_types);
}

void
take_protocol(struct xin_draft *draft, const struct xin_set *set)
{
	draft->protocol = xin_text(draft, WORD(set));
	if (!conf_protocol(draft->reading, draft->protocol, &draft->protocol_number))
		xin_wrong(draft, set, WORD(set), "'%.*s' is not in /etc/protocols",
			  SHOW(WORD(set)));
}

void
take_wait(struct xin_draft *draft, const struct xin_set *set)
{
	draft->s.wait = xin_yes(draft, set);
}

void
take_type(struct xin_draft *draft, const struct xin_set *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		draft->type |= xin_name(draft, set, &set->words[i], &xinetd_types);
}

void
take_flags(struct xin_draft *draft, const struct xin_set *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		draft->flags |= xin_name(draft, set, &set->words[i], &xinetd_flags);
}

void
take_rpc_version(struct xin_draft *draft, const struct xin_set *set)
{
	struct span high = FIRST(set), low = span_cut(&high, '-');
	bool range = span_find(FIRST(set), '-') < FIRST(set).n;

	if (!num_u32(low, INT_MAX, &draft->rpc.low) ||
	    (range && !num_u32(high, INT_MAX, &draft->rpc.high))) {
		xin_wrong(draft, set, WORD(set), "'%.*s' is no version and no range of versions",
			  SHOW(WORD(set)));
		return;
	}
	if (!range)
		draft->rpc.high = draft->rpc.low;
	if (draft->rpc.low > draft->rpc.high)
		xin_wrong(draft, set, WORD(set), "'%.*s' runs backwards", SHOW(WORD(set)));
	else if (draft->rpc.high - draft->rpc.low > LIMIT_RPC_VERSIONS)
		xin_wrong(draft, set, WORD(set), "more than %u versions", LIMIT_RPC_VERSIONS);
}

void
take_rpc_number(struct xin_draft *draft, const struct xin_set *set)
{
	(void)xin_number(draft, set, WORD(set), UINT32_MAX - 1, &draft->rpc.program);
}

/* The account ------------------------------------------------------------------------------------
 */

static void
take_uid(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_account *account = &draft->s.account;
	uint32_t uid;
	gid_t gid;

	if (!num_u32(FIRST(set), UINT32_MAX - 1, &uid)) {
		xin_wrong(draft, set, WORD(set), "'%.*s' is no user", SHOW(WORD(set)));
		return;
	}
	account->uid = uid;
	account->user = xin_text(draft, WORD(set));
	draft->numeric_user = set->at.line;
	if (!conf_uid(draft->reading, uid, &account->user, &gid))
		return;
	draft->numeric_user = 0;
	if (!draft->given[XINETD_GROUP])
		account->gid = gid;
	if (gid != uid)
		draft->odd |= 1u << XIN_DIFFERS_NUMERIC_USER;
}

void
take_user(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_account *account = &draft->s.account;
	gid_t gid;

	account->switch_uid = true;
	if (num_is_digits(FIRST(set))) {
		take_uid(draft, set);
		return;
	}
	account->user = xin_text(draft, WORD(set));
	if (!conf_user(draft->reading, account->user, &account->uid, &gid))
		xin_wrong(draft, set, WORD(set), "there is no user '%.*s'", SHOW(WORD(set)));
	else if (!draft->given[XINETD_GROUP])
		account->gid = gid;
}

void
take_group(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_account *account = &draft->s.account;

	account->group = xin_text(draft, WORD(set));
	account->switch_gid = true;
	if (num_is_digits(FIRST(set)))
		(void)xin_number(draft, set, WORD(set), UINT32_MAX - 1, &account->gid);
	else if (!conf_group(draft->reading, account->group, &account->gid))
		xin_wrong(draft, set, WORD(set), "there is no group '%.*s'", SHOW(WORD(set)));
}

void
take_groups(struct xin_draft *draft, const struct xin_set *set)
{
	draft->groups = xin_yes(draft, set);
}

void
take_nice(struct xin_draft *draft, const struct xin_set *set)
{
	struct span s = FIRST(set);
	bool minus = span_starts(s, "-");
	uint32_t n;

	if (minus || span_starts(s, "+"))
		s = span_skip(s, 1);
	if (!num_u32(s, minus ? 20 : 19, &n))
		xin_wrong(draft, set, WORD(set), "'%.*s' is no number from -20 to 19",
			  SHOW(WORD(set)));
	else
		draft->s.nice = minus ? -(int)n : (int)n;
}

void
take_umask(struct xin_draft *draft, const struct xin_set *set)
{
	uint64_t n;

	if (num_u64(FIRST(set), 8, 0777, &n))
		draft->s.umask = (int)n;
	else
		xin_wrong(draft, set, WORD(set), "'%.*s' is no mask of file modes (octal)",
			  SHOW(WORD(set)));
}

static const struct {
	unsigned attr;
	int resource;
	bool bytes;
} rlimits[] = {
	{XINETD_RLIMIT_AS, RLIMIT_AS, true},     {XINETD_RLIMIT_CPU, RLIMIT_CPU, false},
	{XINETD_RLIMIT_DATA, RLIMIT_DATA, true}, {XINETD_RLIMIT_FILES, RLIMIT_NOFILE, false},
	{XINETD_RLIMIT_RSS, RLIMIT_RSS, true},   {XINETD_RLIMIT_STACK, RLIMIT_STACK, true},
};

void
take_rlimit(struct xin_draft *draft, const struct xin_set *set)
{
	struct service *s = &draft->s;
	uint64_t n = RLIM_INFINITY;
	size_t row = 0;

	while (row < COUNT_OF(rlimits) - 1 && rlimits[row].attr != set->row->attr)
		row++;
	if (!span_is_nocase(FIRST(set), "UNLIMITED") &&
	    !(rlimits[row].bytes ? num_size(FIRST(set), INT64_MAX, &n)
				 : num_u64(FIRST(set), 10, UINT32_MAX, &n))) {
		xin_wrong(draft, set, WORD(set), "'%.*s' is no %s", SHOW(WORD(set)),
			  rlimits[row].bytes ? "size (digits, K or M)" : "number");
		return;
	}
	if (!s->rlimits)
		s->rlimits = arena_array(draft->reading->serve->arena, COUNT_OF(rlimits),
					 sizeof(*s->rlimits));
	s->rlimits[s->n_rlimits++] = (struct service_rlimit){rlimits[row].resource, n};
}

/* The program ------------------------------------------------------------------------------------
 */

/* Absolute; from where a daemon was started is nothing to rely on. */
static bool
is_absolute(struct xin_draft *draft, const struct xin_set *set, const struct syn_word *word)
{
	if (span_starts(word->text, "/"))
		return true;
	xin_wrong(draft, set, word, "'%.*s' is no absolute path", SHOW(word));
	return false;
}

void
take_server(struct xin_draft *draft, const struct xin_set *set)
{
	const char *why;

	draft->s.program = xin_text(draft, WORD(set));
	if (!is_absolute(draft, set, WORD(set)))
		return;
	why = conf_program(draft->reading, draft->s.program);
	if (why)
		xin_wrong(draft, set, WORD(set), "%.*s %s", SHOW(WORD(set)), why);
}

static void
push_texts(struct xin_draft *draft, struct xin_texts *list, const struct xin_set *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		vec_push(draft->reading->scratch, list, xin_text(draft, &set->words[i]));
}

void
take_server_args(struct xin_draft *draft, const struct xin_set *set)
{
	push_texts(draft, &draft->args, set);
	for (uint32_t i = 0; i < set->n; i++)
		if (set->words[i].raw.n && memchr(set->words[i].raw.p, '"', set->words[i].text.n))
			draft->odd |= 1u << XIN_DIFFERS_QUOTES;
}

void
take_redirect(struct xin_draft *draft, const struct xin_set *set)
{
	const struct conf_lookup *lookup = draft->reading->options->lookup;
	struct arena *arena = draft->reading->serve->arena;
	struct service_redirect *to = arena_alloc(arena, sizeof(*to));
	struct net_addr found[LIMIT_HOST_ADDRESSES];
	const struct syn_word *port = &set->words[1];

	to->host = xin_text(draft, WORD(set));
	if (net_addr_parse(FIRST(set), &found[0]))
		to->n_to = 1;
	else
		to->n_to = (uint32_t)lookup->host(lookup->data, to->host, found, COUNT_OF(found));
	if (!to->n_to)
		xin_wrong(draft, set, WORD(set), "'%.*s' has no address", SHOW(WORD(set)));
	to->to = arena_array(arena, to->n_to ? to->n_to : 1, sizeof(*to->to));
	memcpy(to->to, found, to->n_to * sizeof(*found));
	if ((!num_port(port->text, &to->port) &&
	     !conf_port(draft->reading, xin_text(draft, port), NET_TCP, &to->port)) ||
	    !to->port)
		xin_wrong(draft, set, port, "'%.*s' is no port", SHOW(port));
	draft->s.redirect = to;
}

/* Takes texts off a list; what is not there was meant to be. */
static void
take_off(struct xin_draft *draft, struct xin_texts *list, const struct xin_set *set)
{
	for (uint32_t i = 0; i < set->n; i++) {
		size_t kept = 0;

		for (size_t k = 0; k < list->n; k++)
			if (!span_is(set->words[i].text, list->v[k]))
				list->v[kept++] = list->v[k];
		list->n = kept;
	}
}

/* Not the array of defaults, which others use too. */
static void
own(struct xin_draft *draft, struct xin_texts *list)
{
	struct xin_texts copy = {0};

	for (size_t i = 0; i < list->n; i++)
		vec_push(draft->reading->scratch, &copy, list->v[i]);
	*list = copy;
}

void
take_passenv(struct xin_draft *draft, const struct xin_set *set)
{
	own(draft, &draft->passenv);
	if (set->op == XINETD_SET)
		draft->passenv.n = 0;
	if (set->op == XINETD_REMOVE)
		take_off(draft, &draft->passenv, set);
	else
		push_texts(draft, &draft->passenv, set);
}

void
take_env(struct xin_draft *draft, const struct xin_set *set)
{
	if (set->op == XINETD_REMOVE) {
		xin_wrong(draft, set, NULL, "takes no -=");
		return;
	}
	if (set->op == XINETD_SET)
		draft->env.n = 0;
	for (uint32_t i = 0; i < set->n; i++) {
		struct span s = set->words[i].text;
		size_t equals = span_find(s, '=');

		if (!equals || equals == s.n)
			xin_wrong(draft, set, &set->words[i], "'%.*s' is no NAME=VALUE",
				  SHOW(&set->words[i]));
	}
	push_texts(draft, &draft->env, set);
}

/* Where it listens ------------------------------------------------------------------------------
 */

void
take_port(struct xin_draft *draft, const struct xin_set *set)
{
	draft->ports = arena_array(draft->reading->scratch, set->n, sizeof(*draft->ports));
	if (set->n > LIMIT_LISTENERS) {
		xin_wrong(draft, set, NULL, "more than %u ports", LIMIT_LISTENERS);
		return;
	}
	for (uint32_t i = 0; i < set->n; i++) {
		uint16_t *port = &draft->ports[draft->n_ports];

		if (!num_port(set->words[i].text, port) || !*port)
			xin_wrong(draft, set, &set->words[i], "'%.*s' is no port from 1 to 65535",
				  SHOW(&set->words[i]));
		else
			draft->n_ports++;
	}
}

static void
push_items(struct xin_draft *draft, struct xin_items *list, const struct xin_set *set)
{
	for (uint32_t i = 0; i < set->n; i++)
		vec_push(draft->reading->scratch, list,
			 (struct access_item){
				 .text = xin_text(draft, &set->words[i]),
				 .file = draft->file,
				 .line = set->words[i].line,
				 .col = set->words[i].col,
			 });
}

/* Addresses are found out when the family is known: xinetd_make.c. */
void
take_bind(struct xin_draft *draft, const struct xin_set *set)
{
	draft->binds = (struct xin_items){0};
	push_items(draft, &draft->binds, set);
	if (set->n > LIMIT_LISTENERS)
		xin_wrong(draft, set, NULL, "more than %u addresses", LIMIT_LISTENERS);
}

void
take_bind_device(struct xin_draft *draft, const struct xin_set *set)
{
	if (FIRST(set).n >= XIN_DEVICE_BYTES || !FIRST(set).n)
		xin_wrong(draft, set, WORD(set), "'%.*s' is no interface's name", SHOW(WORD(set)));
	else
		draft->unix_socket.device = xin_text(draft, WORD(set));
}

void
take_v6only(struct xin_draft *draft, const struct xin_set *set)
{
	draft->v6only = xin_yes(draft, set);
	if (draft->in_defaults)
		draft->odd |= 1u << XIN_DIFFERS_V6ONLY_DEFAULTS;
	else if (!draft->v6only)
		draft->odd |= 1u << XIN_DIFFERS_V6ONLY_NO;
}

void
take_backlog(struct xin_draft *draft, const struct xin_set *set)
{
	if (xin_number(draft, set, WORD(set), INT_MAX, &draft->s.backlog) && !draft->s.backlog)
		xin_wrong(draft, set, WORD(set), "must be at least 1");
}

void
take_buffer(struct xin_draft *draft, const struct xin_set *set)
{
	uint64_t n;

	if (!num_size(FIRST(set), INT_MAX, &n) || !n)
		xin_wrong(draft, set, WORD(set), "'%.*s' is no size (digits, K or M)",
			  SHOW(WORD(set)));
	else if (set->row->attr == XIN_SNDBUF)
		draft->s.sndbuf = (uint32_t)n;
	else
		draft->s.rcvbuf = (uint32_t)n;
}

static void
take_owner(struct xin_draft *draft, const struct xin_set *set, const struct syn_word *word)
{
	struct service_listener *l = &draft->unix_socket;
	struct span group = word->text, user = span_cut(&group, ':');
	const char *user_name = conf_text(draft->reading, user);
	const char *group_name = conf_text(draft->reading, group);

	if (user.n && !conf_user(draft->reading, user_name, &l->owner, &l->group))
		xin_wrong(draft, set, word, "there is no user '%.*s'", SPAN_ARG(xin_cut(user)));
	if (group.n && !conf_group(draft->reading, group_name, &l->group))
		xin_wrong(draft, set, word, "there is no group '%.*s'", SPAN_ARG(xin_cut(group)));
}

/* PATH [user[:group] [mode]] */
void
take_socket(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_listener *l = &draft->unix_socket;
	uint64_t mode = 0;

	l->path = xin_text(draft, WORD(set));
	if (!span_starts(FIRST(set), "@"))
		(void)is_absolute(draft, set, WORD(set));
	else if (set->n > 1)
		xin_wrong(draft, set, &set->words[1],
			  "an abstract socket has no owner and no mode");
	if (FIRST(set).n >= XIN_UNIX_BYTES)
		xin_wrong(draft, set, WORD(set), "is longer than %u bytes", XIN_UNIX_BYTES - 1);
	if (set->n > 1)
		take_owner(draft, set, &set->words[1]);
	if (set->n > 2 && (!num_u64(set->words[2].text, 8, 0777, &mode) || !mode))
		xin_wrong(draft, set, &set->words[2], "'%.*s' is no mode (octal)",
			  SHOW(&set->words[2]));
	l->mode = (mode_t)mode;
}
