#include "fuzz.h"

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/way.h"
#include "util/io.h"
#include "util/log.h"
#include "util/text.h"

#define FILE_MAX (64 * MiB)
#define PIECES_MAX 200 /* of what one socket holds */
#define PEERS_MAX 16

void
fuzz_fail(const char *file, int line, const char *what)
{
	(void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

bool
fuzz_is_result(int rc, const struct error *e)
{
	if (rc == 0)
		return e->cls == ERR_OK;
	return rc == -1 && e->cls != ERR_OK && !text_has_control(slice_str(e->msg));
}

/* ---- input ---- */

struct slice
fuzz_input(const uint8_t *data, size_t size)
{
	return (struct slice){ (const char *)data, size };
}

uint8_t
fuzz_byte(struct slice *in)
{
	struct slice one = fuzz_take(in, 1);

	return one.len == 1 ? (uint8_t)*one.p : 0;
}

struct slice
fuzz_take(struct slice *in, size_t len)
{
	struct slice front = { in->p, MIN(len, in->len) };

	if (front.len > 0) /* or p may be NULL */
		in->p += front.len;
	in->len -= front.len;
	return front;
}

char *
fuzz_copy(struct slice s)
{
	char *copy = malloc(s.len);

	if (copy == NULL && s.len > 0)
		err(1, NULL);
	if (s.len > 0)
		memcpy(copy, s.p, s.len);
	return copy;
}

char *
fuzz_string(struct slice s)
{
	char *copy = s.len > 0 ? strndup(s.p, s.len) : strdup("");

	if (copy == NULL)
		err(1, NULL);
	return copy;
}

bool
fuzz_is_within(struct slice part, struct slice whole)
{
	return part.len == 0 || (part.p >= whole.p && part.len <= whole.len &&
				    (size_t)(part.p - whole.p) <= whole.len - part.len);
}

bool
fuzz_is_printable(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

bool
fuzz_contains(struct slice s, const char *word)
{
	return s.len > 0 && memmem(s.p, s.len, word, strlen(word)) != NULL;
}

/* ---- files ---- */

static char dir[256];

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	return ftw->level > 0 ? remove(path) : 0;
}

void
fuzz_clear(void)
{
	if (*dir != '\0' && nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) == -1)
		err(1, "%s", dir);
}

static void
remove_dir(void)
{
	fuzz_clear();
	(void)rmdir(dir);
}

static void
make_dir(void)
{
	const char *tmp = getenv("TMPDIR");

	if (access("/dev/shm", W_OK | X_OK) == 0)
		tmp = "/dev/shm";
	(void)snprintf(
	    dir, sizeof(dir), "%s/haulmail-fuzz.XXXXXX", tmp != NULL && *tmp == '/' ? tmp : "/tmp");
	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	(void)atexit(remove_dir);
}

const char *
fuzz_path(const char *name)
{
	static char paths[8][sizeof(dir) + 64];
	static unsigned next;
	char *path = paths[next++ % nitems(paths)];

	if (*dir == '\0')
		make_dir();
	(void)snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

void
fuzz_write(const char *path, struct slice text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd == -1 || write_all(fd, text.p, text.len) == -1)
		err(1, "%s", path);
	(void)close(fd);
}

bool
fuzz_read(const char *path, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd == -1)
		return false;
	out->len = 0;
	out->max = FILE_MAX;
	if (read_to_end(fd, out) == -1)
		err(1, "%s", path);
	(void)close(fd);
	return true;
}

/* Nothing has to outlast a power cut here. */
int fsync(int fd);
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int fdatasync(int fd);
int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* ---- what would be different each time, or take long ---- */

void arc4random_buf(void *p, size_t len);
void
arc4random_buf(void *p, size_t len)
{
	memset(p, 0, len); /* a SCRAM nonce of 24 "A"s */
}

/* In the place of libcrypto's: millions of rounds would find no more than one. */
int
PKCS5_PBKDF2_HMAC(const char *pass, int passlen, const unsigned char *salt, int saltlen, int iter,
    const EVP_MD *digest, int keylen, unsigned char *out)
{
	size_t len;

	CHECK(iter >= 4096 && saltlen >= 0);
	return EVP_Q_mac(NULL, "HMAC", NULL, EVP_MD_get0_name(digest), NULL, pass, (size_t)passlen,
		   salt, (size_t)saltlen, out, (size_t)keylen, &len) != NULL;
}

