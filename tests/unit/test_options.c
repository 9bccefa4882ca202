/* The table of keywords: what each takes, refuses and prints. */
#include "unit.h"

#include <stddef.h>

#include "config/lexer.h"
#include "config/options.h"
#include "net/tls.h"

#define FP "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define FP_LOWER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static int
set_environment(void **state)
{
	(void)state;
	return setenv("HOME", "/home/alice", 1) | setenv("DIR", "/some/dir", 1) |
	       setenv("EMPTY", "", 1) | unsetenv("NO_SUCH_VARIABLE");
}

/* Sets the keyword as a line of the config file would. */
static int
set_line(struct account *a, const char *line, size_t *bad, struct error *e)
{
	const struct option *o;
	struct words w;
	unsigned column;
	int rc;

	assert_row(lex_line(slice_str(line), &w, &column, e) == 0, "%s", line);
	assert_true(w.n > 0);
	o = option_find(w.word[0]);
	assert_row(o != NULL, "%s", line);
	rc = o->set(a, o, (const char *const *)w.word + 1, w.n - 1, bad, e);
	words_free(&w);
	return rc;
}

static void
set(struct account *a, const char *line)
{
	struct error e = NO_ERROR;
	size_t bad;

	assert_row(set_line(a, line, &bad, &e) == 0, "%s: %s", line, e.msg);
}

/* Whether the i-th value of the keyword prints as want; want NULL: that there is none. */
static void
check_shown(const struct account *a, const char *keyword, size_t i, const char *want)
{
	const struct option *o = option_find(keyword);
	struct buf out = BUF_INIT(64 * KiB);
	bool shown = o->show(a, o, i, &out);

	assert_row(shown == (want != NULL), "%s", keyword);
	if (want != NULL)
		check_bytes(out.p, out.len, want, strlen(want), keyword, __FILE__, __LINE__);
	else
		assert_int_equal(out.len, 0);
	buf_free(&out);
}

/* ---- the table ---- */

static void
test_the_table_is_sorted_and_whole(void **state)
{
	(void)state;
	for (const struct option *o = options; o->name != NULL; o++) {
		assert_row(o == options || strcmp(o[-1].name, o->name) < 0, "%s", o->name);
		assert_row(o->set != NULL && o->show != NULL, "%s", o->name);
		assert_row(o->argument != NULL && *o->argument != '\0', "%s", o->name);
		assert_row(o->help != NULL && *o->help != '\0', "%s", o->name);
		assert_row(o->standard != NULL && o->min <= o->max, "%s", o->name);
		assert_ptr_equal(option_find(o->name), o);
		assert_string_equal(option_suggest(options, o->name), o->name);
	}
	assert_null(option_find(""));
	assert_null(option_find("Host"));
	assert_null(option_find("hos"));
	assert_null(option_find("account"));
}

/* The default in words, where it is a value of the keyword, is what a new account has. */
static void
test_the_defaults_in_words_are_those_in_force(void **state)
{
	(void)state;
	for (const struct option *o = options; o->name != NULL; o++) {
		struct account *fresh = account_new("a", "x"), *a = account_new("a", "x");
		struct buf want = BUF_INIT(KiB), got = BUF_INIT(KiB);
		struct error e = NO_ERROR;
		size_t bad;

		if (*o->standard != '\0' && strchr(o->standard, ' ') == NULL) {
			assert_row(o->set(a, o, &o->standard, 1, &bad, &e) == 0, "%s", o->name);
			assert_true(o->show(a, o, 0, &want) && o->show(fresh, o, 0, &got));
			assert_bytes_equal(buf_slice(&got), buf_slice(&want), o->name);
		}
		buf_free(&want);
		buf_free(&got);
		account_free(a);
		account_free(fresh);
	}
}

static void
test_only_the_password_is_secret(void **state)
{
	(void)state;
	for (const struct option *o = options; o->name != NULL; o++)
		assert_row(o->secret == (strcmp(o->name, "password") == 0), "%s", o->name);
}

/* ---- what is taken, and how it prints ---- */

