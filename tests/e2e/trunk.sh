#!/bin/sh
# The main road: fetch a few messages into an mbox, in silence; then find nothing new.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop sample
start_server "$DROP"
home_config

haul fetch
exits 0 "a fetch succeeds"
quiet "and says nothing where no terminal listens"
delivered "every message is in the mbox, in order" --ordered
is "$(on_server)" 0 "and gone from the server"
is "$(stat -c %a "$INBOX")" 600 "the mbox is the user's alone"

is "$(head -n 1 "$JOURNAL")" "haulmail journal 1" "the journal says what it is"
is "$(stat -c %a "$JOURNAL")" 600 "and is the user's alone"
is "$(find "$(dirname "$JOURNAL")" -type f ! -name home ! -name home.lock)" "" \
	"nothing but its lock lies beside it"

haul
exits 0 "a run with nothing new succeeds"
quiet "and says nothing"
delivered "and changes nothing" --ordered
is "$(asked 'RETR .*')" 4 "each message was asked for once"

makemail plain "$DROP" 2
haul home
exits 0 "new mail is fetched by the account's name"
is "$(count_mail)" 6 "and added to the mbox"
check "which is still well-formed" mboxtool check "$INBOX"

# Every corner, and chance.
fresh_home
maildrop corners
start_server "$DROP"
home_config
haul fetch
exits 0 "peculiar messages are fetched"
quiet "without a word"
delivered "each byte for byte" --ordered

fresh_home
maildrop random 200 4711
start_server "$DROP"
home_config
haul fetch
exits 0 "200 random messages are fetched"
delivered "each byte for byte" --ordered

fresh_home
maildrop corners
start_server "$DROP" --bare-lf all
home_config
haul fetch
exits 0 "a server with bare LF for line ends is served"
is "$(count_mail)" "$(mboxtool count "$T/home2/inbox")" "and gives as many messages"

fresh_home
mkdir "$HOME/drop"
start_server "$HOME/drop"
home_config
haul fetch
exits 0 "an empty maildrop is no error"
quiet "nor worth a word"

finish
