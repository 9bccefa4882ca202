#!/bin/sh
# clang-tidy finds nothing in src; what it looks for, and what not and why, is in .clang-tidy.
. "$(dirname "$0")/analysis.sh"
wants 14 clang-tidy-14 clang-tidy

one()
{
	# shellcheck disable=SC2086 # several words
	"$tool" --quiet --config-file="$srcdir/.clang-tidy" "$1" -- $HAULMAIL_CPPFLAGS 2>&1 |
	    grep -v '^[0-9]* warnings\{0,1\} \(generated\|treated\)'
}

verdicts clang-analyzer-core.NullDereference <<-END
	int f(const int *p);
	int f(const int *p)
	{
	        return p == 0 ? *p : 1;
	}
END
