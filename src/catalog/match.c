/*
 * Match: from a name, a port, a listener or a start record to the catalog's entry.
 *
 * Evidence before guess: the program that holds the socket, then what starts it, then its package,
 * then its RPC registration. A port alone proves nothing and is used only where no program can be
 * seen.
 *
 * Names are tried as they are, then without what packaging adds to them: unit suffixes
 * ("ssh.service"), template instances ("getty@tty1"), versions ("php8.2-fpm", "postgresql-15"),
 * "in." and "rpc." in front, "d" behind.
 */
#include <ctype.h>
#include <string.h>

#include "catalog/load.h"
#include "model/process.h"

#define NAME_MAX_BYTES 96u
#define COMM_BYTES 15u /* TASK_COMM_LEN of the kernel without its NUL, proc(5) */

/*
 * Files have exact names: /tmp/x is not X. What a person types may have any case: those maps are
 * made only when somebody asks.
 */
struct catalog_index {
	struct map programs, units, packages; /* exact text -> entry */
	struct map comms; /* programs as the kernel cuts their names, 15 bytes */
	struct map names; /* names and aliases */
	struct map rpc;   /* number -> entry */
	struct map asked; /* lower-case text of any kind -> entry */
	struct {
		struct port_row {
			struct catalog_port port;
			const struct catalog_entry *entry;
			bool own;
		} * v;
		size_t n, cap;
	} ports;
};

/* Index ------------------------------------------------------------------------------- */

/* The first one keeps a name; entries of catalog.d come before the built-in ones. */
static void
put(struct map *map, const char *name, const struct catalog_entry *entry)
{
	if (!map_get_text(map, name))
		map_put_text(map, name, (void *)entry);
}

static void
put_all(struct map *map, const char **names, const struct catalog_entry *entry)
{
	for (; *names; names++)
		put(map, *names, entry);
}

/* Two services of one cut name: it tells nothing. */
static const struct catalog_entry ambiguous;

static void
index_comms(struct arena *arena, struct map *comms, const struct catalog_entry *entry)
{
	for (const char **program = entry->programs; *program; program++) {
		const struct catalog_entry *was;
		const char *comm;

		if (strlen(*program) <= COMM_BYTES)
			continue;
		comm = arena_dupn(arena, *program, COMM_BYTES);
		was = map_get_text(comms, comm);
		map_put_text(comms, comm, (void *)(was && was != entry ? &ambiguous : entry));
	}
}

static void
index_entry(struct arena *arena, struct catalog_index *index, const struct catalog_entry *entry)
{
	put(&index->names, entry->name, entry);
	put_all(&index->programs, entry->programs, entry);
	index_comms(arena, &index->comms, entry);
	put_all(&index->units, entry->units, entry);
	put_all(&index->packages, entry->packages, entry);
	for (uint32_t i = 0; i < entry->n_rpc_programs; i++)
		if (!map_get(&index->rpc, entry->rpc_programs[i]))
			map_put(&index->rpc, entry->rpc_programs[i], (void *)entry);
	for (uint32_t i = 0; i < entry->n_ports; i++)
		vec_push(arena, &index->ports,
			 (struct port_row){entry->ports[i], entry, i < entry->n_own_ports});
}

static struct catalog_index *
index_of(const struct catalog *catalog)
{
	struct arena *arena = catalog->arena;
	struct catalog_index *index = catalog->index;

	if (index)
		return index;
	index = arena_alloc(arena, sizeof(*index));
	index->names = index->programs = index->units = map_of(arena);
	index->packages = index->rpc = index->asked = index->comms = map_of(arena);
	for (int added = 1; added >= 0; added--) {
		for (size_t i = 0; i < catalog->entries.n; i++)
			if (catalog->entries.v[i]->added == added)
				index_entry(arena, index, catalog->entries.v[i]);
		/* Super-servers call services by these: "login", "auth". Names go first. */
		for (size_t i = 0; i < catalog->entries.n; i++)
			if (catalog->entries.v[i]->added == added)
				put_all(&index->names, catalog->entries.v[i]->aliases,
					catalog->entries.v[i]);
	}
	((struct catalog *)catalog)->index = index; /* a cache: the catalog stays what it is */
	return index;
}

