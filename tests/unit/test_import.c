/* Configs of other programs: each setting becomes a line, or a comment that says why not. */
#include "unit.h"

#include "config/config.h"
#include "config/import.h"
#include "config/importer.h"

static char *dir;

/* What the text comes to: a new string. */
static char *
import(enum import_format f, struct slice text, bool with_passwords, struct import_result *res)
{
	struct buf out = BUF_INIT(4 * MiB);
	struct error e = NO_ERROR;
	char *copy = exact_bytes(text.p, text.len), *all;

	assert_int_equal(
	    import_config(f, (struct slice){ copy, text.len }, with_passwords, &out, res, &e), 0);
	assert_int_equal(buf_addch(&out, '\0'), 0);
	all = exact_bytes(out.p, out.len);
	buf_free(&out);
	free(copy);
	return all;
}

/* What is imported has to be a config without problems, if there is an account in it. */
static void
assert_accepted(const char *text, size_t accounts, const char *about)
{
	const char *path = in_dir(dir, "config");
	const struct account *a;
	struct config *c;
	size_t n = 0;

	write_file(path, text, strlen(text), 0600);
	c = config_load(path, NULL);
	TAILQ_FOREACH(a, &c->accounts, link)
		n++;
	if (n != accounts || (accounts > 0 && !TAILQ_EMPTY(&c->problems))) {
		print_error("%zu accounts, not %zu, or: %s\nfrom: %s\nin: %s", n, accounts,
		    TAILQ_EMPTY(&c->problems) ? "" : TAILQ_FIRST(&c->problems)->text, about, text);
		fail();
	}
	config_free(c);
}

#define F IMPORT_FETCHMAIL
#define M IMPORT_MPOP
#define G IMPORT_GETMAIL
#define POLL "poll h "
#define USER "poll h user u "
#define MPOP "account a\nhost h\n"
#define RC "[retriever]\ntype=SimplePOP3SSLRetriever\nserver=h\nusername=u\n"
#define DEST RC "[destination]\n"

