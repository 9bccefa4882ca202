/*
 * What a server can do, and its certificate, in rows of a label and a value. All that the server
 * has written is made safe by log_say().
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/each.h"
#include "cli/infojson.h"
#include "engine/engine.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/text.h"
#include "util/units.h"
#include "util/util.h"

#define WIDTH 76 /* of a list; only what cannot be parted goes beyond it */
#define LABEL 20

__attribute__((format(printf, 2, 3))) static void
row(const char *label, const char *fmt, ...)
{
	char value[2 * KiB];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	log_say("    %-*s %s", LABEL, label, value);
}

/* Lines of a text as a list, in as many rows as it takes. */
static void
list_row(const char *label, struct slice text)
{
	struct buf part = BUF_INIT(KiB);

	while (text.len > 0) {
		struct slice item = slice_line(&text);

		if (part.len > 0 && part.len + item.len > WIDTH - LABEL) {
			row(label, "%.*s,", (int)part.len, part.p);
			part.len = 0;
			label = "";
		}
		(void)buf_addf(&part, "%s%.*s", part.len > 0 ? ", " : "", (int)item.len, item.p);
	}
	row(label, "%.*s", (int)part.len, part.len > 0 ? part.p : "");
	buf_free(&part);
}

static void
show_capabilities(const struct engine_info *info, enum info_stage stage)
{
	static const char *const labels[] = { [INFO_CLEAR] = "offers in the clear",
		[INFO_TLS] = "offers in TLS",
		[INFO_LOGIN] = "offers after login" };
	const char *lines = info->capabilities[stage];

	if (lines != NULL && *lines == '\0')
		row(labels[stage], "(it does not say)");
	else if (lines != NULL)
		list_row(labels[stage], slice_str(lines));
}

static void
show_certificate(const struct certificate *c, size_t i)
{
	char label[40] = "certificate";

	if (i > 0)
		(void)snprintf(label, sizeof(label), "its authority %zu", i);
	row(label, "%s", c->subject);
	if (i == 0)
		list_row("  is for", buf_slice(&c->names));
	row("  issued by", "%s", c->issuer);
	row("  valid", "%s to %s", c->from, c->until);
	row("  key", "%s", c->key);
	/* that of the server's own can go into the config file as it is */
	if (i == 0)
		row("tls-fingerprint", "sha256:%s", c->fingerprint);
	else
		row("  SHA-256", "%s", c->fingerprint);
}

static const char *
why_trusted(const struct account *a)
{
	if (a->n_tls_fingerprints > 0)
		return "by tls-fingerprint";
	return a->tls_ca != NULL ? "by tls-ca" : "by the system's certificates";
}

static void
show_tls(const struct account *a, const struct tls_report *tls, bool distrusted)
{
	const struct error *why = &tls->distrust;

	row("TLS", "%s, %s", tls->version, tls->cipher);
	for (size_t i = 0; i < tls->n; i++)
		show_certificate(&tls->chain[i], i);
	if (why->cls == ERR_OK)
		row("trusted", "yes, %s", why_trusted(a));
	else
		row("trusted", "%s: %s", distrusted ? "no" : "no, but tls-verify is no", why->msg);
}

/* The arguments of a capability, by the latest answer that has it; false when none does. */
static bool
find_capability(const struct engine_info *info, const char *name, struct slice *arguments)
{
	for (int i = INFO_STAGES - 1; i >= 0; i--) {
		const char *lines = info->capabilities[i];
		struct slice rest = slice_str(lines != NULL ? lines : "");

		while (rest.len > 0) {
			*arguments = slice_line(&rest);
			if (slice_caseequal(slice_word(arguments), name))
				return true;
		}
	}
	return false;
}

/* A number and perhaps USER: it may be another one for each user (RFC 2449 sections 6.5, 6.7). */
static void
show_number(const struct engine_info *info, const char *name, const char *label, const char *unit)
{
	struct slice rest, word;
	uint64_t n;

	if (!find_capability(info, name, &rest))
		return;
	word = slice_word(&rest);
	if (slice_number(word, UINT32_MAX, &n))
		row(label, "%" PRIu64 " %s%s", n, unit,
		    slice_caseequal(rest, "USER") ? ", or as set for each user" : "");
	else
		row(label, "%.*s", (int)word.len, word.p);
}

static void
show_server(const struct account *a, const char *tls)
{
	if (a->socket != NULL)
		row("server", "socket %s, tls %s", a->socket, tls);
	else if (a->connect_command != NULL)
		row("server", "%s%sby connect-command, tls %s", a->host != NULL ? a->host : "",
		    a->host != NULL ? ", " : "", tls);
	else
		row("server", "%s, port %" PRId64 ", tls %s", a->host, a->port, tls);
}

static void
show_account(const struct account *a, const struct engine_info *info)
{
	static const char *const tls[] = {
		[ACCOUNT_POP3S] = "pop3s", [ACCOUNT_STLS] = "stls", [ACCOUNT_TLS_OFF] = "off"
	};
	char size[UNITS_MAX];
	struct slice text;

	log_say("account %s", a->name);
	show_server(a, tls[a->tls]);
	if (info->greeting != NULL)
		row("greeting", "%s", info->greeting);
	show_capabilities(info, INFO_CLEAR);
	if (info->has_tls)
		show_tls(a, &info->tls, info->distrusted);
	else if (a->tls == ACCOUNT_TLS_OFF && find_capability(info, "STLS", &text))
		row("TLS", "none, but the server offers it: tls stls");
	show_capabilities(info, INFO_TLS);
	if (info->login != NULL)
		row("login", "%s", info->login);
	row("logged in", "%s", info->logged_in ? "yes" : "no");
	show_capabilities(info, INFO_LOGIN);
	if (info->logged_in)
		row("mailbox", "%" PRIu64 " message%s, %s, %s", info->messages,
		    info->messages == 1 ? "" : "s", size_human(size, info->bytes),
		    info->has_uids ? "with UIDs" : "without UIDs");
	if (find_capability(info, "IMPLEMENTATION", &text))
		row("implementation", "%.*s", (int)text.len, text.p);
	show_number(info, "EXPIRE", "keeps mail for", "days");
	show_number(info, "LOGIN-DELAY", "between logins", "seconds");
	row("fetching in sandbox", "%s", info->sandbox);
}

