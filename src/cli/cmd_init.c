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
#include "config/options.h"
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

#define KEYWORDS_MAX 128
#define SERVERS_MAX 12
#define PROBE_S 10
#define FILE_MAX (64 * KiB)
#define BEGINNING "# What haulmail fetches"

/* What stands in the file: the words behind each keyword, NULL for one that is not there. */
struct form {
	char *address;
	const char *domain; /* of the address */
	char *name;         /* of the account */
	char *values[KEYWORDS_MAX];
	bool interactive;
};

static char **
value_of(struct form *f, const char *keyword)
{
	return &f->values[option_find(keyword) - options];
}

static void
set_none(struct form *f, const char *keyword)
{
	char **value = value_of(f, keyword);

	free_secret(*value);
	*value = NULL;
}

/* Takes a word, of which the file needs another form perhaps. */
static void
set_word(struct form *f, const char *keyword, const char *word)
{
	struct buf out = BUF_INIT(FILE_MAX);

	(void)buf_reserve(&out, 2 * strlen(word) + 3); /* it may be a secret: no copies behind */
	value_quote(&out, word);
	set_none(f, keyword);
	*value_of(f, keyword) = xstrndup(out.p, out.len);
	buf_wipe(&out);
}

/* Takes words as they are. */
static void
set_words(struct form *f, const char *keyword, const char *words)
{
	set_none(f, keyword);
	*value_of(f, keyword) = xstrdup(words);
}

static void
free_form(struct form *f)
{
	for (size_t i = 0; i < KEYWORDS_MAX; i++)
		free_secret(f->values[i]);
	free(f->name);
	free(f->address);
}

/* ---- the command line ---- */

/* KEYWORD=VALUE. Keywords with a grammar of their own take words, all others one. */
static bool
take_setting(struct form *f, const char *argument)
{
	size_t len = strcspn(argument, "=");
	char *keyword = xstrndup(argument, len);
	const struct option *o = option_find(keyword);
	bool ok = o != NULL && !o->secret && argument[len] == '=' &&
		  !text_has_control(slice_str(argument));

	if (o != NULL && o->secret)
		log_error("\"%s\" does not go on a command line, which others can see", keyword);
	else if (!ok)
		log_error("\"%s\" is no KEYWORD=VALUE of haulmail.conf(5)", argument);
	else if (strchr(o->argument, ' ') != NULL)
		set_words(f, keyword, argument + len + 1);
	else
		set_word(f, keyword, argument + len + 1);
	free(keyword);
	return ok;
}

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
take_address(struct form *f, const char *address)
{
	if (!is_address(address)) {
		log_error("\"%s\" is no mail address", address);
		return false;
	}
	f->address = xstrdup(address);
	f->domain = strrchr(f->address, '@') + 1;
	f->name = xstrndup(f->domain, strspn(f->domain, "abcdefghijklmnopqrstuvwxyz"
							"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"));
	if (*f->name == '\0') {
		free(f->name);
		f->name = xstrdup("home");
	}
	return true;
}

static bool
take_arguments(struct form *f, char *const *args, size_t n)
{
	char *typed = NULL;
	bool ok;

	if (n == 0 && !f->interactive) {
		log_error("init --yes wants a mail address");
		return false;
	}
	if (n == 0 && (typed = ask("Mail address", NULL)) == NULL)
		return false;
	ok = take_address(f, n > 0 ? args[0] : typed);
	free(typed);
	for (size_t i = 1; i < n && ok; i++)
		ok = take_setting(f, args[i]);
	return ok;
}

/* ---- the server ---- */

struct server {
	struct srv at;
	int tls; /* enum account_tls */
	const char *how;
};

static size_t
add_by_srv(struct server *list, size_t n, const struct form *f, const char *service, int tls)
{
	struct srv found[4];
	size_t k = srv_find(service, f->domain, found, nitems(found));

	for (size_t i = 0; i < k && n < SERVERS_MAX; i++)
		list[n++] = (struct server){ found[i], tls, "by the SRV record of the domain" };
	return n;
}

static size_t
add_by_name(struct server *list, size_t n, const struct form *f, const char *host)
{
	for (int tls = ACCOUNT_POP3S; tls <= ACCOUNT_STLS && n < SERVERS_MAX; tls++) {
		struct server *s = &list[n++];

		*s = (struct server){ .tls = tls, .how = "by its name" };
		s->at.port = tls == ACCOUNT_POP3S ? 995 : 110;
		(void)snprintf(s->at.host, sizeof(s->at.host), "%s.%s", host, f->domain);
	}
	return n;
}

/* Runs on one account, apart: who talks to a server could not write the file any more. */
static enum errclass
run_apart(enum errclass (*run)(const struct each *each, size_t i), const struct account *a)
{
	struct each each = { .accounts = &a, .n = 1, .apart = true, .run = run };

	each_run(&each);
	return each.worst;
}

static enum errclass
probe(const struct each *each, size_t i)
{
	struct error e = { .cls = ERR_OK };

	if (engine_probe(each->accounts[i], &e) == -1)
		log_info("%s", e.msg);
	return e.cls;
}

