#include "config/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/suggest.h"
#include "config/targets.h"
#include "mail/addr.h"
#include "net/dial.h"
#include "net/hostname.h"
#include "net/tls.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/text.h"
#include "util/units.h"
#include "util/util.h"

#define FIELD(type, a, o) (*(type *)(void *)((char *)(uintptr_t)(a) + (o)->field))

/* ---- helpers ---- */

static int
want_one(const struct option *o, size_t n, size_t *bad, struct error *e)
{
	if (n == 1)
		return 0;
	*bad = n == 0 ? 0 : 1;
	return error_set(e, ERR_CONFIG,
	    n == 0 ? "\"%s\" wants a value: %s"
		   : "\"%s\" takes one value, %s (quote it if it has blanks)",
	    o->name, o->argument);
}

void
option_show_word(struct buf *out, const char *word)
{
	if (*word != '\0' && word[strcspn(word, " \t\"#\\")] == '\0') {
		(void)buf_addstr(out, word);
		return;
	}
	(void)buf_addch(out, '"');
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			(void)buf_addch(out, '\\');
		(void)buf_addch(out, *word);
	}
	(void)buf_addch(out, '"');
}

char *
option_expand(const struct option *o, const char *word, struct error *e)
{
	char *path = path_expand(word, e);

	if (path != NULL && *path == '\0') {
		(void)error_set(e, ERR_CONFIG, "\"%s\" cannot be empty, as %s is", o->name, word);
		free(path);
		return NULL;
	}
	return path;
}

void
option_replace_inherited(struct account *a, unsigned group, void (*clear)(struct account *a))
{
	if (!a->in_defaults && (a->inherited & group) != 0)
		clear(a);
	if (a->in_defaults)
		a->inherited |= group;
	else
		a->inherited &= ~group;
}

/* ---- strings and paths ---- */

static int
set_string(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (*words[0] == '\0')
		return error_set(e, ERR_CONFIG, "\"%s\" cannot be empty", o->name);
	if (text_has_control(slice_str(words[0])))
		return error_set(e, ERR_CONFIG, "\"%s\" has a control character in it", o->name);
	free_secret(FIELD(char *, a, o));
	FIELD(char *, a, o) = xstrdup(words[0]);
	return 0;
}

static int
set_path(struct account *a, const struct option *o, const char *const *words, size_t n, size_t *bad,
    struct error *e)
{
	char *path;

	if (set_string(a, o, words, n, bad, e) == -1)
		return -1;
	if ((path = option_expand(o, words[0], e)) == NULL)
		return -1;
	free(FIELD(char *, a, o));
	FIELD(char *, a, o) = path;
	return 0;
}

static void
clear_secrets(struct account *a)
{
	free_secret(a->password);
	free(a->password_command);
	free(a->password_file);
	a->password = a->password_command = a->password_file = NULL;
}

static int
set_secret(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	option_replace_inherited(a, INHERITED_SECRET, clear_secrets);
	return set_string(a, o, words, n, bad, e);
}

static int
set_secret_path(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	option_replace_inherited(a, INHERITED_SECRET, clear_secrets);
	return set_path(a, o, words, n, bad, e);
}

static bool
show_string(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	const char *value = FIELD(char *, a, o);

	if (i > 0 || value == NULL)
		return false;
	option_show_word(out, o->secret ? "********" : value);
	return true;
}

/* A user's name that was only guessed is nothing to be shown: ~/.netrc may know another. */
static bool
show_user(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	return !a->user_guessed && show_string(a, o, i, out);
}

/* ---- where the server is ---- */

/* IPv6 as URLs write it: a new string without the brackets, or NULL with *e set. */
static char *
unbracket(const char *word, struct error *e)
{
	size_t len = strcspn(word + 1, "]");

	if (strcmp(word + 1 + len, "]") == 0)
		return xstrndup(word + 1, len);
	(void)error_set(e, ERR_CONFIG,
	    "an address that begins with \"[\" ends with \"]\"; the port has a keyword of its own");
	return NULL;
}

static int
set_host(struct account *a, const struct option *o, const char *const *words, size_t n, size_t *bad,
    struct error *e)
{
	char *host;
	int rc;

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (*words[0] == '[')
		host = unbracket(words[0], e);
	else if ((host = hostname_ascii(words[0])) == NULL)
		(void)error_set(e, ERR_CONFIG, "\"%s\" is no host name in UTF-8", o->name);
	if (host == NULL)
		return -1;
	rc = set_string(a, o, &(const char *){ host }, 1, bad, e);
	free(host);
	return rc;
}

