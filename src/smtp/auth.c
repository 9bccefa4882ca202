/*
 * Logging in. Source: RFC 4954.
 */
#include <string.h>

#include "sasl/sasl.h"
#include "smtp/features.h"
#include "smtp/session.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/text.h"
#include "util/util.h"

#define LINE_MOST                                                                                  \
	512 /* of a command (RFC 5321 section 4.5.3.1.4); what is longer waits for a 334 */
#define CODE_CHALLENGE 334

/* One exchange. */
struct login {
	const struct sasl_mech *mech;
	struct sasl_params params;
	unsigned char binding[TLS_BINDING_MAX];
	struct sasl *sasl;
	struct buf response;
	bool held; /* the first response waits for the server to ask for it */
};

/* ---- choosing ---- */

static bool
lists(const struct smtp *s, const struct sasl_mech *m)
{
	return m != NULL && features_list_mechanism(smtp_features(s), m->name);
}

/* The type by which a login can be bound to this connection; NULL for none. */
static const char *
binding_type(const struct smtp *s)
{
	static const char *const types[] = { "tls-exporter", "tls-server-end-point" };
	unsigned char bytes[TLS_BINDING_MAX];

	for (size_t i = 0; i < nitems(types); i++)
		if (stream_binding(s->stream, types[i], bytes) > 0)
			return types[i];
	return NULL;
}

/* The form of it that is bound to the TLS channel, if that is to be had. */
static const struct sasl_mech *
best_form(const struct smtp *s, const struct sasl_mech *m)
{
	const struct sasl_mech *bound = m->bound != NULL ? sasl_find(slice_str(m->bound)) : NULL;

	return lists(s, bound) && binding_type(s) != NULL ? bound : m;
}

static const struct sasl_mech *
strongest(const struct smtp *s)
{
	static const char *const order[] = { "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN" };

	for (size_t i = 0; i < nitems(order); i++) {
		const struct sasl_mech *m = best_form(s, sasl_find(slice_str(order[i])));

		if (lists(s, m))
			return m;
	}
	return NULL;
}

static const struct sasl_mech *
choose(const struct smtp *s, struct error *e)
{
	const struct sasl_mech *m = s->params->mech;
	const char *peer = stream_peer(s->stream);
	bool clear = !stream_is_tls(s->stream);

	m = m == NULL ? strongest(s) : best_form(s, m);
	if (m == NULL || !lists(s, m)) {
		(void)error_set(e, ERR_AUTH, "%s: the server does not offer %s%s", peer,
		    s->params->mech != NULL ? s->params->mech->name : "a login that we could use",
		    clear ? " without TLS" : "");
		return NULL;
	}
	if (clear && (m->no_secret || (m->token && !stream_is_loopback(s->stream)))) {
		(void)error_set(e, ERR_TLS, "%s: %s needs TLS", peer, m->name);
		return NULL;
	}
	if (clear && m->clear && !stream_is_loopback(s->stream))
		log_warn("the password for %s goes over the network unencrypted (tls off)", peer);
	return m;
}

/* ---- the exchange ---- */

/* What sasl/ says, with the server's name. Always -1. */
static int
sasl_error(const struct smtp *s, const struct error *why, struct error *e)
{
	return error_set(e, why->cls, "%s: %s", stream_peer(s->stream), why->msg);
}

static int
respond(const struct smtp *s, struct login *l, struct slice challenge, struct error *e)
{
	struct error why = { .cls = ERR_OK };

	if (sasl_respond(l->sasl, challenge, &l->response, &why) == 0)
		return 0;
	return sasl_error(s, &why, e);
}

static int
begin(const struct smtp *s, struct login *l, struct error *e)
{
	const struct smtp_params *p = s->params;
	const char *type = binding_type(s);
	struct error why = { .cls = ERR_OK };

	l->params = (struct sasl_params){
		.user = p->user,
		.secret = p->secret,
		.host = p->way.peer,
		.port = p->way.to.port,
		.could_bind = type != NULL,
	};
	if (l->mech->binds) {
		l->params.could_bind = false;
		l->params.binding_type = type;
		l->params.binding.len = stream_binding(s->stream, type, l->binding);
		l->params.binding.p = (const char *)l->binding;
	}
	l->sasl = sasl_new(l->mech, &l->params, &why);
	return l->sasl != NULL ? 0 : sasl_error(s, &why, e);
}

