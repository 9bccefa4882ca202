#!/bin/sh
# No script of tests/e2e has a function of lib.sh's name: lib.sh would call that one in the place of
# its own.
: "${srcdir:=.}"

# taken DIRECTORY: the functions that a script there has and its lib.sh has, too.
taken()
(
	cd "$1" || exit
	sed -n 's/^\([A-Za-z_]*\)().*/\1/p' lib.sh | while read -r name; do
		grep -l "^$name()" ./*.sh | grep -v '^./lib.sh$' | sed "s/$/: $name()/"
	done
)

# judge SAID WANTED N TEXT
judge()
{
	if [ "$1" = "$2" ]; then
		echo "ok $3 - $4"
	else
		echo "not ok $3 - $4"
		echo "$1" | sed 's/^/# said: /'
	fi
}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
printf 'one()\n{\n}\ntwo() { :; }\n' >"$tmp/lib.sh"
printf 'two()\n{\n}\nthree()\n{\n}\n' >"$tmp/a.sh"

echo 1..2
judge "$(taken "$srcdir/tests/e2e")" "" 1 "no script takes a name of lib.sh"
judge "$(taken "$tmp")" "./a.sh: two()" 2 "finds one that does"