enum name_kind { OWN_NAME, ALIAS, PROGRAM, UNIT, PACKAGE, N_NAME_KINDS };

static void
put_asked(struct arena *arena, struct map *map, const struct catalog_entry *entry,
	  enum name_kind kind)
{
	const char *own[] = {entry->name, NULL};
	const char **const names[N_NAME_KINDS] = {
		[OWN_NAME] = own,      [ALIAS] = entry->aliases,    [PROGRAM] = entry->programs,
		[UNIT] = entry->units, [PACKAGE] = entry->packages,
	};

	for (const char **name = names[kind]; *name; name++)
		put(map, span_lower(arena, span_of(*name)), entry);
}

/* Names of all before aliases of any, and so on: the order catalog_find() promises. */
static const struct map *
asked_of(const struct catalog *catalog)
{
	struct catalog_index *index = index_of(catalog);

	if (index->asked.n)
		return &index->asked;
	for (int added = 1; added >= 0; added--)
		for (unsigned kind = 0; kind < N_NAME_KINDS; kind++)
			for (size_t i = 0; i < catalog->entries.n; i++)
				if (catalog->entries.v[i]->added == added)
					put_asked(catalog->arena, &index->asked,
						  catalog->entries.v[i], kind);
	return &index->asked;
}

/* Forms of a name --------------------------------------------------------------------- */

struct forms {
	char v[12][NAME_MAX_BYTES];
	unsigned n;
	bool lower;
};

static char *
form_add(struct forms *forms, struct span s)
{
	char *form;

	if (!s.n || s.n >= NAME_MAX_BYTES || forms->n == COUNT_OF(forms->v))
		return NULL;
	form = forms->v[forms->n];
	for (size_t i = 0; i < s.n; i++)
		form[i] = forms->lower ? (char)tolower((unsigned char)s.p[i]) : s.p[i];
	form[s.n] = '\0';
	for (unsigned i = 0; i < forms->n; i++)
		if (strcmp(forms->v[i], form) == 0)
			return NULL;
	forms->n++;
	return form;
}

static struct span
without_unit(struct span s)
{
	static const char *const suffixes[] = {".service", ".socket", ".timer", ".path",
					       ".target",  ".mount",  ".scope", NULL};

	for (const char *const *suffix = suffixes; *suffix; suffix++)
		if (span_ends(s, *suffix))
			return (struct span){s.p, s.n - strlen(*suffix)};
	return s;
}

static bool
is_version_char(char c)
{
	return isdigit((unsigned char)c) || c == '.';
}

/* "php8.2-fpm" -> "php-fpm", "postgresql-15" -> "postgresql", "exim4" -> "exim". */
static struct span
without_version(struct span s, char buf[NAME_MAX_BYTES])
{
	size_t n = 0;

	if (s.n >= NAME_MAX_BYTES)
		return s;
	for (size_t i = 0; i < s.n; i++)
		if (!isdigit((unsigned char)s.p[i]) &&
		    !(s.p[i] == '.' && i && isdigit((unsigned char)s.p[i - 1])))
			buf[n++] = s.p[i];
	while (n && (is_version_char(buf[n - 1]) || strchr("-_@", buf[n - 1])))
		n--;
	return n > 1 ? (struct span){buf, n} : s;
}

/* What a program's name can be written like. */
static void
forms_of_program(struct forms *forms, struct span name)
{
	char buf[NAME_MAX_BYTES];

	if (span_ends(name, " (deleted)"))
		name.n -= sizeof(" (deleted)") - 1;
	form_add(forms, name);
	form_add(forms, without_version(name, buf));
}

static void
forms_of_unit(struct forms *forms, struct span name)
{
	struct span plain = without_unit(name), template = plain;
	char buf[NAME_MAX_BYTES];

	form_add(forms, plain);
	form_add(forms, name);
	template = span_cut(&template, '@');
	form_add(forms, template);
	form_add(forms, without_version(template, buf));
}