static void
clear_way(struct account *a)
{
	free(a->socket);
	free(a->connect_command);
	a->socket = a->connect_command = NULL;
}

static int
set_connect_command(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	option_replace_inherited(a, INHERITED_WAY, clear_way);
	return set_string(a, o, words, n, bad, e);
}

static int
set_socket(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	option_replace_inherited(a, INHERITED_WAY, clear_way);
	return set_path(a, o, words, n, bad, e);
}

static int
set_source(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (!dial_is_address(words[0]))
		return error_set(
		    e, ERR_CONFIG, "\"%s\" wants an IPv4 or IPv6 address of this machine", o->name);
	return set_string(a, o, words, n, bad, e);
}

/* ---- numbers ---- */

static int
set_number(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	uint64_t value;

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	/* not by strtonum(3), which takes signs and blanks */
	if (!slice_number(slice_str(words[0]), (uint64_t)o->max, &value) ||
	    value < (uint64_t)o->min)
		return error_set(e, ERR_CONFIG,
		    "\"%s\" wants a number from %" PRId64 " to %" PRId64, o->name, o->min, o->max);
	FIELD(int64_t, a, o) = (int64_t)value;
	return 0;
}

static bool
show_number(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	int64_t value = FIELD(int64_t, a, o);

	if (i > 0 || value == 0)
		return false;
	(void)buf_addf(out, "%" PRId64, value);
	return true;
}

static int
set_duration(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	int64_t seconds;

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (duration_parse(words[0], &seconds) == -1)
		return error_set(
		    e, ERR_CONFIG, "\"%s\" wants a duration like 30s, 5m, 12h or 14d", o->name);
	if (seconds < o->min || seconds > o->max)
		return error_set(e, ERR_CONFIG, "\"%s\" must be from %" PRId64 "s to %" PRId64 "s",
		    o->name, o->min, o->max);
	FIELD(int64_t, a, o) = seconds;
	return 0;
}

static bool
show_duration(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	char text[UNITS_MAX];

	if (i > 0)
		return false;
	(void)buf_addstr(out, duration_format(text, FIELD(int64_t, a, o)));
	return true;
}

static int
set_size(struct account *a, const struct option *o, const char *const *words, size_t n, size_t *bad,
    struct error *e)
{
	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (size_parse(words[0], &FIELD(uint64_t, a, o)) == -1 || FIELD(uint64_t, a, o) == 0)
		return error_set(e, ERR_CONFIG, "\"%s\" wants a size like 500K or 20M", o->name);
	return 0;
}

static bool
show_size(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	char text[UNITS_MAX];

	if (i > 0 || FIELD(uint64_t, a, o) == 0)
		return false;
	(void)buf_addstr(out, size_format(text, FIELD(uint64_t, a, o)));
	return true;
}

/* ---- choices ---- */

static int
set_choice(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	struct buf all = BUF_INIT(256);

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	for (int i = 0; o->choices[i] != NULL; i++) {
		if (strcmp(words[0], o->choices[i]) == 0) {
			FIELD(int, a, o) = i;
			buf_free(&all);
			return 0;
		}
		(void)buf_addf(&all, "%s%s",
		    i == 0                      ? ""
		    : o->choices[i + 1] == NULL ? " or "
						: ", ",
		    o->choices[i]);
	}
	(void)error_set(e, ERR_CONFIG, "\"%s\" is %.*s", o->name, (int)all.len, all.p);
	buf_free(&all);
	return -1;
}

static bool
show_choice(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	if (i > 0)
		return false;
	(void)buf_addstr(out, o->choices[FIELD(int, a, o)]);
	return true;
}

/* ---- those with a grammar of their own ---- */

static int
set_keep(struct account *a, const struct option *o, const char *const *words, size_t n, size_t *bad,
    struct error *e)
{
	if (n == 1 && strcmp(words[0], "no") == 0)
		a->keep_s = KEEP_NO;
	else if (n == 1 && strcmp(words[0], "yes") == 0)
		a->keep_s = KEEP_YES;
	else if (want_one(o, n, bad, e) == -1)
		return -1;
	else if (*bad = 0, duration_parse(words[0], &a->keep_s) == -1)
		return error_set(e, ERR_CONFIG, "\"keep\" is no, yes, or a duration like 14d");
	return 0;
}

static bool
show_keep(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	if (a->keep_s != KEEP_NO && a->keep_s != KEEP_YES)
		return show_duration(a, o, i, out);
	if (i > 0)
		return false;
	(void)buf_addstr(out, a->keep_s == KEEP_YES ? "yes" : "no");
	return true;
}