/* A part of a config, and a line or part of one that comes of it. */
static const struct {
	enum import_format format;
	const char *in, *line;
} settings[] = {
	/* ---- fetchmail ---- */
	{ F, "poll pop.example.org", "account pop.example.org\n    host pop.example.org\n" },
	{ F, "server h", "    host h\n" },
	{ F, POLL "via real.example", "    host real.example\n" },
	{ F, POLL "via real.example", "--state ~/.fetchids h @h\n" },
	{ F, "poll h proto IMAP", "# account h\n" },
	{ F, "skip h", "# account h\n" },
	{ F, POLL "protocol APOP", "    auth apop\n" },
	{ F, POLL "port 1110", "    port 1110\n" },
	/* a key whose certificate could not be had */
	{ F, USER "sslcert '~bob/c' sslkey k", "needs \"tls-cert\"" },
	{ F, POLL "service pop3s", "    port 995\n" },
	{ F, POLL "port 99999", "# line 1: port 99999: as \"port\": " },
	{ F, "poll h user 'a' there with password 'b', is c here;", "    user a\n" },
	{ F, "poll h user c here is a there", "    user a\n" },
	{ F, "poll h user a is \"x y\" here", "# line 1: is x y: several recipients" },
	{ F, "poll h user a is b * here mda 'x %F'", "    deliver pipe \"x \\\"$SENDER\\\"\"\n" },
	{ F, "poll h user a is b=c here mda 'x %T'", "# line 1: is b = c: several recipients" },
	{ F, "poll h user a is b here user c is d here", "account c@h\n" },
	{ F, "poll h username \"a \\\"b\\\"\"", "    user \"a \\\"b\\\"\"\n" },
	{ F, "poll h user \"\\x41\\66\\0103\"", "    user ABC\n" },
	{ F, "poll h user \"a\\\nb\"", "    user ab\n" },
	{ F, "poll h user \"a\nb\"", "# line 1: username a\\012b: as \"user\": it has a control" },
	{ F, "defaults proto imap\npoll h proto pop3", "account h\n" },
	{ F, "defaults timeout 60 user x\npoll h", "    timeout 60s\n" },
	{ F, USER "ssl", "    tls pop3s\n" },
	{ F, USER "sslproto ''", "    tls off\n" },
	{ F, USER "sslproto auto", "    tls stls\n" },
	{ F, USER "no ssl", "    tls stls\n" },
	{ F, USER "nosslcertck ssl", "    tls-verify no\n" },
	{ F, USER "no sslcertck ssl sslfingerprint 'AA:BB'",
	    "# line 1: sslfingerprint AA:BB: an MD5" },
	{ F, USER "sslcertfile /x", "    tls-ca /x\n" },
	{ F, USER "sslcommonname x", "# line 1: sslcommonname x: haulmail wants" },
	{ F, USER "auth password", "    auth user\n" },
	{ F, USER "auth any", "    user u\n" },
	{ F, USER "auth gssapi", "# line 1: authenticate gssapi: as \"auth\": " },
	{ F, USER "keep", "    keep yes\n" },
	{ F, USER "limit 1000", "    max-size 1000\n" },
	{ F, USER "limit 1000 limitflush", "    filter delete size > 1000\n" },
	{ F, USER "limit 1000 limitflush keep", "    max-size 1000\n" },
	{ F, USER "limit 1000 limitflush keep", "# line 1: limitflush: haulmail deletes nothing" },
	{ F, USER "fetchlimit 7", "    limit 7\n" },
	{ F, USER "mda 'x -f %F -d %T' is me",
	    "    deliver pipe \"x -f \\\"$SENDER\\\" -d \\\"me\\\"\"\n" },
	{ F, USER "mda \"x -f '%F'\"", "    deliver pipe \"x -f \\\"$SENDER\\\"\"\n" },
	{ F, USER "mda 'sh -c \"x %F\"'", "# line 1: mda sh -c \"x %F\": as \"deliver\": within" },
	{ F, USER,
	    "    deliver pipe \"/usr/sbin/sendmail -i -f \\\"$SENDER\\\" -- \\\"$LOGNAME\\\"\"\n" },
	{ F, USER "smtphost relay.example", "# line 1: smtphost relay.example: not to be carried" },
	{ F, USER "folder a, b", "# line 1: folders a b: for IMAP" },
	{ F, USER "fetchall rewrite", "# line 1: fetchall: haulmail fetches what" },
	{ F, USER "warnings 3600 expunge 5", "# line 1: expunge 5: haulmail's journal" },
	{ F, POLL "envelope 2 X-To localdomains a b aka c",
	    "# line 1: envelope X-To: haulmail does not sort" },
	{ F, "set daemon 300\n" POLL, "# line 1: daemon 300: haulmail runs once" },
	{ F, "set syslog\n" POLL, "# line 1: syslog: run haulmail with --log syslog" },
	{ F, USER "plugin ' nc  %h %p '",
	    "    connect-command \"nc \\\"$HAULMAIL_HOST\\\" \\\"$HAULMAIL_PORT\\\"\"\n" },
	{ F, USER "plugin 'ssh -W %h:%p g;x'",
	    "    connect-command \"ssh -W \\\"$HAULMAIL_HOST\\\":\\\"$HAULMAIL_PORT\\\" "
	    "'g;x'\"\n" },
	{ F, USER "hocus", "# line 1: a word: haulmail does not know this" },
	{ F, "# poll x\npoll h # user y\nuser u", "    user u\n" },
	{ F, USER "timeout", "# line 1: timeout: as \"timeout\": " },
	/* ---- mpop ---- */
	{ M, MPOP, "account a\n    host h\n" },
	{ M, "account a", "# account a\n" },
	{ M, "account a.lock\nhost h\n", "account a_lock\n    host h\n" },
	{ M, "account -x.y/z\nhost h\n", "account x-x.y_z\n    host h\n" },
	{ M, MPOP "tls on", "    tls stls\n" },
	{ M, MPOP "tls\ntls_starttls off", "    tls pop3s\n" },
	{ M, MPOP "auth user", "    tls off\n" },
	{ M, MPOP, "    # tls: mpop has it off here" },
	{ M, "account a\nhost localhost", "    tls off\n" },
	{ M, "defaults\ntls on\ntls_starttls off\n" MPOP, "    tls pop3s\n" },
	{ M, MPOP "user x\naccount b : a\nport 1", "account b\n    host h\n    port 1\n" },
	{ M, MPOP "account default : a", "# account default\n" },
	{ M, MPOP "user \"a b\"", "    user \"a b\"\n" },
	{ M, MPOP "passwordeval pass show x", "    password-command \"pass show x\"\n" },
	{ M, MPOP "user x",
	    "    # password-command \"secret-tool lookup host h service pop3 user x\"\n" },
	{ M, MPOP "tls_certcheck off", "    tls-verify no\n" },
	{ M, MPOP "tls_trust_file ~/ca.pem", "    tls-ca ~/ca.pem\n" },
	{ M, MPOP "tls_fingerprint 00:11",
	    "# line 3: tls_fingerprint 00:11: as \"tls-fingerprint\"" },
	{ M, MPOP "timeout 30", "    timeout 30s\n" },
	{ M, MPOP "timeout off", "# line 3: timeout off: haulmail always has one" },
	{ M, MPOP "pipelining on", "    pipelining on\n" },
	{ M, MPOP "keep", "    keep yes\n" },
	{ M, MPOP "keep 30d", "    keep 30d\n" },
	{ M, MPOP "killsize 1m", "    filter delete size > 1m\n" },
	{ M, MPOP "killsize 1m\nkeep on", "    filter skip size > 1m\n" },
	{ M, MPOP "skipsize 2k\nkillsize off", "    filter skip size > 2k\n" },
	{ M, MPOP "delivery mbox ~/a b", "    deliver mbox \"~/a b\"\n" },
	{ M, MPOP "delivery maildir ~/m", "    deliver maildir ~/m\n" },
	{ M, MPOP "delivery mda x '%F' %S", "    deliver pipe \"x \\\"$SENDER\\\" %S\"\n" },
	{ M, MPOP "delivery exchange /x", "# line 3: delivery exchange /x: haulmail has no such" },
	{ M, MPOP "delivery mbox $HOME/x", "# line 3: delivery mbox $HOME/x: the \"$\"" },
	{ M, MPOP "filter x", "# line 3: filter x: haulmail asks no program" },
	{ M, MPOP "received_header on", "# line 3: received_header on: haulmail adds" },
	{ M, MPOP "proxy_host p", "# line 3: proxy_host p: haulmail speaks to no proxy" },
	{ M, MPOP "source_ip 192.0.2.7", "    source-address 192.0.2.7\n" },
	{ M, MPOP "uidls_file ~/%U@%H\nuser u", "--state ~/u@h a\n" },
	{ M, MPOP "user u", "--state ~/.mpop_uidls/u_at_h a\n" },
	{ M, MPOP "hocus pocus", "# line 3: hocus pocus: haulmail does not know this" },
	{ M, MPOP "eval echo password s3cret", "# line 3: eval: haulmail runs no commands" },
	/* ---- getmail ---- */
	{ G, RC, "account h\n    host h\n    tls pop3s\n" },
	{ G, RC, "    # getmail did not verify the certificate" },
	{ G, RC, "    keep yes\n" },
	{ G, RC "[options]\ndelete = true", "    keep no\n" },
	{ G, RC "[options]\ndelete_after=10", "    keep 10d\n" },
	{ G, RC "[options]\nmax_message_size=5\nmax_messages_per_session=6", "    max-size 5\n" },
	{ G, RC "[options]\nmax_messages_per_session=6", "    limit 6\n" },
	{ G, RC "[options]\nRead_All: yes", "# line 6: options.read_all yes: haulmail fetches" },
	{ G, RC "[options]\nmessage_log_syslog=1",
	    "# line 6: options.message_log_syslog 1: run haulmail with --log" },
	{ G, RC "[options]\ndelete_bigger_than=1", "# line 6: options.delete_bigger_than 1: " },
	{ G, "[retriever]\nserver=h\ntype=SimplePOP3Retriever", "    tls off\n" },
	{ G, "[retriever]\nserver=h\ntype=SimpleIMAPSSLRetriever", "# account h\n" },
	{ G, RC "port: 1995\ntimeout=9", "    port 1995\n" },
	{ G, RC "timeout=9", "    timeout 9s\n" },
	{ G, RC "use_apop=on", "    auth apop\n" },
	{ G, RC "ca_certs=/x", "    tls-ca /x\n" },
	{ G, RC "password_command=('a b',\n  \"c'd\", )",
	    "    password-command \"'a b' 'c'\\\\''d'\"\n" },
	{ G, RC "envelope_recipient=delivered-to:1", "# line 5: retriever.envelope_recipient" },
	{ G, DEST "type=Maildir\npath=~/m/", "    deliver maildir ~/m/\n" },
	{ G, DEST "type=Mboxrd\npath=~/m", "    deliver mbox ~/m\n" },
	{ G, DEST "type=MDA_external\npath=/x\narguments=('-f', '%(sender)')\n",
	    "    deliver pipe \"/x -f \\\"$SENDER\\\"\"\n" },
	{ G, DEST "type=MDA_external\npath=/bin/sh\narguments=('-c', 'x %(sender)')\n",
	    "# line 7: destination.path /bin/sh: the sender is not safe" },
	{ G, DEST "type=MDA_external\npath=/x\nunixfrom=1\n",
	    "# line 8: destination.unixfrom 1: haulmail's pipe" },
	{ G, DEST "type=MultiDestination\ndestinations=('~/a/','[x]')\n[x]\ntype=Mboxrd\npath=/b",
	    "    deliver maildir ~/a/\n    deliver mbox /b\n" },
	{ G, DEST "type=MultiDestination\ndestinations=('[destination]',)",
	    "there is no such section" },
	{ G, DEST "type=MDA_lmtp\nhost=x",
	    "# line 6: destination.type MDA_lmtp: haulmail delivers" },
	{ G, DEST "type=Mboxrd\npath=~joe/m", "as \"deliver\": \"~\" means your own" },
	{ G, RC "[filter-1]\ntype=Filter_external", "# line 5: a filter program" },
	{ G, RC, "oldmail-h-995-u h\n" },
};

