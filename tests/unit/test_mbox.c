/* A batch into an mbox: it arrives whole and durable, or not at all. */
#include "unit.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "delivery.h"
#include "deliver/mboxdigest.h"
#include "util/log.h"

#define PATIENCE_MS 20000 /* for locks that somebody lets go */

static const char mail_a[] = "From: a@example\n\nFrom the start\n";
static const char form_a[] = "From a@example " DATE "\nFrom: a@example\n\n>From the start\n\n";
static const char mail_b[] = "From: b@example\n\nb";
static const char form_b[] = "From b@example " DATE "\nFrom: b@example\n\nb\n\n";

/* ---- what another process sees ---- */

/* In a child: 0 when nobody holds the fcntl lock, 1 when somebody does. */
static int
try_fcntl(void *path)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return 2;
	return fcntl(fd, F_SETLK, &fl) == 0 ? 0 : 1;
}

static void
assert_locked(const char *path, bool locked)
{
	char copy[1024], dotlock[1100];

	(void)strlcpy(copy, path, sizeof(copy));
	(void)snprintf(dotlock, sizeof(dotlock), "%s.lock", path);
	assert_int_equal(in_child(try_fcntl, copy), locked ? 1 : 0);
	assert_int_equal(access(dotlock, F_OK), locked ? 0 : -1);
}

/* ---- what is written ---- */

static void
test_a_new_mbox_is_private_and_holds_the_batch(void **state)
{
	struct message batch[] = { memory_message("a", slice_str(mail_a)),
		file_message("b", slice_str(mail_b), KiB) };
	const char *path = in_dir(*state, "inbox");
	mode_t mask = umask(0);
	struct place p;
	struct stat st;

	place_at(&p, path, 0);
	deliver(&p, batch, 2);
	(void)umask(mask);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	place_leave(&p);
	check_file_bytes(path,
	    slice_str("From a@example " DATE "\n"
		      "From: a@example\n\n>From the start\n\n"
		      "From b@example " DATE "\nFrom: b@example\n\nb\n\n"),
	    "inbox");
	assert_int_equal(count_names(*state), 1); /* no lock, no temporary file */
	message_free(&batch[0]);
	message_free(&batch[1]);
}

static void
test_the_mode_of_a_file_that_exists_stays(void **state)
{
	static const mode_t modes[] = { 0600, 0644, 0660, 0666 };
	struct message a = memory_message("a", slice_str(mail_a));
	const char *path = in_dir(*state, "inbox");

	for (size_t i = 0; i < nitems(modes); i++) {
		struct place p;
		struct stat before, after;

		write_file(path, "", 0, modes[i]);
		assert_int_equal(stat(path, &before), 0);
		place_at(&p, path, 0);
		deliver(&p, &a, 1);
		place_leave(&p);
		assert_int_equal(stat(path, &after), 0);
		assert_int_equal(after.st_mode & 07777, modes[i]);
		assert_true(after.st_ino == before.st_ino);
		assert_file_equal(path, form_a);
	}
	message_free(&a);
}

static void
test_no_message_vanishes_into_the_one_before(void **state)
{
	static const struct {
		const char *before, *separator;
	} t[] = {
		{ "", "" },
		{ "\n", "" },
		{ "\n\n", "" },
		{ "x", "\n\n" },
		{ "x\n", "\n" },
		{ "x\n\n", "" },
		{ "x\n\n\n", "" },
		{ "From x " DATE "\n\nlast line", "\n\n" },
		{ "From x " DATE "\n\nlast line\n", "\n" },
		{ "x\r\n\r\n", "\n" },
	};
	struct message a = memory_message("a", slice_str(mail_a));
	const char *path = in_dir(*state, "inbox");
	char want[512];

	for (size_t i = 0; i < nitems(t); i++) {
		struct place p;

		write_file(path, t[i].before, strlen(t[i].before), 0600);
		place_at(&p, path, 0);
		deliver(&p, &a, 1);
		assert_true(p.in->offset == strlen(t[i].before));
		place_leave(&p);
		(void)snprintf(want, sizeof(want), "%s%s%s", t[i].before, t[i].separator, form_a);
		assert_file_equal(path, want);
	}
	message_free(&a);
}

