#!/bin/sh
# APOP: only when asked for, only with a well-formed timestamp.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop sample
start_server "$DROP" --apop
home_config "auth apop" "keep yes"
haul
exits 0 "auth apop succeeds"
delivered "and delivers" --ordered
is "$(asked 'USER .*|PASS .*')" 0 "the password did not leave the machine"
is "$(asked 'APOP alice [0-9a-f]{32}')" 1 "its digest did"

forget_transcript
home_config "auth user" "keep yes"
haul
exits 0 "auth user succeeds"
is "$(asked 'APOP .*')" 0 "and does not use APOP"

forget_transcript
home_config "auth auto" "keep yes"
haul
exits 0 "auth auto succeeds"
is "$(asked 'APOP .*')" 0 "and does not choose APOP by itself"

home_config "auth apop" "keep yes" "password wrong"
haul
exits 77 "a wrong password is refused"
complains "and told"
home_config "auth apop" "keep yes"

stop_server
start_server "$DROP"
home_config "auth apop" "keep yes"
haul
exits "76 77" "a server without a timestamp"
complains "is told" "APOP"
is "$(asked 'USER .*|PASS .*')" 0 "and gets no password instead"

# Timestamps that are no msg-id serve to collect digests (CVE-2007-1558).
for stamp in '<>' '<no-at-sign>' '<a@b' '<a b@c>' '<@b>' '<a@>' '<a@b\x01c>' '<a\x80b@c>'; do
	stop_server
	start_server "$DROP" --apop --apop-stamp "$stamp"
	home_config "auth apop" "keep yes"
	haul
	exits "76 77" "timestamp $stamp: refused"
	is "$(asked '(APOP|USER|PASS) .*')" 0 "timestamp $stamp: no digest is given"
done

finish