static int
set_filter(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	(void)o;
	return ruleset_add(a->rules, words, n, bad, e);
}

static bool
show_filter(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	struct buf next = BUF_INIT(out->max);
	bool last = !ruleset_format(a->rules, i + 1, &next);

	(void)o;
	buf_free(&next);
	if (last && a->max_size_in_rules) /* it is shown as what it was written as */
		return false;
	return ruleset_format(a->rules, i, out);
}

static void
clear_fingerprints(struct account *a)
{
	while (a->n_tls_fingerprints > 0)
		free(a->tls_fingerprints[--a->n_tls_fingerprints]);
}

static int
set_fingerprint(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	char digits[TLS_FINGERPRINT_HEX];

	if (want_one(o, n, bad, e) == -1)
		return -1;
	*bad = 0;
	if (!tls_parse_fingerprint(words[0], digits))
		return error_set(
		    e, ERR_CONFIG, "\"tls-fingerprint\" wants sha256: and 64 hexadecimal digits");
	option_replace_inherited(a, INHERITED_FINGERPRINTS, clear_fingerprints);
	a->tls_fingerprints = xreallocarray(
	    a->tls_fingerprints, a->n_tls_fingerprints + 1, sizeof(*a->tls_fingerprints));
	a->tls_fingerprints[a->n_tls_fingerprints++] = xstrdup(digits);
	return 0;
}

static bool
show_fingerprint(const struct account *a, const struct option *o, size_t i, struct buf *out)
{
	(void)o;
	if (i >= a->n_tls_fingerprints)
		return false;
	(void)buf_addf(out, "sha256:%s", a->tls_fingerprints[i]);
	return true;
}

static int
set_min_version(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	*bad = 0;
	if (n == 1 && (strcmp(words[0], "1.0") == 0 || strcmp(words[0], "1.1") == 0))
		return error_set(e, ERR_CONFIG,
		    "\"%s\" is 1.2 or 1.3: TLS %s protects nothing any more (RFC 8996) and is not "
		    "spoken",
		    o->name, words[0]);
	return set_choice(a, o, words, n, bad, e);
}

static int
set_sender(struct account *a, const struct option *o, const char *const *words, size_t n,
    size_t *bad, struct error *e)
{
	if (set_string(a, o, words, n, bad, e) == -1)
		return -1;
	if (strcmp(words[0], "<>") != 0 && !addr_is_sendable(words[0]))
		return error_set(e, ERR_CONFIG,
		    "\"%s\" wants an address, or <> for none that answers could go to", o->name);
	return 0;
}

/* ---- the tables ---- */

/* In the order of enum account_auth; the mechanisms by their names in sasl/, in lower case. */
static const char *const auth_words[] = { "auto", "user", "apop", "plain", "login", "cram-md5",
	"scram-sha-1", "scram-sha-256", "oauthbearer", "xoauth2", "external", NULL };
static const char *const tls_words[] = { "pop3s", "stls", "off", NULL };
static const char *const tls_versions[] = { "1.2", "1.3", NULL };
static const char *const no_yes[] = { "no", "yes", NULL };
static const char *const auto_on_off[] = { "auto", "on", "off", NULL };
static const char *const lock_words[] = { "both", "fcntl", "dotlock", NULL };

#define AT(member) offsetof(struct account, member)
#define DAY ((int64_t)86400)

