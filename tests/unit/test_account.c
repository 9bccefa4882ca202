/* An account's defaults, and the settings that contradict each other. */
#include "unit.h"

#include "config/options.h"
#include "net/tls.h"

static int
set_environment(void **state)
{
	(void)state;
	return setenv("HOME", "/home/alice", 1) | setenv("MAIL", "/var/mail/alice", 1) |
	       unsetenv("XDG_STATE_HOME");
}

/* Sets one keyword from at most four words. */
static void
set(struct account *a, const char *keyword, const char *w0, const char *w1, const char *w2,
    const char *w3)
{
	const char *const words[] = { w0, w1, w2, w3 };
	const struct option *o = option_find(keyword);
	struct error e = NO_ERROR;
	size_t n = 0, bad;

	while (n < nitems(words) && words[n] != NULL)
		n++;
	assert_non_null(o);
	assert_row(o->set(a, o, words, n, &bad, &e) == 0, "%s: %s", keyword, e.msg);
}

static struct account *
account_with_host(void)
{
	struct account *a = account_new("home", "config:1:1");

	set(a, "host", "pop.example.org", NULL, NULL, NULL);
	return a;
}

static void
finish(struct account *a)
{
	struct error e = NO_ERROR;

	assert_row(account_finish(a, &e) == 0, "%s", e.msg);
}

/* The account is refused in words that name it and hold those; frees it. */
static void
check_refused(struct account *a, const char *words)
{
	struct error e = NO_ERROR;

	assert_int_equal(account_finish(a, &e), -1);
	assert_int_equal(e.cls, ERR_CONFIG);
	assert_row(strstr(e.msg, "\"home\"") != NULL, "%s", e.msg);
	assert_row(strstr(e.msg, words) != NULL, "%s", e.msg);
	account_free(a);
}

static void
test_the_defaults_are_those_of_the_manual(void **state)
{
	struct account *a = account_with_host();

	(void)state;
	finish(a);
	assert_string_equal(a->name, "home");
	assert_string_equal(a->where, "config:1:1");
	assert_int_equal(a->tls, ACCOUNT_POP3S);
	assert_int_equal(a->tls_verify, 1);
	assert_int_equal(a->n_tls_fingerprints, 0);
	assert_null(a->tls_ca);
	assert_true(a->tls_cert == NULL && a->tls_key == NULL);
	assert_int_equal(a->tls_min_version, TLS_FROM_1_2);
	assert_int_equal(a->auth, ACCOUNT_AUTH_AUTO);
	assert_int_equal(a->timeout_s, 60);
	assert_int_equal(a->pipelining, ACCOUNT_AUTO);
	assert_int_equal(a->keep_s, KEEP_NO);
	assert_int_equal(a->limit, 0);
	assert_true(a->max_size == 0);
	assert_int_equal(a->mbox_lock, MBOX_LOCK_BOTH);
	assert_true(a->password == NULL && a->password_command == NULL && a->password_file == NULL);
	assert_int_equal(ruleset_decide(a->rules, UINT64_MAX, NULL), FILTER_ACCEPT);
	assert_true(*a->user != '\0');
	account_free(a);
	account_free(NULL);
}

static void
test_the_port_goes_by_the_tls_kind(void **state)
{
	static const struct {
		const char *tls, *port;
		int64_t is;
	} t[] = {
		{ NULL, NULL, 995 },
		{ "pop3s", NULL, 995 },
		{ "stls", NULL, 110 },
		{ "off", NULL, 110 },
		{ "pop3s", "110", 110 },
		{ "stls", "995", 995 },
		{ "off", "1", 1 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct account *a = account_with_host();

		if (t[i].port != NULL)
			set(a, "port", t[i].port, NULL, NULL, NULL);
		if (t[i].tls != NULL)
			set(a, "tls", t[i].tls, NULL, NULL, NULL);
		finish(a);
		assert_int_equal(a->port, t[i].is);
		account_free(a);
	}
}

static void
test_the_key_lies_with_the_certificate_unless_it_has_a_file(void **state)
{
	struct error e = NO_ERROR;
	struct account *a = account_with_host();

	(void)state;
	set(a, "tls-cert", "/me.pem", NULL, NULL, NULL);
	finish(a);
	assert_string_equal(a->tls_key, "/me.pem");
	account_free(a);
	a = account_with_host();
	set(a, "tls-cert", "/me.pem", NULL, NULL, NULL);
	set(a, "tls-key", "/me.key", NULL, NULL, NULL);
	finish(a);
	assert_string_equal(a->tls_key, "/me.key");
	account_free(a);
	a = account_with_host();
	set(a, "tls-key", "/me.key", NULL, NULL, NULL);
	assert_int_equal(account_finish(a, &e), -1);
	assert_int_equal(e.cls, ERR_CONFIG);
	assert_non_null(strstr(e.msg, "\"tls-key\" needs \"tls-cert\""));
	account_free(a);
}

static void
test_the_journal_lies_in_the_state_directory(void **state)
{
	static const struct {
		const char *xdg, *path;
	} t[] = {
		{ NULL, "/home/alice/.local/state/haulmail/home" },
		{ "", "/home/alice/.local/state/haulmail/home" },
		{ "relative", "/home/alice/.local/state/haulmail/home" },
		{ "/state", "/state/haulmail/home" },
	};
	struct account *a;

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		if (t[i].xdg != NULL)
			(void)setenv("XDG_STATE_HOME", t[i].xdg, 1);
		a = account_with_host();
		finish(a);
		assert_string_equal(a->state, t[i].path);
		account_free(a);
	}
	a = account_with_host();
	set(a, "state", "~/journal", NULL, NULL, NULL);
	finish(a);
	assert_string_equal(a->state, "/home/alice/journal");
	account_free(a);
	(void)unsetenv("XDG_STATE_HOME");
}

