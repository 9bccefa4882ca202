#!/bin/sh
# gcc -fanalyzer finds nothing in src.
. "$(dirname "$0")/analysis.sh"
wants 12 gcc-12 gcc

# What it is wrong about, by file.
known()
{
	case $1 in
	# it loses sight of what is stored in an array at a place that it does not know
	*/src/engine/pool.c) echo -Wno-analyzer-malloc-leak ;;
	# the -1 by which iconv_open() fails is nothing to close
	*/src/mail/rfc2047.c) echo -Wno-analyzer-malloc-leak ;;
	esac
}

# In optimised code it finds more, and less that is none.
one()
{
	# shellcheck disable=SC2086,SC2046 # several words
	"$tool" $HAULMAIL_CPPFLAGS -O2 -fanalyzer $(known "$1") -c -o /dev/null "$1" 2>&1
}

verdicts -Wanalyzer-double-free <<-END
	#include <stdlib.h>
	void f(void *p);
	void f(void *p)
	{
	        free(p);
	        free(p);
	}
END
