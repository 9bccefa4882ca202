/*
 * OAuth tokens: OAUTHBEARER (RFC 7628) and XOAUTH2, which Google made up and Microsoft took over.
 *
 * A server that refuses the token says why in a challenge, in JSON. It wants an answer to that,
 * which says nothing, and then refuses.
 */
#include <stdio.h>
#include <string.h>

#include "sasl/exchange.h"
#include "util/util.h"

/* Takes a JSON string or another simple value off the front of *in, without its quotes. */
static struct slice
json_value(struct slice *in)
{
	struct slice ends = slice_str(in->len > 0 && *in->p == '"' ? "\"" : ",} \t");
	struct slice value;

	(void)slice_skip(in, "\"");
	value = (struct slice){ in->p, 0 };
	while (value.len < in->len && memchr(ends.p, in->p[value.len], ends.len) == NULL)
		value.len += in->p[value.len] == '\\' ? 2 : 1;
	value.len = MIN(value.len, in->len);
	in->p += value.len;
	in->len -= value.len;
	(void)slice_skip(in, "\"");
	return value;
}

/* The value of a member of a flat JSON object; empty without one. */
static struct slice
json_member(struct slice json, const char *name)
{
	struct slice key = { "", 0 };
	bool is_value = false;

	slice_skip_blanks(&json);
	while (json.len > 0) {
		if (*json.p == ':') {
			is_value = true;
		} else if (*json.p != ',' && *json.p != '{' && *json.p != '}') {
			struct slice value = json_value(&json);

			if (is_value && slice_equal(key, name))
				return value;
			key = is_value ? (struct slice){ "", 0 } : value;
			is_value = false;
			slice_skip_blanks(&json);
			continue;
		}
		json.p++;
		json.len--;
		slice_skip_blanks(&json);
	}
	return (struct slice){ "", 0 };
}

/* What the server's JSON comes to: "the token was refused: invalid_token (it is for ...)". */
static void
complain(struct sasl *s, struct slice json)
{
	struct slice status = json_member(json, "status"), scope = json_member(json, "scope");
	char a[TEXT_SAFE_MAX], b[TEXT_SAFE_MAX];

	if (status.len == 0)
		status = json_member(json, "error");
	if (status.len == 0)
		status = json; /* in its own words, then */
	status.len = MIN(status.len, 80);
	scope.len = MIN(scope.len, 80);
	(void)snprintf(s->complaint, sizeof(s->complaint), "the token is not accepted%s%s%s%s",
	    status.len > 0 ? ": " : "", text_safe(a, status),
	    scope.len > 0 ? "; its scope has to be " : "", text_safe(b, scope));
}

int
oauthbearer_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e)
{
	const struct sasl_params *q = s->params;

	if (s->step > 1 || (s->step == 0 && challenge.len > 0))
		return sasl_unexpected(s, e);
	if (s->step == 1) {
		complain(s, challenge);
		return buf_addch(raw, '\001');
	}
	s->done = true;
	(void)buf_addstr(raw, "n,a=");
	for (const char *c = q->user; *c != '\0'; c++) {
		if (*c == ',' || *c == '=') /* RFC 5801 section 4 */
			(void)buf_addstr(raw, *c == ',' ? "=2C" : "=3D");
		else
			(void)buf_addch(raw, *c);
	}
	(void)buf_addstr(raw, ",\001host=");
	(void)buf_addstr(raw, q->host);
	(void)buf_addf(raw, "\001port=%u\001auth=Bearer ", (unsigned)q->port);
	(void)buf_addstr(raw, q->secret);
	return buf_addstr(raw, "\001\001");
}

int
xoauth2_respond(struct sasl *s, struct slice challenge, struct buf *raw, struct error *e)
{
	if (s->step > 1 || (s->step == 0 && challenge.len > 0))
		return sasl_unexpected(s, e);
	if (s->step == 1) {
		complain(s, challenge);
		return 0;
	}
	s->done = true;
	(void)buf_addstr(raw, "user=");
	(void)buf_addstr(raw, s->params->user);
	(void)buf_addstr(raw, "\001auth=Bearer ");
	(void)buf_addstr(raw, s->params->secret);
	return buf_addstr(raw, "\001\001");
}