/* "in.X", "rpc.X", "Xd" and "X" for each form so far. */
static void
forms_of_any(struct forms *forms, struct span name)
{
	unsigned n;

	forms_of_unit(forms, name);
	n = forms->n;
	for (unsigned i = 0; i < n; i++) {
		struct span s = span_of(forms->v[i]);
		char with[NAME_MAX_BYTES + 2];

		if (span_starts(s, "in."))
			s = span_skip(s, 3);
		else if (span_starts(s, "rpc."))
			s = span_skip(s, 4);
		form_add(forms, s);
		memcpy(with, s.p, s.n);
		with[s.n] = 'd';
		form_add(forms, (struct span){with, s.n + 1});
		if (span_ends(s, "d"))
			form_add(forms, (struct span){s.p, s.n - 1});
	}
}

static const struct catalog_entry *
look_up(const struct forms *forms, const struct map *const *maps)
{
	for (unsigned i = 0; i < forms->n; i++)
		for (const struct map *const *map = maps; *map; map++) {
			const struct catalog_entry *entry = map_get_text(*map, forms->v[i]);

			if (entry)
				return entry;
		}
	return NULL;
}

/* By name ----------------------------------------------------------------------------- */

const struct catalog_entry *
catalog_find(const struct catalog *catalog, const char *name)
{
	const struct map *maps[] = {asked_of(catalog), NULL};
	struct forms forms = {.lower = true};

	if (!name)
		return NULL;
	forms_of_any(&forms, span_of(name));
	return look_up(&forms, maps);
}

static const struct catalog_entry *
find_program(const struct catalog *catalog, const char *path)
{
	const struct catalog_index *index = index_of(catalog);
	const struct map *maps[] = {&index->programs, NULL};
	struct forms forms = {.n = 0};

	if (!path)
		return NULL;
	forms_of_program(&forms, span_of(text_basename(path)));
	return look_up(&forms, maps);
}

static const struct catalog_entry *
find_comm(const struct catalog *catalog, const char *comm)
{
	const struct catalog_entry *entry = find_program(catalog, comm);

	if (!entry && comm && strlen(comm) == COMM_BYTES)
		entry = map_get_text(&index_of(catalog)->comms, comm);
	return entry == &ambiguous ? NULL : entry;
}

static const struct catalog_entry *
find_unit(const struct catalog *catalog, const char *name)
{
	const struct catalog_index *index = index_of(catalog);
	const struct map *maps[] = {&index->units, &index->names, &index->programs, NULL};
	struct forms forms = {.n = 0};

	if (!name)
		return NULL;
	forms_of_unit(&forms, span_of(name));
	return look_up(&forms, maps);
}

static const struct catalog_entry *
find_package(const struct catalog *catalog, const char *name)
{
	const struct catalog_index *index = index_of(catalog);
	const struct map *maps[] = {&index->packages, NULL};
	struct forms forms = {.n = 0};
	char buf[NAME_MAX_BYTES];

	if (!name)
		return NULL;
	form_add(&forms, span_of(name));
	form_add(&forms, without_version(span_of(name), buf));
	return look_up(&forms, maps);
}

/* By number --------------------------------------------------------------------------- */

static bool
is_kin(enum net_proto a, enum net_proto b)
{
	return a == b || (a == NET_MPTCP && b == NET_TCP) || (a == NET_UDPLITE && b == NET_UDP);
}

/* Own ports before used ones, a single port before a range, else the catalog's order. */
static bool
is_better(const struct port_row *a, const struct port_row *b)
{
	if (a->own != b->own)
		return a->own;
	return a->port.high - a->port.low < b->port.high - b->port.low;
}

size_t
catalog_find_ports(const struct catalog *catalog, enum net_proto proto, uint32_t port,
		   const struct catalog_entry **ret, size_t max)
{
	const struct catalog_index *index = index_of(catalog);
	const struct port_row *best = NULL;
	size_t n = 0;

	for (size_t i = 0; i < index->ports.n; i++) {
		const struct port_row *row = &index->ports.v[i];

		if (!is_kin(proto, row->port.proto) || port < row->port.low ||
		    port > row->port.high)
			continue;
		if (n < max)
			ret[n] = row->entry;
		n++;
		if (!best || is_better(row, best)) {
			best = row;
			if (max) {
				size_t at = n <= max ? n - 1 : max - 1;

				ret[at] = ret[0];
				ret[0] = row->entry;
			}
		}
	}
	return n;
}

