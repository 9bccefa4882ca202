#!/bin/sh
# The command line: help, version, -q, -v, -n, accounts, mistakes.
. "$(dirname "$0")/lib.sh"

fresh_home
haul --help
exits 0 "--help succeeds without a config file"
like "$OUT" "usage" "--help goes to stdout"
for word in fetch config -c -q -v -n --version; do
	contains "$OUT" "$word" "--help tells of $word"
done
haul help
exits 0 "help without a topic"
is "$(cat "$T/out")" "$("$HAULMAIL" --help)" "is --help"
haul help fetch
contains "$OUT" "haulmail fetch [ACCOUNT]..." "help of a command"
for word in jobs j; do
	haul help $word
	contains "$OUT" "-j, --jobs N" "help of an option: $word"
done
haul help timeout
contains "$OUT" "keyword of an account" "help of a keyword"
contains "$OUT" "unless it is set: 5m" "also of relays, with what holds if it is not set"
haul help keep delete
contains "$OUT" "-k, --keep" "help of what is an option"
contains "$OUT" "keyword of an account: " "and a keyword"
contains "$OUT" "haulmail delete ACCOUNT SET" "and of several topics"
haul help fech
exits 64 "help of what is not there"
contains "$ERR" "did you mean \"fetch\"" "suggests"
haul help completion
exits 64 "what is not for people is not told"
haul --version
exits 0 "--version succeeds"
like "$OUT" "^haulmail [0-9]+\.[0-9]" "--version names program and number"

for mistake in --nosuch -Z "-c" "fetch --nosuch"; do
	# shellcheck disable=SC2086 # two words
	haul $mistake
	exits 64 "'$mistake' is a usage error"
	is "$OUT" "" "told on stderr only ($mistake)"
	like "$ERR" "haulmail" "by name ($mistake)"
done

fresh_home
maildrop sample
start_server "$DROP" --password 'pass "word" 4711'
home_config 'password "pass \"word\" 4711"'

haul nosuch
exits "64 78" "an account that is not there is refused"
like "$ERR" "nosuch" "by its name"
is "$(asked '# 1 open')" 0 "and nothing is fetched for the others"

haul -n
exits 0 "a dry run succeeds"
is "$(asked 'RETR .*|DELE .*')" 0 "retrieves nothing and deletes nothing"
is "$(on_server)" 4 "and leaves the server alone"
is "$(count_mail)" 0 "and the mbox"
like "$OUT$ERR" "4" "but tells how much there is"
refuse "and remembers nothing" grep -q -e '^seen' -e '^gone' "$JOURNAL"

haul -vv fetch
exits 0 "-vv succeeds"
like "$OUT$ERR" "RETR 4" "and shows the dialogue"
unlike "$OUT$ERR" "4711" "but not the password"
delivered "and changes nothing about the fetch" --ordered

makemail plain "$DROP" 1
haul -v
exits 0 "-v succeeds"
like "$OUT$ERR" "home.*1|1.*home" "and tells account and count"
haul -v
like "$OUT$ERR" "home" "-v also speaks when there is nothing new"

server_now --err PASS=no
haul -q
exits 77 "-q does not change the exit status"
complains "and still tells of errors"

finish
