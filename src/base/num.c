#include "base/num.h"

static unsigned
digit_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	if (c >= 'a' && c <= 'f')
		return (unsigned)(c - 'a') + 10;
	if (c >= 'A' && c <= 'F')
		return (unsigned)(c - 'A') + 10;
	return 255;
}

bool
num_u64(struct span s, unsigned base, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = digit_value(s.p[i]);

		if (digit >= base || __builtin_mul_overflow(value, base, &value) ||
		    __builtin_add_overflow(value, digit, &value))
			return false;
	}
	if (value > max)
		return false;
	*ret = value;
	return true;
}

bool
num_u32(struct span s, uint32_t max, uint32_t *ret)
{
	uint64_t value;

	if (!num_u64(s, 10, max, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

bool
num_port(struct span s, uint16_t *ret)
{
	uint64_t value;

	if (!num_u64(s, 10, UINT16_MAX, &value))
		return false;
	*ret = (uint16_t)value;
	return true;
}
