/* fetchmail's run control file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/fetchmailrc.h"
#include "util/mem.h"
#include "util/util.h"

#define MULTIDROP "haulmail does not sort mail by its recipients; a program such as procmail(1) can"
#define IMAP_ONLY "for IMAP; haulmail speaks POP3 only"
#define VERBATIM "haulmail delivers what the server sends, byte for byte"
#define OF_SMTP "this is about SMTP, see deliver"

const struct keyword fetchmail_keywords[] = {
	{ "via", STRING, NULL },
	{ "proto[col]", STRING, NULL },
	{ "local[domains]", LIST, MULTIDROP },
	{ "port", STRING, NULL },
	{ "service", STRING, NULL },
	{ "auth[enticate]", STRING, NULL },
	{ "timeout", STRING, NULL },
	{ "envelope", HEADER, MULTIDROP },
	{ "qvirtual", STRING, MULTIDROP },
	{ "aka", LIST, MULTIDROP },
	{ "dns", FLAG, MULTIDROP },
	{ "checkalias", FLAG, MULTIDROP },
	{ "interface", STRING,
	    "haulmail does not look at interfaces; a script can before it runs" },
	{ "monitor", STRING, "haulmail does not look at interfaces; a script can before it runs" },
	{ "plugin", STRING, NULL },
	{ "plugout", STRING, OF_SMTP },
	{ "uidl", FLAG, NULL },
	{ "interval", STRING, "haulmail runs once; give the account a line of its own in crontab" },
	{ "tracepolls", FLAG, "haulmail adds no header of its own" },
	{ "principal", STRING, "haulmail has no Kerberos" },
	{ "esmtpname", STRING, OF_SMTP },
	{ "esmtppassword", SECRET, OF_SMTP },
	{ "bad-header", STRING, VERBATIM },
	{ "pass[word]", SECRET, NULL },
	{ "ssl", FLAG, NULL },
	{ "sslcert", STRING, NULL },
	{ "sslkey", STRING, NULL },
	{ "sslcertck", FLAG, NULL },
	{ "sslcertfile", STRING, NULL },
	{ "sslcertpath", STRING, NULL },
	{ "sslfingerprint", STRING, NULL },
	{ "sslproto", STRING, NULL },
	{ "sslcommonname", STRING,
	    "haulmail wants the certificate to be that of the host; pin it with "
	    "tls-fingerprint" },
	{ "folder[s]", LIST, IMAP_ONLY },
	{ "idle", FLAG, IMAP_ONLY },
	{ "smtp[host]", LIST, NULL },
	{ "fetchdomains", LIST, "for ETRN and ODMR; haulmail speaks POP3 only" },
	{ "smtpaddress", STRING, OF_SMTP },
	{ "smtpname", STRING, OF_SMTP },
	{ "antispam", LIST, "what a target refuses, \"refused\" decides" },
	{ "mda", STRING, NULL },
	{ "bsmtp", STRING, "haulmail writes no BSMTP" },
	{ "lmtp", FLAG, OF_SMTP },
	{ "preconnect", STRING, "haulmail runs nothing before it connects; a script can" },
	{ "postconnect", STRING, "haulmail runs nothing when it is done; a script can" },
	{ "keep", FLAG, NULL },
	{ "flush", FLAG, "haulmail deletes nothing that it has not delivered" },
	{ "limitflush", FLAG, NULL },
	{ "fetchall", FLAG, "haulmail fetches what it has not fetched yet, and nothing else" },
	{ "rewrite", FLAG, VERBATIM },
	{ "stripcr", FLAG, VERBATIM },
	{ "forcecr", FLAG, VERBATIM },
	{ "pass8bits", FLAG, VERBATIM },
	{ "dropstatus", FLAG, VERBATIM },
	{ "dropdelivered", FLAG, VERBATIM },
	{ "mimedecode", FLAG, VERBATIM },
	{ "limit", STRING, NULL },
	{ "warnings", STRING, "haulmail tells of messages it skips in its summary only" },
	{ "batchlimit", STRING, OF_SMTP },
	{ "fetchlimit", STRING, NULL },
	{ "fetchsizelimit", STRING, "haulmail asks for all sizes at once" },
	{ "fastuidl", STRING, "haulmail asks for all UIDs at once" },
	{ "expunge", STRING,
	    "haulmail's journal knows what was delivered when a connection drops" },
	{ "properties", STRING, "haulmail has no such thing" },
	{ "is", LIST, NULL },
	{ "to", LIST, NULL },
	{ "user[name]", STRING, NULL },
	{ "poll", STRING, NULL },
	{ "server", STRING, NULL },
	{ "skip", STRING, NULL },
	{ "defaults", FLAG, NULL },
	{ "set", FLAG, NULL },
	{ "no", FLAG, NULL },
	{ "here", FLAG, NULL },
	{ "there", FLAG, NULL },
	{ .word = NULL },
};

const struct keyword fetchmail_globals[] = {
	{ "daemon", STRING, "haulmail runs once; let cron(8) run it, or a timer" },
	{ "postmaster", STRING,
	    "haulmail writes to nobody; what is wrong it says, and cron(8) mails" },
	{ "bouncemail", FLAG, "haulmail sends no bounces: see refused" },
	{ "spambounce", FLAG, "haulmail sends no bounces: see refused" },
	{ "softbounce", FLAG, "what a target refuses, \"refused\" decides" },
	{ "logfile", STRING, "haulmail writes no log file; see --log in haulmail(1)" },
	{ "syslog", FLAG, "run haulmail with --log syslog" },
	{ "pidfile", STRING, "haulmail locks each account, and waits for nobody" },
	{ "idfile", STRING, "give that file to haulmail import --state" },
	{ "properties", STRING, "haulmail has no such thing" },
	{ "invisible", FLAG, "haulmail adds no header of its own" },
	{ "showdots", FLAG, "haulmail has -v and -q" },
	{ .word = NULL },
};

/* The reasons above, as import_rest() wants them. */
static struct import_reason *
make_reasons(const struct keyword *list)
{
	struct import_reason *r;
	size_t n = 0;

	while (list[n].word != NULL)
		n++;
	r = xcalloc(n + 1, sizeof(*r));
	for (size_t i = 0; i < n; i++)
		r[i] = (struct import_reason){ list[i].word, list[i].why };
	return r;
}

