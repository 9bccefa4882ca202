#!/bin/sh
# The connection ends after any byte: no message is lost, and none comes twice.
. "$(dirname "$0")/lib.sh"

export HAULMAIL

# sweep TEXT OPTIONS...: a check, with its figures in the log.
sweep()
{
	_text=$1
	shift
	if "$PYTHON" "$E2E/sweep.py" "$@" --dir "$T/sweep" >"$T/sweep.out" 2>&1; then
		pass "$_text"
	else
		fail "$_text"
	fi
	say_comment <"$T/sweep.out"
}

# Under a wrapper a run takes a second, so only some of the positions are tried.
if [ "$SLOW" -eq 1 ]; then every=1 some=7; else every=97 some=193; fi

sweep "every byte of a session that deletes" cut --step "$every"
sweep "bytes of a session that keeps" cut --step "$some" --keep
sweep "bytes of a session without pipelining" cut --step "$some" --first 2 \
	--server=--capa=UIDL --server=--capa=USER
sweep "bytes of a session that ends in a reset" cut --step "$some" --first 3 --reset
if command -v openssl >/dev/null && make_certs; then
	sweep "bytes of a session over TLS, ended without a close_notify" cut --step "$some" \
		--first 1 --tls "$CERTS"
else
	skip "no certificates could be made"
fi

# What was whole when the connection broke is kept: the next run does not ask for it again.
fresh_home
maildrop plain 4
start_server "$DROP"
home_config
server_now --cut-at RETR:3=50
haul
exits 75 "cut in the third message"
complains "told"
is "$(count_mail)" 2 "the first two are delivered"
check "and no part of the third" mboxtool check "$INBOX"
server_now
forget_transcript
haul
exits 0 "the next run"
is "$(asked 'RETR .*')" 2 "asks for the other two"
delivered "and then each is there once" --ordered
is "$(on_server)" 0 "and none is left"

finish
