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

bool
num_size(struct span s, uint64_t max, uint64_t *ret)
{
	static const struct {
		char unit;
		unsigned shift;
	} units[] = {{'k', 10}, {'K', 10}, {'m', 20}, {'M', 20}};
	unsigned shift = 0;
	uint64_t value;

	for (size_t i = 0; s.n && i < COUNT_OF(units); i++)
		if (s.p[s.n - 1] == units[i].unit)
			shift = units[i].shift;
	s.n -= shift > 0;
	if (!num_u64(s, 10, max >> shift, &value))
		return false;
	*ret = value << shift;
	return true;
}

bool
num_is_digits(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.n > 0;
}
