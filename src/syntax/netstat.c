#include "syntax/netstat.h"

#include <string.h>

static const char *const kinds[] = {"socket", "heading", NULL};

static const char *const states[] = {
	"LISTEN",    "LISTENING", "ESTABLISHED", "ESTAB",      "SYN_SENT",   "SYN-SENT",
	"SYN_RECV",  "SYN-RECV",  "FIN_WAIT1",   "FIN-WAIT-1", "FIN_WAIT2",  "FIN-WAIT-2",
	"TIME_WAIT", "TIME-WAIT", "CLOSE",       "CLOSE_WAIT", "CLOSE-WAIT", "LAST_ACK",
	"LAST-ACK",  "CLOSING",   "UNCONN",      "CONNECTED",  "CLOSED",
};
static const char *const protos[] = {
	"tcp",  "tcp6",  "udp",   "udp6",   "udplite", "udplite6", "udpl",  "udpl6", "raw",
	"raw6", "icmp",  "icmp6", "icmp66", "sctp",    "sctp6",    "dccp",  "dccp6", "mptcp",
	"unix", "u_str", "u_dgr", "u_seq",  "p_raw",   "p_dgr",    "v_str", "nl",
};

static bool
is_one_of(struct span word, const char *const *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(word, all[i]))
			return true;
	return false;
}

static bool
is_state(struct span word)
{
	return is_one_of(word, states, COUNT_OF(states));
}

static bool
is_number(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
	return word.n > 0;
}

/* "host:port" at the last colon; both sides must hold something. */
static bool
split_address(struct span word, struct span *host, struct span *port)
{
	size_t at = word.n;

	while (at > 0 && word.p[at - 1] != ':')
		at--;
	if (at < 2 || at == word.n)
		return false;
	*host = (struct span){word.p, at - 1};
	*port = span_skip(word, at);
	if (host->n > 2 && host->p[0] == '[' && host->p[host->n - 1] == ']')
		*host = (struct span){host->p + 1, host->n - 2};
	return true;
}

/* netstat: "701/sshd: /usr/s", up to the end of the line; ss: users:(("sshd",pid=701,fd=3)). */
static void
split_program(struct span text, struct netstat_socket *ret)
{
	static const char users[] = "users:((\"", pid[] = "pid=";
	const char *at;

	if (span_starts(text, users)) {
		struct span rest = span_skip(text, sizeof(users) - 1);

		ret->program = span_cut(&rest, '"');
		at = memmem(rest.p, rest.n, pid, sizeof(pid) - 1);
		if (!at)
			return;
		rest = span_skip(rest, (size_t)(at - rest.p) + sizeof(pid) - 1);
		ret->pid = (struct span){rest.p, 0};
		while (ret->pid.n < rest.n && is_number((struct span){rest.p + ret->pid.n, 1}))
			ret->pid.n++;
		return;
	}
	ret->pid = span_cut(&text, '/');
	ret->program = span_trim(text);
	if (!is_number(ret->pid))
		ret->pid = ret->program = (struct span){0};
}

/* From a word to the last one of the line, blanks included. */
static struct span
rest_of(const struct syn_node *node, uint32_t from)
{
	const struct syn_word *last = &node->words[node->n_words - 1];

	if (from >= node->n_words)
		return (struct span){0};
	return (struct span){node->words[from].raw.p,
			     (size_t)(last->raw.p + last->raw.n - node->words[from].raw.p)};
}

/* unix 2 [ ACC ] STREAM LISTENING 1234 701/dbus-daemon /run/x (netstat); u_str LISTEN 0 4096 /run/x
 * 1234 * 0 users:(...) (ss). Neither quotes a path, so one with blanks is taken to the end. */
