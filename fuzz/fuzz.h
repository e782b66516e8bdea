/* What the parts of a fuzz target share. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdint.h>

#include "syntax/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Runs a format's typed views over a tree; fuzz/view_<format>.c, missing for most. */
void fuzz_view(const struct syn_tree *tree) __attribute__((weak));
/* Loads the tree's text as a configuration; fuzz/conf.c. dialect: of inetd files. */
void fuzz_conf(const struct syn_tree *tree, const char *dialect);

#endif
