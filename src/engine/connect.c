#include <string.h>
#include <unistd.h>

#include "engine/run.h"
#include "net/dial.h"
#include "util/clock.h"
#include "util/log.h"

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

	if (r->pop3 != NULL && a->tls != ACCOUNT_POP3S && why->cls == ERR_TEMP)
		hint =
		    "; does it expect TLS from the start here (\"tls pop3s\", usually port 995)?";
	else if (r->pop3 != NULL && a->tls == ACCOUNT_POP3S && a->port == PORT_POP3)
		hint = "; port 110 usually wants \"tls stls\"";
	return error_set(e, why->cls, "%s%s", why->msg, hint);
}

static struct tls_params
tls_of(const struct account *a)
{
	return (struct tls_params){
		.verify = a->tls_verify,
		.ca = a->tls_ca,
		.fingerprints = (const char *const *)a->tls_fingerprints,
		.nfingerprints = a->n_tls_fingerprints,
		.alpn = a->tls == ACCOUNT_POP3S ? "pop3" : NULL,
	};
}

static void
warn_about_safety(const struct run *r, const struct stream *s)
{
	const struct account *a = r->account;

	if (a->tls == ACCOUNT_TLS_OFF && a->auth != ACCOUNT_AUTH_APOP && !stream_is_loopback(s))
		log_warn("the password goes over the network unencrypted (tls off)");
	if (a->tls != ACCOUNT_TLS_OFF && !a->tls_verify && a->n_tls_fingerprints == 0)
		log_warn("the server's certificate is not verified (tls-verify no)");
}

/* Up to the greeting: what fails here may be a wrong port. */
static int
open_session(struct run *r, const struct tls_params *tls, struct error *e)
{
	const struct account *a = r->account;
	int64_t deadline_ms = clock_ms() + r->pop3_params.timeout_ms;
	struct stream *s;
	int fd;

	if ((fd = dial(a->host, (uint16_t)a->port, deadline_ms, e)) == -1)
		return -1;
	s = stream_new(fd, a->host);
	stream_set_deadline(s, deadline_ms);
	r->pop3 = pop3_new(s, &r->pop3_params);
	warn_about_safety(r, s);
	if (a->tls == ACCOUNT_POP3S && stream_start_tls(s, a->host, tls, e) == -1)
		return -1;
	return pop3_greet(r->pop3, e);
}

int
connect_account(struct run *r, struct error *e)
{
	static const enum pop3_auth auth[] = { [ACCOUNT_AUTH_AUTO] = POP3_AUTH_AUTO,
		[ACCOUNT_AUTH_USER] = POP3_AUTH_USER,
		[ACCOUNT_AUTH_APOP] = POP3_AUTH_APOP };
	static const enum pop3_pipelining pipelining[] = { [ACCOUNT_AUTO] = POP3_PIPELINING_AUTO,
		[ACCOUNT_ON] = POP3_PIPELINING_ON,
		[ACCOUNT_OFF] = POP3_PIPELINING_OFF };
	const struct account *a = r->account;
	struct tls_params tls = tls_of(a);
	struct error why = { .cls = ERR_OK };

	r->pop3_params = (struct pop3_params){
		.user = a->user,
		.secret = r->secret,
		.auth = auth[a->auth],
		.pipelining = pipelining[a->pipelining],
		.timeout_ms = a->timeout_s * 1000,
	};
	if (open_session(r, &tls, &why) == -1)
		return explain(r, &why, e);
	if (pop3_capa(r->pop3, e) == -1)
		return -1;
	if (a->tls == ACCOUNT_STLS &&
	    (pop3_stls(r->pop3, a->host, &tls, e) == -1 || pop3_capa(r->pop3, e) == -1))
		return -1;
	return 0;
}
