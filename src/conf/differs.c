/* The differences found while reading, kept beside the generation's services: see conf.h. */
#include "base/vec.h"
#include "conf/reading.h"

/* serve is its first member. */
static struct conf_generation *
generation_of(const struct serve *serve)
{
	return (struct conf_generation *)(uintptr_t)serve;
}

void
conf_differ(struct conf_reading *reading, const struct service *service, const char *id,
	    struct service_place place, const struct conf_difference *difference)
{
	struct conf_generation *generation = generation_of(reading->serve);

	if (!reading->options->differences)
		return;
	place.file = conf_text(reading, span_of(place.file));
	vec_push(
		generation->serve.arena, &generation->differs,
		(struct conf_differs){service, conf_text(reading, span_of(id)), place, difference});
}

size_t
conf_differences(const struct serve *serve, const struct conf_differs **ret)
{
	const struct conf_generation *generation = generation_of(serve);

	*ret = generation->differs.v;
	return generation->differs.n;
}