static void
test_each_batch_is_written_once(void **state)
{
	struct message a = memory_message("a", slice_str(mail_a));
	struct message b = memory_message("b", slice_str(mail_b));
	const char *path = in_dir(*state, "inbox");
	struct place p;

	place_at(&p, path, 0);
	deliver(&p, &a, 1);
	place_again(&p);
	deliver(&p, &b, 1);
	assert_int_equal(p.in->nitems, 1);
	assert_string_equal(p.in->items[0].key, "b");
	assert_true(p.in->offset == strlen(form_a));
	place_leave(&p);
	check_file_bytes(path,
	    slice_str("From a@example " DATE "\n"
		      "From: a@example\n\n>From the start\n\n"
		      "From b@example " DATE "\nFrom: b@example\n\nb\n\n"),
	    "inbox");
	message_free(&a);
	message_free(&b);
}

/* ---- the intent ---- */

/* Whether the file's bytes are those that the intent names, one message after the other. */
static void
check_intent(const char *path, const struct intent *in, size_t separator)
{
	char digest[DIGEST_HEX];
	size_t len, at = in->offset + separator;
	char *text = read_file(path, &len);
	struct mboxdigest d;

	mboxdigest_init(&d);
	for (size_t i = 0; i < in->nitems; i++) {
		struct slice form = { text + at, in->items[i].length };

		assert_true(in->items[i].length <= len - at);
		assert_true(memcmp(form.p, "From ", 5) == 0);
		mboxdigest_add(&d, form);
		assert_string_equal(mboxdigest_end(&d, digest), in->items[i].digest);
		at += form.len;
	}
	assert_true(at == len);
	mboxdigest_free(&d);
	free(text);
}

static void
test_the_intent_names_the_bytes_that_are_written(void **state)
{
	static const struct slice texts[] = { BYTES(""), BYTES("\n"), BYTES("x"),
		BYTES("A: b\n\n\0\377\r\n"), BYTES("From x\nFrom y\n>From z"), BYTES("\n\nFrom ") };
	const char *path = in_dir(*state, "inbox");
	struct message batch[2 * nitems(texts)];
	struct place p;
	char key[8];

	for (size_t i = 0; i < nitems(batch); i++) {
		const struct slice *text = &texts[i % nitems(texts)];

		(void)snprintf(key, sizeof(key), "k%zu", i);
		batch[i] = i < nitems(texts) ? memory_message(key, *text)
					     : file_message(key, *text, 64 * KiB);
	}
	write_file(path, "x\n", 2, 0600);
	place_at(&p, path, 0);
	deliver(&p, batch, nitems(batch));
	assert_int_equal(p.in->nitems, nitems(batch));
	assert_true(p.in->epoch == EPOCH && p.in->offset == 2);
	assert_string_equal(p.in->target, p.to->name);
	check_intent(path, p.in, 1);
	for (size_t i = 0; i < nitems(batch); i++) {
		(void)snprintf(key, sizeof(key), "k%zu", i);
		assert_string_equal(p.in->items[i].key, key);
		message_free(&batch[i]);
	}
	place_leave(&p);
}

