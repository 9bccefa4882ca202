#!/bin/sh
# Kernels that have less to confine a process with: it gets what there is, and nobody is bothered.
. "$(dirname "$0")/lib.sh"

OLDKERNEL=${OLDKERNEL:-${abs_top_builddir:-$(dirname "$HAULMAIL")}/tests/e2e/oldkernel}

# old LACKS ARGS...: haul, under a kernel without that.
old()
{
	_lacks=$1
	shift
	HAULMAIL_WRAPPER="$OLDKERNEL $_lacks ${HAULMAIL_WRAPPER-}" haul "$@"
}

"$OLDKERNEL" landlock true || skip_all "this kernel cannot be made to look older"
haul --version # valgrind does not know all of these calls itself
SYSTEM=$(sed -n 's/^sandbox: //p' "$T/out")
case $SYSTEM in
*Landlock*seccomp*) ;;
*) skip_all "this kernel, or this build, has little itself: $SYSTEM" ;;
esac

# fetches LACKS TEXT: a run under such a kernel gets all of the mail, and says nothing.
fetches()
{
	fresh_home
	home_config "keep yes"
	old "$1" fetch
	exits 0 "$2: mail is fetched"
	quiet "$2: and nothing is said"
	delivered "$2: all of it" --ordered
}

maildrop sample
start_server "$DROP"

fetches landlock "without Landlock"
old landlock --version
like "$OUT" "^sandbox: seccomp$" "--version tells what is left"
old landlock info
like "$OUT" "fetching in sandbox +all files, as the system has no Landlock; no programs" \
	"and so does info"

fetches seccomp "without seccomp"
old seccomp --version
like "$OUT" "^sandbox: Landlock [0-9]+$" "--version tells what is left"
old seccomp info
like "$OUT" "fetching in sandbox +only files in .*; programs, as there is no seccomp" \
	"and so does info"

fetches landlock,seccomp "with neither"
old landlock,seccomp --version
like "$OUT" "^sandbox: none$" "--version says that there is none"
old landlock,seccomp info
like "$OUT" "fetching in sandbox +none: the system has neither Landlock nor seccomp" "so does info"

# Landlock may be there and not work: switched off at boot, or too many of them on each other.
fetches restrict "with a Landlock that does not work"
forget_journal
old restrict -v fetch
like "$ERR" "does not confine us to our files: Operation not supported" "-v tells"

fetches privileges "without no_new_privs"
forget_journal
old privileges -v fetch
like "$ERR" "the kernel does not confine us: Invalid argument" "-v tells"

finish
