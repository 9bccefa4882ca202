#include "config/options.h"

#include <stddef.h>
#include <string.h>

#include "config/suggest.h"
#include "config/targets.h"
#include "config/values.h"
#include "util/text.h"
#include "util/util.h"

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
	{ "auth", value_set_choice, value_show_choice, AT(auth), 0, 0, auth_words, "METHOD", "auto",
	    false, "how to log in: auto takes the strongest that is offered" },
	{ "connect-command", value_set_connect_command, value_show_string, AT(connect_command), 0,
	    0, NULL, "COMMAND", "", false,
	    "a command that leads to the server, in the place of TCP" },
	{ "deliver", target_set_deliver, target_show_deliver, 0, 0, 0, NULL,
	    "mbox PATH|maildir DIR|pipe COMMAND|smtp RELAY to ADDR...|lmtp RELAY to ADDR...|stdout",
	    "mbox $MAIL", false, "where messages go; several lines mean several targets" },
	{ "filter", value_set_filter, value_show_filter, 0, 0, 0, NULL, "ACTION CONDITION...", "",
	    false, "accept, skip or delete messages by size or header" },
	{ "foreign-owner", value_set_choice, value_show_choice, AT(foreign_owner), 0, 0, no_yes,
	    "no|yes", "no", false, "use an mbox, Maildir or journal that belongs to another user" },
	{ "host", value_set_host, value_show_string, AT(host), 0, 0, NULL, "HOST", "", false,
	    "the POP3 server: a name or an address" },
	{ "keep", value_set_keep, value_show_keep, AT(keep_s), 0, 0, NULL, "no|yes|DURATION", "no",
	    false, "leave delivered messages on the server: no, yes, or for so long" },
	{ "limit", value_set_number, value_show_number, AT(limit), 1, 1000000000, NULL, "N", "",
	    false, "fetch at most so many messages a run" },
	{ "max-size", value_set_size, value_show_size, AT(max_size), 0, 0, NULL, "SIZE", "", false,
	    "skip messages larger than that" },
	{ "mbox-lock", value_set_choice, value_show_choice, AT(mbox_lock), 0, 0, lock_words, "KIND",
	    "both", false, "how to lock an mbox: both, fcntl or dotlock" },
	{ "password", value_set_secret, value_show_string, AT(password), 0, 0, NULL, "PASSWORD", "",
	    true, "the password itself; the file must be readable by you alone" },
	{ "password-command", value_set_secret, value_show_string, AT(password_command), 0, 0, NULL,
	    "COMMAND", "", false, "a command whose first line of output is the password" },
	{ "password-file", value_set_secret_path, value_show_string, AT(password_file), 0, 0, NULL,
	    "PATH", "", false, "a file whose first line is the password" },
	{ "patience", value_set_duration, value_show_duration, AT(patience_s), 0, 365 * DAY, NULL,
	    "DURATION", "0s", false,
	    "how long a trouble that may pass is not told without a terminal" },
	{ "pipelining", value_set_choice, value_show_choice, AT(pipelining), 0, 0, auto_on_off,
	    "auto|on|off", "auto", false, "send commands without waiting for each reply" },
	{ "port", value_set_number, value_show_number, AT(port), 1, 65535, NULL, "PORT",
	    "995, or 110", false, "the server's TCP port" },
	{ "refused", target_set_refused, target_show_refused, 0, 0, 0, NULL, "keep|drop|mbox PATH",
	    "keep", false, "what becomes of a message that a target refuses" },
	{ "sandbox", value_set_choice, value_show_choice, AT(sandbox), 0, 0, no_yes, "yes|no",
	    "yes", false, "whether a fetch gives up what it does not need, before it connects" },
	{ "smtp-from", value_set_sender, value_show_string, AT(smtp_from), 0, 0, NULL, "ADDR|<>",
	    "that of the message", false, "the sender of what goes onward by smtp or lmtp" },
	{ "socket", value_set_socket, value_show_string, AT(socket), 0, 0, NULL, "PATH", "", false,
	    "the Unix socket of a server on this machine" },
	{ "source-address", value_set_source, value_show_string, AT(source_address), 0, 0, NULL,
	    "ADDRESS", "", false, "the address of this machine to connect from" },
	{ "state", value_set_path, value_show_string, AT(state), 0, 0, NULL, "PATH", "", false,
	    "the account's journal" },
	{ "timeout", value_set_duration, value_show_duration, AT(timeout_s), 1, DAY, NULL,
	    "DURATION", "60s", false, "how long to wait for the server, and for locks" },
	{ "tls", value_set_choice, value_show_choice, AT(tls), 0, 0, tls_words, "pop3s|stls|off",
	    "pop3s", false, "how the connection is secured" },
	{ "tls-ca", value_set_path, value_show_string, AT(tls_ca), 0, 0, NULL, "PATH", "", false,
	    "a file or directory of certificates to trust instead of the system's" },
	{ "tls-cert", value_set_path, value_show_string, AT(tls_cert), 0, 0, NULL, "PATH", "",
	    false, "a certificate to show to a server that asks who you are" },
	{ "tls-fingerprint", value_set_fingerprint, value_show_fingerprint, 0, 0, 0, NULL,
	    "sha256:DIGITS", "", false,
	    "trust only a certificate with this SHA-256; several lines, several certificates" },
	{ "tls-key", value_set_path, value_show_string, AT(tls_key), 0, 0, NULL, "PATH", "", false,
	    "the key of tls-cert, if it is not in the same file" },
	{ "tls-min-version", value_set_min_version, value_show_choice, AT(tls_min_version), 0, 0,
	    tls_versions, "VERSION", "1.2", false,
	    "the oldest version of TLS to speak: 1.2 or 1.3" },
	{ "tls-verify", value_set_choice, value_show_choice, AT(tls_verify), 0, 0, no_yes, "yes|no",
	    "yes", false, "no accepts any certificate, with a warning each run" },
	{ "user", value_set_string, value_show_user, AT(user), 0, 0, NULL, "NAME",
	    "your login name", false, "the name to log in with" },
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
	{ "auth", value_set_choice, value_show_choice, AT(relay_auth), 0, 0, relay_auth_words,
	    "METHOD", "auto", false,
	    "how to log in: auto (the strongest there is), or a mechanism by its name" },
	{ "connect-command", value_set_connect_command, value_show_string, AT(connect_command), 0,
	    0, NULL, "COMMAND", "", false,
	    "a command that leads to the server, in the place of TCP" },
	{ "host", value_set_host, value_show_string, AT(host), 0, 0, NULL, "HOST", "", false,
	    "the SMTP or LMTP server: a name or an address" },
	{ "password", value_set_secret, value_show_string, AT(password), 0, 0, NULL, "PASSWORD", "",
	    true, "the password itself; the file must be readable by you alone" },
	{ "password-command", value_set_secret, value_show_string, AT(password_command), 0, 0, NULL,
	    "COMMAND", "", false, "a command whose first line of output is the password" },
	{ "password-file", value_set_secret_path, value_show_string, AT(password_file), 0, 0, NULL,
	    "PATH", "", false, "a file whose first line is the password" },
	{ "port", value_set_number, value_show_number, AT(port), 1, 65535, NULL, "PORT",
	    "587, 465, or 25", false, "the server's TCP port" },
	{ "socket", value_set_socket, value_show_string, AT(socket), 0, 0, NULL, "PATH", "", false,
	    "the Unix socket of a server on this machine" },
	{ "source-address", value_set_source, value_show_string, AT(source_address), 0, 0, NULL,
	    "ADDRESS", "", false, "the address of this machine to connect from" },
	{ "timeout", value_set_duration, value_show_duration, AT(timeout_s), 1, DAY, NULL,
	    "DURATION", "5m", false, "how long to wait for the server" },
	{ "tls", value_set_choice, value_show_choice, AT(relay_tls), 0, 0, relay_tls_words,
	    "starttls|smtps|off", "starttls, or off", false, "how the connection is secured" },
	{ "tls-ca", value_set_path, value_show_string, AT(tls_ca), 0, 0, NULL, "PATH", "", false,
	    "a file or directory of certificates to trust instead of the system's" },
	{ "tls-cert", value_set_path, value_show_string, AT(tls_cert), 0, 0, NULL, "PATH", "",
	    false, "a certificate to show to a server that asks who you are" },
	{ "tls-fingerprint", value_set_fingerprint, value_show_fingerprint, 0, 0, 0, NULL,
	    "sha256:DIGITS", "", false,
	    "trust only a certificate with this SHA-256; several lines, several certificates" },
	{ "tls-key", value_set_path, value_show_string, AT(tls_key), 0, 0, NULL, "PATH", "", false,
	    "the key of tls-cert, if it is not in the same file" },
	{ "tls-min-version", value_set_min_version, value_show_choice, AT(tls_min_version), 0, 0,
	    tls_versions, "VERSION", "1.2", false,
	    "the oldest version of TLS to speak: 1.2 or 1.3" },
	{ "tls-verify", value_set_choice, value_show_choice, AT(tls_verify), 0, 0, no_yes, "yes|no",
	    "yes", false, "no accepts any certificate, with a warning each run" },
	{ "user", value_set_string, value_show_string, AT(user), 0, 0, NULL, "NAME", "", false,
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

bool
option_takes_words(const struct option *o)
{
	return o->set == value_set_filter || o->set == target_set_deliver ||
	       o->set == target_set_refused;
}

/* For suggest(), which asks by number only. */
static const struct option *asked;

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