/* More pieces, and longer ones, than one write takes. */
static void
test_large_batches_arrive_byte_for_byte(void **state)
{
	struct buf text = BUF_INIT(8 * MiB), want = BUF_INIT(32 * MiB);
	struct message *batch = calloc(300, sizeof(*batch));
	const char *path = in_dir(*state, "inbox");
	struct place p;

	assert_non_null(batch);
	for (size_t i = 0; i < 300; i++) {
		text.len = 0;
		assert_int_equal(buf_addf(&want, "From m%zu@example " DATE "\n", i), 0);
		for (struct buf *b = &text; b != NULL; b = b == &text ? &want : NULL) {
			const char *from = b == &want ? ">From" : "From";

			(void)buf_addf(b, "From: m%zu@example\n\n", i);
			for (size_t n = 0; n < (i == 7 || i == 8 ? 3000 : i % 9); n++)
				(void)buf_addf(b, "%s %zu\n%*zu\n", from, n, (int)(n % 100), i);
			if (i == 9 || i == 10)
				for (size_t n = 0; n < 60000; n++)
					(void)buf_addstr(b, "a line like any other\n");
		}
		assert_int_equal(buf_addch(&want, '\n'), 0);
		batch[i] = i % 2 == 0 ? memory_message("key", buf_slice(&text))
				      : file_message("key", buf_slice(&text), 64 * KiB);
	}
	place_at(&p, path, 0);
	deliver(&p, batch, 300);
	check_file_bytes(path, buf_slice(&want), "the mbox");
	check_intent(path, p.in, 0);
	place_leave(&p);
	for (size_t i = 0; i < 300; i++)
		message_free(&batch[i]);
	free(batch);
	buf_free(&text);
	buf_free(&want);
}

/* ---- durability ---- */

static void
test_commit_syncs_the_file_behind_its_last_byte(void **state)
{
	struct message a = memory_message("a", slice_str(mail_a));
	const char *path = in_dir(*state, "inbox");
	struct place p;
	struct stat st;

	for (int i = 1; i <= 2; i++) {
		memset(&synced, 0, sizeof(synced));
		place_at(&p, path, 0);
		deliver(&p, &a, 1);
		assert_int_equal(stat(path, &st), 0);
		assert_true(synced.ino == st.st_ino && synced.size == st.st_size);
		assert_true(st.st_size == (off_t)strlen(form_a) * i);
		if (i == 1)
			assert_int_equal(synced.dirs, 1); /* a new name must last, too */
		place_leave(&p);
	}
	message_free(&a);
}

static void
test_what_cannot_be_synced_is_not_committed(void **state)
{
	static const struct {
		int fails;
		enum errclass cls;
	} t[] = { { EIO, ERR_TEMP }, { ENOSPC, ERR_TEMP }, { EDQUOT, ERR_TEMP } };
	struct message a = memory_message("a", slice_str(mail_a));
	const char *path = in_dir(*state, "inbox");

	for (size_t i = 0; i < nitems(t); i++) {
		struct place p;

		write_file(path, "x\n\n", 3, 0600);
		place_at(&p, path, 0);
		put(&p, &a);
		assert_int_equal(prepare(&p), 0);
		synced.fails = t[i].fails;
		assert_int_equal(commit(&p), -1);
		assert_int_equal(p.e.cls, t[i].cls);
		assert_int_equal(undo(&p), -1); /* who knows what a power cut brings back? */
		synced.fails = 0;
		assert_locked(path, false);
		place_leave(&p);
		assert_file_equal(path, "x\n\n");
	}
	message_free(&a);
}

/* ---- abort ---- */

static void
test_abort_leaves_the_file_as_it_was(void **state)
{
	struct message a = memory_message("a", slice_str(mail_a));
	struct message b = memory_message("b", slice_str(mail_b));
	const char *path = in_dir(*state, "inbox");
	struct place p;

	write_file(path, "x", 1, 0600);
	place_at(&p, path, 0);
	assert_int_equal(undo(&p), 0); /* of nothing */
	put(&p, &a);
	assert_int_equal(undo(&p), 0); /* before prepare */
	put(&p, &a);
	assert_int_equal(prepare(&p), 0);
	assert_locked(path, true);
	assert_int_equal(undo(&p), 0); /* before commit */
	assert_locked(path, false);
	assert_file_equal(path, "x");
	place_again(&p);
	deliver(&p, &b, 1); /* the batch that was aborted is forgotten */
	assert_int_equal(p.in->nitems, 1);
	place_leave(&p);
	check_file_bytes(path, slice_str("x\n\nFrom b@example " DATE "\nFrom: b@example\n\nb\n\n"),
	    "after an abort");
	message_free(&a);
	message_free(&b);
}

