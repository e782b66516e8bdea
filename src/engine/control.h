/*
 * Control: the parent's unix socket. One connection, one request of one line, one JSON object:
 *
 *	status | sessions [SERVICE] | kill SERVICE[:NUMBER] [SIGNAL] | reload | upgrade |
 *	stop [leave] | decide SERVICE ADDRESS [to=ADDRESS] [name=NAME] [user=USER] [at=SECONDS]
 *
 * The kernel says who asks (SO_PEERCRED): root and the server's own user may do everything, members
 * of one group, where one is set, may look. Nobody can make the parent wait.
 */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include <sys/un.h>

#include "engine/json.h"
#include "engine/parent.h"

/* What fits into a unix(7) address, NUL included. */
#define CONTROL_PATH_BYTES sizeof(((struct sockaddr_un *)0)->sun_path)

/* Where the socket is when nobody says: below /run, or the user's XDG_RUNTIME_DIR. NULL: nowhere.
 */
const char *control_default(bool privileged, char *buf, size_t size);

must_check int control_open(struct parent *parent, struct err *err);
void control_close(struct parent *parent, bool remove);
/* What an upgrade passes on; -1 = none. */
int control_fd(const struct parent *parent);
int control_lock(const struct parent *parent);

/* answers.c: what may be asked */
struct answer {
	const char *word;
	bool changes; /* not for those who may only look */
	/* words: of the request, from its second on; "" where it has none. -errno: err says why */
	int (*run)(struct parent *parent, char **words, struct json_out *out, struct err *err);
};
extern const struct answer answers[]; /* ends with a NULL word */
enum { ANSWER_WORDS = 6 };

/* decide.c */
int answer_decide(struct parent *parent, char **words, struct json_out *out, struct err *err);

#endif
