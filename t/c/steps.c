#include "t/c/steps.h"

static int64_t
read_step(void *arg, int64_t offset, void *to, size_t n, struct err *err)
{
	struct steps *s = arg;
	const struct byte_source all = byte_source_memory(&s->memory);

	return all.read(all.arg, offset, to, n < s->step ? n : s->step, err);
}

struct byte_source
steps_source(struct steps *s)
{
	return (struct byte_source) { .read = read_step, .arg = s, .size = -1 };
}
