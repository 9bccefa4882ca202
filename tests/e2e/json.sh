#!/bin/sh
# --json: an object a line for fetch, config and info; check and list have tests of their own.
. "$(dirname "$0")/lib.sh"

# member PATH [LINE]: what stands there in that line of the output, the first unless it is given.
member()
{
	"$PYTHON" -c 'if True:
		import json, sys
		value = json.loads(open(sys.argv[1]).read().split("\n")[int(sys.argv[3]) - 1])
		for step in sys.argv[2].split("."):
			value = value[int(step) if step.isdigit() else step]
		print(value)' "$T/out" "$1" "${2-1}" 2>&1 | tail -n 1
}

fresh_home
maildrop sample
start_server "$DROP"
home_config "keep yes" "limit 3"
haul --json
exits 0 "fetch: succeeds"
is "$OUT" '{"account":"home","status":0,"listed":4,"delivered":3,"bytes":1008,"refused":0,'\
'"skipped":0,"failed":0,"waiting":0,"later":1,"deleted":0}' "fetch: what was done"
is "$ERR" "" "fetch: nothing else"
server_now --err RETR=no
haul --json
exits 75 "fetch, a failure: 75"
is "$(member status) $(member failed)" "75 1" "fetch, a failure: in numbers"
like "$(member error)" "does not give it out: no" "fetch, a failure: in words"
server_now

haul --json --to stdout
exits 64 "messages to standard output: refused"
is "$OUT" "" "messages to standard output: none"
haul --json -n
exits 64 "a dry run: refused"

haul config --json
exits 0 "config: succeeds"
is "$(member account) $(member settings.keep.0) $(member settings.password.0)" "home yes ********" \
	"config: the settings"
is "$(member settings.deliver.0)" "mbox $INBOX" "config: as in the file"
{
	cat <<-END
	account second
	host 127.0.0.1
	port $PORT
	tls off
	user alice
	password secret
	deliver mbox "$HOME/second"
	filter skip header "a \"b\" [.]"
	END
} >>"$CONFIG"
haul --json
exits 0 "two accounts: succeed"
is "$(wc -l <"$T/out" | tr -d ' ')" 2 "two accounts: a line each"
haul config --json second
is "$(member settings.filter.0)" 'skip header "a \"b\" [.]"' "config: quoted as in the file"

haul info --json home
exits 0 "info: succeeds"
is "$(member status) $(member port) $(member logged_in) $(member uids)" "0 $PORT True True" "info: facts"
contains "$(member capabilities_login)" "PIPELINING" "info: capabilities"
like "$(member tls)" "KeyError" "info: no TLS, no member"
server_now --err PASS=no
haul info --json home
exits 77 "info, no login: 77"
is "$(member status) $(member logged_in)" "77 False" "info, no login: said"
like "$(member error)" "no" "info, no login: why"

if make_certs; then
	fresh_home
	start_server "$DROP" --tls --cert "$CERTS/good.pem" --key "$CERTS/good.key" \
		--greeting '+OK \x1b]0;owned\x07 hello'
	home_config "tls pop3s" "tls-fingerprint sha256:$(fingerprint good)"
	haul info --json
	is "$(member tls.chain.0.sha256) $(member tls.trusted)" "$(fingerprint good) True" \
		"info: the certificate"
	is "$(member tls.chain.0.names)" "['localhost', '127.0.0.1', '::1']" "info: its names"
	refuse "info: ASCII whatever the server says" grep -q '[^ -~]' "$T/out"
	home_config "tls pop3s"
	haul info --json
	is "$RC $(member tls.trusted) $(member logged_in)" "77 False False" "info: no trust"
	like "$(member tls.distrust)" "authority" "info: why"
else
	skip "no certificates"
fi

finish