static void
test_values_are_taken_and_printed(void **state)
{
	static const struct {
		const char *line, *shown; /* NULL: as it stands in the line */
	} t[] = {
		{ "auth auto", NULL },
		{ "auth user", NULL },
		{ "auth apop", NULL },
		{ "connect-command \"ssh gw nc $HAULMAIL_HOST 110\"", NULL },
		{ "auth plain", NULL },
		{ "auth login", NULL },
		{ "auth cram-md5", NULL },
		{ "auth scram-sha-1", NULL },
		{ "auth scram-sha-256", NULL },
		{ "auth oauthbearer", NULL },
		{ "auth xoauth2", NULL },
		{ "auth external", NULL },
		{ "deliver mbox /a/b", NULL },
		{ "deliver mbox ~/mail", "mbox /home/alice/mail" },
		{ "deliver mbox \"$DIR/in box\"", "mbox \"/some/dir/in box\"" },
		{ "deliver maildir ~/Mail/", "maildir /home/alice/Mail/" },
		{ "deliver pipe \"echo $DIR ~\"", "pipe \"echo $DIR ~\"" },
		{ "deliver stdout", NULL },
		{ "refused keep", NULL },
		{ "refused drop", NULL },
		{ "refused mbox ~/refused", "mbox /home/alice/refused" },
		{ "filter skip size > 20M", NULL },
		{ "filter skip header x", "skip header \"x\"" },
		{ "host pop.example.org", NULL },
		{ "host 192.0.2.1", NULL },
		{ "host ::1", NULL },
		{ "host [::1]", "::1" },
		{ "host [fe80::1%eth0]", "fe80::1%eth0" },
		{ "host b\303\274cher.example", "xn--bcher-kva.example" },
		{ "keep no", NULL },
		{ "keep yes", NULL },
		{ "keep 14d", NULL },
		{ "keep 336h", "14d" },
		{ "keep 0", "no" },
		{ "keep 0s", "no" },
		{ "keep 24855d", NULL },
		{ "limit 1", NULL },
		{ "limit 1000000000", NULL },
		{ "max-size 20M", NULL },
		{ "max-size 1", NULL },
		{ "max-size 20480k", "20M" },
		{ "mbox-lock both", NULL },
		{ "mbox-lock fcntl", NULL },
		{ "mbox-lock dotlock", NULL },
		{ "password hunter2", "********" },
		{ "password \"two words\"", "********" },
		{ "password-command \"pass show home\"", NULL },
		{ "password-command \"echo $HOME ~\"", NULL },
		{ "password-file /x", NULL },
		{ "password-file ~/x", "/home/alice/x" },
		{ "pipelining auto", NULL },
		{ "pipelining on", NULL },
		{ "pipelining off", NULL },
		{ "port 1", NULL },
		{ "port 65535", NULL },
		{ "socket ~/pop3", "/home/alice/pop3" },
		{ "source-address 127.0.0.2", NULL },
		{ "source-address 2001:db8::1", NULL },
		{ "state ${DIR}/home", "/some/dir/home" },
		{ "timeout 1s", NULL },
		{ "timeout 1d", NULL },
		{ "timeout 90s", NULL },
		{ "timeout 120s", "2m" },
		{ "tls pop3s", NULL },
		{ "tls stls", NULL },
		{ "tls off", NULL },
		{ "tls-ca $DIR", "/some/dir" },
		{ "tls-cert ~/me.pem", "/home/alice/me.pem" },
		{ "tls-key $DIR/me.key", "/some/dir/me.key" },
		{ "tls-min-version 1.2", NULL },
		{ "tls-min-version 1.3", NULL },
		{ "tls-fingerprint sha256:" FP, "sha256:" FP_LOWER },
		{ "tls-fingerprint SHA256:" FP, "sha256:" FP_LOWER },
		{ "tls-verify yes", NULL },
		{ "tls-verify no", NULL },
		{ "user alice@example.org", NULL },
		{ "user \"al ice\"", NULL },
		{ "user ~", NULL },
		{ "user $HOME", NULL },
		{ "user caf\303\251", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		size_t len = strcspn(t[i].line, " ");
		char *keyword = strndup(t[i].line, len);
		struct account *a = account_new("a", "x");

		assert_non_null(keyword);
		set(a, t[i].line);
		check_shown(a, keyword, 0, t[i].shown != NULL ? t[i].shown : t[i].line + len + 1);
		check_shown(a, keyword, 1, NULL);
		account_free(a);
		free(keyword);
	}
}

/* Each word of "auth" is a login of POP3's own or a mechanism, and each mechanism has its word. */
static void
test_the_words_of_auth(void **state)
{
	struct account *a = account_new("a", "x");
	uint32_t named = 0;

	(void)state;
	for (const char *const *w = option_find("auth")->choices; *w != NULL; w++, a->auth++) {
		const struct sasl_mech *m = account_mech(a);

		assert_string_equal(account_auth_word(a), *w);
		assert_row((m == NULL) == (a->auth < ACCOUNT_AUTH_SASL), "%s", *w);
		assert_row(
		    m == NULL || (slice_caseequal(slice_str(m->name), *w) && !m->binds), "%s", *w);
		named |= sasl_bit(m);
	}
	for (const struct sasl_mech *m = sasl_mechs; m->name != NULL; m++)
		assert_row(m->binds == ((named & sasl_bit(m)) == 0), "%s", m->name);
	account_free(a);
}

static void
test_values_reach_their_members(void **state)
{
	struct account *a = account_new("a", "x");

	(void)state;
	set(a, "auth apop");
	assert_int_equal(a->auth, ACCOUNT_AUTH_APOP);
	set(a, "auth user");
	assert_int_equal(a->auth, ACCOUNT_AUTH_USER);
	set(a, "keep yes");
	assert_int_equal(a->keep_s, KEEP_YES);
	set(a, "keep 1m");
	assert_int_equal(a->keep_s, 60);
	set(a, "keep no");
	assert_int_equal(a->keep_s, KEEP_NO);
	set(a, "limit 7");
	assert_int_equal(a->limit, 7);
	set(a, "max-size 2K");
	assert_true(a->max_size == 2048);
	set(a, "mbox-lock dotlock");
	assert_int_equal(a->mbox_lock, MBOX_LOCK_DOTLOCK);
	set(a, "mbox-lock fcntl");
	assert_int_equal(a->mbox_lock, MBOX_LOCK_FCNTL);
	set(a, "password \"#1 \\\"x\\\\\"");
	assert_string_equal(a->password, "#1 \"x\\");
	set(a, "pipelining on");
	assert_int_equal(a->pipelining, ACCOUNT_ON);
	set(a, "pipelining off");
	assert_int_equal(a->pipelining, ACCOUNT_OFF);
	set(a, "timeout 5m");
	assert_int_equal(a->timeout_s, 300);
	set(a, "tls stls");
	assert_int_equal(a->tls, ACCOUNT_STLS);
	set(a, "tls off");
	assert_int_equal(a->tls, ACCOUNT_TLS_OFF);
	set(a, "tls-verify no");
	assert_int_equal(a->tls_verify, 0);
	set(a, "tls-verify yes");
	assert_int_equal(a->tls_verify, 1);
	set(a, "tls-min-version 1.3");
	assert_int_equal(a->tls_min_version, TLS_FROM_1_3);
	set(a, "tls-min-version 1.2");
	assert_int_equal(a->tls_min_version, TLS_FROM_1_2);
	set(a, "user alice");
	set(a, "user bob");
	assert_string_equal(a->user, "bob"); /* the last one counts */
	account_free(a);
}

static void
test_a_name_that_was_guessed_is_not_printed(void **state)
{
	struct account *a = account_new("a", "x");

	(void)state;
	set(a, "user alice");
	a->user_guessed = true;
	check_shown(a, "user", 0, NULL);
	account_free(a);
}

static void
test_what_was_not_set_is_not_printed(void **state)
{
	static const char *const t[] = { "connect-command", "deliver", "filter", "host", "limit",
		"max-size", "password", "password-command", "password-file", "port", "socket",
		"source-address", "state", "tls-ca", "tls-cert", "tls-fingerprint", "tls-key",
		"user" };
	struct account *a = account_new("a", "x");

	(void)state;
	for (size_t i = 0; i < nitems(t); i++)
		check_shown(a, t[i], 0, NULL);
	account_free(a);
}

/* ---- what is refused ---- */

/* An account that has inherited what other values take the place of. */
static struct account *
with_defaults(void)
{
	struct account *a = account_new("a", "x");

	a->in_defaults = true;
	set(a, "connect-command nc");
	set(a, "password-command pass");
	set(a, "deliver mbox /x");
	set(a, "tls-fingerprint sha256:" FP);
	a->in_defaults = false;
	return a;
}

/* All values of the account, as "haulmail config" prints them. */
static void
print_all(const struct account *a, struct buf *out)
{
	for (const struct option *o = options; o->name != NULL; o++)
		for (size_t i = 0; o->show(a, o, i, out); i++)
			(void)buf_addf(out, "=%s\n", o->name);
}

static void
test_what_is_no_value_is_blamed_at_its_word(void **state)
{
	static const struct {
		const char *line;
		size_t bad;
		const char *words;
	} t[] = {
		{ "auth", 0, "METHOD" },
		{ "auth plan", 0, "auto, user, apop, plain," },
		{ "auth AUTO", 0, "xoauth2 or external" },
		{ "auth \"\"", 0, "xoauth2 or external" },
		{ "auth scram-sha-256-plus", 0, "xoauth2 or external" },
		{ "auth auto user", 1, "one value" },
		{ "deliver", 0, "a target" },
		{ "deliver inbox", 0, "a target" },
		{ "deliver maildr /x", 0, "a target" },
		{ "deliver maildir", 1, "DIR" },
		{ "deliver pipe", 1, "COMMAND" },
		{ "deliver pipe procmail -f x", 2, "no more" },
		{ "deliver stdout x", 1, "no more" },
		{ "refused", 0, "keep, drop or mbox" },
		{ "refused bounce", 0, "keep, drop or mbox" },
		{ "refused maildir /x", 0, "keep, drop or mbox" },
		{ "refused mbox", 1, "PATH" },
		{ "deliver mbox", 1, "PATH" },
		{ "deliver mbox \"\"", 1, "PATH" },
		{ "deliver mbox a b", 2, "no more" },
		{ "deliver mbox $NO_SUCH_VARIABLE/x", 1, "NO_SUCH_VARIABLE" },
		{ "deliver mbox ~bob/x", 1, "home directory" },
		{ "deliver mbox $EMPTY", 1, "empty" },
		{ "filter", 0, "accept, skip or delete" },
		{ "filter skip size > x", 3, "a size" },
		{ "host", 0, "HOST" },
		{ "host \"\"", 0, "empty" },
		{ "host []", 0, "IPv6" },
		{ "host [pop.example.org]", 0, "IPv6" },
		{ "host [::\xff]", 0, "IPv6" },
		{ "host [::1", 0, "]" },
		{ "host [::1]:995", 0, "]" },
		{ "host a b", 1, "one value" },
		{ "host \"a\rb\"", 0, "control" },
		{ "host b\374cher.example", 0, "UTF-8" },
		{ "connect-command nc mail 110", 1, "quote it" },
		{ "socket $EMPTY", 0, "empty" },
		{ "source-address localhost", 0, "an IPv4 or IPv6 address" },
		{ "source-address", 0, "ADDRESS" },
		{ "keep", 0, "no|yes|DURATION" },
		{ "keep maybe", 0, "no, yes" },
		{ "keep 14", 0, "no, yes" },
		{ "keep -1s", 0, "no, yes" },
		{ "keep 24856d", 0, "no, yes" },
		{ "keep 14 d", 1, "one value" },
		{ "limit 0", 0, "from 1 to 1000000000" },
		{ "limit -1", 0, "from 1 to" },
		{ "limit 1000000001", 0, "from 1 to" },
		{ "limit 99999999999999999999", 0, "from 1 to" },
		{ "limit 5x", 0, "from 1 to" },
		{ "limit none", 0, "from 1 to" },
		{ "max-size 0", 0, "a size" },
		{ "max-size x", 0, "a size" },
		{ "max-size 5X", 0, "a size" },
		{ "max-size -1", 0, "a size" },
		{ "max-size 9223372036854775808", 0, "a size" },
		{ "mbox-lock flock", 0, "both, fcntl or dotlock" },
		{ "password", 0, "PASSWORD" },
		{ "password \"\"", 0, "empty" },
		{ "password two words", 1, "quote it" },
		{ "password a\033b", 0, "control" },
		{ "password-command pass show", 1, "quote it" },
		{ "password-file $NO_SUCH_VARIABLE", 0, "NO_SUCH_VARIABLE" },
		{ "password-file $EMPTY", 0, "empty" },
		{ "pipelining yes", 0, "auto, on or off" },
		{ "port 0", 0, "from 1 to 65535" },
		{ "port 65536", 0, "from 1 to 65535" },
		{ "port +995", 0, "from 1 to 65535" },
		{ "port \" 995\"", 0, "from 1 to 65535" },
		{ "port 995x", 0, "from 1 to 65535" },
		{ "port pop3s", 0, "from 1 to 65535" },
		{ "port 0x3e3", 0, "from 1 to 65535" },
		{ "state \"\"", 0, "empty" },
		{ "state $EMPTY", 0, "empty" },
		{ "state ~bob", 0, "home directory" },
		{ "timeout 60", 0, "a duration" },
		{ "timeout 0", 0, "from 1s to 86400s" },
		{ "timeout 0s", 0, "from 1s to 86400s" },
		{ "timeout 86401s", 0, "from 1s to 86400s" },
		{ "timeout 2d", 0, "from 1s to 86400s" },
		{ "timeout 1.5m", 0, "a duration" },
		{ "tls starttls", 0, "pop3s, stls or off" },
		{ "tls on", 0, "pop3s, stls or off" },
		{ "tls-ca ~x", 0, "home directory" },
		{ "tls-key ~x", 0, "home directory" },
		{ "password-file ~x", 0, "home directory" },
		{ "password \"\"", 0, "cannot be empty" },
		{ "socket ~x", 0, "home directory" },
		{ "tls-fingerprint " FP "0", 0, "64" },
		{ "tls-fingerprint sha256:", 0, "64" },
		{ "tls-fingerprint sha1:" FP, 0, "64" },
		{ "tls-fingerprint sha256:" FP "g", 0, "64" },
		{ "tls-min-version", 0, "VERSION" },
		{ "tls-min-version 1.4", 0, "1.2 or 1.3" },
		{ "tls-min-version 1.1", 0, "TLS 1.1 protects nothing" },
		{ "tls-min-version 1.0", 0, "1.2 or 1.3" },
		{ "tls-min-version 1.2 1.3", 1, "one value" },
		{ "tls-verify true", 0, "no or yes" },
		{ "user", 0, "NAME" },
		{ "user \"a\tb\"", 0, "control" },
		{ "user a\177", 0, "control" },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct account *a = with_defaults();
		struct buf before = BUF_INIT(64 * KiB), after = BUF_INIT(64 * KiB);
		struct error e = NO_ERROR;
		size_t bad = 12345;

		print_all(a, &before);
		assert_row(set_line(a, t[i].line, &bad, &e) == -1, "%s", t[i].line);
		print_all(a, &after);
		assert_row(slice_same(buf_slice(&before), buf_slice(&after)), "%s", t[i].line);
		buf_free(&before);
		buf_free(&after);
		assert_int_equal(e.cls, ERR_CONFIG);
		assert_row(strstr(e.msg, t[i].words) != NULL, "%s: %s", t[i].line, e.msg);
		assert_row(bad == t[i].bad, "%s: %zu", t[i].line, bad);
		account_free(a);
	}
}

static void
test_no_error_tells_a_password(void **state)
{
	static const char *const t[] = { "password hunter2 hunter2", "password \"hunter2\a\"",
		"password hunter2 x" };
	struct account *a = account_new("a", "x");

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		size_t bad;

		assert_int_equal(set_line(a, t[i], &bad, &e), -1);
		assert_row(strstr(e.msg, "hunter2") == NULL, "%s", e.msg);
	}
	set(a, "password hunter2");
	check_shown(a, "password", 0, "********");
	account_free(a);
}

