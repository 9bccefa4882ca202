/*
 * Challenges to every mechanism. The first byte picks the mechanism, bits of the second one what
 * goes with it; then each line is a challenge, which is encoded here.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "sasl/base64.h"
#include "sasl/exchange.h"
#include "util/text.h"

#define SECRET "Tr0ub4dor&3"

enum { RAW = 1, BINDING = 2, COULD_BIND = 4, HONEST = 8 };

static void
encode(struct slice in, struct buf *out)
{
	out->len = 0;
	CHECK(base64_encode(out, in) == 0);
}

/* What SCRAM's server would say last if it knew the password. */
static bool
honest_end(const struct sasl *s, struct buf *out)
{
	struct buf text = BUF_INIT(KiB);

	if (s->step != 2 || s->scram.signature_len == 0)
		return false;
	(void)buf_addstr(&text, "v=");
	(void)base64_encode(
	    &text, (struct slice){ (const char *)s->scram.signature, s->scram.signature_len });
	encode(buf_slice(&text), out);
	buf_free(&text);
	return true;
}

static void
next_challenge(const struct sasl *s, struct slice *in, unsigned flags, struct buf *out)
{
	struct slice line;

	if ((flags & HONEST) != 0 && honest_end(s, out))
		return;
	line = slice_line(in);
	out->len = 0;
	if ((flags & RAW) == 0)
		encode(line, out);
	else
		CHECK(buf_append(out, line.p, line.len) == 0);
}

/* The secret itself goes out only where that is the mechanism; if the server does not say it. */
static void
check_response(const struct sasl_mech *m, struct slice response, bool known)
{
	struct buf raw = BUF_INIT(MiB);

	CHECK(fuzz_is_printable(response) && base64_decode(&raw, response));
	CHECK(m->clear || known || !fuzz_contains(buf_slice(&raw), SECRET));
	buf_free(&raw);
}

/* Nobody is believed before all is said, nor who could not prove what was to be proven. */
static void
check_end(const struct sasl *s, const struct sasl_mech *m, bool was_honest)
{
	struct error e = { .cls = ERR_OK };
	int rc = sasl_accept(s, &e);

	CHECK_RESULT(rc, &e);
	CHECK(rc == -1 || sasl_is_done(s));
	CHECK(rc == -1 || m->hash == NULL || was_honest);
	CHECK(!text_has_control(slice_str(sasl_complaint(s))));
}

static void
converse(struct sasl *s, const struct sasl_mech *m, struct slice in, unsigned flags)
{
	struct buf challenge = BUF_INIT(MiB), response = BUF_INIT(MiB), truth = BUF_INIT(MiB);
	struct error e = { .cls = ERR_OK };
	bool first = m->initial, was_honest = false, known = fuzz_contains(in, SECRET);

	while (first || in.len > 0) { /* servers go on when all is said */
		challenge.len = 0;
		if (!first)
			next_challenge(s, &in, flags, &challenge);
		was_honest =
		    honest_end(s, &truth) && slice_same(buf_slice(&truth), buf_slice(&challenge));
		if (sasl_respond(s, buf_slice(&challenge), &response, &e) == -1) {
			CHECK_RESULT(-1, &e);
			break;
		}
		check_response(m, buf_slice(&response), known);
		first = false;
	}
	check_end(s, m, was_honest);
	buf_free(&challenge);
	buf_free(&truth);
	buf_wipe(&response);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	size_t n = 0, which = fuzz_byte(&in);
	unsigned flags = fuzz_byte(&in);
	struct error e = { .cls = ERR_OK };
	struct sasl_params params = { .user = "alice=,",
		.secret = SECRET,
		.host = "pop.example",
		.port = 110,
		.nonce = "fyko+d2lbbFgONRv9qkxdawL",
		.binding_type = "tls-exporter",
		.could_bind = (flags & COULD_BIND) != 0 };
	const struct sasl_mech *m;
	struct sasl *s;

	if ((flags & BINDING) != 0)
		params.binding = slice_str("0123456789abcdef0123456789abcdef");
	while (sasl_mechs[n].name != NULL)
		n++;
	m = &sasl_mechs[which % n];
	if (m->no_secret)
		params.secret = "";
	CHECK((s = sasl_new(m, &params, &e)) != NULL);
	converse(s, m, in, flags);
	sasl_free(s);
	return 0;
}
