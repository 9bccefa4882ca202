/* Rules: which message is taken, by size and header, and what is no rule. */
#include "unit.h"

#include <locale.h>

#include "config/lexer.h"
#include "filter/filter.h"

/* Adds a rule written as in the config file; the words are gone afterwards. */
static int
add(struct ruleset *rs, const char *line, size_t *bad, struct error *e)
{
	struct words w;
	unsigned column;
	int rc;

	assert_row(lex_line(slice_str(line), &w, &column, e) == 0, "%s", line);
	rc = ruleset_add(rs, (const char *const *)w.word, w.n, bad, e);
	words_free(&w);
	return rc;
}

/* A set of the rules in text, a line each. */
static struct ruleset *
rules(const char *text)
{
	struct ruleset *rs = ruleset_new();
	struct slice rest = slice_str(text);

	while (rest.len > 0) {
		struct slice line = slice_line(&rest);
		char *copy = strndup(line.p, line.len);
		struct error e = NO_ERROR;
		size_t bad;

		assert_non_null(copy);
		assert_row(add(rs, copy, &bad, &e) == 0, "%s: %s", copy, e.msg);
		free(copy);
	}
	return rs;
}

static enum filter_action
decide(const char *text, uint64_t size, const char *head)
{
	struct ruleset *rs = rules(text);
	char *copy = head != NULL ? exact_copy(head) : NULL;
	struct slice slice = { copy, head != NULL ? strlen(head) : 0 };
	enum filter_action action = ruleset_decide(rs, size, head != NULL ? &slice : NULL);

	free(copy);
	ruleset_free(rs);
	return action;
}

static void
test_without_rules_all_is_accepted(void **state)
{
	(void)state;
	assert_int_equal(decide("", 0, NULL), FILTER_ACCEPT);
	assert_int_equal(decide("", UINT64_MAX, NULL), FILTER_ACCEPT);
	ruleset_free(NULL);
}

