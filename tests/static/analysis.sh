# analysis.sh - what the tests that let an analyser read src share, to be sourced.
#
#	wants VERSION NAME...    sets tool to the first NAME of that version, or skips all: another
#	                         one finds other things
#	each FILE...             calls "$0 one FILE" for each, two at a time
#	verdicts WORD <FAULT     two test lines: nothing is found in src; WORD is found in FAULT
#
# A script that sources it defines one FILE, which prints "FILE:LINE: ..." for each finding. The
# flags of the build come from "make check", in HAULMAIL_CPPFLAGS.
: "${srcdir:=.}"
LC_ALL=C
export LC_ALL

skip_all()
{
	echo "1..0 # SKIP $*"
	exit 0
}

wants()
{
	_version=$1
	shift
	for tool; do
		case " $("$tool" --version 2>/dev/null | tr '\n' ' ') " in
		*" $_version "* | *" $_version."*) return ;;
		esac
	done
	skip_all "no $1 $_version here"
}

each()
{
	printf '%s\n' "$@" | xargs -P 2 -n 1 sh "$0" one
}

verdicts()
{
	if [ "${called-}" = one ]; then
		one "$file"
		exit
	fi
	echo 1..2
	# shellcheck disable=SC2046 # no blanks in names of source files
	_said=$(each $(find "$srcdir/src" -name '*.c' | sort) 2>&1)
	if [ -z "$_said" ]; then
		echo "ok 1 - $tool finds nothing in src"
	else
		echo "not ok 1 - $tool finds nothing in src"
		echo "$_said" | sed 's/^/# /'
	fi

	_tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$_tmp"' EXIT
	trap 'exit 1' HUP INT TERM
	cat >"$_tmp/x.c"
	_said=$(each "$_tmp/x.c" 2>&1)
	case $_said in
	*"/x.c:"*"$1"*) echo "ok 2 - finds what is wrong with a bad file" ;;
	*)
		echo "not ok 2 - finds what is wrong with a bad file"
		echo "$_said" | sed 's/^/# /'
		;;
	esac
}

[ -n "${HAULMAIL_CPPFLAGS-}" ] || skip_all "the flags of the build are wanted: run it by make check"
called=${1-} file=${2-}
