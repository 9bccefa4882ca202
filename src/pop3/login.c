/*
 * Which login to take, and the two that are POP3's own: USER and PASS, and APOP.
 */
#include <stdlib.h>
#include <string.h>

#include "pop3/apop.h"
#include "pop3/client.h"
#include "util/mem.h"
#include "util/text.h"

/* ---- choosing ---- */

static bool
lists(const struct pop3 *p, const struct sasl_mech *m)
{
	return (p->caps.mechs & sasl_bit(m)) != 0;
}

/* The mechanism bound to the TLS channel, if that is to be had; else as it is. */
static const struct sasl_mech *
best_form(const struct pop3 *p, const struct sasl_mech *m)
{
	const struct sasl_mech *bound = m->bound != NULL ? sasl_find(slice_str(m->bound)) : NULL;

	return bound != NULL && lists(p, bound) && auth_can_bind(p) ? bound : m;
}

static int
choose_sasl(
    const struct pop3 *p, const struct sasl_mech *m, const char *why, struct pop3_login *login)
{
	m = best_form(p, m);
	*login = (struct pop3_login){
		.auth = POP3_AUTH_SASL, .mech = m, .name = m->name, .why = why, .clear = m->clear
	};
	return 0;
}

static int
choose_user(const char *why, struct pop3_login *login)
{
	*login = (struct pop3_login){
		.auth = POP3_AUTH_USER, .name = "USER", .why = why, .clear = true
	};
	return 0;
}

/* What the server offers instead, as words for an error. */
static int
not_offered(const struct pop3 *p, const char *what, struct error *e)
{
	struct buf others = BUF_INIT(KiB);

	if (p->caps.user)
		(void)buf_addstr(&others, p->caps.mechs != 0 ? "USER " : "USER");
	sasl_format_set(p->caps.mechs, " ", &others);
	(void)error_set(e, ERR_AUTH, "%s: the server does not offer %s%s%s%.*s%s",
	    stream_peer(p->s), what, stream_is_tls(p->s) ? "" : " without TLS",
	    others.len > 0 ? " (but " : "", (int)others.len, others.len > 0 ? others.p : "",
	    others.len > 0 ? ")" : "");
	buf_free(&others);
	return -1;
}

