#include "config/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/buf.h"
#include "util/child.h"
#include "util/clock.h"
#include "util/io.h"
#include "util/mem.h"
#include "util/util.h"

#define SECRET_MAX (64 * KiB)
#define COMMAND_MS (5 * 60 * 1000) /* a person may have to unlock a key ring */

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
	if (text->p != NULL)
		explicit_bzero(text->p, text->cap);
	buf_free(text);
	return secret;
}

static char *
from_command(const struct account *a, struct error *e)
{
	struct buf out = BUF_INIT(SECRET_MAX);
	struct error why = { .cls = ERR_OK };

	/* room for all of it at once: growing would leave copies behind */
	(void)buf_reserve(&out, SECRET_MAX);
	if (child_output(a->password_command, &out, clock_ms() + COMMAND_MS, ERR_AUTH, &why) ==
	    -1) {
		(void)error_set(e, why.cls, "password-command: %s", why.msg);
		explicit_bzero(out.p, out.cap);
		buf_free(&out);
		return NULL;
	}
	return first_line(&out, "password-command", e);
}

static char *
from_file(const char *path, struct error *e)
{
	struct buf out = BUF_INIT(SECRET_MAX);
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int rc = -1;

	(void)buf_reserve(&out, SECRET_MAX);
	if (fd == -1 || fstat(fd, &st) == -1)
		(void)error_sys(e, ERR_CONFIG, "password-file %s", path);
	else if (S_ISREG(st.st_mode) && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		(void)error_set(e, ERR_CONFIG,
		    "password-file %s: others may read or write it: chmod 600 %s", path, path);
	else if ((rc = read_to_end(fd, &out)) == -1)
		(void)error_sys(e, ERR_CONFIG, "password-file %s", path);
	if (fd != -1)
		(void)close(fd);
	if (rc == -1) {
		explicit_bzero(out.p, out.cap);
		buf_free(&out);
		return NULL;
	}
	return first_line(&out, path, e);
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
from_prompt(const struct account *a, struct error *e)
{
	char *prompt = xasprintf("Password for %s at %s: ", a->user, a->host);
	char *secret = ask(
	    prompt, "no password: the config names none, and there is no terminal to ask on", e);

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

char *
secret_get(const struct account *a, struct error *e)
{
	if (a->password != NULL)
		return xstrdup(a->password);
	if (a->password_command != NULL)
		return from_command(a, e);
	if (a->password_file != NULL)
		return from_file(a->password_file, e);
	return from_prompt(a, e);
}

bool
secret_wants_person(const struct account *a)
{
	return a->password == NULL && a->password_command == NULL && a->password_file == NULL;
}
