#!/bin/sh
# The suite's own tools tell right from wrong: the server by Python's POP3 client, the
# mbox checker by mboxes that are wrong in every way it is there to notice.
. "$(dirname "$0")/lib.sh"

command -v openssl >/dev/null || skip_all "openssl is not installed"
make_certs || skip_all "the test certificates could not be made"

for cert in good elsewhere; do
	check "certificate $cert is signed by the test CA" \
		openssl verify -CAfile "$CERTS/ca.pem" "$CERTS/$cert.pem"
done
check "certificate good names this host" \
	openssl verify -CAfile "$CERTS/ca.pem" -verify_hostname localhost "$CERTS/good.pem"
check "certificate good names its address" \
	openssl verify -CAfile "$CERTS/ca.pem" -verify_ip 127.0.0.1 "$CERTS/good.pem"
refuse "certificate elsewhere does not" \
	openssl verify -CAfile "$CERTS/ca.pem" -verify_hostname localhost "$CERTS/elsewhere.pem"
for cert in expired selfsigned; do
	refuse "certificate $cert is refused" \
		openssl verify -CAfile "$CERTS/ca.pem" "$CERTS/$cert.pem"
done

# What lib.sh takes for a memory error is what a leak ends with.
if sanitized; then
	printf '%s\n' '#include <stdlib.h>' \
		'int main(void) { volatile char *p = malloc(8); p = 0; return p != 0; }' |
		cc -fsanitize=address -x c -o "$T/leak" - && "$T/leak" 2>"$T/leak.err"
	is $? 99 "the sanitizer takes a leak for an error"
fi

"$PYTHON" "$E2E/selftest.py" "$T" "$CERTS" >"$T/tap" 2>"$T/tap.err"
check "the Python tests ran to their end" grep -qx '# end' "$T/tap" || say_comment <"$T/tap.err"
while read -r verdict text; do
	case $verdict in
	ok) pass "$text" ;;
	failed) fail "$text" ;;
	*) echo "$verdict $text" ;;
	esac
done <"$T/tap"

finish
