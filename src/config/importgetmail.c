/* getmail's rc file: sections of "key = value" lines; a line that begins with a blank goes on. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/importer.h"
#include "util/mem.h"
#include "util/util.h"

/* Keys are "section.key"; those of destinations "destination.key", wherever they stand. */
static const struct import_reason reasons[] = {
	{ "retriever.delete_dup_msgids", "haulmail fetches messages that share a UID, too" },
	{ "retriever.envelope_recipient",
	    "haulmail sorts no mail by its recipient; a program such as "
	    "procmail(1) or maildrop(1) can" },
	{ "retriever.ssl_version", "haulmail wants TLS 1.2 or later" },
	{ "retriever.ssl_ciphers", "haulmail leaves ciphers to OpenSSL's own configuration" },
	{ "retriever.ssl_cert_hostname",
	    "haulmail wants the certificate to be that of the host; pin "
	    "it with tls-fingerprint" },
	{ "retriever.getmaildir", "haulmail keeps its journals in ~/.local/state/haulmail" },
	{ "options.verbose", "haulmail has -v and -q" },
	{ "options.read_all", "haulmail fetches what it has not fetched yet, and nothing else" },
	{ "options.delete_bigger_than",
	    "haulmail deletes what it has delivered by age only: see keep" },
	{ "options.max_bytes_per_session",
	    "haulmail limits the number of messages only: see limit" },
	{ "options.delivered_to", "haulmail adds no header of its own" },
	{ "options.received", "haulmail adds no header of its own" },
	{ "options.message_log", "haulmail writes no log file; see --log in haulmail(1)" },
	{ "options.message_log_syslog", "run haulmail with --log syslog" },
	{ "options.message_log_verbose", "haulmail has -v and -q" },
	{ "options.logfile", "haulmail writes no log file; see --log in haulmail(1)" },
	{ "options.fingerprint", "tls-fingerprint pins a certificate" },
	{ "options.use_netrc", "for where haulmail takes passwords from, see haulmail.conf(5)" },
	{ "options.netrc_file", "haulmail has password-file for one password" },
	{ "options.to_oldmail_on_each_mail", "haulmail's journal is never behind" },
	{ "options.skip_imap_fetch_size", "haulmail speaks POP3 only" },
	{ "destination.user", "haulmail delivers as the user who runs it" },
	{ "destination.group", "haulmail delivers as the user who runs it" },
	{ "destination.filemode", "haulmail makes files for their owner alone" },
	{ "destination.locktype", "haulmail locks by fcntl(2) and by a dotlock, see mbox-lock" },
	{ "destination.allow_root_commands", "haulmail does not ask" },
	{ "destination.ignore_stderr", "to haulmail only the exit status counts" },
	{ "destination.pipe_stdout", "haulmail lets programs write to its standard error" },
	{ "destination.unixfrom", "haulmail's pipe gives no From_ line; formail(1) can add one" },
	{ .name = NULL },
};

/* ---- reading ---- */

static void
start_section(struct import_sections *rc, struct slice line, unsigned number)
{
	const char *end = memchr(line.p, ']', line.len);
	size_t len = end != NULL ? (size_t)(end - line.p) : line.len;

	char *name = xstrndup(line.p + 1, len - 1);

	(void)import_section_add(rc, name, number);
	free(name);
}

/* How the reasons call the section: all but the three kinds are destinations or filters. */
static const char *
kind_of(const char *section)
{
	if (strcmp(section, "retriever") == 0 || strcmp(section, "options") == 0)
		return section;
	return strncmp(section, "filter", 6) == 0 ? "filter" : "destination";
}

