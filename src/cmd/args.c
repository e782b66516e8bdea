/* Command lines by table: long and short options, values joined or apart, "--" ends them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/near.h"
#include "cmd/cmd.h"

void
cmd_help(const struct cmd *cmd, FILE *out)
{
	fprintf(out, "usage: gatehouse %s %s\n\n%s.\n\n", cmd->name, cmd->args, cmd->doc);
	for (const struct cmd_option *option = cmd->options; option->name; option++) {
		char left[64], letter[8] = "    ";

		if (option->letter)
			snprintf(letter, sizeof(letter), "-%c, ", option->letter);
		snprintf(left, sizeof(left), "%s--%s%s%s", letter, option->name,
			 option->value ? " " : "", option->value ? option->value : "");
		if (strlen(left) > 28)
			fprintf(out, "  %s\n  %-28s %s\n", left, "", option->doc);
		else
			fprintf(out, "  %-28s %s\n", left, option->doc);
	}
	fprintf(out, "  %-28s %s\n", "-h, --help", "show this help");
}

int
cmd_usage_error(const struct cmd *cmd, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "gatehouse %s: ", cmd->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see gatehouse %s --help\n", cmd->name);
	return CMD_USAGE;
}

static int
take_value(struct cmd_args *args, int i, const char *joined)
{
	const struct cmd_option *option = &args->cmd->options[i];

	args->value = joined;
	if (!option->value && joined) {
		cmd_usage_error(args->cmd, "--%s takes no value", option->name);
		return -2;
	}
	if (option->value && !joined) {
		if (args->at >= args->argc) {
			cmd_usage_error(args->cmd, "--%s needs a value: %s", option->name,
					option->value);
			return -2;
		}
		args->value = args->argv[args->at++];
	}
	return i;
}

static int
long_option(struct cmd_args *args, const char *word)
{
	const char *equals = strchr(word, '=');
	size_t n = equals ? (size_t)(equals - word) : strlen(word);
	struct near near;
	char hint[80];

	for (int i = 0; args->cmd->options[i].name; i++)
		if (strlen(args->cmd->options[i].name) == n &&
		    memcmp(args->cmd->options[i].name, word, n) == 0)
			return take_value(args, i, equals ? equals + 1 : NULL);
	near = near_of((struct span){word, n});
	near_offer(&near, "help");
	for (int i = 0; args->cmd->options[i].name; i++)
		near_offer(&near, args->cmd->options[i].name);
	cmd_usage_error(args->cmd, "no option '--%.*s'%s", (int)n, word,
			near_hint(&near, hint, sizeof(hint)));
	return -2;
}

/* Letters without a value may stand together: "-an"; the rest waits in args->letters. */
static int
short_option(struct cmd_args *args, const char *word)
{
	args->letters = NULL;
	for (int i = 0; args->cmd->options[i].name; i++) {
		const struct cmd_option *option = &args->cmd->options[i];

		if (option->letter != word[0])
			continue;
		if (!option->value && word[1]) {
			args->letters = word + 1;
			args->value = NULL;
			return i;
		}
		return take_value(args, i, word[1] ? word + 1 : NULL);
	}
	if (word[0] == 'h') {
		cmd_help(args->cmd, stdout);
		args->help = true;
		return -2;
	}
	cmd_usage_error(args->cmd, "no option '-%c'", word[0]);
	return -2;
}

static bool
is_operand(const char *word)
{
	return word[0] != '-' || word[1] == '\0';
}

/* The words just taken go before the operands that stood before them. */
static void
move_forward(struct cmd_args *args, int taken)
{
	char **end = args->argv + args->at, *words[2];
	size_t n = (size_t)taken;

	memcpy(words, end - n, n * sizeof(*words));
	memmove(end - args->operands, end - n - args->operands,
		(size_t)args->operands * sizeof(*end));
	memcpy(end - n - args->operands, words, n * sizeof(*words));
}

/* Options may stand behind operands too, as in "starts inetd --enabled". */
int
cmd_args_next(struct cmd_args *args)
{
	const char *word;
	int before = args->at, option = -1;

	if (args->letters && args->letters[0]) {
		option = short_option(args, args->letters);
		move_forward(args, args->at - before); /* a value may have been taken */
		return option;
	}
	if (args->at == 0)
		args->at = 1;
	for (; args->at < args->argc && is_operand(args->argv[args->at]); args->at++)
		args->operands++;
	if (args->at < args->argc) {
		before = args->at;
		word = args->argv[args->at++];
		if (strcmp(word, "--help") == 0) {
			cmd_help(args->cmd, stdout);
			args->help = true;
			return -2;
		}
		if (strcmp(word, "--") != 0)
			option = word[1] == '-' ? long_option(args, word + 2)
						: short_option(args, word + 1);
		move_forward(args, args->at - before);
		if (option != -1)
			return option;
	}
	args->at -= args->operands;
	args->operands = 0;
	return -1;
}

int
cmd_take_netns(const struct cmd *cmd, const char *value, struct inventory_options *ret)
{
	if (text_is(value, "all"))
		ret->netns = INVENTORY_NETNS_ALL;
	else if (text_is(value, "self"))
		ret->netns = INVENTORY_NETNS_SELF;
	else
		return cmd_usage_error(cmd, "--netns: all or self, not '%s'", value);
	return 0;
}

int
cmd_take_owners(const struct cmd *cmd, const char *value, struct inventory_options *ret)
{
	static const struct {
		const char *name;
		enum inventory_owners owners;
	} rows[] = {
		{"auto", OWNERS_AUTO}, {"cgroup", OWNERS_CGROUP}, {"threads", OWNERS_THREADS},
		{"bpf", OWNERS_BPF},   {"none", OWNERS_NONE},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (text_is(value, rows[i].name)) {
			ret->owners = rows[i].owners;
			return 0;
		}
	return cmd_usage_error(cmd, "--owners: auto, cgroup, threads, bpf or none, not '%s'",
			       value);
}