static void
test_settings_become_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < nitems(settings); i++) {
		struct import_result res;
		char *out = import(settings[i].format, slice_str(settings[i].in), true, &res);

		if (strstr(out, settings[i].line) == NULL) {
			print_error(
			    "no line: %s\nfrom: %s\nin: %s", settings[i].line, settings[i].in, out);
			fail();
		}
		assert_accepted(out, res.accounts, settings[i].in);
		free(out);
	}
}

/* Where haulmail does the same by itself, nothing is said. */
static void
test_what_needs_no_word_gets_none(void **state)
{
	static const struct {
		enum import_format format;
		const char *in, *without;
	} t[] = {
		{ F, USER "uidl no keep no fetchall no rewrite nodns", "line 1:" },
		{ F, USER "timeout 0 limit 0 fetchlimit 0", "line 1:" },
		{ F, "set no bouncemail\n" USER, "line 1:" },
		{ M, MPOP "only_new on\nreceived_header off\nkeep off\nauth on", "# line " },
		{ G, RC "[options]\nread_all=false\nreceived=0\ndelivered_to=no", "# line " },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct import_result res;
		char *out = import(t[i].format, slice_str(t[i].in), true, &res);

		assert_row(strstr(out, t[i].without) == NULL, "%s: %s", t[i].in, out);
		free(out);
	}
}

