#!/bin/sh
# A real MTA, Exim, as the relay: in the clear, by STARTTLS, and with a login; into a mailbox that is
# read back.
. "$(dirname "$0")/lib.sh"

EXIM=$(command -v exim4) || skip_all "exim4-daemon-light is not installed"
[ "$(id -u)" -eq 0 ] || skip_all "Exim is a daemon for root alone to start"
make_certs || skip_all "openssl makes no certificates here"

EXIM_DIR=$T/exim
mkdir -p "$EXIM_DIR/spool" "$EXIM_DIR/mail" "$EXIM_DIR/log"
cp "$CERTS/good.pem" "$CERTS/good.key" "$EXIM_DIR"
EXIM_PORT=$("$PYTHON" -c 'import random; print(random.randrange(20000, 30000))')
cat >"$EXIM_DIR/conf" <<END
exim_user = nobody
exim_group = nogroup
spool_directory = $EXIM_DIR/spool
log_file_path = $EXIM_DIR/log/%slog
primary_hostname = mta.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = $EXIM_PORT
domainlist local_domains = example.org
acl_smtp_rcpt = check
keep_environment =
tls_advertise_hosts = *
tls_certificate = $EXIM_DIR/good.pem
tls_privatekey = $EXIM_DIR/good.key
auth_advertise_hosts = *
smtp_accept_max_per_connection = 3
message_size_limit = 10M
qualify_domain = example.org
begin acl
check:
  deny  message = who are you?
        sender_domains = login.example
        !authenticated = *
  deny  message = no such user here
        domains = +local_domains
        !local_parts = alice : bob
  accept domains = +local_domains
  deny  message = relay not permitted
begin routers
here:
  driver = accept
  domains = +local_domains
  local_parts = alice : bob
  transport = box
begin transports
box:
  driver = appendfile
  file = $EXIM_DIR/mail/\$local_part_data
  user = nobody
  group = nogroup
  message_prefix = "From here Mon Aug  4 09:12:44 2025\n"
  message_suffix = "\n"
  check_string = "From "
  escape_string = ">From "
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{alice}}{eq{\$auth3}{s3cret}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{\$auth1}{alice}}{eq{\$auth2}{s3cret}}}}
  server_set_id = \$auth1
END
chown -R nobody:nogroup "$EXIM_DIR"
chown root "$EXIM_DIR/conf"
"$EXIM" -C "$EXIM_DIR/conf" -bdf >"$T/exim.out" 2>&1 &
PIDS="$PIDS $!"

exim_answers()
{
	"$PYTHON" - "$EXIM_PORT" <<-'END'
	import socket, sys
	s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 1)
	sys.exit(not s.makefile("rb").readline().startswith(b"220"))
	END
}
wait_for exim_answers || skip_all "Exim does not start here: $(tail -n 1 "$T/exim.out")"

# onward TO [LINE...]: a fresh home and a mailbox of Exim's; lines go into the relay's section, or
# with "account:" into the account's.
onward()
{
	fresh_home
	maildrop sample
	start_server "$DROP"
	rm -f "$EXIM_DIR"/mail/*
	_to=$1
	shift
	{
		printf 'relay mta\n    host localhost\n    port %s\n    tls-ca %s\n' "$EXIM_PORT" \
			"$CERTS/ca.pem"
		for _line; do
			case $_line in account:*) ;; *) printf '    %s\n' "$_line" ;; esac
		done
		printf 'account home\n    host 127.0.0.1\n    port %s\n    tls off\n    user alice\n' \
			"$PORT"
		printf '    password secret\n    deliver smtp mta to %s\n' "$_to"
		for _line; do
			case $_line in account:*) printf '    %s\n' "${_line#account:}" ;; esac
		done
	} | config
}

# in_box USER N: Exim delivers in the background.
in_box() { wait_for has_mail "$EXIM_DIR/mail/$1" "$2"; }
has_mail() { [ "$(grep -c '^From here' "$1")" -eq "$2" ]; }

# same_mail USER: the mailbox holds what the maildrop held, behind what the stations put on top.
same_mail()
{
	"$PYTHON" - "$EXIM_DIR/mail/$1" "$MASTER" "$E2E" <<-'END'
	import os, re, sys
	box, master, e2e = sys.argv[1:]
	sys.path.insert(0, e2e)
	import mboxtool
	def read(path):
	    with open(path, "rb") as f:
	        return f.read()
	def bare(text):
	    return re.sub(rb"(?i)\A((Received|Return-Path|Envelope-to|Delivery-date):[^\n]*\n"
	                  rb"([ \t][^\n]*\n)*)+", b"", text)
	want = sorted(bare(mboxtool.lf_form(read(os.path.join(master, n)))).rstrip(b"\n")
	              for n in os.listdir(master) if n.endswith(".eml"))
	have = sorted(bare(t).replace(b"\n>From ", b"\nFrom ").rstrip(b"\n")
	              for t in read(box).split(b"From here Mon Aug  4 09:12:44 2025\n")[1:])
	sys.exit(have != [t.replace(b"\n>From ", b"\nFrom ") for t in want] and repr((have, want)))
	END
}

onward alice@example.org "tls off"
haul
exits 0 "Exim in the clear"
check "it delivers" in_box alice 4
check "all of it, as it was" same_mail alice
is "$(on_server)" 0 "and it is done here, over more connections than one"
stop_server

onward "alice@example.org bob@example.org" "tls starttls"
haul
exits 0 "by STARTTLS, to two"
check "it delivers" in_box alice 4
check "to both" in_box bob 4
stop_server

onward alice@example.org "tls starttls" "user alice" "password s3cret" \
	"account:smtp-from ada@login.example"
haul
exits 0 "with a login"
check "it delivers" in_box alice 4
check "all of it, as it was" same_mail alice
stop_server

onward alice@example.org "tls starttls" "user alice" "password s3cret" "auth login" \
	"account:smtp-from ada@login.example"
haul
exits 0 "by LOGIN"
check "it delivers" in_box alice 4
stop_server

onward alice@example.org "tls starttls" "user alice" "password wrong"
haul
exits 77 "a wrong password"
is "$(on_server)" 4 "loses nothing"
stop_server

onward "alice@example.org eve@example.org x@elsewhere.example" "tls starttls"
haul
exits 65 "a user that it does not have, and a domain that it does not relay to"
check "in its words" grep -Eq 'no such user here|relay not permitted' "$T/err"
check "who it has gets all" in_box alice 4
forget_pauses
haul
exits 65 "the next run"
sleep 0.3
is "$(grep -c '^From here' "$EXIM_DIR/mail/alice")" 4 "gives him none again"
stop_server
finish