/* ---- those that stand several times ---- */

static void
test_fingerprints_and_filters_and_targets_add_up(void **state)
{
	struct account *a = account_new("a", "x");
	struct error e = NO_ERROR;
	size_t bad;

	(void)state;
	set(a, "tls-fingerprint sha256:" FP);
	set(a, "tls-fingerprint 01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:"
	       "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:00");
	set(a, "filter skip size > 1");
	set(a, "filter delete size > 2");
	set(a, "deliver mbox /a");
	set(a, "deliver mbox /b");
	check_shown(a, "tls-fingerprint", 0, "sha256:" FP_LOWER);
	check_shown(a, "tls-fingerprint", 1,
	    "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd00");
	check_shown(a, "tls-fingerprint", 2, NULL);
	check_shown(a, "filter", 0, "skip size > 1");
	check_shown(a, "filter", 1, "delete size > 2");
	check_shown(a, "filter", 2, NULL);
	check_shown(a, "deliver", 0, "mbox /a");
	check_shown(a, "deliver", 1, "mbox /b");
	check_shown(a, "deliver", 2, NULL);
	assert_int_equal(set_line(a, "deliver mbox /a", &bad, &e), -1);
	assert_non_null(strstr(e.msg, "twice"));
	check_shown(a, "deliver", 2, NULL);
	account_free(a);
}

