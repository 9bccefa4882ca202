#include <string.h>
#include <unistd.h>

#include "config/secret.h"
#include "engine/run.h"
#include "net/way.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/util.h"

#define PORT_POP3 110

/*
 * Adds the likely mistake to what went wrong before the greeting: silence of a server that waits
 * for TLS, or a TLS handshake with one that does not.
 */
static int
explain(const struct run *r, const struct error *why, struct error *e)
{
	const struct account *a = r->account;
	const char *hint = "";

	if (r->pop3 == NULL || a->connect_command != NULL) /* or the command may be to blame */
		return error_set(e, why->cls, "%s", why->msg);
	if (a->socket != NULL && a->tls == ACCOUNT_POP3S)
		hint = "; a Unix socket usually wants \"tls off\"";
	else if (a->tls != ACCOUNT_POP3S && why->cls == ERR_TEMP)
		hint =
		    "; does it expect TLS from the start here (\"tls pop3s\", usually port 995)?";
	else if (a->tls == ACCOUNT_POP3S && a->port == PORT_POP3)
		hint = "; port 110 usually wants \"tls stls\"";
	return error_set(e, why->cls, "%s%s", why->msg, hint);
}

int
load_identity(const struct account *a, struct tls_identity **identity, struct error *e)
{
	bool in_the_clear = a->is_relay ? a->relay_tls == SMTP_TLS_OFF : a->tls == ACCOUNT_TLS_OFF;

	if (a->tls_cert == NULL || in_the_clear)
		return 0;
	*identity = tls_identity_load(a->tls_cert, a->tls_key, secret_passphrase, e);
	return *identity != NULL ? 0 : -1;
}

static struct tls_params
tls_of(const struct run *r)
{
	struct tls_params tls = account_tls(r->account, r->identity);

	tls.alpn = r->account->tls == ACCOUNT_POP3S ? "pop3" : NULL;
	tls.look_only = r->look_only;
	return tls;
}

/* Up to the greeting: what fails here may be a wrong port. */
static int
open_session(struct run *r, struct error *e)
{
	const struct account *a = r->account;
	int64_t deadline_ms = clock_ms() + r->pop3_params.timeout_ms;
	struct way way = account_way(a);
	struct stream *s = way_open(&way, deadline_ms, e);

	if (s == NULL)
		return -1;
	stream_set_deadline(s, deadline_ms);
	r->pop3 = pop3_new(s, &r->pop3_params);
	r->in_the_open = a->tls == ACCOUNT_TLS_OFF && !stream_is_loopback(s);
	if (a->tls != ACCOUNT_TLS_OFF && !a->tls_verify && a->n_tls_fingerprints == 0)
		log_warn("the server's certificate is not verified (tls-verify no)");
	if (a->tls == ACCOUNT_POP3S && stream_start_tls(s, a->host, &r->tls_params, e) == -1)
		return -1;
	return pop3_greet(r->pop3, e);
}

int
greet_account(struct run *r, struct error *e)
{
	static const enum pop3_auth auth[] = { [ACCOUNT_AUTH_AUTO] = POP3_AUTH_AUTO,
		[ACCOUNT_AUTH_USER] = POP3_AUTH_USER,
		[ACCOUNT_AUTH_APOP] = POP3_AUTH_APOP,
		[ACCOUNT_AUTH_SASL] = POP3_AUTH_SASL };
	static const enum pop3_pipelining pipelining[] = { [ACCOUNT_AUTO] = POP3_PIPELINING_AUTO,
		[ACCOUNT_ON] = POP3_PIPELINING_ON,
		[ACCOUNT_OFF] = POP3_PIPELINING_OFF };
	const struct account *a = r->account;
	struct error why = { .cls = ERR_OK };

	r->tls_params = tls_of(r);
	r->pop3_params = (struct pop3_params){
		.user = r->user,
		.secret = r->secret,
		.host = a->host,
		.port = (uint16_t)a->port,
		.auth = auth[MIN(a->auth, (int)ACCOUNT_AUTH_SASL)],
		.mech = account_mech(a),
		.pipelining = pipelining[a->pipelining],
		.timeout_ms = a->timeout_s * 1000,
	};
	return open_session(r, &why) == 0 ? 0 : explain(r, &why, e);
}

/* What the journal knows of the server that has greeted us so. */
static bool
find_capabilities(const struct run *r, struct pop3_caps *caps)
{
	struct slice fields = journal_server(r->journal);

	if (!slice_equal(slice_word(&fields), pop3_greeting_digest(r->pop3)))
		return false;
	*caps = pop3_caps_parse(fields);
	return true;
}

