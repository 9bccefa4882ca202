/*
 * A whole session with a server of mail that says whatever the input does: two messages, and a
 * question; by SMTP or LMTP.
 *
 * Bits of the first byte pick the session, the second one is the login, the third one is how many
 * bytes come at once (0: a line, 255: all).
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "smtp/smtp.h"
#include "util/text.h"

#define SECRET "Tr0ub4dor&3"

enum { LMTP = 1, LOGIN = 2, EIGHT_BIT = 4, UTF8 = 8, STARTTLS = 16, QUERY = 32 };

static const char text[] = "Received: x\n\n.dot\r\n..\rFrom \n.\r\nend";

/* Whom the server has the message for is known by its word, and by nobody else's. */
static void
check_fates(const struct smtp_mail *m, bool sent)
{
	bool put_off = false, refused = false;

	for (size_t i = 0; i < m->n; i++) {
		CHECK(m->to[i].fate != SMTP_ACCEPTED || sent);
		put_off = put_off || m->to[i].fate == SMTP_PUT_OFF;
		refused = refused || m->to[i].fate == SMTP_REFUSED;
	}
	CHECK(!put_off || m->put_off.cls == ERR_TEMP);
	CHECK(!refused || m->refused.cls == ERR_REFUSED);
	CHECK(!text_has_control(slice_str(m->put_off.msg)));
	CHECK(!text_has_control(slice_str(m->refused.msg)));
}

/* Returns whether the session can go on. */
static bool
send_mail(struct smtp *s, unsigned flags, struct error *e)
{
	struct smtp_recipient to[3] = { { .address = "alice@example.net" },
		{ .address = "bob@example.net" },
		{ .address = "b\xc3\xb6"
			     "b@example.net" } };
	struct smtp_mail m = { .sender = "me@example.org",
		.to = to,
		.n = 2,
		.size = sizeof(text) + 10,
		.eight_bit = (flags & EIGHT_BIT) != 0,
		.utf8_header = (flags & UTF8) != 0 };
	bool sent = false;
	int rc;

	m.n += (flags & UTF8) != 0;
	rc = smtp_begin(s, &m, e);
	if (rc == 0 && smtp_waits(&m)) {
		rc = smtp_data(s, slice_str(text), e) == 0 ? smtp_end(s, e) : -1;
		sent = rc == 0;
	}
	for (size_t n = 0; rc == 0 && smtp_waits(&m); n++) {
		CHECK(n < m.n);
		rc = smtp_verdict(s, &m, e);
	}
	check_fates(&m, sent);
	for (size_t i = 0; rc == 0 && i < m.n; i++)
		CHECK(m.to[i].fate != SMTP_PENDING && m.to[i].fate != SMTP_TAKEN);
	return rc == 0 && !smtp_is_ending(s);
}

static void
talk(struct smtp *s, unsigned flags, struct error *e)
{
	struct buf out = BUF_INIT(4 * KiB);

	CHECK(!text_has_control(slice_str(smtp_greeting(s))));
	CHECK((flags & STARTTLS) == 0); /* there is no TLS in any input */
	if (send_mail(s, flags, e) &&
	    ((flags & QUERY) == 0 || smtp_query(s, "VRFY alice", &out, e) == 0))
		(void)send_mail(s, flags, e);
	buf_free(&out);
}

/* No byte alone ends a line, and no line of the message is taken for its end. */
static void
check_said(struct slice said)
{
	while (said.len > 0) {
		struct slice line = slice_line(&said);

		CHECK(line.len > 0 && line.p[line.len - 1] == '\r');
		line.len--;
		CHECK(line.len == 0 || memchr(line.p, '\r', line.len) == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	unsigned flags = fuzz_byte(&in), login = fuzz_byte(&in);
	uint8_t piece = fuzz_byte(&in);
	struct smtp_params params = { .lmtp = (flags & LMTP) != 0,
		.way = { .to = { .host = "mx.example.org", .port = 25 }, .peer = "mx.example.org" },
		.tls = (flags & STARTTLS) != 0 ? SMTP_STARTTLS : SMTP_TLS_OFF,
		.tls_params = { .verify = true },
		.timeout_ms = 5000 };
	struct error e = { .cls = ERR_OK };
	struct buf said = BUF_INIT(4 * MiB);
	struct smtp *s;
	size_t n = 0;

	while (sasl_mechs[n].name != NULL)
		n++;
	if ((flags & LOGIN) != 0) {
		params.user = "alice";
		params.secret = SECRET;
		params.mech = login % (n + 1) < n ? &sasl_mechs[login % (n + 1)] : NULL;
		if (params.mech != NULL && params.mech->binds)
			params.mech = NULL;
	}
	fuzz_lead_to(in, piece);
	s = smtp_open(&params, &e);
	CHECK_RESULT(s != NULL ? 0 : -1, &e);
	if (s != NULL)
		talk(s, flags, &e);
	CHECK_RESULT(e.cls == ERR_OK ? 0 : -1, &e);
	smtp_close(s);
	fuzz_said(&said);
	if ((flags & STARTTLS) == 0) /* else our side of a handshake may be in it */
		check_said(buf_slice(&said));
	buf_free(&said);
	return 0;
}
