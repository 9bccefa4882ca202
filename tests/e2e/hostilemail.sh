#!/bin/sh
# Mail from people who are after our terminal, our commands, our time or our memory: all of it arrives
# as it is, and what is made from it (From_ lines, senders, names, logs) stays in one line.
. "$(dirname "$0")/lib.sh"

# ---- headers with everything in them that a line must not have

# evil_maildrop: messages whose every field tries the same.
evil_maildrop()
{
	fresh_home
	DROP=$T/drop$homes MASTER=$T/master$homes
	mkdir "$DROP"
	"$PYTHON" - "$DROP" <<'PY'
import os, sys
long = b"x" * 10000
evil = {
    "fold": b"a@example.org>\n X-Injected: yes\n\t<b@example.org",
    "fold-in-quotes": b"\"a\n RCPT TO:<evil@example.org>\n DATA\"@example.org",
    "quoted-crlf": b"\"a\\\r\n RCPT TO:<evil@example.org>\"@example.org",
    "bare-cr": b"a@example.org>\rRCPT TO:<evil@example.org",
    "word-crlf": b"=?utf-8?Q?a=0D=0ARCPT_TO:=3Cevil@example.org=3E?=@example.org",
    "word-b": b"=?utf-8?B?YQ0KUkNQVCBUTzo8ZXZpbEBleGFtcGxlLm9yZz4=?=",
    "escape": b"\033]0;owned\007\033[2J\033[31m@example.org",
    "c1": b"a\2332J\302\2332J\302\205@example.org",
    "c0": bytes(c for c in range(1, 32) if c not in (10, 13)) + b"\177@example.org",
    "nul": b"a\0b@example.org\0>\0",
    "bidi": "\u202egro.elpmaxe@eve\u2066\u200b\u00ad\ufeff\U000e0041@example.org".encode(),
    "word-bidi": b"=?utf-8?Q?=E2=80=AEeve=E2=81=A6?= <a@example.org",
    "word-escape": b"=?utf-8?Q?=1B[2J=C2=9B31m=00?= <a@example.org",
    "word-utf-16": b"=?utf-16?B?/v8AGwBbADIASiAu?= <a@example.org",
    "word-utf-7": b"=?utf-7?Q?+ABsAWw-2J+IC4-?= <a@example.org",
    "invalid": b"\377\376\300\233\355\240\200\364\220\200\200@example.org",
    "latin": b"caf\351@example.org",
    "utf8": "caf\u00e9@ex\u00e4mple.org".encode(),
    "long-local": long + b"@example.org",
    "long-domain": b"a@" + long,
    "long-all": long * 10,
    "blanks": b"a b  c\t d@example.org",
    "option": b"-oQ/tmp -f evil@example.org",
    "shell": b"$(touch evil)`touch evil`;touch evil|&'\"@example.org",
    "path": b"../../../etc/passwd@example.org",
    "percent": b"%s%n%d%99999999d@example.org",
    "unclosed-quote": b"\"a@example.org",
    "unclosed-comment": b"(((((a@example.org",
    "unclosed-literal": b"a@[127.0.0.1",
    "unclosed-angle": b"<<<<<a@example.org",
    "backslashes": b"\\" * 1000 + b"@example.org",
    "commas": b"," * 1000 + b"@" * 1000,
    "from": b"a@example.org Mon Aug  4 09:12:44 2025\nFrom evil@example.org Mon Aug  4 09:12:44 2025",
    "nothing": b"",
    "blank-fold": b"\n \n\t\n a@example.org",
}
body = (b"\033[2J\2332J\302\2332J\n\r.\r\nMAIL FROM:<evil@example.org>\r\n.\r\r\n.\rRCPT TO:<x@x>\n"
        b"\n..\n.\nQUIT\nFrom evil@example.org Mon Aug  4 09:12:44 2025\n\nFrom \n>From \n"
        + "\u202eevil\n".encode())
n = 0
for name, text in evil.items():
    for field in (b"Return-Path: <%s>", b"Sender: <%s>", b"From: %s", b"From: \"%s\" <a@example.org>",
                  b"%s", b"Subject: %s"):
        n += 1
        with open(os.path.join(sys.argv[1], "%03d-%s.eml" % (n, name)), "wb") as f:
            f.write(field % text + b"\nDate: " + text + b"\n\n" + body)
PY
	cp -R "$DROP" "$MASTER"
	mails=$(on_server)
}

