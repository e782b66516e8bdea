/* upstart: the stanzas that count, and the text of the main script, which lies in the file. */
#include <stdlib.h>

#include "fuzz.h"
#include "syntax/upstart.h"

void
fuzz_view(const struct syn_tree *tree)
{
	struct upstart view = upstart_view(tree);
	struct span code;

	if (view.manual && view.start_on)
		abort();
	if (!view.script)
		return;
	code = upstart_code(tree, view.script);
	if (code.p < tree->text.p || code.p + code.n > tree->text.p + tree->text.n)
		abort();
}
