/* Encoded words: those of the RFC, those of real mail, and those that are none. */
#include "unit.h"

#include "mail/rfc2047.h"

struct example {
	struct slice in, out;
};

static void
check_all(const struct example *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out = BUF_INIT(64 * KiB);
		char *copy = exact_bytes(t[i].in.p, t[i].in.len);

		assert_int_equal(rfc2047_decode(&out, (struct slice){ copy, t[i].in.len }), 0);
		assert_bytes_equal(buf_slice(&out), t[i].out, t[i].in.p);
		free(copy);
		buf_free(&out);
	}
}

static void
test_the_examples_of_the_RFC(void **state)
{
	static const struct example t[] = {
		/* section 8 */
		{ BYTES("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>"),
		    BYTES("Keith Moore <moore@cs.utk.edu>") },
		{ BYTES("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?= <keld@dkuug.dk>"),
		    BYTES("Keld J\303\270rn Simonsen <keld@dkuug.dk>") },
		{ BYTES("=?ISO-8859-1?Q?Andr=E9?= Pirard"), BYTES("Andr\303\251 Pirard") },
		{ BYTES("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?= "
			"=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?="),
		    BYTES("If you can read this you understand the example.") },
		{ BYTES("=?ISO-8859-1?Q?Olle_J=E4rnefors?="), BYTES("Olle J\303\244rnefors") },
		{ BYTES("=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?="),
		    BYTES("Patrik F\303\244ltstr\303\266m") },
		{ BYTES("Nathaniel Borenstein (=?iso-8859-8?b?7eXs+SDv4SDo7Oj08A==?=)"),
		    BYTES("Nathaniel Borenstein (\327\235\327\225\327\234\327\251 "
			  "\327\237\327\221 \327\230\327\234\327\230\327\244\327\240)") },
		{ BYTES("(=?ISO-8859-1?Q?a?=)"), BYTES("(a)") },
		{ BYTES("(=?ISO-8859-1?Q?a?= b)"), BYTES("(a b)") },
		{ BYTES("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)"), BYTES("(ab)") },
		{ BYTES("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)"), BYTES("(ab)") },
		{ BYTES("(=?ISO-8859-1?Q?a?=\r\n =?ISO-8859-1?Q?b?=)"), BYTES("(ab)") },
		{ BYTES("(=?ISO-8859-1?Q?a_b?=)"), BYTES("(a b)") },
		{ BYTES("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)"), BYTES("(a b)") },
	};

	(void)state;
	check_all(t, nitems(t));
}

static void
test_words_of_many_charsets(void **state)
{
	static const struct example t[] = {
		{ BYTES("=?utf-8?Q?caf=C3=A9?="), BYTES("caf\303\251") },
		{ BYTES("=?UTF-8?b?Y2Fmw6k=?="), BYTES("caf\303\251") },
		{ BYTES("=?utf-8?B?Y2Fmw6k?="), BYTES("caf\303\251") },
		{ BYTES("=?utf-8?q?=e2=82=ac?="), BYTES("\342\202\254") },
		{ BYTES("=?utf-8*en?Q?a?="), BYTES("a") },
		{ BYTES("=?utf-8?Q?"
			"?="),
		    BYTES("") },
		{ BYTES("=?utf-8?B?"
			"?="),
		    BYTES("") },
		{ BYTES("=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?="), BYTES("\346\227\245\346\234\254") },
		{ BYTES("=?koi8-r?B?8NLJ18XU?="),
		    BYTES("\320\237\321\200\320\270\320\262\320\265\321\202") },
		{ BYTES("=?windows-1252?Q?=80?="), BYTES("\342\202\254") },
		{ BYTES("x=?utf-8?Q?a?=y"), BYTES("xay") },
	};

	(void)state;
	check_all(t, nitems(t));
}

static void
test_what_is_no_word_stays(void **state)
{
	static const struct example t[] = {
		{ BYTES(""), BYTES("") },
		{ BYTES("plain = text ?= ok"), BYTES("plain = text ?= ok") },
		{ BYTES("=?"), BYTES("=?") },
		{ BYTES("=?="), BYTES("=?=") },
		{ BYTES("=?utf-8"), BYTES("=?utf-8") },
		{ BYTES("=?utf-8?Q"), BYTES("=?utf-8?Q") },
		{ BYTES("=?utf-8?Q?a"), BYTES("=?utf-8?Q?a") },
		{ BYTES("=?utf-8?Q?a?"), BYTES("=?utf-8?Q?a?") },
		{ BYTES("=?utf-8?Q?a b?="), BYTES("=?utf-8?Q?a b?=") },
		{ BYTES("=?utf-8?X?a?="), BYTES("=?utf-8?X?a?=") },
		{ BYTES("=?utf-8?QQ?a?="), BYTES("=?utf-8?QQ?a?=") },
		{ BYTES("=??Q?abc?="), BYTES("=??Q?abc?=") },
		{ BYTES("=?no-such-charset?Q?a?="), BYTES("=?no-such-charset?Q?a?=") },
		{ BYTES("=?utf-8//IGNORE?Q?a?="), BYTES("=?utf-8//IGNORE?Q?a?=") },
		{ BYTES("=?utf-8\0x?Q?a?="), BYTES("=?utf-8\0x?Q?a?=") },
		/* broken content */
		{ BYTES("=?utf-8?Q?a=4?="), BYTES("=?utf-8?Q?a=4?=") },
		{ BYTES("=?utf-8?Q?a=?="), BYTES("=?utf-8?Q?a=?=") },
		{ BYTES("=?utf-8?Q?a=XY?="), BYTES("=?utf-8?Q?a=XY?=") },
		{ BYTES("=?utf-8?Q?=FF?="), BYTES("=?utf-8?Q?=FF?=") },
		{ BYTES("=?utf-8?B?A?="), BYTES("=?utf-8?B?A?=") },
		{ BYTES("=?utf-8?B?!!!!?="), BYTES("=?utf-8?B?!!!!?=") },
		{ BYTES("=?utf-8?B?/w==?="), BYTES("=?utf-8?B?/w==?=") },
		/* the neighbours of a broken one keep their blanks */
		{ BYTES("=?utf-8?Q?a?= =?utf-8?Q?=?= =?utf-8?Q?b?="), BYTES("a =?utf-8?Q?=?= b") },
		{ BYTES("=?utf-8?Q?a?= =? =?utf-8?Q?b?="), BYTES("a =? b") },
		{ BYTES("=?=?utf-8?Q?a?="), BYTES("=?a") },
	};

	(void)state;
	check_all(t, nitems(t));
}

