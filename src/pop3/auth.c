/*
 * AUTH (RFC 5034): the lines around a mechanism of sasl/.
 */
#include <stdio.h>
#include <string.h>

#include "pop3/client.h"
#include "util/text.h"

#define LINE_MAX_RFC 255 /* of a command, CRLF included (RFC 2449 section 4) */

static const char *const binding_types[] = { "tls-exporter", "tls-server-end-point" };

bool
auth_can_bind(const struct pop3 *p)
{
	unsigned char bytes[TLS_BINDING_MAX];

	for (size_t i = 0; i < nitems(binding_types); i++)
		if (stream_binding(p->s, binding_types[i], bytes) > 0)
			return true;
	return false;
}

/* Whether we could bind the login to the connection, if only the server listed a way for that. */
static bool
could_bind(const struct pop3 *p)
{
	for (const struct sasl_mech *m = sasl_mechs; m->name != NULL; m++)
		if (m->binds && (p->caps.mechs & sasl_bit(m)) != 0)
			return false;
	return p->caps.sasl && auth_can_bind(p);
}

void
auth_end(struct pop3 *p)
{
	sasl_free(p->auth.sasl);
	buf_wipe(&p->auth.response);
	buf_wipe(&p->auth.line);
	explicit_bzero(&p->auth, sizeof(p->auth));
}

/* What sasl/ says, with the server's name. */
static int
sasl_error(const struct pop3 *p, const struct error *why, struct error *e)
{
	return error_set(e, why->cls, "%s: %s", stream_peer(p->s), why->msg);
}

/* ---- lines of ours ---- */

/* Makes the next line: a command, a response, or both; anew, as it may hold a secret. */
static void
make_line(struct pop3 *p, const char *command, struct slice response)
{
	struct buf *line = &p->auth.line;
	size_t room = strlen(command) + response.len + 2;

	buf_wipe(line);
	line->max = room;
	(void)buf_reserve(line, room);
	(void)buf_addstr(line, command);
	(void)buf_append(line, response.p, response.len);
	(void)buf_addstr(line, "\r\n");
}

static int
send_line(struct pop3 *p, bool secret, struct error *e)
{
	client_start_clock(p);
	return stream_write(p->s, buf_slice(&p->auth.line), secret, e);
}

/* Tells the server that we will not go on. Whatever it says to that, *e is set already. */
static int
cancel(struct pop3 *p)
{
	struct error none = { .cls = ERR_OK };
	struct pop3_status st;

	make_line(p, "*", (struct slice){ "", 0 });
	if (send_line(p, false, &none) == 0)
		(void)client_read_status(p, &st, &none);
	return -1;
}

/*
 * Whether the first response may go in the line of AUTH: if the server lists the mechanism, since
 * RFC 5034. Microsoft's wants XOAUTH2 in two lines for all that; servers that know OAUTHBEARER,
 * too, are of another make.
 */
static bool
goes_with_AUTH(const struct pop3 *p, const char *command, size_t response)
{
	const struct sasl_mech *m = p->auth.mech, *witness = m;

	if (strcmp(m->name, "XOAUTH2") == 0)
		witness = sasl_find(slice_str("OAUTHBEARER"));
	return m->initial && (p->caps.mechs & sasl_bit(witness)) != 0 &&
	       strlen(command) + response + 2 <= LINE_MAX_RFC;
}

/* "AUTH NAME", with the first response or without. */
static int
make_first_line(struct pop3 *p, struct error *e)
{
	struct auth *a = &p->auth;
	struct error why = { .cls = ERR_OK };
	struct slice response;
	char command[64];

	(void)snprintf(command, sizeof(command), "AUTH %s ", a->mech->name);
	if (a->mech->initial &&
	    sasl_respond(a->sasl, (struct slice){ "", 0 }, &a->response, &why) == -1)
		return sasl_error(p, &why, e);
	response = a->response.len > 0 ? buf_slice(&a->response) : slice_str("=");
	a->with_AUTH = goes_with_AUTH(p, command, response.len);
	a->held = a->mech->initial && !a->with_AUTH;
	if (!a->with_AUTH) {
		command[strlen(command) - 1] = '\0';
		response.len = 0;
	}
	make_line(p, command, response);
	return 0;
}

/* ---- lines of the server's ---- */

/* 1: a challenge; 0: the verdict, in *st; -1. */
static int
read_reply(struct pop3 *p, struct slice *challenge, struct pop3_status *st, struct error *e)
{
	char safe[TEXT_SAFE_MAX];
	struct slice line;

	client_start_clock(p);
	if (stream_getline(p->s, &line, e) == -1)
		return -1;
	if (pop3_parse_challenge(line, challenge))
		return 1;
	if (pop3_parse_status(line, st) == -1)
		return error_set(e, ERR_PROTO, "%s: this is no reply to AUTH: %s",
		    stream_peer(p->s), text_safe(safe, line));
	return 0;
}

