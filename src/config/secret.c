#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/netrc.h"
#include "util/buf.h"
#include "util/child.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/sandbox.h"
#include "util/trust.h"
#include "util/twin.h"
#include "util/util.h"

#define SECRET_MAX (64 * KiB)
#define NETRC_MAX (256 * KiB)
#define COMMAND_MS (5 * 60 * 1000) /* a person may have to unlock a key ring */

/* ---- files and commands ---- */

/* Room for all of it at once: growing would leave copies behind. */
static void
make_room(struct buf *b)
{
	(void)buf_reserve(b, b->max);
}

/* The first line; NULL with *e set when it is none. Wipes and frees the buffer. */
static char *
first_line(struct buf *text, const char *source, struct error *e)
{
	struct slice rest = buf_slice(text), line = slice_line(&rest);
	char *secret = NULL;

	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	if (line.len == 0)
		(void)error_set(e, ERR_CONFIG, "%s gives no password", source);
	else if (memchr(line.p, '\0', line.len) != NULL) /* what stands behind it would be lost */
		(void)error_set(e, ERR_CONFIG, "%s: a NUL character in the password", source);
	else
		secret = xstrndup(line.p, line.len);
	buf_wipe(text);
	return secret;
}

static char *
from_command(const struct account *a, const char *const *env, struct error *e)
{
	struct buf out = BUF_INIT(SECRET_MAX);
	struct error why = { .cls = ERR_OK };

	make_room(&out);
	if (child_output(a->password_command, env, &out, clock_ms() + COMMAND_MS, ERR_AUTH, &why) ==
	    -1) {
		(void)error_set(e, why.cls, "password-command: %s", why.msg);
		buf_wipe(&out);
		return NULL;
	}
	return first_line(&out, "password-command", e);
}

/*
 * That it may not block is for its opening: a FIFO has to have its writer by then. *st tells who
 * may have a hand in it.
 */
static int
slurp(const char *path, struct buf *out, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), rc = -1, err;

	make_room(out);
	if (fd == -1)
		return -1;
	if (fstat(fd, st) == 0 && fcntl(fd, F_SETFL, 0) == 0)
		rc = read_to_end(fd, out);
	err = errno;
	(void)close(fd);
	errno = err;
	return rc;
}

/* Whether it is for its owner alone, and he is the one who may say what the password is. */
static int
check_privacy(const struct account *a, const char *what, const char *path, const struct stat *st,
    struct error *e)
{
	if (!S_ISREG(st->st_mode))
		return 0;
	if (!a->foreign_owner && !trust_uid(st->st_uid))
		return error_set(e, ERR_CONFIG,
		    "%s%s belongs to %s; \"foreign-owner yes\" allows that", what, path,
		    trust_name(st->st_uid));
	if ((st->st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(e, ERR_CONFIG, "%s%s: others may read or write it: chmod 600 %s",
		    what, path, path);
	return 0;
}

static char *
from_file(const struct account *a, struct error *e)
{
	struct buf out = BUF_INIT(SECRET_MAX);
	struct stat st;

	if (slurp(a->password_file, &out, &st) == -1)
		(void)error_sys(e, ERR_CONFIG, "password-file %s", a->password_file);
	else if (check_privacy(a, "password-file ", a->password_file, &st, e) == 0)
		return first_line(&out, a->password_file, e);
	buf_wipe(&out);
	return NULL;
}

/* ---- where the config names none: 1 found, 0 not there, -1 with *e set ---- */

/* systemd.exec(5): who may read the file is systemd's business, which gives it a mode of its own.
 */
static int
from_credentials(const struct account *a, char **secret, struct error *e)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct buf out = BUF_INIT(SECRET_MAX);
	struct stat st;
	char *path;
	int rc = 0;

	if (dir == NULL || *dir != '/')
		return 0;
	path = xasprintf("%s/%s", dir, a->name);
	if (slurp(path, &out, &st) == 0)
		rc = (*secret = first_line(&out, path, e)) != NULL ? 1 : -1;
	else if (errno != ENOENT)
		rc = error_sys(e, ERR_CONFIG, "%s", path);
	buf_wipe(&out);
	free(path);
	return rc;
}

static char *
netrc_path(void)
{
	const char *path = getenv("NETRC");

	if (path != NULL && *path != '\0')
		return xstrdup(path);
	return xasprintf("%s/.netrc", path_home());
}

/* What the text of the file says of the account's host. */
static int
search_netrc(const struct account *a, const char *path, struct slice text, const struct stat *st,
    struct netrc_entry *en, struct error *e)
{
	struct error why = { .cls = ERR_OK };
	int rc = netrc_find(text, a->host, a->user_guessed ? NULL : a->user, en, &why);