static void
test_close_is_abort_when_nothing_was_committed(void **state)
{
	struct message a = memory_message("a", slice_str(mail_a));
	const char *path = in_dir(*state, "inbox");
	struct place p;

	write_file(path, "x", 1, 0600);
	place_at(&p, path, 0);
	put(&p, &a);
	assert_int_equal(prepare(&p), 0);
	place_leave(&p);
	assert_locked(path, false);
	assert_file_equal(path, "x");
	message_free(&a);
}

/* A limit on the file's size stands for a full disk: it cuts a write short at any byte. */
static int
commit_below(struct place *p, size_t most)
{
	struct rlimit old, low;
	int rc;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = most;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	rc = commit(p); /* nothing may be printed before the limit is gone again */
	if (setrlimit(RLIMIT_FSIZE, &old) == -1)
		abort();
	return rc;
}

static void
test_an_append_that_fails_half_way_is_taken_back(void **state)
{
	struct message batch[] = { memory_message("a", slice_str(mail_a)),
		memory_message("b", slice_str(mail_b)) };
	const char *path = in_dir(*state, "inbox");
	size_t whole = 3 + 1 + strlen(form_a) + strlen(form_b);
	char want[512];

	(void)snprintf(want, sizeof(want), "ab\n\n%s%s", form_a, form_b);
	for (size_t most = 3; most <= whole; most++) {
		struct place p;
		int rc;

		write_file(path, "ab\n", 3, 0600);
		place_at(&p, path, 0);
		put(&p, &batch[0]);
		put(&p, &batch[1]);
		assert_int_equal(prepare(&p), 0);
		rc = commit_below(&p, most);
		assert_row(rc == (most < whole ? -1 : 0), "a limit of %zu", most);
		if (rc == -1) {
			assert_int_equal(p.e.cls, ERR_TEMP);
			assert_int_equal(undo(&p), 0);
			assert_file_equal(path, "ab\n");
			place_again(&p); /* and when there is room again, all is well */
			deliver(&p, batch, 2);
		}
		place_leave(&p);
		assert_file_equal(path, want);
		assert_int_equal(count_names(*state), 1);
	}
	message_free(&batch[0]);
	message_free(&batch[1]);
}

static void
test_a_message_that_cannot_be_read_harms_nothing(void **state)
{
	struct message batch[] = { memory_message("a", slice_str(mail_a)),
		file_message("b", slice_str(mail_b), KiB) };
	const char *path = in_dir(*state, "inbox");
	struct place p;

	write_file(path, "x\n\n", 3, 0600);
	place_at(&p, path, 0);
	put(&p, &batch[0]);
	put(&p, &batch[1]);
	assert_int_equal(prepare(&p), 0);
	assert_int_equal(ftruncate(batch[1].fd, 7), 0);
	assert_int_equal(commit(&p), -1);
	assert_int_equal(p.e.cls, ERR_TEMP);
	assert_int_equal(undo(&p), 0);
	assert_file_equal(path, "x\n\n");

	place_again(&p);
	put(&p, &batch[0]);
	put(&p, &batch[1]);
	assert_int_equal(prepare(&p), -1);
	assert_locked(path, false);
	assert_int_equal(undo(&p), 0);
	place_leave(&p);
	assert_file_equal(path, "x\n\n");
	message_free(&batch[0]);
	message_free(&batch[1]);
}

/* ---- places that are no mbox ---- */

