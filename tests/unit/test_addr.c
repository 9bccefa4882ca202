/* The first address of a header value, whatever stands around it. */
#include "unit.h"

#include "mail/addr.h"

static void
check(const char *in, size_t len, const char *want)
{
	char *copy = exact_bytes(in, len), *out = malloc(ADDR_MAX);
	size_t n;

	assert_non_null(out);
	n = addr_first((struct slice){ copy, len }, out);
	check_bytes(out, n, want, strlen(want), in, __FILE__, __LINE__);
	assert_int_equal(out[n], '\0');
	free(out);
	free(copy);
}

static void
test_the_first_address_is_found(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" },
		{ " ", "" },
		{ "<>", "" },
		{ " <> ", "" },
		{ "(nobody)", "" },
		{ "a@b", "a@b" },
		{ " a@b \n", "a@b" },
		{ "<a@b>", "a@b" },
		{ "A B <a@b>", "a@b" },
		{ "A B\n <a@b>\n", "a@b" },
		{ "\"A, B\" <a@b>", "a@b" },
		{ "\"A <x@y>\" <a@b>", "a@b" },
		{ "\"A \\\" <x@y>\" <a@b>", "a@b" },
		{ "a @ b", "a@b" },
		/* quoted local parts stay as they are */
		{ "\"a b\"@c", "\"a b\"@c" },
		{ "<\"a,b\"@c>, d@e", "\"a,b\"@c" },
		{ "\"a\\\"b\"@c", "\"a\\\"b\"@c" },
		{ "\"a>b\"@c", "\"a>b\"@c" },
		/* comments */
		{ "a@b (me)", "a@b" },
		{ "(me) a@b", "a@b" },
		{ "a(x)@(y)b", "a@b" },
		{ "(one (two) \\) <x@y>) a@b", "a@b" },
		{ "(never ends a@b", "" },
		{ "a@b (never ends", "a@b" },
		/* several */
		{ "a@b, c@d", "a@b" },
		{ ", a@b", "a@b" },
		{ "A <a@b>, C <c@d>", "a@b" },
		/* groups */
		{ "friends: a@b, c@d;", "a@b" },
		{ "friends: A <a@b>;", "a@b" },
		{ "undisclosed-recipients:;", "" },
		{ "none:;, a@b", "a@b" },
		/* source routes: RFC 5321, appendix C */
		{ "<@x:a@b>", "a@b" },
		{ "<@x,@y:a@b>", "a@b" },
		{ "A <@x, @y : a@b>", "a@b" },
		/* the rest of what real mail has */
		{ "<a@b", "a@b" },
		{ "a@b>", "a@b>" },
		{ "<MAILER-DAEMON>", "MAILER-DAEMON" },
		{ "\"never ends", "\"never ends" },
		{ "\"a\\", "\"a\\" },
		{ "(a\\", "" },
		{ "\303\251@b", "\303\251@b" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		check(t[i].in, strlen(t[i].in), t[i].out);
}

static void
test_a_domain_may_be_an_address(void **state)
{
	(void)state;
	check("a@[192.0.2.1]", 13, "a@[192.0.2.1]");
	check("<a@[IPv6:2001:db8::1]>", 22, "a@[IPv6:2001:db8::1]");
}

static void
test_what_does_not_fit_is_none(void **state)
{
	char in[1000];

	(void)state;
	memset(in, 'a', sizeof(in));
	in[1] = '@';
	for (size_t len = ADDR_MAX - 3; len < ADDR_MAX; len++) {
		char *want = strndup(in, len);

		check(in, len, want);
		free(want);
	}
	check(in, ADDR_MAX, "");
	check(in, sizeof(in), "");
}

static void
test_a_long_name_does_not_matter(void **state)
{
	char in[2000];

	(void)state;
	memset(in, 'a', sizeof(in));
	memcpy(in + sizeof(in) - 6, " <a@b>", 6);
	check(in, sizeof(in), "a@b");
	in[sizeof(in) - 6] = ':';
	memcpy(in + sizeof(in) - 5, " a@b;", 5);
	check(in, sizeof(in), "a@b");
}

static void
test_random_bytes_stay_within_bounds(void **state)
{
	static const char alphabet[] = "a@<>(),:;\"\\ \n";

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char in[24], out[ADDR_MAX];
		size_t len = random_below(sizeof(in) + 1);
		char *copy;

		for (size_t i = 0; i < len; i++)
			in[i] = alphabet[random_below(sizeof(alphabet))];
		copy = exact_bytes(in, len);
		assert_true(addr_first((struct slice){ copy, len }, out) <= len);
		free(copy);
	}
}

static void
test_all_addresses_are_found(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "a@b", "a@b|" },
		{ "a@b, c@d", "a@b|c@d|" },
		{ "A <a@b>, \"C, D\" <c@d>,e@f", "a@b|c@d|e@f|" },
		{ "<@x,@y:a@b>, c@d", "a@b|c@d|" },
		{ "g: a@b, c@d; e@f", "a@b|c@d|e@f|" },
		{ "<>, a@b", "|a@b|" },
		{ "<a@b> junk, c@d", "a@b|c@d|" },
		{ "", "" },
	};
	char out[ADDR_MAX];

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].in), all[200] = "";
		struct slice rest = { copy, strlen(t[i].in) };

		while (addr_next(&rest, out)) {
			(void)strlcat(all, out, sizeof(all));
			(void)strlcat(all, "|", sizeof(all));
		}
		assert_string_equal(all, t[i].out);
		free(copy);
	}
}

static void
test_what_a_server_can_be_told(void **state)
{
	static const char *const good[] = { "a@b", "a", "\"a\"@b", "b\xc3\xb6x@b", "a@[1.2.3.4]" };
	static const char *const bad[] = { "", "@b", "a@", "a b@c", "<a@b>", "a@b\r\nDATA",
		"a\x7f@x", "b\xf6@b", "a>b", "@a@b", "a@@b" };

	(void)state;
	for (size_t i = 0; i < nitems(good); i++)
		assert_true(addr_is_sendable(good[i]));
	for (size_t i = 0; i < nitems(bad); i++)
		assert_false(addr_is_sendable(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_address_is_found),
		cmocka_unit_test(test_a_domain_may_be_an_address),
		cmocka_unit_test(test_what_does_not_fit_is_none),
		cmocka_unit_test(test_a_long_name_does_not_matter),
		cmocka_unit_test(test_all_addresses_are_found),
		cmocka_unit_test(test_what_a_server_can_be_told),
		cmocka_unit_test(test_random_bytes_stay_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
