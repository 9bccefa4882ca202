#!/bin/sh
# Servers that refuse, lie, babble or never end: a clear line, and nothing lost.
. "$(dirname "$0")/lib.sh"

# ---- one bad message does not stop the rest

fresh_home
maildrop sample
start_server "$DROP" --err "RETR:2=message is gone"
home_config
haul
exits "65 75 76" "RETR refused: the exit status tells"
complains "RETR refused: with what the server said" "message is gone"
is "$(count_mail)" 3 "RETR refused: the others are delivered"
is "$(cd "$DROP" && echo *)" "02-lunch.eml" "RETR refused: and deleted, the refused one is not"
check "RETR refused: the journal remembers" grep -q '^fail 02-lunch 1 ' "$JOURNAL"
server_now --err "RETR=message is gone"
haul
is "$(count_mail)" 3 "RETR refused again: nothing changes"
nothing_lost "RETR refused again: nothing is lost"
stop_server
start_server "$DROP"
home_config
forget_pauses
haul
exits 0 "RETR refused no longer: success"
delivered "RETR refused no longer: the message comes at last"
is "$(on_server)" 0 "RETR refused no longer: and is deleted"

fresh_home
maildrop sample
start_server "$DROP" --err "RETR:2=gone"
home_config "keep yes"
haul
forget_transcript
for _ in 1 2 3; do haul; done
is "$(asked 'RETR [134]')" 0 "RETR refused, keep yes: the others do not come again"
forget_transcript
haul
is "$(asked 'RETR 2')" 0 "RETR refused a few times: the next try pauses"

fresh_home
maildrop sample
start_server "$DROP" --err "DELE:3=may not"
home_config
haul
like "$RC" "^(0|65|75|76)$" "DELE refused: a sensible exit status"
delivered "DELE refused: everything is delivered" --ordered
is "$(cd "$DROP" && echo *)" "03-from.eml" "DELE refused: the others are deleted"
server_now
stop_server
start_server "$DROP"
home_config
haul
exits 0 "DELE refused no longer: success"
delivered "DELE refused no longer: nothing comes twice" --ordered
is "$(on_server)" 0 "DELE refused no longer: it is deleted"

fresh_home
maildrop sample
start_server "$DROP"
server_now --err "QUIT=the disk is full"
home_config
haul
like "$RC" "^(75|76)$" "QUIT refused: the exit status tells"
complains "QUIT refused: with what the server said" "disk is full"
delivered "QUIT refused: everything is delivered" --ordered
unlike "$OUT$ERR" "deleted [0-9]|[1-9] deleted" "QUIT refused: nobody says deleted"
refuse "QUIT refused: nor does the journal say gone" grep -q '^gone' "$JOURNAL"
server_now
haul
exits 0 "QUIT refused no longer: success"
delivered "QUIT refused no longer: nothing comes twice" --ordered
is "$(on_server)" 0 "QUIT refused no longer: now they are deleted"

# ---- what reaches the terminal

fresh_home
maildrop sample
start_server "$DROP"
home_config
server_now --err 'PASS=\x1b[31mred\x07\x00 \x9b31m caf\xc3\xa9'
haul
exits 77 "escape sequences in an error"
complains "are made visible" "red"
haul -vv
check "also in the dialogue" printable "$T/err"
server_now '--greeting=+OK \x1b]0;title\x07 hello'
haul -vv
check "and in the greeting" printable "$T/err"
server_now "--err" "PASS=$(head -c 7000 /dev/zero | tr '\0' y)"
haul
check "a long refusal is cut to a readable length" test "$(wc -c <"$T/err")" -lt 1200

# ---- all sorts of nonsense. Whatever it is: no crash, one line if anything is wrong, no
# message lost or doubled, and the next good run completes.