static void
test_passwords_come_only_when_wanted(void **state)
{
	static const struct {
		enum import_format format;
		const char *in;
		size_t left_out;
	} t[] = {
		{ F, USER "password \"s3cret # \\\"x\"", 1 },
		{ F, USER "pass s3cret s3cret-too", 1 },
		{ F, "skip h user u password s3cret", 0 },
		{ F, USER "password x esmtppassword s3cret", 1 },
		{ M, MPOP "password s3cret", 1 },
		{ M, MPOP "password \"s3cret\"\naccount b : a\nport 1\n", 2 },
		{ M, "account a\npassword s3cret", 0 },
		{ G, RC "password = s3cret\n  s3cret", 1 },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		struct import_result res;
		char *out = import(t[i].format, slice_str(t[i].in), false, &res);

		assert_row(strstr(out, "s3cret") == NULL, "%s: %s", t[i].in, out);
		assert_row(res.passwords == t[i].left_out, "%s", t[i].in);
		free(out);
		out = import(t[i].format, slice_str(t[i].in), true, &res);
		assert_row(res.passwords == 0, "%s", t[i].in);
		assert_accepted(out, res.accounts, t[i].in);
		free(out);
	}
	{
		struct import_result res;
		char *out = import(F, slice_str(USER "password \"s3 # \\\"x\""), true, &res);

		assert_non_null(strstr(out, "    password \"s3 # \\\"x\"\n"));
		assert_non_null(strstr(out, "mode 0600"));
		free(out);
	}
}

