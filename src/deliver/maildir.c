#include "deliver/maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/io.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/path.h"
#include "util/sandbox.h"
#include "util/trust.h"
#include "util/util.h"

#define HOST_MAX 256
#define STEM_MAX (24 + DIGEST_HEX) /* EPOCH.HDIGEST. */

struct maildir {
	struct delivery delivery;
	const struct deliver_params *params;
	char *path;
	char host[HOST_MAX];       /* as it stands in names */
	struct message_list batch; /* what put gave since the last commit */
	char (*stems)[STEM_MAX];   /* from prepare on: the names, but for the host */
	size_t written, renamed;   /* so many of them lie in tmp/, in new/ */
	int tmp, new;              /* the folders, open from prepare on; -1: not open */
};

/* ---- names ---- */

/* The host's name, without what would end a path or the name's own fields. */
static void
find_host(char host[static HOST_MAX])
{
	if (gethostname(host, HOST_MAX) == -1 || *host == '\0')
		(void)strlcpy(host, "localhost", HOST_MAX);
	host[HOST_MAX - 1] = '\0';
	for (char *p = host; *p != '\0'; p++)
		if (*p == '/' || *p == ':' || *p <= ' ')
			*p = '-';
}

static const char *
make_stem(
    char out[static STEM_MAX], const char *account, const struct intent_item *item, int64_t epoch)
{
	static const struct slice nul = { "", 1 };
	struct digest *d = digest_new();
	char hex[DIGEST_HEX];

	digest_add(d, slice_str(account));
	digest_add(d, nul);
	digest_add(d, slice_str(item->key));
	digest_add(d, nul);
	digest_add(d, slice_str(item->digest));
	(void)snprintf(out, STEM_MAX, "%" PRId64 ".H%s.", epoch, digest_end(d, hex));
	digest_free(d);
	return out;
}

static char *
file_path(const struct maildir *m, const char *folder, size_t i)
{
	return xasprintf("%s/%s/%s%s", m->path, folder, m->stems[i], m->host);
}

