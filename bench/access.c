/*
 * access: what a decision costs. For 10 and for 100,000 rules of each language: time to compile,
 * bytes of memory, nanoseconds per decision for an address that only the last rule has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "access/access.h"

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static void
addr_text(char buf[32], unsigned i)
{
	snprintf(buf, 32, "10.%u.%u.%u", i / 65025 % 255, i / 255 % 255, i % 255 + 1);
}

static struct access *
make(struct arena *arena, bool lists, unsigned n, const char *path)
{
	struct diags diags = diags_of(arena);
	struct access_item *items = calloc(n, sizeof(*items));
	char(*texts)[32] = arena_array(arena, n, sizeof(*texts));
	struct access_lists all = {.only_from = items, .n_only_from = n, .has_only_from = true};
	struct arena *scratch = arena_new();
	struct access *access;
	FILE *file = fopen(path, "w");
	struct root root;

	if (!items || !file || root_open(&root, "/", NULL) < 0)
		exit(1);
	for (unsigned i = 0; i < n; i++) {
		addr_text(texts[i], i * 7);
		items[i] = (struct access_item){texts[i], path, i + 1, 1};
		fprintf(file, "sshd: %s\n", texts[i]);
	}
	fclose(file);
	access = lists ? access_of_lists(arena, scratch, &diags, &all)
		       : access_of_hosts(arena, &diags, &root, path, "/nonexistent");
	free(items);
	arena_free(scratch);
	root_close(&root);
	return access;
}

static void
measure(bool lists, unsigned n, const char *path)
{
	struct arena *arena = arena_new();
	double start = now(), made;
	struct access *access = make(arena, lists, n, path);
	struct access_client client = {0};
	struct access_verdict verdict;
	unsigned turns = 1000000, denied = 0;
	char text[32];

	made = now() - start;
	addr_text(text, (n - 1) * 7);
	start = now();
	for (unsigned i = 0; i < turns; i++) {
		if (i % 2) { /* addresses all over the table, and one that is in no rule */
			client.addr = (struct net_addr){
				2,
				{10, (uint8_t)(i >> 7), (uint8_t)(i * 37), (uint8_t)(i * 91)},
				0};
		} else {
			net_addr_parse(span_of(text), &client.addr);
		}
		access_decide(access, lists ? NULL : "sshd", &client, &verdict);
		denied += verdict.answer != ACCESS_ALLOW;
	}
	printf("%s %6u rules: %.1f ms to make (with its input), %zu KiB, %.0f ns a decision (%u "
	       "denied)\n",
	       lists ? "only_from  " : "hosts.allow", n, made / 1e6, arena_used(arena) >> 10,
	       (now() - start) / turns, denied);
	arena_free(arena);
}

int
main(void)
{
	static const unsigned sizes[] = {10, 1000, 100000};
	char path[] = "/tmp/access.XXXXXX";
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	for (size_t i = 0; i < 3; i++) {
		measure(false, sizes[i], path);
		measure(true, sizes[i], path);
	}
	unlink(path);
	return 0;
}
