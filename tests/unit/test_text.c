/* Text from outside: nothing of it moves a cursor, and a field gives back every byte. */
#include "unit.h"

#include <locale.h>

#include "util/text.h"

static const char *
safe(struct slice in)
{
	static char out[TEXT_SAFE_MAX];
	char *copy = exact_bytes(in.p, in.len);

	assert_ptr_equal(text_safe(out, (struct slice){ copy, in.len }), out);
	free(copy);
	return out;
}

/* Whether UTF-8 and nothing but: also no C0, DEL or C1. */
static bool
is_clean_utf8(const char *s)
{
	while (*s != '\0') {
		unsigned char c = (unsigned char)*s;
		size_t more = c < 0x80 ? 0 : c < 0xC2 ? 9 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : 3;

		if (c < ' ' || c == 0x7F || more == 9)
			return false;
		if (c == 0xC2 && (unsigned char)s[1] < 0xA0)
			return false;
		for (s++; more > 0; more--, s++)
			if (((unsigned char)*s & 0xC0) != 0x80)
				return false;
	}
	return true;
}

static void
test_plain_text_stays(void **state)
{
	(void)state;
	assert_string_equal(safe(slice_str("")), "");
	assert_string_equal(
	    safe(slice_str("+OK it's <1@x> [fine] 100%")), "+OK it's <1@x> [fine] 100%");
}

static void
test_control_characters_become_visible(void **state)
{
	static const struct {
		struct slice in;
		const char *out;
	} t[] = {
		{ BYTES("a\tb"), "a\\011b" },
		{ BYTES("a\nb"), "a\\012b" },
		{ BYTES("a\rb"), "a\\015b" },
		{ BYTES("\033[2J"), "\\033[2J" },
		{ BYTES("a\0b"), "a\\000b" },
		{ BYTES("\177"), "\\177" },
		{ BYTES("\001\037"), "\\001\\037" },
		{ BYTES("\302\233"), "\\302\\233" }, /* C1 in UTF-8 */
		{ BYTES("\233"), "\\233" },
		{ BYTES("\377"), "\\377" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		assert_string_equal(safe(t[i].in), t[i].out);
}

static void
test_UTF8_is_text_in_a_UTF8_locale_and_not_in_C(void **state)
{
	(void)state;
	assert_string_equal(safe(slice_str("caf\303\251")), "caf\\303\\251");
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return;
	assert_string_equal(
	    safe(slice_str("caf\303\251 \342\202\254")), "caf\303\251 \342\202\254");
	assert_string_equal(safe(slice_str("\303(")), "\\303(");
	assert_string_equal(safe(slice_str("\302\233")), "\\302\\233");
	(void)setlocale(LC_CTYPE, "C");
}

/* U+1B5B is a letter that prints; its two halves are ESC and "[". */
static void
test_no_byte_that_is_no_character_turns_letters_into_controls(void **state)
{
	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return;
	assert_string_equal(safe(slice_str("\341\255\23331m\377")), "\341\255\23331m\\377");
	assert_string_equal(safe(slice_str("\377\341\255\233")), "\\377\341\255\233");
	assert_string_equal(safe(slice_str("\303\251 \342\202")), "\303\251 \\342\\202");
	(void)setlocale(LC_CTYPE, "C");
}

static void
test_what_turns_the_order_about_or_hides_is_seen(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "a\342\200\256b", "a\\342\\200\\256b" },                        /* U+202E */
		{ "\342\200\252", "\\342\\200\\252" },                            /* U+202A */
		{ "\342\200\247", "\342\200\247" },                               /* U+2027 */
		{ "\342\200\250", "\\342\\200\\250" },                            /* U+2028 */
		{ "\342\200\257", "\342\200\257" },                               /* U+202F */
		{ "\342\201\246", "\\342\\201\\246" },                            /* U+2066 */
		{ "\342\201\251", "\\342\\201\\251" },                            /* U+2069 */
		{ "\342\201\260", "\342\201\260" },                               /* U+2070 */
		{ "\342\200\213", "\\342\\200\\213" },                            /* U+200B */
		{ "\342\200\217", "\\342\\200\\217" },                            /* U+200F */
		{ "\342\200\220", "\342\200\220" },                               /* U+2010 */
		{ "\330\234", "\\330\\234" },                                     /* U+061C */
		{ "\302\255", "\\302\\255" },                                     /* U+00AD */
		{ "\302\256", "\302\256" },                                       /* U+00AE */
		{ "\315\217", "\\315\\217" },                                     /* U+034F */
		{ "\341\240\216", "\\341\\240\\216" },                            /* U+180E */
		{ "\343\205\244", "\\343\\205\\244" },                            /* U+3164 */
		{ "\357\273\277", "\\357\\273\\277" },                            /* U+FEFF */
		{ "\357\277\271", "\\357\\277\\271" },                            /* U+FFF9 */
		{ "\357\277\275", "\357\277\275" },                               /* U+FFFD */
		{ "\342\235\244\357\270\217", "\342\235\244\357\270\217" },       /* with U+FE0F */
		{ "\363\240\201\201", "\\363\\240\\201\\201" },                   /* U+E0041 */
		{ "\363\240\204\200", "\\363\\240\\204\\200" },                   /* U+E0100 */
		{ "\302\200\302\205\302\237", "\\302\\200\\302\\205\\302\\237" }, /* C1 */
		{ "\302\240", "\302\240" },                                       /* U+00A0 */
		{ "\355\240\200", "\\355\\240\\200" },                            /* a surrogate */
		{ "\300\233", "\\300\\233" }, /* ESC, longer than allowed */
		{ "\340\200\233", "\\340\\200\\233" },
		{ "\364\220\200\200", "\\364\\220\\200\\200" }, /* behind the last character */
	};

	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return;
	for (size_t i = 0; i < nitems(t); i++)
		assert_string_equal(safe(slice_str(t[i].in)), t[i].out);
	(void)setlocale(LC_CTYPE, "C");
}

