#include "wrap/facts.h"

/* Each turn puts one fact in; commands are one for each rule that has some. */
void
wrap_decide(const struct access *access, const char *daemon, struct access_client *client,
	    const struct wrap_facts *facts, void *data, struct access_verdict *ret)
{
	uint32_t turns = access_rules(access) + 8;
	int status;

	while (turns--) {
		access_decide(access, daemon, client, ret);
		switch (ret->answer) {
		case ACCESS_ALLOW:
		case ACCESS_DENY:
			return;
		case ACCESS_NEED_NAME:
			client->name_is = ACCESS_UNKNOWN;
			facts->name(data, client);
			break;
		case ACCESS_NEED_LOCAL_NAME:
			client->local_name_is = ACCESS_UNKNOWN;
			facts->local_name(data, client);
			break;
		case ACCESS_NEED_USER:
			client->user_is = ACCESS_UNKNOWN;
			facts->user(data, client);
			break;
		case ACCESS_NEED_COMMAND:
			status = facts->command(data, client, ret->command);
			client->ran_is = status < 0 ? ACCESS_UNKNOWN : ACCESS_KNOWN;
			client->ran_rule = ret->rule;
			client->ran_status = status;
			break;
		}
	}
	ret->answer = ACCESS_DENY;
	ret->refusal = REFUSAL_WRAP;
	ret->why = "the rules ask without end";
}

const char *
wrap_client_text(struct arena *arena, const struct access_client *client)
{
	char addr[NET_ADDR_TEXT] = "unknown";
	struct net_addr plain = net_addr_unmap(&client->addr);
	bool named = client->name_is == ACCESS_KNOWN && client->name;
	bool user = client->user_is == ACCESS_KNOWN && client->user;

	plain.scope = 0;
	if (plain.family)
		net_addr_text(&plain, addr);
	return arena_printf(arena, "%s%s%s", user ? client->user : "", user ? "@" : "",
			    named ? client->name : addr);
}
