/* SCRAM: the examples of its RFCs, and servers that cannot be what they claim. */
#include "unit.h"

#include "sasl/base64.h"
#include "sasl/sasl.h"

/* One exchange: what the client says, and what the server says to that. */
struct exchange {
	const char *mech, *nonce;
	const char *client_first, *server_first, *client_final, *server_final;
};

/* RFC 5802 section 5, RFC 7677 section 3. */
static const struct exchange sha1 = { "SCRAM-SHA-1", "fyko+d2lbbFgONRv9qkxdawL",
	"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
	"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
	"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
	"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=" };
static const struct exchange sha256 = { "SCRAM-SHA-256", "rOprNGfwEbeRWgbNEkqO",
	"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
	"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
	"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
	"p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=" };

static struct sasl_params params;

static struct sasl *
start(const char *mech, const char *nonce)
{
	struct error e = NO_ERROR;
	struct sasl *s;

	if (params.user == NULL)
		params.user = "user";
	params.secret = "pencil";
	params.host = "h";
	params.nonce = nonce;
	s = sasl_new(sasl_find(slice_str(mech)), &params, &e);
	assert_non_null(s);
	return s;
}

static int
respond(struct sasl *s, const char *challenge, struct buf *raw, struct error *e)
{
	struct buf coded = BUF_INIT(8 * KiB), out = BUF_INIT(0);
	char *copy;
	int rc;

	assert_int_equal(base64_encode(&coded, slice_str(challenge)), 0);
	copy = exact_bytes(coded.p, coded.len);
	rc = sasl_respond(s, (struct slice){ copy, coded.len }, &out, e);
	raw->len = 0;
	assert_true(base64_decode(raw, buf_slice(&out)));
	free(copy);
	buf_wipe(&out);
	buf_free(&coded);
	return rc;
}

static void
check(struct sasl *s, const char *challenge, const char *want)
{
	struct buf raw = BUF_INIT(8 * KiB);
	struct error e = NO_ERROR;
	int rc = respond(s, challenge, &raw, &e);

	assert_row(rc == 0, "%s: %s", challenge, e.msg);
	assert_slice_equal(buf_slice(&raw), want);
	buf_free(&raw);
}

/* It gets no answer, and the exchange can come to no good end. */
static void
check_refusal(struct sasl *s, const char *challenge, const char *words)
{
	struct buf raw = BUF_INIT(8 * KiB);
	struct error e = NO_ERROR;

	assert_row(respond(s, challenge, &raw, &e) == -1, "%s", challenge);
	assert_row(strstr(e.msg, words) != NULL, "%s: %s", challenge, e.msg);
	assert_int_equal(raw.len, 0);
	assert_int_equal(sasl_accept(s, &e), -1);
	buf_free(&raw);
}

static void
check_exchange(const struct exchange *x)
{
	struct sasl *s = start(x->mech, x->nonce);
	struct error e = NO_ERROR;

	assert_int_equal(sasl_accept(s, &e), -1);
	assert_int_equal(e.cls, ERR_AUTH);
	check(s, "", x->client_first);
	assert_int_equal(sasl_accept(s, &e), -1);
	check(s, x->server_first, x->client_final);
	assert_int_equal(sasl_accept(s, &e), -1);
	check(s, x->server_final, "");
	assert_true(sasl_is_done(s));
	e.cls = ERR_OK;
	assert_int_equal(sasl_accept(s, &e), 0);
	check_refusal(s, x->server_final, "more than SCRAM");
	sasl_free(s);
}

static void
test_the_examples_of_the_RFCs(void **state)
{
	(void)state;
	check_exchange(&sha1);
	check_exchange(&sha256);
}

static void
test_first_challenges_that_are_refused(void **state)
{
	static const char *const t[][2] = {
		{ "", "no SCRAM" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j", "no SCRAM" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92", "no SCRAM" },
		{ "m=x,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
		    "no SCRAM" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=,i=4096", "no SCRAM" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSX,i=4096", "no SCRAM" },
		{ "s=QSXCR+Q6sek8bf92,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,i=4096",
		    "no SCRAM" },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "no SCRAM" },
		/* a nonce that is not ours, or nothing but ours, or nearly so */
		{ "r=Xyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
		    "nonce" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL,s=QSXCR+Q6sek8bf92,i=4096", "nonce" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHY,s=QSXCR+Q6sek8bf92,i=4096", "nonce" },
		{ "r=fyko+d2lbbFgONRv9qkxda,s=QSXCR+Q6sek8bf92,i=4096", "nonce" },
		{ "r=,s=QSXCR+Q6sek8bf92,i=4096", "nonce" },
		/* iterations */
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4095",
		    "iterat" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=1", "iterat" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=0", "iterat" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=-1",
		    "iterat" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=", "iterat" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096x",
		    "iterat" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=5000001",
		    "iterat" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4294967297",
		    "iterat" },
		{ "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,"
		  "i=99999999999999999999999",
		    "iterat" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct sasl *s = start(sha1.mech, sha1.nonce);

		check(s, "", sha1.client_first);
		check_refusal(s, t[i][0], t[i][1]);
		sasl_free(s);
	}
}