static void
test_long_text_ends_in_dots(void **state)
{
	char in[200], want[200];

	(void)state;
	memset(in, 'a', sizeof(in));
	(void)snprintf(want, sizeof(want), "%.160s", in);
	assert_string_equal(safe((struct slice){ in, 160 }), want);
	(void)strlcat(want, "...", sizeof(want));
	assert_string_equal(safe((struct slice){ in, 161 }), want);
	assert_string_equal(safe((struct slice){ in, 200 }), want);
}

static void
test_a_cut_never_splits_a_character(void **state)
{
	static const char *const chars[] = { "\303\251", "\342\202\254", "\360\237\230\200" };

	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return;
	for (size_t c = 0; c < nitems(chars); c++)
		for (size_t shift = 0; shift < 4; shift++) {
			char in[400];
			const char *out;

			memset(in, 'a', shift);
			for (size_t i = shift, n = strlen(chars[c]); i + n <= sizeof(in); i += n)
				memcpy(in + i, chars[c], n);
			out = safe((struct slice){ in, 300 });
			assert_true(is_clean_utf8(out));
			assert_null(strchr(out, '\\'));
			assert_true(strlen(out) > 150 && strlen(out) <= 163);
			assert_string_equal(out + strlen(out) - 3, "...");
		}
	(void)setlocale(LC_CTYPE, "C");
}

static void
test_bytes_that_only_go_on_are_told_as_well(void **state)
{
	char in[300];

	(void)state;
	memset(in, 0x80, sizeof(in));
	assert_true(strlen(safe((struct slice){ in, sizeof(in) })) > 600);
}

