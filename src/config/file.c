#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/adhoc.h"
#include "config/config.h"
#include "config/lexer.h"
#include "config/name.h"
#include "config/options.h"
#include "config/relay.h"
#include "util/io.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/text.h"
#include "util/trust.h"
#include "util/util.h"

#define INCLUDE_DEPTH 16
#define FILE_MAX (4 * MiB)
#define PROBLEMS_MAX 50

/* A setting of "defaults", kept to be applied to each account below it. */
struct setting {
	TAILQ_ENTRY(setting) link;
	const struct option *option;
	struct words words;
};

/* Where reading has got to, over all included files. */
struct reader {
	struct config *config;
	const struct adhoc *adhoc; /* NULL: none */
	bool foreign;              /* files of other users are welcome */
	TAILQ_HEAD(, setting) defaults;
	struct account *scratch; /* tries out the settings of "defaults" */
	struct account *current; /* NULL: in "defaults", or above the first section */
	bool in_defaults;
	bool lost; /* behind a section line that is wrong: no use to complain of what follows */
	size_t nproblems, before; /* so many by now, and above the current section */
	int depth;
};

struct place {
	const char *file;
	unsigned line;
	bool exposed; /* others may read the file */
	dev_t dev;
	ino_t ino;
	const struct place *from; /* where the file is included; NULL: it is the first */
};

static void
add_problem(struct config *c, char *text)
{
	struct problem *p = xcalloc(1, sizeof(*p));

	p->text = text;
	TAILQ_INSERT_TAIL(&c->problems, p, link);
}

