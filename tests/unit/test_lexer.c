/* One line of a config file as words. */
#include "unit.h"

#include "config/lexer.h"

#define WORDS 6

static const struct {
	struct slice in;
	size_t n;
	const char *word[WORDS];
	unsigned column[WORDS + 1]; /* with that of the end */
} lines[] = {
	{ BYTES(""), 0, { NULL }, { 0 } },
	{ BYTES(" \t "), 0, { NULL }, { 0 } },
	{ BYTES("# comment \"without an end"), 0, { NULL }, { 0 } },
	{ BYTES("  #"), 0, { NULL }, { 0 } },
	{ BYTES("a"), 1, { "a" }, { 1, 2 } },
	{ BYTES("\thost  pop.example.org "), 2, { "host", "pop.example.org" }, { 2, 8, 24 } },
	{ BYTES("a b # c d"), 2, { "a", "b" }, { 1, 3, 5 } },
	{ BYTES("a b#c"), 2, { "a", "b#c" }, { 1, 3, 6 } },
	{ BYTES("a#"), 1, { "a#" }, { 1, 3 } },
	{ BYTES("p \"two words\""), 2, { "p", "two words" }, { 1, 3, 14 } },
	{ BYTES("p \"#1\" x"), 3, { "p", "#1", "x" }, { 1, 3, 8, 9 } },
	{ BYTES("p \"\""), 2, { "p", "" }, { 1, 3, 5 } },
	{ BYTES("\"\" \"\""), 2, { "", "" }, { 1, 4, 6 } },
	{ BYTES("\"a\\\"b\""), 1, { "a\"b" }, { 1, 7 } },
	{ BYTES("\"a\\\\\""), 1, { "a\\" }, { 1, 6 } },
	{ BYTES("\"\\\\\\\"\""), 1, { "\\\"" }, { 1, 7 } },
	{ BYTES("\"^a\\.b\\$ \\n\""), 1, { "^a\\.b\\$ \\n" }, { 1, 13 } },
	{ BYTES("a\\ b"), 2, { "a\\", "b" }, { 1, 4, 5 } },
	{ BYTES("a\\\\b"), 1, { "a\\\\b" }, { 1, 5 } },
	{ BYTES("a\"b\"c"), 1, { "a\"b\"c" }, { 1, 6 } },
	{ BYTES("a\"b c\""), 2, { "a\"b", "c\"" }, { 1, 5, 7 } },
	{ BYTES("\"a\"#c"), 1, { "a" }, { 1, 4 } },
	{ BYTES("'a b'"), 2, { "'a", "b'" }, { 1, 4, 6 } },
	{ BYTES("a\rb\v\033[2J"), 1, { "a\rb\v\033[2J" }, { 1, 9 } },
	{ BYTES("caf\303\251 x"), 2, { "caf\303\251", "x" }, { 1, 7, 8 } },
	{ BYTES("\377\200 x"), 2, { "\377\200", "x" }, { 1, 4, 5 } },
	{ BYTES("a b c d e f"), 6, { "a", "b", "c", "d", "e", "f" }, { 1, 3, 5, 7, 9, 11, 12 } },
};

static void
test_lines_become_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(lines); i++) {
		char *copy = exact_bytes(lines[i].in.p, lines[i].in.len);
		struct error e = NO_ERROR;
		struct words w;
		unsigned column;

		assert_row(lex_line((struct slice){ copy, lines[i].in.len }, &w, &column, &e) == 0,
		    "%s: %s", lines[i].in.p, e.msg);
		assert_row(w.n == lines[i].n, "%s", lines[i].in.p);
		for (size_t k = 0; k < w.n; k++) {
			assert_string_equal(w.word[k], lines[i].word[k]);
			assert_row(w.column[k] == lines[i].column[k], "%s: %zu", lines[i].in.p, k);
		}
		assert_row(w.n == 0 || w.column[w.n] == lines[i].column[w.n], "%s", lines[i].in.p);
		words_free(&w);
		assert_int_equal(w.n, 0);
		words_free(&w);
		free(copy);
	}
}

static void
test_what_is_wrong_is_blamed_at_its_column(void **state)
{
	static const struct {
		struct slice in;
		unsigned column;
		const char *words;
	} t[] = {
		{ BYTES("a \"b"), 3, "does not end" },
		{ BYTES("\""), 1, "does not end" },
		{ BYTES("a b  \"c\\\""), 6, "does not end" },
		{ BYTES("\"a\\\\\\\""), 1, "does not end" },
		{ BYTES("\"a\" \"b # c"), 5, "does not end" },
		{ BYTES("\"a\"b"), 1, "blank is missing" },
		{ BYTES("x \"a\"\"b\""), 3, "blank is missing" },
		{ BYTES("x \"a\"\\"), 3, "blank is missing" },
		{ BYTES("a\0b"), 1, "NUL" },
		{ BYTES("\0"), 1, "NUL" },
		{ BYTES("# a\0"), 1, "NUL" },
		{ BYTES("h\0o\0s\0t\0"), 1, "NUL" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_bytes(t[i].in.p, t[i].in.len);
		struct error e = NO_ERROR;
		struct words w;
		unsigned column = 12345;

		assert_row(lex_line((struct slice){ copy, t[i].in.len }, &w, &column, &e) == -1,
		    "%s", t[i].in.p);
		assert_int_equal(e.cls, ERR_CONFIG);
		assert_row(strstr(e.msg, t[i].words) != NULL, "%s: %s", t[i].in.p, e.msg);
		assert_row(column == t[i].column, "%s: %u", t[i].in.p, column);
		assert_true(w.n == 0 && w.word == NULL && w.column == NULL);
		free(copy);
	}
}

static void
test_huge_lines_are_only_long(void **state)
{
	size_t len = 2 * MiB;
	char *line = malloc(len);
	struct error e = NO_ERROR;
	struct words w;
	unsigned column;

	(void)state;
	assert_non_null(line);
	memset(line, 'a', len);
	assert_int_equal(lex_line((struct slice){ line, len }, &w, &column, &e), 0);
	assert_true(w.n == 1 && strlen(w.word[0]) == len);
	words_free(&w);
	for (size_t i = 1; i < len; i += 32)
		line[i] = ' ';
	assert_int_equal(lex_line((struct slice){ line, len }, &w, &column, &e), 0);
	assert_int_equal(w.n, len / 32 + 1);
	assert_int_equal(w.column[w.n], len + 1);
	words_free(&w);
	free(line);
}

static void
test_random_lines_are_words_or_an_error(void **state)
{
	(void)state;
	for (int round = 0; round < 5000; round++) {
		char in[24];
		size_t len = random_below(sizeof(in) + 1);
		struct error e = NO_ERROR;
		unsigned column, last = 0;
		struct words w;
		char *copy;

		for (size_t i = 0; i < len; i++)
			in[i] = "ab \t\"\\#\0\r\377"[random_below(14) % 10];
		copy = exact_bytes(in, len);
		if (lex_line((struct slice){ copy, len }, &w, &column, &e) == -1) {
			assert_true(column >= 1 && column <= len && w.n == 0);
		} else {
			for (size_t i = 0; i < w.n; i++, last = w.column[i - 1])
				assert_true(w.column[i] > last && w.column[i] <= len);
			assert_true(w.n == 0 || (w.column[w.n] > last && w.column[w.n] <= len + 1));
		}
		words_free(&w);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_become_words),
		cmocka_unit_test(test_what_is_wrong_is_blamed_at_its_column),
		cmocka_unit_test(test_huge_lines_are_only_long),
		cmocka_unit_test(test_random_lines_are_words_or_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
