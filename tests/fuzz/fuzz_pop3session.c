/*
 * A whole POP3 session against a server that says whatever the input does: greeting, capabilities,
 * login, listing, TOP, RETR, DELE, QUIT.
 *
 * The first byte picks the login, bits of the second one what is done, the third one is how many
 * bytes come at once (0: a line, 255: all).
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "pop3/pop3.h"
#include "util/clock.h"
#include "util/digest.h"
#include "util/text.h"

#define SECRET "Tr0ub4dor&3"
#define RUN_MAX 20 /* messages */

enum { PIPELINING_ON = 1, PIPELINING_OFF = 2, ASSUME = 4, ABANDON = 8, THEN_QUIT = 16, STLS = 32 };

struct session {
	struct pop3_params params;
	struct pop3 *pop3;
	struct listing listing;
	struct error e;
	uint32_t numbers[RUN_MAX];
	size_t n;
	size_t bodies; /* bytes of all of them */
};

static void
pick_login(struct pop3_params *p, size_t which)
{
	size_t n = 0;

	while (sasl_mechs[n].name != NULL)
		n++;
	which %= POP3_AUTH_SASL + n;
	p->auth = which < POP3_AUTH_SASL ? (enum pop3_auth)which : POP3_AUTH_SASL;
	p->mech = which < POP3_AUTH_SASL ? NULL : &sasl_mechs[which - POP3_AUTH_SASL];
	if (p->mech != NULL && p->mech->binds) /* nobody can ask for one */
		p->mech = NULL, p->auth = POP3_AUTH_AUTO;
}

static bool
read_body(struct session *s)
{
	char *out = malloc(64);
	bool end = false;
	size_t len;
	int rc = 0;

	CHECK(out != NULL);
	while (rc == 0 && !end) {
		rc = pop3_body(s->pop3, out, 64, &len, &end, &s->e);
		CHECK(rc == -1 || len <= 64);
		s->bodies += rc == 0 ? len : 0;
	}
	free(out);
	return rc == 0;
}

/* Replies come in the order of the numbers, one for each. */
static bool
run(struct session *s, enum pop3_verb verb, unsigned flags)
{
	struct pop3_status st;
	struct pop3_run r;
	size_t at, n = 0;
	int rc;

	pop3_run_start(&r, s->pop3, verb, s->numbers, s->n);
	r.then_quit = (flags & THEN_QUIT) != 0 && verb == POP3_DELE;
	while ((rc = pop3_run_next(&r, &at, &st, &s->e)) == 1) {
		CHECK(at == n++ && at < s->n);
		if (st.ok && (flags & ABANDON) != 0 && at == 1)
			return pop3_run_abandon(&r, &s->e) == 0;
		if (st.ok && verb != POP3_DELE && !read_body(s))
			return false;
	}
	CHECK(rc == -1 || n == s->n);
	return rc == 0;
}

static bool
enter(struct session *s, unsigned flags)
{
	static const struct pop3_caps assumed = {
		.known = true, .top = true, .uidl = true, .user = true, .pipelining = true
	};
	struct tls_params tls = { .verify = true };
	struct pop3_login login;

	if (pop3_greet(s->pop3, &s->e) == -1)
		return false;
	CHECK(strlen(pop3_greeting_digest(s->pop3)) == DIGEST_HEX - 1);
	if ((flags & ASSUME) != 0)
		pop3_assume(s->pop3, &assumed);
	else if (pop3_capa(s->pop3, &s->e) == -1)
		return false;
	if ((flags & STLS) != 0) { /* there is no TLS in any input: this must never succeed */
		CHECK(pop3_stls(s->pop3, "pop.example.org", &tls, &s->e) == -1);
		return false;
	}
	if (pop3_choose_login(s->pop3, &login, &s->e) == -1)
		return false;
	CHECK(
	    login.auth != POP3_AUTH_AUTO && (login.auth == POP3_AUTH_SASL) == (login.mech != NULL));
	return pop3_enter(s->pop3, &s->listing, &s->e) == 0;
}

static void
talk(struct session *s, unsigned flags)
{
	if (!enter(s, flags))
		return;
	for (size_t i = 0; i < s->listing.n && s->n < RUN_MAX; i++)
		s->numbers[s->n++] = s->listing.entries[i].number;
	if (run(s, POP3_TOP, flags) && run(s, POP3_RETR, flags) && run(s, POP3_DELE, flags))
		(void)pop3_quit(s->pop3, &s->e);
}

/* Lines as a server may get them, and no more of them than there are things to say. */
static void
check_said(struct slice said, size_t lines_max)
{
	size_t lines = 0;

	for (; said.len > 0; lines++) {
		struct slice line = slice_line(&said);

		CHECK(line.len > 0 && line.p[line.len - 1] == '\r');
		line.len--;
		CHECK(fuzz_is_printable(line));
	}
	CHECK(lines <= lines_max);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = fuzz_input(data, size);
	struct session s = { .params = { .user = "alice",
				 .secret = SECRET,
				 .host = "pop.example.org",
				 .port = 110,
				 .timeout_ms = 5000 } };
	struct buf said = BUF_INIT(4 * MiB);
	unsigned flags;
	uint8_t piece;
	struct stream *stream;

	pick_login(&s.params, fuzz_byte(&in));
	flags = fuzz_byte(&in);
	piece = fuzz_byte(&in);
	s.params.pipelining = (flags & PIPELINING_ON) != 0    ? POP3_PIPELINING_ON
			      : (flags & PIPELINING_OFF) != 0 ? POP3_PIPELINING_OFF
							      : POP3_PIPELINING_AUTO;
	stream = stream_new(fuzz_connect(in, piece), "pop.example.org");
	stream_set_deadline(stream, clock_ms() + s.params.timeout_ms);
	s.pop3 = pop3_new(stream, &s.params);
	listing_init(&s.listing);
	talk(&s, flags);
	CHECK_RESULT(s.e.cls == ERR_OK ? 0 : -1, &s.e);
	CHECK(s.bodies <= in.len && s.listing.n <= in.len);
	pop3_free(s.pop3);
	listing_free(&s.listing);
	fuzz_said(&said);
	if ((flags & STLS) == 0) /* else our side of a handshake may be in it */
		check_said(buf_slice(&said), 3 * RUN_MAX + 20 + in.len);
	buf_free(&said);
	return 0;
}
