/* Exchanges of all mechanisms but SCRAM, with the examples of their RFCs. */
#include "unit.h"

#include "sasl/base64.h"
#include "sasl/sasl.h"

static struct sasl_params params = {
	.user = "alice", .secret = "secret", .host = "pop.example.org"
};

static struct sasl *
start(const char *name, const char *user, const char *secret)
{
	struct error e = NO_ERROR;
	struct sasl *s;

	params.user = user;
	params.secret = secret;
	params.port = 995;
	s = sasl_new(sasl_find(slice_str(name)), &params, &e);
	assert_row(s != NULL, "%s: %s", name, e.msg);
	return s;
}

/* The response to a challenge, both in base64 here and there, must be these bytes. */
static void
check_response(struct sasl *s, const char *challenge, const void *want, size_t len)
{
	struct buf coded = BUF_INIT(KiB), out = BUF_INIT(0), raw = BUF_INIT(64 * KiB);
	struct error e = NO_ERROR;
	char *copy;

	assert_int_equal(base64_encode(&coded, slice_str(challenge)), 0);
	copy = exact_bytes(coded.p, coded.len);
	assert_int_equal(sasl_respond(s, (struct slice){ copy, coded.len }, &out, &e), 0);
	assert_true(base64_decode(&raw, buf_slice(&out)));
	assert_bytes_equal(raw, ((struct slice){ want, len }), challenge);
	free(copy);
	buf_free(&coded);
	buf_wipe(&out);
	buf_free(&raw);
}

#define CHECK(s, challenge, want) check_response(s, challenge, want, sizeof(want) - 1)

/* It must not be answered. */
static void
check_refusal(struct sasl *s, const char *challenge, const char *words)
{
	struct buf out = BUF_INIT(0);
	struct error e = NO_ERROR;

	assert_int_equal(sasl_respond(s, slice_str(challenge), &out, &e), -1);
	assert_row(strstr(e.msg, words) != NULL, "%s", e.msg);
	assert_int_equal(out.len, 0);
	buf_wipe(&out);
}

static void
check_accept(const struct sasl *s, bool ok)
{
	struct error e = NO_ERROR;

	assert_int_equal(sasl_is_done(s), ok);
	assert_int_equal(sasl_accept(s, &e), ok ? 0 : -1);
	assert_int_equal(e.cls, ok ? ERR_OK : ERR_AUTH);
}

static void
test_PLAIN(void **state)
{
	struct sasl *s = start("plain", "tim", "tanstaaftanstaaf");

	(void)state;
	check_accept(s, false);
	CHECK(s, "", "\0tim\0tanstaaftanstaaf"); /* RFC 4616 section 4 */
	check_accept(s, true);
	check_refusal(s, "", "more than PLAIN");
	sasl_free(s);
}

static void
test_PLAIN_gives_nothing_to_one_who_asks_first(void **state)
{
	struct sasl *s = start("PLAIN", "tim", "secret");

	(void)state;
	check_refusal(s, "SGVsbG8=", "more than PLAIN");
	sasl_free(s);
}

static void
test_LOGIN(void **state)
{
	struct sasl *s = start("LOGIN", "alice", "secret");

	(void)state;
	CHECK(s, "Username:", "alice");
	check_accept(s, false);
	CHECK(s, "Password:", "secret");
	check_accept(s, true);
	check_refusal(s, "TW9yZTo=", "more than LOGIN");
	sasl_free(s);
}

static void
test_CRAM_MD5(void **state)
{
	struct sasl *s = start("CRAM-MD5", "tim", "tanstaaftanstaaf");

	(void)state;
	/* RFC 2195 section 3 */
	CHECK(s, "<1896.697170952@postoffice.reston.mci.net>",
	    "tim b913a602c7eda7a495b4e6e7334d3890");
	check_accept(s, true);
	check_refusal(s, "PDFAeD4=", "more than CRAM-MD5");
	sasl_free(s);
	s = start("CRAM-MD5", "tim", "secret");
	check_refusal(s, "", "no challenge");
	sasl_free(s);
}

static void
test_EXTERNAL(void **state)
{
	struct sasl *s = start("EXTERNAL", "alice", "");

	(void)state;
	CHECK(s, "", "alice");
	check_accept(s, true);
	check_refusal(s, "", "more than EXTERNAL");
	sasl_free(s);
}