static void
test_padding_inside_base64_is_broken(void **state)
{
	static const struct example t[] = {
		{ BYTES("=?utf-8?B?QQ==QQ==?="), BYTES("=?utf-8?B?QQ==QQ==?=") },
	};

	(void)state;
	check_all(t, nitems(t));
}

static void
test_the_bound_holds_and_what_fits_is_there(void **state)
{
	static const char in[] = "ab =?utf-8?Q?cd?= ef", whole[] = "ab cd ef";

	(void)state;
	for (size_t most = 0; most < 12; most++) {
		struct buf out = BUF_INIT(most);
		int rc = rfc2047_decode(&out, slice_str(in));

		assert_true(out.len <= most);
		assert_int_equal(rc, most < strlen(whole) ? -1 : 0);
		check_bytes(
		    out.p, out.len, whole, MIN(most, strlen(whole)), "a bound", __FILE__, __LINE__);
		buf_free(&out);
	}
}

static void
test_a_word_as_long_as_they_come(void **state)
{
	(void)state;
	for (size_t len = 900; len < 1200; len++) {
		struct buf in = BUF_INIT(4 * KiB), out = BUF_INIT(64 * KiB);
		char *copy;

		(void)buf_addstr(&in, "=?ISO-8859-1?Q?");
		for (size_t i = 0; i < len; i++)
			(void)buf_addch(&in, '\377');
		(void)buf_addstr(&in, "?=");
		copy = exact_bytes(in.p, in.len);
		assert_int_equal(rfc2047_decode(&out, (struct slice){ copy, in.len }), 0);
		assert_true(out.len == in.len || out.len == 2 * len);
		free(copy);
		buf_free(&in);
		buf_free(&out);
	}
}

static void
test_a_thousand_words_are_decoded(void **state)
{
	struct buf in = BUF_INIT(MiB), out = BUF_INIT(MiB);
	size_t decoded = 0, raw = 0;

	(void)state;
	(void)buf_addstr(&in, "=? =?x ");
	for (int i = 0; i < 1500; i++)
		(void)buf_addstr(&in, "=?utf-8?q?!?=, ");
	assert_int_equal(rfc2047_decode(&out, buf_slice(&in)), 0);
	for (size_t i = 0; i < out.len; i++) {
		decoded += out.p[i] == '!' && out.p[i + 1] == ',';
		raw += out.p[i] == '!' && out.p[i + 1] == '?';
	}
	assert_int_equal(decoded, 1000);
	assert_int_equal(raw, 500);
	buf_free(&in);
	buf_free(&out);
}

static void
test_random_bytes_do_no_harm(void **state)
{
	static const char *const alphabet[] = { "=?", "?=", "?", "=", "utf-8", "Q", "B", "_", "4",
		"1", " ", "=?utf-8?Q?", "=?utf-8?B?", "\t", "\n", "QUJD" };

	(void)state;
	for (int round = 0; round < 5000; round++) {
		struct buf in = BUF_INIT(KiB), out = BUF_INIT(random_below(64));
		char *copy;

		for (uint32_t i = random_below(16); i > 0; i--)
			(void)buf_addstr(&in, alphabet[random_below(nitems(alphabet))]);
		copy = exact_bytes(in.p, in.len);
		(void)rfc2047_decode(&out, (struct slice){ copy, in.len });
		assert_true(out.len <= out.max);
		free(copy);
		buf_free(&in);
		buf_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_examples_of_the_RFC),
		cmocka_unit_test(test_words_of_many_charsets),
		cmocka_unit_test(test_what_is_no_word_stays),
		cmocka_unit_test(test_padding_inside_base64_is_broken),
		cmocka_unit_test(test_the_bound_holds_and_what_fits_is_there),
		cmocka_unit_test(test_a_word_as_long_as_they_come),
		cmocka_unit_test(test_a_thousand_words_are_decoded),
		cmocka_unit_test(test_random_bytes_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