/* Whether a server with a trustworthy certificate answers there. */
static bool
answers(const struct server *s)
{
	struct account *a = account_new("init", "");
	struct error e = { .cls = ERR_OK };
	bool ok;

	a->host = xstrdup(s->at.host);
	a->port = s->at.port;
	a->tls = s->tls;
	a->timeout_s = PROBE_S;
	if (account_finish(a, &e) == -1)
		log_info("%s", e.msg);
	ok = e.cls == ERR_OK && run_apart(probe, a) == ERR_OK;
	account_free(a);
	return ok;
}

/* RFC 6186 and 8314: what DNS says, TLS from the first byte preferred; then what is usual. */
static bool
find_server(const struct form *f, struct server *out)
{
	struct server list[SERVERS_MAX];
	size_t n = add_by_srv(list, 0, f, "_pop3s._tcp", ACCOUNT_POP3S);

	n = add_by_srv(list, n, f, "_pop3._tcp", ACCOUNT_STLS);
	n = add_by_name(list, n, f, "pop");
	n = add_by_name(list, n, f, "mail");
	for (size_t i = 0; i < n && !stop_asked(); i++)
		if (answers(&list[i])) {
			*out = list[i];
			return true;
		}
	return false;
}

static void
set_server(struct form *f, const struct server *s)
{
	static const char *const tls[] = { [ACCOUNT_POP3S] = "pop3s", [ACCOUNT_STLS] = "stls" };
	char port[8];

	set_word(f, "host", s->at.host);
	set_word(f, "tls", tls[s->tls]);
	(void)snprintf(port, sizeof(port), "%u", (unsigned)s->at.port);
	set_word(f, "port", port);
}

/* Nobody has signed what DNS says: a host elsewhere is a person's to confirm. */
static bool
may_use(const struct form *f, const struct server *s)
{
	if (srv_is_within(s->at.host, f->domain))
		return true;
	if (f->interactive)
		return ask_yes("It is not in your domain. Shall it have your password?", false);
	log_error("%s, found %s, is not in %s; if it is right, say host=%s", s->at.host, s->how,
	    f->domain, s->at.host);
	return false;
}

/* False when there is none, and nobody to name one. */
static bool
choose_server(struct form *f)
{
	struct server found;
	char *host;

	if (*value_of(f, "host") != NULL || *value_of(f, "socket") != NULL ||
	    *value_of(f, "connect-command") != NULL)
		return true;
	if (find_server(f, &found)) {
		log_say("Server: %s, port %u, found %s", found.at.host, (unsigned)found.at.port,
		    found.how);
		if (may_use(f, &found)) {
			set_server(f, &found);
			return true;
		}
	} else if (!f->interactive) {
		log_error("found no POP3 server for %s; name it: host=NAME", f->domain);
	}
	if (!f->interactive || (host = ask("POP3 server", NULL)) == NULL)
		return false;
	set_word(f, "host", host);
	free(host);
	return true;
}

/* ---- the rest of the questions ---- */

static bool
ask_for(struct form *f, const char *keyword, const char *question, const char *standard)
{
	char *answer = ask(question, standard);

	if (answer != NULL)
		set_word(f, keyword, answer);
	free(answer);
	return answer != NULL;
}

static bool
ask_for_password(struct form *f, const char *keyword)
{
	char *secret = ask_secret("Password: ");

	if (secret == NULL)
		return false;
	set_word(f, keyword, secret);
	free_secret(secret);
	return true;
}

static bool
ask_for_secret(struct form *f)
{
	static const char *const keywords[] = { "password-command", "password-file", "password" };
	char *source;
	bool ok = true;

	for (size_t i = 0; i < nitems(keywords); i++)
		set_none(f, keywords[i]);
	source = ask("Password from a command, a file, here (it is kept in the config file), or "
		     "asked each time",
	    "command");
	if (source == NULL)
		return false;
	if (*source == 'c')
		ok = ask_for(f, keywords[0], "Command that prints it", NULL);
	else if (*source == 'f')
		ok = ask_for(f, keywords[1], "File", NULL);
	else if (*source == 'h')
		ok = ask_for_password(f, keywords[2]);
	free(source);
	return ok;
}

static bool
ask_for_target(struct form *f)
{
	char *answer =
	    ask("Deliver to (mbox PATH, maildir DIR, pipe COMMAND)", "maildir ~/Maildir");
	size_t kind = answer != NULL ? strcspn(answer, " \t") : 0;
	struct buf words = BUF_INIT(FILE_MAX);

	if (answer == NULL)
		return false;
	(void)buf_append(&words, answer, kind);
	if (answer[kind] != '\0') {
		(void)buf_addch(&words, ' ');
		value_quote(&words, answer + kind + strspn(answer + kind, " \t"));
	}
	(void)buf_addch(&words, '\0');
	set_words(f, "deliver", words.p);
	buf_free(&words);
	free(answer);
	return true;
}

