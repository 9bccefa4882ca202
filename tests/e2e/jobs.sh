#!/bin/sh
# -j: several accounts at once, each in a process of its own.
. "$(dirname "$0")/lib.sh"

# many N [LINE]: accounts a1 to aN on the same server, each with an mbox of its own name.
many()
{
	{
		printf 'defaults\n    host 127.0.0.1\n    port %s\n    tls off\n' "$PORT"
		printf '    user alice\n    password secret\n    keep yes\n'
		printf '    timeout %ss\n' $((10 * SLOW))
		for i in $(seq "$1"); do
			printf 'account a%s\n    deliver mbox "~/a%s"\n' "$i" "$i"
			printf '    %s\n' "${2-}"
		done
	} | config
}

# at_once: the most connections that were open at the same time.
at_once()
{
	awk '/^# [0-9]+ open/ { if (++n > most) most = n }
	/^# [0-9]+ close/ { n-- }
	END { print most + 0 }' "$TRANSCRIPT"
}

both_hang() { [ "$(grep -c 'RETR 3' "$TRANSCRIPT")" -ge 2 ]; }

counts()
{
	for i in $(seq "$1"); do count_mail "$HOME/a$i"; done | tr '\n' ' '
}

fresh_home
maildrop sample
start_server "$DROP" --latency 0.1
many 6
haul -j 3
exits 0 "six accounts, three at once"
quiet "in silence"
is "$(counts 6)" "4 4 4 4 4 4 " "each has its mail"
is "$(at_once)" 3 "three sessions were open at once"

many 6
rm -rf "$HOME/.local" "$HOME"/a[1-6]
forget_transcript
haul -j 1
exits 0 "one after the other"
is "$(at_once)" 1 "one session at once"

rm -rf "$HOME/.local" "$HOME"/a[1-6]
forget_transcript
haul
exits 0 "without -j"
is "$(at_once)" 4 "four sessions at once"

rm -rf "$HOME/.local" "$HOME"/a[1-6]
haul -vv -j 3
exits 0 "with all that is said"
is "$(sed -n 's/^haulmail: \(a[0-9]\): .*/\1/p' "$T/err" | uniq | wc -l | tr -d ' ')" 6 \
	"the lines of an account stand together"
is "$(grep -c '4 new messages' "$T/out")" 6 "and each is summed up"

rm -rf "$HOME/.local"
forget_transcript
haul -j 3 --to stdout
exits 0 "accounts that share standard output"
is "$(at_once)" 1 "are served one after the other"
is "$(grep -c '^From ' "$T/out")" 24 "and all their mail is there"

for n in 0 x -1 101 "" 3x; do
	haul -j "$n"
	exits 64 "-j '$n' is refused"
done
like "$ERR" "-j wants a number from 1 to 100" "with a clear error"
stop_server

# The worst exit status is that of the run, as without -j.
fresh_home
maildrop sample
start_server "$DROP"
many 3
printf 'account bad\n    user mallory\n    deliver mbox "~/bad"\n' >>"$CONFIG"
printf 'account down\n    port 1\n    deliver mbox "~/down"\n' >>"$CONFIG"
haul -j 5
exits 77 "the exit status is the worst: permanent before temporary"
is "$(counts 3)" "4 4 4 " "the others are served"
is "$(grep -c '^haulmail: ' "$T/err")" 2 "a line for each that failed"
stop_server

# A worker that dies takes no other with it.
fresh_home
maildrop sample
start_server "$DROP" --latency 0.3
many 3
haul_in_background -j 3
wait_for test -s "$HOME/.local/state/haulmail/a3"
kill -s KILL "$(pgrep -P "$BG" | head -n 1)"
end_background
cp "$T/bg.err" "$T/err"
is "$RC" 71 "a worker that dies: the exit status"
like "$(cat "$T/err")" "a[1-3]: its process died by signal 9" "told with its account"
is "$(cat "$HOME"/a[1-3] | grep -c '^From ')" 8 "the other accounts are served"
haul
exits 0 "the next run succeeds"
is "$(counts 3)" "4 4 4 " "and each message is there once"
stop_server

# A signal reaches them all, also one that is sent to the first process alone.
fresh_home
maildrop sample
start_server "$DROP" --hang RETR:3
many 3
haul_in_background -j 2
wait_for both_hang
kill -s TERM "$BG"
end_background 2>/dev/null
cp "$T/bg.err" "$T/err"
is "$RC" 143 "SIGTERM: ends by the signal"
is "$(grep -c 'interrupted (SIGTERM)' "$T/err")" 2 "SIGTERM: both workers say so"
is "$(grep -c '^# [0-9]* open' "$TRANSCRIPT")" 2 "SIGTERM: no other account is begun"
refuse "SIGTERM: no lock stays" test -e "$HOME/a1.lock"
stop_server

finish
