/*
 * What a server says of itself. The certificate is looked at, not insisted upon, so that the one of
 * a server that cannot be trusted can be shown; the gate before the login is may_log_in().
 */
#include <stdlib.h>

#include "config/secret.h"
#include "engine/run.h"
#include "util/mem.h"
#include "util/twin.h"

static void
note_tls(struct run *r, struct engine_info *info)
{
	if (!info->has_tls)
		info->has_tls =
		    pop3_tls_report(r->pop3, r->account->host, &r->tls_params, &info->tls);
}

static char *
copy(struct slice text)
{
	return text.len > 0 ? xstrndup(text.p, text.len) : xstrdup("");
}

static int
note_capabilities(struct run *r, struct engine_info *info, enum info_stage stage, struct error *e)
{
	if (pop3_capa(r->pop3, e) == -1)
		return -1;
	info->capabilities[stage] = copy(pop3_capa_lines(r->pop3));
	return 0;
}

/* How the login would go, and why so. */
static char *
describe_login(const struct run *r)
{
	struct error none = { .cls = ERR_OK };
	struct pop3_login login;

	if (pop3_choose_login(r->pop3, &login, &none) == -1)
		return xasprintf("none: %s", none.msg);
	return xasprintf("%s: %s", login.name, login.why);
}

/* Up to where one could log in. */
static int
look(struct run *r, struct engine_info *info, struct error *e)
{
	const struct account *a = r->account;
	int rc = greet_account(r, e);

	if (r->pop3 == NULL)
		return -1;
	note_tls(r, info);
	if (rc == -1)
		return -1;
	info->greeting = copy(pop3_greeting(r->pop3));
	if (note_capabilities(r, info, info->has_tls ? INFO_TLS : INFO_CLEAR, e) == -1)
		return -1;
	if (a->tls == ACCOUNT_STLS) {
		rc = pop3_stls(r->pop3, a->host, &r->tls_params, e);
		note_tls(r, info);
		if (rc == -1 || note_capabilities(r, info, INFO_TLS, e) == -1)
			return -1;
	}
	info->login = describe_login(r);
	return 0;
}

/* Nothing secret is said to a server that a fetch would refuse. */
static int
may_log_in(const struct run *r, struct engine_info *info, struct error *e)
{
	const struct account *a = r->account;

	info->distrusted = info->has_tls && info->tls.distrust.cls != ERR_OK &&
			   (a->tls_verify || a->n_tls_fingerprints > 0);
	if (info->distrusted)
		return error_set(e, info->tls.distrust.cls, "%s", info->tls.distrust.msg);
	if (!info->has_tls && a->tls != ACCOUNT_TLS_OFF)
		return error_set(e, ERR_TLS, "%s: no TLS", account_server(a));
	return 0;
}

static int
enter(struct run *r, struct engine_info *info, struct error *e)
{
	if (log_in(r, e) == -1)
		return -1;
	info->logged_in = true;
	info->messages = r->listing.stat;
	info->bytes = r->listing.octets;
	info->has_uids = r->listing.has_uids;
	if (note_capabilities(r, info, INFO_LOGIN, e) == -1)
		return -1;
	return pop3_quit(r->pop3, e);
}

int
engine_info(const struct account *a, struct engine_info *info, struct error *e)
{
	struct run r = { .account = a, .lock_fd = -1, .look_only = true };
	struct error held = { .cls = ERR_OK }; /* what stands in the way of the login alone */
	int rc = -1;

	*info = (struct engine_info){ .sandbox = describe_confinement(a) };
	listing_init(&r.listing);
	/* before the connection: a person may take time to type */
	hold_secret(&r, secret_get(a, &r.user, &held));
	if (r.secret != NULL)
		(void)load_identity(a, &r.identity, &held);
	/* what the server offered before, so that a worse offer is noticed */
	if ((r.journal = journal_open(a->state, true, a->foreign_owner, e)) == NULL)
		goto out;
	if (confine(&r, false, e) == -1)
		goto out;
	rc = look(&r, info, e) == 0 && may_log_in(&r, info, e) == 0 ? 0 : -1;
	if (rc == 0 && held.cls != ERR_OK)
		rc = error_set(e, held.cls, "%s", held.msg);
	if (rc == 0)
		rc = enter(&r, info, e);
out:
	hold_secret(&r, NULL);
	free(r.user);
	pop3_free(r.pop3);
	tls_identity_free(r.identity);
	listing_free(&r.listing);
	journal_close(r.journal);
	twin_stop();
	return rc;
}

int
engine_probe(const struct account *a, struct error *e)
{
	struct run r = { .account = a, .lock_fd = -1, .user = a->user };
	int rc = confine(&r, false, e) == 0 ? greet_account(&r, e) : -1;

	if (rc == 0 && a->tls == ACCOUNT_STLS)
		rc = pop3_stls(r.pop3, a->host, &r.tls_params, e);
	if (rc == 0)
		rc = pop3_quit(r.pop3, e);
	pop3_free(r.pop3);
	twin_stop();
	return rc;
}

void
engine_info_free(struct engine_info *info)
{
	free(info->greeting);
	free(info->login);
	free(info->sandbox);
	for (int i = 0; i < INFO_STAGES; i++)
		free(info->capabilities[i]);
	tls_report_free(&info->tls);
}