static void
test_sizes_are_compared_without_equality(void **state)
{
	static const struct {
		const char *rules;
		uint64_t size;
		enum filter_action action;
	} t[] = {
		{ "skip size > 10K", 10239, FILTER_ACCEPT },
		{ "skip size > 10K", 10240, FILTER_ACCEPT },
		{ "skip size > 10K", 10241, FILTER_SKIP },
		{ "skip size < 10K", 10239, FILTER_SKIP },
		{ "skip size < 10K", 10240, FILTER_ACCEPT },
		{ "skip size < 10K", 10241, FILTER_ACCEPT },
		{ "skip not size > 10K", 10240, FILTER_SKIP },
		{ "skip not size > 10K", 10241, FILTER_ACCEPT },
		{ "skip not size < 10K", 10240, FILTER_SKIP },
		{ "skip not not size < 10K", 10240, FILTER_ACCEPT },
		{ "skip not not size < 10K", 10239, FILTER_SKIP },
		{ "delete size > 0", 0, FILTER_ACCEPT },
		{ "delete size > 0", 1, FILTER_DELETE },
		{ "delete size < 0", 0, FILTER_ACCEPT },
		{ "skip size > 9223372036854775807", UINT64_MAX, FILTER_SKIP },
		{ "skip size > 9223372036854775807", INT64_MAX, FILTER_ACCEPT },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		assert_row(decide(t[i].rules, t[i].size, NULL) == t[i].action, "%s, size %llu",
		    t[i].rules, (unsigned long long)t[i].size);
}

static void
test_all_conditions_of_a_rule_must_hold(void **state)
{
	static const char between[] = "skip size > 10 size < 20 not size > 15";
	static const char both[] = "delete size > 10 header ^X-Spam not header \"^To: alice\"";

	(void)state;
	assert_int_equal(decide(between, 10, NULL), FILTER_ACCEPT);
	assert_int_equal(decide(between, 11, NULL), FILTER_SKIP);
	assert_int_equal(decide(between, 15, NULL), FILTER_SKIP);
	assert_int_equal(decide(between, 16, NULL), FILTER_ACCEPT);
	assert_int_equal(decide(between, 20, NULL), FILTER_ACCEPT);
	assert_int_equal(decide(both, 11, "X-Spam: 1\nTo: bob\n"), FILTER_DELETE);
	assert_int_equal(decide(both, 10, "X-Spam: 1\nTo: bob\n"), FILTER_ACCEPT);
	assert_int_equal(decide(both, 11, "X-Ham: 1\nTo: bob\n"), FILTER_ACCEPT);
	assert_int_equal(decide(both, 11, "X-Spam: 1\nTo: alice\n"), FILTER_ACCEPT);
}

static void
test_the_first_rule_that_holds_decides(void **state)
{
	static const char text[] = "accept header \"^From: .*@friend\"\n"
				   "delete header ^X-Spam\n"
				   "skip size > 100\n"
				   "accept size > 50\n"
				   "delete size > 10\n";

	(void)state;
	assert_int_equal(decide(text, 200, "From: a@friend\nX-Spam: 1\n"), FILTER_ACCEPT);
	assert_int_equal(decide(text, 200, "X-Spam: 1\nFrom: a@other\n"), FILTER_DELETE);
	assert_int_equal(decide(text, 200, "From: a@other\n"), FILTER_SKIP);
	assert_int_equal(decide(text, 100, ""), FILTER_ACCEPT);
	assert_int_equal(decide(text, 50, ""), FILTER_DELETE);
	assert_int_equal(decide(text, 10, ""), FILTER_ACCEPT);
}

static void
test_a_header_is_asked_for_only_where_it_decides(void **state)
{
	static const struct {
		const char *rules;
		uint64_t size;
		enum filter_action action;
	} t[] = {
		{ "skip header x", 1, FILTER_NEEDS_HEADER },
		{ "skip not header x", 1, FILTER_NEEDS_HEADER },
		{ "skip size > 10 header x", 1, FILTER_ACCEPT },
		{ "skip header x size > 10", 1, FILTER_ACCEPT },
		{ "skip size > 10 header x", 11, FILTER_NEEDS_HEADER },
		{ "skip header x size > 10", 11, FILTER_NEEDS_HEADER },
		{ "delete size > 10\nskip header x", 11, FILTER_DELETE },
		{ "delete size > 10\nskip header x", 10, FILTER_NEEDS_HEADER },
		{ "skip header x\ndelete size > 10", 11, FILTER_NEEDS_HEADER },
		{ "skip header x size > 99\ndelete size > 10", 11, FILTER_DELETE },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		assert_row(decide(t[i].rules, t[i].size, NULL) == t[i].action, "%s, size %llu",
		    t[i].rules, (unsigned long long)t[i].size);
}

static void
test_regular_expressions_see_unfolded_lines_raw_and_decoded(void **state)
{
	static const struct {
		const char *regex, *head;
		bool yes;
	} t[] = {
		/* one line at a time, name and all */
		{ "^subject: hello$", "From: a@b\nSubject: Hello\n\nbody\n", true },
		{ "SUBJECT: HELLO", "Subject: hello", true },
		{ "^hello", "Subject: hello\n", false },
		{ "a.*b", "X: a\nY: b\n", false },
		{ "^X: a *$", "X: a\nY: b\n", true },
		{ "\n", "X: a\nY: b\n", false },
		{ "hello", "Subject: x\n\nhello\n", false },
		{ "hello", "", false },
		{ "", "X: a\n", true },
		{ "", "", false },
		{ "b@c", "From a@b Thu Jan  1 00:00:00 1970\nTo: b@c\n", true },
		/* extended */
		{ "^(from|to): +[a-z]{3}@", "To: bob@x\n", true },
		{ "^(from|to): +[a-z]{3}@", "To: bobo@x\n", false },
		{ "a+", "X: b+\n", false },
		{ "\\[urgent\\]", "Subject: [Urgent] x\n", true },
		/* folds */
		{ "^subject: one two$", "Subject: one\n two\n", true },
		{ "^subject: one\ttwo$", "Subject: one\n\ttwo\nX: y\n", true },
		{ "one two three", "Subject: one\n two\n three\n", true },
		{ "^two", "Subject: one\n two\n", false },
		/* encoded words, both ways */
		{ "=\\?utf-8\\?q\\?", "Subject: =?utf-8?Q?caf=65?=\n", true },
		{ "^subject: cafe$", "Subject: =?utf-8?Q?caf=65?=\n", true },
		{ "^subject: cafe$", "Subject: =?utf-8?B?Y2FmZQ==?=\n", true },
		{ "caf\303\251", "Subject: =?iso-8859-1?Q?caf=E9?=\n", true },
		{ "^subject: onetwo$", "Subject: =?utf-8?Q?one?=\n =?utf-8?Q?two?=\n", true },
		{ "Y2FmZQ", "Subject: =?utf-8?B?Y2FmZQ==?=\n", true },
		{ "bcc: x", "Subject: =?utf-8?Q?a=0ABcc:_x?=\n", true },
		{ "^bcc", "Subject: =?utf-8?Q?a=0ABcc:_x?=\n", false },
		{ "a.b", "Subject: =?utf-8?Q?a=00b?=\n", true },
		/* no UTF-8 */
		{ "caf.$", "Subject: caf\351\n", true },
		{ "^x-raw: \377+$", "X-Raw: \377\377\n", true },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		const char *const words[] = { "skip", "header", t[i].regex };
		struct ruleset *rs = ruleset_new();
		char *copy = exact_copy(t[i].head);
		struct slice head = { copy, strlen(t[i].head) };
		struct error e = NO_ERROR;
		size_t bad;

		assert_row(ruleset_add(rs, words, 3, &bad, &e) == 0, "%s: %s", t[i].regex, e.msg);
		assert_row((ruleset_decide(rs, 1, &head) == FILTER_SKIP) == t[i].yes,
		    "\"%s\" in \"%s\"", t[i].regex, t[i].head);
		ruleset_free(rs);
		free(copy);
	}
}

static void
test_what_stands_behind_a_NUL_is_seen(void **state)
{
	static const struct {
		struct slice head;
		const char *regex;
	} t[] = {
		{ BYTES("Subject: a\0viagra\n"), "viagra" }, { BYTES("\0Subject: x\n"), "subject" },
		{ BYTES("X: a\0\0b\0\n"), "a..b.$" }, { BYTES("X: \0\nY: b\n"), "^y" },
		{ BYTES("X: a\0 =?utf-8?Q?cafe?=\n"), "=\\?utf-8" }, /* raw too */
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		const char *const words[] = { "delete", "header", t[i].regex };
		struct ruleset *rs = ruleset_new();
		char *copy = exact_bytes(t[i].head.p, t[i].head.len);
		struct slice head = { copy, t[i].head.len };
		struct error e = NO_ERROR;
		size_t bad;

		assert_int_equal(ruleset_add(rs, words, 3, &bad, &e), 0);
		assert_row(ruleset_decide(rs, 1, &head) == FILTER_DELETE, "%s", t[i].regex);
		ruleset_free(rs);
		free(copy);
	}
}

static void
test_umlauts_in_upper_case_are_the_same_in_a_UTF8_locale(void **state)
{
	static const char rule[] = "skip header \"^subject: \303\244rger$\"";

	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return;
	assert_int_equal(decide(rule, 1, "Subject: \303\204RGER\n"), FILTER_SKIP);
	assert_int_equal(decide(rule, 1, "Subject: =?iso-8859-1?Q?=C4rger?=\n"), FILTER_SKIP);
	assert_int_equal(decide(rule, 1, "Subject: \304rger\n"), FILTER_ACCEPT);
	(void)setlocale(LC_CTYPE, "C");
}

/* In a long line an expression is looked for in another way, which finds the same. */
static void
test_long_lines_match_as_short_ones_do(void **state)
{
	static const struct {
		const char *regex, *front, *back;
		bool yes;
	} t[] = {
		{ "buy now", "Subject: ", "buy now", true },
		{ "buy now$", "Subject: ", "buy now", true },
		{ "buy now", "Subject: buy now ", "", true },
		{ "^subject:.*now$", "Subject: ", "buy now", true },
		{ "^buy", "Subject: ", "buy now", false },
		{ "sell|^subject", "Subject: ", "buy now", true },
		{ "sell|^from", "Subject: ", "buy now", false },
		{ "x-spam.*yes", "X-Spam: ", "", false },
		{ "(b)(u)(y)", "Subject: ", "buy now", true },
		{ "(b)uy.*\\1", "Subject: buy", "b", true },
		{ "(b)uy.*\\1", "Subject: buy", "", false },
		{ "\\(1\\)", "Subject: ", "(1)", true },
		{ "y.n", "Subject: \351", "buy now", true },
		{ "^subject:.*now", "Subject: \351", "\351\377 now", true },
		{ "caf\303\251", "Subject: ", "caf\303\251", true },
		{ "CAF\303\211", "Subject: \377", "caf\303\251", true },
		{ "", "Subject: ", "", true },
		{ "no)|buy", "Subject: ", "buy now", true },
		{ ":)|sell", "Subject: ", "buy now", false },
	};
	static const char filling[] = "a line with many words in it, and none of interest; ";

	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		return;
	for (size_t i = 0; i < nitems(t); i++)
		for (size_t times = 0; times < 2000; times = times * 3 + 1) {
			const char *const words[] = { "skip", "header", t[i].regex };
			struct ruleset *rs;
			struct buf head = BUF_INIT(MiB);
			struct error e = NO_ERROR;
			struct slice slice;
			size_t bad;

			if (times < 40 && strchr(t[i].front, '\351') != NULL)
				continue; /* there "." does not match what is no character */
			(void)buf_addstr(&head, t[i].front);
			for (size_t n = 0; n < times && head.len < 30 * KiB; n++)
				(void)buf_addstr(&head, filling);
			(void)buf_addstr(&head, t[i].back);
			slice = buf_slice(&head);
			rs = ruleset_new();
			assert_row(ruleset_add(rs, words, 3, &bad, &e) == 0, "%s", e.msg);
			assert_row((ruleset_decide(rs, 1, &slice) == FILTER_SKIP) == t[i].yes,
			    "%s, %zu", t[i].regex, times);
			buf_free(&head);
			ruleset_free(rs);
		}
	(void)setlocale(LC_CTYPE, "C");
}

static void
test_a_huge_header_is_looked_at_within_bounds(void **state)
{
	size_t len = 3 * MiB;
	char *head = malloc(len);

	(void)state;
	assert_non_null(head);
	memset(head, 'a', len);
	memcpy(head, "X-Big: ", 7);
	memcpy(head + len - 14, "\nSubject: end\n", 14);
	for (int folded = 0; folded < 2; folded++) {
		static const struct {
			const char *rule;
			enum filter_action action;
		} t[] = {
			{ "skip header \"^x-big: a\"", FILTER_SKIP },
			{ "skip header \"^subject: end$\"", FILTER_SKIP },
			{ "skip header nothing", FILTER_ACCEPT },
		};
		struct slice slice = { head, len };

		for (size_t i = 0; i < nitems(t); i++) {
			struct ruleset *rs = rules(t[i].rule);

			assert_row(ruleset_decide(rs, 1, &slice) == t[i].action, "%s", t[i].rule);
			ruleset_free(rs);
		}
		for (size_t i = 1000; i + 1000 < len; i += 70)
			memcpy(head + i, "\n ", 2);
	}
	free(head);
}

/* ---- what is no rule ---- */

static void
test_what_is_no_rule_is_blamed_at_its_word(void **state)
{
	static const struct {
		const char *line;
		size_t bad;
		const char *words;
	} t[] = {
		{ "", 0, "accept, skip or delete" },
		{ "drop size > 1", 0, "accept, skip or delete" },
		{ "Skip size > 1", 0, "accept, skip or delete" },
		{ "skip", 0, "a condition is" },
		{ "skip large", 1, "a condition is" },
		{ "skip not", 1, "a condition is" },
		{ "skip size", 1, "\">\" or \"<\"" },
		{ "skip size = 5", 2, "\">\" or \"<\"" },
		{ "skip size >= 5", 2, "\">\" or \"<\"" },
		{ "skip size >5", 2, "\">\" or \"<\"" },
		{ "skip size >", 2, "a size" },
		{ "skip size > big", 3, "a size" },
		{ "skip size > -1", 3, "a size" },
		{ "skip size > 1Kx", 3, "a size" },
		{ "skip size > 1K and", 4, "a condition is" },
		{ "skip size > 1K size", 4, "\">\" or \"<\"" },
		{ "skip size > 1K not", 4, "a condition is" },
		{ "skip header", 1, "a regular expression" },
		{ "skip header x header", 3, "a regular expression" },
		{ "skip header (", 2, "expression is wrong" },
		{ "skip size > 1 header \"[a\"", 5, "expression is wrong" },
		{ "skip not header \"a{2,1}\"", 3, "expression is wrong" },
		{ "skip header \"*\\\\\"", 2, "expression is wrong" },
	};
	struct ruleset *rs = ruleset_new();
	struct buf out = BUF_INIT(KiB);

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		size_t bad = 12345;

		assert_row(add(rs, t[i].line, &bad, &e) == -1, "%s", t[i].line);
		assert_int_equal(e.cls, ERR_CONFIG);
		assert_row(strstr(e.msg, t[i].words) != NULL, "%s: %s", t[i].line, e.msg);
		assert_row(bad == t[i].bad, "%s: %zu", t[i].line, bad);
	}
	assert_false(ruleset_format(rs, 0, &out)); /* none of it was added */
	assert_int_equal(ruleset_decide(rs, 5, NULL), FILTER_ACCEPT);
	ruleset_free(rs);
}

static void
test_a_message_that_grows_becomes_hopeless(void **state)
{
	static const struct {
		const char *rules;
		uint64_t size, next;
		bool hopeless;
	} t[] = {
		{ "", 0, UINT64_MAX, false },
		{ "skip size > 100", 50, 101, false },
		{ "skip size > 100", 100, 101, false },
		{ "skip size > 100", 101, UINT64_MAX, true },
		{ "delete size > 100", 101, UINT64_MAX, true },
		{ "accept size > 200\nskip size > 100", 50, 101, false },
		{ "accept size > 200\nskip size > 100", 150, 201, false },
		{ "skip size > 100\naccept size > 200", 150, 201, true },
		{ "skip not size < 100", 99, 100, false },
		{ "skip not size < 100", 100, UINT64_MAX, true },
		{ "skip size < 100", 50, 100, false },
		{ "skip size > 100 size < 200", 150, 200, false },
		{ "accept header ^Urgent:\nskip size > 100", 101, UINT64_MAX, false },
		{ "accept header ^Dull:\nskip size > 100", 101, UINT64_MAX, true },
		{ "skip size > 9223372036854775807", 5, UINT64_C(9223372036854775808), false },
		{ "skip size > 0", 0, 1, false },
	};
	static const char head[] = "Urgent: yes\n\n";

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(head);
		struct slice slice = { copy, strlen(head) };
		struct ruleset *rs = rules(t[i].rules);

		assert_row(ruleset_next_size(rs, t[i].size) == t[i].next, "%s", t[i].rules);
		assert_row(
		    ruleset_is_hopeless(rs, t[i].size, slice) == t[i].hopeless, "%s", t[i].rules);
		ruleset_free(rs);
		free(copy);
	}
}

