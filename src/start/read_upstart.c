/*
 * upstart: a job of /etc/init is started when the events of its "start on" come; NAME.override
 * puts its stanzas over those of NAME.conf, and "manual" takes away a "start on" before it
 * (init(5) of upstart 1.3 and later).
 */
#include <dirent.h>
#include <string.h>

#include "base/limits.h"
#include "base/vec.h"
#include "start/script.h"
#include "syntax/assignments.h"
#include "syntax/upstart.h"

/* A job's stanzas, each with the file that has the last word on it. */
struct job {
	const char *name, *conf, *override;
	struct syn_tree *tree, *over_tree;
	struct upstart base, over;
};

static bool
read_job(struct start_ctx *ctx, const char *file, struct job *job)
{
	size_t n = strlen(file) - strlen(".conf");

	*job = (struct job){.conf = arena_printf(ctx->arena, "/etc/init/%s", file)};
	job->name = arena_dupn(ctx->arena, file, n);
	job->override = arena_printf(ctx->arena, "/etc/init/%s.override", job->name);
	job->tree = start_parse(ctx, &syn_format_upstart, job->conf);
	if (!job->tree)
		return false;
	job->base = upstart_view(job->tree);
	if (root_exists(ctx->root, job->override))
		job->over_tree = start_parse(ctx, &syn_format_upstart, job->override);
	if (job->over_tree)
		job->over = upstart_view(job->over_tree);
	return true;
}

static const char *
words_text(struct start_ctx *ctx, const struct syn_node *node, uint32_t from)
{
	const char *text = "";

	for (uint32_t i = from; i < node->n_words && strlen(text) < LIMIT_MESSAGE; i++) {
		const struct span word = node->words[i].text;
		bool tight = !*text || span_is(word, ")") || text_ends(text, "(");

		text = arena_printf(ctx->arena, "%s%s%.*s", text, tight ? "" : " ", SPAN_ARG(word));
	}
	return text;
}

/* The second word of a stanza of the override, else of the job. */
static const char *
value(struct start_ctx *ctx, const struct syn_node *over, const struct syn_node *base)
{
	const struct syn_node *node = over ? over : base;

	return node && node->n_words > 1 ? words_text(ctx, node, 1) : NULL;
}

static void
set_state(struct start_ctx *ctx, const struct job *job, struct start *start)
{
	const struct syn_node *on = job->over.start_on;
	const char *file = job->override;

	if (!on && !job->over.manual) {
		on = job->base.start_on;
		file = job->conf;
	}
	start->when = START_BY_OTHER;
	if (on) {
		const char *events = words_text(ctx, on, 2);

		start->enabled = true;
		/* runlevels and what boot always emits; anything else may or may not happen */
		start->when = START_ON_EVENT;
		for (size_t i = 0; i < on->n_words; i++)
			if (span_is(on->words[i].text, "runlevel") ||
			    span_is(on->words[i].text, "startup") ||
			    span_is(on->words[i].text, "filesystem") ||
			    span_is(on->words[i].text, "local-filesystems") ||
			    span_starts(on->words[i].text, "net-device") ||
			    span_is(on->words[i].text, "started"))
				start->when = START_AT_BOOT;
		start->state = arena_printf(ctx->arena, "start on %s", events);
		start->runlevels = events;
		start->switch_file = file;
		start->switch_line = on->line;
		start->off = arena_printf(ctx->arena, "echo manual >> %s; stop %s",
					  script_quote(ctx, job->override),
					  script_quote(ctx, job->name));
	} else if (job->over.manual || job->base.manual) {
		const struct syn_node *manual =
			job->over.manual ? job->over.manual : job->base.manual;

		start->state = "manual";
		start->switch_file = job->over.manual ? job->override : job->conf;
		start->switch_line = manual->line;
	} else {
		start->state = "no \"start on\"";
	}
}

/* "env NAME=value" lines are variables of the job's scripts. */
static struct sh_vars
job_vars(struct start_ctx *ctx, const struct syn_tree *tree)
{
	struct sh_vars vars = sh_vars_of(ctx->arena, tree->file);

	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];
		struct span text, name;

		if (node->kind != UPSTART_STANZA || node->n_words < 2 ||
		    !span_is(node->words[0].text, "env"))
			continue;
		text = node->words[1].text;
		if (span_find(text, '=') == text.n)
			continue;
		name = span_cut(&text, '=');
		sh_set(&vars, span_dup(ctx->arena, name), span_dup(ctx->arena, text));
	}
	return vars;
}

static void
describe_script(struct start_ctx *ctx, struct start *start, const struct syn_tree *tree,
		const struct syn_node *begin)
{
	struct syn_tree *code = syn_parse(&syn_format_assignments, ctx->arena, ctx->diags,
					  tree->file, upstart_code(tree, begin));
	struct sh_vars vars = job_vars(ctx, tree);
	struct sh_walk walk = {.tree = code};
	struct sh_command command;
	uint32_t line = 0;

	script_read_vars(ctx, &vars, code);
	while (sh_next_command(&walk, ctx->arena, &command)) {
		if (command.n < 2 || !span_is(command.words[0]->text, "exec"))
			continue;
		start->command = sh_argv(&vars, command.words + 1, command.n - 1);
		line = command.node->line;
	}
	script_describe(ctx, start, code, &vars);
	/* the code's line 1 is the one behind "script" */
	start->line = begin->line + (line ? line : start->line);
}

static void
describe_job(struct start_ctx *ctx, const struct job *job, struct start *start)
{
	bool over = job->over.exec || job->over.script;
	const struct upstart *view = over ? &job->over : &job->base;
	const struct syn_tree *tree = over ? job->over_tree : job->tree;

	if (view->exec) {
		const struct syn_node *node = view->exec;
		struct sh_vars vars = job_vars(ctx, tree);
		VEC(const struct syn_word *) words = {0};

		for (uint32_t i = 1; i < node->n_words; i++)
			vec_push(ctx->arena, &words, &node->words[i]);
		start->command = sh_argv(&vars, words.v, words.n);
		start->line = node->line;
		start_find_exe(ctx, start);
		script_user(ctx, start);
	} else if (view->script) {
		describe_script(ctx, start, tree, view->script);
	}
	if (over && (view->exec || view->script))
		start->file = job->override;
	if (value(ctx, job->over.setuid, job->base.setuid))
		start->user = value(ctx, job->over.setuid, job->base.setuid);
	start->group = value(ctx, job->over.setgid, job->base.setgid);
	start->note = value(ctx, job->over.description, job->base.description);
}

static void
read_upstart(struct start_ctx *ctx)
{
	struct root_dir dir = start_list_dir(ctx, "/etc/init");

	for (size_t i = 0; i < dir.n; i++) {
		struct start *start;
		struct job job;

		if (!text_ends(dir.v[i].name, ".conf") || dir.v[i].name[0] == '.' ||
		    dir.v[i].type == DT_DIR || !read_job(ctx, dir.v[i].name, &job))
			continue;
		start = start_add(ctx, "upstart", job.name, job.conf, 0);
		set_state(ctx, &job, start);
		describe_job(ctx, &job, start);
	}
}

const struct start_reader start_reader_upstart = {
	.mechanism = "upstart",
	.doc = "upstart's jobs in /etc/init; enabled: a \"start on\" that no \"manual\" takes back",
	.read = read_upstart,
};