/* ---- relays ---- */

static void
show_answers(struct slice answers)
{
	while (answers.len > 0) {
		struct slice line = slice_line(&answers);

		if (line.len > 0 && line.p[line.len - 1] == ':')
			row("asked", "%.*s", (int)line.len - 1, line.p);
		else
			row("", "%.*s", (int)line.len, line.p);
	}
}

static void
show_relay(const struct account *a, const struct engine_relay_info *info)
{
	static const char *const tls[] = {
		[SMTP_STARTTLS] = "starttls", [SMTP_SMTPS] = "smtps", [SMTP_TLS_OFF] = "off"
	};

	log_say("relay %s", a->name);
	row("server", "%s, %s, tls %s", account_server(a), a->relay_lmtp ? "LMTP" : "SMTP",
	    tls[a->relay_tls]);
	if (info->greeting == NULL)
		return;
	row("greeting", "%s", info->greeting);
	if (info->has_tls)
		show_tls(a, &info->tls, info->distrusted);
	list_row("offers", slice_str(info->features));
	row("logged in", "%s", info->logged_in ? "yes" : "no");
	show_answers(buf_slice(&info->answers));
}

/* Asks it what the command line wants to know. */
static int
ask_relay(const struct account *a, const struct cli_options *o, struct engine_relay_info *info,
    struct error *e)
{
	char vrfy[400], expn[400];
	const char *queries[4] = { "NOOP", "HELP" };
	size_t n = 2;

	(void)snprintf(vrfy, sizeof(vrfy), "VRFY %s", o->vrfy != NULL ? o->vrfy : "");
	(void)snprintf(expn, sizeof(expn), "EXPN %s", o->expn != NULL ? o->expn : "");
	if (o->vrfy != NULL)
		queries[n++] = vrfy;
	if (o->expn != NULL)
		queries[n++] = expn;
	return engine_relay_info(a, queries, n, info, e);
}

/* What went wrong, behind the rows. */
static enum errclass
tell_end(const struct account *a, const struct error *e)
{
	(void)fflush(stdout); /* before it, where both go to one place */
	log_set_account(a->name);
	if (e->cls != ERR_OK)
		log_error("%s", e->msg);
	log_set_account(NULL);
	return e->cls;
}

static enum errclass
inform_of_relay(const struct account *a, const struct cli_options *o)
{
	struct error e = { .cls = ERR_OK };
	struct engine_relay_info info;

	log_set_account(a->name);
	(void)ask_relay(a, o, &info, &e);
	log_set_account(NULL); /* it stands above the rows */
	if (o->json)
		infojson_relay(a, &info, &e);
	else
		show_relay(a, &info);
	engine_relay_info_free(&info);
	return tell_end(a, &e);
}

/* ---- accounts ---- */

static enum errclass
inform(const struct cli_options *o, const struct account *a)
{
	struct error e = { .cls = ERR_OK };
	struct engine_info info;

	log_set_account(a->name);
	(void)engine_info(a, &info, &e);
	log_set_account(NULL); /* it stands above the rows */
	if (o->json)
		infojson_account(a, &info, &e);
	else
		show_account(a, &info);
	engine_info_free(&info);
	return tell_end(a, &e);
}

static bool
has_control(const char *word)
{
	return word != NULL && text_has_control(slice_str(word));
}

static enum errclass
inform_of(const struct each *each, size_t i)
{
	const struct cli_options *o = each->ctx;
	const struct account *a = each->accounts[i];

	if (i > 0 && !o->json)
		log_say("%s", "");
	return a->is_relay ? inform_of_relay(a, o) : inform(o, a);
}

/*
 * The accounts and relays of those names, or all accounts: a new array, or NULL when one of them
 * is neither, which is said.
 */
static const struct account **
choose(const struct config *c, char *const *names, size_t n, size_t *count)
{
	const struct account **all, **one;
	size_t found;

	if (n == 0)
		return cli_accounts(c, names, 0, count);
	all = xcalloc(n, sizeof(*all));
	*count = n;
	for (size_t i = 0; i < n; i++) {
		if (config_find(c, names[i]) == NULL)
			all[i] = config_find_relay(c, names[i]);
		if (all[i] != NULL)
			continue;
		if ((one = cli_accounts(c, names + i, 1, &found)) == NULL) {
			free(all);
			return NULL;
		}
		all[i] = one[0];
		free(one);
	}
	return all;
}

enum errclass
cmd_info(const struct cli_options *o, char *const *args, size_t n)
{
	struct config *c = cli_load(o, args, n, false);
	struct each each = { .run = inform_of, .ctx = o, .worst = ERR_OK };
	const struct account **chosen = NULL;

	if (c == NULL)
		return ERR_CONFIG;
	if (has_control(o->vrfy) || has_control(o->expn)) {
		log_error("there is a control character in what is to be asked");
		each.worst = ERR_USAGE;
	} else if ((chosen = choose(c, args, n, &each.n)) != NULL) {
		each.accounts = chosen;
		each_run(&each);
	} else {
		each.worst = ERR_USAGE;
	}
	free(chosen);
	config_free(c);
	return each.worst;
}
