/* Numbers from text: the whole text, in range, or nothing. No blanks, no sign, no locale. */
#ifndef BASE_NUM_H
#define BASE_NUM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/span.h"

must_check bool num_u64(struct span s, unsigned base, uint64_t max, uint64_t *ret);
must_check bool num_u32(struct span s, uint32_t max, uint32_t *ret); /* decimal */
must_check bool num_port(struct span s, uint16_t *ret);              /* decimal 0..65535 */
/* Decimal, perhaps with k or m behind (in any case of letters): times 1024, 1048576. */
must_check bool num_size(struct span s, uint64_t max, uint64_t *ret);
bool num_is_digits(struct span s); /* and nothing else: "12", "007" */

#endif
