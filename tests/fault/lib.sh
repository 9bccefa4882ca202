# lib.sh - what the fault tests share, to be sourced: tests/e2e/lib.sh, the skips, and
#
#	relay TEXT COMMAND...     its lines "ok ..." and "not ok ..." become test lines
#	must_fail TEXT COMMAND... a test of the tests: it must find fault with haulmail
#
# shellcheck disable=SC2034 # what is set here is used elsewhere

# Each run writes a home directory: better in memory.
if [ -z "${TMPDIR-}" ] && [ -d /dev/shm ] && [ -w /dev/shm ]; then
	TMPDIR=/dev/shm
	export TMPDIR
fi
. "$(dirname "$0")/../e2e/lib.sh"

FAULT=$(cd "$(dirname "$0")" && pwd)
HAULMAIL_INJECT=${HAULMAIL_INJECT:-${abs_top_builddir:-.}/tests/fault/inject.so}
export HAULMAIL HAULMAIL_INJECT

[ -z "${HAULMAIL_WRAPPER-}" ] || skip_all "faults are injected by a preloaded library, which" \
	"would hit the wrapper"
! sanitized || skip_all "faults are injected by a preloaded library, which a sanitizer" \
	"does not suffer before itself"
[ -f "$HAULMAIL_INJECT" ] || skip_all "there is no $HAULMAIL_INJECT: make check builds it"

driver()
{
	_driver=$1
	shift
	"$PYTHON" "$FAULT/$_driver" --dir "$T/$_driver" "$@" 2>&1
}

# relay DRIVER OPTIONS...: the driver's verdicts as test lines, all else as comments.
relay()
{
	driver "$@" >"$T/relay"
	_status=$?
	_failed=$failed
	while IFS= read -r _line; do
		case $_line in
		"ok "*) pass "${_line#ok }" ;;
		"not ok "*) fail "${_line#not ok }" ;;
		*) echo "# $_line" | cut -c 1-400 | tr -d '\000-\010\013-\037' ;;
		esac
	done <"$T/relay"
	[ "$_status" -eq 0 ] || [ "$failed" -gt "$_failed" ] || fail "$1 $2 ends with $_status"
}

# must_fail TEXT DRIVER OPTIONS...: the driver must find something that is not ok.
must_fail()
{
	_text=$1
	shift
	if ! driver "$@" >"$T/relay" && grep -q '^not ok ' "$T/relay"; then
		pass "$_text"
	else
		fail "$_text"
		say_comment <"$T/relay"
	fi
}
