/* A POP3 mailbox as a URL. */
#include "unit.h"

#include "config/url.h"

static void
test_good_ones(void **state)
{
	static const struct {
		const char *text, *tls, *user, *auth, *host;
		uint16_t port;
	} t[] = {
		{ "pops://pop.example.org", "pop3s", NULL, NULL, "pop.example.org", 0 },
		{ "pop://pop.example.org", "off", NULL, NULL, "pop.example.org", 0 },
		{ "pop+stls://pop.example.org", "stls", NULL, NULL, "pop.example.org", 0 },
		{ "POPS://Pop.Example.org/", "pop3s", NULL, NULL, "Pop.Example.org", 0 },
		{ "pops://alice@h", "pop3s", "alice", NULL, "h", 0 },
		{ "pops://alice@isp.example@h", "pop3s", "alice@isp.example", NULL, "h", 0 },
		{ "pops://alice%40isp.example@h", "pop3s", "alice@isp.example", NULL, "h", 0 },
		{ "pops://a%3ab%2F%25@h", "pop3s", "a:b/%", NULL, "h", 0 },
		{ "pops://a%ff@h", "pop3s", "a\xff", NULL, "h", 0 },
		{ "pops://alice;AUTH=*@h", "pop3s", "alice", "auto", "h", 0 },
		{ "pops://alice;auth=+APOP@h", "pop3s", "alice", "apop", "h", 0 },
		{ "pops://alice;AUTH=SCRAM-SHA-256@h", "pop3s", "alice", "scram-sha-256", "h", 0 },
		{ "pops://h:1", "pop3s", NULL, NULL, "h", 1 },
		{ "pops://h:65535/", "pop3s", NULL, NULL, "h", 65535 },
		{ "pops://h:", "pop3s", NULL, NULL, "h", 0 },
		{ "pops://[::1]", "pop3s", NULL, NULL, "[::1]", 0 },
		{ "pops://u@[2001:db8::1]:995", "pop3s", "u", NULL, "[2001:db8::1]", 995 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		struct url u;

		assert_true(url_is(t[i].text));
		assert_row(url_parse(t[i].text, &u, &e) == 0, "%s: %s", t[i].text, e.msg);
		assert_string_equal(u.tls, t[i].tls);
		assert_string_equal(u.host, t[i].host);
		assert_string_equal(u.user != NULL ? u.user : "", t[i].user ? t[i].user : "");
		assert_string_equal(u.auth != NULL ? u.auth : "", t[i].auth ? t[i].auth : "");
		assert_int_equal(u.port, t[i].port);
		url_free(&u);
	}
}

static void
test_bad_ones(void **state)
{
	static const struct {
		const char *text, *says;
	} t[] = {
		{ "imap://h", "begins with" },
		{ "://h", "begins with" },
		{ "pop3://h", "begins with" },
		{ "xpops://h", "begins with" },
		{ "pops://", "no host" },
		{ "pops:///", "no host" },
		{ "pops://alice@", "no host" },
		{ "pops://@h", "no user" },
		{ "pops://;AUTH=*@h", "no user" },
		{ "pops://:110", "no host" },
		{ "pops://alice:hunter2@h", "password" },
		{ "pops://alice:hunter2;AUTH=*@h", "password" },
		{ "pops://alice;AUTH=*:hunter2@h", "password" },
		{ "pops://alice:hunt@er2@h", "password" },
		{ "pops://alice:@h", "password" },
		{ "pops://alice;AUTH=@h", "method" },
		{ "pops://alice;AUTH=+@h", "method" },
		{ "pops://alice;foo=bar@h", "AUTH" },
		{ "pops://alice;@h", "AUTH" },
		{ "pops://h:0", "port" },
		{ "pops://h:65536", "port" },
		{ "pops://h:99999999999999999999", "port" },
		{ "pops://h:x", "port" },
		{ "pops://h:-1", "port" },
		{ "pops://h/inbox", "behind" },
		{ "pops://h?x", "behind" },
		{ "pops://h#x", "behind" },
		{ "pops://[::1", "port" },
		{ "pops://[::1]x", "behind" },
		{ "pops://[::1]x:1", "behind" },
		{ "pops://a%@h", "hexadecimal" },
		{ "pops://a%4@h", "hexadecimal" },
		{ "pops://a%g0@h", "hexadecimal" },
		{ "pops://a%4g@h", "hexadecimal" },
		{ "pops://a%00b@h", "NUL" },
		{ "pops://h%", "hexadecimal" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		struct url u;

		assert_row(url_parse(t[i].text, &u, &e) == -1, "%s", t[i].text);
		assert_int_equal(e.cls, ERR_USAGE);
		assert_row(strstr(e.msg, t[i].says) != NULL, "%s: %s", t[i].text, e.msg);
		assert_null(strstr(e.msg, "hunt"));
		assert_null(u.user);
	}
}

static void
test_names_of_accounts_are_none(void **state)
{
	(void)state;
	assert_false(url_is("home"));
	assert_false(url_is("alice@pop.example.org"));
	assert_false(url_is("pops:"));
	assert_false(url_is(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_ones),
		cmocka_unit_test(test_bad_ones),
		cmocka_unit_test(test_names_of_accounts_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