static void
test_the_actions_of_all_rules_are_known(void **state)
{
	struct ruleset *rs = rules("skip size > 1\nskip size > 2\naccept size > 3\n");
	struct error e = NO_ERROR;
	size_t bad;

	(void)state;
	assert_true(ruleset_has(rs, FILTER_SKIP));
	assert_true(ruleset_has(rs, FILTER_ACCEPT));
	assert_false(ruleset_has(rs, FILTER_DELETE));
	assert_int_equal(add(rs, "delete size > 4", &bad, &e), 0);
	assert_true(ruleset_has(rs, FILTER_DELETE));
	ruleset_free(rs);
}

/* ---- rules as text, and their digest ---- */

static void
test_rules_are_written_as_they_are_read(void **state)
{
	static const char *const t[] = {
		"skip size > 20M",
		"accept not size < 1500",
		"delete header \"^X-Spam-Flag: *YES\"",
		"skip size > 1M not header \"^To:.*alice\" size < 1G",
		"skip header \"a\\\\.b \\\"c\\\" #d\"",
		"skip header \"\"",
	};
	struct ruleset *rs = ruleset_new();

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct buf out = BUF_INIT(KiB);
		struct error e = NO_ERROR;
		size_t bad;

		assert_int_equal(add(rs, t[i], &bad, &e), 0);
		assert_true(ruleset_format(rs, i, &out));
		assert_slice_equal(buf_slice(&out), t[i]);
		assert_false(ruleset_format(rs, i + 1, &out));
		buf_free(&out);
	}
	ruleset_free(rs);
}

