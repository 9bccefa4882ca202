#!/bin/sh
# filter, max-size and limit: what is fetched, skipped and deleted unseen.
. "$(dirname "$0")/lib.sh"

# rules_maildrop: five messages that rules can tell apart.
rules_maildrop()
{
	fresh_home
	DROP=$T/drop$homes
	mkdir "$DROP"
	printf 'Subject: plain\nFrom: a@example.org\n\nbody\n' >"$DROP/1.eml"
	printf 'Subject: buy now\nX-Spam-Flag: YES\n\nbody\n' >"$DROP/2.eml"
	printf 'Subject: =?utf-8?q?Caf=C3=A9?= =?utf-8?b?IGF0IG9uZQ==?=\n\nbody\n' >"$DROP/3.eml"
	printf 'Subject: folded\nX-List: one\n\ttwo\n  three\n\nX-Spam-Flag: YES\n' >"$DROP/4.eml"
	{
		printf 'Subject: large\n\n'
		head -c 5000 /dev/zero | tr '\0' x
		echo
	} >"$DROP/5.eml"
}

# subjects: what is in the mbox, in short.
subjects()
{
	sed -n 's/^Subject: //p' "$INBOX" 2>/dev/null | cut -c 1-6 | tr '\n' ,
}

# left: what is on the server.
left()
{
	(cd "$DROP" && echo [0-9].eml) | sed 's/\.eml//g'
}

# expect TEXT SUBJECTS LEFT RULES...: one fetch under these rules.
expect()
{
	_what=$1 _want=$2 _left=$3
	shift 3
	rules_maildrop
	start_server "$DROP" ${TOPLESS:+--without TOP}
	home_config "$@"
	haul
	exits 0 "$_what"
	is "$(subjects)" "$_want" "$_what: the right ones are delivered"
	is "$(left)" "$_left" "$_what: and the right ones are left"
	stop_server
}

all="plain,buy no,=?utf-,folded,large,"
expect "max-size" "plain,buy no,=?utf-,folded," "5" "max-size 4K"
expect "max-size, above all" "$all" "[0-9]" "max-size 1M"
expect "skip by size" "large," "1 2 3 4" "filter skip size < 1K"
expect "delete by size" "plain,buy no,=?utf-,folded," "[0-9]" "filter delete size > 4K"
expect "accept only" "plain," "2 3 4 5" \
	'filter accept header "^From: a@"' 'filter skip header ".*"'
expect "first match wins" "$all" "[0-9]" \
	'filter accept header "."' 'filter delete header "."'

for TOPLESS in "" yes; do
	how=${TOPLESS:+, without TOP}
	expect "delete by header$how" "plain,=?utf-,folded,large," "[0-9]" \
		'filter delete header "^X-Spam-Flag: *YES"'
	expect "skip by header, any case$how" "plain,=?utf-,folded,large," "2" \
		'filter skip header "^x-spam-flag: *yes"'
	expect "decoded header$how" "plain,buy no,folded,large," "3" \
		'filter skip header "^Subject: café at one"'
	expect "raw header$how" "plain,buy no,folded,large," "3" \
		'filter skip header "=\\?utf-8\\?q\\?Caf"'
	expect "unfolded header$how" "plain,buy no,=?utf-,large," "4" \
		'filter skip header "^X-List: one.*two.*three"'
	expect "not$how" "buy no," "1 3 4 5" 'filter skip not header "^X-Spam-Flag:"'
	expect "all conditions must hold$how" "plain,=?utf-,folded,large," "[0-9]" \
		'filter delete size < 1K header "^X-Spam-Flag"' \
		'filter delete size > 1K header "^X-Spam-Flag"'
done
TOPLESS=

# What was skipped is not asked for again, until the rules change.
rules_maildrop
start_server "$DROP"
home_config "keep yes" 'filter skip header "^X-Spam-Flag"'
haul
exits 0 "skip: first run"
is "$(asked 'TOP .*')" 5 "skip: the headers are asked for"
is "$(asked 'RETR 2')" 0 "skip: the skipped message is not"
forget_transcript
haul
exits 0 "skip: second run"
is "$(asked 'TOP .*|RETR .*')" 0 "skip: nothing is asked for again"
home_config "keep yes" 'filter skip header "^X-Nothing"'
forget_transcript
haul
exits 0 "changed rules: fetched"
is "$(asked 'TOP 2 0')" 1 "changed rules: the skipped message is looked at again"
is "$(asked 'RETR .*')" 1 "changed rules: it alone is fetched"
is "$(subjects)" "plain,=?utf-,folded,large,buy no," "changed rules: and delivered"

# Deleting what was promised to be kept is a contradiction.
home_config "keep yes" "filter delete size > 1K"
forget_transcript
haul
exits 78 "delete and keep yes do not go together"
is "$(grep -c open "$TRANSCRIPT")" 0 "and that is found before connecting"

rules_maildrop
start_server "$DROP"
home_config "limit 2"
haul
exits 0 "limit: succeeds"
is "$(count_mail)" 2 "limit: so many at most"
is "$(left)" "3 4 5" "limit: the others stay"
haul
is "$(count_mail)" 4 "limit: the next run brings the next ones"
haul
is "$(subjects)" "$all" "limit: until all are there, in order"
is "$(on_server)" 0 "limit: and the server is empty"

finish
