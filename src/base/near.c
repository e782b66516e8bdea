/*
 * Distance of two words: insertions, deletions, substitutions and swapped neighbours ("optimal
 * string alignment"), ASCII case ignored. Near enough is a third of the word's length.
 */
#include "base/near.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"

#define NEAR_MAX 40u /* longer words are not guessed */

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static int
lower(char c)
{
	return tolower((unsigned char)c);
}

static unsigned
distance(struct span a, const char *b, size_t n)
{
	unsigned rows[3][NEAR_MAX + 1]; /* two rows back: for swapped neighbours */

	for (unsigned j = 0; j <= n; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= a.n; i++) {
		unsigned *row = rows[i % 3];
		const unsigned *last = rows[(i - 1) % 3], *before = rows[(i + 1) % 3];

		row[0] = i;
		for (unsigned j = 1; j <= n; j++) {
			int x = lower(a.p[i - 1]), y = lower(b[j - 1]);

			row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == lower(b[j - 2]) && y == lower(a.p[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return rows[a.n % 3][n];
}

struct near
near_of(struct span wanted)
{
	return (struct near){.wanted = wanted, .distance = least((unsigned)wanted.n / 3, 3) + 1};
}

void
near_offer(struct near *near, const char *word)
{
	size_t n = strlen(word);
	unsigned d;

	if (near->wanted.n > NEAR_MAX || n > NEAR_MAX || !near->wanted.n)
		return;
	d = distance(near->wanted, word, n);
	if (d < near->distance) {
		near->distance = d;
		near->best = word;
	}
}

const char *
near_hint(const struct near *near, char *buf, size_t size)
{
	snprintf(buf, size, near->best ? " - did you mean \"%s\"?" : "%s",
		 near->best ? near->best : "");
	return buf;
}
