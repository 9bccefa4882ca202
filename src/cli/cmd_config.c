#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/json.h"
#include "config/options.h"
#include "util/util.h"

/* In the form of a config file, so that it can become one. */
static void
show_section(const struct account *a, bool described)
{
	struct buf value = BUF_INIT(MiB);

	(void)printf("%s %s\n", a->is_relay ? "relay" : "account", a->name);
	if (described) {
		doctor_describe(a, &value);
		(void)printf("    # %.*s\n", (int)value.len, value.p);
	}
	for (const struct option *o = option_table(a); o->name != NULL; o++) {
		for (size_t i = 0; value.len = 0, o->show(a, o, i, &value); i++)
			(void)printf("    %-16s %.*s\n", o->name, (int)value.len, value.p);
	}
	buf_free(&value);
}

static bool
names_relay(const struct account *a, const struct account *relay)
{
	for (size_t i = 0; i < a->nrelays; i++)
		if (a->relays[i] == relay)
			return true;
	return false;
}

/* Each relay that one of the accounts names. */
static void
show_relays(const struct config *c, const struct account *const *accounts, size_t n)
{
	const struct account *relay;

	TAILQ_FOREACH(relay, &c->relays, link)
		for (size_t i = 0; i < n; i++)
			if (names_relay(accounts[i], relay)) {
				(void)putchar('\n');
				show_section(relay, false);
				break;
			}
}

static void
show_json(const struct account *a)
{
	struct buf value = BUF_INIT(MiB);
	struct json j;

	json_begin(&j);
	json_string(&j, "account", a->name);
	json_open(&j, "settings", '{');
	for (const struct option *o = options; o->name != NULL; o++) {
		if (value.len = 0, !o->show(a, o, 0, &value))
			continue;
		json_open(&j, o->name, '[');
		for (size_t i = 0; value.len = 0, o->show(a, o, i, &value); i++)
			json_text(&j, NULL, buf_slice(&value));
		json_close(&j, ']');
	}
	json_close(&j, '}');
	json_end(&j);
	buf_free(&value);
}

enum errclass
cmd_config(const struct cli_options *o, char *const *args, size_t n)
{
	struct config *c = cli_load(o, args, n, true);
	bool sound = TAILQ_EMPTY(&c->problems); /* else accounts may be half made */
	enum errclass worst = sound ? ERR_OK : ERR_CONFIG;
	const struct account **accounts;
	size_t count;

	if ((accounts = cli_accounts(c, args, n, &count)) == NULL && n > 0)
		worst = ERR_USAGE;
	if (!cli_redirect(c, o))
		worst = ERR_USAGE;
	for (size_t i = 0; accounts != NULL && i < count; i++) {
		if (i > 0 && !o->json)
			(void)putchar('\n');
		if (o->json)
			show_json(accounts[i]);
		else
			show_section(accounts[i], sound);
		(void)fflush(stdout); /* before what is wrong with it, where both go to one place */
		if (sound)
			worst = error_worse(worst, doctor_account(c, accounts[i]));
	}
	if (!o->json && accounts != NULL)
		show_relays(c, accounts, count);
	free(accounts);
	config_free(c);
	return worst;
}
