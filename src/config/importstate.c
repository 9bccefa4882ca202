#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/import.h"
#include "util/index.h"
#include "util/mem.h"
#include "util/text.h"
#include "util/util.h"

#define UID_LEN_MAX 8192 /* as long as a server's line may be */
#define OTHERS_MAX 300

/* A state file as far as it has been read. */
struct reader {
	const struct import_owner *owner;
	struct known_uids *found;
	struct index index; /* of found */
};

static struct slice
uid_at(const void *owner, uint32_t at)
{
	const struct known_uids *k = owner;

	return k->list[at].uid;
}

/* Notes a UID of the owner; epoch 0 for a time that is not told. */
static void
add_uid(struct reader *r, struct slice uid, uint64_t epoch)
{
	struct known_uids *k = r->found;

	if (uid.len == 0 || uid.len > UID_LEN_MAX || k->n == UINT32_MAX - 1) {
		k->nonsense++;
		return;
	}
	if (index_find(&r->index, uid) != INDEX_NONE)
		return;
	if (k->n == k->cap) {
		k->cap = k->cap == 0 ? 256 : k->cap * 2;
		k->list = xreallocarray(k->list, k->cap, sizeof(*k->list));
	}
	k->list[k->n] = (struct known_uid){ uid, (int64_t)epoch };
	index_add(&r->index, (uint32_t)k->n++);
}

/* Notes for the user who else has UIDs in the file, each of them once. */
static void
add_other(struct reader *r, struct slice who)
{
	struct buf *others = &r->found->others;
	struct slice told = buf_slice(others);
	char safe[TEXT_SAFE_MAX];

	(void)text_safe(safe, who);
	if (told.len > 0 && memmem(told.p, told.len, safe, strlen(safe)) != NULL)
		return;
	if (others->len + strlen(safe) + 2 > others->max)
		return;
	(void)buf_addf(others, "%s%s", told.len > 0 ? ", " : "", safe);
}

/* "user@host", for add_other. */
static void
add_other_pair(struct reader *r, struct slice user, struct slice host)
{
	char *pair = xasprintf("%.*s@%.*s", (int)user.len, user.p, (int)host.len, host.p);

	add_other(r, slice_str(pair));
	free(pair);
}

static bool
is_owner(const struct reader *r, struct slice user, struct slice host)
{
	return slice_equal(user, r->owner->user) && slice_caseequal(host, r->owner->host);
}

/* Takes "s" off the front, in any case. */
static bool
skip_any_case(struct slice *in, const char *s)
{
	size_t len = strlen(s);

	if (in->len < len || strncasecmp(in->p, s, len) != 0)
		return false;
	in->p += len;
	in->len -= len;
	return true;
}

/* ---- fetchmail: "user@host uid" ---- */

static void
read_fetchmail(struct reader *r, struct slice text)
{
	while (text.len > 0) {
		struct slice line = slice_line(&text), rest = line;

		if (line.len == 0)
			continue;
		if (slice_skip(&rest, r->owner->user) && slice_skip(&rest, "@") &&
		    skip_any_case(&rest, r->owner->host) && slice_skip(&rest, " ")) {
			add_uid(r, rest, 0);
			continue;
		}
		rest = slice_word(&line);
		if (line.len > 0 && memchr(rest.p, '@', rest.len) != NULL)
			add_other(r, rest);
		else
			r->found->nonsense++;
	}
}

/* ---- mpop: " number host user", then so many UIDs; later versions: "uid time" ---- */

/* Takes a time off the end of a UID. No UID ends in a blank and ten digits of its own. */
static uint64_t
cut_time(struct slice *uid)
{
	const char *blank = memrchr(uid->p, ' ', uid->len);
	struct slice digits;
	uint64_t epoch;

	if (blank == NULL)
		return 0;
	digits = (struct slice){ blank + 1, uid->len - (size_t)(blank + 1 - uid->p) };
	if (digits.len < 9 || digits.len > 11 || !slice_number(digits, INT64_MAX, &epoch))
		return 0;
	uid->len = (size_t)(blank - uid->p);
	return epoch;
}

