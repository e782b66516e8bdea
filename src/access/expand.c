/* %-expansion of hosts_access(5). What a client can choose gets every unsafe byte made '_'. */
#include <stdio.h>
#include <string.h>

#include "access/program.h"

struct sources {
	const char *daemon;
	const struct access_client *client;
	pid_t pid;
	char buf[NET_ADDR_TEXT];
	struct arena *arena;
};

static const char *
address(struct sources *s, const struct net_addr *addr)
{
	struct net_addr plain = net_addr_unmap(addr);

	plain.scope = 0;
	return plain.family ? net_addr_text(&plain, s->buf) : "unknown";
}

static const char *
local_name(const struct sources *s)
{
	return s->client->local_name_is == ACCESS_KNOWN && s->client->local_name
		       ? s->client->local_name
		       : "unknown";
}

static const char *
user(const struct sources *s)
{
	return s->client->user_is == ACCESS_KNOWN && s->client->user ? s->client->user : "unknown";
}

static bool
is_host_name(const char *name)
{
	return strcmp(name, "unknown") != 0 && strcmp(name, "paranoid") != 0;
}

static const char *
name_or_address(struct sources *s, const char *name, const struct net_addr *addr)
{
	return is_host_name(name) ? name : address(s, addr);
}

static const char *
client_host(struct sources *s)
{
	return name_or_address(s, view_name(s->client), &s->client->addr);
}

static const char *
local_host(struct sources *s)
{
	return name_or_address(s, local_name(s), &s->client->local);
}

/* user@host, daemon@host: the part with '@' only where it says something. */
static const char *
joined(struct sources *s, const char *head, const char *host)
{
	return arena_printf(s->arena, "%s@%s", head, host);
}

static const char *
number(struct sources *s, long value)
{
	snprintf(s->buf, sizeof(s->buf), "%ld", value);
	return s->buf;
}

/* NULL: there is no such letter. */
static const char *
value_of(struct sources *s, char letter)
{
	const struct access_client *client = s->client;

	switch (letter) {
	case 'a':
		return address(s, &client->addr);
	case 'A':
		return address(s, &client->local);
	case 'c':
		return strcmp(user(s), "unknown") != 0 ? joined(s, user(s), client_host(s))
						       : client_host(s);
	case 'd':
		return s->daemon;
	case 'h':
		return client_host(s);
	case 'H':
		return local_host(s);
	case 'n':
		return view_name(client);
	case 'N':
		return local_name(s);
	case 'p':
		return number(s, s->pid);
	case 'r':
		return number(s, client->port);
	case 'R':
		return number(s, client->local_port);
	case 's':
		return client->local.family ? joined(s, s->daemon, local_host(s)) : s->daemon;
	case 'u':
		return user(s);
	default:
		return NULL;
	}
}

static bool
is_safe(char c)
{
	return c && strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			   "!@%-_=+:,./",
			   c);
}

/* First counts, then writes. */
static size_t
expand(struct sources *s, const char *text, char *out)
{
	size_t n = 0;

	for (; *text; text++) {
		const char *value;

		if (*text != '%') {
			if (out)
				out[n] = *text;
			n++;
			continue;
		}
		if (!text[1])
			break;
		text++;
		value = *text == '%' ? "%" : value_of(s, *text);
		for (; value && *value; value++, n++)
			if (out)
				out[n] = is_safe(*value) ? *value : '_';
	}
	return n;
}

char *
access_expand(struct arena *arena, const char *text, const char *daemon,
	      const struct access_client *client, pid_t pid)
{
	struct sources sources = {
		.daemon = daemon ? daemon : "unknown",
		.client = client,
		.pid = pid,
		.arena = arena,
	};
	char *out = arena_alloc(arena, expand(&sources, text, NULL) + 1);

	expand(&sources, text, out);
	return out;
}
