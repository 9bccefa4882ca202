/* Where a password comes from, what is none, and that no copy of it stays in memory. */
#include "heap.h"
#include "unit.h"

#include "config/config.h"
#include "config/secret.h"
#include "util/mem.h"

/* The end of it is what is looked for in freed memory: malloc(3) writes to the beginning. */
#define LONG_SECRET "0000000000000000000000000000000000000000000000000000-quite-secret-indeed"
#define ITS_END "quite-secret-indeed"

static struct account *
new_account(void)
{
	struct account *a = account_new("home", "config:1:1");

	a->host = xstrdup("pop.example.org");
	a->user = xstrdup("alice");
	return a;
}

/* The password alone; the name that goes with it must be the account's. */
static char *
get(const struct account *a, struct error *e)
{
	char *user = NULL, *secret = secret_get(a, &user, e);

	assert_true((user != NULL) == (secret != NULL));
	assert_true(user == NULL || strcmp(user, a->user) == 0);
	free(user);
	return secret;
}

static void
check_secret(const struct account *a, const char *want, const char *about)
{
	struct error e = NO_ERROR;
	char *secret = get(a, &e);

	assert_row(secret != NULL, "%s: %s", about, e.msg);
	check_bytes(secret, strlen(secret), want, strlen(want), about, __FILE__, __LINE__);
	free_secret(secret);
}

static void
check_none(const struct account *a, enum errclass cls, const char *words, const char *about)
{
	struct error e = NO_ERROR;

	assert_row(get(a, &e) == NULL, "%s", about);
	assert_row(e.cls == cls, "%s: %s", about, e.msg);
	assert_row(strstr(e.msg, words) != NULL, "%s: %s", about, e.msg);
}

static void
test_the_password_itself_is_copied(void **state)
{
	struct account *a = new_account();
	struct error e = NO_ERROR;
	char *secret;

	(void)state;
	a->password = xstrdup("hunter2");
	secret = get(a, &e);
	assert_ptr_not_equal(secret, a->password);
	assert_string_equal(secret, "hunter2");
	free_secret(secret);
	free_secret(NULL);
	account_free(a);
}

static void
test_the_first_line_of_a_command_is_the_password(void **state)
{
	static const struct {
		const char *command, *secret;
	} t[] = {
		{ "echo hunter2", "hunter2" },
		{ "printf hunter2", "hunter2" },
		{ "printf 'hunter2\\r\\n'", "hunter2" },
		{ "printf 'hunter2\\nlogin: alice\\n'", "hunter2" },
		{ "printf ' two  words \\n'", " two  words " },
		{ "printf 'caf\\303\\251\\n'", "caf\303\251" },
		{ "printf 'a\\rb\\r\\r\\n'", "a\rb\r" },
		{ "printf hun; sleep 0.05; echo ter2", "hunter2" },
		{ "echo \"$HAULMAIL_TEST\"", "from the environment" },
	};

	(void)state;
	(void)setenv("HAULMAIL_TEST", "from the environment", 1);
	for (size_t i = 0; i < nitems(t); i++) {
		struct account *a = new_account();

		a->password_command = xstrdup(t[i].command);
		check_secret(a, t[i].secret, t[i].command);
		account_free(a);
	}
}

static void
test_a_command_that_fails_is_a_refused_login(void **state)
{
	static const struct {
		const char *command, *words;
		enum errclass cls;
	} t[] = {
		{ "echo hunter2; exit 3", "status 3", ERR_AUTH },
		{ "false", "status 1", ERR_AUTH },
		{ "exec 2>/dev/null; /no/such/program", "status 127", ERR_AUTH },
		{ "kill -KILL $$", "signal 9", ERR_AUTH },
		{ "while :; do echo 0123456789012345678901234567890123456789; done",
		    "more than 65536 bytes", ERR_AUTH },
		{ ":", "no password", ERR_CONFIG },
		{ "echo", "no password", ERR_CONFIG },
		{ "printf '\\r\\nhunter2\\n'", "no password", ERR_CONFIG },
		{ "printf 'a\\000b\\n'", "NUL", ERR_CONFIG },
		{ "printf '\\000'", "NUL", ERR_CONFIG },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct account *a = new_account();

		a->password_command = xstrdup(t[i].command);
		check_none(a, t[i].cls, t[i].words, t[i].command);
		check_none(a, t[i].cls, "password-command", t[i].command);
		account_free(a);
	}
}