static void
test_any_bytes_become_clean_text_that_fits(void **state)
{
	static const char *const locales[] = { "C", "C.UTF-8" };

	(void)state;
	for (size_t l = 0; l < nitems(locales); l++) {
		if (setlocale(LC_CTYPE, locales[l]) == NULL)
			continue;
		for (int round = 0; round < 3000; round++) {
			char in[300];
			size_t len = random_below(sizeof(in) + 1);
			unsigned from = random_below(256);

			for (size_t i = 0; i < len; i++)
				in[i] = (char)(from + random_below(256 - from));
			assert_true(strlen(safe((struct slice){ in, len })) < TEXT_SAFE_MAX);
			assert_true(is_clean_utf8(safe((struct slice){ in, len })));
		}
	}
	(void)setlocale(LC_CTYPE, "C");
}

/* ---- fields ---- */

static void
check_field(const char *p, size_t len)
{
	struct buf word = BUF_INIT(64 * KiB), back = BUF_INIT(64 * KiB);
	char *copy = exact_bytes(p, len), *field;

	assert_int_equal(text_field(&word, (struct slice){ copy, len }), 0);
	for (size_t i = 0; i < word.len; i++)
		assert_true(word.p[i] > ' ' && word.p[i] < 0x7F);
	field = exact_bytes(word.p, word.len);
	assert_int_equal(text_unfield(&back, (struct slice){ field, word.len }), 0);
	check_bytes(back.p, back.len, p, len, NULL, __FILE__, __LINE__);
	free(field);
	free(copy);
	buf_free(&word);
	buf_free(&back);
}

static void
test_plain_words_are_their_own_fields(void **state)
{
	static const char *const t[] = { "a", "uid123", "!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~",
		"mbox:/home/alice/inbox", "00000a1b4c5d" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf word = BUF_INIT(100);

		assert_int_equal(text_field(&word, slice_str(t[i])), 0);
		assert_slice_equal(buf_slice(&word), t[i]);
		buf_free(&word);
		check_field(t[i], strlen(t[i]));
	}
}

static void
test_each_byte_comes_back_from_its_field(void **state)
{
	char in[3] = "a?b";

	(void)state;
	for (int c = 0; c < 256; c++) {
		in[1] = (char)c;
		check_field(in, 3);
		check_field(in + 1, 1);
	}
}

static void
test_random_bytes_come_back_from_their_field(void **state)
{
	(void)state;
	for (int round = 0; round < 5000; round++) {
		char in[64];
		size_t len = 1 + random_below(sizeof(in));

		for (size_t i = 0; i < len; i++)
			in[i] = random_below(2) ? (char)random_below(256)
						: "\\01 ^M-a7"[random_below(9)];
		check_field(in, len);
	}
}

static void
test_a_field_is_the_same_in_every_locale(void **state)
{
	struct buf c = BUF_INIT(100), utf8 = BUF_INIT(100);

	(void)state;
	assert_int_equal(text_field(&c, slice_str("caf\303\251 x")), 0);
	if (setlocale(LC_CTYPE, "C.UTF-8") != NULL) {
		assert_int_equal(text_field(&utf8, slice_str("caf\303\251 x")), 0);
		assert_bytes_equal(buf_slice(&utf8), buf_slice(&c), "caf\303\251");
	}
	assert_slice_equal(buf_slice(&c), "caf\\303\\251\\040x");
	(void)setlocale(LC_CTYPE, "C");
	buf_free(&c);
	buf_free(&utf8);
}

static void
test_the_encoding_goes_byte_by_byte(void **state)
{
	struct buf whole = BUF_INIT(KiB), parts = BUF_INIT(KiB);

	(void)state;
	for (int round = 0; round < 2000; round++) { /* listing.c relies on it */
		char in[8];

		whole.len = parts.len = 0;
		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (char)random_below(256);
		assert_int_equal(text_field(&whole, (struct slice){ in, sizeof(in) }), 0);
		for (size_t i = 0; i < sizeof(in); i++)
			assert_int_equal(text_field(&parts, (struct slice){ in + i, 1 }), 0);
		assert_bytes_equal(buf_slice(&whole), buf_slice(&parts), "a field in parts");
	}
	buf_free(&whole);
	buf_free(&parts);
}