static void
test_own_targets_replace_inherited_ones(void **state)
{
	struct account *a = account_new("a", "x");

	(void)state;
	a->in_defaults = true;
	set(a, "deliver mbox /default1");
	set(a, "deliver mbox /default2");
	a->in_defaults = false;
	check_shown(a, "deliver", 1, "mbox /default2");
	set(a, "deliver mbox /default2"); /* no target twice: the inherited ones are gone */
	check_shown(a, "deliver", 0, "mbox /default2");
	check_shown(a, "deliver", 1, NULL);
	set(a, "deliver mbox /own");
	check_shown(a, "deliver", 1, "mbox /own");
	check_shown(a, "deliver", 2, NULL);
	account_free(a);
}

/* ---- printed values read back ---- */

static void
test_printed_words_read_back(void **state)
{
	static const char *const keywords[] = { "user", "password-command", "tls-ca", "filter",
		"deliver" };

	(void)state;
	for (int round = 0; round < 4000; round++) {
		const char *keyword = keywords[round % (int)nitems(keywords)];
		struct account *a = account_new("a", "x"), *b = account_new("a", "x");
		struct buf line = BUF_INIT(KiB), again = BUF_INIT(KiB);
		const struct option *o = option_find(keyword);
		char value[12];
		const char *words[3] = { value };
		size_t n = 1, len = 1 + random_below(sizeof(value) - 1), bad;
		struct error e = NO_ERROR;

		for (size_t i = 0; i < len; i++)
			value[i] = "ab# \"\\'/~.\303\251"[random_below(12)];
		value[len] = '\0';
		if (*value == '~')
			*value = '/'; /* else a name behind it would be no path */
		if (strcmp(keyword, "filter") == 0) {
			words[0] = "skip";
			words[1] = "header";
			words[2] = value;
			n = 3;
		} else if (strcmp(keyword, "deliver") == 0) {
			words[0] = "mbox";
			words[1] = value;
			n = 2;
		}
		if (o->set(a, o, words, n, &bad, &e) == 0) { /* not every expression is one */
			(void)buf_addf(&line, "%s ", keyword);
			assert_true(o->show(a, o, 0, &line));
			assert_int_equal(buf_addch(&line, '\0'), 0);
			set(b, line.p);
			(void)buf_addf(&again, "%s ", keyword);
			assert_true(o->show(b, o, 0, &again));
			assert_slice_equal(buf_slice(&again), line.p);
			if (strcmp(keyword, "user") == 0)
				assert_string_equal(b->user, value);
		} else {
			assert_row(strcmp(keyword, "filter") == 0, "%s: %s", keyword, e.msg);
		}
		buf_free(&line);
		buf_free(&again);
		account_free(a);
		account_free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_table_is_sorted_and_whole),
		cmocka_unit_test(test_the_defaults_in_words_are_those_in_force),
		cmocka_unit_test(test_only_the_password_is_secret),
		cmocka_unit_test(test_values_are_taken_and_printed),
		cmocka_unit_test(test_the_words_of_auth),
		cmocka_unit_test(test_values_reach_their_members),
		cmocka_unit_test(test_a_name_that_was_guessed_is_not_printed),
		cmocka_unit_test(test_what_was_not_set_is_not_printed),
		cmocka_unit_test(test_what_is_no_value_is_blamed_at_its_word),
		cmocka_unit_test(test_no_error_tells_a_password),
		cmocka_unit_test(test_fingerprints_and_filters_and_targets_add_up),
		cmocka_unit_test(test_own_targets_replace_inherited_ones),
		cmocka_unit_test(test_printed_words_read_back),
	};

	return cmocka_run_group_tests(tests, set_environment, NULL);
}