static void
test_the_first_line_of_a_file_is_the_password(void **state)
{
	static const struct {
		struct slice text;
		const char *secret, *none; /* one of them */
	} t[] = {
		{ BYTES("hunter2\n"), "hunter2", NULL },
		{ BYTES("hunter2"), "hunter2", NULL },
		{ BYTES("hunter2\r\nmore\n"), "hunter2", NULL },
		{ BYTES("# no comment\n"), "# no comment", NULL },
		{ BYTES("\"quoted\"\n"), "\"quoted\"", NULL },
		{ BYTES(" x \n"), " x ", NULL },
		{ BYTES("a\nb\0c"), "a", NULL },
		{ BYTES(""), NULL, "no password" },
		{ BYTES("\n"), NULL, "no password" },
		{ BYTES("\r\n"), NULL, "no password" },
		{ BYTES("\nhunter2\n"), NULL, "no password" },
		{ BYTES("h\0u\0n\0t\0"), NULL, "NUL" },
		{ BYTES("hunter2\0\n"), NULL, "NUL" },
	};
	struct account *a = new_account();

	a->password_file = xstrdup(in_dir(*state, "password"));
	for (size_t i = 0; i < nitems(t); i++) {
		write_file(a->password_file, t[i].text.p, t[i].text.len, 0600);
		if (t[i].secret != NULL)
			check_secret(a, t[i].secret, t[i].text.p);
		else
			check_none(a, ERR_CONFIG, t[i].none, t[i].text.p);
	}
	account_free(a);
}

static void
test_a_password_of_64_KiB_is_the_longest(void **state)
{
	char *text = malloc(64 * KiB + 2);
	struct account *a = new_account();

	assert_non_null(text);
	memset(text, 'a', 64 * KiB + 1);
	text[64 * KiB + 1] = '\0';
	a->password_file = xstrdup(in_dir(*state, "password"));
	write_file(a->password_file, text, 64 * KiB + 1, 0600);
	check_none(a, ERR_CONFIG, "too large", "64 KiB and one");
	write_file(a->password_file, text, 64 * KiB, 0600);
	text[64 * KiB] = '\0';
	check_secret(a, text, "64 KiB");
	account_free(a);
	free(text);
}

static void
test_a_file_that_others_may_read_or_write_is_refused(void **state)
{
	struct account *a = new_account();

	a->password_file = xstrdup(in_dir(*state, "password"));
	for (mode_t mode = 0; mode <= 077; mode++) {
		write_file(a->password_file, "hunter2\n", 8, 0600 | mode);
		if (mode == 0)
			check_secret(a, "hunter2", "mode 600");
		else
			check_none(a, ERR_CONFIG, "chmod 600", "another mode");
	}
	account_free(a);
}

static void
test_a_file_that_cannot_be_read_is_told(void **state)
{
	struct account *a = new_account();

	a->password_file = xstrdup(in_dir(*state, "nowhere"));
	check_none(a, ERR_CONFIG, strerror(ENOENT), "no file");
	check_none(a, ERR_CONFIG, "nowhere", "no file");
	free(a->password_file);
	a->password_file = xstrdup(*state);
	check_none(a, ERR_CONFIG, strerror(EISDIR), "a directory");
	account_free(a);
}

static void
test_the_sources_have_an_order(void **state)
{
	struct account *a = new_account();

	write_file(in_dir(*state, "password"), "from file\n", 10, 0600);
	a->password_file = xstrdup(in_dir(*state, "password"));
	check_secret(a, "from file", "file");
	a->password_command = xstrdup("echo from command");
	check_secret(a, "from command", "command and file");
	a->password = xstrdup("itself");
	check_secret(a, "itself", "all three");
	account_free(a);
}

/* ---- where the config names none ---- */

