/* The lines of a CAPA response. */
#include "unit.h"

#include "pop3/caps.h"
#include "sasl/sasl.h"

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

static uint32_t
set_of(const char *a, const char *b)
{
	return sasl_bit(sasl_find(slice_str(a))) | sasl_bit(sasl_find(slice_str(b)));
}

static void
test_mechanisms_are_noted(void **state)
{
	(void)state;
	assert_int_equal(parse("SASL").mechs, 0);
	assert_int_equal(parse("SASL plain GSSAPI  XOAUTH2 ").mechs, set_of("PLAIN", "XOAUTH2"));
	assert_int_equal(parse("sasl SCRAM-SHA-256-PLUS").mechs, set_of("SCRAM-SHA-256-PLUS", ""));
	assert_int_equal(parse("USER PLAIN").mechs, 0);
	assert_int_equal(parse("SASL=PLAIN").mechs, 0); /* that is how the journal has it */
}

static void
test_logins_known_from_before_are_kept(void **state)
{
	struct pop3_caps before = { .known = true, .user = true, .sasl = true, .top = true };
	struct pop3_caps now = { .known = true };

	(void)state;
	before.mechs = set_of("PLAIN", "LOGIN");
	pop3_caps_keep_logins(&now, &before);
	assert_true(now.user && now.sasl && !now.top && now.mechs == before.mechs);
	now = (struct pop3_caps){ .known = true, .sasl = true, .mechs = set_of("EXTERNAL", "") };
	pop3_caps_keep_logins(&now, &before);
	assert_int_equal(now.mechs, set_of("EXTERNAL", "")); /* it tells of them, so it knows */
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
		"PIPELINING SASL STLS TOP UIDL USER", "SASL=PLAIN",
		"SASL=CRAM-MD5,EXTERNAL,LOGIN,OAUTHBEARER,PLAIN,SCRAM-SHA-1,SCRAM-SHA-1-PLUS,"
		"SCRAM-SHA-256,SCRAM-SHA-256-PLUS,XOAUTH2 UIDL" };

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
	assert_true(pop3_caps_parse(slice_str("SASL=,,XYZZY,PLAIN, TOP=x")).top);
	assert_int_equal(
	    pop3_caps_parse(slice_str("SASL=,,XYZZY,PLAIN, =PLAIN")).mechs, set_of("PLAIN", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_capability_sets_its_own_field),
		cmocka_unit_test(test_other_lines_set_nothing),
		cmocka_unit_test(test_mechanisms_are_noted),
		cmocka_unit_test(test_logins_known_from_before_are_kept),
		cmocka_unit_test(test_lines_add_up),
		cmocka_unit_test(test_words_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
