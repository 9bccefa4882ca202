#!/bin/sh
# A target that refuses a message, and what "refused" makes of it; two targets, of which one fails.
. "$(dirname "$0")/lib.sh"

# ---- refused

# shellcheck disable=SC2016 # it is expanded by the command
refusing='cat >/dev/null
case $HAULMAIL_UID in *2-plain) exit 65 ;; esac'

pipe_home "plain 3" <<END
case \$HAULMAIL_UID in *2-plain) exit 1 ;; esac
$keeps
END
haul
exits 65 "refused, keep"
complains "refused, keep: told" "message 2: .*refused, exit status 1"
is "$(cd "$DROP" && ls)" "000002-plain.eml" "refused, keep: it stays, the others are delivered"
check "refused, keep: it is in the journal" grep -q '^fail 000002-plain 1 ' "$JOURNAL"
haul
exits 65 "refused, keep: the second chance comes at once"
check "refused, keep: counted" grep -q '^fail 000002-plain 2 ' "$JOURNAL"
is "$(calls)" 4 "refused, keep: the command was asked again"
haul
exits 0 "refused, keep: then it rests"
is "$(calls)" 4 "refused, keep: the command is not asked"
forget_pauses
haul
exits 65 "refused, keep: after the pause"
is "$(calls)" 5 "refused, keep: it is asked again"
forget_pauses
command_is <<END
$keeps
END
haul
exits 0 "refused, keep: until it is accepted"
received "refused, keep: each has come"
is "$(on_server)" 0 "refused, keep: and is deleted"
stop_server

pipe_home "plain 3" "deliver pipe \"cat >/dev/null; exit 65\"" <<END
$refusing
END
haul -v
exits 65 "refused by two, keep"
like "$OUT$ERR" "(^|[^0-9])3 failed" "refused by two, keep: each message counts once"
is "$(grep -c '^fail ' "$JOURNAL")" 3 "refused by two, keep: once in the journal, too"
stop_server

pipe_home "plain 3" "refused drop" <<END
$refusing
$keeps
END
haul
exits 0 "refused, drop"
quiet "refused, drop: in silence"
is "$(on_server)" 0 "refused, drop: all are deleted"
is "$(calls)" 3 "refused, drop: it was asked once for each"
stop_server

pipe_home "plain 3" "refused drop" "keep yes" <<END
$refusing
END
haul
exits 0 "refused, drop, with keep yes"
is "$(on_server)" 3 "refused, drop, with keep yes: it stays"
haul
exits 0 "refused, drop, with keep yes: the next run"
is "$(calls)" 3 "refused, drop, with keep yes: does not ask again"
stop_server

# only_refused TEXT: $INBOX has the refused message once, and nothing else.
only_refused()
{
	check "$1" mboxtool compare --skip 000001-plain --skip 000003-plain "$INBOX" "$MASTER"
}

fresh_home
pipe_home "plain 3" "refused mbox \"$T/home$((homes + 1))/inbox\"" <<END
$refusing
END
haul
exits 0 "refused, mbox"
quiet "refused, mbox: in silence"
only_refused "refused, mbox: it is in the mbox"
is "$(on_server)" 0 "refused, mbox: all are deleted"
# A crash between the append and the record of it: the pipe refuses it again, the mbox has it.
grep -Ev '^(seen 000002-plain|part 000002-plain|done|gone)' "$JOURNAL" >"$T/journal"
cat "$T/journal" >"$JOURNAL"
refill
haul
exits 0 "refused, mbox: after a crash"
only_refused "refused, mbox: it is in the mbox once"
is "$(sort "$HOME/calls" | uniq -c | tr -s ' \n' ' ')" \
	" 1 000001-plain 2 000002-plain 1 000003-plain " "refused, mbox: the others were not touched"
is "$(on_server)" 0 "refused, mbox: all are deleted"
stop_server

