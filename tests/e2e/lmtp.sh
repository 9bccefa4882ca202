#!/bin/sh
# The lmtp target: a scripted server for each reply behind a message, and a real Dovecot on a Unix
# socket.
. "$(dirname "$0")/lib.sh"

# onward TO [LINE...]: a fresh home; the account's target is the server on $LMTP_SOCKET.
onward()
{
	fresh_home
	maildrop sample
	start_server "$DROP"
	_to=$1
	shift
	config <<-END
	account home
	    host 127.0.0.1
	    port $PORT
	    tls off
	    user alice
	    password secret
	    deliver lmtp box to $_to
	$(for _line; do printf '    %s\n' "$_line"; done)
	relay box
	    socket $LMTP_SOCKET
	    timeout $((10 * SLOW))s
	END
}

# accepted ADDRESS: how many messages it has been accepted for.
accepted() { cat "$SENT"/*.env 2>/dev/null | grep -c "^ACCEPTED TO:<$1>"; }

# ---- scripted

LMTP_SOCKET=$T/lmtp.sock
start_smtp --lmtp --unix "$LMTP_SOCKET"

onward "bob carol@example.org"
haul
exits 0 "two recipients through a Unix socket"
quiet "in silence"
is "$(accepted bob) $(accepted carol@example.org)" "4 4" "have all messages"
is "$(told 'LHLO .*') $(told '[EH][EH]LO .*')" "1 0" "LHLO begins it"
is "$(on_server)" 0 "they are done"
stop_server

for reply in "550 5.2.1 closed" "452 4.2.2 full"; do
	rm -f "$SENT"/*
	onward "bob carol dave"
	smtp_now --reply "BODY<carol>=$reply"
	haul
	case $reply in
	5*) exits 65 "one of three answered $reply after the message" ;;
	*) exits 75 "one of three answered $reply after the message" ;;
	esac
	is "$(accepted bob) $(accepted carol) $(accepted dave)" "4 0 4" "the others have all"
	check "the message is told to whom it did not go" grep -q "to <carol>: ${reply%% *}" "$T/err"
	smtp_now
	forget_pauses
	haul
	exits 0 "the next run"
	is "$(accepted bob) $(accepted carol) $(accepted dave)" "4 4 4" "serves that one alone"
	stop_server
done

for key in bob carol dave; do
	rm -f "$SENT"/*
	onward "bob carol dave"
	smtp_now --drop "BODY<$key>"
	haul
	exits 75 "the connection ends instead of the reply for $key"
	check "which is warned of" grep -q "may arrive twice" "$T/err"
	smtp_now
	haul
	exits 0 "the next run"
	is "$(accepted bob) $(accepted carol) $(accepted dave)" "4 4 4" \
		"serves those whose reply was missing, and nobody twice"
	stop_server
done

for key in "RCPT<carol>" "BODY<bob>" "BODY<carol>" "BODY<dave>"; do
	rm -f "$SENT"/*
	onward "bob carol dave"
	smtp_now --hang "$key"
	hung=$(told '# .* hangs')
	haul_in_background
	wait_for sh -c "[ \"\$(grep -c hangs '$SMTP_TRANSCRIPT')\" -gt $hung ]"
	sleep 0.1 # for it to note what it has been told
	kill -9 "$BG"
	end_background 2>/dev/null
	smtp_now
	haul
	exits 0 "a run after kill -9 before the reply to $key"
	is "$(accepted bob) $(accepted carol) $(accepted dave)" "4 4 4" "serves all, and nobody twice"
	stop_server
done

rm -f "$SENT"/*
onward "bob carol"
smtp_now --reply "BODY<carol>=421 4.3.2 going down"
haul
exits 75 "421 between two replies"
smtp_now
haul
exits 0 "the next run"
is "$(accepted bob) $(accepted carol)" "4 4" "serves who lacks it"
stop_server

onward "bob"
smtp_now --reply "LHLO=500 what?"
haul
exits 76 "a server that does not speak LMTP"
stop_server

onward "bob"
smtp_now
sed -i "s|socket .*|socket $T/nothing|" "$CONFIG"
haul
exits 75 "no socket"
complains "is told" "nothing"
stop_server
stop_smtp

# ---- Dovecot

if ! can_dovecot || [ ! -x /usr/lib/dovecot/lmtp ]; then
	skip "Dovecot's LMTP: ${WHY:-dovecot-lmtpd is not installed}"
	finish
fi
LMTP_SOCKET=$DOVECOT_DIR/lmtp.sock
# shellcheck disable=SC2034 # for dovecot_config
start_dovecot maildir "protocols = pop3 lmtp
service lmtp {
  unix_listener $LMTP_SOCKET {
    mode = 0666
  }
}
userdb {
  driver = passwd-file
  args = $DOVECOT_DIR/passwd
}
protocol lmtp {
  auth_username_format = %Ln
  info_log_path = $DOVECOT_DIR/log
}
passdb {
  driver = passwd-file
  args = $DOVECOT_DIR/passwd
}"
wait_for test -S "$LMTP_SOCKET"
onward "alice@example.net nobody-at-all@example.net"
haul
exits 65 "a real Dovecot, and a recipient that it does not know"
check "is told so" grep -q "RCPT <nobody-at-all@example.net>: 550" "$T/err"
is "$(dovecot_count)" 4 "who is known has all"
forget_pauses
haul
exits 65 "the next run"
is "$(dovecot_count)" 4 "gives him none of them again"
sed -i 's/ nobody-at-all@example.net//' "$CONFIG"
forget_pauses
haul
exits 0 "without that recipient"
is "$(on_server) $(dovecot_count)" "0 4" "all is done"

# what arrived is what was sent, byte for byte behind what the stations put on top
"$PYTHON" - "$DOVECOT_DIR/mail/Maildir" "$MASTER" "$E2E" >"$T/compared" 2>&1 <<'END'
import os, sys
maildir, master, e2e = sys.argv[1:]
sys.path.insert(0, e2e)
import mboxtool
def read(path):
    with open(path, "rb") as f:
        return f.read()
def bare(text):
    # Dovecot writes a Return-Path of its own in the place of that of the message
    lines = text.replace(b"\r\n", b"\n").split(b"\n")
    while lines[0].lower().startswith((b"return-path:", b"delivered-to:", b"received:", b"\t",
                                       b" ")):
        del lines[0]
    return b"\n".join(lines)
want = sorted(bare(mboxtool.lf_form(read(os.path.join(master, n)))) for n in os.listdir(master)
              if n.endswith(".eml"))
have = sorted(bare(read(os.path.join(maildir, sub, n)))
              for sub in ("new", "cur") for n in os.listdir(os.path.join(maildir, sub)))
sys.exit(want != have and repr((want, have)))
END
is "$? $(cat "$T/compared")" "0 " "byte for byte"
stop_server
finish
