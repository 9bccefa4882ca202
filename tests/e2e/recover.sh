#!/bin/sh
# haulmail is killed at every stage of a session: the next run completes what it began.
. "$(dirname "$0")/lib.sh"

export HAULMAIL

# At known stages: the server falls silent there, so that is where the knife comes.
for stage in GREETING PASS UIDL RETR:1 RETR:3 DELE:1 DELE:2 QUIT; do
	fresh_home
	maildrop random 4 "$stage"
	start_server "$DROP" --hang "$stage"
	home_config
	haul_in_background
	if [ "$stage" = GREETING ]; then
		wait_for grep -q open "$TRANSCRIPT"
	else
		wait_for grep -Eqx "$(echo "$stage" | tr : ' ').*" "$TRANSCRIPT"
	fi
	sleep 0.1
	kill -9 "$BG"
	end_background 2>/dev/null
	stop_server
	nothing_lost "killed at $stage: nothing is lost"
	start_server "$DROP"
	home_config
	haul
	exits 0 "killed at $stage: the next run succeeds"
	quiet "killed at $stage: in silence"
	delivered "killed at $stage: each message is there exactly once"
	is "$(on_server)" 0 "killed at $stage: and gone from the server"
	case $stage in
	DELE* | QUIT)
		is "$(asked 'RETR .*')" 0 "killed at $stage: nothing was asked for twice"
		;;
	esac
	refuse "killed at $stage: no lock stays" test -e "$INBOX.lock"
	stop_server
done

# And at moments of chance; the seed is in the log.
if [ "$SLOW" -eq 1 ]; then rounds=40; else rounds=3; fi
for keep in "" --keep; do
	if "$PYTHON" "$E2E/sweep.py" kill --dir "$T/sweep" --rounds "$rounds" $keep \
		--seed "${SEED:-$$}" >"$T/sweep.out" 2>&1; then
		pass "killed $rounds times by chance ${keep:-without --keep}"
	else
		fail "killed $rounds times by chance ${keep:-without --keep}"
	fi
	say_comment <"$T/sweep.out"
done

# A file system that is not mounted yet: what lies there has arrived all the same.
for target in "mbox mail/inbox" "maildir mail/Maildir"; do
	fresh_home
	maildrop sample
	start_server "$DROP"
	mkdir "$HOME/mail"
	home_config "keep yes" "deliver ${target%% *} \"$HOME/${target#* }\""
	haul
	sed -i '/^done/,$d' "$JOURNAL" # as after a power cut
	check "$target: a delivery was begun" grep -q '^intent' "$JOURNAL"
	away=$HOME/mail
	[ "${target%% *}" = mbox ] || away=$HOME/mail/Maildir
	mv "$away" "$HOME/away"
	haul
	exits 75 "$target: the directory is not there"
	complains "$target: is told" "$away is not there any more"
	mv "$HOME/away" "$away"
	haul
	exits 0 "$target: when it is there again"
	if [ "${target%% *}" = mbox ]; then
		INBOX=$HOME/mail/inbox
		is "$(count_mail)" 4 "$target: no message comes twice"
	else
		is "$(find "$HOME/mail/Maildir/new" -type f | wc -l)" 4 "$target: no message comes twice"
	fi
	stop_server
done

finish
