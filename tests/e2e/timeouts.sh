#!/bin/sh
# Servers that fall silent, or drip: haulmail gives up in time, and loses nothing.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop plain 3
start_server "$DROP"

# silent STATUS TEXT OPTION...: gives up within bounds, well below the server's patience.
silent()
{
	_status=$1 _text=$2
	shift 2
	fresh_home
	refill
	home_config "timeout ${SHORT}s"
	server_now "$@"
	_start=$(date +%s)
	haul
	_took=$(($(date +%s) - _start))
	exits "$_status" "$_text: temporary"
	complains "$_text: told" "tim(e|ed|ing).?out|silen|no answer|no greeting|too slow"
	check "$_text: in time (${_took}s)" test "$_took" -le $((SHORT * 3 + 3))
	nothing_lost "$_text: nothing is lost"
}

for at in GREETING CAPA USER PASS STAT UIDL LIST RETR:1 RETR:2 DELE:1 QUIT; do
	silent 75 "silence at $at" --hang "$at"
done
silent 75 "a greeting that drips" --drip "GREETING=$SHORT"
silent 75 "a listing that drips" --drip UIDL=0.3
silent 75 "a message that drips" --drip RETR:2=0.3

server_now
haul
exits 0 "after the drip, a good run"
delivered "brings everything once"

# What was whole when the silence began has been delivered.
fresh_home
refill
home_config "timeout ${SHORT}s"
server_now --hang RETR:3
haul
exits 75 "silence at the third message"
is "$(count_mail)" 2 "the first two are delivered"
server_now
forget_transcript
haul
exits 0 "the next run"
is "$(asked 'RETR .*')" 1 "asks only for the third"
delivered "and then each is there once"
is "$(on_server)" 0 "and none is left"

finish