/* ---- translating ---- */

/* Whether a flag is there and not with "no"; standard if it is not there. */
static bool
flag(struct import_items *l, const char *name, bool standard)
{
	const struct import_item *it = import_take(l, name);

	if (it == NULL)
		return standard;
	return it->value == NULL || strcmp(it->value, "no") != 0;
}

static const char *
why_not(const char *protocol, bool skip)
{
	static const char *const spoken[] = { "pop3", "apop", "auto" };

	for (size_t i = 0; i < nitems(spoken); i++)
		if (strcasecmp(protocol, spoken[i]) == 0)
			return skip ? "fetched by fetchmail only if it was named; haulmail has no "
				      "such "
				      "thing"
				    : NULL;
	return "haulmail speaks POP3 only";
}

static void
translate_port(struct importer *im, struct import_items *l)
{
	const struct import_item *it = import_take(l, "service");

	if (it == NULL)
		it = import_take(l, "port");
	if (it == NULL)
		return;
	if (strcmp(it->value, "pop3") == 0)
		(void)import_word(im, it, "port", "110");
	else if (strcmp(it->value, "pop3s") == 0)
		(void)import_word(im, it, "port", "995");
	else
		(void)import_word(im, it, "port", it->value);
}

/*
 * Without "ssl", fetchmail wants STLS unless sslproto is empty. Without either, 6.4 insists on it
 * as long as sslcertck is in force, as it is by default.
 */
