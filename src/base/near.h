/* Near: the known word that somebody may have meant ("did you mean"). */
#ifndef BASE_NEAR_H
#define BASE_NEAR_H

#include "base/span.h"

/* Collects the nearest of the words offered. */
struct near {
	struct span wanted;
	const char *best; /* NULL = nothing near enough */
	unsigned distance;
};

struct near near_of(struct span wanted);
void near_offer(struct near *near, const char *word);

/* " - did you mean X?" in buf, or "". */
const char *near_hint(const struct near *near, char *buf, size_t size);

#endif
