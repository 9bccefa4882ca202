/*
 * delivery.h - what the tests of deliver/ share: messages, targets, and an fsync(2) that is
 * watched.
 *
 * Include it once in a program, behind unit.h. It replaces fsync(2): nothing is made durable for
 * real, but what was asked for is known, and can be made to fail.
 */
#ifndef UNIT_DELIVERY_H
#define UNIT_DELIVERY_H

#include <dirent.h>

#include "deliver/deliver.h"
#include "util/buf.h"
#include "util/clock.h"
#include "util/digest.h"

#define EPOCH 1700000000
#define DATE "Tue Nov 14 22:13:20 2023"
#define FROM_NOBODY "From MAILER-DAEMON " DATE "\n"

/* ---- fsync ---- */

static struct {
	int fails;      /* the errno of every call; 0: they succeed */
	unsigned calls; /* of them all */
	unsigned dirs;  /* of them, on directories */
	ino_t ino;      /* of the last regular file, its size then */
	off_t size;
} synced;

int
fsync(int fd)
{
	struct stat st;

	synced.calls++;
	if (synced.fails != 0) {
		errno = synced.fails;
		return -1;
	}
	if (fstat(fd, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		synced.dirs++;
	} else {
		synced.ino = st.st_ino;
		synced.size = st.st_size;
	}
	return 0;
}

/* ---- messages ---- */

/* In memory, without a byte to spare behind it. */
static inline struct message
memory_message(const char *key, struct slice text)
{
	return (struct message){
		.key = strdup(key),
		.length = text.len,
		.head = { exact_bytes(text.p, text.len), text.len },
		.fd = -1,
	};
}

/* In a file without a name, of which so many bytes are in memory too. */
static inline struct message
file_message(const char *key, struct slice text, size_t head)
{
	struct message m = memory_message(key, (struct slice){ text.p, MIN(head, text.len) });
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_true(fwrite(text.p, 1, text.len, f) == text.len);
	assert_int_equal(fflush(f), 0);
	assert_true((m.fd = fcntl(fileno(f), F_DUPFD_CLOEXEC, 3)) != -1);
	assert_int_equal(fclose(f), 0);
	m.length = text.len;
	return m;
}

static inline void
message_free(struct message *m)
{
	free(m->key);
	free((void *)(uintptr_t)m->head.p);
	if (m->fd != -1)
		(void)close(m->fd);
}

/* ---- targets ---- */

/* A target and what goes with it; place_at() to place_leave(). */
struct place {
	struct deliver_params params;
	struct dest *to;
	struct intent *in;
	struct delivery *d; /* NULL when the target was refused */
	struct error e;
};

static inline void
place_at(struct place *p, const char *path, int64_t timeout_ms)
{
	*p = (struct place){ .params = { .timeout_ms = timeout_ms } };
	p->to = dest_new(deliver_kind_find("mbox"), path);
	p->in = intent_new(p->to->name, EPOCH);
	p->d = p->to->kind->open(p->to, &p->params, &p->e);
}

static inline void
place_leave(struct place *p)
{
	if (p->d != NULL)
		p->d->kind->close(p->d);
	intent_free(p->in);
	dest_free(p->to);
}

/* Forgets the last error and the last intent. */
static inline void
place_again(struct place *p)
{
	intent_free(p->in);
	p->in = intent_new(p->to->name, EPOCH);
	p->e = (struct error)NO_ERROR;
}

static inline void
put(struct place *p, const struct message *m)
{
	assert_non_null(p->d);
	assert_int_equal(p->d->kind->put(p->d, m, &p->e), 0);
}

static inline int
prepare(struct place *p)
{
	return p->d->kind->prepare(p->d, p->in, &p->e);
}

static inline int
commit(struct place *p)
{
	return p->d->kind->commit(p->d, &p->e);
}

static inline int
undo(struct place *p)
{
	return p->d->kind->abort(p->d);
}

/* All of a batch's way; fails the test when it does not arrive. */
static inline void
deliver(struct place *p, const struct message *batch, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(p, &batch[i]);
	assert_row(prepare(p) == 0 && commit(p) == 0, "%s", p->e.msg);
}

/* ---- files ---- */

/* How many names the directory holds. */
static inline size_t
count_names(const char *dir)
{
	struct dirent **names;
	int n = scandir(dir, &names, NULL, NULL);

	assert_true(n >= 2);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	return (size_t)n - 2; /* "." and ".." */
}

static inline void
check_file_bytes(const char *path, struct slice want, const char *about)
{
	size_t len;
	char *text = read_file(path, &len);

	check_bytes(text, len, want.p, want.len, about, __FILE__, __LINE__);
	free(text);
}

#endif
