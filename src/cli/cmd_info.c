/*
 * What a server can do, and its certificate, in rows of a label and a value. All that the server
 * has written is made safe by log_say().
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "engine/engine.h"
#include "util/log.h"
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
show_tls(const struct account *a, const struct engine_info *info)
{
	const struct error *why = &info->tls.distrust;

	row("TLS", "%s, %s", info->tls.version, info->tls.cipher);
	for (size_t i = 0; i < info->tls.n; i++)
		show_certificate(&info->tls.chain[i], i);
	if (why->cls == ERR_OK)
		row("trusted", "yes, %s", why_trusted(a));
	else
		row("trusted", "%s: %s", info->distrusted ? "no" : "no, but tls-verify is no",
		    why->msg);
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
		show_tls(a, info);
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
}

static enum errclass
inform(const struct account *a)
{
	struct error e = { .cls = ERR_OK };
	struct engine_info info;

	log_set_account(a->name);
	(void)engine_info(a, &info, &e);
	log_set_account(NULL); /* it stands above the rows */
	show_account(a, &info);
	engine_info_free(&info);
	(void)fflush(stdout); /* before what went wrong, where both go to one place */
	log_set_account(a->name);
	if (e.cls != ERR_OK)
		log_error("%s", e.msg);
	log_set_account(NULL);
	return e.cls;
}

enum errclass
cmd_info(const struct cli_options *o, char *const *args, size_t n)
{
	struct config *c = cli_load(o, false);
	const struct account **accounts;
	enum errclass worst = ERR_OK;
	size_t count;

	if (c == NULL)
		return ERR_CONFIG;
	if ((accounts = cli_accounts(c, args, n, &count)) == NULL && n > 0)
		worst = ERR_USAGE;
	for (size_t i = 0; accounts != NULL && i < count; i++) {
		if (i > 0)
			log_say("%s", "");
		worst = error_worse(worst, inform(accounts[i]));
	}
	free(accounts);
	config_free(c);
	return worst;
}
