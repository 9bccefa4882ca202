#!/bin/sh
# src/ calls no function that is on the black list, and only cli/ and the allocator end the program.
: "${srcdir:=.}"
LC_ALL=C
export LC_ALL

# Each has a safe neighbour: snprintf, strlcpy, strlcat, our parsers, strtonum, posix_spawn,
# mkstemp, getline.
banned='sprintf vsprintf strcpy strcat strncpy sscanf vsscanf atoi atol atoll atof strtok gets
	popen system tmpnam mktemp fgetln'
# Errors go up in a struct error to main(); _exit() in a forked child is another thing.
ending='err errx verr verrx errc exit quick_exit'

# calls SRC: one line for each forbidden call under SRC.
calls()
(
	cd "$1" || exit
	# shellcheck disable=SC2046 # no blanks in names of source files
	awk -v banned="$banned" -v ending="$ending" '
	BEGIN {
		n = split(banned, list)
		for (i = 1; i <= n; i++)
			everywhere[list[i]]
		n = split(ending, list)
		for (i = 1; i <= n; i++)
			below_cli[list[i]]
	}
	FNR == 1 { comment = 0 }

	# The line without its comments, and with its strings and characters empty.
	function code(line,    out, c) {
		while (line != "") {
			if (comment) {
				if (!(c = index(line, "*/")))
					return out
				line = substr(line, c + 2)
				comment = 0
				out = out " "
			} else if (line ~ /^\/\*/) {
				comment = 1
				line = substr(line, 3)
			} else if (line ~ /^\/\//) {
				return out
			} else if (match(line, /^"([^"\\]|\\.)*"/) ||
			    match(line, /^\047([^\047\\]|\\.)*\047/)) {
				out = out substr(line, 1, 1) substr(line, 1, 1)
				line = substr(line, RLENGTH + 1)
			} else {
				c = match(substr(line, 2), /["\047\/]/) ? RSTART : length(line)
				out = out substr(line, 1, c)
				line = substr(line, c + 1)
			}
		}
		return out
	}
	function may_end(name, rest) {
		return name ~ /^\.\/cli\// || (name ~ /^\.\/util\// && rest ~ /^\([ \t]*EX_OSERR/)
	}
	{
		line = code($0)
		while (match(line, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
			word = substr(line, RSTART, RLENGTH)
			sub(/[ \t]*\($/, "", word)
			rest = substr(line, RSTART + RLENGTH - 1)
			line = substr(line, RSTART + RLENGTH)
			if (word in everywhere)
				print FILENAME ":" FNR ": " word "()"
			if (word in below_cli && !may_end(FILENAME, rest))
				print FILENAME ":" FNR ": " word "() below cli/"
		}
	}' $(find . -name '*.[ch]' | sort) </dev/null
)

n=0
check()
{ # WHAT, then what calls() said, then what it should have said
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		printf 'said:\n%s\nnot:\n%s\n' "$2" "$3" | sed 's/^/# /'
	fi
}

# spoilt FILE LINE: what calls() says of a tree with that one line.
spoilt()
{
	rm -rf "$tmp/src"
	mkdir -p "$(dirname "$tmp/src/$1")"
	printf '%s\n' "$2" >"$tmp/src/$1"
	calls "$tmp/src"
}

tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM

echo 1..10
check "src/ makes no banned call" "$(calls "$srcdir/src" 2>&1)" ""
# shellcheck disable=SC2086,SC2116 # a list of words
check "finds each word of the list" \
    "$(spoilt mail/x.c "$(printf '\tn = %s(a);\n' $banned)" | sed 's/.* //; s/()//' | xargs)" \
    "$(echo $banned)"
check "finds a call after a blank" "$(spoilt mail/x.c 'strcpy (a, b);')" "./mail/x.c:1: strcpy()"
check "finds exit() below cli/" "$(spoilt net/x.c 'exit(1);')" "./net/x.c:1: exit() below cli/"
check "finds err() below cli/" "$(spoilt util/x.c 'err(1, "x");')" "./util/x.c:1: err() below cli/"
check "lets cli/ exit" "$(spoilt cli/x.c 'exit(1);')" ""
check "lets the allocator exit" "$(spoilt util/x.c 'errx(EX_OSERR, "out of memory");')" ""
check "lets longer names pass" "$(spoilt mail/x.c 'my_system(x), snprintf(a), _exit(1);')" ""
check "reads no comment" "$(spoilt mail/x.c '/* system(x)
 * popen(x) */ a(); // gets(x)')" ""
check "reads no string" "$(spoilt mail/x.c "a(\"system(\\\"x)\", '\"', \"system(y)\");")" ""
