#!/bin/sh
# Several accounts: each gets its turn, whatever happens to the others.
. "$(dirname "$0")/lib.sh"

fresh_home
maildrop sample
start_server "$DROP"
cat <<END | config
defaults
    host 127.0.0.1
    port $PORT
    tls off
    password secret
    timeout $((10 * SLOW))s
account first
    user alice
    keep yes
    deliver mbox "~/first"
account wrong
    user mallory
    deliver mbox "~/wrong"
account nobodyhome
    user alice
    port 1
    deliver mbox "~/nobodyhome"
account last
    user alice
    keep yes
    deliver mbox "~/last"
END

haul fetch
is "$(count_mail "$HOME/first")" 4 "the first account's mail comes"
is "$(count_mail "$HOME/last")" 4 "and the last one's, though others failed between them"
exits 77 "the exit status is the worst: permanent before temporary"
is "$(grep -c '^haulmail: wrong: ' "$T/err")" 1 "one line tells of the refused one"
is "$(grep -c '^haulmail: nobodyhome: ' "$T/err")" 1 "one of the unreachable one"
is "$(wc -l <"$T/err" | tr -d ' ')" 2 "and none of the others"
is "$OUT" "" "nothing on stdout"

haul nobodyhome first
exits 75 "only temporary trouble is told as such"
haul first last
exits 0 "accounts can be named"
quiet "and the others are left alone"
is "$(count_mail "$HOME/first")" 4 "each account knows what it has seen"
for account in first last wrong; do
	[ "$account" = wrong ] || check "account $account has a journal of its own" \
		grep -q '^seen ' "$HOME/.local/state/haulmail/$account"
done

finish