static void
read_mpop_list(struct reader *r, struct slice *text, uint64_t n, bool mine)
{
	while (n-- > 0 && text->len > 0) {
		struct slice uid = slice_line(text);
		uint64_t epoch = cut_time(&uid);

		if (mine)
			add_uid(r, uid, epoch);
	}
}

static void
read_mpop(struct reader *r, struct slice text)
{
	while (text.len > 0) {
		struct slice line = slice_line(&text), host;
		uint64_t n;
		bool mine;

		if (line.len == 0 || *line.p == '#')
			continue;
		if (!slice_skip(&line, " ") || !slice_number(slice_word(&line), UINT32_MAX, &n)) {
			r->found->nonsense++;
			continue;
		}
		host = slice_word(&line);
		mine = is_owner(r, line, host);
		if (!mine)
			add_other_pair(r, line, host);
		read_mpop_list(r, &text, n, mine);
	}
}

/* ---- names of files, where nothing else tells of the owner ---- */

static const char *
base_name(const char *file)
{
	const char *slash = strrchr(file, '/');

	return slash != NULL ? slash + 1 : file;
}

/* Takes s off the front of a name in which getmail has replaced what it thinks problematic. */
static bool
skip_as_getmail(const char **name, const char *s)
{
	for (; *s != '\0'; s++, (*name)++)
		if (**name != *s && !(**name == '-' && strchr("/\\:;<>|", *s) != NULL))
			return false;
	return true;
}

/* "oldmail-host-port-user". A file that is not named so has been renamed: its owner is unknown. */
static bool
getmail_name_fits(const struct import_owner *owner)
{
	const char *name = base_name(owner->file);

	if (strncmp(name, "oldmail-", 8) != 0)
		return true;
	name += 8;
	if (!skip_as_getmail(&name, owner->host) || *name++ != '-')
		return false;
	name += strspn(name, "0123456789");
	return *name++ == '-' && skip_as_getmail(&name, owner->user) && *name == '\0';
}

/* ".uidls-host". */
static bool
pop3el_name_fits(const struct import_owner *owner)
{
	const char *name = base_name(owner->file);

	return strncmp(name, ".uidls-", 7) != 0 || strcasecmp(name + 7, owner->host) == 0;
}

/* ---- getmail: "uid NUL time" ---- */

static void
read_getmail(struct reader *r, struct slice text)
{
	if (!getmail_name_fits(r->owner)) {
		add_other(r, slice_str(base_name(r->owner->file)));
		return;
	}
	while (text.len > 0) {
		struct slice line = slice_line(&text), uid = line;
		const char *nul = memchr(line.p, '\0', line.len);
		uint64_t epoch;

		if (nul == NULL) {
			r->found->nonsense += line.len > 0;
			continue;
		}
		uid.len = (size_t)(nul - line.p);
		line = (struct slice){ nul + 1, line.len - uid.len - 1 };
		if (slice_number(line, INT64_MAX, &epoch))
			add_uid(r, uid, epoch);
		else
			r->found->nonsense++;
	}
}

/* ---- fdm: "length uid" ---- */

static void
read_fdm(struct reader *r, struct slice text)
{
	while (text.len > 0) {
		struct slice line = slice_line(&text);
		uint64_t len;

		if (slice_number(slice_word(&line), UID_LEN_MAX, &len) && line.len == len)
			add_uid(r, line, 0);
		else
			r->found->nonsense++;
	}
}

/* ---- pop3.el: (("host" ("user" "uid" (high low) "uid" (high low) ...) ...) ...) ---- */

/* Where the reading of Lisp has got to. */
struct lisp {
	char *at, *end;
	unsigned depth;
	size_t place; /* of what comes next in its list */
	struct slice host, user;
	struct known_uid *last; /* whose time comes next; NULL: of nobody */
	uint64_t high;
};

/* Takes a string off *at, which stands behind its quote, and unquotes it in its place. */
static bool
lisp_string(struct lisp *l, struct slice *out)
{
	char *to = l->at;

	out->p = to;
	while (l->at < l->end && *l->at != '"') {
		if (*l->at == '\\' && l->at + 1 < l->end)
			l->at++;
		*to++ = *l->at++;
	}
	out->len = (size_t)(to - out->p);
	return l->at < l->end && *l->at++ == '"';
}

