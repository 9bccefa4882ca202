#!/bin/sh
# Every source and test is named in Makefile.am: a file that is not would be missing in the tarball,
# and a test would silently not run.
: "${srcdir:=.}"
LC_ALL=C
export LC_ALL

# unlisted TOP: the files below TOP that its Makefile.am does not name, themselves or by a folder.
unlisted()
(
	cd "$1" || exit
	find src man tests -name __pycache__ -prune -o -type f ! -name '*.pyc' ! -name '*.o' \
	    ! -name '*.log' ! -name '*.trs' ! -name '.*' ! -path '*/.deps/*' ! -name '*~' -print |
	    sort | awk '
	FILENAME != "-" && !/^#/ { for (i = 1; i <= NF; i++) named[$i]; next }
	FILENAME == "-" {
		for (path = $0; path ~ "/"; sub("/[^/]*$", "", path))
			if (path in named)
				next
		program = $0
		sub("\\.c$", "", program)
		if ($0 ~ "^tests/unit/" && program in named)
			next
		print
	}' Makefile.am -
)

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

echo 1..2
said=$(unlisted "$srcdir" 2>&1)
if [ -z "$said" ]; then
	echo "ok 1 - Makefile.am names every file of src, man and tests"
else
	echo "not ok 1 - Makefile.am names every file of src, man and tests"
	echo "$said" | sed 's/^/# not named: /'
fi

mkdir -p "$tmp/src" "$tmp/man" "$tmp/tests/unit" "$tmp/tests/e2e/data"
touch "$tmp/src/a.c" "$tmp/src/b.c" "$tmp/man/a.1" "$tmp/tests/unit/test_a.c" \
    "$tmp/tests/unit/test_b.c" "$tmp/tests/e2e/data/x" "$tmp/tests/e2e/y.sh"
# shellcheck disable=SC1003 # a backslash, as makefiles have it
printf '%s\n' 'X = src/a.c \' '	man/a.1 tests/unit/test_a tests/e2e/data' '# src/b.c' \
    >"$tmp/Makefile.am"
said=$(unlisted "$tmp" | tr '\n' ' ')
if [ "$said" = "src/b.c tests/e2e/y.sh tests/unit/test_b.c " ]; then
	echo "ok 2 - finds what is not named"
else
	echo "not ok 2 - finds what is not named"
	echo "# said: $said"
fi