const struct catalog_entry *
catalog_find_port(const struct catalog *catalog, enum net_proto proto, uint32_t port)
{
	const struct catalog_entry *entry = NULL;

	return catalog_find_ports(catalog, proto, port, &entry, 1) ? entry : NULL;
}

const struct catalog_entry *
catalog_find_rpc(const struct catalog *catalog, uint32_t program)
{
	return map_get(&index_of(catalog)->rpc, program);
}

/* Programs that run another program's text ---------------------------------------------- */

static bool
is_interpreter(const char *exe)
{
	static const char *const names[] = {
		"python", "pypy", "perl", "ruby",     "node", "nodejs",  "bash",   "sh",     "dash",
		"ash",    "zsh",  "ksh",  "php",      "java", "lua",     "luajit", "tclsh",  "wish",
		"mono",   "bun",  "deno", "beam.smp", "beam", "busybox", "dotnet", "expect", NULL};
	char buf[NAME_MAX_BYTES];
	struct span name = span_of(text_basename(exe));

	for (const char *const *known = names; *known; known++)
		if (span_is(name, *known))
			return true;
	name = without_version(name, buf);
	for (const char *const *known = names; *known; known++)
		if (span_is(name, *known))
			return true;
	return false;
}

static const struct catalog_entry *
find_script(const struct catalog *catalog, const char *word)
{
	static const char *const ends[] = {".py",  ".pl",  ".rb",  ".js", ".sh",
					   ".php", ".jar", ".pyz", NULL};
	const struct catalog_entry *entry = find_program(catalog, word);
	struct span name = span_of(text_basename(word));
	char plain[NAME_MAX_BYTES];

	if (entry || name.n >= sizeof(plain))
		return entry;
	for (const char *const *end = ends; *end; end++)
		if (span_ends(name, *end)) {
			name.n -= strlen(*end);
			memcpy(plain, name.p, name.n);
			plain[name.n] = '\0';
			return find_program(catalog, plain);
		}
	return NULL;
}

/* The script, module or main class: the first known word of the command. "-c" ends the search:
 * what follows is a text of its own. */
static const struct catalog_entry *
find_interpreted(const struct catalog *catalog, const char *const *argv)
{
	for (unsigned i = 1; argv[0] && argv[i] && i < 64; i++) {
		const struct catalog_entry *entry;

		if (text_is(argv[i], "-c") || text_is(argv[i], "-e"))
			return NULL;
		if (argv[i][0] == '-')
			continue;
		entry = find_script(catalog, argv[i]);
		if (entry)
			return entry;
	}
	return NULL;
}

static const struct catalog_entry *
find_command(const struct catalog *catalog, const char *exe, const char *const *argv)
{
	const struct catalog_entry *entry = find_program(catalog, exe);
	const char *zero = argv && argv[0] ? argv[0] : NULL;

	if (entry || !exe || !zero || !is_interpreter(exe))
		return entry;
	if (span_is(span_of(text_basename(exe)), "busybox")) {
		/* A login shell's name begins with a dash. */
		entry = find_program(catalog, zero + (zero[0] == '-'));
		return entry ? entry : find_program(catalog, argv[1]);
	}
	return find_interpreted(catalog, argv);
}

/* Listeners and start records ----------------------------------------------------------- */

/* Is the entry told by nothing but what the process says of itself? */
static bool
is_claim(const struct catalog *catalog, const struct process *process,
	 const struct catalog_entry *entry)
{
	if (process->vouched)
		return false;
	return process->untrusted || (!process->root_started && process->uid != 0 && process->exe &&
				      entry != find_program(catalog, process->exe));
}

