/* Names for messages without a UID: the same mail has the same names in every run. */
#include "unit.h"

#include "engine/occurrence.h"
#include "util/text.h"

static void
check_key(struct occurrences *o, const char *text, const char *count)
{
	char digest[DIGEST_HEX], want[64];
	char *key = occurrence_key(o, digest_of(slice_str(text), digest));

	(void)snprintf(want, sizeof(want), "\\+%s\\+%s", digest, count);
	assert_string_equal(key, want);
	free(key);
}

static void
test_the_same_message_is_counted(void **state)
{
	struct occurrences o;

	(void)state;
	for (int run = 0; run < 2; run++) { /* a run begins at 1 again */
		occurrences_init(&o);
		check_key(&o, "a", "1");
		check_key(&o, "b", "1");
		check_key(&o, "a", "2");
		check_key(&o, "a", "3");
		check_key(&o, "", "1");
		check_key(&o, "b", "2");
		occurrences_free(&o);
	}
	occurrences_free(&o); /* again: nothing is left to free */
}

static void
test_the_names_do_not_depend_on_the_order(void **state)
{
	static const char *const orders[] = { "aabbc", "abcab", "cbbaa", "babac" };
	struct occurrences o;

	(void)state;
	for (size_t i = 0; i < nitems(orders); i++) {
		int counts[3] = { 0 };

		occurrences_init(&o);
		for (const char *p = orders[i]; *p != '\0'; p++) {
			const char text[2] = { *p, '\0' };
			char count[12];

			(void)snprintf(count, sizeof(count), "%d", ++counts[*p - 'a']);
			check_key(&o, text, count);
		}
		occurrences_free(&o);
	}
}

static void
test_many_messages_are_told_apart(void **state)
{
	struct occurrences o;
	char text[32];

	(void)state;
	occurrences_init(&o);
	for (int round = 1; round <= 3; round++)
		for (int i = 0; i < 3000; i++) {
			(void)snprintf(text, sizeof(text), "message %d", i);
			check_key(&o, text, round == 1 ? "1" : round == 2 ? "2" : "3");
		}
	assert_int_equal(o.n, 3000);
	occurrences_free(&o);
}

/* Whatever a server sends as a UID, encoded as the journal has it, is another word. */
static void
test_no_uid_can_pose_as_an_occurrence(void **state)
{
	struct buf uid = BUF_INIT(KiB), field = BUF_INIT(KiB);
	char digest[DIGEST_HEX], *key;
	struct occurrences o;

	(void)state;
	occurrences_init(&o);
	key = occurrence_key(&o, digest_of(slice_str("a"), digest));
	for (const char *p = key; *p != '\0'; p++) /* one word, as a journal wants it */
		assert_true(*p > ' ' && *p <= '~');
	(void)text_field(&field, slice_str(key)); /* the same characters */
	assert_false(slice_equal(buf_slice(&field), key));
	if (text_unfield(&uid, slice_str(key)) == 0) { /* or what they would decode to */
		field.len = 0;
		(void)text_field(&field, buf_slice(&uid));
		assert_false(slice_equal(buf_slice(&field), key));
	}
	free(key);
	buf_free(&uid);
	buf_free(&field);
	occurrences_free(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_message_is_counted),
		cmocka_unit_test(test_the_names_do_not_depend_on_the_order),
		cmocka_unit_test(test_many_messages_are_told_apart),
		cmocka_unit_test(test_no_uid_can_pose_as_an_occurrence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