pipe_home "plain 3" "refused mbox \"$T/not/there\"" <<END
$refusing
END
haul
exits 73 "refused, an mbox that cannot be"
complains "refused, an mbox that cannot be: told" "not/there"
is "$(cd "$DROP" && ls)" "000002-plain.eml" "refused, an mbox that cannot be: it stays"
home_config "deliver pipe \"$HOME/command\"" "refused mbox \"$INBOX\""
haul
exits 0 "refused, an mbox that can be"
only_refused "refused: it is there then"
home_config "deliver mbox \"$INBOX\"" "deliver pipe \"$HOME/command\"" "refused mbox \"$INBOX\""
haul
exits 78 "refused, the same mbox as that of a target, is refused"
like "$ERR" "refused" "and told"
stop_server

# ---- two targets, of which one has trouble

# two_home MAILS: an mbox and a command; the script is standard input.
two_home()
{
	pipe_home "$1" "deliver mbox \"$T/home$((homes + 1))/inbox\"" "timeout $((SLOW * 2))s"
}

two_home "plain 3" <<'END'
exit 75
END
haul
exits 75 "two targets, the command puts off"
delivered "two targets: the mbox has all"
is "$(on_server)" 3 "two targets: nothing is deleted"
is "$(grep -c "^part 00000[123]-plain mbox:" "$JOURNAL")" 3 "two targets: the journal knows of the mbox"
command_is <<END
case \$HAULMAIL_UID in *2-plain) exit 75 ;; esac
$keeps
END
haul
exits 75 "two targets, the command puts off one"
delivered "two targets: the mbox got nothing twice"
is "$(cd "$DROP" && ls)" "000002-plain.eml" "two targets: it alone is not deleted"
command_is <<END
$keeps
END
haul
exits 0 "two targets: healed"
received "two targets: the command has all"
delivered "two targets: the mbox got nothing twice"
is "$(on_server)" 0 "two targets: all are deleted"
haul
is "$(sort "$HOME/calls" | uniq -c | tr -s ' \n' ' ')" \
	" 2 000001-plain 3 000002-plain 2 000003-plain " "two targets: no call too many" ||
	say_comment <"$HOME/calls"
stop_server

two_home "plain 3" <<END
$keeps
END
echo $$ >"$INBOX.lock"
haul
exits 75 "two targets, the mbox is locked"
received "two targets: the command has all"
is "$(on_server)" 3 "two targets: nothing is deleted"
rm "$INBOX.lock"
haul
exits 0 "two targets, the mbox is free"
delivered "two targets: the mbox has all"
is "$(calls)" 3 "two targets: the command got nothing twice"
is "$(on_server)" 0 "two targets: all are deleted"
stop_server

# The one in trouble is taken out of the config: then each has all that it needs.
two_home "plain 3" <<'END'
exit 75
END
haul
exits 75 "two targets, the command puts off"
home_config "deliver mbox \"$INBOX\""
forget_transcript
haul
exits 0 "the command is taken out of the config"
is "$(asked 'RETR .*')" 0 "then nothing needs to be fetched"
delivered "the mbox got nothing twice"
is "$(on_server)" 0 "and all are deleted"
stop_server

# One refuses for good: the other one has it.
two_home "plain 3" <<END
case \$HAULMAIL_UID in *2-plain) exit 65 ;; esac
$keeps
END
haul
exits 65 "two targets, the command refuses one"
delivered "two targets: the mbox has all"
is "$(cd "$DROP" && ls)" "000002-plain.eml" "two targets: the refused one stays"
haul
exits 65 "two targets, it refuses again"
delivered "two targets: the mbox got nothing twice"
forget_pauses
command_is <<END
$keeps
END
haul
exits 0 "two targets, it accepts"
received "two targets: the command has all"
delivered "two targets: the mbox got nothing twice"
is "$(on_server)" 0 "two targets: all are deleted"
stop_server

finish
