#!/bin/sh
# Each fuzzer of $FUZZERS, built with libFuzzer, fuzzes for $FUZZ_SECONDS from its corpus on. What it
# finds is left in fuzz/NAME of the build directory; the source tree stays as it is.
: "${srcdir:=.}"
: "${FUZZ_SECONDS:=10}"
[ -n "$FUZZING" ] || {
	echo "fuzz-smoke wants a build by CC=clang with --enable-fuzzing" >&2
	exit 1
}
ASAN_OPTIONS=${ASAN_OPTIONS-allocator_may_return_null=0}
export ASAN_OPTIONS

# fuzz NAME PROGRAM: prints its last line; fails at a crash, a leak, a timeout, a lack of memory.
fuzz()
{
	work=fuzz/$1
	mkdir -p "$work/corpus" "$work/found"
	dict=$srcdir/tests/fuzz/dict/$1.dict
	[ -e "$dict" ] || dict=
	"$2" -max_total_time="$FUZZ_SECONDS" -timeout=20 -rss_limit_mb=1024 \
	    -max_len="${FUZZ_LENGTH:-8192}" -print_final_stats=1 -artifact_prefix="$work/found/" \
	    ${dict:+"-dict=$dict"} "$work/corpus" "$srcdir/tests/fuzz/corpus/$1" >"$work/log" 2>&1
	status=$?
	printf '%-13s %s\n' "$1" "$(grep -E '^#[0-9]+.*DONE' "$work/log" | tr '\t' ' ')"
	[ "$status" -eq 0 ] || {
		tail -n 60 "$work/log" | sed 's/^/    | /'
		echo "    $1: status $status; see $work" >&2
		return 1
	}
}

failed=
for program in $FUZZERS; do
	name=${program##*/fuzz_}
	fuzz "$name" "./$program" || failed="$failed $name"
done
[ -z "$failed" ] || {
	echo "failed:$failed" >&2
	exit 1
}