static void
test_OAUTHBEARER(void **state)
{
	struct sasl *s =
	    start("OAUTHBEARER", "user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");

	(void)state;
	params.host = "server.example.com";
	params.port = 143;
	/* RFC 7628 section 4.1 */
	CHECK(s, "",
	    "n,a=user@example.com,\001host=server.example.com\001port=143\001"
	    "auth=Bearer vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==\001\001");
	check_accept(s, true);
	/* section 4.3 */
	CHECK(s,
	    "{\"status\":\"invalid_token\",\"scope\":\"example_scope\","
	    "\"openid-configuration\":\"https://example.com/.well-known/openid-configuration\"}",
	    "\001");
	assert_non_null(strstr(sasl_complaint(s), "invalid_token"));
	assert_non_null(strstr(sasl_complaint(s), "example_scope"));
	assert_int_equal(sasl_accept(s, &(struct error)NO_ERROR), -1);
	check_refusal(s, "", "more than OAUTHBEARER");
	sasl_free(s);
	s = start("OAUTHBEARER", "a,b=c", "t");
	CHECK(s, "",
	    "n,a=a=2Cb=3Dc,\001host=server.example.com\001port=995\001auth=Bearer t\001\001");
	sasl_free(s);
}

static void
test_XOAUTH2(void **state)
{
	struct sasl *s = start(
	    "xoauth2", "someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");

	(void)state;
	CHECK(s, "",
	    "user=someuser@example.com\001auth=Bearer "
	    "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\001\001");
	check_accept(s, true);
	CHECK(s,
	    "{\"status\":\"401\",\"schemes\":\"bearer "
	    "mac\",\"scope\":\"https://mail.google.com/\"}",
	    "");
	assert_non_null(strstr(sasl_complaint(s), "401"));
	assert_non_null(strstr(sasl_complaint(s), "https://mail.google.com/"));
	check_refusal(s, "", "more than XOAUTH2");
	sasl_free(s);
}