static void
translate_tls(struct importer *im, struct import_items *l)
{
	const struct import_item *proto = import_take(l, "sslproto"), *it;
	bool check = flag(l, "sslcertck", true);

	if (flag(l, "ssl", false)) {
		(void)import_word(im, import_take(l, "ssl"), "tls", "pop3s");
	} else if (proto != NULL && *proto->value == '\0') {
		(void)import_word(im, proto, "tls", "off");
	} else {
		if (proto == NULL && !check)
			import_remark(im, "fetchmail would do without TLS if the server has none; "
					  "then: tls off");
		(void)import_word(im, proto, "tls", "stls");
	}
	if ((it = import_take(l, "sslfingerprint")) != NULL) {
		if (strlen(it->value) < 64)
			import_note(
			    im, it, "an MD5; haulmail pins SHA-256 only, see tls-fingerprint");
		else
			(void)import_word(im, it, "tls-fingerprint", it->value);
	} else if (!check) {
		(void)import_word(im, import_take(l, "sslcertck"), "tls-verify", "no");
	}
	import_simple(im, l, "sslcertfile", "tls-ca");
	import_simple(im, l, "sslcertpath", "tls-ca");
	import_simple(im, l, "sslcert", "tls-cert");
	import_simple(im, l, "sslkey", "tls-key");
}

static void
translate_login(struct importer *im, struct import_items *l, const char *protocol)
{
	const struct import_item *password = import_take(l, "pass[word]");
	const struct import_item *auth = import_take(l, "auth[enticate]");

	import_simple(im, l, "user[name]", "user");
	if (password != NULL)
		import_password(im, password);
	if (strcasecmp(protocol, "apop") == 0)
		(void)import_word(im, import_take(l, "proto[col]"), "auth", "apop");
	else if (auth != NULL && strcmp(auth->value, "password") == 0)
		(void)import_word(im, auth, "auth", "user");
	else if (auth != NULL && strcmp(auth->value, "any") != 0)
		(void)import_word(im, auth, "auth", auth->value);
}

static void
translate_limits(struct importer *im, struct import_items *l)
{
	const struct import_item *limit, *flush = import_take(l, "limitflush");
	bool kept = flag(l, "keep", false);

	if (kept)
		(void)import_word(im, import_take(l, "keep"), "keep", "yes");
	if (!flag(l, "limitflush", false) || kept)
		import_amount(im, l, "limit", "max-size", "");
	else if ((limit = import_take(l, "limit")) != NULL && strcmp(limit->value, "0") != 0)
		(void)import_size_filter(im, limit, "delete", limit->value);
	if (flush != NULL && kept)
		import_note(im, flush, "haulmail deletes nothing with \"keep yes\"");
	import_amount(im, l, "fetchlimit", "limit", "");
	import_amount(im, l, "timeout", "timeout", "s");
}

/*
 * The local user that mail is for: a word for between double quotes of sh(1), a new string. NULL if
 * there are several.
 */
static char *
recipient_of(struct importer *im, const struct import_item *is)
{
	if (is == NULL)
		return xstrdup("$LOGNAME");
	if (strpbrk(is->value, " =*") != NULL)
		return NULL;
	if (strpbrk(is->value, "\"\\$`") != NULL) {
		import_note(im, is, "no name for a command line");
		return xstrdup("$LOGNAME");
	}
	return xstrdup(is->value);
}

/* fetchmail runs its plugin without a shell: what stands between blanks is one argument. */
static void
translate_plugin(struct importer *im, struct import_items *l)
{
	static const struct import_placeholder placeholders[] = {
		{ "%h", "\"$HAULMAIL_HOST\"" },
		{ "%p", "\"$HAULMAIL_PORT\"" },
		{ .name = NULL },
	};
	const struct import_item *it = import_take(l, "plugin");
	struct buf command = BUF_INIT(64 * KiB);
	struct slice rest, word;

	if (it == NULL)
		return;
	rest = slice_trim(slice_str(it->value));
	while ((word = slice_word(&rest)).len > 0) {
		char *argument = xstrndup(word.p, word.len);

		if (command.len > 0)
			(void)buf_addch(&command, ' ');
		import_shell_argument(&command, argument, placeholders);
		free(argument);
	}
	(void)buf_addch(&command, '\0');
	(void)import_word(im, it, "connect-command", command.p);
	buf_free(&command);
}

