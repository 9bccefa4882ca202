/*
 * Relays: sections that targets name. They have most of their settings in common with accounts, and
 * so share struct account.
 */
#include "config/relay.h"

#include <stdlib.h>
#include <string.h>

#include "config/suggest.h"
#include "deliver/smtp.h"
#include "util/mem.h"

/* RFC 5321 section 4.5.3.2: most replies may take so long, and the last one twice as long. */
#define TIMEOUT_S 300
#define TLS_UNSET (-1)

struct account *
relay_new(const char *name, const char *where)
{
	struct account *r = account_new(name, where);

	r->is_relay = true;
	r->timeout_s = TIMEOUT_S;
	r->relay_tls = TLS_UNSET;
	return r;
}

/* Whether what is said to it stays on this machine. */
static bool
is_here(const struct account *r)
{
	if (r->socket != NULL)
		return true;
	return r->connect_command == NULL && r->host != NULL &&
	       (strcmp(r->host, "localhost") == 0 || strncmp(r->host, "127.", 4) == 0 ||
		   strcmp(r->host, "::1") == 0);
}

void
relay_fill_in(struct account *r)
{
	static const int ports[] = {
		[SMTP_STARTTLS] = 587, [SMTP_SMTPS] = 465, [SMTP_TLS_OFF] = 25
	};

	if (r->relay_tls == TLS_UNSET)
		r->relay_tls = is_here(r) ? SMTP_TLS_OFF : SMTP_STARTTLS;
	if (r->port == 0 && r->socket == NULL)
		r->port = ports[r->relay_tls];
}

int
relay_check(const struct account *r, struct error *e)
{
	if (account_has_secret(r) && r->user == NULL)
		return error_set(e, ERR_CONFIG,
		    "relay \"%s\": a password is of no use without \"user\"", r->name);
	return 0;
}

struct account *
config_find_relay(const struct config *c, const char *name)
{
	struct account *r;

	TAILQ_FOREACH(r, &c->relays, link)
		if (strcmp(r->name, name) == 0)
			return r;
	return NULL;
}

/* For suggest(), which asks by number only. */
static const struct config *asked;

static const char *
relay_name(size_t i)
{
	const struct account *r;

	TAILQ_FOREACH(r, &asked->relays, link)
		if (i-- == 0)
			return r->name;
	return NULL;
}

static void
link_relay(struct account *a, struct account *r)
{
	for (size_t i = 0; i < a->nrelays; i++)
		if (a->relays[i] == r)
			return;
	a->relays = xreallocarray(a->relays, a->nrelays + 1, sizeof(*a->relays));
	a->relays[a->nrelays++] = r;
}

int
config_link_relays(const struct config *c, struct account *a, struct error *e)
{
	const struct dest *d;
	struct account *r;
	const char *hint;

	a->nrelays = 0;
	TAILQ_FOREACH(d, &a->dests, link) {
		if (d->route == NULL)
			continue;
		if ((r = config_find_relay(c, d->route->relay)) != NULL) {
			r->relay_lmtp = r->relay_lmtp || d->kind == &deliver_lmtp;
			link_relay(a, r);
			continue;
		}
		asked = c;
		hint = suggest(d->route->relay, relay_name);
		return error_set(e, ERR_CONFIG, "account \"%s\": there is no relay \"%s\"%s%s%s",
		    a->name, d->route->relay, hint != NULL ? "; did you mean \"" : "",
		    hint != NULL ? hint : "", hint != NULL ? "\"?" : "");
	}
	return 0;
}
