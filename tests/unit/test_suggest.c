/* "Did you mean ...?": how far words are apart, and when a name is near enough. */
#include "unit.h"

#include "config/options.h"
#include "config/suggest.h"

static void
test_the_distance_counts_edits(void **state)
{
	static const struct {
		const char *a, *b;
		size_t d;
	} t[] = {
		{ "", "", 0 },
		{ "", "abc", 3 },
		{ "port", "port", 0 },
		{ "port", "ports", 1 },
		{ "port", "pot", 1 },
		{ "port", "pork", 1 },
		{ "port", "prot", 1 },
		{ "port", "opr", 2 },
		{ "port", "PORT", 4 },
		{ "kitten", "sitting", 3 },
		{ "ca", "abc", 3 }, /* no edit inside of a swap */
		{ "ab", "ba", 1 },
		{ "abcd", "badc", 2 },
		{ "abcdef", "uvwxyz", 6 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		assert_row(edit_distance(t[i].a, t[i].b) == t[i].d, "%s %s", t[i].a, t[i].b);
		assert_row(edit_distance(t[i].b, t[i].a) == t[i].d, "%s %s", t[i].b, t[i].a);
	}
}

static void
test_only_words_of_31_letters_are_compared(void **state)
{
	char *word = exact_bytes("abcdefghijklmnopqrstuvwxyz01234", 32);
	char *more = exact_bytes("abcdefghijklmnopqrstuvwxyz012345", 33);
	char *huge = malloc(100000);

	(void)state;
	assert_non_null(huge);
	memset(huge, 'a', 99999);
	huge[99999] = '\0';
	assert_int_equal(edit_distance(word, word), 0);
	assert_int_equal(edit_distance(word, ""), 31);
	assert_true(edit_distance(word, more) == SIZE_MAX);
	assert_true(edit_distance(more, word) == SIZE_MAX);
	assert_true(edit_distance(huge, "host") == SIZE_MAX);
	assert_null(option_suggest(options, huge));
	free(word);
	free(more);
	free(huge);
}

/* The definition, without the table: slow, for short words. */
static size_t
slow_distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t best, d;

	if (la == 0 || lb == 0)
		return la + lb;
	best = slow_distance(a, la - 1, b, lb - 1) + (a[la - 1] != b[lb - 1]);
	d = slow_distance(a, la - 1, b, lb) + 1;
	best = MIN(best, d);
	d = slow_distance(a, la, b, lb - 1) + 1;
	best = MIN(best, d);
	if (la > 1 && lb > 1 && a[la - 1] == b[lb - 2] && a[la - 2] == b[lb - 1]) {
		d = slow_distance(a, la - 2, b, lb - 2) + 1;
		best = MIN(best, d);
	}
	return best;
}

static void
random_word(char out[static 6])
{
	size_t len = random_below(6);

	for (size_t i = 0; i < len; i++)
		out[i] = "abc"[random_below(3)];
	out[len] = '\0';
}

static void
test_the_distance_is_that_of_its_definition(void **state)
{
	char a[6], b[6];

	(void)state;
	for (int round = 0; round < 500; round++) {
		random_word(a);
		random_word(b);
		assert_row(edit_distance(a, b) == slow_distance(a, strlen(a), b, strlen(b)),
		    "%s %s", a, b);
	}
}

static const char *
name_at(size_t i)
{
	static const char *const names[] = { "ab", "abcd", "abcdef", "abcdeg", NULL };

	return names[i];
}

static const char *
no_name_at(size_t i)
{
	(void)i;
	return NULL;
}

static void
test_what_is_near_enough_is_suggested(void **state)
{
	static const struct {
		const char *word, *hint;
	} t[] = {
		{ "", NULL },
		{ "a", NULL },
		{ "ac", "ab" },
		{ "xy", NULL },
		{ "abd", "ab" }, /* the first of equals */
		{ "xbcd", "abcd" },
		{ "xycd", "abcd" }, /* two edits, half of the word */
		{ "xyzd", NULL },
		{ "abcdeg", "abcdeg" },
		{ "abcdeh", "abcdef" },
		{ "abcdxyg", "abcdeg" },
		{ "abxyzg", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		const char *hint = suggest(t[i].word, name_at);

		assert_row((hint == NULL) == (t[i].hint == NULL), "\"%s\"", t[i].word);
		if (hint != NULL)
			assert_string_equal(hint, t[i].hint);
		assert_null(suggest(t[i].word, no_name_at));
	}
}

static void
test_keywords_and_sections_are_suggested(void **state)
{
	static const struct {
		const char *word, *hint;
	} t[] = {
		{ "prot", "port" },
		{ "hsot", "host" },
		{ "usr", "user" },
		{ "passwd", "password" },
		{ "pasword-comand", "password-command" },
		{ "fingerprint", NULL },
		{ "tls_ca", "tls-ca" },
		{ "acount", "account" },
		{ "default", "defaults" },
		{ "includes", "include" },
		{ "xyzzy", NULL },
		{ "%s%n", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		const char *hint = option_suggest(options, t[i].word);

		assert_row((hint == NULL) == (t[i].hint == NULL), "%s", t[i].word);
		if (hint != NULL)
			assert_string_equal(hint, t[i].hint);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_distance_counts_edits),
		cmocka_unit_test(test_only_words_of_31_letters_are_compared),
		cmocka_unit_test(test_the_distance_is_that_of_its_definition),
		cmocka_unit_test(test_what_is_near_enough_is_suggested),
		cmocka_unit_test(test_keywords_and_sections_are_suggested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