static void
take_lisp_string(struct reader *r, struct lisp *l, struct slice s)
{
	size_t before = r->found->n;

	l->last = NULL;
	if (l->depth == 2 && l->place == 0) {
		l->host = s;
	} else if (l->depth == 3 && l->place == 0) {
		l->user = s;
		if (!is_owner(r, l->user, l->host))
			add_other_pair(r, l->user, l->host);
	} else if (l->depth == 3 && is_owner(r, l->user, l->host)) {
		add_uid(r, s, 0);
		if (r->found->n > before)
			l->last = &r->found->list[before];
	}
}

/* A time is (HIGH LOW), 16 bits in LOW, or one number. */
static void
take_lisp_number(struct lisp *l, uint64_t n)
{
	if (l->last == NULL)
		return;
	if (l->depth == 3)
		l->last->epoch = (int64_t)n;
	else if (l->place == 0)
		l->high = n;
	else if (l->place == 1)
		l->last->epoch = (int64_t)(l->high << 16 | (n & 0xFFFF));
}

/* A number, or a symbol, which means nothing here. */
static void
lisp_atom(struct lisp *l)
{
	struct slice word = { l->at, 0 };
	uint64_t n;

	while (l->at < l->end && strchr(" \t\r\n()\"", *l->at) == NULL)
		l->at++;
	if (l->at == word.p) /* a NUL, at which strchr(3) finds one, too */
		l->at++;
	word.len = (size_t)(l->at - word.p);
	if (slice_number(word, UINT32_MAX, &n))
		take_lisp_number(l, n);
}

static void
read_lisp(struct reader *r, struct buf *text)
{
	struct lisp l = { .at = text->p, .end = text->p + text->len };
	struct slice s;

	while (l.at < l.end) {
		if (isspace((unsigned char)*l.at)) {
			l.at++;
			continue;
		}
		if (*l.at == '(') {
			l.at++;
			l.depth++;
			l.place = 0;
			continue;
		}
		if (*l.at == ')') {
			l.at++;
			l.depth -= l.depth > 0;
		} else if (*l.at == '"') {
			l.at++;
			if (lisp_string(&l, &s))
				take_lisp_string(r, &l, s);
			else
				r->found->nonsense++;
		} else {
			lisp_atom(&l);
		}
		l.place++;
	}
	r->found->nonsense += l.depth > 0; /* the file ends too early */
}

/* T-gnus: a UID a line, in a file of the host's name. */
static void
read_lines(struct reader *r, struct slice text)
{
	if (!pop3el_name_fits(r->owner)) {
		add_other(r, slice_str(base_name(r->owner->file)));
		return;
	}
	while (text.len > 0)
		add_uid(r, slice_line(&text), 0);
}

static void
read_pop3el(struct reader *r, struct buf *text)
{
	if (text->len > 0 && *text->p == '(')
		read_lisp(r, text);
	else
		read_lines(r, buf_slice(text));
}

/* ---- the whole ---- */

void
import_state(enum import_format f, struct buf *text, const struct import_owner *owner,
    struct known_uids *out)
{
	struct reader r = { .owner = owner, .found = out };

	*out = (struct known_uids){ .others.max = OTHERS_MAX };
	index_init(&r.index, uid_at, out);
	switch (f) {
	case IMPORT_FETCHMAIL:
		read_fetchmail(&r, buf_slice(text));
		break;
	case IMPORT_MPOP:
		read_mpop(&r, buf_slice(text));
		break;
	case IMPORT_GETMAIL:
		read_getmail(&r, buf_slice(text));
		break;
	case IMPORT_FDM:
		read_fdm(&r, buf_slice(text));
		break;
	case IMPORT_POP3EL:
		read_pop3el(&r, text);
		break;
	case IMPORT_UNKNOWN:
		break;
	}
	index_free(&r.index);
}

void
known_uids_free(struct known_uids *k)
{
	free(k->list);
	buf_free(&k->others);
	*k = (struct known_uids){ .n = 0 };
}