# harmless FILE: UTF-8 in which nothing moves a cursor, turns the order about or hides.
harmless()
{
	"$PYTHON" - "$1" <<'PY'
import sys, unicodedata
bad = []
for number, line in enumerate(open(sys.argv[1], "rb").read().split(b"\n"), 1):
    try:
        for c in line.decode("utf-8"):
            if c != "\t" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
                bad.append("line %d: %r in %r" % (number, c, line[:80]))
                break
    except UnicodeDecodeError as why:
        bad.append("line %d: %s in %r" % (number, why, line[:80]))
sys.exit("\n".join(bad[:10]) or 0)
PY
}

evil_maildrop
start_server "$DROP" --no-expunge
home_config "keep yes"
for locale in C C.UTF-8; do
	rm -f "$INBOX"
	forget_journal
	LC_ALL=$locale haul -vv
	exits 0 "$mails evil messages, in locale $locale: fetched"
	check "the dialogue is harmless" harmless "$T/err"
	delivered "all of them arrive as they are"
	[ "$locale" != C ] || check "in ASCII" printable "$T/err"
done
check "each has one From_ line, of ASCII" test "$(grep -ac '^From [!-~]* ... ... .. ..:..:.. ....$' \
	"$INBOX")" -eq "$mails"
refuse "which is not long" grep -aq '^From .\{400\}' "$INBOX"
check "the journal is text" printable "$JOURNAL"
forget_transcript
haul
is "$(asked 'RETR .*')" 0 "a second run brings nothing"

for command in "list home" "list -l home" "check" "list --json -l home"; do
	for locale in C C.UTF-8; do
		# shellcheck disable=SC2086 # several words
		LC_ALL=$locale haul $command
		check "$command, in locale $locale: harmless" harmless "$T/out"
		# shellcheck disable=SC2086 # several words
		LC_ALL=$locale haul_on_terminal 100 "" $command
		tr -d '\r' <"$T/out" >"$T/screen"
		check "$command, at a terminal, in locale $locale: harmless" harmless "$T/screen"
	done
done
bad=
for n in 1 8 37 44 49 56 61 67 91 "$mails"; do
	LC_ALL=C.UTF-8 haul_on_terminal 100 "" show home "$n"
	harmless "$T/out" || bad="$bad $n"
done
is "$bad" "" "show, at a terminal: harmless"

# ---- the other targets

home_config "deliver maildir \"$HOME/Maildir\""
forget_journal
haul -v
exits 0 "into a Maildir"
check "as they are" mboxtool compare "$HOME/Maildir" "$MASTER"
check "in files with plain names" test -z "$(find "$HOME/Maildir" -type f |
	grep -v '/new/[0-9]*\.H[0-9a-f]*\.[^/ ]*$')"

cat >"$HOME/command" <<'SH'
#!/bin/sh
env | LC_ALL=C grep -a '^\(SENDER\|RECIPIENT\|HAULMAIL_ACCOUNT\|HAULMAIL_UID\)=' | sort >>"$HOME/env"
cat >/dev/null
SH
chmod 755 "$HOME/command"
home_config "deliver pipe \"$HOME/command\""
forget_journal
haul -v
exits 0 "into a program"
is "$(grep -ac '^SENDER=[!-~]*$' "$HOME/env")" "$mails" "with a sender of ASCII"
is "$(wc -l <"$HOME/env" | tr -d ' ')" $((mails * 4)) "and nothing but that"
refuse "which is not long" grep -aq '.\{400\}' "$HOME/env"
check "no shell has seen it" test ! -e "$HOME/evil" -a ! -e evil

cat >"$HOME/command" <<'SH'
#!/bin/sh
exit 1
SH
forget_journal
haul -v
exits 65 "refused by a program"
check "told without harm" harmless "$T/err"
check "and noted in text" printable "$JOURNAL"

start_smtp
{
	sed 's/deliver .*/deliver smtp mta to bob@example.org/' "$CONFIG"
	printf 'relay mta\n    host 127.0.0.1\n    port %s\n' "$SMTP_PORT"
} >"$T/config"
config <"$T/config"
forget_journal
LC_ALL=C.UTF-8 haul -vv
exits 0 "onward by SMTP"
check "the dialogue is harmless" harmless "$T/err"
is "$(sent)" "$mails" "each is one message"
is "$(grep -Evc '^(# .*|EHLO .*|MAIL FROM:<[^<> ]*>( SIZE=[0-9]+| BODY=8BITMIME| SMTPUTF8)*|RCPT TO:<bob@example\.org>|DATA|QUIT)$' \
	"$SMTP_TRANSCRIPT")" 0 "no command but ours was heard"
unlike "$(cat "$SMTP_TRANSCRIPT")" "evil@example.org>.*evil|RCPT.*evil" "nor a recipient"
is "$(grep -alc '^Received: from' "$SENT"/*.eml | wc -l | tr -d ' ')" "$mails" "with a Received line"
stop_smtp
stop_server

