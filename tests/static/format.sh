#!/bin/sh
# Every C file is as clang-format would write it, by the .clang-format at the top.
: "${srcdir:=.}"
wanted=14 # other versions format some lines differently

for tool in "clang-format-$wanted" clang-format none; do
	case $("$tool" --version 2>/dev/null) in
	*"version $wanted."*) break ;;
	esac
done
if [ "$tool" = none ]; then
	echo "1..0 # SKIP no clang-format $wanted here"
	exit 0
fi

# unformatted FILE...: "file:line" of what the tool would write otherwise.
unformatted()
{
	"$tool" --dry-run -Werror "$@" 2>&1 | awk -F: '/: error: / { print $1 ":" $2 }' | uniq
}

cd "$srcdir" || exit 1
echo 1..2
# shellcheck disable=SC2046 # no blanks in names of source files
said=$(unformatted $(find src tests -name '*.[ch]' | sort))
if [ -z "$said" ]; then
	echo "ok 1 - src and tests are formatted"
else
	echo "not ok 1 - src and tests are formatted: run $tool -i on the files named"
	echo "$said" | sed 's/^/# /'
fi

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
cp .clang-format "$tmp" && echo 'int  f( void ){return 0;}' >"$tmp/x.c"
if [ "$(unformatted "$tmp/x.c")" = "$tmp/x.c:1" ]; then
	echo "ok 2 - finds a badly formatted line"
else
	echo "not ok 2 - finds a badly formatted line"
fi
