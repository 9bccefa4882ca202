#include "smtp/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/ownname.h"
#include "smtp/features.h"
#include "smtp/reply.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/text.h"
#include "util/util.h"

#define REPLY_LINES_MAX 1000
#define DIAL_MS (60 * 1000) /* of the time for the greeting, this much may go into connecting */
#define QUIT_MS (5 * 1000)
#define CODE_GREETING 220
#define PORT_SMTPS 465
#define COMMAND_ROOM 512

/* ---- replies ---- */

/* Adds a line to the text of a reply: its code and enhanced code once, in front. */
static void
add_words(struct answer *a, const struct smtp_line *l, bool first)
{
	char safe[TEXT_SAFE_MAX];
	size_t len = strlen(a->text);

	if (first)
		len = (size_t)snprintf(a->text, sizeof(a->text), "%d%s%.*s", l->code,
		    l->enhanced.len > 0 ? " " : "", (int)l->enhanced.len, l->enhanced.p);
	if (l->text.len > 0 && len < sizeof(a->text))
		(void)snprintf(
		    a->text + len, sizeof(a->text) - len, " %s", text_safe(safe, l->text));
}

int
session_read(struct smtp *s, struct answer *a, struct buf *lines, struct error *e)
{
	struct smtp_line l = { .more = true };
	char safe[TEXT_SAFE_MAX];
	struct slice line;

	for (unsigned n = 0; l.more; n++) {
		if (stream_getline(s->stream, &line, e) == -1)
			goto broken;
		if (smtp_parse_line(line, &l) == -1 || (n > 0 && l.code != a->code)) {
			(void)error_set(e, ERR_PROTO, "%s: this is no SMTP reply: %s",
			    stream_peer(s->stream), text_safe(safe, line));
			goto broken;
		}
		if (n == REPLY_LINES_MAX) {
			(void)error_set(
			    e, ERR_PROTO, "%s: a reply without end", stream_peer(s->stream));
			goto broken;
		}
		a->code = l.code;
		add_words(a, &l, n == 0);
		if (lines != NULL && l.text.len < lines->max - lines->len) {
			(void)buf_append(lines, l.text.p, l.text.len);
			(void)buf_addch(lines, '\n');
		}
	}
	if (a->code != CODE_ENDING)
		return 0;
	s->ending = true;
	return session_refused(s, a, ERR_TEMP, "the server ends the connection", e);
broken:
	s->broken = true;
	return -1;
}

int
session_refused(const struct smtp *s, const struct answer *a, enum errclass cls, const char *what,
    struct error *e)
{
	return error_set(e, cls, "%s: %s: %s", stream_peer(s->stream), what, a->text);
}

int
session_check_silence(struct smtp *s, struct error *e)
{
	struct slice code = stream_buffered(s->stream);
	struct smtp_line l;

	if (code.len == 0)
		return 0;
	code.len = MIN(code.len, 3);
	if (smtp_parse_line(code, &l) == 0 &&
	    (s->sending ? l.code >= CODE_REFUSED : l.code == CODE_ENDING))
		return 0;
	s->broken = true;
	return error_set(
	    e, ERR_PROTO, "%s: the server answers what it was not asked", stream_peer(s->stream));
}

int
session_send(struct smtp *s, struct slice lines, struct error *e)
{
	if (session_check_silence(s, e) == -1)
		return -1;
	stream_set_deadline(s->stream, clock_ms() + s->params->timeout_ms);
	if (stream_write(s->stream, lines, false, e) == 0)
		return 0;
	s->broken = true;
	return -1;
}

int
session_ask(struct smtp *s, const char *command, struct answer *a, struct error *e)
{
	char line[COMMAND_ROOM];
	int len = snprintf(line, sizeof(line), "%s\r\n", command);

	if (session_send(s, (struct slice){ line, (size_t)len }, e) == -1)
		return -1;
	return session_read(s, a, NULL, e);
}

/* ---- greeting, EHLO, STARTTLS ---- */

static int
greet(struct smtp *s, struct error *e)
{
	struct error why = { .cls = ERR_OK };
	struct answer a;
	const char *hint = "";

	if (session_read(s, &a, NULL, &why) == -1) {
		if (s->params->tls != SMTP_SMTPS && s->params->way.to.port == PORT_SMTPS)
			hint = "; port 465 usually wants \"tls smtps\"";
		return error_set(e, why.cls, "%s%s", why.msg, hint);
	}
	if (a.code != CODE_GREETING)
		return session_refused(s, &a, ERR_TEMP, "the server does not want us", e);
	(void)strlcpy(s->greeting, a.text, sizeof(s->greeting));
	return 0;
}

