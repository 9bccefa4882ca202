/*
 * The servers of mail that the account's targets name: from sections of the config to what
 * deliver/ connects with.
 */
#include <stdlib.h>

#include "config/options.h"
#include "config/secret.h"
#include "engine/run.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/util.h"

static void
warn_about_relay(const struct account *a)
{
	if (a->relay_tls != SMTP_TLS_OFF && !a->tls_verify && a->n_tls_fingerprints == 0)
		log_warn(
		    "the certificate of relay \"%s\" is not verified (tls-verify no)", a->name);
}

static int
fill_relay(struct engine_relay *k, struct relay *relay, const struct account *a, struct error *e)
{
	const char *auth = option_relay_auth(a);
	const struct sasl_mech *mech = auth != NULL ? sasl_find(slice_str(auth)) : NULL;

	if (mech != NULL && mech->no_secret && a->user != NULL) {
		k->user = xstrdup(a->user);
		k->secret = xstrdup("");
	} else if (a->user != NULL && (k->secret = secret_get(a, &k->user, e)) == NULL) {
		return -1;
	}
	if (load_identity(a, &k->identity, e) == -1)
		return -1;
	relay->name = a->name;
	relay->smtp = (struct smtp_params){
		.way = account_way(a),
		.tls = (enum smtp_tls)a->relay_tls,
		.tls_params = account_tls(a, k->identity),
		.user = k->user,
		.secret = k->secret,
		.mech = mech,
		.timeout_ms = a->timeout_s * 1000,
	};
	warn_about_relay(a);
	return 0;
}

int
prepare_relays(struct run *r, struct error *e)
{
	const struct account *a = r->account;

	if (a->nrelays == 0)
		return 0;
	r->relays = xcalloc(a->nrelays, sizeof(*r->relays));
	r->relays_kept = xcalloc(a->nrelays, sizeof(*r->relays_kept));
	for (size_t i = 0; i < a->nrelays; i++)
		if (fill_relay(&r->relays_kept[i], &r->relays[i], a->relays[i], e) == -1)
			return -1;
	r->deliver_params.relays = r->relays;
	r->deliver_params.nrelays = a->nrelays;
	return 0;
}

static void
free_kept(struct engine_relay *k)
{
	free(k->user);
	free_secret(k->secret);
	tls_identity_free(k->identity);
}

void
free_relays(struct run *r)
{
	for (size_t i = 0; r->relays_kept != NULL && i < r->account->nrelays; i++)
		free_kept(&r->relays_kept[i]);
	free(r->relays_kept);
	free(r->relays);
}

/* ---- what they say of themselves ---- */

static int
ask(struct smtp *s, const char *const *queries, size_t n, struct buf *out, struct error *e)
{
	for (size_t i = 0; i < n; i++) {
		(void)buf_addf(out, "%s:\n", queries[i]);
		if (smtp_query(s, queries[i], out, e) == -1)
			return -1;
	}
	return 0;
}

/* As with accounts: nothing secret is said to a server that a delivery would refuse. */
static int
log_in_to_relay(struct smtp *s, struct smtp_params *p, const struct engine_relay *k,
    struct engine_relay_info *info, struct error *e)
{
	info->distrusted = info->has_tls && info->tls.distrust.cls != ERR_OK &&
			   (p->tls_params.verify || p->tls_params.nfingerprints > 0);
	if (info->distrusted)
		return error_set(e, info->tls.distrust.cls, "%s", info->tls.distrust.msg);
	p->user = k->user;
	if (smtp_log_in(s, e) == -1)
		return -1;
	info->logged_in = p->user != NULL;
	return 0;
}

static int
look(struct smtp_params *p, const struct engine_relay *k, const char *const *queries, size_t n,
    struct engine_relay_info *info, struct error *e)
{
	struct smtp *s;
	int rc;

	p->user = NULL;
	p->tls_params.look_only = true;
	if ((s = smtp_open(p, e)) == NULL)
		return -1;
	info->greeting = xstrdup(smtp_greeting(s));
	info->has_tls = smtp_tls_report(s, &info->tls);
	info->features =
	    xstrndup(smtp_features(s).p != NULL ? smtp_features(s).p : "", smtp_features(s).len);
	rc = log_in_to_relay(s, p, k, info, e);
	if (rc == 0)
		rc = ask(s, queries, n, &info->answers, e);
	smtp_close(s);
	return rc;
}

int
engine_relay_info(const struct account *relay, const char *const *queries, size_t n,
    struct engine_relay_info *info, struct error *e)
{
	struct engine_relay k = { .user = NULL };
	struct relay r;
	int rc;

	*info = (struct engine_relay_info){ .answers = BUF_INIT(64 * KiB) };
	rc = fill_relay(&k, &r, relay, e);
	if (rc == 0 && (rc = confine_to_relay(relay, e)) == 0) {
		r.smtp.lmtp = relay->relay_lmtp;
		rc = look(&r.smtp, &k, queries, n, info, e);
	}
	free_kept(&k);
	return rc;
}

void
engine_relay_info_free(struct engine_relay_info *info)
{
	free(info->greeting);
	free(info->features);
	tls_report_free(&info->tls);
	buf_free(&info->answers);
}
