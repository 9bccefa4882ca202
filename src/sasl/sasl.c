#include "sasl/sasl.h"

#include <stdlib.h>
#include <string.h>

#include "sasl/base64.h"
#include "sasl/exchange.h"
#include "util/mem.h"
#include "util/util.h"

#define SECRET_MAX (64 * KiB) /* what the user has; for what mechanisms add see exchange.h */

/* A token stands between blanks and control characters, so it has none (RFC 6750 section 2.1). */
static bool
is_token(const char *secret)
{
	for (; *secret != '\0'; secret++)
		if (*secret <= ' ' || *secret > '~')
			return false;
	return true;
}

struct sasl *
sasl_new(const struct sasl_mech *m, const struct sasl_params *params, struct error *e)
{
	struct sasl *s;

	if (text_has_control(slice_str(params->user)) ||
	    text_has_control(slice_str(params->secret))) {
		(void)error_set(
		    e, ERR_CONFIG, "the user or the password has a control character in it");
		return NULL;
	}
	if (m->token && !is_token(params->secret)) {
		(void)error_set(e, ERR_CONFIG,
		    "the token has a blank or another character in it that no token has");
		return NULL;
	}
	if (strlen(params->user) + strlen(params->secret) > SECRET_MAX) {
		(void)error_set(e, ERR_CONFIG, "the user or the password is too long");
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->mech = m;
	s->params = params;
	s->scram.first = (struct buf)BUF_INIT(SECRET_MAX * 4);
	return s;
}

void
sasl_free(struct sasl *s)
{
	if (s == NULL)
		return;
	buf_free(&s->scram.first);
	freezero(s, sizeof(*s));
}

int
sasl_unexpected(const struct sasl *s, struct error *e)
{
	return error_set(
	    e, ERR_PROTO, "the server asks for more than %s has to say", s->mech->name);
}

static int
answer(struct sasl *s, struct slice challenge, struct buf *out, struct error *e)
{
	const struct sasl_params *q = s->params;
	/* as much as it can become, at once: growing would leave copies behind */
	size_t room = 3 * strlen(q->user) + strlen(q->secret) + strlen(q->host) + challenge.len +
		      q->binding.len + KiB;
	struct buf raw = BUF_INIT(room);
	int rc;

	(void)buf_reserve(&raw, room);
	rc = s->mech->respond(s, challenge, &raw, e);
	s->step++;
	buf_wipe(out);
	out->max = BASE64_LEN(room) + 1;
	if (rc == 0)
		rc = base64_encode(out, buf_slice(&raw));
	buf_wipe(&raw);
	return rc;
}

int
sasl_respond(struct sasl *s, struct slice challenge, struct buf *out, struct error *e)
{
	struct buf text = BUF_INIT(SASL_CHALLENGE_MAX);
	int rc;

	if (challenge.len > BASE64_LEN((size_t)SASL_CHALLENGE_MAX) ||
	    !base64_decode(&text, challenge))
		rc = error_set(e, ERR_PROTO, "the server sent a challenge that is %s",
		    challenge.len > BASE64_LEN((size_t)SASL_CHALLENGE_MAX) ? "too long"
									   : "no base64");
	else
		rc = answer(s, buf_slice(&text), out, e);
	buf_free(&text);
	s->failed = s->failed || rc == -1;
	return rc;
}

bool
sasl_is_done(const struct sasl *s)
{
	return s->done;
}

int
sasl_accept(const struct sasl *s, struct error *e)
{
	if (s->done && !s->failed && s->complaint[0] == '\0')
		return 0;
	return error_set(e, ERR_AUTH,
	    "the server claims that %s succeeded before it was over: it may be an impostor",
	    s->mech->name);
}

const char *
sasl_complaint(const struct sasl *s)
{
	return s->complaint;
}