const struct option options[] = {
	{ "auth", set_choice, show_choice, AT(auth), 0, 0, auth_words, "METHOD", "auto", false,
	    "how to log in: auto takes the strongest that is offered" },
	{ "connect-command", set_connect_command, show_string, AT(connect_command), 0, 0, NULL,
	    "COMMAND", "", false, "a command that leads to the server, in the place of TCP" },
	{ "deliver", target_set_deliver, target_show_deliver, 0, 0, 0, NULL,
	    "mbox PATH|maildir DIR|pipe COMMAND|smtp RELAY to ADDR...|lmtp RELAY to ADDR...|stdout",
	    "mbox $MAIL", false, "where messages go; several lines mean several targets" },
	{ "filter", set_filter, show_filter, 0, 0, 0, NULL, "ACTION CONDITION...", "", false,
	    "accept, skip or delete messages by size or header" },
	{ "host", set_host, show_string, AT(host), 0, 0, NULL, "HOST", "", false,
	    "the POP3 server: a name or an address" },
	{ "keep", set_keep, show_keep, AT(keep_s), 0, 0, NULL, "no|yes|DURATION", "no", false,
	    "leave delivered messages on the server: no, yes, or for so long" },
	{ "limit", set_number, show_number, AT(limit), 1, 1000000000, NULL, "N", "", false,
	    "fetch at most so many messages a run" },
	{ "max-size", set_size, show_size, AT(max_size), 0, 0, NULL, "SIZE", "", false,
	    "skip messages larger than that" },
	{ "mbox-lock", set_choice, show_choice, AT(mbox_lock), 0, 0, lock_words, "KIND", "both",
	    false, "how to lock an mbox: both, fcntl or dotlock" },
	{ "password", set_secret, show_string, AT(password), 0, 0, NULL, "PASSWORD", "", true,
	    "the password itself; the file must be readable by you alone" },
	{ "password-command", set_secret, show_string, AT(password_command), 0, 0, NULL, "COMMAND",
	    "", false, "a command whose first line of output is the password" },
	{ "password-file", set_secret_path, show_string, AT(password_file), 0, 0, NULL, "PATH", "",
	    false, "a file whose first line is the password" },
	{ "patience", set_duration, show_duration, AT(patience_s), 0, 365 * DAY, NULL, "DURATION",
	    "0s", false, "how long a trouble that may pass is not told without a terminal" },
	{ "pipelining", set_choice, show_choice, AT(pipelining), 0, 0, auto_on_off, "auto|on|off",
	    "auto", false, "send commands without waiting for each reply" },
	{ "port", set_number, show_number, AT(port), 1, 65535, NULL, "PORT", "995, or 110", false,
	    "the server's TCP port" },
	{ "refused", target_set_refused, target_show_refused, 0, 0, 0, NULL, "keep|drop|mbox PATH",
	    "keep", false, "what becomes of a message that a target refuses" },
	{ "smtp-from", set_sender, show_string, AT(smtp_from), 0, 0, NULL, "ADDR|<>",
	    "that of the message", false, "the sender of what goes onward by smtp or lmtp" },
	{ "socket", set_socket, show_string, AT(socket), 0, 0, NULL, "PATH", "", false,
	    "the Unix socket of a server on this machine" },
	{ "source-address", set_source, show_string, AT(source_address), 0, 0, NULL, "ADDRESS", "",
	    false, "the address of this machine to connect from" },
	{ "state", set_path, show_string, AT(state), 0, 0, NULL, "PATH", "", false,
	    "the account's journal" },
	{ "timeout", set_duration, show_duration, AT(timeout_s), 1, DAY, NULL, "DURATION", "60s",
	    false, "how long to wait for the server, and for locks" },
	{ "tls", set_choice, show_choice, AT(tls), 0, 0, tls_words, "pop3s|stls|off", "pop3s",
	    false, "how the connection is secured" },
	{ "tls-ca", set_path, show_string, AT(tls_ca), 0, 0, NULL, "PATH", "", false,
	    "a file or directory of certificates to trust instead of the system's" },
	{ "tls-cert", set_path, show_string, AT(tls_cert), 0, 0, NULL, "PATH", "", false,
	    "a certificate to show to a server that asks who you are" },
	{ "tls-fingerprint", set_fingerprint, show_fingerprint, 0, 0, 0, NULL, "sha256:DIGITS", "",
	    false,
	    "trust only a certificate with this SHA-256; several lines, several certificates" },
	{ "tls-key", set_path, show_string, AT(tls_key), 0, 0, NULL, "PATH", "", false,
	    "the key of tls-cert, if it is not in the same file" },
	{ "tls-min-version", set_min_version, show_choice, AT(tls_min_version), 0, 0, tls_versions,
	    "VERSION", "1.2", false, "the oldest version of TLS to speak: 1.2 or 1.3" },
	{ "tls-verify", set_choice, show_choice, AT(tls_verify), 0, 0, no_yes, "yes|no", "yes",
	    false, "no accepts any certificate, with a warning each run" },
	{ "user", set_string, show_user, AT(user), 0, 0, NULL, "NAME", "your login name", false,
	    "the name to log in with" },
	{ .name = NULL },
};

static const char *const relay_tls_words[] = { "starttls", "smtps", "off", NULL };

static const char *const relay_auth_words[] = { "auto", "plain", "login", "cram-md5", "scram-sha-1",
	"scram-sha-256", "oauthbearer", "xoauth2", "external", NULL };

const char *
option_relay_auth(const struct account *relay)
{
	return relay->relay_auth > 0 ? relay_auth_words[relay->relay_auth] : NULL;
}

