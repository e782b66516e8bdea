/*
 * systemd's units as files: where they are, what they say, which are switched on, what starts
 * them. Shared by read_systemd.c and its parts systemd_*.c; other readers need the first function
 * only. All of it is read beneath the root fd, nothing is asked of a running systemd.
 *
 *	systemd.c          load path, names, aliases, masks, templates, .wants and .requires
 *	systemd_unit.c     what a unit and its drop-ins say, specifiers
 *	systemd_state.c    the word "systemctl is-enabled" prints
 *	systemd_reach.c    what boot, sockets, timers, paths, D-Bus and udev rules start
 *	systemd_condition.c  ConditionPathExists= and its kin
 *	systemd_generator.c  what generators would make at boot
 *	systemd_exec.c     ExecStart= as a command
 *	systemd_socket.c   Listen*= lines as ports
 *	systemd_user.c     units of user sessions
 *	read_systemd.c     start records
 */
#ifndef START_SYSTEMD_H
#define START_SYSTEMD_H

#include "base/map.h"
#include "base/vec.h"
#include "start/start.h"

/*
 * Whether systemd has a native unit for an init script: script "ssh" is hidden by ssh.service, by
 * an alias of that name and by a mask too (systemd-sysv-generator(8)). An ending ".sh" of the
 * script's name does not count. A script without one gets a generated unit only when an S link in
 * rc2.d to rc5.d names it; multi-user.target then wants it, graphical.target for rc5.d alone.
 */
bool systemd_has_unit(struct start_ctx *ctx, const char *script);

/* Folders ---------------------------------------------------------------------------- */

enum systemd_place {
	SYSTEMD_CONFIG,    /* the administrator's: persistent */
	SYSTEMD_CONTROL,   /* systemctl set-property, edit --runtime and the like */
	SYSTEMD_RUNTIME,   /* under /run */
	SYSTEMD_TRANSIENT, /* systemd-run */
	SYSTEMD_GENERATED, /* by a generator at boot */
	SYSTEMD_VENDOR,    /* from packages */
};

struct systemd_dir {
	const char *path;
	enum systemd_place place;
	bool runtime; /* below /run */
	uint8_t rank; /* 0 = looked at first */
	int fd;       /* only while folders are read and units loaded, else -1 */
};

/* An entry of a folder that bears a unit's name, or a link in NAME.wants and the like. */
struct systemd_file {
	const char *name;
	const char *path;
	const char *target; /* of a link, as written; NULL = no link */
	const char *owner;  /* "multi-user.target" for its .wants; NULL = in the folder itself */
	bool through_link;  /* the .wants folder is itself a link: is-enabled does not see it */
	bool masked;        /* a link to /dev/null */
	bool outside;       /* a link to a file that is not in the load path: a linked unit */
	bool ignored;       /* a link systemd does not take for an alias */
	const char *to;     /* of a link: where it points to, from the root, without ".." */
	const struct systemd_dir *dir;
	struct systemd_file *next; /* of the same key, best folder first */
	struct systemd_file *last; /* the end of that chain; kept in its first only */
};

/* What files say --------------------------------------------------------------------- */

struct systemd_value {
	struct span text;
	const char *key, *file;
	uint32_t line;
};

struct systemd_values {
	struct systemd_value *v;
	size_t n, cap;
};

/* The settings that matter here; empty text = not set. */
struct systemd_settings {
	struct systemd_values deps; /* Wants=, Requires=, BindsTo=, Upholds=, Requisite= */
	struct systemd_values conditions, asserts, conflicts;
	struct systemd_values alias, wanted_by, required_by, also;
	struct systemd_values exec_start, listen, sockets, schedule, watch;
	struct systemd_value default_instance, default_dependencies, type, user, group;
	struct systemd_value dynamic_user, pidfile, bus_name;
	struct systemd_value accept, service, bind_ipv6_only, bind_to_device, socket_protocol;
	struct systemd_value unit; /* of a timer or path */
};

enum systemd_type {
	SYSTEMD_SERVICE,
	SYSTEMD_SOCKET,
	SYSTEMD_TIMER,
	SYSTEMD_PATH,
	SYSTEMD_TARGET,
	SYSTEMD_MOUNT,
	SYSTEMD_AUTOMOUNT,
	SYSTEMD_SWAP,
	SYSTEMD_SLICE,
	SYSTEMD_SCOPE,
	SYSTEMD_DEVICE,
	SYSTEMD_N_TYPES
};

enum systemd_state {
	SYSTEMD_STATE_UNKNOWN, /* no such unit, or it cannot be told */
	SYSTEMD_ENABLED,
	SYSTEMD_ENABLED_RUNTIME,
	SYSTEMD_LINKED,
	SYSTEMD_LINKED_RUNTIME,
	SYSTEMD_ALIAS,
	SYSTEMD_MASKED,
	SYSTEMD_MASKED_RUNTIME,
	SYSTEMD_STATIC,
	SYSTEMD_DISABLED,
	SYSTEMD_INDIRECT,
	SYSTEMD_IS_GENERATED,
	SYSTEMD_IS_TRANSIENT,
	SYSTEMD_N_STATES
};

struct systemd_unit;

/* More of either for one unit are counted only. */
#define SYSTEMD_MAX_CAUSES 64u