/* fetchmail hands mail to the SMTP server of this machine, which sendmail(8) does as well. */
static void
translate_smtp(struct importer *im, struct import_items *l, const char *recipient)
{
	const struct import_item *hosts = import_take(l, "smtp[host]");
	char *command;

	if (hosts != NULL && !import_is_loopback(hosts->value)) {
		import_note(im, hosts,
		    "not to be carried over; without a deliver line here, mail goes "
		    "to $MAIL");
		return;
	}
	command = xasprintf("/usr/sbin/sendmail -i -f \"$SENDER\" -- \"%s\"", recipient);
	import_remark(im, "fetchmail hands mail to this machine's SMTP server; this is the same:");
	(void)import_target(im, hosts, "pipe", command);
	free(command);
}

static void
translate_delivery(struct importer *im, struct import_items *l)
{
	const struct import_item *is = import_take(l, "is"), *mda = import_take(l, "mda");
	char *recipient = recipient_of(im, is);

	if (recipient == NULL && (mda == NULL || strstr(mda->value, "%T") != NULL))
		import_note(im, is,
		    "several recipients: " MULTIDROP "; without a deliver line here, all mail goes "
		    "to $MAIL");
	else if (mda != NULL)
		import_pipe(im, mda, mda->value, recipient);
	else
		translate_smtp(im, l, recipient);
	if (recipient == NULL)
		(void)import_take(l, "smtp[host]");
	free(recipient);
}

/* What fetchmail shall not do, haulmail does not do, either. */
static void
take_denials(struct import_items *l)
{
	for (size_t i = 0; i < l->n; i++)
		l->item[i].used |= l->item[i].value != NULL && strcmp(l->item[i].value, "no") == 0;
}

static void
translate_user(struct importer *im, const struct rcfile *rc, const struct entry *en,
    const struct import_items *own)
{
	struct import_reason *reasons = make_reasons(fetchmail_keywords);
	struct import_items l = { .n = 0 };
	const char *protocol, *via, *user, *owner;
	char *name;

	import_merge(&l, &rc->defaults);
	import_merge(&l, &en->items);
	if (own != NULL)
		import_merge(&l, own);
	protocol = import_value(&l, "proto[col]");
	via = import_value(&l, "via");
	user = import_value(&l, "user[name]");
	name = en->nusers > 1 ? xasprintf("%s@%s", user != NULL ? user : "", en->name)
			      : xstrdup(en->name);
	import_account(im, name, en->line, why_not(protocol != NULL ? protocol : "pop3", en->skip));
	free(name);
	(void)import_word(im, import_take(&l, "via"), "host", via != NULL ? via : en->name);
	translate_port(im, &l);
	translate_plugin(im, &l);
	translate_tls(im, &l);
	translate_login(im, &l, protocol != NULL ? protocol : "pop3");
	translate_limits(im, &l);
	translate_delivery(im, &l);
	take_denials(&l);
	import_rest(im, &l, reasons);
	name = xasprintf("%s@%s", user != NULL ? user : "", en->name);
	owner = via != NULL && strcmp(via, en->name) != 0 ? name : NULL;
	import_state_hint(im, "~/.fetchids", owner);
	free(name);
	free(reasons);
	import_items_free(&l);
}

void
import_fetchmail(struct importer *im, struct slice text)
{
	struct import_reason *reasons = make_reasons(fetchmail_globals);
	struct rcfile rc = { .n = 0 };

	fetchmailrc_read(text, &rc);
	take_denials(&rc.globals);
	import_rest(im, &rc.globals, reasons);
	import_rest(im, &rc.strays, reasons);
	for (size_t i = 0; i < rc.n; i++) {
		const struct entry *en = &rc.list[i];

		if (en->nusers == 0)
			translate_user(im, &rc, en, NULL);
		for (size_t k = 0; k < en->nusers; k++)
			translate_user(im, &rc, en, &en->users[k]);
	}
	fetchmailrc_free(&rc);
	free(reasons);
}
