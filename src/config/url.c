#include "config/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "util/mem.h"
#include "util/slice.h"
#include "util/util.h"

#define PORT_MAX 65535

bool
url_is(const char *text)
{
	return strstr(text, "://") != NULL;
}

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* A new string without the escapes; NULL with *e set for a broken one, or for a NUL. */
static char *
decode(struct slice in, struct error *e)
{
	char *out = xmalloc(in.len + 1);
	size_t len = 0;

	while (in.len > 0) {
		int high = in.len > 2 ? hex_digit(in.p[1]) : -1;
		int low = in.len > 2 ? hex_digit(in.p[2]) : -1;
		size_t used = *in.p == '%' ? 3 : 1;

		out[len] = *in.p;
		if (used == 3 && (high == -1 || low == -1)) {
			(void)error_set(e, ERR_USAGE, "URL: \"%%\" wants two hexadecimal digits");
			break;
		}
		if (used == 3)
			out[len] = (char)(high << 4 | low);
		if (out[len++] == '\0') {
			(void)error_set(e, ERR_USAGE, "URL: a NUL character in it");
			break;
		}
		in.p += used;
		in.len -= used;
	}
	out[len] = '\0';
	if (e->cls == ERR_OK)
		return out;
	free(out);
	return NULL;
}

static int
take_scheme(struct slice *in, struct url *u, struct error *e)
{
	static const struct {
		const char *scheme, *tls;
	} schemes[] = { { "pop", "off" }, { "pops", "pop3s" }, { "pop+stls", "stls" } };
	const char *end = memmem(in->p, in->len, "://", 3);
	struct slice scheme = { in->p, end != NULL ? (size_t)(end - in->p) : 0 };

	for (size_t i = 0; i < nitems(schemes); i++)
		if (slice_caseequal(scheme, schemes[i].scheme)) {
			u->tls = schemes[i].tls;
			in->p += scheme.len + 3;
			in->len -= scheme.len + 3;
			return 0;
		}
	return error_set(e, ERR_USAGE, "a URL begins with pops://, pop+stls:// or pop://");
}

/* "*" and "+APOP" are RFC 2384's words. */
static int
parse_auth(struct slice in, struct url *u, struct error *e)
{
	if (slice_equal(in, "*")) {
		u->auth = xstrdup("auto");
		return 0;
	}
	(void)slice_skip(&in, "+");
	if (in.len == 0)
		return error_set(e, ERR_USAGE, "URL: \"AUTH=\" wants a method behind it");
	if ((u->auth = decode(in, e)) == NULL)
		return -1;
	for (char *p = u->auth; *p != '\0'; p++)
		*p = (char)tolower((unsigned char)*p);
	return 0;
}

/* What stands before the last "@". */
static int
parse_user(struct slice in, struct url *u, struct error *e)
{
	const char *end = memchr(in.p, ';', in.len);
	struct slice user = { in.p, end != NULL ? (size_t)(end - in.p) : in.len };
	struct slice option = { in.p + user.len, in.len - user.len };

	if (memchr(in.p, ':', in.len) != NULL)
		return error_set(e, ERR_USAGE,
		    "a URL with a password is refused: other users see it in the list of "
		    "processes. Use --password-command, --password-file or ~/.netrc; a colon that "
		    "is "
		    "part of the user's name is \"%%3A\"");
	if (user.len == 0)
		return error_set(e, ERR_USAGE, "URL: no user before the \"@\"");
	if ((u->user = decode(user, e)) == NULL)
		return -1;
	if (option.len == 0)
		return 0;
	if (option.len < 6 || strncasecmp(option.p, ";AUTH=", 6) != 0)
		return error_set(e, ERR_USAGE, "URL: only \";AUTH=\" can stand behind the user");
	return parse_auth((struct slice){ option.p + 6, option.len - 6 }, u, e);
}

static int
parse_port(struct slice in, struct url *u, struct error *e)
{
	uint64_t port;

	if (in.len == 0)
		return 0; /* RFC 3986 allows a colon with nothing behind it */
	if (!slice_number(in, PORT_MAX, &port) || port == 0)
		return error_set(e, ERR_USAGE, "URL: the port is a number from 1 to %d", PORT_MAX);
	u->port = (uint16_t)port;
	return 0;
}

static int
parse_host(struct slice in, struct url *u, struct error *e)
{
	const char *start = in.p, *bracket = NULL, *colon;
	struct slice host = in;

	if (in.len > 0 && *in.p == '[' && (bracket = memchr(in.p, ']', in.len)) != NULL)
		start = bracket + 1;
	colon = memchr(start, ':', in.len - (size_t)(start - in.p));
	if (colon != NULL) {
		host.len = (size_t)(colon - in.p);
		if (parse_port((struct slice){ colon + 1, in.len - host.len - 1 }, u, e) == -1)
			return -1;
	}
	if (bracket != NULL && host.len != (size_t)(start - in.p))
		return error_set(e, ERR_USAGE, "URL: only a port can stand behind the \"]\"");
	if (host.len == 0)
		return error_set(e, ERR_USAGE, "URL: no host in it");
	return (u->host = decode(host, e)) != NULL ? 0 : -1;
}

static int
parse(struct slice in, struct url *u, struct error *e)
{
	const char *at;

	if (take_scheme(&in, u, e) == -1)
		return -1;
	if ((at = memrchr(in.p, '@', in.len)) != NULL) {
		struct slice user = { in.p, (size_t)(at - in.p) };

		if (parse_user(user, u, e) == -1)
			return -1;
		in = (struct slice){ at + 1, in.len - user.len - 1 };
	}
	if (in.len > 0 && in.p[in.len - 1] == '/')
		in.len--;
	for (size_t i = 0; i < in.len; i++)
		if (strchr("/?#", in.p[i]) != NULL)
			return error_set(
			    e, ERR_USAGE, "URL: nothing can stand behind the host and its port");
	return parse_host(in, u, e);
}

int
url_parse(const char *text, struct url *u, struct error *e)
{
	*u = (struct url){ .user = NULL };
	if (parse(slice_str(text), u, e) == 0)
		return 0;
	url_free(u);
	return -1;
}

void
url_free(struct url *u)
{
	free(u->user);
	free(u->auth);
	free(u->host);
	*u = (struct url){ .user = NULL };
}