const struct option relay_options[] = {
	{ "auth", set_choice, show_choice, AT(relay_auth), 0, 0, relay_auth_words, "METHOD", "auto",
	    false, "how to log in: auto (the strongest there is), or a mechanism by its name" },
	{ "connect-command", set_connect_command, show_string, AT(connect_command), 0, 0, NULL,
	    "COMMAND", "", false, "a command that leads to the server, in the place of TCP" },
	{ "host", set_host, show_string, AT(host), 0, 0, NULL, "HOST", "", false,
	    "the SMTP or LMTP server: a name or an address" },
	{ "password", set_secret, show_string, AT(password), 0, 0, NULL, "PASSWORD", "", true,
	    "the password itself; the file must be readable by you alone" },
	{ "password-command", set_secret, show_string, AT(password_command), 0, 0, NULL, "COMMAND",
	    "", false, "a command whose first line of output is the password" },
	{ "password-file", set_secret_path, show_string, AT(password_file), 0, 0, NULL, "PATH", "",
	    false, "a file whose first line is the password" },
	{ "port", set_number, show_number, AT(port), 1, 65535, NULL, "PORT", "587, 465, or 25",
	    false, "the server's TCP port" },
	{ "socket", set_socket, show_string, AT(socket), 0, 0, NULL, "PATH", "", false,
	    "the Unix socket of a server on this machine" },
	{ "source-address", set_source, show_string, AT(source_address), 0, 0, NULL, "ADDRESS", "",
	    false, "the address of this machine to connect from" },
	{ "timeout", set_duration, show_duration, AT(timeout_s), 1, DAY, NULL, "DURATION", "5m",
	    false, "how long to wait for the server" },
	{ "tls", set_choice, show_choice, AT(relay_tls), 0, 0, relay_tls_words,
	    "starttls|smtps|off", "starttls, or off", false, "how the connection is secured" },
	{ "tls-ca", set_path, show_string, AT(tls_ca), 0, 0, NULL, "PATH", "", false,
	    "a file or directory of certificates to trust instead of the system's" },
	{ "tls-cert", set_path, show_string, AT(tls_cert), 0, 0, NULL, "PATH", "", false,
	    "a certificate to show to a server that asks who you are" },
	{ "tls-fingerprint", set_fingerprint, show_fingerprint, 0, 0, 0, NULL, "sha256:DIGITS", "",
	    false,
	    "trust only a certificate with this SHA-256; several lines, several certificates" },
	{ "tls-key", set_path, show_string, AT(tls_key), 0, 0, NULL, "PATH", "", false,
	    "the key of tls-cert, if it is not in the same file" },
	{ "tls-min-version", set_min_version, show_choice, AT(tls_min_version), 0, 0, tls_versions,
	    "VERSION", "1.2", false, "the oldest version of TLS to speak: 1.2 or 1.3" },
	{ "tls-verify", set_choice, show_choice, AT(tls_verify), 0, 0, no_yes, "yes|no", "yes",
	    false, "no accepts any certificate, with a warning each run" },
	{ "user", set_string, show_string, AT(user), 0, 0, NULL, "NAME", "", false,
	    "the name to log in with; without it there is no login" },
	{ .name = NULL },
};

/* ---- looking up ---- */

const char *
account_auth_word(const struct account *a)
{
	return auth_words[a->auth];
}

const struct sasl_mech *
account_mech(const struct account *a)
{
	return a->auth >= ACCOUNT_AUTH_SASL ? sasl_find(slice_str(account_auth_word(a))) : NULL;
}

bool
option_is_shared(const char *name)
{
	static const char *const shared[] = { "source-address", "timeout", "tls-ca", "tls-cert",
		"tls-key", "tls-min-version" };

	for (size_t i = 0; i < nitems(shared); i++)
		if (strcmp(name, shared[i]) == 0)
			return true;
	return false;
}

const struct option *
option_table(const struct account *a)
{
	return a->is_relay ? relay_options : options;
}

const struct option *
option_find_in(const struct option *table, const char *name)
{
	for (const struct option *o = table; o->name != NULL; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

const struct option *
option_find(const char *name)
{
	return option_find_in(options, name);
}

/* For suggest(), which asks by number only. */
static const struct option *asked;

bool
option_takes_words(const struct option *o)
{
	return o->set == set_filter || o->set == target_set_deliver || o->set == target_set_refused;
}

/* Section words can be misspelt as well. */
static const char *
name_at(size_t i)
{
	static const char *const sections[] = { "account", "defaults", "include", "relay" };
	size_t n = 0;

	while (asked[n].name != NULL)
		n++;
	if (i < n)
		return asked[i].name;
	return i - n < nitems(sections) ? sections[i - n] : NULL;
}

const char *
option_suggest(const struct option *table, const char *word)
{
	asked = table;
	return suggest(word, name_at);
}
