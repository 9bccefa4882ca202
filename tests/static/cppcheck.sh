#!/bin/sh
# cppcheck finds nothing in src but what tests/static/cppcheck.txt leaves out.
. "$(dirname "$0")/analysis.sh"
wants 2.10 cppcheck

# It looks at system headers only for sys/queue.h, which it has to know; c11 is its latest C.
one()
{
	"$tool" --quiet --std=c11 --enable=warning,style,performance,portability --inline-suppr \
	    --library=posix --library=openssl -D__linux__ -DLIBBSD_OVERLAY \
	    --include="$builddir/config.h" -I "$srcdir/src" $overlay \
	    --suppressions-list="$suppressions" --template='{file}:{line}: {message} [{id}]' "$1" 2>&1
}

suppressions=$srcdir/tests/static/cppcheck.txt
for flag in $HAULMAIL_CPPFLAGS; do
	case $flag in
	*/bsd) overlay="-I $flag" ;;
	esac
done

verdicts arrayIndexOutOfBounds <<-END
	int f(void);
	int f(void)
	{
	        int a[2] = { 1, 2 };

	        return a[2];
	}
END