static void
test_the_digest_changes_with_the_rules_alone(void **state)
{
	static const char *const t[] = {
		"",
		"skip size > 1",
		"skip size > 2",
		"skip size < 1",
		"delete size > 1",
		"skip not size > 1",
		"skip header 1",
		"skip header 2",
		"skip header A",
		"skip header a",
		"skip size > 1 header 1",
		"skip header 1 size > 1",
		"skip size > 1\nskip header 1",
		"skip header 1\nskip size > 1",
		"skip size > 1\nskip size > 1",
		"skip header \"1\\\" header \\\"2\"",
		"skip header 1 header 2",
	};
	char digest[nitems(t)][DIGEST_HEX], again[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct ruleset *rs = rules(t[i]);

		assert_ptr_equal(ruleset_digest(rs, digest[i]), digest[i]);
		assert_int_equal(strlen(digest[i]), DIGEST_HEX - 1);
		assert_string_equal(ruleset_digest(rs, again), digest[i]);
		ruleset_free(rs);
		for (size_t k = 0; k < i; k++)
			assert_row(strcmp(digest[k], digest[i]) != 0, "%s and %s", t[k], t[i]);
	}
}

static void
test_equal_rules_have_the_same_digest(void **state)
{
	static const char *const t[] = { "skip size > 1M", "skip size > 1m", "skip  size >\t1024K",
		"\"skip\" size > 1048576 # big", "skip not not size > 1M" };
	char first[DIGEST_HEX], digest[DIGEST_HEX];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct ruleset *rs = rules(t[i]);

		assert_string_equal(
		    ruleset_digest(rs, i == 0 ? first : digest), i == 0 ? first : digest);
		assert_string_equal(i == 0 ? first : digest, first);
		ruleset_free(rs);
	}
}