__attribute__((format(printf, 4, 5))) static void
complain(struct reader *r, const struct place *at, unsigned column, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	if (r->nproblems++ >= PROBLEMS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	add_problem(r->config, at == NULL
				   ? xstrdup(text)
				   : xasprintf("%s:%u:%u: %s", at->file, at->line, column, text));
}

/* ---- sections ---- */

static void
finish_account(struct reader *r)
{
	struct error e = { .cls = ERR_OK };

	if (r->current != NULL && r->adhoc != NULL)
		adhoc_apply(r->adhoc, r->current);
	/* where a line was misspelt, that something is missing is no news */
	if (r->current != NULL && account_finish(r->current, &e) == -1 && r->nproblems == r->before)
		complain(r, NULL, 0, "%s: %s", r->current->where, e.msg);
	r->current = NULL;
	r->in_defaults = r->lost = false;
}

static void
apply_defaults(struct reader *r)
{
	const struct setting *s;

	r->current->in_defaults = true;
	TAILQ_FOREACH(s, &r->defaults, link) {
		const struct option *o = s->option;
		struct error e = { .cls = ERR_OK };
		size_t bad; /* it was tried on the scratch account: it cannot fail */

		if (r->current->is_relay && !option_is_shared(o->name))
			continue;
		o = option_find_in(option_table(r->current), o->name);
		(void)o->set(r->current, o, (const char *const *)s->words.word + 1, s->words.n - 1,
		    &bad, &e);
	}
	r->current->in_defaults = false;
}

/* "account NAME" or "relay NAME". */
static void
start_section(struct reader *r, const struct place *at, const struct words *w)
{
	bool is_relay = strcmp(w->word[0], "relay") == 0;
	char *where;

	finish_account(r);
	if (w->n != 2 || !name_is_valid(w->word[1])) {
		complain(r, at, w->column[MIN((size_t)1, w->n)],
		    "\"%s\" wants a name of letters, digits and . _ @ + - (at most %d)", w->word[0],
		    NAME_LEN_MAX);
		r->lost = true;
		return;
	}
	if (!is_relay && name_ending(w->word[1]) != NULL)
		complain(r, at, w->column[1],
		    "no account can be called \"%s\": files beside another's journal are",
		    w->word[1]);
	if ((is_relay ? config_find_relay : config_find)(r->config, w->word[1]) != NULL)
		complain(r, at, w->column[1], "there is %s \"%s\" already",
		    is_relay ? "a relay" : "an account", w->word[1]);
	r->before = r->nproblems;
	where = xasprintf("%s:%u:%u", at->file, at->line, w->column[0]);
	r->current = is_relay ? relay_new(w->word[1], where) : account_new(w->word[1], where);
	free(where);
	if (is_relay)
		TAILQ_INSERT_TAIL(&r->config->relays, r->current, link);
	else
		TAILQ_INSERT_TAIL(&r->config->accounts, r->current, link);
	apply_defaults(r);
}

static void
start_defaults(struct reader *r, const struct place *at, const struct words *w)
{
	finish_account(r);
	if (w->n != 1)
		complain(r, at, w->column[1], "\"defaults\" stands alone on its line");
	r->in_defaults = true;
}

/* ---- settings ---- */

/* What is wrong with a keyword that the section's table does not have. */
static void
complain_unknown(
    struct reader *r, const struct place *at, const struct words *w, const struct option *table)
{
	const char *hint = option_suggest(table, w->word[0]);
	char safe[TEXT_SAFE_MAX];

	if (table == relay_options && option_find(w->word[0]) != NULL) {
		complain(
		    r, at, w->column[0], "\"%s\" is for accounts, and this is a relay", w->word[0]);
		return;
	}
	if (hint != NULL && option_find_in(table, hint) == NULL) {
		finish_account(r);
		r->lost = true;
	}
	complain(r, at, w->column[0], "unknown keyword \"%s\"%s%s%s",
	    text_safe(safe, slice_str(w->word[0])), hint != NULL ? "; did you mean \"" : "",
	    hint != NULL ? hint : "", hint != NULL ? "\"?" : "");
}

static void
apply(struct reader *r, const struct place *at, struct words *w)
{
	struct account *a = r->in_defaults ? r->scratch : r->current;
	const struct option *table = a != NULL ? option_table(a) : options;
	const struct option *o = option_find_in(table, w->word[0]);
	struct error e = { .cls = ERR_OK };
	struct setting *s;
	size_t bad = 0;

	if (o == NULL) {
		complain_unknown(r, at, w, table);
		return;
	}
	if (a == NULL) {
		if (!r->lost)
			complain(r, at, w->column[0],
			    "\"%s\" stands above the first \"account\" or \"defaults\"", o->name);
		return;
	}
	if (o->secret && at->exposed)
		complain(r, at, w->column[0],
		    "the file holds a password and others may read it: chmod 600 %s", at->file);
	if (o->set(a, o, (const char *const *)w->word + 1, w->n - 1, &bad, &e) == -1) {
		complain(r, at, w->column[MIN(bad + 1, w->n)], "%s", e.msg);
		return;
	}
	if (r->in_defaults) {
		s = xcalloc(1, sizeof(*s));
		s->option = o;
		s->words = *w;
		*w = (struct words){ .n = 0 };
		TAILQ_INSERT_TAIL(&r->defaults, s, link);
	}
}

/* ---- files ---- */

static void read_file(
    struct reader *r, const char *path, const struct place *from, unsigned column);

static void
include(/* NOLINT(misc-no-recursion): INCLUDE_DEPTH */
    struct reader *r, const struct place *at, const struct words *w)
{
	struct error e = { .cls = ERR_OK };
	char *path, *whole;

	if (w->n != 2 || *w->word[1] == '\0') {
		complain(r, at, w->column[MIN((size_t)2, w->n)], "\"include\" wants one file name");
		return;
	}
	if (r->depth == INCLUDE_DEPTH) {
		complain(r, at, w->column[0], "too many files that include each other");
		return;
	}
	if ((path = path_expand(w->word[1], &e)) == NULL) {
		complain(r, at, w->column[1], "%s", e.msg);
		return;
	}
	whole = path_beside(at->file, path);
	read_file(r, whole, at, w->column[1]);
	free(whole);
	free(path);
}

static void
read_line(/* NOLINT(misc-no-recursion): INCLUDE_DEPTH */
    struct reader *r, const struct place *at, struct slice line)
{
	struct error e = { .cls = ERR_OK };
	struct words w;
	unsigned column;

	if (line.len > 0 && line.p[line.len - 1] == '\r')
		line.len--;
	if (lex_line(line, &w, &column, &e) == -1) {
		complain(r, at, column, "%s", e.msg);
		return;
	}
	if (w.n == 0)
		return;
	if (strcmp(w.word[0], "account") == 0 || strcmp(w.word[0], "relay") == 0)
		start_section(r, at, &w);
	else if (strcmp(w.word[0], "defaults") == 0)
		start_defaults(r, at, &w);
	else if (strcmp(w.word[0], "include") == 0)
		include(r, at, &w);
	else
		apply(r, at, &w);
	words_free(&w);
}

static bool
is_being_read(const struct place *at, const struct stat *st)
{
	for (; at != NULL; at = at->from)
		if (at->dev == st->st_dev && at->ino == st->st_ino)
			return true;
	return false;
}

/* For all of the file at once: growing would leave copies of passwords behind. */
static void
make_room(struct buf *text, const struct stat *st)
{
	off_t size = S_ISREG(st->st_mode) ? st->st_size : (off_t)FILE_MAX;

	(void)buf_reserve(text, MIN((size_t)size + 1, FILE_MAX));
}

/* Borrowed until the next call. */
static const char *
foreign_words(const char *what, uid_t owner)
{
	static char words[512];

	(void)snprintf(words, sizeof(words),
	    "%s belongs to %.200s, who could have programs run by you; --foreign-owner=yes reads "
	    "it "
	    "all the same",
	    what, trust_name(owner));
	return words;
}

/*
 * Whether somebody else could have written the file, or put another one in its place: a config file
 * can have programs run. A terminal is in the hands of whoever sits there.
 */
static const char *
find_stranger(const struct reader *r, const char *file, const struct stat *st)
{
	char *real = r->foreign ? NULL : realpath(file, NULL), *dir;
	const char *why = NULL;
	mode_t others = S_IWOTH | (geteuid() == 0 ? S_IWGRP : 0);
	struct stat above, link;

	if (!S_ISCHR(st->st_mode) && (st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		why = "others may write it, and so have programs run by you: chmod go-w";
	else if (!r->foreign && !S_ISCHR(st->st_mode) && !trust_uid(st->st_uid))
		why = foreign_words("it", st->st_uid);
	else if (!r->foreign && lstat(file, &link) == 0 && S_ISLNK(link.st_mode) &&
		 !trust_uid(link.st_uid))
		why = foreign_words("the symbolic link", link.st_uid);
	dir = real != NULL ? path_dirname(real) : NULL;
	if (why == NULL && dir != NULL && S_ISREG(st->st_mode) && stat(dir, &above) == 0) {
		if (!trust_uid(above.st_uid))
			why = foreign_words("its directory", above.st_uid);
		else if ((above.st_mode & others) != 0 && (above.st_mode & S_ISVTX) == 0)
			why = "others may write to its directory, and so put another file in its "
			      "place";
	}
	free(dir);
	free(real);
	return why;
}

/* Opens and reads at->file; false with a problem noted. */
static bool
slurp(struct reader *r, struct place *at, unsigned column, struct buf *text)
{
	int fd = open(at->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st = { .st_mode = 0 };
	const char *why = NULL;

	/* not to block was for the opening of a FIFO: reading waits for what comes out of it */
	if (fd == -1 || fstat(fd, &st) == -1 || fcntl(fd, F_SETFL, 0) == -1)
		why = strerror(errno);
	else if (S_ISDIR(st.st_mode))
		why = strerror(EISDIR);
	else if (is_being_read(at->from, &st))
		why = "a circle of files that include each other";
	else if ((why = find_stranger(r, at->file, &st)) != NULL)
		; /* that is why */
	else if (make_room(text, &st), read_to_end(fd, text) == -1)
		why = errno == EFBIG ? "too large for a config file" : strerror(errno);
	if (fd != -1)
		(void)close(fd);
	if (why != NULL) {
		complain(r, at->from, column, "%s: %s", at->file, why);
		return false;
	}
	at->exposed = (st.st_mode & (S_IRGRP | S_IROTH | S_IWGRP | S_IWOTH)) != 0;
	at->dev = st.st_dev;
	at->ino = st.st_ino;
	return true;
}

static void
read_file(/* NOLINT(misc-no-recursion): INCLUDE_DEPTH */
    struct reader *r, const char *path, const struct place *from, unsigned column)
{
	struct buf text = BUF_INIT(FILE_MAX);
	struct place at = { .file = path, .from = from };
	struct slice rest;

	r->depth++;
	if (slurp(r, &at, column, &text)) {
		rest = buf_slice(&text);
		(void)slice_skip(&rest, "\xEF\xBB\xBF"); /* the mark some editors put first */
		for (at.line = 1; rest.len > 0; at.line++)
			read_line(r, &at, slice_line(&rest));
	}
	if (text.p != NULL)
		explicit_bzero(text.p, text.len); /* no more of it was ever written to */
	buf_free(&text);
	r->depth--;
}

/* ---- the whole ---- */

/* Only now, as a relay may stand below the accounts that name it. */
static void
link_relays(struct reader *r)
{
	struct account *a;

	TAILQ_FOREACH(a, &r->config->accounts, link) {
		struct error e = { .cls = ERR_OK };

		if (config_link_relays(r->config, a, &e) == -1)
			complain(r, NULL, 0, "%s: %s", a->where, e.msg);
	}
}

char *
config_default_path(void)
{
	const char *dir = getenv("XDG_CONFIG_HOME");
	char *path;

	if (dir != NULL && *dir == '/')
		path = xasprintf("%s/haulmail/config", dir);
	else
		path = xasprintf("%s/.config/haulmail/config", path_home());
	if (access(path, F_OK) == -1) {
		char *old = xasprintf("%s/.haulmailrc", path_home());

		if (access(old, F_OK) == 0) {
			free(path);
			return old;
		}
		free(old);
	}
	return path;
}

struct config *
config_new(const char *path)
{
	struct config *c = xcalloc(1, sizeof(*c));

	c->path = xstrdup(path);
	TAILQ_INIT(&c->accounts);
	TAILQ_INIT(&c->relays);
	TAILQ_INIT(&c->problems);
	return c;
}

struct config *
config_load(const char *path, const struct adhoc *x)
{
	struct config *c = config_new(path);
	struct reader r = { .config = c,
		.adhoc = x,
		.foreign = x != NULL && adhoc_allows_foreign(x),
		.scratch = account_new("defaults", path) };
	struct setting *s;

	TAILQ_INIT(&r.defaults);
	r.scratch->in_defaults = true;
	read_file(&r, path, NULL, 0);
	finish_account(&r);
	if (r.nproblems == 0)
		link_relays(&r);
	if (r.nproblems == 0 && TAILQ_EMPTY(&c->accounts))
		complain(&r, NULL, 0, "%s: there is no account in it", path);
	if (r.nproblems > PROBLEMS_MAX)
		add_problem(c, xasprintf("%s: and more", path));
	while ((s = TAILQ_FIRST(&r.defaults)) != NULL) {
		TAILQ_REMOVE(&r.defaults, s, link);
		words_free(&s->words);
		free(s);
	}
	account_free(r.scratch);
	return c;
}

struct account *
config_find(const struct config *c, const char *name)
{
	struct account *a;

	TAILQ_FOREACH(a, &c->accounts, link)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}

static void
free_accounts(struct account_list *list)
{
	struct account *a;

	while ((a = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, a, link);
		account_free(a);
	}
}

void
config_free(struct config *c)
{
	struct problem *p;

	if (c == NULL)
		return;
	free_accounts(&c->accounts);
	free_accounts(&c->relays);
	while ((p = TAILQ_FIRST(&c->problems)) != NULL) {
		TAILQ_REMOVE(&c->problems, p, link);
		free(p->text);
		free(p);
	}
	free(c->path);
	free(c);
}