# ---- what servers say of themselves

fresh_home
maildrop sample
start_server "$DROP" --capa 'X-\x1b[2J\xe2\x80\xae\x9b\xc2\x9b' --capa USER --capa UIDL \
	'--greeting=+OK \x1b]0;t\x07 \xe2\x80\xae\x00 \xc2\x9b2J'
home_config
LC_ALL=C.UTF-8 haul_on_terminal 100 "" info home
tr -d '\r' <"$T/out" >"$T/screen"
check "info: harmless" harmless "$T/screen"
LC_ALL=C.UTF-8 haul info home
check "info: harmless in a file" harmless "$T/out"
haul --json info home
check "info: JSON" "$PYTHON" -c 'import json, sys
json.load(open(sys.argv[1]))' "$T/out"
printf '01-welcome\t\\x1b[2J\\xe2\\x80\\xae\n' >"$DROP/uids"
LC_ALL=C.UTF-8 haul list home
check "UIDs: harmless" harmless "$T/out"
stop_server

# ---- headers that cost time: for regular expressions, and for the character sets of encoded words

fresh_home
DROP=$T/bombs MASTER=$T/bombs
mkdir "$DROP"
"$PYTHON" - "$DROP" <<'PY'
import os, sys
def sets(*names):
    return b" ".join(b"=?%s?Q?a?=" % n for n in names) + b" "
bombs = {
    "words": sets(b"utf-8") * 20000,
    "sets": sets(b"iso-2022-jp", b"utf-7", b"big5", b"gb18030", b"iso-2022-kr", b"hz") * 4000,
    "unknown": b" ".join(b"=?x-%d?Q?a?=" % i for i in range(15000)),
    "huge-names": b" ".join(b"=?%s?Q?a?=" % (b"x" * i) for i in range(500)),
    "marks": b"=?" * 120000,
    "nested": b"=?utf-8?Q?=3D=3Futf-8=3FQ=3Fa=3F=3D?=" * 5000,
    "shifted": b"=?iso-2022-jp?B?GyRC?= " * 5000,
    "no-base64": b"=?utf-8?B?!!!!====?= " * 5000,
    "expanding": b"=?gb18030?B?%s?= " % (b"gTCBMIEwgTCBMIEw" * 50) * 100,
    "x-spam": b"X-Spam" * 20000,
    "as": b"a" * 1000000,
    "folds": b"a\n " * 300000,
    "addresses": b", ".join(b"<u%d@example.org>" % i for i in range(50000)),
    "quotes": b"\"(" * 100000,
}
for name, text in bombs.items():
    with open(os.path.join(sys.argv[1], name + ".eml"), "wb") as f:
        f.write(b"From: " + text + b"\nTo: " + text + b"\nSubject: " + text + b"\n\nbody\n")
PY
bombs=$(on_server)
for more in "" "--without TOP"; do
	# shellcheck disable=SC2086 # several words
	start_server "$DROP" --no-expunge $more
	home_config 'filter skip header "X-Spam.*YES"' 'filter skip header "(a+a+)+b"' \
		'filter skip header "(a|aa)+$.*b.*c"' 'filter skip header "^(From|To):.*(.*x.*)+y"'
	LC_ALL=C.UTF-8
	rm -f "$INBOX"
	forget_journal
	timed_haul
	LC_ALL=C
	exits 0 "$bombs headers that cost time${more:+, without TOP}"
	check "cost little ($TOOK s)" test "$TOOK" -le $((60 * SLOW))
	delivered "and come as they are"
	peak_below 12288 "in bounded memory"
	[ -n "$more" ] || {
		LC_ALL=C.UTF-8 timed_haul list -l home
		exits 0 "list -l"
		check "list -l: in time ($TOOK s)" test "$TOOK" -le $((60 * SLOW))
		peak_below 12288 "list -l: in bounded memory"
	}
	stop_server
done

fresh_home
mkdir "$T/many"
"$PYTHON" -c 'if True:
	print("Subject: many\nTo: " + ", ".join("u%d@example.org" % i for i in range(50000)) + "\n\nbody")
' >"$T/many/1.eml"
start_server "$T/many"
start_smtp
home_config "deliver smtp mta to header To in example.org"
printf 'relay mta\n    host 127.0.0.1\n    port %s\n' "$SMTP_PORT" >>"$CONFIG"
haul
exits 65 "50,000 recipients in a header"
complains "are refused" "more than 1000 recipients"
is "$(sent)" 0 "and nobody gets it"
stop_smtp
stop_server

# ---- sizes

