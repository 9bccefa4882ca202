/* SHA-256, cut to 32 digits. */
#include "unit.h"

#include "util/digest.h"

/* FIPS 180-4's examples, and the empty text. */
static const struct {
	const char *in, *hex;
} vectors[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb924" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039" },
};

static void
test_known_texts_have_their_digests(void **state)
{
	char *out = malloc(DIGEST_HEX);

	(void)state;
	assert_non_null(out);
	for (size_t i = 0; i < nitems(vectors); i++)
		assert_string_equal(digest_of(slice_str(vectors[i].in), out), vectors[i].hex);
	free(out);
}

static void
test_a_million_letters_have_their_digest(void **state)
{
	char *text = malloc(1000000), out[DIGEST_HEX];

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 1000000);
	assert_string_equal(
	    digest_of((struct slice){ text, 1000000 }, out), "cdc76e5c9914fb9281a1c7e284d73e67");
	free(text);
}

static void
test_a_NUL_counts(void **state)
{
	char out[DIGEST_HEX], other[DIGEST_HEX];

	(void)state;
	assert_string_not_equal(digest_of((struct slice){ "a\0b", 3 }, out),
	    digest_of((struct slice){ "a\0c", 3 }, other));
	assert_string_not_equal(out, digest_of((struct slice){ "a", 1 }, other));
}

static void
test_pieces_give_the_digest_of_the_whole(void **state)
{
	struct digest *d = digest_new();
	char out[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < nitems(vectors); i++)
		for (size_t step = 1; step < 9; step++) {
			struct slice rest = slice_str(vectors[i].in);

			while (rest.len > 0) {
				size_t len = MIN(step, rest.len);

				digest_add(d, (struct slice){ rest.p, len });
				rest.p += len;
				rest.len -= len;
			}
			assert_string_equal(digest_end(d, out), vectors[i].hex);
		}
	digest_free(d);
	digest_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_texts_have_their_digests),
		cmocka_unit_test(test_a_million_letters_have_their_digest),
		cmocka_unit_test(test_a_NUL_counts),
		cmocka_unit_test(test_pieces_give_the_digest_of_the_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