/* Both NULL: none, but a prompt. */
static void
check_login(struct account *a, const char *want_user, const char *want, const char *about)
{
	struct error e = NO_ERROR;
	char *user = NULL, *secret;

	assert_row(secret_wants_person(a) == (want == NULL), "%s", about);
	if (want == NULL)
		return;
	secret = secret_get(a, &user, &e);
	assert_row(secret != NULL, "%s: %s", about, e.msg);
	assert_string_equal(secret, want);
	assert_string_equal(user, want_user);
	free_secret(secret);
	free(user);
}

static void
test_a_file_of_systemd_comes_first(void **state)
{
	struct account *a = new_account();

	assert_int_equal(mkdir(in_dir(*state, "credentials"), 0700), 0);
	(void)setenv("CREDENTIALS_DIRECTORY", in_dir(*state, "credentials"), 1);
	(void)setenv("NETRC", in_dir(*state, "netrc"), 1);
	check_login(a, NULL, NULL, "neither");
	write_file(in_dir(*state, "netrc"), "default password from-netrc", 27, 0600);
	check_login(a, "alice", "from-netrc", "netrc");
	write_file(in_dir(*state, "credentials/work"), "of another\n", 11, 0600);
	check_login(a, "alice", "from-netrc", "a credential of another account");
	write_file(in_dir(*state, "credentials/home"), "from systemd\n", 13, 0440);
	check_login(a, "alice", "from systemd", "both");
	a->password = xstrdup("from config");
	check_login(a, "alice", "from config", "all three");
	free_secret(a->password);
	a->password = NULL;
	(void)setenv("CREDENTIALS_DIRECTORY", "credentials", 1); /* systemd's is absolute */
	check_login(a, "alice", "from-netrc", "a relative directory");
	(void)setenv("CREDENTIALS_DIRECTORY", in_dir(*state, "credentials"), 1);
	assert_int_equal(unlink(in_dir(*state, "credentials/home")), 0); /* who may not write it */
	write_file(in_dir(*state, "credentials/home"), "\n", 1, 0440);
	check_none(a, ERR_CONFIG, "no password", "an empty credential");
	assert_false(secret_wants_person(a));
	(void)unsetenv("CREDENTIALS_DIRECTORY");
	account_free(a);
}

static void
write_netrc(const char *dir, const char *text, mode_t mode)
{
	write_file(in_dir(dir, ".netrc"), text, strlen(text), mode);
}

static void
test_the_name_may_come_from_netrc_if_the_config_has_none(void **state)
{
	static const char text[] = "machine POP.example.org login bob password one\n"
				   "machine pop.example.org login alice password two\n";
	struct account *a = new_account();

	(void)unsetenv("NETRC");
	(void)setenv("HOME", *state, 1);
	write_netrc(*state, text, 0600);
	check_login(a, "alice", "two", "with a user");
	a->user_guessed = true;
	check_login(a, "bob", "one", "without one");
	write_netrc(*state, "machine pop.example.org password three", 0600);
	check_login(a, "alice", "three", "without a login");
	write_netrc(*state, "machine example.org password three", 0600);
	check_login(a, NULL, NULL, "another host");
	write_netrc(*state, "default login bob password four", 0600);
	check_login(a, "bob", "four", "default");
	free(a->host);
	a->host = NULL;
	check_login(a, NULL, NULL, "no host");
	account_free(a);
}

static void
test_a_netrc_that_others_may_read_or_write_is_refused(void **state)
{
	struct account *a = new_account();

	(void)setenv("NETRC", in_dir(*state, ".netrc"), 1);
	for (mode_t mode = 0; mode <= 077; mode++) {
		write_netrc(*state, "machine pop.example.org password p", 0600 | mode);
		if (mode == 0)
			check_login(a, "alice", "p", "mode 600");
		else
			check_none(a, ERR_CONFIG, "chmod 600", "another mode");
		write_netrc(*state, "machine x password p", 0600 | mode);
		check_login(a, NULL, NULL, "of no use: nobody minds");
		(void)unlink(in_dir(*state, ".netrc"));
	}
	account_free(a);
}

