#include "cli/infojson.h"

#include "cli/json.h"

/* A member with the lines of a text; left out when there is none. */
static void
json_lines(struct json *j, const char *name, const char *lines)
{
	struct slice rest = slice_str(lines != NULL ? lines : "");

	if (lines == NULL)
		return;
	json_open(j, name, '[');
	while (rest.len > 0)
		json_text(j, NULL, slice_line(&rest));
	json_close(j, ']');
}

static void
json_certificate(struct json *j, const struct certificate *c)
{
	struct slice names = buf_slice(&c->names);

	json_open(j, NULL, '{');
	json_string(j, "subject", c->subject);
	json_open(j, "names", '[');
	while (names.len > 0)
		json_text(j, NULL, slice_line(&names));
	json_close(j, ']');
	json_string(j, "issuer", c->issuer);
	json_string(j, "from", c->from);
	json_string(j, "until", c->until);
	json_string(j, "key", c->key);
	json_string(j, "sha256", c->fingerprint);
	json_close(j, '}');
}

static void
json_tls(struct json *j, const struct tls_report *tls)
{
	const struct error *why = &tls->distrust;

	json_open(j, "tls", '{');
	json_string(j, "version", tls->version);
	json_string(j, "cipher", tls->cipher);
	json_bool(j, "trusted", why->cls == ERR_OK);
	if (why->cls != ERR_OK)
		json_string(j, "distrust", why->msg);
	json_open(j, "chain", '[');
	for (size_t i = 0; i < tls->n; i++)
		json_certificate(j, &tls->chain[i]);
	json_close(j, ']');
	json_close(j, '}');
}

static void
begin(struct json *j, const char *kind, const struct account *a, const struct error *e)
{
	json_begin(j);
	json_string(j, kind, a->name);
	json_number(j, "status", (uint64_t)error_exit_status(e->cls));
	json_string(j, "host", a->host);
	if (a->port != 0)
		json_number(j, "port", (uint64_t)a->port);
}

static void
end(struct json *j, const struct error *e)
{
	if (e->cls != ERR_OK)
		json_string(j, "error", e->msg);
	json_end(j);
}

void
infojson_account(const struct account *a, const struct engine_info *info, const struct error *e)
{
	struct json j;

	begin(&j, "account", a, e);
	json_string(&j, "greeting", info->greeting);
	json_lines(&j, "capabilities_clear", info->capabilities[INFO_CLEAR]);
	json_lines(&j, "capabilities_tls", info->capabilities[INFO_TLS]);
	json_lines(&j, "capabilities_login", info->capabilities[INFO_LOGIN]);
	if (info->has_tls)
		json_tls(&j, &info->tls);
	json_string(&j, "login", info->login);
	json_bool(&j, "logged_in", info->logged_in);
	if (info->logged_in) {
		json_number(&j, "messages", info->messages);
		json_number(&j, "bytes", info->bytes);
		json_bool(&j, "uids", info->has_uids);
	}
	json_string(&j, "sandbox", info->sandbox);
	end(&j, e);
}

void
infojson_relay(const struct account *a, const struct engine_relay_info *info, const struct error *e)
{
	struct slice answers = buf_slice(&info->answers);
	struct json j;

	begin(&j, "relay", a, e);
	json_string(&j, "greeting", info->greeting);
	json_lines(&j, "features", info->features);
	if (info->has_tls)
		json_tls(&j, &info->tls);
	json_bool(&j, "logged_in", info->logged_in);
	json_open(&j, "answers", '[');
	while (answers.len > 0)
		json_text(&j, NULL, slice_line(&answers));
	json_close(&j, ']');
	end(&j, e);
}