static void
check_only_dest(const char *prefix)
{
	struct account *a = account_with_host();
	const struct dest *d;

	finish(a);
	d = TAILQ_FIRST(&a->dests);
	assert_non_null(d);
	assert_null(TAILQ_NEXT(d, link));
	assert_string_equal(d->kind->name, "mbox");
	assert_row(strncmp(d->place, prefix, strlen(prefix)) == 0, "%s", d->place);
	account_free(a);
}

static void
test_mail_goes_to_the_system_mailbox_if_nowhere_else(void **state)
{
	struct account *a = account_with_host();

	(void)state;
	check_only_dest("/var/mail/alice");
	(void)setenv("MAIL", "/home/alice/Mail", 1);
	check_only_dest("/home/alice/Mail");
	(void)setenv("MAIL", "imap://server/INBOX", 1);
	check_only_dest("/var/mail/");
	(void)unsetenv("MAIL");
	check_only_dest("/var/mail/");
	set(a, "deliver", "mbox", "/tmp/inbox", NULL, NULL);
	finish(a);
	assert_string_equal(TAILQ_FIRST(&a->dests)->name, "mbox:/tmp/inbox");
	assert_null(TAILQ_NEXT(TAILQ_FIRST(&a->dests), link));
	account_free(a);
	(void)setenv("MAIL", "/var/mail/alice", 1);
}

static void
test_max_size_is_the_last_rule(void **state)
{
	struct account *a = account_with_host();
	struct buf out = BUF_INIT(KiB);

	(void)state;
	set(a, "max-size", "1K", NULL, NULL, NULL);
	set(a, "filter", "accept", "size", ">", "1M");
	finish(a);
	assert_int_equal(ruleset_decide(a->rules, 1024, NULL), FILTER_ACCEPT);
	assert_int_equal(ruleset_decide(a->rules, 1025, NULL), FILTER_SKIP);
	assert_int_equal(ruleset_decide(a->rules, MiB, NULL), FILTER_SKIP);
	assert_int_equal(ruleset_decide(a->rules, MiB + 1, NULL), FILTER_ACCEPT);
	assert_true(ruleset_format(a->rules, 1, &out));
	assert_slice_equal(buf_slice(&out), "skip size > 1K");
	assert_false(ruleset_format(a->rules, 2, &out));
	buf_free(&out);
	account_free(a);
}

static void
test_an_account_without_a_host_is_refused(void **state)
{
	(void)state;
	check_refused(account_new("home", "config:1:1"), "no host");
}

/* Up to four settings "keyword value"; words: of the refusal, or NULL. */
static void
check_way(const char *const settings[4], const char *words)
{
	struct account *a = account_new("home", "config:1:1");

	for (size_t i = 0; i < 4 && settings[i] != NULL; i++) {
		char *keyword = strdup(settings[i]), *value = strchr(keyword, ' ');

		*value++ = '\0';
		set(a, keyword, value, NULL, NULL, NULL);
		free(keyword);
	}
	if (words != NULL) {
		check_refused(a, words);
		return;
	}
	finish(a);
	account_free(a);
}