static void
read_setting(struct import_section *s, struct slice line, unsigned number)
{
	size_t len = 0;
	struct slice key = line, value = { line.p + line.len, 0 };
	char *name, *text;

	while (len < line.len && line.p[len] != '=' && line.p[len] != ':')
		len++;
	key.len = len;
	key = slice_trim(key);
	if (len < line.len)
		value = slice_trim((struct slice){ line.p + len + 1, line.len - len - 1 });
	name = xasprintf("%s.%.*s", kind_of(s->name), (int)key.len, key.p);
	for (char *p = name; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	text = xstrndup(value.p, value.len);
	import_set(&s->items, name, text, number, strcmp(name, "retriever.password") == 0);
	free(name);
	free_secret(text);
}

/* Puts a line that goes on behind the value it belongs to, with a newline between them. */
static void
continue_setting(struct import_section *s, struct slice line)
{
	struct import_item *it = &s->items.item[s->items.n - 1];
	char *all = xasprintf("%s\n%.*s", it->value, (int)line.len, line.p);

	free_secret(it->value);
	it->value = all;
}

static void
read_sections(struct slice text, struct import_sections *rc)
{
	for (unsigned number = 1; text.len > 0; number++) {
		struct slice whole = slice_line(&text), line;

		if (whole.len > 0 && whole.p[whole.len - 1] == '\r')
			whole.len--;
		line = slice_trim(whole);
		if (line.len == 0 || *line.p == '#' || *line.p == ';')
			continue;
		if (*whole.p == '[')
			start_section(rc, line, number);
		else if (rc->n == 0)
			continue;
		else if (line.p != whole.p && rc->list[rc->n - 1].items.n > 0)
			continue_setting(&rc->list[rc->n - 1], line);
		else
			read_setting(&rc->list[rc->n - 1], line, number);
	}
}

/* ---- values ---- */

static bool
is_true(const char *value)
{
	return value != NULL && (strcasecmp(value, "true") == 0 || strcasecmp(value, "yes") == 0 ||
				    strcasecmp(value, "on") == 0 || strcmp(value, "1") == 0);
}

/* Takes the next string off a tuple of strings in Python's form: a new string, NULL at its end. */
static char *
next_string(const char **tuple)
{
	const char *p = *tuple + strcspn(*tuple, "'\"");
	char quote = *p, *s, *to;

	if (quote == '\0')
		return NULL;
	s = to = xstrdup(++p);
	for (; *p != '\0' && *p != quote; p++) {
		if (*p == '\\' && (p[1] == '\\' || p[1] == '\'' || p[1] == '"'))
			p++;
		*to++ = *p;
	}
	*to = '\0';
	*tuple = *p != '\0' ? p + 1 : p;
	return s;
}

static const struct import_placeholder placeholders[] = {
	{ "%(sender)", "\"$SENDER\"" },
	{ "%(recipient)", "\"$RECIPIENT\"" },
	{ "%(local)", "\"${RECIPIENT%%@*}\"" },
	{ "%(domain)", "\"${RECIPIENT#*@}\"" },
	{ "%(mailbox)", "''" },
	{ .name = NULL },
};

/* A command for sh(1) of a program, if not NULL, and a tuple of arguments: a new string. */
static char *
make_command(const char *program, const char *tuple)
{
	struct buf out = BUF_INIT(64 * KiB);
	char *s;

	if (program != NULL)
		import_shell_word(&out, program);
	while ((s = next_string(&tuple)) != NULL) {
		if (out.len > 0)
			(void)buf_addch(&out, ' ');
		if (*s == '\0')
			(void)buf_addstr(&out, "''");
		import_shell_argument(&out, s, placeholders);
		free(s);
	}
	s = xstrndup(out.p != NULL ? out.p : "", out.len);
	buf_free(&out);
	return s;
}

/* ---- translating ---- */

static void
translate_tls(struct importer *im, struct import_items *l, const char *type)
{
	const struct import_item *at = import_take(l, "retriever.type"), *prints;
	const char *tuple;
	char *s;

	if (strstr(type, "SSL") == NULL) {
		if (!import_is_loopback(import_value(l, "retriever.server")))
			import_remark(im, "the password goes out in clear; try \"tls stls\" or no "
					  "such line");
		(void)import_word(im, at, "tls", "off");
		return;
	}
	(void)import_word(im, at, "tls", "pop3s");
	prints = import_take(l, "retriever.ssl_fingerprints");
	if (prints != NULL)
		for (tuple = prints->value; (s = next_string(&tuple)) != NULL; free(s))
			(void)import_word(im, prints, "tls-fingerprint", s);
	else if (import_value(l, "retriever.ca_certs") == NULL)
		import_remark(im, "getmail did not verify the certificate, haulmail does: see "
				  "tls-fingerprint");
	import_simple(im, l, "retriever.ca_certs", "tls-ca");
	import_simple(im, l, "retriever.certfile", "tls-cert");
	import_simple(im, l, "retriever.keyfile", "tls-key");
}

static void
translate_login(struct importer *im, struct import_items *l)
{
	const struct import_item *password = import_take(l, "retriever.password");
	const struct import_item *command = import_take(l, "retriever.password_command");
	const struct import_item *apop = import_take(l, "retriever.use_apop");
	const struct import_item *xoauth = import_take(l, "retriever.use_xoauth2");
	char *line;

	import_simple(im, l, "retriever.username", "user");
	if (password != NULL) {
		import_password(im, password);
	} else if (command != NULL) {
		line = make_command(NULL, command->value);
		(void)import_word(im, command, "password-command", line);
		free(line);
	}
	if (apop != NULL && is_true(apop->value))
		(void)import_word(im, apop, "auth", "apop");
	if (xoauth != NULL && is_true(xoauth->value))
		(void)import_word(im, xoauth, "auth", "xoauth2");
}

/* What becomes of messages on the server: by default getmail leaves them there. */
static void
translate_keep(struct importer *im, struct import_items *l)
{
	const struct import_item *it = import_take(l, "options.delete");
	const struct import_item *after = import_take(l, "options.delete_after");

	if (it != NULL && is_true(it->value))
		(void)import_word(im, it, "keep", "no");
	else if (after != NULL && strcmp(after->value, "0") != 0)
		import_amount(im, l, "options.delete_after", "keep", "d");
	else
		(void)import_word(im, it, "keep", "yes");
}

static void translate_destination(
    struct importer *im, struct import_sections *rc, struct import_section *s);

/* "[section]", or a path: that of a Maildir ends in a slash. */
static void
translate_reference(/* NOLINT(misc-no-recursion): each section once */
    struct importer *im, struct import_sections *rc, const struct import_item *at, const char *to)
{
	size_t len = strlen(to);
	struct import_section *s = NULL;
	char *name;

	if (len > 2 && *to == '[' && to[len - 1] == ']') {
		name = xstrndup(to + 1, len - 2);
		s = import_section_find(rc, name);
		free(name);
		if (s != NULL && s->items.n > 0 && !s->items.item[0].used)
			translate_destination(im, rc, s);
		else
			import_note(im, at, "there is no such section, or it is used twice");
	} else {
		(void)import_target(im, at, len > 0 && to[len - 1] == '/' ? "maildir" : "mbox", to);
	}
}

/* A program that reads its arguments as commands; getmail itself gives it the sender as it is. */
static bool
is_shell(const char *path)
{
	size_t len = strlen(path);

	return len >= 2 && strcmp(path + len - 2, "sh") == 0;
}

static void
translate_program(struct importer *im, struct import_items *l, const struct import_item *path)
{
	const char *arguments = import_value(l, "destination.arguments");
	char *command;

	if (arguments == NULL)
		arguments = "";
	if (is_shell(path->value) && strstr(arguments, "%(") != NULL) {
		import_note(im, path,
		    "the sender is not safe in a command; it is in the environment, as SENDER");
		return;
	}
	command = make_command(path->value, arguments);
	(void)import_target(im, path, "pipe", command);
	free(command);
}

static void
translate_destination(/* NOLINT(misc-no-recursion): each section once */
    struct importer *im, struct import_sections *rc, struct import_section *s)
{
	struct import_items *l = &s->items;
	const struct import_item *type = import_take(l, "destination.type");
	const struct import_item *path = import_take(l, "destination.path"), *list;
	const char *kind = type != NULL ? type->value : "", *tuple;
	char *to;

	for (size_t i = 0; i < l->n; i++)
		l->item[i].used |= i == 0; /* against circles */
	if (strcmp(kind, "Maildir") == 0 && path != NULL) {
		(void)import_target(im, path, "maildir", path->value);
	} else if (strcmp(kind, "Mboxrd") == 0 && path != NULL) {
		(void)import_target(im, path, "mbox", path->value);
	} else if (strcmp(kind, "MDA_external") == 0 && path != NULL) {
		translate_program(im, l, path);
	} else if (strcmp(kind, "MultiDestination") == 0 &&
		   (list = import_take(l, "destination.destinations")) != NULL) {
		for (tuple = list->value; (to = next_string(&tuple)) != NULL; free(to))
			translate_reference(im, rc, list, to);
	} else if (type != NULL) {
		import_note(im, type,
		    "haulmail delivers to mboxes, Maildirs and programs, and all "
		    "mail to each; without a deliver line here, to $MAIL");
	}
	import_rest(im, l, reasons);
}

static const char *
why_not(const char *type)
{
	if (strstr(type, "IMAP") != NULL || strstr(type, "SDPS") != NULL)
		return "haulmail speaks POP3 only";
	if (strstr(type, "POP3") == NULL)
		return "haulmail does not know this type of retriever";
	return NULL;
}

/* Other sections: filters, and destinations that nobody names. */
static void
tell_others(struct importer *im, const struct import_sections *rc)
{
	for (size_t i = 0; i < rc->n; i++) {
		const char *name = rc->list[i].name;

		if (strcmp(kind_of(name), "filter") == 0)
			import_remark(im,
			    "line %u: a filter program: haulmail has none; let the program that "
			    "mail is piped into do it",
			    rc->list[i].line);
		else if (rc->list[i].items.n > 0 && !rc->list[i].items.item[0].used &&
			 strcmp(kind_of(name), "destination") == 0)
			import_remark(im, "line %u: a section that was not used", rc->list[i].line);
	}
}

static void
translate_state(struct importer *im, struct import_items *l)
{
	const char *type = import_value(l, "retriever.type"),
		   *user = import_value(l, "retriever.username");
	const char *port = import_value(l, "retriever.port");
	char *file;

	if (port == NULL)
		port = type != NULL && strstr(type, "SSL") != NULL ? "995" : "110";
	file = xasprintf("~/.config/getmail/oldmail-%s-%s-%s", import_value(l, "retriever.server"),
	    port, user != NULL ? user : "");
	for (char *p = file + strlen("~/.config/getmail/"); *p != '\0'; p++)
		if (strchr("/\\:;<>|", *p) != NULL)
			*p = '-';
	import_state_hint(im, file, NULL);
	free(file);
}

static void
translate_retriever(struct importer *im, struct import_section *s, const char *host)
{
	struct import_items *l = &s->items;
	const char *type = import_value(l, "retriever.type");

	if (type == NULL)
		type = "";
	import_account(im, host, s->line, why_not(type));
	import_simple(im, l, "retriever.server", "host");
	import_simple(im, l, "retriever.port", "port");
	translate_tls(im, l, type);
	translate_login(im, l);
	import_amount(im, l, "retriever.timeout", "timeout", "s");
	import_rest(im, l, reasons);
}

static void
translate_options(struct importer *im, struct import_items *l)
{
	static const char *const ours[] = { "options.read_all", "options.delivered_to",
		"options.received" };

	for (size_t i = 0; i < nitems(ours); i++) {
		struct import_item *it = import_take(l, ours[i]);

		if (it != NULL) /* what haulmail never does, it needs not be told */
			it->used = !is_true(it->value);
	}
	translate_keep(im, l);
	import_amount(im, l, "options.max_message_size", "max-size", "");
	import_amount(im, l, "options.max_messages_per_session", "limit", "");
	import_rest(im, l, reasons);
}

void
import_getmail(struct importer *im, struct slice text)
{
	struct import_sections rc = { .n = 0 };
	struct import_section none = { .line = 0 }, *retriever, *section;
	const char *host = NULL;

	read_sections(text, &rc);
	if ((retriever = import_section_find(&rc, "retriever")) != NULL)
		host = import_value(&retriever->items, "retriever.server");
	if (host != NULL) {
		translate_retriever(im, retriever, host);
		section = import_section_find(&rc, "options");
		translate_options(im, section != NULL ? &section->items : &none.items);
		if ((section = import_section_find(&rc, "destination")) != NULL)
			translate_destination(im, &rc, section);
		tell_others(im, &rc);
		translate_state(im, &retriever->items);
	}
	import_sections_free(&rc);
}