/* Whatever the server complains with, it becomes words, and none of them can upset a terminal. */
static void
test_complaints_of_any_form(void **state)
{
	static const char *const t[][2] = {
		{ "{\"status\":401}", "accepted: 401" },
		{ "{ \"scope\" : \"x\" , \"status\" : \"400\" }",
		    "accepted: 400; its scope has to be x" },
		{ "{\"error\":\"expired\"}", "accepted: expired" },
		{ "{\"schemes\":\"status\",\"status\":\"a\\\"b\"}", "accepted: a\\\"b" },
		{ "{\"status\":\"\\", "accepted: " },
		{ "{\"status\":", "accepted: {" },
		{ "\"status\"", "accepted: \"status\"" },
		{ "no JSON", "accepted: no JSON" },
		{ "{\"status\":\"\033[2J\"}", "accepted: \\033[2J" },
		{ "{{{:::,,,\"", "accepted: " },
		{ "x", "accepted: x" },
		{ "", "the token is not accepted" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct sasl *s = start("XOAUTH2", "a", "t");

		CHECK(s, "", "user=a\001auth=Bearer t\001\001");
		CHECK(s, t[i][0], "");
		assert_row(strstr(sasl_complaint(s), t[i][1]) != NULL, "%s: %s", t[i][0],
		    sasl_complaint(s));
		assert_null(strchr(sasl_complaint(s), '\033'));
		sasl_free(s);
	}
}

/* Any bytes at all: what is read stays within what there is. */
static void
test_random_complaints(void **state)
{
	static const char chars[] = "{}:,\"\\ astu";
	char text[24];

	(void)state;
	for (unsigned n = 0; n < 3000; n++) {
		struct sasl *s = start("OAUTHBEARER", "a", "t");
		size_t len = 1 + random_below(sizeof(text) - 1);
		struct buf out = BUF_INIT(0), coded = BUF_INIT(64);
		struct error e = NO_ERROR;

		for (size_t i = 0; i < len; i++)
			text[i] = chars[random_below(sizeof(chars))]; /* NUL, too */
		assert_int_equal(base64_encode(&coded, (struct slice){ text, len }), 0);
		assert_int_equal(sasl_respond(s, (struct slice){ NULL, 0 }, &out, &e), 0);
		assert_int_equal(sasl_respond(s, buf_slice(&coded), &out, &e), 0);
		assert_slice_equal(buf_slice(&out), "AQ==");
		buf_wipe(&out);
		buf_free(&coded);
		sasl_free(s);
	}
}

static void
test_long_tokens(void **state)
{
	size_t len = 20000;
	char *token = malloc(len + 1);
	struct buf out = BUF_INIT(0);
	struct error e = NO_ERROR;
	struct sasl *s;

	(void)state;
	assert_non_null(token);
	memset(token, 'x', len);
	token[len] = '\0';
	s = start("XOAUTH2", "alice", token);
	assert_int_equal(sasl_respond(s, slice_str(""), &out, &e), 0);
	assert_true(out.len > len * 4 / 3);
	buf_wipe(&out);
	sasl_free(s);
	free(token);
}

static void
test_what_cannot_be_sent(void **state)
{
	static const char *const t[][3] = {
		{ "PLAIN", "a\r\nDELE 1", "x" },
		{ "PLAIN", "a", "x\ny" },
		{ "CRAM-MD5", "a\tb", "x" },
		{ "SCRAM-SHA-256", "a", "x\177" },
		{ "XOAUTH2", "a", "to ken" },
		{ "XOAUTH2", "a", "tok\001en" },
		{ "OAUTHBEARER", "a", "tok\303\244" },
		{ "EXTERNAL", "a\001", "" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct sasl_params p = { .user = t[i][1], .secret = t[i][2], .host = "h" };
		struct error e = NO_ERROR;

		assert_row(
		    sasl_new(sasl_find(slice_str(t[i][0])), &p, &e) == NULL, "%s %zu", t[i][0], i);
		assert_int_equal(e.cls, ERR_CONFIG);
	}
}

static void
test_challenges_that_are_none(void **state)
{
	char longest[6001];

	(void)state;
	memset(longest, 'A', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (const struct sasl_mech *m = sasl_mechs; m->name != NULL; m++) {
		struct sasl_params p = {
			.user = "a", .secret = "t", .host = "h", .binding_type = "x"
		};
		struct error e = NO_ERROR;
		struct sasl *s = sasl_new(m, &p, &e);

		check_refusal(s, "*", "no base64");
		check_refusal(s, "Zg", "no base64");
		check_refusal(s, longest, "too long");
		check_accept(s, false);
		sasl_free(s);
	}
}

static void
test_the_table(void **state)
{
	struct buf all = BUF_INIT(KiB);
	uint32_t set = 0;

	(void)state;
	for (const struct sasl_mech *m = sasl_mechs; m->name != NULL; m++) {
		assert_ptr_equal(sasl_find(slice_str(m->name)), m);
		assert_true(m[1].name == NULL || strcmp(m->name, m[1].name) < 0);
		assert_true(sasl_bit(m) != 0 && (set & sasl_bit(m)) == 0);
		set |= sasl_bit(m);
		if (m->bound != NULL)
			assert_true(sasl_find(slice_str(m->bound))->binds);
	}
	assert_null(sasl_find(slice_str("GSSAPI")));
	assert_null(sasl_find(slice_str("")));
	assert_int_equal(sasl_bit(NULL), 0);
	sasl_format_set(set & (sasl_bit(sasl_find(slice_str("login"))) |
				  sasl_bit(sasl_find(slice_str("xoauth2")))),
	    ",", &all);
	assert_slice_equal(buf_slice(&all), "LOGIN,XOAUTH2");
	buf_free(&all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_PLAIN),
		cmocka_unit_test(test_PLAIN_gives_nothing_to_one_who_asks_first),
		cmocka_unit_test(test_LOGIN),
		cmocka_unit_test(test_CRAM_MD5),
		cmocka_unit_test(test_EXTERNAL),
		cmocka_unit_test(test_OAUTHBEARER),
		cmocka_unit_test(test_XOAUTH2),
		cmocka_unit_test(test_complaints_of_any_form),
		cmocka_unit_test(test_random_complaints),
		cmocka_unit_test(test_long_tokens),
		cmocka_unit_test(test_what_cannot_be_sent),
		cmocka_unit_test(test_challenges_that_are_none),
		cmocka_unit_test(test_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
