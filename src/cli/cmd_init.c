/*
 * The first config: a few questions, a server found and a login tried, then the file. It is written
 * under another name, read back and tried as it is, and only then given its name, by link(2), which
 * overwrites nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/cli.h"
#include "cli/each.h"
#include "cli/findserver.h"
#include "cli/form.h"
#include "config/secret.h"
#include "config/values.h"
#include "engine/engine.h"
#include "net/srv.h"
#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/stop.h"
#include "util/text.h"
#include "util/trust.h"
#include "util/util.h"

/* What is asked for, and what is known. */
struct questions {
	struct form *form;
	char *address;
	const char *domain; /* of the address */
	char *name;         /* of the account */
	bool interactive;
};

/* ---- the command line ---- */

static bool
is_address(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL && at != address && at[1] != '\0' && at[1] != '.' &&
	       !text_has_control(slice_str(address)) && strchr(address, ' ') == NULL &&
	       at[1 + strcspn(at + 1, "=/:[]\"\\")] == '\0';
}

/* The account's name: what the domain begins with. */
static bool
take_address(struct questions *q, const char *address)
{
	if (!is_address(address)) {
		log_error("\"%s\" is no mail address", address);
		return false;
	}
	q->address = xstrdup(address);
	q->domain = strrchr(q->address, '@') + 1;
	q->name = xstrndup(q->domain, strspn(q->domain, "abcdefghijklmnopqrstuvwxyz"
							"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
	if (*q->name == '\0') {
		free(q->name);
		q->name = xstrdup("home");
	}
	return true;
}

static bool
take_arguments(struct questions *q, char *const *args, size_t n)
{
	char *typed = NULL;
	bool ok;

	if (n == 0 && !q->interactive) {
		log_error("init --yes wants a mail address");
		return false;
	}
	if (n == 0 && (typed = ask("Mail address", NULL)) == NULL)
		return false;
	ok = take_address(q, n > 0 ? args[0] : typed);
	free(typed);
	for (size_t i = 1; i < n && ok; i++)
		ok = form_take(q->form, args[i]);
	return ok;
}

/* ---- the server ---- */

static void
set_server(struct questions *q, const struct found_server *s)
{
	static const char *const tls[] = { [ACCOUNT_POP3S] = "pop3s", [ACCOUNT_STLS] = "stls" };
	char port[8];

	form_set_word(q->form, "host", s->at.host);
	form_set_word(q->form, "tls", tls[s->tls]);
	(void)snprintf(port, sizeof(port), "%u", (unsigned)s->at.port);
	form_set_word(q->form, "port", port);
}

/* Nobody has signed what DNS says: a host elsewhere is a person's to confirm. */
static bool
may_use(const struct questions *q, const struct found_server *s)
{
	if (srv_is_within(s->at.host, q->domain))
		return true;
	if (q->interactive)
		return ask_yes("It is not in your domain. Shall it have your password?", false);
	log_error("%s, found %s, is not in %s; if it is right, say host=%s", s->at.host, s->how,
	    q->domain, s->at.host);
	return false;
}

/* False when there is none, and nobody to name one. */
static bool
choose_server(struct questions *q)
{
	struct found_server found;
	char *host;

	if (form_has(q->form, "host") || form_has(q->form, "socket") ||
	    form_has(q->form, "connect-command"))
		return true;
	if (find_server(q->domain, &found)) {
		log_say("Server: %s, port %u, found %s", found.at.host, (unsigned)found.at.port,
		    found.how);
		if (may_use(q, &found)) {
			set_server(q, &found);
			return true;
		}
	} else if (!q->interactive) {
		log_error("found no POP3 server for %s; name it: host=NAME", q->domain);
	}
	if (!q->interactive || (host = ask("POP3 server", NULL)) == NULL)
		return false;
	form_set_word(q->form, "host", host);
	free(host);
	return true;
}

/* ---- the rest of the questions ---- */

static bool
ask_for(struct questions *q, const char *keyword, const char *question, const char *standard)
{
	char *answer = ask(question, standard);

	if (answer != NULL)
		form_set_word(q->form, keyword, answer);
	free(answer);
	return answer != NULL;
}

static bool
ask_for_password(struct questions *q, const char *keyword)
{
	char *secret = ask_secret("Password: ");

	if (secret == NULL)
		return false;
	form_set_word(q->form, keyword, secret);
	free_secret(secret);
	return true;
}

static bool
ask_for_secret(struct questions *q)
{
	static const char *const keywords[] = { "password-command", "password-file", "password" };
	char *source;
	bool ok = true;

	for (size_t i = 0; i < nitems(keywords); i++)
		form_unset(q->form, keywords[i]);
	source = ask("Password from a command, a file, here (it is kept in the config file), or "
		     "asked each time",
	    "command");
	if (source == NULL)
		return false;
	if (*source == 'c')
		ok = ask_for(q, keywords[0], "Command that prints it", NULL);
	else if (*source == 'f')
		ok = ask_for(q, keywords[1], "File", NULL);
	else if (*source == 'h')
		ok = ask_for_password(q, keywords[2]);
	free(source);
	return ok;
}

static bool
ask_for_target(struct questions *q)
{
	char *answer =
	    ask("Deliver to (mbox PATH, maildir DIR, pipe COMMAND)", "maildir ~/Maildir");
	size_t kind = answer != NULL ? strcspn(answer, " \t") : 0;
	struct buf words = BUF_INIT(FORM_MAX);

	if (answer == NULL)
		return false;
	(void)buf_append(&words, answer, kind);
	if (answer[kind] != '\0') {
		(void)buf_addch(&words, ' ');
		value_quote(&words, answer + kind + strspn(answer + kind, " \t"));
	}
	(void)buf_addch(&words, '\0');
	form_set_words(q->form, "deliver", words.p);
	buf_free(&words);
	free(answer);
	return true;
}

/* What the command line has left open; with --yes what is most likely. */
static bool
fill_in(struct questions *q)
{
	bool asks = q->interactive;

	if (!form_has(q->form, "user")) {
		if (!asks)
			form_set_word(q->form, "user", q->address);
		else if (!ask_for(q, "user", "User name", q->address))
			return false;
	}
	if (asks && !form_has(q->form, "password-command") && !form_has(q->form, "password-file") &&
	    !ask_for_secret(q))
		return false;
	if (asks && !form_has(q->form, "deliver") && !ask_for_target(q))
		return false;
	if (!form_has(q->form, "keep")) {
		if (!asks)
			form_set_word(q->form, "keep", "14d");
		else
			return ask_for(q, "keep",
			    "Leave delivered mail on the server (no, yes, or for how long)", "14d");
	}
	return true;
}

/* ---- the file ---- */

/* A new file for the owner alone. */
static int
write_file(const char *path, struct questions *q, struct error *e)
{
	struct buf text = BUF_INIT(FORM_MAX);
	int fd, rc = 0;

	if (path_make_parents(path, e) == -1)
		return -1;
	trust_unlink(path, FORM_BEGINNING); /* what an earlier try has left */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return error_sys(e, error_write_class(errno), "cannot create %s", path);
	(void)buf_reserve(&text, FORM_MAX); /* there may be a password in it: no copies behind */
	form_print(q->form, q->name, &text);
	if (write_all(fd, text.p, text.len) == -1 || fsync(fd) == -1)
		rc = error_sys(e, error_write_class(errno), "cannot write %s", path);
	buf_wipe(&text);
	(void)close(fd);
	return rc;
}

static enum errclass
log_in(const struct each *each, size_t i)
{
	const struct account *a = each->accounts[i];
	struct error e = { .cls = ERR_OK };
	struct engine_info info;

	log_say("Logging in to %s as %s", account_server(a), a->user);
	if (engine_info(a, &info, &e) == -1)
		log_error("%s", e.msg);
	else
		log_say("That works: %llu message%s there", (unsigned long long)info.messages,
		    info.messages == 1 ? " is" : "s are");
	engine_info_free(&info);
	return e.cls;
}

/* The login that a fetch would do. Where only a person could type the password nobody is asked. */
static enum errclass
try_login(const struct questions *q, const struct account *a)
{
	if (q->interactive || !secret_wants_person(a))
		return each_apart(log_in, a);
	log_warn("the login was not tried: there is no password yet");
	return ERR_OK;
}

/* The file as it will be, and what comes of it. */
static enum errclass
try_file(struct questions *q, const char *path)
{
	struct error e = { .cls = ERR_OK };
	enum errclass cls = ERR_CONFIG;
	const struct problem *p;
	struct config *c;

	if (write_file(path, q, &e) == -1) {
		log_error("%s", e.msg);
		return e.cls;
	}
	c = config_load(path, NULL);
	TAILQ_FOREACH(p, &c->problems, link)
		log_error("%s", p->text);
	if (TAILQ_EMPTY(&c->problems))
		cls = try_login(q, TAILQ_FIRST(&c->accounts));
	config_free(c);
	return cls;
}

/* Again with another user and password as long as a person wants to. */
static enum errclass
try_until_right(struct questions *q, const char *path)
{
	enum errclass cls;

	while ((cls = try_file(q, path)) != ERR_OK && q->interactive && !stop_asked() &&
	       ask_yes("Try another user name and password?", cls == ERR_AUTH))
		if (!ask_for(q, "user", "User name", q->address) || !ask_for_secret(q))
			break;
	if (cls != ERR_OK && q->interactive && !stop_asked() && cls != ERR_CONFIG &&
	    ask_yes("Write the config file all the same?", false))
		cls = ERR_OK;
	return cls;
}

static enum errclass
keep_file(const char *temporary, const char *path)
{
	struct error e = { .cls = ERR_OK };

	if (link(temporary, path) == -1)
		(void)error_sys(&e, ERR_CREATE, "cannot create %s", path);
	else
		(void)path_sync_parent(path, &e);
	if (e.cls != ERR_OK)
		log_error("%s", e.msg);
	else
		log_say("Wrote %s. Next: \"haulmail -n\" to see what would be fetched, "
			"\"haulmail\" to fetch it",
		    path);
	return e.cls;
}

static enum errclass
make_config(struct questions *q, const char *path, char *const *args, size_t n)
{
	char *temporary;
	enum errclass cls;

	if (!take_arguments(q, args, n))
		return ERR_USAGE;
	if (!choose_server(q))
		return ERR_HOST;
	if (!fill_in(q))
		return ERR_USAGE;
	temporary = xasprintf("%s.new", path);
	if ((cls = try_until_right(q, temporary)) == ERR_OK)
		cls = keep_file(temporary, path);
	else
		log_warn("nothing was written");
	trust_unlink(temporary, FORM_BEGINNING);
	free(temporary);
	return cls;
}

enum errclass
cmd_init(const struct cli_options *o, char *const *args, size_t n)
{
	struct questions q = { .form = form_new(), .interactive = !o->yes };
	char *path = o->config_path != NULL ? xstrdup(o->config_path) : config_default_path();
	enum errclass cls;

	if (access(path, F_OK) == 0) {
		log_error("%s is there already, and init overwrites nothing", path);
		cls = ERR_CREATE;
	} else if (q.interactive && !isatty(STDIN_FILENO)) {
		log_error("there is no terminal to ask on; init --yes asks nothing");
		cls = ERR_USAGE;
	} else {
		cls = make_config(&q, path, args, n);
	}
	form_free(q.form);
	free(q.name);
	free(q.address);
	free(path);
	return cls;
}