static void
test_a_netrc_that_does_not_work_is_told(void **state)
{
	struct account *a = new_account();

	(void)setenv("NETRC", *state, 1);
	check_none(a, ERR_CONFIG, strerror(EISDIR), "a directory");
	(void)setenv("NETRC", in_dir(*state, ".netrc"), 1);
	write_netrc(*state, "machine pop.example.org\npassword \"hunter2", 0600);
	check_none(a, ERR_CONFIG, ".netrc: line 2", "a quote");
	write_netrc(*state, "machine pop.example.org password \"\"", 0600);
	check_none(a, ERR_CONFIG, "no password", "an empty password");
	assert_false(secret_wants_person(a));
	(void)unsetenv("NETRC");
	account_free(a);
}

/* In a child, where there is no terminal. */
static int
ask_nobody(void *unused)
{
	struct account *a = new_account();
	struct error e = NO_ERROR;
	int rc = 0;

	(void)unused;
	if (setsid() == -1)
		rc = 1;
	else if (get(a, &e) != NULL)
		rc = 2;
	else if (e.cls != ERR_CONFIG || strstr(e.msg, "no terminal") == NULL)
		rc = 3;
	e = (struct error)NO_ERROR;
	if (rc == 0 && secret_passphrase("/me.key", &e) != NULL)
		rc = 4;
	else if (rc == 0 && (e.cls != ERR_CONFIG || strstr(e.msg, "tls-key /me.key") == NULL ||
				strstr(e.msg, "no terminal") == NULL))
		rc = 5;
	account_free(a);
	return rc;
}

static void
test_without_a_terminal_nobody_is_asked(void **state)
{
	(void)state;
	assert_int_equal(in_child(ask_nobody, NULL), 0);
}

/* ---- no copy stays ---- */

/* Whether heap_holds(ITS_END) finds what is there. */
static bool
can_look(void)
{
	char *there = xstrdup(LONG_SECRET);
	bool found = heap_holds(ITS_END);

	freezero(there, strlen(there));
	assert_false(heap_holds(ITS_END));
	return found;
}

static void
check_that_no_copy_stays(struct account *a, const char *about)
{
	struct error e = NO_ERROR;
	char *secret = get(a, &e);

	assert_row(secret != NULL, "%s: %s", about, e.msg);
	assert_string_equal(secret, LONG_SECRET);
	assert_row(heap_holds(ITS_END), "%s", about);
	free_secret(secret);
	account_free(a);
	assert_row(!heap_holds(ITS_END), "%s", about);
}

static void
test_an_account_that_needs_no_secret_is_asked_for_none(void **state)
{
	struct account *a = new_account();

	(void)state;
	assert_true(secret_wants_person(a));
	for (a->auth = ACCOUNT_AUTH_SASL; strcmp(account_auth_word(a), "external") != 0; a->auth++)
		assert_true(secret_wants_person(a));
	assert_false(secret_wants_person(a));
	check_secret(a, "", "external");
	account_free(a);
}

static void
test_a_token_is_renewed_by_its_command(void **state)
{
	struct account *a = new_account();
	struct error e = NO_ERROR;
	char *token;

	(void)state;
	a->password_command = xstrdup("echo \"token ${HAULMAIL_TOKEN_REFUSED-0}\"");
	assert_false(secret_can_renew(a)); /* a password is what it is */
	for (a->auth = ACCOUNT_AUTH_SASL; !account_mech(a)->token; a->auth++)
		assert_false(secret_can_renew(a));
	assert_true(secret_can_renew(a));
	check_secret(a, "token 0", "the first time");
	token = secret_renew(a, &e);
	assert_string_equal(token, "token 1");
	free_secret(token);
	check_secret(a, "token 0", "and after that");
	free(a->password_command);
	a->password_command = NULL;
	a->password = xstrdup("token");
	assert_false(secret_can_renew(a));
	account_free(a);
}