/* Delivers to a place that must be refused at open or at prepare. */
static void
check_refused(const char *path)
{
	struct message a = memory_message("a", slice_str(mail_a));
	char dotlock[6000];
	struct place p;

	place_at(&p, path, 0);
	if (p.d != NULL) {
		put(&p, &a);
		assert_row(prepare(&p) == -1, "%s", path);
		assert_int_equal(undo(&p), 0);
	}
	assert_row(p.e.cls == ERR_CREATE, "%.200s: class %d", path, (int)p.e.cls);
	assert_non_null(strstr(p.e.msg, "/"));
	place_leave(&p);
	(void)snprintf(dotlock, sizeof(dotlock), "%s.lock", path);
	assert_int_equal(access(dotlock, F_OK), -1);
	message_free(&a);
}

static void
test_what_is_no_regular_file_is_refused(void **state)
{
	const char *dir = in_dir(*state, "dir"), *fifo = in_dir(*state, "fifo");
	const char *sock = in_dir(*state, "sock"), *link = in_dir(*state, "link");
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *longest = malloc(5001);
	struct stat st;

	assert_int_equal(mkdir(dir, 0700), 0);
	check_refused(dir);
	check_refused(in_dir(*state, "dir/"));
	assert_int_equal(mkfifo(fifo, 0600), 0);
	check_refused(fifo);
	if (strlcpy(sun.sun_path, sock, sizeof(sun.sun_path)) < sizeof(sun.sun_path)) {
		assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
		check_refused(sock);
	}
	(void)close(fd);
	check_refused("/dev/null");
	check_refused(in_dir(*state, "missing/inbox"));
	write_file(in_dir(*state, "file"), "", 0, 0600);
	check_refused(in_dir(*state, "file/inbox"));
	assert_int_equal(symlink(dir, link), 0);
	check_refused(link);
	assert_non_null(longest);
	memset(longest, 'x', 5000);
	longest[0] = '/';
	longest[5000] = '\0';
	check_refused(longest);
	free(longest);
	assert_int_equal(lstat(fifo, &st), 0);
	assert_true(S_ISFIFO(st.st_mode));
	assert_int_equal(count_names(dir), 0);
}

static void
test_a_symbolic_link_of_our_own_is_followed(void **state)
{
	const char *path = in_dir(*state, "real/inbox"), *link = in_dir(*state, "inbox");
	struct message a = memory_message("a", slice_str(mail_a));
	struct place p;
	struct stat st;

	assert_int_equal(mkdir(in_dir(*state, "real"), 0700), 0);
	assert_int_equal(symlink("real/inbox", link), 0);
	check_refused(link); /* it leads nowhere */
	write_file(path, "x\n\n", 3, 0600);
	place_at(&p, link, 0);
	put(&p, &a);
	assert_int_equal(prepare(&p), 0);
	assert_locked(path, true); /* the file that others mean, too */
	assert_int_equal(commit(&p), 0);
	place_leave(&p);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	check_file_bytes(path,
	    slice_str("x\n\nFrom a@example " DATE "\n"
		      "From: a@example\n\n>From the start\n\n"),
	    "behind the link");
	message_free(&a);
}

static void
test_links_that_nobody_can_trust_are_refused(void **state)
{
	const char *path = in_dir(*state, "inbox"), *victim = in_dir(*state, "victim");
	struct message a = memory_message("a", slice_str(mail_a));
	struct place p;

	write_file(victim, "x\n\n", 3, 0600);
	assert_int_equal(symlink("loop", in_dir(*state, "loop")), 0);
	check_refused(in_dir(*state, "loop"));

	if (geteuid() == 0) { /* somebody else's: only root can make one */
		/* it appears when the place has been looked at */
		place_at(&p, path, 0);
		put(&p, &a);
		assert_int_equal(symlink(victim, path), 0);
		assert_int_equal(lchown(path, 12345, 12345), 0);
		assert_int_equal(prepare(&p), -1);
		assert_int_equal(p.e.cls, ERR_CREATE);
		place_leave(&p);
		check_refused(path);
	}
	assert_file_equal(victim, "x\n\n");
	message_free(&a);
}

/* ---- together with others ---- */

/* In a child that holds the lock: waits until we wait, too, and then does something. */
struct holder {
	const char *path, *fresh;
	int ready; /* tells that the lock is held */
};

