/* The file of ftp and curl: which entry serves, how words are written, and what is broken. */
#include "unit.h"

#include "config/netrc.h"

static void
check_row(
    const char *text, const char *host, const char *user, const char *login, const char *password)
{
	char *exact = exact_copy(text);
	struct netrc_entry en;
	struct error e = NO_ERROR;
	int rc = netrc_find((struct slice){ exact, strlen(text) }, host, user, &en, &e);

	assert_row(rc == (password != NULL), "%s: %d %s", text, rc, e.msg);
	if (rc == 1) {
		assert_row(strcmp(en.password, password) == 0, "%s: %s", text, en.password);
		assert_row((en.login == NULL) == (login == NULL) &&
			       (login == NULL || strcmp(en.login, login) == 0),
		    "%s: %s", text, en.login != NULL ? en.login : "no login");
	} else {
		assert_row(en.login == NULL && en.password == NULL, "%s", text);
	}
	netrc_entry_free(&en);
	free(exact);
}

static void
test_the_first_entry_that_fits_serves(void **state)
{
	static const char two[] = "machine a.example login alice password one\n"
				  "machine b.example login alice password two\n"
				  "machine b.example login bob password three\n"
				  "default login carol password four\n";
	static const struct {
		const char *text, *host, *user, *login, *password;
	} t[] = {
		{ two, "a.example", NULL, "alice", "one" },
		{ two, "A.Example", "alice", "alice", "one" },
		{ two, "b.example", NULL, "alice", "two" },
		{ two, "b.example", "bob", "bob", "three" },
		{ two, "b.example", "carol", "carol", "four" },
		{ two, "b.example", "dave", NULL, NULL },
		{ two, "b.example", "Alice", NULL, NULL },
		{ two, "c.example", NULL, "carol", "four" },
		{ two, "c.example", "carol", "carol", "four" },
		{ two, "c.example", "alice", NULL, NULL },
		{ two, "a.example.", "alice", NULL, NULL },
		{ "machine h password p", "h", "alice", NULL, "p" },
		{ "machine h password p", "h", NULL, NULL, "p" },
		{ "default password p", "h", NULL, NULL, "p" },
		{ "machine h login alice", "h", NULL, NULL, NULL },
		{ "machine h login alice machine h login alice password p", "h", "alice", "alice",
		    "p" },
		{ "machine x login bob machine h password p", "h", NULL, NULL, "p" },
		{ "machine h login bob machine x password p", "h", NULL, NULL, NULL },
		{ "login bob password p", "h", NULL, NULL, NULL },
		{ "", "h", NULL, NULL, NULL },
		{ " \n\t\r\n", "h", NULL, NULL, NULL },
		{ "machine b\303\274cher.example password p", "xn--bcher-kva.example", NULL, NULL,
		    "p" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		check_row(t[i].text, t[i].host, t[i].user, t[i].login, t[i].password);
}

static void
test_how_words_are_written(void **state)
{
	static const struct {
		const char *text, *login, *password;
	} t[] = {
		{ "machine h\n\tlogin alice\n\tpassword p\n", "alice", "p" },
		{ "machine h\r\nlogin alice\r\npassword p\r\n", "alice", "p" },
		{ "machine\nh\nlogin\nalice\npassword\np", "alice", "p" },
		{ "machine h password p login alice", "alice", "p" },
		{ "machine h login a password p login b password q", "b", "q" },
		{ "machine h passwd p", NULL, "p" },
		{ "machine h account work password p", NULL, "p" },
		{ "machine h account password password p", NULL, "p" },
		{ "machine h port 995 protocol pop3 login alice password p", "alice", "p" },
		{ "machine h login \"al ice\" password \"p w\"", "al ice", "p w" },
		{ "\"machine\" \"h\" \"password\" \"p\"", NULL, "p" },
		{ "machine h password \"\"", NULL, "" },
		{ "machine h password \"say \\\"x\\\" \\\\ \\n\"", NULL, "say \"x\" \\ n" },
		{ "machine h password a\\ b\\\\c\\\"d\\\n", NULL, "a b\\c\"d\n" },
		{ "machine h password a\"b\"", NULL, "a\"b\"" },
		{ "machine h password \"a\"b", NULL, "a" },
		{ "machine h password a\\", NULL, "a\\" },
		{ "machine h password #p", NULL, "#p" },
		{ "machine h password p#q # and a comment", NULL, "p#q" },
		{ "# machine h password no\nmachine h password p", NULL, "p" },
		{ "machine h # password no \"\n #\n password p", NULL, "p" },
		{ "machine h password machine", NULL, "machine" },
		{ "machine h login default password login", "default", "login" },
		{ "macdef init\n machine h password no\n\nmachine h password p", NULL, "p" },
		{ "macdef init\r\nmachine h password no\r\n\r\nmachine h password p", NULL, "p" },
		{ "machine h macdef x\nput \"\n\npassword p", NULL, "p" },
		{ "macdef x\n\nmachine h password p", NULL, "p" },
		{ "macdef x\n machine h password p", NULL, NULL },
		{ "macdef x", NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		check_row(t[i].text, "h", NULL, t[i].login, t[i].password);
}

static void
test_what_is_broken_is_told_without_its_words(void **state)
{
	static const struct {
		struct slice text;
		const char *words;
	} t[] = {
		{ BYTES("machine h\nlogin alice\npassword \"hunter2\n"),
		    "line 3: a quote is missing" },
		{ BYTES("machine h\npassword"), "line 2: nothing stands behind \"password\"" },
		{ BYTES("machine h login \n\n"), "line 1: nothing stands behind \"login\"" },
		{ BYTES("\nmachine"), "line 2: nothing stands behind \"machine\"" },
		{ BYTES("machine h account"), "nothing stands behind \"account\"" },
		{ BYTES("macdef"), "nothing stands behind \"macdef\"" },
		{ BYTES("machine h password hunter2 \"hunter2"), "a quote is missing" },
		{ BYTES("macdef x\na\n\n\n\"hunter2"), "line 5: a quote is missing" },
		{ BYTES("machine h password hunter2\0"), "NUL" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *exact = exact_bytes(t[i].text.p, t[i].text.len);
		struct netrc_entry en;
		struct error e = NO_ERROR;

		assert_row(
		    netrc_find((struct slice){ exact, t[i].text.len }, "h", NULL, &en, &e) == -1,
		    "%s", t[i].text.p);
		assert_int_equal(e.cls, ERR_CONFIG);
		assert_row(strstr(e.msg, t[i].words) != NULL, "%s: %s", t[i].text.p, e.msg);
		assert_null(strstr(e.msg, "hunter2"));
		assert_true(en.login == NULL && en.password == NULL);
		free(exact);
	}
}

/* What is cut off behind any byte is an entry, none, or broken, and no read goes past its end. */
static void
test_any_beginning_of_a_file_can_be_read(void **state)
{
	static const char text[] = "# c\nmachine h login \"a\\\"b\" account x password p\\ q\n"
				   "macdef init\n cd /\n\ndefault login c password \"d\"\n";

	(void)state;
	for (size_t len = 0; len <= sizeof(text) - 1; len++) {
		char *exact = exact_bytes(text, len);
		struct netrc_entry en;
		struct error e = NO_ERROR;
		int rc = netrc_find((struct slice){ exact, len }, "x", NULL, &en, &e);

		assert_true((rc == -1) == (e.cls == ERR_CONFIG));
		assert_true((rc == 1) == (len == sizeof(text) - 1 || len == sizeof(text) - 2));
		netrc_entry_free(&en);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_entry_that_fits_serves),
		cmocka_unit_test(test_how_words_are_written),
		cmocka_unit_test(test_what_is_broken_is_told_without_its_words),
		cmocka_unit_test(test_any_beginning_of_a_file_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
