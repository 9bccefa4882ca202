#include "pop3/client.h"

#include <stdlib.h>
#include <string.h>

#include "pop3/apop.h"
#include "util/clock.h"
#include "util/mem.h"
#include "util/text.h"

#define PROGRESS KiB /* what a multi-line reply must advance within each timeout */
#define CAPA_LINES_MAX 1000
#define CAPA_TEXT_MAX (64 * KiB) /* what is kept of them for people */

struct pop3 *
pop3_new(struct stream *s, const struct pop3_params *params)
{
	struct pop3 *p = xcalloc(1, sizeof(*p));

	p->s = s;
	p->params = params;
	p->body.end = true;
	p->greeting_text = (struct buf)BUF_INIT(STREAM_LINE_MAX);
	p->capa_lines = (struct buf)BUF_INIT(CAPA_TEXT_MAX);
	return p;
}

void
pop3_free(struct pop3 *p)
{
	if (p == NULL)
		return;
	auth_end(p);
	stream_free(p->s);
	buf_free(&p->greeting_text);
	buf_free(&p->capa_lines);
	free((char *)(uintptr_t)p->timestamp.p);
	free(p);
}

const struct pop3_caps *
pop3_caps(const struct pop3 *p)
{
	return &p->caps;
}

bool
client_may_pipeline(const struct pop3 *p)
{
	switch (p->params->pipelining) {
	case POP3_PIPELINING_ON:
		return true;
	case POP3_PIPELINING_OFF:
		return false;
	default:
		return p->caps.pipelining;
	}
}

void
client_start_clock(struct pop3 *p)
{
	stream_set_deadline(p->s, clock_ms() + p->params->timeout_ms);
	p->progressed = 0;
}

/* A multi-line reply that advances gets more time. */
void
client_note_progress(struct pop3 *p, size_t len)
{
	p->progressed += (int64_t)len;
	if (p->progressed >= (int64_t)PROGRESS)
		client_start_clock(p);
}

/* ---- one reply ---- */

int
client_read_status(struct pop3 *p, struct pop3_status *st, struct error *e)
{
	char safe[TEXT_SAFE_MAX];
	struct slice line;

	client_start_clock(p);
	if (stream_getline(p->s, &line, e) == -1)
		return -1;
	if (pop3_parse_status(line, st) == -1)
		return error_set(e, ERR_PROTO, "%s: this is no POP3 reply: %s", stream_peer(p->s),
		    text_safe(safe, line));
	return 0;
}

/* Fills *e from a refusal: "what: the server's words". */
int
client_refused(struct pop3 *p, const struct pop3_status *st, enum errclass cls, const char *what,
    struct error *e)
{
	char code[TEXT_SAFE_MAX], text[TEXT_SAFE_MAX];

	return error_set(e, pop3_status_class(st, cls), "%s: %s: %s%s%s%s", stream_peer(p->s), what,
	    st->code.len > 0 ? "[" : "", st->code.len > 0 ? text_safe(code, st->code) : "",
	    st->code.len > 0 ? "] " : "", st->text.len > 0 ? text_safe(text, st->text) : "refused");
}

/* One line of a multi-line reply; *end at its last. Listings have no use for dot-stuffing. */
int
client_read_line(struct pop3 *p, struct slice *line, bool *end, struct error *e)
{
	if (stream_getline(p->s, line, e) == -1)
		return -1;
	*end = slice_equal(*line, ".");
	if (line->len > 1 && *line->p == '.') {
		line->p++;
		line->len--;
	}
	client_note_progress(p, line->len + 2);
	return 0;
}

/* ---- flights ---- */

/* Sends these steps in one write. */
static int
send_steps(struct pop3 *p, const struct client_step *steps, size_t n, struct error *e)
{
	/* all at once: growing would leave copies of secrets behind */
	size_t room = FLIGHT_MAX * COMMAND_MAX + p->auth.line.len;
	struct buf lines = BUF_INIT(room);
	bool secret[FLIGHT_MAX];
	int rc;

	(void)buf_reserve(&lines, room);
	for (size_t i = 0; i < n; i++) {
		secret[i] = steps[i].secret;
		if (steps[i].plain != NULL)
			(void)buf_addf(&lines, "%s\r\n", steps[i].plain);
		else
			steps[i].command(p, &lines);
	}
	client_start_clock(p);
	rc = stream_write_lines(p->s, buf_slice(&lines), secret, n, e);
	buf_wipe(&lines);
	return rc;
}

int
pop3_check_silence(struct pop3 *p, struct error *e)
{
	struct slice rest = stream_buffered(p->s), line;
	struct pop3_status st;

	if (p->quit_sent || rest.len == 0)
		return 0;
	line = slice_line(&rest);
	/* a server that is shut down says so, whatever it was asked */
	if (rest.len == 0 && pop3_parse_status(slice_trim(line), &st) == 0 && !st.ok)
		return client_refused(p, &st, ERR_TEMP, "the server ends the session", e);
	return error_set(
	    e, ERR_PROTO, "%s: the server answers what it was not asked", stream_peer(p->s));
}

/* Sends as many steps as the server allows and handles the replies in order. */
int
client_fly(
    struct pop3 *p, const struct client_step *steps, size_t n, struct listing *l, struct error *e)
{
	size_t sent = 0, more;