static void
test_no_copy_of_a_password_stays_in_memory(void **state)
{
	static const char text[] = LONG_SECRET "\nand " LONG_SECRET "\n";
	static const char netrc[] = "machine x password " LONG_SECRET "\nmachine pop.example.org "
				    "account " LONG_SECRET " password " LONG_SECRET
				    "\nmachine y password " LONG_SECRET "\n";
	const char *path = in_dir(*state, "password");
	struct account *a;
	struct error e = NO_ERROR;

	if (!can_look())
		return;
	a = new_account();
	a->password = xstrdup(LONG_SECRET);
	check_that_no_copy_stays(a, "password");
	write_file(path, text, sizeof(text) - 1, 0600);
	a = new_account();
	a->password_file = xstrdup(path);
	check_that_no_copy_stays(a, "password-file");
	a = new_account();
	a->password_command = xasprintf("cat %s", path);
	check_that_no_copy_stays(a, "password-command");
	write_file(path, netrc, sizeof(netrc) - 1, 0600);
	(void)setenv("NETRC", path, 1);
	check_that_no_copy_stays(new_account(), "netrc");
	(void)unsetenv("NETRC");
	a = new_account();
	a->password_command = xasprintf("cat %s; exit 1", path);
	assert_null(get(a, &e));
	account_free(a);
	assert_false(heap_holds(ITS_END));
}

static void
test_no_copy_of_a_config_with_a_password_stays_in_memory(void **state)
{
	static const char *const t[] = {
		"account a\nhost x\npassword " LONG_SECRET "\n",
		"defaults\npassword \"" LONG_SECRET "\"\naccount a\nhost x\naccount b\nhost x\n",
		"account a\nhost x\npassword " LONG_SECRET "\npassword x\n",
		"account a\nhost x\npassword x " LONG_SECRET "\n",
		"account a\nhost x\npassword \"" LONG_SECRET "\n",
		"account a\nhost x\npassword \"" LONG_SECRET "\"x\n",
		"account a\nhost x\npasswrd \"" LONG_SECRET "\"\n",
		"account a\nhost x\npassword " LONG_SECRET "\001\n",
	};
	const char *path = in_dir(*state, "config");

	if (!can_look())
		return;
	for (size_t i = 0; i < nitems(t); i++) {
		write_file(path, t[i], strlen(t[i]), 0600);
		config_free(config_load(path, NULL));
		assert_row(!heap_holds(ITS_END), "%s", t[i]);
	}
}

static void
test_no_copy_of_a_long_config_stays_in_memory(void **state)
{
	static char text[300 * 1024];
	const char *path = in_dir(*state, "config");

	if (!can_look())
		return;
	for (size_t len = 100; len < sizeof(text); len *= 2) { /* the buffer grows behind it */
		memset(text, '\n', len);
		memcpy(text, "account a\nhost x\npassword " LONG_SECRET,
		    strlen("account a\nhost x\npassword " LONG_SECRET));
		write_file(path, text, len, 0600);
		config_free(config_load(path, NULL));
		assert_row(!heap_holds(ITS_END), "%zu bytes", len);
	}
}

#define in_a_dir(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_password_itself_is_copied),
		cmocka_unit_test(test_the_first_line_of_a_command_is_the_password),
		cmocka_unit_test(test_a_command_that_fails_is_a_refused_login),
		in_a_dir(test_the_first_line_of_a_file_is_the_password),
		in_a_dir(test_a_password_of_64_KiB_is_the_longest),
		in_a_dir(test_a_file_that_others_may_read_or_write_is_refused),
		in_a_dir(test_a_file_that_cannot_be_read_is_told),
		in_a_dir(test_the_sources_have_an_order),
		in_a_dir(test_a_file_of_systemd_comes_first),
		in_a_dir(test_the_name_may_come_from_netrc_if_the_config_has_none),
		in_a_dir(test_a_netrc_that_others_may_read_or_write_is_refused),
		in_a_dir(test_a_netrc_that_does_not_work_is_told),
		cmocka_unit_test(test_without_a_terminal_nobody_is_asked),
		cmocka_unit_test(test_an_account_that_needs_no_secret_is_asked_for_none),
		cmocka_unit_test(test_a_token_is_renewed_by_its_command),
		in_a_dir(test_no_copy_of_a_password_stays_in_memory),
		in_a_dir(test_no_copy_of_a_config_with_a_password_stays_in_memory),
		in_a_dir(test_no_copy_of_a_long_config_stays_in_memory),
	};

	(void)unsetenv("CREDENTIALS_DIRECTORY");
	(void)setenv("NETRC", "/dev/null", 1); /* nothing of the user's */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
