/*
 * Logging in, and listing the maildrop, in one flight where the server allows it.
 */
#include <stdio.h>
#include <string.h>

#include "pop3/apop.h"
#include "pop3/client.h"
#include "util/text.h"

/* ---- logging in ---- */

static size_t
user_command(struct pop3 *p, char line[static COMMAND_MAX])
{
	return (size_t)snprintf(line, COMMAND_MAX, "USER %s\r\n", p->params->user);
}

static size_t
pass_command(struct pop3 *p, char line[static COMMAND_MAX])
{
	return (size_t)snprintf(line, COMMAND_MAX, "PASS %s\r\n", p->params->secret);
}

static size_t
apop_command(struct pop3 *p, char line[static COMMAND_MAX])
{
	char hex[APOP_HEX];

	if (!apop_digest(p->timestamp, p->params->secret, hex))
		hex[0] = '\0'; /* pop3_enter() has tried it */
	return (size_t)snprintf(line, COMMAND_MAX, "APOP %s %s\r\n", p->params->user, hex);
}

static int
login_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	(void)l;
	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (st.ok)
		return 0;
	p->assumed = false; /* the server has understood: another attempt would meet the same */
	return client_refused(p, &st, ERR_AUTH, "the login was refused", e);
}

/* ---- listing ---- */

static int
stat_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (!st.ok)
		return client_refused(p, &st, ERR_TEMP, "STAT", e);
	listing_stat(l, st.text);
	return 0;
}

/* Reads a multi-line listing, one line to add(). */
static int
read_listing(struct pop3 *p, struct listing *l, void (*add)(struct listing *l, struct slice line),
    struct error *e)
{
	struct slice line;
	bool end = false;

	for (size_t n = 0; !end; n++) {
		if (n > LISTING_MAX)
			return error_set(
			    e, ERR_PROTO, "%s: a listing without end", stream_peer(p->s));
		if (client_read_line(p, &line, &end, e) == -1)
			return -1;
		if (!end)
			add(l, line);
	}
	return 0;
}

static int
uidl_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (!st.ok && (p->caps.uidl || pop3_status_class(&st, ERR_OK) == ERR_TEMP))
		return client_refused(p, &st, ERR_TEMP, "the server does not list its UIDs now", e);
	if (!st.ok)
		return 0; /* a server without UIDL */
	l->has_uids = true;
	if (read_listing(p, l, listing_uidl_line, e) == -1)
		return -1;
	listing_uidl_end(l);
	return 0;
}

static int
list_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (!st.ok)
		return client_refused(p, &st, ERR_TEMP, "LIST", e);
	return read_listing(p, l, listing_list_line, e);
}

static int
last_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;
	uint64_t n;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (st.ok && slice_number(slice_word(&st.text), UINT32_MAX, &n)) {
		l->has_last = true;
		l->last = (uint32_t)n;
	}
	return 0;
}

/* ---- logging in and listing in one flight ---- */

/* Whether the login can be tried at all: said before any of it is sent. */
static int
check_login(struct pop3 *p, struct error *e)
{
	const struct pop3_params *q = p->params;
	char hex[APOP_HEX];

	if (text_has_control(slice_str(q->user)) || text_has_control(slice_str(q->secret)))
		return error_set(
		    e, ERR_CONFIG, "the user or the password has a control character in it");
	if (strlen(q->user) + strlen(q->secret) > COMMAND_MAX - 64)
		return error_set(e, ERR_CONFIG, "the user or the password is too long for POP3");
	if (q->auth == POP3_AUTH_APOP) {
		if (p->timestamp.len == 0)
			return error_set(e, ERR_AUTH,
			    "%s: the server does not offer APOP (no proper timestamp in its "
			    "greeting)",
			    stream_peer(p->s));
		if (!apop_digest(p->timestamp, q->secret, hex))
			return error_set(e, ERR_OS, "libcrypto has no MD5 here, which APOP needs");
		explicit_bzero(hex, sizeof(hex));
	}
	/* servers that announce neither USER nor SASL take USER and PASS all the same */
	if (q->auth == POP3_AUTH_AUTO && !p->assumed && p->caps.sasl && !p->caps.user)
		return error_set(e, ERR_AUTH,
		    "%s: the server does not offer a login by USER and PASS%s", stream_peer(p->s),
		    stream_is_tls(p->s) ? "" : " without TLS");
	return 0;
}

int
pop3_enter(struct pop3 *p, struct listing *l, struct error *e)
{
	static const struct client_step user = { NULL, user_command, login_reply, false };
	static const struct client_step pass = { NULL, pass_command, login_reply, true };
	static const struct client_step apop = { NULL, apop_command, login_reply, true };
	static const struct client_step capa = { "CAPA", NULL, client_capa_reply, false };
	static const struct client_step list[] = {
		{ "STAT", NULL, stat_reply, false },
		{ "UIDL", NULL, uidl_reply, false },
		{ "LIST", NULL, list_reply, false },
	};
	static const struct client_step last = { "LAST", NULL, last_reply, false };
	struct client_step steps[FLIGHT_MAX];
	size_t n = 0;

	if (check_login(p, e) == -1)
		return -1;
	if (p->params->auth == POP3_AUTH_APOP) {
		steps[n++] = apop;
	} else {
		steps[n++] = user;
		steps[n++] = pass;
	}
	/* some providers announce PIPELINING only to those who have logged in */
	if (p->assumed || (p->caps.known && !p->caps.pipelining))
		steps[n++] = capa;
	for (size_t i = 0; i < nitems(list); i++)
		steps[n++] = list[i];
	if (client_fly(p, steps, n, l, e) == -1 ||
	    (!l->has_uids && client_fly(p, &last, 1, l, e) == -1))
		return -1;
	listing_end(l);
	return 0;
}