/* Why a unit gets started. */
struct systemd_cause {
	enum start_when when;
	const char *by;          /* "multi-user.target", "ssh.socket", "D-Bus name org.x" */
	const char *file;        /* the link or file that says so */
	uint32_t line;           /* 0 for a link */
	bool link;               /* removed by "systemctl disable" */
	struct systemd_unit *of; /* the unit behind by, NULL for D-Bus and udev */
};

struct systemd_unit {
	const char *name; /* its main name: "ssh.service", "getty@tty1.service" */
	enum systemd_type type;
	bool template; /* "foo@.service" */
	bool masked;
	bool linked;  /* path is reached through a link */
	bool missing; /* wanted somewhere, but there is no file */
	bool loaded;
	bool fired;                    /* what it triggers was followed */
	const char *path;              /* the file, or the mask */
	const struct systemd_dir *dir; /* the one that holds path; NULL = outside the load path */
	const char *prefix, *instance; /* instance NULL = none */
	VEC(struct syn_tree *) trees;  /* fragment, then drop-ins in the order they count */
	VEC(const char *) aliases;
	struct systemd_settings set;
	enum systemd_state state;
	struct map *known;                 /* names [Install] would link, see systemd_state.c */
	const struct systemd_value *unmet; /* a condition that does not hold */
	VEC(struct systemd_cause) causes;  /* those that hold; the first one says when it starts */
	VEC(struct systemd_unit *) triggers; /* started sockets, timers, paths that start it */
	size_t untold;                       /* causes and triggers beyond SYSTEMD_MAX_CAUSES */
};

struct systemd {
	struct start_ctx *ctx;
	struct arena *arena;
	const char *user; /* units of sessions: of this user, "" of all; NULL = of the system */
	const char *home; /* of that user: what is not there is not his */
	bool lingers;     /* his manager starts at boot */
	const struct systemd_dir *load_path; /* all folders, there or not */
	size_t n_load_path;
	VEC(struct systemd_dir) dirs; /* those that are there */
	struct map files;     /* name -> struct systemd_file: the best one, next = lower folders */
	struct map by_target; /* last component of a link's target -> links in the folders */
	struct map wanted;    /* link name in any .wants or .requires -> struct systemd_file */
	struct map wants;     /* owner -> struct systemd_file: what it pulls in */
	struct map masked_wants; /* "owner/link name" -> struct systemd_file: a link to /dev/null */
	struct map instances;    /* template of a link's name -> links in .wants and .requires */
	struct map drop_dirs;    /* "foo.service.d" -> struct systemd_file, one per folder */
	struct map units;        /* main name -> struct systemd_unit */
	VEC(const char *) names; /* all names of files, best folders first */
	VEC(struct systemd_unit *) reached;
};

/* systemd.c: the system's units, read once per audit. */
struct systemd *systemd_system(struct start_ctx *ctx);
/* Units in other folders (of users). */
struct systemd *systemd_open(struct start_ctx *ctx, const struct systemd_dir *dirs, size_t n);

/* Loads services, sockets, timers, paths and targets; cheaper than one by one. */
void systemd_load_all(struct systemd *systemd);

bool systemd_type_of(const char *name, enum systemd_type *ret);
/* The name at the end of a chain of aliases; NULL = a circle. *ret_bad: "systemctl" gives up on it.
 */
const char *systemd_main_name(struct systemd *systemd, const char *name, bool *ret_bad);
/* By any of its names; NULL when the name is none. */
struct systemd_unit *systemd_get(struct systemd *systemd, const char *name);
/* "foo@bar.service" -> "foo@.service"; NULL when the name has no instance. */
const char *systemd_template_of(struct arena *arena, const char *name);
const char *systemd_instance_name(struct arena *arena, const char *template, const char *instance);

/* systemd_unit.c */
void systemd_load(struct systemd *systemd, struct systemd_unit *unit);
/* With %i and the like replaced; what is not known stays. */
const char *systemd_expand(struct systemd *systemd, const struct systemd_unit *unit,
			   struct span text);
bool systemd_yes(const struct systemd_value *value, bool otherwise);

/* systemd_state.c: name may be an alias. */
enum systemd_state systemd_is_enabled(struct systemd *systemd, const char *name);
const char *systemd_state_name(enum systemd_state state);

/* systemd_reach.c: fills causes and triggers of all units, from the default target on. */
void systemd_reach(struct systemd *systemd);
/* Notes why a unit is started, and that what it pulls in is to be followed. */
void systemd_cause(struct systemd *systemd, const char *name, const struct systemd_cause *cause);
/* systemd_generator.c: what generators of packages would add to an image at boot. */
void systemd_generate(struct systemd *systemd);
/* What a socket, timer or path starts: a name, perhaps of a template. */
const char *systemd_activates(struct systemd *systemd, const struct systemd_unit *unit);

/* systemd_condition.c: the first condition known not to hold, NULL = none. */
const struct systemd_value *systemd_unmet(struct systemd *systemd, const struct systemd_unit *unit);

/* systemd_exec.c: command, exe and programs from ExecStart=. */
void systemd_command(struct systemd *systemd, const struct systemd_unit *unit, struct start *start);

/* systemd_socket.c */
void systemd_ports(struct systemd *systemd, const struct systemd_unit *unit, struct start *start);

/* systemd_user.c: shows the units of all user sessions, one user after the other. */
void systemd_each_user(struct start_ctx *ctx, void (*visit)(struct systemd *systemd));

#endif