	if (rc == -1)
		return error_set(e, why.cls, "%s: %s", path, why.msg);
	if (rc == 1 && check_privacy(a, "", path, st, e) == -1)
		rc = -1;
	else if (rc == 1 && *en->password == '\0')
		rc = error_set(e, ERR_CONFIG, "%s gives no password", path);
	if (rc == -1)
		netrc_entry_free(en);
	return rc;
}

static int
from_netrc(const struct account *a, char **user, char **secret, struct error *e)
{
	struct buf text = BUF_INIT(NETRC_MAX);
	struct netrc_entry en = { .login = NULL };
	char *path = netrc_path();
	struct stat st;
	int rc = 0;

	if (a->host != NULL && slurp(path, &text, &st) == 0)
		rc = search_netrc(a, path, buf_slice(&text), &st, &en, e);
	else if (a->host != NULL && errno != ENOENT)
		rc = error_sys(e, ERR_CONFIG, "%s", path);
	if (rc == 1 && en.login != NULL) {
		free(*user);
		*user = xstrdup(en.login);
	}
	if (rc == 1) {
		*secret = en.password;
		en.password = NULL;
	}
	netrc_entry_free(&en);
	buf_wipe(&text);
	free(path);
	return rc;
}

static int
from_elsewhere(const struct account *a, char **user, char **secret, struct error *e)
{
	int rc = from_credentials(a, secret, e);

	return rc != 0 ? rc : from_netrc(a, user, secret, e);
}

/* What a person types at the prompt; no_terminal is what to say where there is none to ask on. */
static char *
ask(const char *prompt, const char *no_terminal, struct error *e)
{
	char buf[1024], *secret = NULL;

	if (readpassphrase(prompt, buf, sizeof(buf), RPP_REQUIRE_TTY) == NULL)
		(void)error_set(e, ERR_CONFIG, "%s", no_terminal);
	else if (strlen(buf) == sizeof(buf) - 1) /* cut in silence */
		(void)error_set(e, ERR_CONFIG, "the password is too long");
	else
		secret = xstrdup(buf);
	explicit_bzero(buf, sizeof(buf));
	return secret;
}

static char *
from_prompt(const struct account *a, const char *user, struct error *e)
{
	char *prompt = xasprintf("Password for %s at %s: ", user, account_server(a));
	char *secret = ask(prompt,
	    "no password: neither the config nor ~/.netrc has one, and there is no terminal to ask "
	    "on",
	    e);

	free(prompt);
	return secret;
}

char *
secret_passphrase(const char *file, struct error *e)
{
	char *prompt = xasprintf("Passphrase for %s: ", file);
	char *no_terminal = xasprintf(
	    "tls-key %s is encrypted, and there is no terminal to ask for its passphrase on", file);
	char *secret = ask(prompt, no_terminal, e);

	free(no_terminal);
	free(prompt);
	return secret;
}

/* ---- all of them ---- */

static bool
needs_none(const struct account *a)
{
	return account_mech(a) != NULL && account_mech(a)->no_secret;
}

char *
secret_get(const struct account *a, char **user, struct error *e)
{
	char *secret = NULL;

	*user = xstrdup(a->user);
	if (needs_none(a))
		secret = xstrdup("");
	else if (a->password != NULL)
		secret = xstrdup(a->password);
	else if (a->password_command != NULL)
		secret = from_command(a, NULL, e);
	else if (a->password_file != NULL)
		secret = from_file(a, e);
	else if (from_elsewhere(a, user, &secret, e) == 0)
		secret = from_prompt(a, *user, e);
	if (secret == NULL) {
		free(*user);
		*user = NULL;
	}
	return secret;
}

static char *
renew_here(const struct account *a, struct error *e)
{
	static const char *const env[] = { "HAULMAIL_TOKEN_REFUSED=1", NULL };

	return from_command(a, env, e);
}

bool
secret_can_renew(const struct account *a)
{
	return account_mech(a) != NULL && account_mech(a)->token && a->password == NULL &&
	       a->password_command != NULL;
}

/* ---- by the twin ---- */

#define RENEW (TWIN_END + 1)

/* In the twin. */
static int
serve(void *ctx, int verb, struct buf *reply, struct error *e)
{
	static bool renewed; /* a login is tried twice, and no more tokens are given away */
	char *secret = NULL;
	int rc = -1;

	if (verb == RENEW && !renewed && (secret = renew_here(ctx, e)) != NULL)
		rc = buf_addstr(reply, secret);
	renewed = true;
	free_secret(secret);
	return rc;
}

void
secret_delegate(const struct account *a, struct sandbox *s)
{
	if (secret_can_renew(a))
		sandbox_delegate(s, serve, (void *)(uintptr_t)a);
}

static char *
renew_by_twin(int job, struct error *e)
{
	struct buf reply = BUF_INIT(TWIN_REPLY_MAX);
	char *secret = NULL;

	if (twin_ask(job, RENEW, &reply, e) == 0)
		secret = xstrndup(reply.p, reply.len);
	buf_wipe(&reply);
	return secret;
}

char *
secret_renew(const struct account *a, struct error *e)
{
	int job = twin_find(serve, a);

	return job != -1 ? renew_by_twin(job, e) : renew_here(a, e);
}

bool
secret_wants_person(const struct account *a)
{
	struct error unused = { .cls = ERR_OK };
	char *user = NULL, *secret = NULL;
	bool wants = !needs_none(a) && !account_has_secret(a) &&
		     from_elsewhere(a, &user, &secret, &unused) == 0;

	free(user);
	free_secret(secret);
	return wants;
}