static void
test_final_messages_that_are_refused(void **state)
{
	static const char *const t[][2] = {
		{ "", "without a signature" },
		{ "v=", "impostor" },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKU=", "impostor" },
		{ "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "impostor" },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsA==", "impostor" },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQAAAAA", "impostor" },
		{ "v=rmF9pqV8S7suAoZWja4dJRkFsKQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
		    "impostor" },
		{ "v=!", "impostor" },
		{ "x=rmF9pqV8S7suAoZWja4dJRkFsKQ=", "without a signature" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct sasl *s = start(sha1.mech, sha1.nonce);

		check(s, "", sha1.client_first);
		check(s, sha1.server_first, sha1.client_final);
		check_refusal(s, t[i][0], t[i][1]);
		sasl_free(s);
	}
}

/* One byte changed on the way, in whichever message of the server's: it ends badly. */
static void
test_any_byte_changed_is_noticed(void **state)
{
	char first[128], final[64];
	size_t len = strlen(sha1.server_first);

	(void)state;
	for (size_t at = 0; at < len + strlen(sha1.server_final); at++) {
		struct sasl *s = start(sha1.mech, sha1.nonce);
		struct buf raw = BUF_INIT(8 * KiB);
		struct error e = NO_ERROR;
		char *byte = at < len ? first + at : final + (at - len);

		(void)strlcpy(first, sha1.server_first, sizeof(first));
		(void)strlcpy(final, sha1.server_final, sizeof(final));
		*byte = (char)((unsigned char)*byte ^ (1 + random_below(4)));
		check(s, "", sha1.client_first);
		if (respond(s, first, &raw, &e) == 0)
			(void)respond(s, final, &raw, &e);
		assert_row(sasl_accept(s, &e) == -1, "%s %s", first, final);
		buf_free(&raw);
		sasl_free(s);
	}
}

/* A complaint gets an empty answer, and after it nothing counts any more. */
static void
test_a_complaint_ends_it(void **state)
{
	static const char *const t[] = { "e=invalid-proof", "e=", "e=\033[2J,v=x" };

	(void)state;
	for (size_t i = 0; i < nitems(t) * 2; i++) {
		struct sasl *s = start(sha1.mech, sha1.nonce);
		struct error e = NO_ERROR;

		check(s, "", sha1.client_first);
		if (i % 2 == 0)
			check(s, sha1.server_first, sha1.client_final);
		check(s, t[i / 2], "");
		assert_true(sasl_complaint(s)[0] != '\0');
		assert_null(strchr(sasl_complaint(s), '\033'));
		assert_int_equal(sasl_accept(s, &e), -1);
		check_refusal(s, i % 2 == 0 ? sha1.server_final : "v=AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
		    "more than SCRAM");
		check_refusal(s, "e=", "more than SCRAM");
		sasl_free(s);
	}
}

static void
test_names_are_escaped_and_bindings_are_told(void **state)
{
	struct sasl *s;

	(void)state;
	params = (struct sasl_params){ .user = "a,b=c", .could_bind = true };
	s = start("SCRAM-SHA-256", "abc");
	check(s, "", "y,,n=a=2Cb=3Dc,r=abc");
	sasl_free(s);
	params = (struct sasl_params){ .binding_type = "tls-server-end-point",
		.binding = { "\000\001\002", 3 } };
	s = start("SCRAM-SHA-1-PLUS", "fyko+d2lbbFgONRv9qkxdawL");
	check(s, "", "p=tls-server-end-point,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
	/* the proof was computed by another program, from RFC 5802 section 3 */
	check(s, sha1.server_first,
	    "c=cD10bHMtc2VydmVyLWVuZC1wb2ludCwsAAEC,r=fyko+d2lbbFgONRv9qkxdawL"
	    "3rfcNHYJY1ZVvWVs7j,p=3H76I//9RIJy5pvs0AtAaHmpTuU=");
	sasl_free(s);
	params = (struct sasl_params){ .user = NULL };
}

static void
test_nonces_do_not_repeat(void **state)
{
	struct buf one = BUF_INIT(KiB), other = BUF_INIT(KiB);
	struct error e = NO_ERROR;
	struct sasl *s;

	(void)state;
	s = start("SCRAM-SHA-256", NULL);
	assert_int_equal(respond(s, "", &one, &e), 0);
	sasl_free(s);
	s = start("SCRAM-SHA-256", NULL);
	assert_int_equal(respond(s, "", &other, &e), 0);
	sasl_free(s);
	assert_int_equal(one.len, strlen("n,,n=user,r=") + 24);
	assert_int_equal(other.len, one.len);
	assert_memory_not_equal(one.p, other.p, one.len);
	buf_free(&one);
	buf_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_examples_of_the_RFCs),
		cmocka_unit_test(test_first_challenges_that_are_refused),
		cmocka_unit_test(test_final_messages_that_are_refused),
		cmocka_unit_test(test_any_byte_changed_is_noticed),
		cmocka_unit_test(test_a_complaint_ends_it),
		cmocka_unit_test(test_names_are_escaped_and_bindings_are_told),
		cmocka_unit_test(test_nonces_do_not_repeat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