/* Up to a session in which one can log in. */
static int
connect_account(struct run *r, bool ask, struct error *e)
{
	const struct account *a = r->account;
	struct pop3_caps caps;

	if (greet_account(r, e) == -1)
		return -1;
	ask = ask || !find_capabilities(r, &caps);
	if (ask && pop3_capa(r->pop3, e) == -1)
		return -1;
	if (a->tls == ACCOUNT_STLS && (pop3_stls(r->pop3, a->host, &r->tls_params, e) == -1 ||
					  (ask && pop3_capa(r->pop3, e) == -1)))
		return -1;
	if (!ask)
		pop3_assume(r->pop3, &caps);
	return 0;
}

/* Writes down what the server can do, unless the journal says so already. */
static void
note_capabilities(struct run *r)
{
	struct buf words = BUF_INIT(KiB);
	struct slice was;

	if (r->options->dry_run || !pop3_caps(r->pop3)->known)
		return;
	pop3_caps_format(pop3_caps(r->pop3), &words);
	was = journal_server(r->journal);
	if (!slice_equal(slice_word(&was), pop3_greeting_digest(r->pop3)) || was.len != words.len ||
	    memcmp(was.p, words.p, was.len) != 0)
		journal_note_server(r->journal, pop3_greeting_digest(r->pop3), buf_slice(&words));
	buf_free(&words);
}

/*
 * Whether the password itself would go out in the open to a server that was content with a proof of
 * it the last time: somebody on the way may have struck the better mechanisms off its list.
 */
static bool
is_downgrade(const struct run *r, const struct pop3_login *login)
{
	struct slice fields = journal_server(r->journal);
	struct pop3_caps before;

	if (r->account->auth != ACCOUNT_AUTH_AUTO || !login->clear || !r->in_the_open)
		return false;
	(void)slice_word(&fields);
	before = pop3_caps_parse(fields);
	for (const struct sasl_mech *m = sasl_mechs; m->name != NULL; m++)
		if (m->hash != NULL && (before.mechs & sasl_bit(m)) != 0)
			return true;
	return false;
}

int
log_in(struct run *r, struct error *e)
{
	struct pop3_login login;

	if (pop3_choose_login(r->pop3, &login, e) == -1)
		return -1;
	if (is_downgrade(r, &login))
		return error_set(e, ERR_TLS,
		    "%s: the server offered SCRAM the last time and wants the password itself now, "
		    "without TLS: somebody on the way may be after it (if not: \"auth user\")",
		    account_server(r->account));
	log_info("logging in by %s (%s)", login.name, login.why);
	if (login.clear && r->in_the_open)
		log_warn("the password goes over the network unencrypted (tls off)");
	return pop3_enter(r->pop3, &r->listing, e);
}

/* Connects, logs in and lists; asks for the capabilities first, or hopes that they are known. */
static int
try_to_enter(struct run *r, bool ask, struct error *e)
{
	return connect_account(r, ask, e) == -1 ? -1 : log_in(r, e);
}

/* The same once more, asking for all, after a failure that does not have to be the last word. */
static int
try_again(struct run *r, const char *how, struct error *why)
{
	log_info("%s; once more, %s", why->msg, how);
	pop3_free(r->pop3);
	r->pop3 = NULL;
	listing_free(&r->listing);
	listing_init(&r->listing);
	why->cls = ERR_OK;
	return try_to_enter(r, true, why);
}

/* The server has refused the token: whoever has printed it may have a newer one. */
static int
renew_token(struct run *r, struct error *why)
{
	struct error none = { .cls = ERR_OK };
	char *token = secret_renew(r->account, &none);

	if (token == NULL) {
		log_warn("no new token: %s", none.msg);
		return -1;
	}
	hold_secret(r, token);
	return try_again(r, "with a new token", why);
}

int
enter_account(struct run *r, struct error *e)
{
	struct error why = { .cls = ERR_OK };
	int rc = try_to_enter(r, false, &why);

	if (rc == -1 && r->pop3 != NULL && pop3_has_assumed(r->pop3))
		rc = try_again(r, "without relying on what the server could do last time", &why);
	if (rc == -1 && r->pop3 != NULL && pop3_is_refused(r->pop3) && secret_can_renew(r->account))
		rc = renew_token(r, &why);
	if (rc == -1)
		return error_set(e, why.cls, "%s", why.msg);
	note_capabilities(r);
	return 0;
}
