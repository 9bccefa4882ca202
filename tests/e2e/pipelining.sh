#!/bin/sh
# Round trips: few where the server pipelines, and one command at a time where it does not
# say that it does.
. "$(dirname "$0")/lib.sh"

# Latency makes the count exact: what the client sends within it is one flight.
latency=0.03

fresh_home
maildrop plain 100
start_server "$DROP" --latency "$latency"
home_config
haul
exits 0 "pipelining: fetched"
delivered "pipelining: delivered" --ordered
is "$(on_server)" 0 "pipelining: and deleted"
check "pipelining: 100 messages in few round trips ($(flights))" test "$(flights)" -le 12
is "$(asked '# [0-9]* pipelined .*')" 0 "pipelining: nothing ran ahead of its announcement"

# Nothing new: CAPA; the login; the listing; QUIT.
refill
home_config "keep yes" "state \"~/kept\""
haul
forget_transcript
haul
exits 0 "nothing new"
is "$(asked 'RETR .*')" 0 "nothing new: nothing fetched"
check "nothing new: at most 4 flights with QUIT ($(flights))" test "$(flights)" -le 4
stop_server

fresh_home
maildrop plain 10
start_server "$DROP" --latency "$latency" --capa TOP --capa UIDL --capa USER
home_config
haul
exits 0 "no PIPELINING announced: fetched"
delivered "no PIPELINING announced: delivered" --ordered
is "$(asked '# [0-9]* pipelined .*')" 0 "no PIPELINING announced: one command at a time"
stop_server

fresh_home
maildrop plain 10
start_server "$DROP" --latency "$latency" --without CAPA
home_config
haul
exits 0 "no CAPA: fetched"
delivered "no CAPA: delivered" --ordered
is "$(asked '# [0-9]* pipelined .*')" 0 "no CAPA: one command at a time"
stop_server

fresh_home
maildrop plain 40
start_server "$DROP" --latency "$latency" --capa TOP --capa UIDL --capa USER \
	--capa-after-login UIDL --capa-after-login PIPELINING
home_config
haul
exits 0 "PIPELINING announced after the login: fetched"
delivered "PIPELINING announced after the login: delivered" --ordered
check "PIPELINING announced after the login: used ($(flights))" test "$(flights)" -le 20
is "$(grep -c 'pipelined \(USER\|CAPA\|PASS\)' "$TRANSCRIPT")" 0 \
	"PIPELINING announced after the login: not before"
stop_server

fresh_home
maildrop plain 10
start_server "$DROP" --latency "$latency"
home_config "pipelining off"
haul
exits 0 "pipelining off: fetched"
delivered "pipelining off: delivered" --ordered
check "pipelining off: every message costs a round trip ($(flights))" test "$(flights)" -ge 20
stop_server

fresh_home
maildrop plain 40
start_server "$DROP" --latency "$latency" --without CAPA
home_config "pipelining on"
haul
exits 0 "pipelining on: fetched"
delivered "pipelining on: delivered" --ordered
check "pipelining on: used unasked ($(flights))" test "$(flights)" -le 20
stop_server

# A server that reads nothing while it writes, with little room in between.
fresh_home
maildrop random 400 5
start_server "$DROP" --small-buffers
home_config
haul
exits 0 "small buffers: fetched"
delivered "small buffers: delivered" --ordered
is "$(on_server)" 0 "small buffers: and deleted"

finish