static void
test_configs_are_told_by_their_looks(void **state)
{
	static const struct {
		const char *text;
		enum import_format format;
	} t[] = {
		{ "", IMPORT_UNKNOWN },
		{ "# account\n", IMPORT_UNKNOWN },
		{ "defaults\ntls on\naccount x\n", M },
		{ "defaults\n  proto pop3\npoll x\n", F },
		{ "set daemon 5\n", F },
		{ " skip x\n", F },
		{ "; x\n[options]\npoll=1\n", G },
		{ "host x\nuser y\n", IMPORT_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *copy = exact_copy(t[i].text);

		assert_row(import_recognise_config((struct slice){ copy, strlen(t[i].text) }) ==
			       t[i].format,
		    "%s", t[i].text);
		free(copy);
	}
	for (int f = IMPORT_FETCHMAIL; f <= IMPORT_POP3EL; f++)
		assert_int_equal(import_format_named(import_format_name((enum import_format)f)), f);
	assert_int_equal(import_format_named("nonsense"), IMPORT_UNKNOWN);
}

static void
test_a_state_file_is_no_config(void **state)
{
	struct buf out = BUF_INIT(KiB);
	struct import_result res;
	struct error e = NO_ERROR;

	(void)state;
	assert_int_equal(import_config(IMPORT_FDM, slice_str(""), false, &out, &res, &e), -1);
	assert_int_equal(e.cls, ERR_USAGE);
	buf_free(&out);
}

/* Words of all three programs in any order: whatever comes out, haulmail can read. */
static void
test_any_words_become_a_config(void **state)
{
	static const char *const words[] = { "poll", "skip", "defaults", "set", "no", "user", "is",
		"here", "there", "pass", "ssl", "sslproto", "mda", "keep", "limit", "limitflush",
		"timeout", "account", "host", "password", "passwordeval", "tls", "delivery", "mbox",
		"mda", "killsize", "skipsize", "uidls_file", "[retriever]", "[destination]",
		"[options]", "type", "server", "path", "SimplePOP3SSLRetriever", "Maildir",
		"MultiDestination", "destinations", "delete_after", "a", "h", "x y", "1",
		"99999999999999999999", "\"", "'", "\\", "%F", "%T", "=", ":", ",", "#", "\n", "\n",
		"\n", "\n ", "\"\"", "''", "~/x", "$HOME", "~u", "\033[2J", "\001", "\377",
		"('a', \"b\")", "[x]", "(", "\\x", "\\n", "on", "off", "via", "port", "$" };

	(void)state;
	for (int round = 0; round < 6000; round++) {
		enum import_format f = (enum import_format)(F + random_below(3));
		struct buf in = BUF_INIT(4 * KiB);
		struct import_result res;
		char *out;

		(void)buf_addstr(&in, f == F ? "poll h " : f == M ? MPOP : RC);
		for (unsigned n = random_below(30); n > 0; n--)
			(void)buf_addf(&in, "%s%s", words[random_below(nitems(words))],
			    random_below(4) == 0 ? "" : " ");
		out = import(f, buf_slice(&in), random_below(2) == 0, &res);
		assert_true(strpbrk(out, "\033\001") == NULL);
		(void)buf_addch(&in, '\0');
		assert_accepted(out, res.accounts, in.p);
		free(out);
		buf_free(&in);
	}
}

static void
test_commands_keep_the_sender_harmless(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "x", "x" },
		{ "", "" },
		{ "x -f %F -d %T", "x -f \"$SENDER\" -d \"me\"" },
		{ "x -f '%F' \"%T\"", "x -f \"$SENDER\" \"me\"" },
		{ "x 'a b' %F", "x 'a b' \"$SENDER\"" },
		{ "x \\'%F", "x \\'\"$SENDER\"" },
		{ "x 'a %F'", NULL },
		{ "x \"%F b\"", NULL },
		{ "sh -c \"x '%F'\"", NULL },
		{ "x '%F", NULL },
	};

	(void)state;
	for (size_t i = 0; i < nitems(t); i++) {
		char *out = import_command(t[i].in, "me");

		assert_row((out == NULL) == (t[i].out == NULL), "%s", t[i].in);
		if (out != NULL)
			assert_string_equal(out, t[i].out);
		free(out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings_become_lines),
		cmocka_unit_test(test_what_needs_no_word_gets_none),
		cmocka_unit_test(test_passwords_come_only_when_wanted),
		cmocka_unit_test(test_configs_are_told_by_their_looks),
		cmocka_unit_test(test_a_state_file_is_no_config),
		cmocka_unit_test(test_any_words_become_a_config),
		cmocka_unit_test(test_commands_keep_the_sender_harmless),
	};
	void *fixture = NULL;
	int failed;

	if (make_dir(&fixture) == -1)
		return 1;
	dir = fixture;
	(void)setenv("HOME", dir, 1);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	(void)remove_dir(&fixture);
	return failed;
}
