#!/bin/sh
# Addresses: IPv6, IPv4, and names that have both.
. "$(dirname "$0")/lib.sh"

# reach TEXT HOST: fetches from there.
reach()
{
	fresh_home
	refill
	home_config "host $2"
	haul
	exits 0 "$1: connects"
	delivered "$1: delivers" --ordered
}

fresh_home
maildrop sample
if can_ipv6; then
	start_server "$DROP" --listen ::1
	reach "an IPv6 address" ::1
	home_config "host 127.0.0.1"
	haul
	exits 75 "an IPv6 server is not at the IPv4 address"
	stop_server
	start_server "$DROP" --listen ::1 --listen 127.0.0.1
	reach "a name with both" localhost
	stop_server
	if localhost_has_ipv6; then
		start_server "$DROP" --listen ::1
		reach "a name with both, and IPv6 only behind it" localhost
		stop_server
	else
		skip "localhost has no IPv6 address here"
	fi
else
	skip "no IPv6 on this machine"
fi
start_server "$DROP" --listen 127.0.0.1
reach "a name with both, and IPv4 only behind it" localhost
reach "an IPv4 address" 127.0.0.1

finish