static int
hold(struct holder *h)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(h->path, O_RDWR | O_APPEND | O_CLOEXEC);

	if (fd == -1 || fcntl(fd, F_SETLK, &fl) == -1 || write(h->ready, "x", 1) != 1)
		return -1;
	(void)usleep(250000);
	return fd;
}

static int
hold_and_append(void *arg)
{
	int fd = hold(arg);

	return fd != -1 && write(fd, "their last line", 15) == 15 ? 0 : 1;
}

static int
hold_and_replace(void *arg)
{
	struct holder *h = arg;

	return hold(h) != -1 && rename(h->fresh, h->path) == 0 ? 0 : 1;
}

static pid_t
start_holder(int (*fn)(void *), struct holder *h)
{
	int fds[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	h->ready = fds[1];
	assert_true((pid = fork()) != -1);
	if (pid == 0)
		_exit(fn(h));
	(void)close(fds[1]);
	assert_true(read(fds[0], &c, 1) == 1);
	(void)close(fds[0]);
	return pid;
}

static void
test_what_others_append_before_us_stays(void **state)
{
	struct message b = memory_message("b", slice_str(mail_b));
	struct holder h = { .path = in_dir(*state, "inbox") };
	struct place p;
	pid_t pid;

	write_file(h.path, "x\n\n", 3, 0600);
	pid = start_holder(hold_and_append, &h);
	place_at(&p, h.path, PATIENCE_MS);
	deliver(&p, &b, 1);
	assert_int_equal(wait_child(pid), 0);
	assert_true(p.in->offset == 3 + 15);
	place_leave(&p);
	check_file_bytes(h.path,
	    slice_str("x\n\ntheir last line\n\nFrom b@example " DATE "\n"
		      "From: b@example\n\nb\n\n"),
	    "after theirs");
	message_free(&b);
}

static void
test_a_file_that_was_replaced_gets_nothing(void **state)
{
	struct message a = memory_message("a", slice_str(mail_a));
	struct holder h = { .path = in_dir(*state, "inbox"), .fresh = in_dir(*state, "fresh") };
	struct place p;
	struct stat st;
	pid_t pid;
	int old;

	write_file(h.path, "old\n\n", 5, 0600);
	write_file(h.fresh, "", 0, 0600);
	old = open(h.path, O_RDONLY);
	pid = start_holder(hold_and_replace, &h);
	place_at(&p, h.path, PATIENCE_MS);
	deliver(&p, &a, 1);
	assert_int_equal(wait_child(pid), 0);
	place_leave(&p);
	assert_file_equal(h.path, form_a);
	assert_int_equal(fstat(old, &st), 0);
	assert_int_equal(st.st_size, 5);
	(void)close(old);
	message_free(&a);
}

static void
test_a_lock_that_others_keep_is_a_failure_for_now(void **state)
{
	struct message a = memory_message("a", slice_str(mail_a));
	struct holder h = { .path = in_dir(*state, "inbox") };
	struct place p;
	pid_t pid;

	write_file(h.path, "", 0, 0600);
	pid = start_holder(hold_and_append, &h);
	place_at(&p, h.path, 0);
	put(&p, &a);
	assert_int_equal(prepare(&p), -1);
	assert_int_equal(p.e.cls, ERR_TEMP);
	assert_int_equal(undo(&p), 0);
	assert_int_equal(wait_child(pid), 0);
	place_leave(&p);
	assert_file_equal(h.path, "their last line");
	assert_locked(h.path, false);
	message_free(&a);
}

/* Two deliveries at once, each with its own messages: all of them arrive, one behind the other. */
static int
deliver_some(void *path)
{
	int bad = 0;

	for (int i = 0; i < 3; i++) {
		struct message a = memory_message("a", slice_str(mail_a));
		struct place p;

		place_at(&p, path, PATIENCE_MS);
		bad += p.d == NULL || p.d->kind->put(p.d, &a, &p.e) == -1 || prepare(&p) == -1 ||
		       commit(&p) == -1;
		place_leave(&p);
		message_free(&a);
	}
	return bad;
}

static void
test_deliveries_at_the_same_time_do_not_mix(void **state)
{
	char *path = strdup(in_dir(*state, "inbox"));
	struct buf want = BUF_INIT(64 * KiB);
	pid_t pids[3];
	int gate[2];
	char c;

	assert_non_null(path);
	assert_int_equal(pipe(gate), 0);
	for (size_t i = 0; i < nitems(pids); i++) {
		assert_true((pids[i] = fork()) != -1);
		if (pids[i] == 0) { /* all of them start when the gate is closed */
			(void)close(gate[1]);
			_exit(read(gate[0], &c, 1) != 0 || deliver_some(path) != 0);
		}
	}
	(void)close(gate[0]);
	(void)close(gate[1]);
	for (size_t i = 0; i < nitems(pids); i++)
		assert_int_equal(wait_child(pids[i]), 0);
	for (size_t i = 0; i < 3 * nitems(pids); i++)
		(void)buf_addstr(&want, form_a);
	check_file_bytes(path, buf_slice(&want), "nine messages");
	assert_int_equal(count_names(*state), 1);
	buf_free(&want);
	free(path);
}

/* ---- names ---- */

static void
test_the_journals_name_of_a_target_finds_it_again(void **state)
{
	static const char *const none[] = { "", "mbox", "mboxes:/a", "mbo:/a", ":/a", "MBOX:/a" };
	struct dest *to = dest_new(deliver_kind_find("mbox"), "/a b:c"), *back;

	(void)state;
	assert_string_equal(to->name, "mbox:/a b:c");
	back = dest_parse(to->name);
	assert_non_null(back);
	assert_ptr_equal(back->kind, to->kind);
	assert_string_equal(back->place, "/a b:c");
	assert_string_equal(back->name, to->name);
	dest_free(back);
	dest_free(to);
	dest_free(NULL);
	assert_null(deliver_kind_find("mboxx"));
	assert_null(deliver_kind_find(""));
	for (size_t i = 0; i < nitems(none); i++)
		assert_null(dest_parse(none[i]));
}

int
main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		IN_DIR(test_a_new_mbox_is_private_and_holds_the_batch),
		IN_DIR(test_the_mode_of_a_file_that_exists_stays),
		IN_DIR(test_no_message_vanishes_into_the_one_before),
		IN_DIR(test_each_batch_is_written_once),
		IN_DIR(test_the_intent_names_the_bytes_that_are_written),
		IN_DIR(test_large_batches_arrive_byte_for_byte),
		IN_DIR(test_commit_syncs_the_file_behind_its_last_byte),
		IN_DIR(test_what_cannot_be_synced_is_not_committed),
		IN_DIR(test_abort_leaves_the_file_as_it_was),
		IN_DIR(test_close_is_abort_when_nothing_was_committed),
		IN_DIR(test_an_append_that_fails_half_way_is_taken_back),
		IN_DIR(test_a_message_that_cannot_be_read_harms_nothing),
		IN_DIR(test_what_is_no_regular_file_is_refused),
		IN_DIR(test_a_symbolic_link_of_our_own_is_followed),
		IN_DIR(test_links_that_nobody_can_trust_are_refused),
		IN_DIR(test_what_others_append_before_us_stays),
		IN_DIR(test_a_file_that_was_replaced_gets_nothing),
		IN_DIR(test_a_lock_that_others_keep_is_a_failure_for_now),
		IN_DIR(test_deliveries_at_the_same_time_do_not_mix),
		cmocka_unit_test(test_the_journals_name_of_a_target_finds_it_again),
	};

	log_set_level(LOG_QUIET);
	(void)signal(SIGXFSZ, SIG_IGN); /* a limit shows as an errno */
	(void)alarm(300);               /* no FIFO and no lock may hold us up */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
