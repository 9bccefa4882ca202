#!/bin/sh
# A real Dovecot: mbox and Maildir behind it; in the clear, by STLS, by pop3s; USER and
# APOP; kept and deleted; and UIDs that last from one run to the next.
. "$(dirname "$0")/lib.sh"

need_dovecot

# account LINE...: an account on Dovecot, to be reached by $way.
account()
{
	PORT=$DOVECOT_POP3
	case $way in
	clear) set -- "$@" "tls off" ;;
	stls) set -- "$@" "tls stls" "tls-ca \"$CERTS/ca.pem\"" ;;
	pop3s)
		PORT=$DOVECOT_POP3S
		set -- "$@" "tls pop3s" "tls-ca \"$CERTS/ca.pem\""
		;;
	esac
	home_config "$@"
}

# mails STORAGE: a maildrop that this storage of Dovecot gives back byte for byte. Dovecot
# does not double a dot that is a message's very first byte, and serves an empty message as
# an empty line; an mbox of its own has no quoting, and cannot hold all that we can.
mails()
{
	maildrop corners
	rm "$DROP"/*-dot-first.eml "$DROP"/*-empty.eml
	if [ "$1" = mbox ]; then
		maildrop plain 12
		for corner in 8bit long-line dots folded bare-cr trailing-blank; do
			makemail corners "$T/corners"
			cp "$T/corners/"*-"$corner".eml "$DROP"
		done
	fi
	rm -rf "$MASTER"
	cp -R "$DROP" "$MASTER"
}

for storage in maildir mbox; do
	for way in clear stls pop3s; do
		what="$storage, $way"
		DOVECOT_DIR=$T/dovecot.$storage.$way
		start_dovecot "$storage"
		fresh_home
		mails "$storage"
		dovecot_mail "$MASTER"
		count=$(find "$MASTER" -name '*.eml' | wc -l | tr -d ' ')
		is "$(dovecot_count)" "$count" "$what: Dovecot has the mail"

		account "keep yes"
		haul
		exits 0 "$what: fetched"
		quiet "$what: in silence"
		delivered "$what: each message byte for byte"
		is "$(dovecot_count)" "$count" "$what: keep yes leaves them there"
		haul
		exits 0 "$what: a second run"
		quiet "$what: in silence"
		is "$(count_mail)" "$count" "$what: brings nothing"

		# Dovecot starts anew, more mail comes: the UIDs tell old from new.
		stop_dovecot
		start_dovecot "$storage"
		makemail plain "$T/more" 2
		dovecot_mail "$T/more"
		account "keep yes"
		haul
		exits 0 "$what: after a restart of Dovecot"
		is "$(count_mail)" $((count + 2)) "$what: only what is new comes"

		account "keep no"
		haul
		exits 0 "$what: keep no"
		is "$(dovecot_count)" 0 "$what: deletes what was delivered"
		is "$(count_mail)" $((count + 2)) "$what: and nothing comes twice"
		dovecot_mail "$T/more"
		haul
		exits 0 "$what: new mail after that"
		is "$(count_mail)" $((count + 4)) "$what: is fetched"
		is "$(dovecot_count)" 0 "$what: and deleted"
		check "$what: the mbox is well-formed" mboxtool check "$INBOX"
		stop_dovecot
	done
done

DOVECOT_DIR=$T/dovecot.auth
start_dovecot maildir
for way in clear stls; do
	fresh_home
	maildrop sample
	dovecot_mail "$MASTER"
	account "auth apop"
	haul
	exits 0 "APOP, $way: fetched"
	delivered "APOP, $way: delivered"
	check "APOP, $way: Dovecot says so too" grep -q "method=APOP" "$DOVECOT_DIR/log"
done

fresh_home
maildrop sample
dovecot_mail "$MASTER"
way=pop3s
account "password wrong"
haul
exits 77 "a wrong password is refused"
complains "and told" "auth|password|login"
way=clear
account "filter delete header \"^Return-Path: *<>\"" "filter skip header \"caf.*one\""
haul
exits 0 "header rules"
is "$(count_mail)" 2 "deliver what they let through"
is "$(dovecot_count)" 1 "skip one and delete one"

finish
