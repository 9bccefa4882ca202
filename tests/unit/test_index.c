/* The hash index: every key that was added is found, and no other. */
#include "unit.h"

#include "util/index.h"

static struct slice
key_at(const void *owner, uint32_t at)
{
	const char(*keys)[16] = owner;

	return slice_str(keys[at]);
}

static void
test_thousands_of_keys_are_found_and_absent_ones_are_not(void **state)
{
	static char keys[50000][16];
	struct index ix;
	char absent[16];

	(void)state;
	index_init(&ix, key_at, keys);
	assert_int_equal(index_find(&ix, slice_str("key")), INDEX_NONE);
	for (uint32_t i = 0; i < nitems(keys); i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "key%u", i);
		assert_int_equal(index_find(&ix, slice_str(keys[i])), INDEX_NONE);
		assert_int_equal(index_add(&ix, i), i);
		assert_int_equal(index_find(&ix, slice_str(keys[i])), i);
	}
	for (uint32_t i = 0; i < nitems(keys); i++) {
		assert_int_equal(index_find(&ix, slice_str(keys[i])), i);
		(void)snprintf(absent, sizeof(absent), "kex%u", i);
		assert_int_equal(index_find(&ix, slice_str(absent)), INDEX_NONE);
	}
	assert_int_equal(index_find(&ix, slice_str("")), INDEX_NONE);
	index_free(&ix);
	assert_int_equal(index_find(&ix, slice_str("key1")), INDEX_NONE);
	assert_int_equal(index_add(&ix, 1), 1);
	assert_int_equal(index_find(&ix, slice_str("key1")), 1);
	index_free(&ix);
}

static void
test_the_first_entry_with_a_key_keeps_it(void **state)
{
	static char keys[5000][16];
	struct index ix;

	(void)state;
	index_init(&ix, key_at, keys);
	for (uint32_t i = 0; i < nitems(keys); i++) {
		(void)snprintf(keys[i], sizeof(keys[i]), "%u", i * 7919 % 1000);
		assert_int_equal(index_add(&ix, i), i % 1000);
	}
	for (uint32_t i = 0; i < nitems(keys); i++)
		assert_int_equal(index_find(&ix, slice_str(keys[i])), i % 1000);
	assert_int_equal(ix.used, 1000);
	index_free(&ix);
}

static void
test_keys_of_every_length_are_told_apart(void **state)
{
	static char keys[15][16];
	struct index ix;

	(void)state;
	index_init(&ix, key_at, keys);
	for (uint32_t i = 0; i < nitems(keys); i++) {
		memset(keys[i], 'a', i);
		index_add(&ix, i);
	}
	for (uint32_t i = 0; i < nitems(keys); i++) {
		char *copy = exact_copy(keys[i]);

		assert_int_equal(index_find(&ix, (struct slice){ copy, i }), i);
		free(copy);
	}
	index_free(&ix);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thousands_of_keys_are_found_and_absent_ones_are_not),
		cmocka_unit_test(test_the_first_entry_with_a_key_keeps_it),
		cmocka_unit_test(test_keys_of_every_length_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
