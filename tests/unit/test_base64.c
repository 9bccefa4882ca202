/* base64 of one line, and nothing that only resembles it. */
#include "unit.h"

#include "sasl/base64.h"

static void
test_the_vectors_of_RFC_4648(void **state)
{
	static const char *const t[][2] = { { "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" },
		{ "foo", "Zm9v" }, { "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" } };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf text = BUF_INIT(64), back = BUF_INIT(64);
		char *copy = exact_copy(t[i][0]), *coded = exact_copy(t[i][1]);

		assert_int_equal(base64_encode(&text, (struct slice){ copy, strlen(t[i][0]) }), 0);
		assert_slice_equal(buf_slice(&text), t[i][1]);
		assert_true(base64_decode(&back, (struct slice){ coded, strlen(t[i][1]) }));
		assert_slice_equal(buf_slice(&back), t[i][0]);
		buf_free(&text);
		buf_free(&back);
		free(copy);
		free(coded);
	}
}

static void
test_what_is_no_base64(void **state)
{
	static const char *const t[] = { "Z", "Zg", "Zg=", "Zg===", "Z===", "====", "=",
		"Zg==Zg==", " Zg==", "Zg== ", "Zg=\n", "Zm9v\n", "Z-_v", "Zm9v!", "Zm\0019", "Zg=a",
		"\200m9v" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf out = BUF_INIT(64);
		char *copy = exact_copy(t[i]);

		assert_row(
		    !base64_decode(&out, (struct slice){ copy, strlen(t[i]) }), "\"%s\"", t[i]);
		buf_free(&out);
		free(copy);
	}
}

static void
test_the_bound_holds(void **state)
{
	struct buf out = BUF_INIT(5);

	(void)state;
	assert_int_equal(base64_encode(&out, slice_str("abcd")), -1);
	assert_int_equal(base64_encode(&out, slice_str("abc")), 0);
	assert_false(base64_decode(&out, slice_str("Zm9v")));
	buf_free(&out);
}

static void
test_there_and_back(void **state)
{
	char bytes[100];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)random_below(256);
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct buf text = BUF_INIT(200), back = BUF_INIT(200);

		assert_int_equal(base64_encode(&text, (struct slice){ bytes, len }), 0);
		assert_int_equal(text.len, BASE64_LEN(len));
		assert_true(base64_decode(&back, buf_slice(&text)));
		assert_bytes_equal(back, ((struct slice){ bytes, len }), "there and back");
		buf_free(&text);
		buf_free(&back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_vectors_of_RFC_4648),
		cmocka_unit_test(test_what_is_no_base64),
		cmocka_unit_test(test_the_bound_holds),
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