static void
test_host_socket_and_command_go_together_or_not(void **state)
{
	static const struct {
		const char *settings[4], *words;
	} t[] = {
		{ { "host h", "source-address 127.0.0.2" }, NULL },
		{ { "socket /s", "tls off" }, NULL },
		{ { "socket /s", "host h" }, NULL },
		{ { "connect-command nc", "tls off" }, NULL },
		{ { "connect-command nc", "host h", "port 1" }, NULL },
		{ { "source-address 127.0.0.2" }, "no host" },
		{ { "socket /s" }, "needs \"host\"" },
		{ { "connect-command nc", "tls stls" }, "needs \"host\"" },
		{ { "socket /s", "connect-command nc", "tls off" }, "exclude each other" },
		{ { "socket /s", "port 1", "tls off" }, "no use for \"port\"" },
		{ { "socket /s", "source-address ::1", "tls off" },
		    "\"socket\" has no use for \"source-address\"" },
		{ { "connect-command nc", "source-address ::1", "tls off" },
		    "\"connect-command\" has no use for \"source-address\"" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		check_way(t[i].settings, t[i].words);
}

static void
test_an_own_way_replaces_an_inherited_one(void **state)
{
	struct account *a = account_with_host();

	(void)state;
	a->in_defaults = true;
	set(a, "connect-command", "nc", NULL, NULL, NULL);
	a->in_defaults = false;
	assert_string_equal(account_server(a), "pop.example.org");
	set(a, "socket", "/s", NULL, NULL, NULL);
	assert_null(a->connect_command);
	finish(a);
	assert_int_equal(a->port, 0);
	free(a->host);
	a->host = NULL;
	assert_string_equal(account_server(a), "/s");
	account_free(a);
}

static void
test_a_name_is_guessed_where_netrc_may_know_better(void **state)
{
	struct account *a = account_with_host();

	(void)state;
	finish(a);
	assert_true(a->user_guessed);
	account_free(a);
	a = account_with_host();
	set(a, "password-command", "x", NULL, NULL, NULL);
	finish(a);
	assert_false(a->user_guessed);
	account_free(a);
	a = account_with_host();
	set(a, "user", "alice", NULL, NULL, NULL);
	finish(a);
	assert_false(a->user_guessed);
	account_free(a);
}

static void
test_what_is_kept_cannot_be_deleted_by_a_filter(void **state)
{
	struct account *a = account_with_host();

	(void)state;
	set(a, "keep", "yes", NULL, NULL, NULL);
	set(a, "filter", "delete", "size", ">", "1M");
	check_refused(a, "contradict");

	a = account_with_host();
	set(a, "keep", "14d", NULL, NULL, NULL);
	set(a, "filter", "delete", "size", ">", "1M");
	finish(a);
	account_free(a);

	a = account_with_host();
	set(a, "keep", "yes", NULL, NULL, NULL);
	set(a, "filter", "skip", "size", ">", "1M");
	set(a, "max-size", "10M", NULL, NULL, NULL);
	finish(a);
	account_free(a);
}

static void
test_there_is_one_source_of_the_password(void **state)
{
	static const char *const keywords[] = { "password", "password-command", "password-file" };

	(void)state;
	for (unsigned mask = 0; mask < 8; mask++) {
		struct account *a = account_with_host();

		for (unsigned i = 0; i < nitems(keywords); i++)
			if ((mask >> i & 1) != 0)
				set(a, keywords[i], "/x", NULL, NULL, NULL);
		if ((mask & (mask - 1)) != 0) {
			check_refused(a, "more than one");
		} else {
			finish(a);
			account_free(a);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_defaults_are_those_of_the_manual),
		cmocka_unit_test(test_the_port_goes_by_the_tls_kind),
		cmocka_unit_test(test_the_key_lies_with_the_certificate_unless_it_has_a_file),
		cmocka_unit_test(test_the_journal_lies_in_the_state_directory),
		cmocka_unit_test(test_mail_goes_to_the_system_mailbox_if_nowhere_else),
		cmocka_unit_test(test_max_size_is_the_last_rule),
		cmocka_unit_test(test_an_account_without_a_host_is_refused),
		cmocka_unit_test(test_host_socket_and_command_go_together_or_not),
		cmocka_unit_test(test_an_own_way_replaces_an_inherited_one),
		cmocka_unit_test(test_a_name_is_guessed_where_netrc_may_know_better),
		cmocka_unit_test(test_what_is_kept_cannot_be_deleted_by_a_filter),
		cmocka_unit_test(test_there_is_one_source_of_the_password),
	};

	return cmocka_run_group_tests(tests, set_environment, NULL);
}