/* Says who we are and learns what the server can do; *unknown: it does not know the command. */
static int
say_hello(struct smtp *s, const char *command, bool *unknown, struct error *e)
{
	char name[OWNNAME_MAX], line[COMMAND_ROOM];
	struct buf lines = BUF_INIT(SMTP_FEATURES_MAX);
	struct slice rest;
	struct answer a;
	int rc;

	s->features.len = 0;
	(void)snprintf(line, sizeof(line), "%s %s\r\n", command, ownname_for(s->stream, name));
	rc = session_send(s, slice_str(line), e);
	if (rc == 0 && (rc = session_read(s, &a, &lines, e)) == 0 && !ANSWER_IS_YES(&a)) {
		*unknown = a.code / 100 == 5;
		rc = session_refused(s, &a, *unknown ? ERR_PROTO : ERR_TEMP, command, e);
	}
	rest = buf_slice(&lines);
	(void)slice_line(&rest); /* the server's name, and a greeting */
	while (rc == 0 && rest.len > 0)
		features_add(&s->features, slice_line(&rest));
	buf_free(&lines);
	return rc;
}

static int
introduce(struct smtp *s, struct error *e)
{
	struct error why = { .cls = ERR_OK };
	bool unknown = false;
	int rc = say_hello(s, s->params->lmtp ? "LHLO" : "EHLO", &unknown, &why);

	if (unknown && !s->params->lmtp) {
		why.cls = ERR_OK;
		rc = say_hello(s, "HELO", &unknown, &why);
		s->features.len = 0; /* what stands behind HELO is courtesy */
	}
	s->pipelining = features_have(smtp_features(s), "PIPELINING", NULL);
	return rc == 0 ? 0 : error_set(e, why.cls, "%s", why.msg);
}

static int
start_tls(struct smtp *s, struct error *e)
{
	const struct smtp_params *p = s->params;

	stream_set_deadline(s->stream, clock_ms() + p->timeout_ms);
	if (stream_start_tls(s->stream, p->way.to.host, &p->tls_params, e) == 0)
		return 0;
	s->broken = true;
	return -1;
}

static int
secure(struct smtp *s, struct error *e)
{
	struct answer a;

	if (!features_have(smtp_features(s), "STARTTLS", NULL))
		return error_set(e, ERR_TLS,
		    "%s: the server does not offer STARTTLS here (\"tls smtps\", or another "
		    "port?)",
		    stream_peer(s->stream));
	if (session_ask(s, "STARTTLS", &a, e) == -1)
		return -1;
	if (a.code != CODE_GREETING) /* whatever it says: without TLS there is no going on */
		return session_refused(s, &a, ERR_TLS, "the server refuses to start TLS", e);
	if (start_tls(s, e) == -1)
		return -1;
	return introduce(s, e); /* what it said before may have been anybody's */
}

static int
enter(struct smtp *s, struct error *e)
{
	const struct smtp_params *p = s->params;

	stream_set_deadline(s->stream, clock_ms() + p->timeout_ms);
	if (p->tls == SMTP_SMTPS && start_tls(s, e) == -1)
		return -1;
	if (greet(s, e) == -1 || introduce(s, e) == -1)
		return -1;
	if (p->tls == SMTP_STARTTLS && secure(s, e) == -1)
		return -1;
	return smtp_log_in(s, e);
}

struct smtp *
smtp_open(const struct smtp_params *params, struct error *e)
{
	int64_t ms = MIN(params->timeout_ms, DIAL_MS);
	struct stream *stream = way_open(&params->way, clock_ms() + ms, e);
	struct smtp *s;

	if (stream == NULL)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	s->stream = stream;
	s->params = params;
	s->features.max = SMTP_FEATURES_MAX;
	s->out.max = SMTP_OUT_MAX;
	if (enter(s, e) == 0)
		return s;
	smtp_close(s);
	return NULL;
}

struct slice
smtp_features(const struct smtp *s)
{
	return buf_slice(&s->features);
}

const char *
smtp_greeting(const struct smtp *s)
{
	return s->greeting;
}

bool
smtp_tls_report(struct smtp *s, struct tls_report *r)
{
	const struct smtp_params *p = s->params;

	return stream_tls_report(s->stream, p->way.to.host, &p->tls_params, r);
}

bool
smtp_is_used(const struct smtp *s)
{
	return s->used;
}

bool
smtp_is_ending(const struct smtp *s)
{
	return s->ending;
}

/* ---- queries, goodbye ---- */

int
smtp_query(struct smtp *s, const char *line, struct buf *out, struct error *e)
{
	char command[COMMAND_ROOM];
	struct answer a;

	(void)snprintf(command, sizeof(command), "%s\r\n", line);
	if (session_send(s, slice_str(command), e) == -1)
		return -1;
	return session_read(s, &a, out, e);
}

void
smtp_close(struct smtp *s)
{
	struct error none = { .cls = ERR_OK };
	struct answer a;

	if (s == NULL)
		return;
	if (!s->broken && !s->ending && !s->sending &&
	    session_send(s, slice_str("QUIT\r\n"), &none) == 0) {
		/* what it answers changes nothing; but who hangs up at once cuts it off */
		stream_set_deadline(s->stream, clock_ms() + MIN(s->params->timeout_ms, QUIT_MS));
		(void)session_read(s, &a, NULL, &none);
	}
	stream_free(s->stream);
	buf_free(&s->features);
	buf_free(&s->out);
	free(s);
}