static void
test_a_field_past_the_bound_adds_nothing(void **state)
{
	(void)state;
	for (size_t most = 0; most < 12; most++) {
		struct buf out = BUF_INIT(most);

		assert_int_equal(text_field(&out, slice_str("ab c")), most < 7 ? -1 : 0);
		assert_slice_equal(buf_slice(&out), most < 7 ? "" : "ab\\040c");
		buf_free(&out);
	}
}

static void
test_what_is_no_field_is_refused_within_bounds(void **state)
{
	(void)state;
	for (int round = 0; round < 2000; round++) {
		char in[16];
		size_t len = random_below(sizeof(in) + 1);
		struct buf out = BUF_INIT(random_below(20));
		char *copy;

		for (size_t i = 0; i < len; i++)
			in[i] = "\\\\0193^M-Cx\303"[random_below(12)];
		copy = exact_bytes(in, len);
		(void)text_unfield(&out, (struct slice){ copy, len });
		assert_true(out.len <= out.max);
		free(copy);
		buf_free(&out);
	}
}

static void
test_controls_are_told(void **state)
{
	(void)state;
	assert_false(text_has_control(slice_str("")));
	assert_false(text_has_control(slice_str("pass word \303\251 ~")));
	assert_true(text_has_control(slice_str("a\r\n")));
	assert_true(text_has_control(slice_str("a\tb")));
	assert_true(text_has_control(slice_str("\177")));
	assert_true(text_has_control((struct slice){ "a\0b", 3 }));
}

/* ---- hiding ---- */

static void
test_a_secret_that_a_server_repeats_is_hidden(void **state)
{
	static const struct {
		const char *secret, *in, *out;
	} t[] = {
		{ "hunter2", "-ERR no command: PASS hunter2", "-ERR no command: PASS ********" },
		{ "hunter2", "hunter2hunter2", "****************" },
		{ "hunter2", "huntehunter2", "hunte********" },
		{ "hunter2", "hunter", "hunter" },
		{ "caf\303\251", "x caf\303\251", "x ********" },
		{ "abcd", "abcd", "********" },
		{ "abc", "abc", "abc" },
		{ "", "abc", "abc" },
		{ NULL, "hunter2", "hunter2" },
	};
	char out[TEXT_SAFE_MAX];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		text_hide(t[i].secret);
		assert_string_equal(text_safe(out, slice_str(t[i].in)), t[i].out);
		assert_string_equal(text_visible(out, slice_str("hunter2")), "hunter2");
	}
	text_hide(NULL);
}

static void
test_hidden_text_fits_and_is_never_cut(void **state)
{
	char in[300], *out = malloc(TEXT_SAFE_MAX);

	(void)state;
	assert_non_null(out);
	memset(in, 'x', sizeof(in));
	text_hide("xxxx");
	assert_true(strlen(text_safe(out, (struct slice){ in, sizeof(in) })) < TEXT_SAFE_MAX);
	text_hide("hunter2");
	for (size_t at = 0; at < 200; at++) {
		memset(in, 'x', sizeof(in));
		memcpy(in + at, "hunter2", 7);
		assert_null(strstr(text_safe(out, (struct slice){ in, sizeof(in) }), "hun"));
	}
	text_hide(NULL);
	free(out);
}

