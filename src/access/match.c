/* Matching of hosts_access(5) patterns, string by string as libwrap does it. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "access/program.h"

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* '*' any run, '?' any one; goes back to the last '*' only, so the time is a product at most. */
static bool
text_glob(struct span pattern, const char *text)
{
	size_t p = 0, star = SIZE_MAX;
	const char *again = NULL;

	while (*text) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			again = text;
		} else if (p < pattern.n &&
			   (pattern.p[p] == '?' || lower(pattern.p[p]) == lower(*text))) {
			p++;
			text++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			text = ++again;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

struct view
view_of(const char *daemon, const struct access_client *client)
{
	return (struct view){.client = client, .daemon = daemon};
}

const char *
view_name(const struct access_client *client)
{
	if (client->name_is == ACCESS_KNOWN && client->name)
		return client->name;
	return client->liar ? "paranoid" : "unknown";
}

static const char *
text_of(const struct net_addr *addr, char buf[NET_ADDR_TEXT])
{
	struct net_addr plain = net_addr_unmap(addr);

	if (buf[0])
		return buf;
	if (!plain.family)
		return strcpy(buf, "unknown");
	plain.scope = 0;
	return net_addr_text(&plain, buf);
}

static bool
text_matches(const struct pattern *pattern, const char *text)
{
	struct span s = span_of(text);

	switch (pattern->kind) {
	case PATTERN_ALL:
		return true;
	case PATTERN_KNOWN:
		return strcmp(text, "unknown") != 0;
	case PATTERN_GLOB:
		return text_glob(pattern->text, text);
	case PATTERN_SUFFIX:
		if (s.n <= pattern->text.n)
			return false;
		s = span_skip(s, s.n - pattern->text.n);
		break;
	case PATTERN_PREFIX:
		if (s.n < pattern->text.n)
			return false;
		s.n = pattern->text.n;
		break;
	default:
		break;
	}
	if (s.n != pattern->text.n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (lower(s.p[i]) != lower(pattern->text.p[i]))
			return false;
	return true;
}

/* The two ends of a connection, of which a host pattern is one's. */
struct end {
	const struct net_addr *addr;
	char *text;
	enum access_fact name_is;
	const char *name;
	enum access_answer ask;
};

static bool
net_has(const struct pattern_net *net, const struct net_addr *addr)
{
	struct net_addr plain = net_addr_unmap(addr);
	size_t n = net->family == AF_INET ? 4 : 16;

	if (plain.family != net->family)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((plain.bytes[i] & net->mask[i]) != net->net[i])
			return false;
	return true;
}

static enum match host_match(const struct pattern *pattern, struct view *view,
			     const struct end *end);

/* Any of them; no EXCEPT in files. */
static enum match
any_match(const struct patterns *list, struct view *view, const struct end *end)
{
	enum match found = MATCH_NO;
	struct index_list lists[INDEX_LISTS];
	struct net_addr plain;

	if (list->index) {
		plain = net_addr_unmap(end->addr);
		if (index_find(list->index, &plain, lists))
			return MATCH_YES;
	}
	for (uint32_t i = 0; i < list->n; i++) {
		enum match match = host_match(&list->v[i], view, end);

		if (match == MATCH_YES || match == MATCH_ASK)
			return match;
		if (match == MATCH_MAYBE)
			found = match;
	}
	return found;
}

static enum match
ask(struct view *view, const struct end *end)
{
	view->ask = end->ask;
	return MATCH_ASK;
}

/* KNOWN and LOCAL: about the name alone, which must be had. */
static enum match
known_match(const struct pattern *pattern, struct view *view, const struct end *end)
{
	if (!end->addr->family && pattern->kind == PATTERN_KNOWN)
		return MATCH_NO;
	if (end->name_is == ACCESS_UNASKED)
		return ask(view, end);
	if (strcmp(end->name, "unknown") == 0 || strcmp(end->name, "paranoid") == 0)
		return MATCH_NO;
	return pattern->kind == PATTERN_KNOWN || !strchr(end->name, '.') ? MATCH_YES : MATCH_NO;
}

static enum match
host_match(const struct pattern *pattern, struct view *view, const struct end *end)
{
	switch (pattern->kind) {
	case PATTERN_ALL:
		return MATCH_YES;
	case PATTERN_NET:
		return net_has(pattern->net, end->addr) ? MATCH_YES : MATCH_NO;
	case PATTERN_DOUBT:
		if (pattern->net && end->addr->family && !net_has(pattern->net, end->addr))
			return MATCH_NO;
		view->difference = pattern->difference;
		return MATCH_MAYBE;
	case PATTERN_FILE:
		return any_match(pattern->list, view, end);
	case PATTERN_NETGROUP:
		if (end->name_is == ACCESS_UNASKED)
			return ask(view, end);
		for (uint32_t i = 0; i < pattern->list->n; i++)
			if (text_matches(&pattern->list->v[i], end->name))
				return MATCH_YES;
		return MATCH_NO;
	case PATTERN_KNOWN:
	case PATTERN_LOCAL:
		return known_match(pattern, view, end);
	default:
		break;
	}
	if (text_matches(pattern, text_of(end->addr, end->text)))
		return MATCH_YES;
	if (!pattern->names)
		return MATCH_NO;
	if (end->name_is == ACCESS_UNASKED)
		return ask(view, end);
	return text_matches(pattern, end->name) ? MATCH_YES : MATCH_NO;
}

static struct end
client_end(struct view *view)
{
	return (struct end){&view->client->addr, view->addr, view->client->name_is,
			    view_name(view->client), ACCESS_NEED_NAME};
}

static struct end
local_end(struct view *view)
{
	const struct access_client *client = view->client;
	bool known = client->local_name_is == ACCESS_KNOWN && client->local_name;

	return (struct end){&client->local, view->local, client->local_name_is,
			    known ? client->local_name : "unknown", ACCESS_NEED_LOCAL_NAME};
}

/* host and user: both must be, the host is asked first. */
static enum match
client_match(const struct pattern *pattern, struct view *view)
{
	const struct access_client *client = view->client;
	struct end end = client_end(view);
	enum match match;
	bool known;

	if (!pattern->has_user)
		return host_match(pattern, view, &end);
	match = host_match(&pattern->list->v[0], view, &end);
	if (match == MATCH_NO || match == MATCH_ASK || pattern->kind == PATTERN_ALL)
		return match;
	if (client->user_is == ACCESS_UNASKED) {
		view->ask = ACCESS_NEED_USER;
		return MATCH_ASK;
	}
	known = client->user_is == ACCESS_KNOWN && client->user;
	return text_matches(pattern, known ? client->user : "unknown") ? match : MATCH_NO;
}

static bool
is_port(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}

/* A number is the port, where that is known; else the daemon's name. */
static bool
daemon_is(const struct pattern *pattern, struct view *view)
{
	if (pattern->kind != PATTERN_EXACT || !view->client->local_port || !is_port(pattern->text))
		return text_matches(pattern, view->daemon);
	if (!view->local_port[0])
		snprintf(view->local_port, sizeof(view->local_port), "%u",
			 view->client->local_port);
	return span_is(pattern->text, view->local_port);
}

static enum match
daemon_match(const struct pattern *pattern, struct view *view)
{
	struct end end = local_end(view);

	if (pattern->kind == PATTERN_DOUBT) {
		view->difference = pattern->difference;
		return MATCH_MAYBE;
	}
	if (!daemon_is(pattern, view))
		return MATCH_NO;
	return pattern->has_host ? host_match(&pattern->list->v[0], view, &end) : MATCH_YES;
}

static enum match
opposite(enum match match)
{
	return match == MATCH_YES ? MATCH_NO : match == MATCH_NO ? MATCH_YES : match;
}

/* list EXCEPT list EXCEPT ...: what follows the first EXCEPT is taken from what stands before. */
static enum match
list_match(const struct pattern *v, uint32_t n, struct view *view,
	   enum match (*one)(const struct pattern *, struct view *))
{
	enum match found = MATCH_NO, except;
	uint32_t i;

	for (i = 0; i < n && v[i].kind != PATTERN_EXCEPT && found != MATCH_YES; i++) {
		enum match match = one(&v[i], view);

		if (match == MATCH_ASK)
			return match;
		if (match != MATCH_NO)
			found = match;
	}
	if (found == MATCH_NO)
		return MATCH_NO;
	while (i < n && v[i].kind != PATTERN_EXCEPT)
		i++;
	if (i == n)
		return found;
	except = opposite(list_match(v + i + 1, n - i - 1, view, one));
	return except == MATCH_YES ? found : except;
}

enum match
patterns_match_daemons(const struct patterns *patterns, struct view *view)
{
	return list_match(patterns->v, patterns->n, view, daemon_match);
}

enum match
patterns_match_clients(const struct patterns *patterns, struct view *view)
{
	return list_match(patterns->v, patterns->n, view, client_match);
}
