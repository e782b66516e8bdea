/*
 * BPF Type Format, Documentation/bpf/btf.rst: a header, all types one after the other (the
 * number of a type is its position), and their names. libbpf reads all of the kernel's 6 MB
 * into tables first (17 ms); one pass that looks for ten names takes one.
 */
#include "inventory/btf.h"

#include <linux/btf.h>
#include <string.h>

/* Members may sit in structs without a name (randomized layouts): how deep to look. */
#define DEPTH 4

struct btf {
	struct span types, names;
};

struct cursor {
	size_t at;   /* in types */
	uint32_t id; /* of the type at that place */
	struct btf_type type;
	size_t extra; /* bytes behind the fixed part */
};

static bool
open_btf(struct span bytes, struct btf *ret)
{
	struct btf_header head;

	if (bytes.n < sizeof(head))
		return false;
	memcpy(&head, bytes.p, sizeof(head));
	if (head.magic != BTF_MAGIC || head.hdr_len > bytes.n)
		return false;
	bytes = span_skip(bytes, head.hdr_len);
	if (head.type_off > bytes.n || head.type_len > bytes.n - head.type_off ||
	    head.str_off > bytes.n || head.str_len > bytes.n - head.str_off || !head.str_len)
		return false;
	ret->types = (struct span){bytes.p + head.type_off, head.type_len};
	ret->names = (struct span){bytes.p + head.str_off, head.str_len};
	return ret->names.p[ret->names.n - 1] == '\0';
}

static size_t
extra_bytes(const struct btf_type *type)
{
	size_t n = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_DATASEC:
	case BTF_KIND_ENUM64:
		return n * 12;
	case BTF_KIND_ENUM:
	case BTF_KIND_FUNC_PROTO:
		return n * 8;
	default:
		return 0;
	}
}

/* The next type; begin with a zeroed cursor. */
static bool
next(const struct btf *btf, struct cursor *cursor)
{
	if (cursor->id)
		cursor->at += sizeof(cursor->type) + cursor->extra;
	if (cursor->at >= btf->types.n || btf->types.n - cursor->at < sizeof(cursor->type))
		return false;
	memcpy(&cursor->type, btf->types.p + cursor->at, sizeof(cursor->type));
	cursor->extra = extra_bytes(&cursor->type);
	cursor->id++;
	return cursor->extra <= btf->types.n - cursor->at - sizeof(cursor->type);
}

static bool
is_called(const struct btf *btf, uint32_t offset, const char *name)
{
	return offset < btf->names.n && strcmp(btf->names.p + offset, name) == 0;
}

static bool
is_struct(const struct btf_type *type)
{
	unsigned kind = BTF_INFO_KIND(type->info);

	return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
}

static bool find_member(const struct btf *btf, const struct cursor *cursor, const char *name,
			uint32_t base, int depth, uint32_t *ret);

static bool
find_inside(const struct btf *btf, uint32_t id, const char *name, uint32_t base, int depth,
	    uint32_t *ret)
{
	struct cursor cursor = {0};

	while (next(btf, &cursor))
		if (cursor.id == id)
			return is_struct(&cursor.type) &&
			       find_member(btf, &cursor, name, base, depth, ret);
	return false;
}

static bool
find_member(const struct btf *btf, const struct cursor *cursor, const char *name, uint32_t base,
	    int depth, uint32_t *ret)
{
	const char *at = btf->types.p + cursor->at + sizeof(struct btf_type);
	bool bitfields = BTF_INFO_KFLAG(cursor->type.info);

	for (unsigned i = 0; i < BTF_INFO_VLEN(cursor->type.info); i++) {
		struct btf_member member;
		uint32_t bits;

		memcpy(&member, at + i * sizeof(member), sizeof(member));
		bits = bitfields ? BTF_MEMBER_BIT_OFFSET(member.offset) : member.offset;
		if (is_called(btf, member.name_off, name)) {
			*ret = base + bits / 8;
			return true;
		}
		if (!member.name_off && depth &&
		    find_inside(btf, member.type, name, base + bits / 8, depth - 1, ret))
			return true;
	}
	return false;
}

/* How many of the wanted places this struct has settled. */
static size_t
match_struct(const struct btf *btf, const struct cursor *cursor, struct btf_place *members,
	     size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		struct btf_place *member = &members[i];

		if (member->found || !is_called(btf, cursor->type.name_off, member->of))
			continue;
		member->id = cursor->id;
		if (!member->member) {
			member->offset = cursor->type.size;
			member->found = true;
		} else {
			member->found =
				find_member(btf, cursor, member->member, 0, DEPTH, &member->offset);
		}
		found += member->found;
	}
	return found;
}

/* How many of the wanted functions this type is. */
static size_t
match_func(const struct btf *btf, const struct cursor *cursor, struct btf_name *funcs, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		if (funcs[i].id || !is_called(btf, cursor->type.name_off, funcs[i].name))
			continue;
		funcs[i].id = cursor->id;
		found++;
	}
	return found;
}

bool
btf_find_all(struct span bytes, struct btf_place *members, size_t n, struct btf_name *funcs,
	     size_t n_funcs)
{
	struct cursor cursor = {0};
	size_t found = 0, found_funcs = 0;
	struct btf btf;

	if (!open_btf(bytes, &btf))
		return false;
	while ((found < n || found_funcs < n_funcs) && next(&btf, &cursor)) {
		if (BTF_INFO_KIND(cursor.type.info) == BTF_KIND_STRUCT)
			found += found < n ? match_struct(&btf, &cursor, members, n) : 0;
		else if (BTF_INFO_KIND(cursor.type.info) == BTF_KIND_FUNC)
			found_funcs += match_func(&btf, &cursor, funcs, n_funcs);
	}
	return true;
}

bool
btf_find(struct span bytes, struct btf_place *members, size_t n, struct btf_name *func)
{
	return btf_find_all(bytes, members, n, func, 1);
}