static void
test_the_last_of_very_many_rules_counts_in_the_digest(void **state)
{
	char *pattern = malloc(64 * KiB), first[DIGEST_HEX], digest[DIGEST_HEX];
	const char *const words[] = { "skip", "header", pattern };
	struct ruleset *rs = ruleset_new();
	struct error e = NO_ERROR;
	size_t bad;

	(void)state;
	assert_non_null(pattern);
	memset(pattern, 'a', 64 * KiB - 1);
	pattern[64 * KiB - 1] = '\0';
	for (size_t i = 1; i < 64 * KiB - 1; i += 2)
		pattern[i] = '"'; /* written, it takes twice the room */
	/* each expression compiled takes much more memory than its text: a few long ones */
	for (int i = 0; i < 12; i++)
		assert_int_equal(ruleset_add(rs, words, 3, &bad, &e), 0);
	(void)ruleset_digest(rs, first);
	assert_int_equal(add(rs, "skip size > 1", &bad, &e), 0);
	assert_string_not_equal(ruleset_digest(rs, digest), first);
	ruleset_free(rs);
	free(pattern);
}

static void
test_rules_that_can_never_decide_are_found(void **state)
{
	static const struct {
		const char *earlier, *rule;
		enum filter_life life;
	} t[] = {
		{ "skip size > 20M", "delete size > 10M", FILTER_ALIVE },
		{ "skip size > 10M", "delete size > 10M", FILTER_SHADOWED },
		{ "skip size > 10M", "delete size > 20M header x", FILTER_SHADOWED },
		{ "skip size > 10M", "delete not size < 10M", FILTER_ALIVE }, /* 10M itself */
		{ "skip not size < 10M", "delete size > 10M", FILTER_SHADOWED },
		{ "skip size < 10", "delete not size > 9", FILTER_SHADOWED },
		{ "skip header x", "delete header x size > 1", FILTER_SHADOWED },
		{ "skip header x", "delete header y size > 1", FILTER_ALIVE },
		{ "skip header x", "delete not header x", FILTER_ALIVE },
		{ "skip header x size > 5", "delete header x", FILTER_ALIVE },
		{ "skip not size < 0", "accept header x", FILTER_SHADOWED }, /* all messages */
		{ "skip header y", "skip size > 10 size < 12", FILTER_ALIVE },
		{ "skip header y", "skip size > 10 size < 11", FILTER_CONTRADICTS },
		{ "skip header y", "skip size < 0", FILTER_CONTRADICTS },
		{ "skip header y", "skip size < 0 size < 5", FILTER_CONTRADICTS },
		{ "skip header y", "skip header x not header x", FILTER_CONTRADICTS },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct ruleset *rs = ruleset_new();
		struct error e = NO_ERROR;
		size_t bad, by = 99;

		assert_int_equal(add(rs, t[i].earlier, &bad, &e), 0);
		assert_int_equal(add(rs, t[i].rule, &bad, &e), 0);
		assert_int_equal(ruleset_is_dead(rs, 0, &by), FILTER_ALIVE);
		assert_int_equal(ruleset_is_dead(rs, 1, &by), t[i].life);
		if (t[i].life == FILTER_SHADOWED)
			assert_int_equal(by, 0);
		ruleset_free(rs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_rules_all_is_accepted),
		cmocka_unit_test(test_sizes_are_compared_without_equality),
		cmocka_unit_test(test_all_conditions_of_a_rule_must_hold),
		cmocka_unit_test(test_the_first_rule_that_holds_decides),
		cmocka_unit_test(test_a_header_is_asked_for_only_where_it_decides),
		cmocka_unit_test(test_regular_expressions_see_unfolded_lines_raw_and_decoded),
		cmocka_unit_test(test_what_stands_behind_a_NUL_is_seen),
		cmocka_unit_test(test_umlauts_in_upper_case_are_the_same_in_a_UTF8_locale),
		cmocka_unit_test(test_long_lines_match_as_short_ones_do),
		cmocka_unit_test(test_a_huge_header_is_looked_at_within_bounds),
		cmocka_unit_test(test_what_is_no_rule_is_blamed_at_its_word),
		cmocka_unit_test(test_a_message_that_grows_becomes_hopeless),
		cmocka_unit_test(test_the_actions_of_all_rules_are_known),
		cmocka_unit_test(test_rules_are_written_as_they_are_read),
		cmocka_unit_test(test_the_digest_changes_with_the_rules_alone),
		cmocka_unit_test(test_equal_rules_have_the_same_digest),
		cmocka_unit_test(test_rules_that_can_never_decide_are_found),
		cmocka_unit_test(test_the_last_of_very_many_rules_counts_in_the_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