/* A verdict before we have said all. */
static int
early_verdict(struct pop3 *p, const struct pop3_status *st, struct error *e)
{
	const char *why = sasl_complaint(p->auth.sasl);

	if (st->ok)
		return error_set(e, ERR_AUTH,
		    "%s: the server claims that %s succeeded before it was over: it may be an "
		    "impostor",
		    stream_peer(p->s), p->auth.mech->name);
	p->auth.wrong_binding =
	    p->auth.mech->binds && pop3_status_class(st, ERR_AUTH) == ERR_AUTH &&
	    (p->auth.lines == 1 || strcmp(why, "unsupported-channel-binding-type") == 0);
	return login_refused(p, st, e);
}

/* Makes the line that answers a challenge. */
static int
answer(struct pop3 *p, struct slice challenge, struct error *e)
{
	struct auth *a = &p->auth;
	struct error why = { .cls = ERR_OK };

	if (a->held) { /* the challenge only says: go on */
		a->held = false;
	} else if (sasl_respond(a->sasl, challenge, &a->response, &why) == -1) {
		(void)sasl_error(p, &why, e);
		return cancel(p);
	}
	make_line(p, "", buf_slice(&a->response));
	return 0;
}

/* ---- the dialogue ---- */

/* All of it but the last line. */
static int
converse(struct pop3 *p, struct error *e)
{
	struct auth *a = &p->auth;
	struct pop3_status st;
	struct slice challenge;

	if (make_first_line(p, e) == -1)
		return -1;
	while (a->held || !sasl_is_done(a->sasl)) {
		if (send_line(p, a->lines++ > 0 || a->with_AUTH, e) == -1)
			return -1;
		switch (read_reply(p, &challenge, &st, e)) {
		case 1:
			if (answer(p, challenge, e) == -1)
				return -1;
			break;
		case 0:
			return early_verdict(p, &st, e);
		default:
			return -1;
		}
	}
	return 0;
}

static int
begin(struct pop3 *p, const struct sasl_mech *m, const char *binding_type, struct error *e)
{
	const struct pop3_params *q = p->params;
	struct auth *a = &p->auth;

	auth_end(p);
	a->mech = m;
	a->params = (struct sasl_params){ .user = q->user,
		.secret = q->secret,
		.host = q->host != NULL ? q->host : "",
		.port = q->port,
		.could_bind = could_bind(p) };
	if (binding_type != NULL) {
		a->params.binding_type = binding_type;
		a->params.binding.len = stream_binding(p->s, binding_type, a->binding);
		a->params.binding.p = (const char *)a->binding;
	}
	if ((a->sasl = sasl_new(m, &a->params, e)) == NULL)
		return -1;
	return converse(p, e);
}

int
auth_begin(struct pop3 *p, const struct sasl_mech *m, struct error *e)
{
	unsigned char bytes[TLS_BINDING_MAX];
	struct error why = { .cls = ERR_OK };

	if (!m->binds)
		return begin(p, m, NULL, e);
	/* a server does not say which types of binding it knows */
	for (size_t i = 0; i < nitems(binding_types); i++) {
		if (stream_binding(p->s, binding_types[i], bytes) == 0)
			continue;
		why.cls = ERR_OK;
		if (begin(p, m, binding_types[i], &why) == 0)
			return 0;
		if (!p->auth.wrong_binding)
			break;
	}
	return error_set(e, why.cls, "%s", why.msg);
}

void
auth_last_line(struct pop3 *p, struct buf *out)
{
	(void)buf_append(out, p->auth.line.p, p->auth.line.len);
}

/*
 * A challenge where the verdict should be: the reason why a token is refused, or a server that has
 * not read what went with AUTH. If other commands stand behind our last line, one of them has been
 * taken for the answer.
 */
static int
late_challenge(struct pop3 *p, struct slice challenge, struct error *e)
{
	struct auth *a = &p->auth;
	bool again = a->with_AUTH && challenge.len == 0;

	if (again && client_may_pipeline(p))
		return error_set(e, ERR_PROTO,
		    "%s: the server did not read what came with AUTH %s; \"pipelining off\" may "
		    "help",
		    stream_peer(p->s), a->mech->name);
	a->held = again;
	a->with_AUTH = false;
	if (answer(p, challenge, e) == -1)
		return -1;
	return client_may_pipeline(p) ? 0 : send_line(p, true, e);
}

int
auth_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct error why = { .cls = ERR_OK };
	struct pop3_status st;
	struct slice challenge;
	int rc;

	(void)l;
	while ((rc = read_reply(p, &challenge, &st, e)) == 1)
		if (late_challenge(p, challenge, e) == -1)
			return -1;
	if (rc == -1)
		return -1;
	if (!st.ok)
		return login_refused(p, &st, e);
	return sasl_accept(p->auth.sasl, &why) == 0 ? 0 : sasl_error(p, &why, e);
}
