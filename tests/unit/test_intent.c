/* The record of a delivery begun: what is written is what is read. */
#include "unit.h"

#include "state/intent.h"

static struct intent *
parse(const char *line)
{
	char *copy = exact_copy(line);
	struct intent *in = intent_parse((struct slice){ copy, strlen(line) });

	free(copy);
	return in;
}

static void
add(struct intent *in, const char *key, uint64_t length, const char *digest)
{
	struct intent_item *item = intent_add(in, key);

	item->length = length;
	(void)strlcpy(item->digest, digest, sizeof(item->digest));
}

static void
check_same(const struct intent *a, const struct intent *b)
{
	assert_true(a->n == b->n && a->epoch == b->epoch && a->offset == b->offset);
	assert_string_equal(a->target, b->target);
	assert_int_equal(a->nitems, b->nitems);
	for (size_t i = 0; i < a->nitems; i++) {
		assert_string_equal(a->items[i].key, b->items[i].key);
		assert_true(a->items[i].length == b->items[i].length);
		assert_string_equal(a->items[i].digest, b->items[i].digest);
	}
}

static void
test_the_line_is_as_the_journal_documents_it(void **state)
{
	struct intent *in = intent_new("mbox:/home/alice/in box", 1700000000);
	struct buf line = BUF_INIT(KiB);

	(void)state;
	in->n = 7;
	in->offset = 4096;
	add(in, "uid1", 120, "0123456789abcdef0123456789abcdef");
	add(in, "uid2", 0, "fedcba9876543210fedcba9876543210");
	intent_format(&line, in);
	assert_slice_equal(buf_slice(&line), "intent 7 mbox:/home/alice/in\\040box 1700000000 4096 "
					     "uid1:120:0123456789abcdef0123456789abcdef "
					     "uid2:0:fedcba9876543210fedcba9876543210");
	buf_free(&line);
	intent_free(in);
}

static void
test_what_is_formatted_parses_back(void **state)
{
	static const char *const targets[] = { "mbox:/a", "mbox:/a b\\c\001\n\377",
		"maildir:/x:y" };
	static const char *const keys[] = { "a", "a:b", ":", "::", "a:1:b", "\\001a", "1" };

	(void)state;
	for (size_t t = 0; t < nitems(targets); t++)
		for (size_t n = 0; n <= nitems(keys); n++) {
			struct intent *in = intent_new(targets[t], (int64_t)n * 1000000000), *back;
			struct buf line = BUF_INIT(64 * KiB);
			struct slice fields;

			in->n = n + 1;
			in->offset = INT64_MAX - n;
			for (size_t i = 0; i < n; i++)
				add(in, keys[i], i * 1000, "0123456789abcdef0123456789abcdef");
			intent_format(&line, in);
			(void)buf_addch(&line, '\0');
			fields = slice_str(line.p);
			assert_true(slice_skip(&fields, "intent "));
			back = parse(fields.p);
			assert_non_null(back);
			check_same(in, back);
			intent_free(back);
			intent_free(in);
			buf_free(&line);
		}
}

static void
test_a_thousand_messages_fit(void **state)
{
	struct intent *in = intent_new("mbox:/a", 1), *back;
	struct buf line = BUF_INIT(MiB);
	struct slice fields;
	char key[32];

	(void)state;
	in->n = 1;
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(key, sizeof(key), "uid-%d", i);
		add(in, key, (uint64_t)i, "0123456789abcdef0123456789abcdef");
	}
	intent_format(&line, in);
	fields = buf_slice(&line);
	assert_true(slice_skip(&fields, "intent "));
	back = intent_parse(fields);
	assert_non_null(back);
	check_same(in, back);
	intent_free(back);
	intent_free(in);
	buf_free(&line);
}

static void
test_malformed_fields_are_refused(void **state)
{
	static const char *const t[] = { "", "1", "1 mbox:/a", "1 mbox:/a 5", "x mbox:/a 5 6",
		"-1 mbox:/a 5 6", "1 mbox:/a x 6", "1 mbox:/a 5 x", "1 mbox:/a 5 -6",
		"1 mbox:/a 99999999999999999999 6", "1 mbox:/a 5 6 key", "1 mbox:/a 5 6 key:1",
		"1 mbox:/a 5 6 :1:ab", "1 mbox:/a 5 6 key:x:ab", "1 mbox:/a 5 6 key::ab",
		"1 mbox:/a 5 6 key:-1:ab", "1 mbox:/a 5 6 k:1:ab key",
		"1 mbox:/a 5 6 k:1:0123456789abcdef0123456789abcdef0" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct intent *in = parse(t[i]);

		assert_row(in == NULL, "%s", t[i]);
	}
}

static void
test_every_beginning_of_a_line_is_parsed_within_bounds(void **state)
{
	static const char line[] = "12 mbox:/a\\040b 1700000000 4096 "
				   "a:b:1:0123456789abcdef0123456789abcdef c:2:00";

	(void)state;
	for (size_t len = 0; len < sizeof(line); len++) {
		char *copy = exact_bytes(line, len);

		intent_free(intent_parse((struct slice){ copy, len }));
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_line_is_as_the_journal_documents_it),
		cmocka_unit_test(test_what_is_formatted_parses_back),
		cmocka_unit_test(test_a_thousand_messages_fit),
		cmocka_unit_test(test_malformed_fields_are_refused),
		cmocka_unit_test(test_every_beginning_of_a_line_is_parsed_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