# survives OPTIONS...: of the server, for one run.
# shellcheck disable=SC2317 # eval calls it
survives()
{
	fresh_home
	refill
	home_config "$keep"
	server_now "$@"
	haul
	_bad=
	case $RC in
	0) ;;
	65 | 75 | 76 | 77) [ "$(grep -c '^haulmail: home: ' "$T/err")" -ge 1 ] || _bad="no word; " ;;
	*) _bad="exit status $RC; " ;;
	esac
	printable "$T/err" || _bad="${_bad}control characters; "
	mboxtool covered "$INBOX" "$MASTER" "$DROP" 2>"$T/why" || _bad="${_bad}$(cat "$T/why"); "
	[ -z "$_bad" ] || last_run
	server_now
	[ ! -e "$JOURNAL" ] || forget_pauses
	haul
	[ "$RC" -eq 0 ] || _bad="${_bad}afterwards exit status $RC; "
	well_formed_and_equal 2>"$T/why" || _bad="${_bad}afterwards $(cat "$T/why"); "
	[ -z "$_bad" ] || last_run
	is "$_bad" "" "survives $keep, $*"
}

fresh_home
maildrop sample
start_server "$DROP"
for keep in "keep no" "keep yes"; do
	[ "$keep" = "keep no" ] || [ "$SLOW" -eq 1 ] || break
	while IFS= read -r line; do
		eval "survives $line"
	done <<-'END'
	--stat "0 0"
	--stat "3 10"
	--stat "99999999999999999999 1"
	--stat "-1 -1"
	--stat "4"
	--stat "4294967297 1"
	--say STAT=+OK
	--size ALL=0
	--size ALL=1
	--size 2=99999999999999999999
	--size 2=-5
	--size 2=18446744073709551617
	--size 3=many
	--list-line garbage
	--list-line ""
	--list-line "0 100"
	--list-line "5 100"
	--list-line "-1 100"
	--list-line "4294967297 100"
	--list-line "99999999999999999999999 1"
	--list-line "2 100"
	--list-line "5"
	--list-line "1 2 3 4"
	--uidl-line garbage
	--uidl-line ""
	--uidl-line "5 not-in-the-list"
	--uidl-line "0 zero"
	--uidl-line "-1 minus"
	--uidl-line "4294967298 wrapped"
	--uidl-line "2000000000 far-away"
	--uidl-line "2 second-opinion"
	--uidl-line "5 \x00nul"
	--uidl-line "6 \xff\xfe\x01"
	--uidl-line "5 $(head -c 2000 /dev/zero | tr '\0' u)"
	--say "LIST=+OK\r\n."
	--say "UIDL=+OK\r\n."
	--say "USER=+OK\r\n+OK extra"
	--say "CAPA=+OK\r\nUSER\r\n\r\n \r\nPIPELINING extra\r\npipelining\r\n\x00\r\n."
	--say "CAPA=+OK no list follows here\r\n."
	--err CAPA=unknown
	--without CAPA
	--without LIST
	--without TOP
	--err "LIST=[SYS/TEMP] later"
	--say "RETR:2=garbage"
	--say "RETR:2="
	--say "DELE:1=garbage"
	--say "QUIT=garbage"
	--say "QUIT=+OK\r\n+OK"
	--err RETR=nothing
	--endless-status GREETING
	--endless-status PASS
	--endless-line CAPA
	--endless-body CAPA
	--endless-line UIDL
	--endless-line LIST
	--endless-body UIDL
	--endless-body LIST
	--endless-status RETR:2
	--cut-at CAPA=9
	--cut-at PASS=3
	--cut-at UIDL=8
	--cut-at RETR:1=0
	--cut-at RETR:2=100
	--cut-at DELE:1=2
	--cut-at DELE:4=0 --reset
	--cut-at QUIT=0
	--cut-at QUIT=2
	--small-buffers
	END
done

# ---- messages without an end

for what in line body; do
	fresh_home
	refill
	server_now "--endless-$what" RETR:2
	home_config
	if sanitized || [ -n "${HAULMAIL_WRAPPER-}" ]; then haul; else measured_haul; fi
	exits "75 76" "an endless $what in a message: given up"
	complains "an endless $what: told"
	check "an endless $what: no part of it in the mbox" test "$(wc -c <"$INBOX" 2>/dev/null ||
		echo 0)" -lt 10000
	nothing_lost "an endless $what: nothing is lost"
	peak_below 12288 "an endless $what: in bounded memory"
	check "an endless $what: no file stays behind" test -z \
		"$(find "$HOME/.local" -type f -size +100k)"
done

finish
