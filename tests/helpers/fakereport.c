/* fakereport FORMAT [WIDTH] [colour] [verbose] [all] [numeric]: the invented audit in a format. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "helpers/fake_audit.h"
#include "report/report.h"

int
main(int argc, char **argv)
{
	const struct report_format *format = argc > 1 ? report_format_find(argv[1]) : NULL;
	struct report_options options = {.out = stdout, .width = 80};
	struct audit *audit = fake_audit();
	int r;

	setlocale(LC_CTYPE, "C.UTF-8");
	if (!format)
		return 2;
	for (int i = 2; i < argc; i++) {
		if (num_u32(span_of(argv[i]), 1000, &options.width))
			continue;
		options.colour |= strcmp(argv[i], "colour") == 0;
		options.verbose |= strcmp(argv[i], "verbose") == 0;
		options.all |= strcmp(argv[i], "all") == 0;
		options.numeric |= strcmp(argv[i], "numeric") == 0;
	}
	r = format->write(audit, &options);
	arena_free(audit->arena);
	return r < 0;
}