static void
test_utf8_is_told_from_other_bytes(void **state)
{
	static const char *const good[] = { "", "abc", "\xc3\xa9", "\xe2\x82\xac",
		"\xf0\x9f\x93\xac", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf" };
	static const char *const bad[] = { "\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf",
		"\xed\xa0\x80", "\xe2\x82", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xff", "caf\xe9" };

	(void)state;
	for (size_t i = 0; i < nitems(good); i++) {
		char *copy = exact_copy(good[i]);

		assert_true(text_is_utf8((struct slice){ copy, strlen(good[i]) }));
		free(copy);
	}
	for (size_t i = 0; i < nitems(bad); i++) {
		char *copy = exact_copy(bad[i]);

		assert_false(text_is_utf8((struct slice){ copy, strlen(bad[i]) }));
		assert_false(text_is_ascii((struct slice){ copy, strlen(bad[i]) }));
		free(copy);
	}
	assert_true(text_is_ascii(slice_str("abc\x7f")));
}

static void
test_text_of_any_length_is_made_visible(void **state)
{
	struct buf out = BUF_INIT(20 * KiB), tight = BUF_INIT(6);
	char *in = malloc(4 * KiB);

	(void)state;
	assert_non_null(in);
	memset(in, 0x1b, 4 * KiB);
	assert_int_equal(text_add_visible(&out, (struct slice){ in, 4 * KiB }), 0);
	assert_int_equal(out.len, 16 * KiB);
	assert_memory_equal(out.p + out.len - 8, "\\033\\033", 8);
	assert_int_equal(text_add_visible(&tight, (struct slice)BYTES("ab\x1b"
								      "c")),
	    0 - 1);
	assert_slice_equal(buf_slice(&tight), "ab\\033");
	free(in);
	buf_free(&out);
	buf_free(&tight);
}

static void
test_columns_are_counted(void **state)
{
	static const struct {
		const char *in;
		size_t most, fits, columns;
	} t[] = {
		{ "", 5, 0, 0 }, { "abc", 5, 3, 3 }, { "abc", 3, 3, 3 }, { "abc", 2, 2, 2 },
		{ "abc", 0, 0, 0 }, { "caf\xc3\xa9s", 4, 5, 4 },
		{ "\xe6\x97\xa5\xe6\x9c\xac", 4, 6, 4 }, /* two columns each */
		{ "\xe6\x97\xa5\xe6\x9c\xac", 3, 3, 2 },
		{ "e\xcc\x81x", 1, 3, 1 }, /* a combining accent takes none */
		{ "ab\xff"
		  "c",
		    9, 2, 2 }, /* what is no character ends it */
	};

	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		skip();
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].in);
		size_t columns, fits;

		fits = text_fit((struct slice){ copy, strlen(t[i].in) }, t[i].most, &columns);
		assert_row(fits == t[i].fits && columns == t[i].columns, "%s in %zu: %zu, %zu",
		    t[i].in, t[i].most, fits, columns);
		free(copy);
	}
	(void)setlocale(LC_CTYPE, "C");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_text_stays),
		cmocka_unit_test(test_control_characters_become_visible),
		cmocka_unit_test(test_UTF8_is_text_in_a_UTF8_locale_and_not_in_C),
		cmocka_unit_test(test_no_byte_that_is_no_character_turns_letters_into_controls),
		cmocka_unit_test(test_what_turns_the_order_about_or_hides_is_seen),
		cmocka_unit_test(test_long_text_ends_in_dots),
		cmocka_unit_test(test_a_cut_never_splits_a_character),
		cmocka_unit_test(test_bytes_that_only_go_on_are_told_as_well),
		cmocka_unit_test(test_any_bytes_become_clean_text_that_fits),
		cmocka_unit_test(test_plain_words_are_their_own_fields),
		cmocka_unit_test(test_each_byte_comes_back_from_its_field),
		cmocka_unit_test(test_random_bytes_come_back_from_their_field),
		cmocka_unit_test(test_a_field_is_the_same_in_every_locale),
		cmocka_unit_test(test_the_encoding_goes_byte_by_byte),
		cmocka_unit_test(test_a_field_past_the_bound_adds_nothing),
		cmocka_unit_test(test_what_is_no_field_is_refused_within_bounds),
		cmocka_unit_test(test_controls_are_told),
		cmocka_unit_test(test_a_secret_that_a_server_repeats_is_hidden),
		cmocka_unit_test(test_hidden_text_fits_and_is_never_cut),
		cmocka_unit_test(test_utf8_is_told_from_other_bytes),
		cmocka_unit_test(test_text_of_any_length_is_made_visible),
		cmocka_unit_test(test_columns_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
