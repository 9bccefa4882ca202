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
	if (a->relay_tls != SMTP_TLS_OFF && load_identity(a, &k->identity, e) == -1)
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

void
free_relays(struct run *r)
{
	for (size_t i = 0; r->relays_kept != NULL && i < r->account->nrelays; i++) {
		struct engine_relay *k = &r->relays_kept[i];

		free(k->user);
		free_secret(k->secret);
		tls_identity_free(k->identity);
	}
	free(r->relays_kept);
	free(r->relays);
}