/* What the command line has left open; with --yes what is most likely. */
static bool
fill_in(struct form *f)
{
	bool asks = f->interactive;

	if (*value_of(f, "user") == NULL) {
		if (!asks)
			set_word(f, "user", f->address);
		else if (!ask_for(f, "user", "User name", f->address))
			return false;
	}
	if (asks && *value_of(f, "password-command") == NULL &&
	    *value_of(f, "password-file") == NULL && !ask_for_secret(f))
		return false;
	if (asks && *value_of(f, "deliver") == NULL && !ask_for_target(f))
		return false;
	if (*value_of(f, "keep") == NULL) {
		if (!asks)
			set_word(f, "keep", "14d");
		else
			return ask_for(f, "keep",
			    "Leave delivered mail on the server (no, yes, or for how long)", "14d");
	}
	return true;
}

/* ---- the file ---- */

static void
format_file(struct form *f, struct buf *out)
{
	(void)buf_reserve(out, FILE_MAX); /* there may be a password in it: no copies behind */
	(void)buf_addstr(out, BEGINNING
	    ", and where to: haulmail.conf(5) tells all that can be said.\n"
	    "# \"haulmail config\" checks it, \"haulmail -n\" tells what a run would do.\n\n"
	    "defaults\n"
	    "    # from cron: say nothing of a trouble that may pass before it has lasted so long\n"
	    "    patience 6h\n\n");
	(void)buf_addf(out, "account %s\n", f->name);
	for (size_t i = 0; options[i].name != NULL; i++)
		if (f->values[i] != NULL)
			(void)buf_addf(out, "    # %s\n    %s %s\n", options[i].help,
			    options[i].name, f->values[i]);
	(void)buf_addstr(out, "\n    # more that is often of use:\n"
			      "    # max-size 20M\n"
			      "    # filter delete header \"^X-Spam-Flag: *YES\"\n");
}

/* A new file for the owner alone. */
static int
write_file(const char *path, struct form *f, struct error *e)
{
	struct buf text = BUF_INIT(FILE_MAX);
	int fd, rc = 0;

	if (path_make_parents(path, e) == -1)
		return -1;
	trust_unlink(path, BEGINNING); /* what an earlier try has left */
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return error_sys(e, error_write_class(errno), "cannot create %s", path);
	format_file(f, &text);
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
try_login(const struct form *f, const struct account *a)
{
	if (f->interactive || !secret_wants_person(a))
		return run_apart(log_in, a);
	log_warn("the login was not tried: there is no password yet");
	return ERR_OK;
}

/* The file as it will be, and what comes of it. */
static enum errclass
try_file(struct form *f, const char *path)
{
	struct error e = { .cls = ERR_OK };
	enum errclass cls = ERR_CONFIG;
	const struct problem *p;
	struct config *c;

	if (write_file(path, f, &e) == -1) {
		log_error("%s", e.msg);
		return e.cls;
	}
	c = config_load(path, NULL);
	TAILQ_FOREACH(p, &c->problems, link)
		log_error("%s", p->text);
	if (TAILQ_EMPTY(&c->problems))
		cls = try_login(f, TAILQ_FIRST(&c->accounts));
	config_free(c);
	return cls;
}

/* Again with another user and password as long as a person wants to. */
static enum errclass
try_until_right(struct form *f, const char *path)
{
	enum errclass cls;

	while ((cls = try_file(f, path)) != ERR_OK && f->interactive && !stop_asked() &&
	       ask_yes("Try another user name and password?", cls == ERR_AUTH))
		if (!ask_for(f, "user", "User name", f->address) || !ask_for_secret(f))
			break;
	if (cls != ERR_OK && f->interactive && !stop_asked() && cls != ERR_CONFIG &&
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
make_config(struct form *f, const char *path, char *const *args, size_t n)
{
	char *temporary;
	enum errclass cls;

	if (!take_arguments(f, args, n))
		return ERR_USAGE;
	if (!choose_server(f))
		return ERR_HOST;
	if (!fill_in(f))
		return ERR_USAGE;
	temporary = xasprintf("%s.new", path);
	if ((cls = try_until_right(f, temporary)) == ERR_OK)
		cls = keep_file(temporary, path);
	else
		log_warn("nothing was written");
	trust_unlink(temporary, BEGINNING);
	free(temporary);
	return cls;
}

enum errclass
cmd_init(const struct cli_options *o, char *const *args, size_t n)
{
	struct form f = { .interactive = !o->yes };
	char *path = o->config_path != NULL ? xstrdup(o->config_path) : config_default_path();
	enum errclass cls;

	if (access(path, F_OK) == 0) {
		log_error("%s is there already, and init overwrites nothing", path);
		cls = ERR_CREATE;
	} else if (f.interactive && !isatty(STDIN_FILENO)) {
		log_error("there is no terminal to ask on; init --yes asks nothing");
		cls = ERR_USAGE;
	} else {
		cls = make_config(&f, path, args, n);
	}
	free_form(&f);
	free(path);
	return cls;
}
