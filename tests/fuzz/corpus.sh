#!/bin/sh
# Every fuzzer goes through its corpus, without a fuzzer's engine: what once was found stays right.
: "${srcdir:=.}"
: "${builddir:=.}"
LC_ALL=C
VALGRIND_LOGS=$(mktemp -d) || exit 99 # where valgrind speaks, if it runs them
export LC_ALL VALGRIND_LOGS
trap 'rm -rf "$VALGRIND_LOGS"' EXIT

# say OK WHAT OUTPUT
n=0
say()
{
	n=$((n + 1))
	echo "$1 $n - $2"
	[ "$1" = ok ] || printf '%s\n' "$3" | tail -n 30 | sed 's/^/# /'
}

# The driver tells how many files it has run: all of them have to be.
run()
{ # NAME
	corpus=$srcdir/tests/fuzz/corpus/$1
	want=$(find "$corpus" -type f | wc -l)
	# shellcheck disable=SC2086 # words
	said=$(${HAULMAIL_WRAPPER-} "$builddir/tests/fuzz/fuzz_$1" "$corpus" 2>&1)
	status=$?
	if [ "$want" -gt 0 ] && [ "$status" -eq 0 ] && [ "$said" = "$((want)) files" ]; then
		say ok "$1: $said"
	else
		say "not ok" "$1: status $status, for $((want)) files" \
			"$said$(grep -h '^==' "$VALGRIND_LOGS"/* 2>/dev/null)"
	fi
}

fuzzers=$(sed -n 's|^tests_fuzz_fuzz_\([a-z0-9]*\)_SOURCES.*|\1|p' "$srcdir/Makefile.am")
echo "1..$(($(echo "$fuzzers" | wc -l) + 1))"
for name in $fuzzers; do
	run "$name"
done

# A corpus of no fuzzer would be run by nobody.
said=$(ls "$srcdir/tests/fuzz/corpus")
if [ "$said" = "$fuzzers" ]; then
	say ok "each corpus has its fuzzer"
else
	say "not ok" "each corpus has its fuzzer" "$said"
fi