static bool
unix_socket(const struct syn_node *node, struct netstat_socket *ret)
{
	bool ss = !span_is(node->words[0].text, "unix");

	ret->proto = node->words[0].text;
	if (node->n_words < 5)
		return false;
	if (ss) {
		ret->state = node->words[1].text;
		ret->recv_queue = node->words[2].text;
		ret->send_queue = node->words[3].text;
		ret->path = node->words[4].text;
		split_program(node->words[node->n_words - 1].text, ret);
		return true;
	}
	for (uint32_t i = 1; i < node->n_words; i++) {
		struct span word = node->words[i].text;

		if (span_is(word, "STREAM") || span_is(word, "DGRAM") || span_is(word, "SEQPACKET"))
			ret->proto = word;
		else if (is_state(word))
			ret->state = word;
		else if (span_starts(word, "/") || span_starts(word, "@")) {
			ret->path = rest_of(node, i);
			break;
		} else if (span_find(word, '/') < word.n)
			split_program(word, ret);
	}
	return ret->proto.n > 0;
}

static bool
inet_socket(const struct syn_node *node, struct netstat_socket *ret)
{
	uint32_t i = 0;
	const struct syn_word *words = node->words;

	if (is_one_of(words[0].text, protos, COUNT_OF(protos)))
		ret->proto = words[i++].text;
	if (i < node->n_words && is_state(words[i].text)) {
		ret->state = words[i++].text;
		ret->ss = true;
	}
	if (i + 1 < node->n_words && is_number(words[i].text) && is_number(words[i + 1].text)) {
		ret->recv_queue = words[i++].text;
		ret->send_queue = words[i++].text;
	}
	if (i + 1 >= node->n_words || !split_address(words[i].text, &ret->host, &ret->port) ||
	    !split_address(words[i + 1].text, &ret->peer, &ret->peer_port))
		return false;
	i += 2;
	if (i < node->n_words && (is_state(words[i].text) || is_number(words[i].text)))
		ret->state = words[i++].text;
	if (i < node->n_words)
		split_program(rest_of(node, i), ret);
	return true;
}

bool
netstat_socket(const struct syn_node *node, struct netstat_socket *ret)
{
	struct span first;

	*ret = (struct netstat_socket){0};
	if (node->n_words == 0)
		return false;
	first = node->words[0].text;
	if (span_is(first, "unix") || span_starts(first, "u_"))
		return unix_socket(node, ret);
	return inet_socket(node, ret);
}

/* Headings, and netstat's remarks on what it could not see. */
static bool
is_heading(struct span text)
{
	static const char *const begins[] = {
		"Active ", "Proto ", "Netid ", "State ", "(", "will not be shown", "COMMAND "};

	text = span_trim(text);
	for (size_t i = 0; i < COUNT_OF(begins); i++)
		if (span_starts(text, begins[i]))
			return true;
	return false;
}

static void
parse(struct syn_tree *tree)
{
	struct syn_lines lines = syn_lines_of(tree->text);
	struct netstat_socket socket;
	struct syn_line line;

	while (syn_lines_next(&lines, &line)) {
		struct span text = span_trim(line.text);
		struct syn_node *node;

		if (text.n == 0) {
			syn_add(tree, SYN_BLANK, line.raw, line.line);
		} else if (text.p[0] == '#') {
			syn_add(tree, SYN_COMMENT, line.raw, line.line);
		} else if (is_heading(text)) {
			syn_add(tree, NETSTAT_HEADING, line.raw, line.line);
		} else {
			node = syn_add(tree, NETSTAT_SOCKET, line.raw, line.line);
			syn_words_split(tree, node, line);
			if (netstat_socket(node, &socket))
				continue;
			node->kind = SYN_BAD;
			syn_diag(tree, DIAG_ERROR, text.p, line.line,
				 "not a socket as netstat or ss prints one");
		}
	}
}

const struct syn_format syn_format_netstat = {
	.name = "netstat",
	.doc = "saved listings of netstat and ss, with or without headings",
	.kinds = kinds,
	.parse = parse,
};