/* A line of a command, a response, or both. It is made anew, as it may hold a secret. */
static int
send_line(struct smtp *s, const char *command, struct slice response, struct error *e)
{
	struct buf line = BUF_INIT(strlen(command) + response.len + 2);
	int rc;

	if (session_check_silence(s, e) == -1)
		return -1;
	(void)buf_reserve(&line, line.max);
	(void)buf_addstr(&line, command);
	(void)buf_append(&line, response.p, response.len);
	(void)buf_addstr(&line, "\r\n");
	stream_set_deadline(s->stream, clock_ms() + s->params->timeout_ms);
	rc = stream_write(s->stream, buf_slice(&line), response.len > 0, e);
	buf_wipe(&line);
	s->broken = s->broken || rc == -1;
	return rc;
}

/* "AUTH NAME", with the first response if there is one and it fits. */
static int
send_first(struct smtp *s, struct login *l, struct error *e)
{
	struct slice response = { "", 0 };
	char command[64] = "AUTH ";

	(void)strlcat(command, l->mech->name, sizeof(command));
	if (!l->mech->initial)
		return send_line(s, command, response, e);
	if (respond(s, l, response, e) == -1)
		return -1;
	response = l->response.len > 0 ? buf_slice(&l->response) : slice_str("=");
	l->held = strlen(command) + 1 + response.len + 2 > LINE_MOST;
	if (l->held)
		return send_line(s, command, (struct slice){ "", 0 }, e);
	(void)strlcat(command, " ", sizeof(command));
	return send_line(s, command, response, e);
}

/* Answers a challenge, or cancels. */
static int
answer(struct smtp *s, struct login *l, struct slice challenge, struct error *e)
{
	struct error none = { .cls = ERR_OK };
	struct answer a;

	if (l->held) { /* it only says: go on */
		l->held = false;
	} else if (respond(s, l, challenge, e) == -1) {
		if (session_send(s, slice_str("*\r\n"), &none) == 0)
			(void)session_read(s, &a, NULL, &none);
		return -1;
	}
	return send_line(s, "", buf_slice(&l->response), e);
}

static int
verdict(const struct smtp *s, const struct login *l, const struct answer *a, struct error *e)
{
	const char *complaint = sasl_complaint(l->sasl);
	struct error why = { .cls = ERR_OK };

	if (!ANSWER_IS_YES(a))
		return error_set(e, a->code / 100 == 4 ? ERR_TEMP : ERR_AUTH,
		    "%s: the login by %s was refused: %s%s%s", stream_peer(s->stream),
		    l->mech->name, complaint, *complaint != '\0' ? ": " : "", a->text);
	if (!sasl_is_done(l->sasl) || l->held)
		return error_set(e, ERR_AUTH,
		    "%s: the server claims that %s succeeded before it was over: it may be an "
		    "impostor",
		    stream_peer(s->stream), l->mech->name);
	return sasl_accept(l->sasl, &why) == 0 ? 0 : sasl_error(s, &why, e);
}

static int
converse(struct smtp *s, struct login *l, struct error *e)
{
	struct buf challenge = BUF_INIT(STREAM_LINE_MAX + 1);
	struct answer a = { .code = 0 };
	int rc = send_first(s, l, e);

	while (
	    rc == 0 && (rc = session_read(s, &a, &challenge, e)) == 0 && a.code == CODE_CHALLENGE) {
		struct slice rest = buf_slice(&challenge);

		rc = answer(s, l, slice_line(&rest), e);
		challenge.len = 0;
	}
	buf_free(&challenge);
	return rc == 0 ? verdict(s, l, &a, e) : -1;
}

int
smtp_log_in(struct smtp *s, struct error *e)
{
	struct login l = { .response = BUF_INIT(0) };
	int rc;

	if (s->params->user == NULL)
		return 0;
	if ((l.mech = choose(s, e)) == NULL)
		return -1;
	text_hide(s->params->secret); /* whatever a server may say to it */
	rc = begin(s, &l, e) == 0 ? converse(s, &l, e) : -1;
	text_hide(NULL);
	sasl_free(l.sasl);
	buf_wipe(&l.response);
	return rc;
}
