/* The lines of a CAPA response. */
#include "unit.h"

#include "pop3/caps.h"

static struct pop3_caps
parse(const char *line)
{
	struct pop3_caps caps = { .known = true };
	char *copy = exact_copy(line);

	pop3_caps_line(&caps, (struct slice){ copy, strlen(line) });
	free(copy);
	return caps;
}

static void
test_each_capability_sets_its_own_field(void **state)
{
	(void)state;
	assert_true(parse("TOP").top);
	assert_true(parse("UIDL").uidl);
	assert_true(parse("USER").user);
	assert_true(parse("SASL").sasl);
	assert_true(parse("SASL PLAIN LOGIN").sasl);
	assert_true(parse("PIPELINING").pipelining);
	assert_true(parse("STLS").stls);
	assert_true(parse("stls").stls);
	assert_true(parse("Top ").top);
}

static void
test_other_lines_set_nothing(void **state)
{
	static const char *const t[] = { "", " ", "TO", "TOPS", "X-TOP", "EXPIRE 60", "XTOP TOP",
		"IMPLEMENTATION UIDL", "RESP-CODES", "STLS\001" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct pop3_caps c = parse(t[i]);

		assert_row(
		    c.known && !c.top && !c.uidl && !c.user && !c.sasl && !c.pipelining && !c.stls,
		    "%s", t[i]);
	}
}

static void
test_lines_add_up(void **state)
{
	struct pop3_caps caps = { .known = true };

	(void)state;
	pop3_caps_line(&caps, slice_str("TOP"));
	pop3_caps_line(&caps, slice_str("UIDL"));
	pop3_caps_line(&caps, slice_str("EXPIRE NEVER"));
	assert_true(caps.known && caps.top && caps.uidl && !caps.stls);
}

static void
test_words_and_back(void **state)
{
	static const char *const t[] = { "", "PIPELINING", "TOP UIDL",
		"PIPELINING SASL STLS TOP UIDL USER" };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct pop3_caps caps = pop3_caps_parse(slice_str(t[i]));
		struct buf out = BUF_INIT(KiB);

		assert_true(caps.known);
		pop3_caps_format(&caps, &out);
		assert_slice_equal(buf_slice(&out), t[i]);
		buf_free(&out);
	}
	assert_true(pop3_caps_parse(slice_str("XYZZY TOP")).top);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_capability_sets_its_own_field),
		cmocka_unit_test(test_other_lines_set_nothing),
		cmocka_unit_test(test_lines_add_up),
		cmocka_unit_test(test_words_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
