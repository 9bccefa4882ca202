#!/usr/bin/env python3
"""Tells which lines of src/ the tests have reached, by the counts that lie in the current directory.

    report.py SRCDIR

It prints a table by folder and the functions that were never called, and writes each line that was
never reached to coverage.txt. It fails when less than FLOOR percent of the lines were.
"""

import collections
import json
import pathlib
import subprocess
import sys

FLOOR = 90.0


def counted(srcdir):
    """{file: ({line: count}, {function: (line, count)})} of all files below src/."""
    files = collections.defaultdict(lambda: (collections.Counter(), {}))
    counts = sorted(str(p) for p in pathlib.Path("src").rglob("*.gcda"))
    if not counts:
        sys.exit("report.py: nothing was counted here")
    said = subprocess.run(["gcov", "--json-format", "--stdout", *counts], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    for unit in map(json.loads, said.splitlines()):
        top = pathlib.Path(unit["current_working_directory"])
        for file in unit["files"]:
            path = (top / file["file"]).resolve()
            if srcdir / "src" not in path.parents:
                continue
            lines, functions = files[str(path.relative_to(srcdir))]
            for line in file["lines"]:
                lines[line["line_number"]] += line["count"]
            for f in file["functions"]:
                count = functions.get(f["name"], (0, 0))[1] + f["execution_count"]
                functions[f["name"]] = (f["start_line"], count)
    return files


def percent(part, whole):
    return 100.0 * part / whole if whole else 100.0


def row(name, lines, functions):
    hit, called = sum(n > 0 for n in lines), sum(n > 0 for n in functions)
    return (f"{name:<14}{hit:>6} of {len(lines):>5} lines {percent(hit, len(lines)):6.1f} %"
            f"{called:>7} of {len(functions):>4} functions {percent(called, len(functions)):6.1f} %")


def table(files):
    folders = collections.defaultdict(lambda: ([], []))
    for path, (lines, functions) in files.items():
        for name in (path.rsplit("/", 1)[0], "all of src"):
            folders[name][0].extend(lines.values())
            folders[name][1].extend(count for _, count in functions.values())
    total = folders.pop("all of src")
    for name, sums in sorted(folders.items()):
        print(row(name, *sums))
    print(row("all of src", *total))
    return percent(sum(n > 0 for n in total[0]), len(total[0]))


def write_lines(files, srcdir, out):
    """Every line that was not reached, as the compiler's messages have them."""
    for path, (lines, _) in sorted(files.items()):
        text = (srcdir / path).read_text().splitlines()
        for number in sorted(n for n, count in lines.items() if count == 0):
            out.write(f"{path}:{number}:{text[number - 1]}\n")


def main():
    srcdir = pathlib.Path(sys.argv[1]).resolve()
    files = counted(srcdir)
    share = table(files)
    with open("coverage.txt", "w", encoding="utf-8") as out:
        write_lines(files, srcdir, out)
    print("the lines that were not reached: coverage.txt")
    never = {f"{path} {name}" for path, (_, functions) in files.items()
             for name, (_, count) in functions.items() if count == 0}
    for name in sorted(never):
        print(f"never called: {name}")
    if share < FLOOR:
        print(f"less than {FLOOR} % of the lines were reached")
    return 1 if share < FLOOR else 0


if __name__ == "__main__":
    sys.exit(main())