/* The same within its folder. */
static const char *
name_in(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* ---- opening, putting ---- */

static struct delivery *
maildir_open(const struct dest *to, const struct deliver_params *params, struct error *e)
{
	struct maildir *m;
	struct stat st;
	int fd;

	if (stat(to->place, &st) == 0 && !S_ISDIR(st.st_mode)) {
		(void)error_set(e, ERR_CREATE, "%s is not a directory", to->place);
		return NULL;
	}
	if ((fd = trust_open_dir(to->place, params->foreign, e)) != -1)
		(void)close(fd);
	else if (e->cls != ERR_OK)
		return NULL;
	m = xcalloc(1, sizeof(*m));
	m->delivery.kind = &deliver_maildir;
	m->params = params;
	m->path = path_without_slashes(to->place);
	m->tmp = m->new = -1;
	find_host(m->host);
	return &m->delivery;
}

static int
maildir_put(struct delivery *d, const struct message *msg, struct error *e)
{
	struct maildir *m = (struct maildir *)d;

	(void)e;
	message_list_add(&m->batch, msg);
	return 0;
}

/* ---- preparing ---- */

static int
make_folder(const char *path, struct error *e)
{
	struct trust_place at;
	int rc = trust_find(&at, path, e);

	if (rc == 1) {
		errno = ENOENT;
		rc = error_sys(e, ERR_CREATE, "%s", path);
	}
	if (rc == -1)
		return -1;
	if (mkdirat(at.dir, at.name, 0700) == 0)
		rc = path_sync_parent(at.path, e);
	else if (errno != EEXIST)
		rc = error_sys(e, error_write_class(errno), "%s", path);
	trust_leave(&at);
	return rc;
}

/* Makes a folder that is missing, and opens it; the Maildir itself if it is NULL. */
static int
open_folder(const struct maildir *m, const char *folder, struct error *e)
{
	char *path = folder != NULL ? xasprintf("%s/%s", m->path, folder) : xstrdup(m->path);
	int fd = -1;

	if (make_folder(path, e) == 0 && (fd = trust_open_dir(path, m->params->foreign, e)) == -1 &&
	    e->cls == ERR_OK)
		(void)error_set(e, ERR_TEMP, "%s was taken away", path);
	free(path);
	return fd;
}

static void
close_folders(struct maildir *m)
{
	if (m->tmp != -1)
		(void)close(m->tmp);
	if (m->new != -1)
		(void)close(m->new);
	m->tmp = m->new = -1;
}

static int
open_maildir(struct maildir *m, struct error *e)
{
	static const char *const others[] = { NULL, "cur" };

	for (size_t i = 0; i < nitems(others); i++) {
		int fd = open_folder(m, others[i], e);

		if (fd == -1)
			return -1;
		(void)close(fd);
	}
	if ((m->tmp = open_folder(m, "tmp", e)) == -1 || (m->new = open_folder(m, "new", e)) == -1)
		return -1;
	return 0;
}

static int
maildir_prepare(struct delivery *d, struct intent *in, struct error *e)
{
	struct maildir *m = (struct maildir *)d;

	m->stems = xreallocarray(m->stems, m->batch.n, sizeof(*m->stems));
	for (size_t i = 0; i < m->batch.n; i++) {
		struct intent_item *item = intent_add(in, m->batch.items[i]->key);

		item->length = m->batch.items[i]->length;
		if (message_digest(m->batch.items[i], item->digest, e) == -1)
			return -1;
		(void)make_stem(m->stems[i], m->params->account, item, in->epoch);
	}
	close_folders(m);
	return open_maildir(m, e);
}

/* ---- writing ---- */

static int
write_text(int fd, const char *path, const struct message *msg, struct error *e)
{
	struct message_cursor c = { .at = 0 };
	struct slice bytes;
	bool final = msg->length == 0;
	int rc = 0;

	while (rc == 0 && !final) {
		if ((rc = message_next(msg, &c, &bytes, &final, e)) == -1)
			break;
		if ((rc = write_all(fd, bytes.p, bytes.len)) == -1)
			(void)error_sys(e, error_write_class(errno), "%s", path);
		c.at += bytes.len;
	}
	message_cursor_free(&c);
	return rc;
}

/* Writes the message to a new file and syncs it; what a crash has left of that name is replaced. */
static int
write_file(int tmp, const char *path, const struct message *msg, struct error *e)
{
	int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, rc;
	int fd = openat(tmp, name_in(path), flags, 0600);

	if (fd == -1 && errno == EEXIST && unlinkat(tmp, name_in(path), 0) == 0)
		fd = openat(tmp, name_in(path), flags, 0600);
	if (fd == -1)
		return error_sys(e, error_write_class(errno), "%s", path);
	rc = write_text(fd, path, msg, e);
	if (rc == 0 && (rc = fsync(fd)) == -1)
		(void)error_sys(e, error_write_class(errno), "%s", path);
	if (close(fd) == -1 && rc == 0)
		rc = error_sys(e, error_write_class(errno), "%s", path);
	return rc;
}

static int
rename_to_new(struct maildir *m, size_t i, struct error *e)
{
	char *path = file_path(m, "new", i);
	int rc = renameat(m->tmp, name_in(path), m->new, name_in(path));

	if (rc == -1)
		(void)error_sys(e, error_write_class(errno), "%s", path);
	free(path);
	return rc;
}

static int
maildir_commit(struct delivery *d, struct error *e)
{
	struct maildir *m = (struct maildir *)d;

	while (m->written < m->batch.n) {
		char *path = file_path(m, "tmp", m->written);
		int rc = write_file(m->tmp, path, m->batch.items[m->written++], e);

		free(path);
		if (rc == -1)
			return -1;
	}
	for (; m->renamed < m->batch.n; m->renamed++)
		if (rename_to_new(m, m->renamed, e) == -1)
			return -1;
	/* some file systems cannot sync a directory and say EINVAL: then there is nothing to do */
	if (fsync(m->new) == -1 && errno != EINVAL)
		return error_sys(e, ERR_TEMP, "cannot sync the directory %s/new", m->path);
	m->batch.n = m->written = m->renamed = 0;
	close_folders(m);
	return 0;
}

/* What has been renamed may have been seen by a mail reader already: it stays. */
static int
maildir_abort(struct delivery *d)
{
	struct maildir *m = (struct maildir *)d;
	int rc = m->renamed > 0 ? -1 : 0;

	for (size_t i = m->renamed; i < m->written; i++) {
		char *path = file_path(m, "tmp", i);

		(void)unlinkat(m->tmp, name_in(path), 0);
		free(path);
	}
	m->batch.n = m->written = m->renamed = 0;
	close_folders(m);
	return rc;
}

static void
maildir_close(struct delivery *d)
{
	struct maildir *m = (struct maildir *)d;

	(void)maildir_abort(d);
	message_list_free(&m->batch);
	free(m->stems);
	free(m->path);
	free(m);
}

/* ---- recovering ---- */

/* Which item of the intent a file name belongs to; in->nitems for none. */
static size_t
find_item(char (*stems)[STEM_MAX], size_t n, const char *name)
{
	size_t i = 0;

	while (i < n && strncmp(name, stems[i], strlen(stems[i])) != 0)
		i++;
	return i;
}

/*
 * Looks for the intent's messages in a folder: notes those that are there, or with arrived NULL
 * removes them, in which case they were not whole.
 */
static int
search(const char *path, bool foreign, const struct intent *in, char (*stems)[STEM_MAX],
    bool *arrived, struct error *e)
{
	int fd = trust_open_dir(path, foreign, e);
	DIR *dir = fd != -1 ? fdopendir(fd) : NULL;
	char epoch[24];
	struct dirent *de;
	size_t i, len;
	int rc = e->cls == ERR_OK ? 0 : -1;

	len = (size_t)snprintf(epoch, sizeof(epoch), "%" PRId64 ".H", in->epoch);
	if (dir == NULL && fd != -1) {
		rc = error_sys(e, ERR_TEMP, "%s", path);
		(void)close(fd);
	}
	while (dir != NULL && (errno = 0, de = readdir(dir)) != NULL) {
		if (strncmp(de->d_name, epoch, len) != 0 ||
		    (i = find_item(stems, in->nitems, de->d_name)) == in->nitems)
			continue;
		if (arrived != NULL)
			arrived[i] = true;
		else
			(void)unlinkat(dirfd(dir), de->d_name, 0);
	}
	if (dir != NULL && errno != 0)
		rc = error_sys(e, ERR_TEMP, "%s", path);
	/* what is there may be there in memory only */
	if (dir != NULL && rc == 0 && arrived != NULL && fsync(dirfd(dir)) == -1 && errno != EINVAL)
		rc = error_sys(e, error_write_class(errno), "%s", path);
	if (dir != NULL)
		(void)closedir(dir);
	return rc;
}

static int
maildir_recover(const struct dest *to, const struct deliver_params *params, const struct intent *in,
    bool *arrived, struct error *e)
{
	/* in this order: a mail reader moves them from new/ to cur/ at any time */
	static const char *const folders[] = { "new", "cur", "tmp" };
	char(*stems)[STEM_MAX];
	int rc = 0;

	if (path_expect_directory(to->place, e) == -1)
		return -1;
	stems = xcalloc(in->nitems, sizeof(*stems));
	for (size_t i = 0; i < in->nitems; i++)
		(void)make_stem(stems[i], params->account, &in->items[i], in->epoch);
	for (size_t i = 0; i < nitems(folders) && rc == 0; i++) {
		char *path = xasprintf("%s/%s", to->place, folders[i]);

		rc = search(path, params->foreign, in, stems, i < 2 ? arrived : NULL, e);
		free(path);
	}
	free(stems);
	return rc;
}

static void
maildir_needs(const struct dest *to, const struct deliver_params *params, struct sandbox *s)
{
	static const char *const folders[] = { "tmp", "new", "cur" };

	(void)params;
	sandbox_allow(s, to->place, SANDBOX_WRITE);
	for (size_t i = 0; i < nitems(folders); i++) { /* any may be a link to elsewhere */
		char *path = xasprintf("%s/%s", to->place, folders[i]);
		struct error ignored = { .cls = ERR_OK };
		struct trust_place at;

		if (trust_find(&at, path, &ignored) == 0) {
			sandbox_allow(s, at.path, SANDBOX_WRITE);
			trust_leave(&at);
		}
		free(path);
	}
}

const struct deliver_kind deliver_maildir = {
	.name = "maildir",
	.argument = "DIR",
	.takes_path = true,
	.open = maildir_open,
	.put = maildir_put,
	.prepare = maildir_prepare,
	.commit = maildir_commit,
	.abort = maildir_abort,
	.recover = maildir_recover,
	.close = maildir_close,
	.needs = maildir_needs,
};