big=100000000
[ "$SLOW" -eq 1 ] || big=3000000

# huge_messages: a line of 100 MB in the body, one in the header, 100,000 fields, 200,000 From_ lines.
huge_messages()
{
	cat <<-SCRIPT
	send +OK\r\n
	wait CAPA
	send +OK\r\nUSER\r\nUIDL\r\nTOP\r\nPIPELINING\r\n.\r\n
	wait USER
	send +OK\r\n
	wait PASS
	send +OK\r\n
	wait STAT
	send +OK 4 1\r\n
	wait UIDL
	send +OK\r\n1 line\r\n2 header\r\n3 fields\r\n4 from\r\n.\r\n
	wait LIST
	send +OK\r\n1 $big\r\n2 $big\r\n3 2000000\r\n4 9000000\r\n.\r\n
	wait TOP 1
	send +OK\r\nSubject: line\r\n\r\n.\r\n
	wait TOP 2
	send +OK\r\nSubject: 
	repeat $big h
	send \r\n\r\n.\r\n
	wait TOP 3
	send +OK\r\n
	repeat 100000 X-Field-%d: %d\r\n
	send \r\n.\r\n
	wait TOP 4
	send +OK\r\nSubject: from\r\n\r\n.\r\n
	wait RETR 1
	send +OK\r\nSubject: line\r\n\r\n
	repeat $big l
	send \r\n.\r\n
	wait RETR 2
	send +OK\r\nSubject: 
	repeat $big h
	send \r\n\r\nbody\r\n.\r\n
	wait RETR 3
	send +OK\r\n
	repeat 100000 X-Field-%d: %d\r\n
	send \r\nbody\r\n.\r\n
	wait RETR 4
	send +OK\r\nSubject: from\r\n\r\n
	repeat 200000 From x@example.org Mon Aug  4 09:12:44 2025\r\n
	send .\r\n
	serve DELE +OK\r\n
	wait QUIT
	send +OK\r\n
	SCRIPT
}

# bytes: of these four messages in Unix form.
bytes=$((15 + big + 1 + 9 + big + 7 + $("$PYTHON" -c \
	'print(sum(len("X-Field-%d: %d\n" % (i, i)) for i in range(1, 100001)) + 6)') + 15 + 200000 * 44))

start_hostile
for target in mbox maildir pipe smtp; do
	fresh_home
	huge_messages | script
	case $target in
	mbox) line="deliver mbox \"$INBOX\"" ;;
	maildir) line="deliver maildir \"$HOME/Maildir\"" ;;
	pipe) line="deliver pipe \"wc -c >>$HOME/got\"" ;;
	smtp) line="deliver smtp mta to bob@example.org" ;;
	esac
	home_config "port $HOSTILE_PORT" "$line" 'filter skip header "^Subject:.*nothing.*here"'
	if [ "$target" = smtp ]; then
		start_hostile
		{
			printf 'send 220 hello\\r\\n\nwait EHLO\nsend 250-x\\r\\n250 PIPELINING\\r\\n\n'
			for _ in 1 2 3 4; do
				printf 'wait MAIL\nsend 250 ok\\r\\n250 ok\\r\\n354 go\\r\\n\nwait DATA\nsink\n'
				printf 'send 250 ok\\r\\n\n'
			done
			printf 'wait QUIT\nsend 221 bye\\r\\n\n'
		} | script
		printf 'relay mta\n    host 127.0.0.1\n    port %s\n' "$HOSTILE_PORT" >>"$CONFIG"
	fi
	timed_haul
	exits 0 "lines of $big bytes, 100,000 fields and 200,000 From_ lines: $target"
	quiet "$target: in silence"
	peak_below 12288 "$target: in bounded memory"
	check "$target: in time ($TOOK s)" test "$TOOK" -le $((120 * SLOW))
	case $target in
	mbox) got=$(grep -av '^From .*\|^$' "$INBOX" | sed 's/^>From /From /' | wc -c)
		is "$got" $((bytes - 4)) "mbox: all of it"
		is "$(grep -ac '^From ' "$INBOX")" 4 "mbox: in four messages" ;;
	maildir) is "$(find "$HOME/Maildir/new" -type f -exec cat {} + | wc -c)" "$bytes" \
		"maildir: all of it" ;;
	pipe) is "$(awk '{ n += $1 } END { printf "%d", n }' "$HOME/got")" "$bytes" "pipe: all of it" ;;
	smtp) is "$(grep -c '^# took [0-9]*' "$HOSTILE_TRANSCRIPT")" 4 "smtp: four messages" ;;
	esac
	rm -rf "$INBOX" "$HOME/Maildir"
done

finish
