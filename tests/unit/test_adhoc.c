/* Settings and accounts of the command line. */
#include "unit.h"

#include "config/adhoc.h"

static void
add(struct adhoc *x, const char *keyword, const char *value)
{
	struct error e = NO_ERROR;

	if (adhoc_add(x, keyword, value, &e) == -1)
		print_error("%s\n", e.msg);
	assert_int_equal(e.cls, ERR_OK);
}

static void
test_what_is_wrong_is_told_at_once(void **state)
{
	static const struct {
		const char *keyword, *value, *says;
	} t[] = {
		{ "password", "hunter2", "--password is refused" },
		{ "timeout", "5", "--timeout: \"timeout\" wants a duration" },
		{ "port", "0", "--port: \"port\" wants a number" },
		{ "tls", "maybe", "--tls: " },
		{ "deliver", "mbox", "--deliver: " },
		{ "deliver", "mbox \"x", "--deliver: a quote" },
		{ "deliver", "", "--deliver: " },
		{ "filter", "skip size > lots", "--filter: " },
		{ "user", "", "--user: \"user\" cannot be empty" },
	};
	struct adhoc x = { .settings = NULL };

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;

		assert_int_equal(adhoc_add(&x, t[i].keyword, t[i].value, &e), -1);
		assert_int_equal(e.cls, ERR_USAGE);
		assert_row(strstr(e.msg, t[i].says) == e.msg, "%s: %s", t[i].keyword, e.msg);
		assert_null(strstr(e.msg, "hunter2"));
	}
	assert_int_equal(x.nsettings, 0);
	adhoc_free(&x);
}

static void
test_settings_go_on_top_of_the_config(void **state)
{
	static const char text[] = "defaults\n deliver mbox /a\n timeout 5s\n"
				   "account one\n host h\n tls off\n password p\n"
				   " filter skip size > 1\n"
				   "account two\n host h\n password p\n keep yes\n";
	const char *path = in_dir(*state, "config");
	char *names[] = { strdup("one") };
	struct adhoc x = { .names = names, .nnames = 1 };
	const struct account *one, *two;
	struct config *c;

	write_file(path, text, sizeof(text) - 1, 0600);
	add(&x, "deliver", "mbox \"/b c\"");
	add(&x, "deliver", "maildir /d");
	add(&x, "password-command", "pass show one");
	add(&x, "timeout", "7s");
	add(&x, "tls", "stls");
	add(&x, "max-size", "3K");
	add(&x, "filter", "delete size > 2");
	add(&x, "keep", "14d");
	c = config_load(path, &x);
	assert_true(TAILQ_EMPTY(&c->problems));
	one = config_find(c, "one");
	two = config_find(c, "two");
	assert_string_equal(TAILQ_FIRST(&one->dests)->name, "mbox:/b c");
	assert_string_equal(TAILQ_LAST(&one->dests, dest_list)->name, "maildir:/d");
	assert_null(one->password);
	assert_string_equal(one->password_command, "pass show one");
	assert_int_equal(one->timeout_s, 7);
	assert_int_equal(one->port, 110);
	assert_int_equal(one->max_size, 3 * KiB);
	assert_int_equal(one->keep_s, 14 * 86400);
	assert_true(ruleset_has(one->rules, FILTER_DELETE));
	assert_true(ruleset_has(one->rules, FILTER_SKIP));
	assert_string_equal(two->password, "p"); /* keep yes would not go with that filter */
	assert_int_equal(two->timeout_s, 5);
	assert_false(ruleset_has(two->rules, FILTER_DELETE));
	config_free(c);
	adhoc_free(&x);
	free(names[0]);
}

static void
test_a_URL_is_an_account(void **state)
{
	struct error e = NO_ERROR;
	struct adhoc x = { .settings = NULL };
	struct account *a =
	    adhoc_account(&x, "pops://al%2Fice;AUTH=PLAIN@Pop.example.org:9955", &e);

	(void)state;
	assert_non_null(a);
	assert_string_equal(a->name, "al%2Fice@Pop.example.org:9955");
	assert_string_equal(a->user, "al/ice");
	assert_string_equal(a->host, "Pop.example.org");
	assert_string_equal(account_auth_word(a), "plain");
	assert_int_equal(a->port, 9955);
	assert_int_equal(a->tls, ACCOUNT_POP3S);
	assert_non_null(strstr(a->state, "/haulmail/al%2Fice@Pop.example.org:9955"));
	account_free(a);

	add(&x, "user", "bob");
	add(&x, "keep", "yes");
	a = adhoc_account(&x, "pop+stls://[::1]", &e);
	assert_non_null(a);
	assert_string_equal(a->name, "bob@%5B%3A%3A1%5D");
	assert_string_equal(a->host, "::1");
	assert_int_equal(a->port, 110);
	assert_int_equal(a->keep_s, KEEP_YES);
	account_free(a);

	/* beside the journal of "bob@pop.example" would be a file of that name */
	a = adhoc_account(&x, "pops://pop.example.new", &e);
	assert_non_null(a);
	assert_string_equal(a->name, "bob@pop.example%2Enew");
	account_free(a);
	a = adhoc_account(&x, "pops://pop.example.new:1995", &e);
	assert_non_null(a);
	assert_string_equal(a->name, "bob@pop.example.new:1995");
	account_free(a);
	adhoc_free(&x);
}

static void
test_a_URL_that_makes_no_account_is_told(void **state)
{
	struct adhoc x = { .settings = NULL };
	char url[600], many[400];

	(void)state;
	memset(many, 'a', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	(void)snprintf(url, sizeof(url), "pops://%s@h", many);
	add(&x, "tls-key", "/k");
	for (size_t i = 0; i < 4; i++) {
		static const char *const t[] = {
			"imap://h", "pops://a%1b@h", "pops://a;AUTH=none@h", "pops://h"
		}; /* that has a key without its certificate */
		struct error e = NO_ERROR;

		assert_null(adhoc_account(&x, t[i], &e));
		assert_int_equal(e.cls, ERR_USAGE);
		e.cls = ERR_OK;
		assert_null(adhoc_account(&x, url, &e));
		assert_int_equal(e.cls, ERR_USAGE);
	}
	adhoc_free(&x);
}

#define in_a_dir(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_wrong_is_told_at_once),
		in_a_dir(test_settings_go_on_top_of_the_config),
		cmocka_unit_test(test_a_URL_is_an_account),
		cmocka_unit_test(test_a_URL_that_makes_no_account_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
