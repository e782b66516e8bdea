/* Finding: a judged fact with its reason, evidence and ways out. Plain data of the audit's arena.
 */
#ifndef MODEL_FINDING_H
#define MODEL_FINDING_H

#include "model/listener.h"
#include "model/start.h"

enum severity {
	SEVERITY_INFO,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
	SEVERITY_N
};

/* Remedies stand in this order in every finding (requirement POL-1). */
enum remedy_kind {
	REMEDY_REMOVE,
	REMEDY_DISABLE,
	REMEDY_LOCALIZE,
	REMEDY_RESTRICT,
	REMEDY_CONFINE,
	REMEDY_N
};

struct remedy_text {
	enum remedy_kind kind;
	const char *text; /* what to do, with file:line or the command */
};

struct finding {
	const char *id;   /* stable: "telnet/tcp/23/any", no pid, no line number */
	const char *rule; /* which rule of judge/ says so */
	enum severity severity;
	enum verdict verdict;
	const char *service;             /* catalog name or NULL */
	const struct listener *listener; /* NULL: about a start record or the machine */
	const struct start *start;       /* NULL: about a listener or the machine */
	const char *title;               /* one line */
	const char *reason;              /* a sentence or three */
	const char *const *evidence;     /* NULL-terminated lines, or NULL */
	const struct remedy_text *remedies;
	uint32_t n_remedies;
	const char *exception; /* the policy's words, when an exception covers it */
	uint32_t same;         /* how many more subjects the one finding stands for */
};

const char *severity_name(enum severity severity);
const char *remedy_kind_name(enum remedy_kind kind);

#endif
