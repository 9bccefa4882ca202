/* The digest of a message in an mbox: the same however it is cut up, and its head known early. */
#include "unit.h"

#include "deliver/mboxdigest.h"

#define HEAD "From a@example Tue Nov 14 22:13:20 2023\nSubject: x\n\n"

/* Adds text in pieces of n bytes; the digest. */
static const char *
digest_in_pieces(const char *text, size_t n, char out[static DIGEST_HEX])
{
	struct slice rest = slice_str(text);
	struct mboxdigest d;

	mboxdigest_init(&d);
	while (rest.len > 0) {
		struct slice piece = { rest.p, MIN(rest.len, n) };

		mboxdigest_add(&d, piece);
		rest.p += piece.len;
		rest.len -= piece.len;
	}
	(void)mboxdigest_end(&d, out);
	mboxdigest_free(&d);
	return out;
}

static void
test_pieces_do_not_matter(void **state)
{
	static const char *const texts[] = { "", "\n", "\n\n", "a\n\n", "a\nb\n", "a\n\n\nb\n",
		HEAD, HEAD "body\n\nmore\n" };
	char whole[DIGEST_HEX], cut[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < nitems(texts); i++) {
		(void)digest_in_pieces(texts[i], SIZE_MAX, whole);
		assert_int_equal(strlen(whole), DIGEST_HEX - 1);
		for (size_t n = 1; n < 60; n++)
			assert_string_equal(digest_in_pieces(texts[i], n, cut), whole);
	}
}

static void
test_every_byte_counts(void **state)
{
	char text[] = HEAD "body\n", was[DIGEST_HEX], is[DIGEST_HEX];

	(void)state;
	(void)digest_in_pieces(text, SIZE_MAX, was);
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		text[i] ^= 1;
		(void)digest_in_pieces(text, SIZE_MAX, is);
		text[i] ^= 1;
		assert_string_not_equal(is + MBOXDIGEST_HEAD, was + MBOXDIGEST_HEAD);
		assert_row((memcmp(is, was, MBOXDIGEST_HEAD) == 0) == (i >= sizeof(HEAD) - 1),
		    "byte %zu", i);
	}
}

static void
test_the_head_is_known_at_its_end(void **state)
{
	char whole[DIGEST_HEX];
	struct mboxdigest d;

	(void)state;
	(void)digest_in_pieces(HEAD "body\n", SIZE_MAX, whole);
	mboxdigest_init(&d);
	for (size_t i = 0; i + 1 < sizeof(HEAD); i++) {
		assert_false(mboxdigest_has_head(&d));
		mboxdigest_add(&d, (struct slice){ HEAD + i, 1 });
	}
	assert_true(mboxdigest_has_head(&d));
	assert_memory_equal(d.head, whole, MBOXDIGEST_HEAD);
	mboxdigest_add(&d, slice_str("body\n"));
	assert_memory_equal(d.head, whole, MBOXDIGEST_HEAD);
	mboxdigest_free(&d);
}

static void
test_one_follows_the_other(void **state)
{
	static const char *const texts[] = { "a\n\nb\n", "a\n", "\nb\n", "" };
	char want[DIGEST_HEX], got[DIGEST_HEX];
	struct mboxdigest d;

	(void)state;
	mboxdigest_init(&d);
	for (size_t i = 0; i < nitems(texts); i++) {
		mboxdigest_add(&d, slice_str(texts[i]));
		assert_string_equal(
		    mboxdigest_end(&d, got), digest_in_pieces(texts[i], SIZE_MAX, want));
	}
	mboxdigest_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_do_not_matter),
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_the_head_is_known_at_its_end),
		cmocka_unit_test(test_one_follows_the_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