/* ---- connections ---- */

static int peers[PEERS_MAX];
static size_t npeers;
static struct slice way_bytes;
static uint8_t way_piece;

/* The next piece, up to the end of its line if piece is 0. */
static struct slice
take_piece(struct slice *bytes, uint8_t piece)
{
	const char *nl = memchr(bytes->p, '\n', bytes->len);

	if (piece == 0)
		return fuzz_take(bytes, nl != NULL ? (size_t)(nl + 1 - bytes->p) : bytes->len);
	return fuzz_take(bytes, piece == UINT8_MAX ? bytes->len : piece);
}

/* Sockets hold only so many pieces: the last one is all the rest. What does not fit is cut off. */
static void
feed(int fd, struct slice bytes, uint8_t piece)
{
	for (size_t n = 0; bytes.len > 0; n++) {
		struct slice one = take_piece(&bytes, n < PIECES_MAX ? piece : UINT8_MAX);

		if (send(fd, one.p, one.len, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)one.len)
			break;
	}
	(void)shutdown(fd, SHUT_WR);
}

int
fuzz_connect(struct slice bytes, uint8_t piece)
{
	int fds[2];

	CHECK(npeers < PEERS_MAX);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == -1)
		err(1, "socketpair");
	feed(fds[1], bytes, piece);
	peers[npeers++] = fds[1];
	return fds[0];
}

void
fuzz_lead_to(struct slice bytes, uint8_t piece)
{
	way_bytes = bytes;
	way_piece = piece;
}

/* Two connections share the bytes: the first one gets those up to an empty line. */
static struct slice
next_connection(void)
{
	const char *end =
	    way_bytes.len > 0 ? memmem(way_bytes.p, way_bytes.len, "\n\n\n", 3) : NULL;
	struct slice bytes =
	    fuzz_take(&way_bytes, end != NULL ? (size_t)(end - way_bytes.p) + 1 : way_bytes.len);

	(void)fuzz_take(&way_bytes, 2);
	return bytes;
}

/* In the place of net/way.c. */
struct stream *
way_open(const struct way *w, int64_t deadline_ms, struct error *e)
{
	(void)deadline_ms;
	if (way_bytes.len == 0 || npeers == PEERS_MAX) {
		(void)error_set(e, ERR_TEMP, "no more connections");
		return NULL;
	}
	return stream_new(fuzz_connect(next_connection(), way_piece), w->peer);
}

void
fuzz_said(struct buf *out)
{
	char bytes[4096];
	ssize_t n;

	for (size_t i = 0; i < npeers; i++) {
		/* a reset comes first, if not all of ours was read */
		while ((n = recv(peers[i], bytes, sizeof(bytes), MSG_DONTWAIT)) > 0 ||
		       (n == -1 && errno == ECONNRESET))
			CHECK(n == -1 || buf_append(out, bytes, (size_t)n) == 0);
		(void)close(peers[i]);
	}
	npeers = 0;
}

/* ---- logging: in the place of util/log.c ---- */

const char *fuzz_secret;

__attribute__((format(printf, 1, 0))) static void
swallow(const char *fmt, va_list ap)
{
	char *line;
	int len = vasprintf(&line, fmt, ap);

	CHECK(len >= 0);
	CHECK(fuzz_secret == NULL ||
	      !fuzz_contains((struct slice){ line, (size_t)len }, fuzz_secret));
	free(line);
}

#define SWALLOW(function)                                                                          \
	void function(const char *fmt, ...)                                                        \
	{                                                                                          \
		va_list ap;                                                                        \
                                                                                                   \
		va_start(ap, fmt);                                                                 \
		swallow(fmt, ap);                                                                  \
		va_end(ap);                                                                        \
	}

SWALLOW(log_error)
SWALLOW(log_warn)
SWALLOW(log_note)
SWALLOW(log_info)
SWALLOW(log_dialogue)
SWALLOW(log_say)

bool
log_at(enum log_level level)
{
	(void)level;
	return true;
}

bool
log_is_record(void)
{
	return false;
}

void
log_set_account(const char *name)
{
	(void)name;
}