static const struct catalog_entry *
of_process(const struct catalog *catalog, const struct process *process)
{
	const char *const *argv = (const char *const *)process->argv;

	if (process->exe)
		return find_command(catalog, process->exe, argv);
	/* Not visible: the command line may be, the kernel's short name always is. */
	if (argv && argv[0] && argv[0][0] == '/') {
		const struct catalog_entry *entry = find_command(catalog, argv[0], argv);

		if (entry)
			return entry;
	}
	return find_comm(catalog, process->comm);
}

static bool
is_in(const char *const *list, const char *path)
{
	for (; list && *list; list++)
		if (text_is(*list, path))
			return true;
	return false;
}

/* Is the process the very program that the record starts, and not a child of it (cron's jobs, a
 * shell below sshd)? */
static bool
starts_process(const struct start *start, const struct process *process)
{
	const char *const *argv = (const char *const *)process->argv;

	if (!start->exe && !start->programs)
		return true;
	if (start->exe && (text_is(start->exe, process->exe) || is_in(argv, start->exe)))
		return true;
	return is_in((const char *const *)start->programs, process->exe);
}

/* Programs that are servers only with one of these arguments: rsync(1), ssh(1), git(1),
 * sendmail(8). */
static const struct {
	const char *program, *arguments[4];
} servers[] = {
	{"exim", {"-bd"}},       {"exim4", {"-bd"}},    {"git", {"daemon"}},
	{"nc", {"-l"}},          {"ncat", {"-l"}},      {"openssl", {"s_server"}},
	{"rsync", {"--daemon"}}, {"sendmail", {"-bd"}}, {"ssh", {"-L", "-D", "-R", "-g"}},
};

static bool
is_client(const char *program, const char **command)
{
	for (size_t i = 0; i < COUNT_OF(servers); i++) {
		if (!text_is(servers[i].program, program))
			continue;
		for (size_t k = 0; k < COUNT_OF(servers[i].arguments); k++)
			for (const char **word = command; *word; word++)
				if (servers[i].arguments[k] &&
				    text_starts(*word, servers[i].arguments[k]))
					return false;
		return true;
	}
	return false;
}

/* What cron runs is mostly no daemon: cron.daily/apache2 is a chore named after its package,
 * "sendmail -q" empties the queue (MAIL-3), rsync and ssh go out as clients. */
static bool
is_chore(const struct start *start, const char *exe)
{
	if (!exe)
		return false;
	return text_starts(exe, "/etc/cron.") || (start->when == START_ON_TIME && start->command &&
						  is_client(text_basename(exe), start->command));
}

static const struct catalog_entry *
of_start_name(const struct catalog *catalog, const struct start *start)
{
	const struct catalog_entry *entry = find_unit(catalog, start->name);

	if (!entry && start->activates)
		entry = find_unit(catalog, start->activates);
	for (const char **name = start->aliases; !entry && name && *name; name++)
		entry = find_unit(catalog, *name);
	return entry;
}

const struct catalog_entry *
catalog_of_start(const struct catalog *catalog, const struct start *start)
{
	const char *exe = start->exe ? start->exe : start->command ? start->command[0] : NULL;
	const struct catalog_entry *entry;

	if (is_chore(start, exe))
		return NULL;
	entry = find_command(catalog, exe, (const char *const *)start->command);
	if (!entry)
		entry = of_start_name(catalog, start);
	for (const char **program = start->programs; !entry && program && *program; program++)
		entry = find_program(catalog, *program);
	for (uint32_t i = 0; !entry && i < start->n_ports; i++)
		if (start->ports[i].rpc_program)
			entry = catalog_find_rpc(catalog, start->ports[i].rpc_program);
	return entry ? entry : find_package(catalog, start->package);
}

/* The first owner whose program is known; *ret_claim is what another one only says it is. */
static const struct catalog_entry *
of_owners(const struct catalog *catalog, const struct listener *listener,
	  const struct catalog_entry **ret_claim)
{
	const struct process *before = NULL;

	*ret_claim = NULL;
	for (uint32_t i = 0; i < listener->n_owners; i++) {
		const struct process *process = listener->owners[i].process;
		const struct catalog_entry *entry;

		if (!process || process == before)
			continue;
		before = process;
		entry = of_process(catalog, process);
		if (entry && !is_claim(catalog, process, entry))
			return entry;
		if (entry && !*ret_claim)
			*ret_claim = entry;
	}
	for (uint32_t i = 0; i < listener->n_owners; i++) {
		const struct process *process = listener->owners[i].process;
		const struct catalog_entry *entry = NULL;

		if (process && (!process->untrusted || process->vouched))
			entry = find_package(catalog, process->package);
		if (entry)
			return entry;
	}
	return NULL;
}

