#!/bin/sh
# What the server could do last time is taken for granted, and a mistake about it costs no more than
# another attempt.
. "$(dirname "$0")/lib.sh"

server_record() { grep -c '^server ' "$JOURNAL"; }

fresh_home
maildrop sample
start_server "$DROP" --latency 0.02 --greeting "+OK POP3 at your service, session 4711 <1.2@x>"
home_config "keep yes"
haul
exits 0 "the first run"
is "$(transcript | grep -E '^(CAPA|USER)' | head -n 1)" CAPA "asks for the capabilities first"
is "$(server_record)" 1 "and writes them down"
server_now --greeting "+OK POP3 at your service, session 4712 <3.4@x>"
forget_transcript
haul
exits 0 "the next run"
quiet "in silence"
is "$(transcript | grep -E '^[A-Z]' | cut -c 1-4 | tr '\n' ' ')" \
	"CAPA USER PASS CAPA STAT UIDL LIST QUIT " "asks before and behind the login, without waiting"
is "$(server_record)" 1 "what has not changed is not written again"
is "$(asked 'RETR .*')" 0 "nothing new is fetched"
is "$(flights)" 2 "two waits for the server behind the greeting"

# Another greeting may be another server.
server_now --greeting "+OK something else"
forget_transcript
haul
exits 0 "another greeting"
is "$(transcript | grep -E '^(CAPA|USER)' | head -n 1)" CAPA "is asked for its capabilities"
is "$(server_record)" 2 "which are written down"

# The server can do less than before, and more.
fresh_home
maildrop sample
start_server "$DROP"
home_config "keep yes" "filter skip header \"^Subject: nothing\""
haul
exits 0 "a server with TOP"
rm "$JOURNAL.lock"
server_now --without TOP --capa UIDL --capa USER
sed -i '/^seen/d' "$JOURNAL"
rm "$INBOX"
forget_transcript
haul
exits 0 "the same without TOP and PIPELINING"
delivered "serves all the same"
is "$(asked 'TOP .*')" 0 "and is asked for no TOP"
like "$(grep '^server' "$JOURNAL" | tail -n 1)" '^server [0-9a-f]+ UIDL USER$' "the journal knows"
server_now
haul
exits 0 "the same with all of it again"
like "$(grep '^server' "$JOURNAL" | tail -n 1)" PIPELINING "the journal knows"
stop_server

# A server that throws away what has come with a command: it cannot do PIPELINING any more.
cat >"$T/forgetful.py" <<'END'
import socket
import sys
import threading

def pump(source, sink):
    while True:
        data = source.recv(65536)
        if not data:
            break
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)

def serve(client):
    server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
    while True:
        data = client.recv(65536)
        if not data:
            break
        server.sendall(data[:data.index(b"\n") + 1])
    server.shutdown(socket.SHUT_WR)

listener = socket.create_server(("127.0.0.1", 0))
with open(sys.argv[2] + ".new", "w") as f:
    f.write("%d\n" % listener.getsockname()[1])
import os
os.rename(sys.argv[2] + ".new", sys.argv[2])
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
END
fresh_home
maildrop sample
start_server "$DROP"
home_config "keep yes" "timeout ${SHORT}s"
haul
exits 0 "a server that pipelines"
"$PYTHON" "$T/forgetful.py" "$PORT" "$T/forgetful" &
PIDS="$PIDS $!"
wait_for test -s "$T/forgetful"
server_now --capa UIDL --capa USER --capa TOP
sed -i "s/port .*/port $(cat "$T/forgetful")/" "$CONFIG"
haul
exits 0 "that does so no more, and forgets what it is sent too early: another attempt"
quiet "in silence"
haul
exits 0 "and the run after that"
stop_server

# With STLS not a word is asked in the clear.
make_certs
fresh_home
maildrop sample
start_server "$DROP" --stls --cert "$CERTS/good.pem" --key "$CERTS/good.key"
home_config "keep yes" "tls stls" "tls-ca \"$CERTS/ca.pem\""
sed -i 's/tls off//; s/host .*/host localhost/' "$CONFIG"
haul
exits 0 "STLS"
forget_transcript
haul
exits 0 "STLS, again"
is "$(transcript | grep -E '^[A-Z]' | cut -c 1-4 | tr '\n' ' ')" \
	"STLS CAPA USER PASS CAPA STAT UIDL LIST QUIT " "is the first command"

# Nobody is let in twice by a password that is wrong.
home_config "keep yes" "tls stls" "tls-ca \"$CERTS/ca.pem\"" "password wrong"
sed -i 's/tls off//; s/host .*/host localhost/; /password secret/d' "$CONFIG"
forget_transcript
haul
exits 77 "a wrong password"
is "$(asked 'PASS .*')" 1 "is tried once"

# Nor does a server that is busy get two visits at once.
home_config "keep yes" "tls stls" "tls-ca \"$CERTS/ca.pem\""
sed -i 's/tls off//; s/host .*/host localhost/' "$CONFIG"
server_now --err "PASS=[IN-USE] another session"
forget_transcript
haul
exits 75 "a maildrop in use"
is "$(asked 'PASS .*')" 1 "is asked for once"

finish