	for (size_t i = 0; i < n; i++) {
		if (sent == i || (sent < n && client_may_pipeline(p))) {
			more = client_may_pipeline(p) ? n - sent : 1;
			if (sent == i && pop3_check_silence(p, e) == -1)
				return -1;
			if (send_steps(p, steps + sent, more, e) == -1)
				return -1;
			sent += more;
		}
		if (steps[i].reply(p, l, e) == -1)
			return -1;
	}
	return 0;
}

/* ---- greeting, CAPA, STLS ---- */

static void
digest_greeting(struct pop3 *p, struct slice text)
{
	struct digest *d = digest_new();

	while (text.len > 0) {
		struct slice word = slice_word(&text);
		bool varies = *word.p == '<';

		for (size_t i = 0; i < word.len; i++)
			varies = varies || (word.p[i] >= '0' && word.p[i] <= '9');
		if (!varies) {
			digest_add(d, word);
			digest_add(d, slice_str(" "));
		}
	}
	(void)digest_end(d, p->greeting);
	digest_free(d);
}

const char *
pop3_greeting_digest(const struct pop3 *p)
{
	return p->greeting;
}

void
pop3_assume(struct pop3 *p, const struct pop3_caps *caps)
{
	p->caps = *caps;
	p->assumed = true;
}

bool
pop3_is_refused(const struct pop3 *p)
{
	return p->refused;
}

bool
pop3_has_assumed(const struct pop3 *p)
{
	return p->assumed;
}

int
pop3_greet(struct pop3 *p, struct error *e)
{
	struct pop3_status st;
	struct slice stamp;

	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (!st.ok)
		return client_refused(p, &st, ERR_TEMP, "the server greets with an error", e);
	digest_greeting(p, st.text);
	(void)buf_append(&p->greeting_text, st.text.p, st.text.len);
	if (apop_timestamp(st.text, &stamp))
		p->timestamp = (struct slice){ xstrndup(stamp.p, stamp.len), stamp.len };
	return 0;
}

struct slice
pop3_greeting(const struct pop3 *p)
{
	return buf_slice(&p->greeting_text);
}

struct slice
pop3_capa_lines(const struct pop3 *p)
{
	return buf_slice(&p->capa_lines);
}

bool
pop3_tls_report(
    struct pop3 *p, const char *host, const struct tls_params *tls, struct tls_report *r)
{
	return stream_tls_report(p->s, host, tls, r);
}

int
client_capa_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_caps caps = { .known = true };
	struct pop3_status st;
	struct slice line;
	bool end = false;

	(void)l;
	if (client_read_status(p, &st, e) == -1)
		return -1;
	p->assumed = false;
	p->capa_lines.len = 0;
	if (!st.ok) {
		p->caps = (struct pop3_caps){ .known = false };
		return 0;
	}
	for (unsigned n = 0; !end; n++) {
		if (n > CAPA_LINES_MAX)
			return error_set(e, ERR_PROTO, "%s: a list of capabilities without end",
			    stream_peer(p->s));
		if (client_read_line(p, &line, &end, e) == -1)
			return -1;
		if (!end) {
			pop3_caps_line(&caps, line);
			(void)buf_addf(&p->capa_lines, "%.*s\n", (int)line.len, line.p);
		}
	}
	p->caps = caps;
	return 0;
}

int
pop3_capa(struct pop3 *p, struct error *e)
{
	static const struct client_step steps[] = { { "CAPA", NULL, client_capa_reply, false } };

	return client_fly(p, steps, nitems(steps), NULL, e);
}

static int
stls_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	char text[TEXT_SAFE_MAX];
	struct pop3_status st;

	(void)l;
	if (client_read_status(p, &st, e) == -1)
		return -1;
	if (st.ok)
		return 0;
	/* whatever its code says: without TLS there is no going on */
	return error_set(e, ERR_TLS, "%s: the server refuses to start TLS: %s", stream_peer(p->s),
	    text_safe(text, st.text));
}

int
pop3_stls(struct pop3 *p, const char *host, const struct tls_params *tls, struct error *e)
{
	static const struct client_step steps[] = { { "STLS", NULL, stls_reply, false } };

	if (p->caps.known && !p->caps.stls)
		return error_set(e, ERR_TLS,
		    "%s: the server does not offer STLS here (\"tls pop3s\", or another port?)",
		    stream_peer(p->s));
	if (client_fly(p, steps, nitems(steps), NULL, e) == -1)
		return -1;
	p->caps = (struct pop3_caps){ .known = false };
	client_start_clock(p);
	return stream_start_tls(p->s, host, tls, e);
}

/* ---- goodbye ---- */

static int
quit_reply(struct pop3 *p, struct listing *l, struct error *e)
{
	struct pop3_status st;

	(void)l;
	if (client_read_status(p, &st, e) == -1)
		return -1;
	return st.ok ? 0 : client_refused(p, &st, ERR_TEMP, "QUIT", e);
}

int
pop3_quit(struct pop3 *p, struct error *e)
{
	static const struct client_step steps[] = { { "QUIT", NULL, quit_reply, false } };

	return p->quit_sent ? quit_reply(p, NULL, e) : client_fly(p, steps, nitems(steps), NULL, e);
}