/* One owner of whom nothing can be believed is enough: he may answer as well as the others. */
static bool
is_doubtful(const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_owners; i++) {
		const struct process *process = listener->owners[i].process;

		if (process && process->untrusted && !process->vouched)
			return true;
	}
	return false;
}

static bool
explains_owner(const struct listener *listener, const struct start *start)
{
	if (!listener->n_owners)
		return true;
	for (uint32_t i = 0; i < listener->n_owners; i++)
		if (listener->owners[i].process &&
		    starts_process(start, listener->owners[i].process))
			return true;
	return false;
}

/* A super-server or pid 1 holds the socket for somebody else: the record says for whom. */
static const struct catalog_entry *
of_starts(const struct catalog *catalog, const struct listener *listener, bool on_behalf,
	  bool *ret_guess)
{
	for (uint32_t i = 0; i < listener->n_starts; i++) {
		const struct listener_start *link = &listener->starts[i];
		const struct catalog_entry *entry;

		if (link->start->listens_itself != on_behalf ||
		    (!on_behalf && !explains_owner(listener, link->start)))
			continue;
		entry = catalog_of_start(catalog, link->start);
		if (entry) {
			*ret_guess = link->guess || link->start->by_user;
			return entry;
		}
	}
	return NULL;
}

static const struct catalog_entry *
of_rpc(const struct catalog *catalog, const struct listener *listener)
{
	const char *open = listener->rpc ? strchr(listener->rpc, '(') : NULL;
	uint32_t program = 0;

	for (; open && isdigit((unsigned char)open[1]) && program < 1u << 28; open++)
		program = program * 10 + (uint32_t)(open[1] - '0');
	return program ? catalog_find_rpc(catalog, program) : NULL;
}

/* Any user may register what he likes with the port mapper, root's services are believed. */
static bool
may_register(const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_owners; i++) {
		const struct process *process = listener->owners[i].process;

		if (process && (process->uid == 0 || process->vouched))
			return true;
	}
	return !listener->n_owners && listener->uid == 0;
}

static bool
owner_is_visible(const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_owners; i++) {
		const struct process *process = listener->owners[i].process;

		if (process && (process->exe || process->comm))
			return true;
	}
	return false;
}

/* What a super-server or the first process holds is not its own service. */
static bool
is_held_for_others(const struct listener *listener, const struct catalog_entry *entry)
{
	if (!listener->n_starts || !listener->starts[0].start->listens_itself)
		return false;
	for (const char **group = entry->groups; *group; group++)
		if (text_is(*group, "starter"))
			return true;
	return false;
}

const struct catalog_entry *
catalog_of_listener(const struct catalog *catalog, const struct listener *listener, bool *ret_guess)
{
	const struct catalog_entry *entry, *claim = NULL;
	bool ignored, *guess = ret_guess ? ret_guess : &ignored;

	*guess = false;
	entry = of_starts(catalog, listener, true, guess);
	if (!entry)
		entry = of_owners(catalog, listener, &claim);
	if (entry && is_held_for_others(listener, entry))
		entry = NULL;
	if (!entry && (entry = of_rpc(catalog, listener)))
		*guess = !may_register(listener);
	if (!entry)
		entry = of_starts(catalog, listener, false, guess);
	if (!entry && claim) {
		entry = claim;
		*guess = true;
	}
	*guess |= entry && is_doubtful(listener);
	if (!entry && !owner_is_visible(listener) && net_proto_is_inet(listener->proto)) {
		entry = catalog_find_port(catalog, listener->proto, listener->port);
		*guess = entry != NULL;
	}
	return entry;
}
