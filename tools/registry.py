#!/usr/bin/env python3
"""Writes the table of a registry: registry.py OUT TYPE HEADER TABLE [WORD...]

Every WORD stands for one file with one row, `const struct TYPE TYPE_WORD`; the table
lists them in the order given and ends with NULL.
"""
import sys

out, kind, header, table, *words = sys.argv[1:]
names = [f"{kind}_{word.replace('-', '_')}" for word in words]
with open(out, "w") as f:
    f.write(f'/* Made by tools/registry.py from src/meson.build. */\n#include "{header}"\n\n')
    for name in names:
        f.write(f"extern const struct {kind} {name};\n")
    f.write(f"\nconst struct {kind} *const {table}[] = {{\n")
    for name in names:
        f.write(f"\t&{name},\n")
    f.write("\tNULL,\n};\n")
