#!/usr/bin/env python3
"""Writes the catalog's texts as C: embed.py OUT FILE... (see src/catalog/builtin.h)"""
import pathlib
import sys

out, *files = sys.argv[1:]
escapes = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "?": "\\?"}
with open(out, "w", encoding="utf-8") as f:
    f.write('/* Made by tools/embed.py from data/catalog. */\n#include "catalog/builtin.h"\n\n')
    f.write("/* C guarantees 4095 characters only; gcc and clang take what fits into memory. */\n")
    f.write('#pragma GCC diagnostic ignored "-Woverlength-strings"\n\n')
    for number, path in enumerate(map(pathlib.Path, files)):
        f.write(f"static const char text_{number}[] =\n")
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            f.write('"' + "".join(escapes.get(c, c) for c in line) + '\\n"\n')
        f.write(";\n\n")
    f.write("const struct catalog_file catalog_files[] = {\n")
    for number, path in enumerate(map(pathlib.Path, files)):
        f.write(f'\t{{"data/catalog/{path.name}", {{text_{number}, sizeof(text_{number}) - 1}}}},\n')
    f.write("\t{NULL, {NULL, 0}},\n};\n")