static int
choose_auto(const struct pop3 *p, struct pop3_login *login, struct error *e)
{
	static const char *const order[] = { "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "", "LOGIN" };

	for (size_t i = 0; i < nitems(order); i++) {
		const struct sasl_mech *m = sasl_find(slice_str(order[i]));

		/* servers that announce neither USER nor SASL take USER and PASS all the same */
		if (m == NULL && (p->caps.user || !p->caps.sasl))
			return choose_user(p->caps.sasl ? "the strongest that the server offers"
							: "the server offers nothing else",
			    login);
		if (m != NULL && (lists(p, m) || lists(p, best_form(p, m))))
			return choose_sasl(p, m, "the strongest that the server offers", login);
	}
	return not_offered(p, "a login that could be chosen by itself", e);
}

static int
choose_named(const struct pop3 *p, struct pop3_login *login, struct error *e)
{
	const struct sasl_mech *m = p->params->mech;

	if (m->token && !stream_is_tls(p->s) && !stream_is_loopback(p->s))
		return error_set(e, ERR_TLS, "%s: a token does not go over the network without TLS",
		    stream_peer(p->s));
	if (m->no_secret && !stream_is_tls(p->s))
		return error_set(e, ERR_TLS,
		    "%s: %s needs TLS, where a client certificate says who we are",
		    stream_peer(p->s), m->name);
	/* a server that lists no mechanisms at all may still have this one */
	if (p->caps.sasl && !lists(p, m) && !lists(p, best_form(p, m)))
		return not_offered(p, m->name, e);
	return choose_sasl(p, m, "\"auth\" says so", login);
}

int
pop3_choose_login(const struct pop3 *p, struct pop3_login *login, struct error *e)
{
	switch (p->params->auth) {
	case POP3_AUTH_USER:
		return choose_user("\"auth\" says so", login);
	case POP3_AUTH_APOP:
		if (p->timestamp.len == 0)
			return error_set(e, ERR_AUTH,
			    "%s: the server does not offer APOP (no proper timestamp in its "
			    "greeting)",
			    stream_peer(p->s));
		*login = (struct pop3_login){
			.auth = POP3_AUTH_APOP, .name = "APOP", .why = "\"auth\" says so"
		};
		return 0;
	case POP3_AUTH_SASL:
		return choose_named(p, login, e);
	default:
		return choose_auto(p, login, e);
	}
}

/* ---- USER and PASS, APOP ---- */

static void
user_command(struct pop3 *p, struct buf *out)
{
	(void)buf_addf(out, "USER %s\r\n", p->params->user);
}

/* Not by buf_addf(), which leaves a copy on the stack. */
static void
pass_command(struct pop3 *p, struct buf *out)
{
	(void)buf_addstr(out, "PASS ");
	(void)buf_addstr(out, p->params->secret);
	(void)buf_addstr(out, "\r\n");
}

static void
apop_command(struct pop3 *p, struct buf *out)
{
	char hex[APOP_HEX];

	if (!apop_digest(p->timestamp, p->params->secret, hex))
		hex[0] = '\0'; /* check_own() has tried it */
	(void)buf_addf(out, "APOP %s %s\r\n", p->params->user, hex);
}

/* What the server offers now, after it has refused a login that relied on an earlier session. */
static int
ask_again(struct pop3 *p)
{
	bool said_all = p->auth.sasl != NULL && sasl_is_done(p->auth.sasl) && !p->auth.held;
	struct error none = { .cls = ERR_OK };

	if (p->before_login.known) {
		p->caps = p->before_login;
		return 0;
	}
	/* behind the last line of AUTH, CAPA is on its way already */
	return said_all && client_may_pipeline(p) ? client_capa_reply(p, NULL, &none)
						  : pop3_capa(p, &none);
}

/* Whether a login would be made in another way if nothing were assumed of the server. */
static bool
is_worth_retrying(struct pop3 *p, const struct sasl_mech *used)
{
	if (ask_again(p) == -1 || !p->caps.known)
		return false;
	return !lists(p, used) || best_form(p, used) != used;
}

int
login_refused(struct pop3 *p, const struct pop3_status *st, struct error *e)
{
	const struct sasl_mech *used = p->auth.mech;
	const char *why = p->auth.sasl != NULL ? sasl_complaint(p->auth.sasl) : "";
	bool assumed = p->assumed;
	char *what;

	what = xasprintf("the login%s%s was refused%s%s", used != NULL ? " by " : "",
	    used != NULL ? used->name : "", *why != '\0' ? ": " : "", why);
	(void)client_refused(p, st, ERR_AUTH, what, e);
	free(what);
	p->refused = e->cls == ERR_AUTH;
	p->assumed = p->refused && assumed && used != NULL && is_worth_retrying(p, used);
	return -1;
}

static int
login_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	(void)l;
	if (client_read_status(p, &st, e) == -1)
		return -1;
	return st.ok ? 0 : login_refused(p, &st, e);
}

/* Whether a login of POP3's own can be tried at all: said before any of it is sent. */
static int
check_own(struct pop3 *p, enum pop3_auth auth, struct error *e)
{
	const struct pop3_params *q = p->params;
	char hex[APOP_HEX];

	if (text_has_control(slice_str(q->user)) || text_has_control(slice_str(q->secret)))
		return error_set(
		    e, ERR_CONFIG, "the user or the password has a control character in it");
	if (strlen(q->user) + strlen(q->secret) > COMMAND_MAX - 64)
		return error_set(e, ERR_CONFIG, "the user or the password is too long for POP3");
	if (auth == POP3_AUTH_APOP && !apop_digest(p->timestamp, q->secret, hex))
		return error_set(e, ERR_OS, "libcrypto has no MD5 here, which APOP needs");
	return 0;
}

int
login_begin(struct pop3 *p, struct client_step *steps, size_t *n, struct error *e)
{
	struct pop3_login login = { .mech = NULL };

	if (pop3_choose_login(p, &login, e) == -1)
		return -1;
	if (login.auth == POP3_AUTH_SASL) {
		steps[(*n)++] = (struct client_step){ NULL, auth_last_line, auth_reply, true };
		return auth_begin(p, login.mech, e);
	}
	if (check_own(p, login.auth, e) == -1)
		return -1;
	if (login.auth == POP3_AUTH_APOP) {
		steps[(*n)++] = (struct client_step){ NULL, apop_command, login_reply, true };
		return 0;
	}
	steps[(*n)++] = (struct client_step){ NULL, user_command, login_reply, false };
	steps[(*n)++] = (struct client_step){ NULL, pass_command, login_reply, true };
	return 0;
}
