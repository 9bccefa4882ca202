/* The locks on an mbox: ours keep others out, theirs keep us out, and none outlives its holder. */
#include "unit.h"

#include <signal.h>
#include <sys/syscall.h>

#include "delivery.h"
#include "deliver/mboxlock.h"
#include "util/log.h"

#define SOON_MS 10000 /* what a loaded machine may take for nothing at all */

/* ---- systems that cannot give a name to a file without one ---- */

static bool no_linkat;

int
linkat(int from_dir, const char *from, int to_dir, const char *to, int flags)
{
	if (no_linkat) {
		errno = ENOENT; /* as where there is no /proc */
		return -1;
	}
	return (int)syscall(SYS_linkat, from_dir, from, to_dir, to, flags);
}

/* ---- the mbox ---- */

struct mailbox {
	char path[1024], dotlock[1040];
	int fd;
	struct mboxlock lock;
	struct error e;
};

static void
open_mailbox(struct mailbox *m, const char *dir)
{
	*m = (struct mailbox){ .fd = -1 };
	(void)snprintf(m->path, sizeof(m->path), "%s/inbox", dir);
	(void)snprintf(m->dotlock, sizeof(m->dotlock), "%s.lock", m->path);
	m->fd = open(m->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	assert_true(m->fd != -1);
}

static int
acquire(struct mailbox *m, enum mbox_lock_kind kind, int64_t wait_ms)
{
	m->e = (struct error)NO_ERROR;
	return mboxlock_acquire(&m->lock, m->fd, m->path, kind, clock_ms() + wait_ms, &m->e);
}

/* In a child: 0 when nobody holds the fcntl lock, 1 when somebody does. */
static int
try_fcntl(void *arg)
{
	const struct mailbox *m = arg;
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(m->path, O_RDWR | O_CLOEXEC);

	if (fd == -1)
		return 2;
	return fcntl(fd, F_SETLK, &fl) == 0 ? 0 : 1;
}

static void
assert_held(struct mailbox *m, bool by_fcntl, bool by_dotlock)
{
	assert_int_equal(in_child(try_fcntl, m), by_fcntl);
	assert_int_equal(access(m->dotlock, F_OK), by_dotlock ? 0 : -1);
	assert_int_equal(m->lock.fcntl, by_fcntl);
	assert_int_equal(m->lock.dotlock.path != NULL, by_dotlock);
}

/* ---- ours ---- */

static void
test_each_kind_takes_its_locks_and_leaves_nothing(void **state)
{
	static const struct {
		enum mbox_lock_kind kind;
		bool by_fcntl, by_dotlock;
	} t[] = {
		{ MBOX_LOCK_BOTH, true, true },
		{ MBOX_LOCK_FCNTL, true, false },
		{ MBOX_LOCK_DOTLOCK, false, true },
	};
	struct mailbox m;

	open_mailbox(&m, *state);
	for (size_t i = 0; i < 2 * nitems(t); i++) {
		const bool by_fcntl = t[i / 2].by_fcntl, by_dotlock = t[i / 2].by_dotlock;

		no_linkat = i % 2 == 1;
		assert_int_equal(acquire(&m, t[i / 2].kind, 0), 0);
		assert_held(&m, by_fcntl, by_dotlock);
		assert_int_equal(count_names(*state), 1 + by_dotlock);
		mboxlock_release(&m.lock);
		assert_held(&m, false, false);
		assert_int_equal(count_names(*state), 1);
		mboxlock_release(&m.lock); /* what is not held does not matter */
	}
	(void)close(m.fd);
}

static void
test_the_dotlock_says_whose_it_is(void **state)
{
	struct mailbox m;
	struct stat st;
	char want[32];

	open_mailbox(&m, *state);
	(void)snprintf(want, sizeof(want), "%ld\n", (long)getpid());
	for (int i = 0; i < 2; i++) {
		mode_t mask = umask(0);

		no_linkat = i == 1;
		assert_int_equal(acquire(&m, MBOX_LOCK_DOTLOCK, 0), 0);
		(void)umask(mask);
		assert_file_equal(m.dotlock, want);
		assert_int_equal(lstat(m.dotlock, &st), 0);
		assert_true(S_ISREG(st.st_mode) && st.st_nlink == 1);
		assert_int_equal(st.st_mode & 0400, 0400);
		assert_int_equal(st.st_mode & 07133, 0); /* nobody else may write our number */
		mboxlock_release(&m.lock);
	}
	(void)close(m.fd);
}

/* ---- theirs ---- */

struct holder {
	struct mailbox *m;
	bool by_fcntl, by_dotlock;
	int64_t ms;
	int ready;
};

/* A program that holds locks for a while; it makes them by its own means. */
static int
hold(void *arg)
{
	struct holder *h = arg;
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(h->m->path, O_RDWR | O_CLOEXEC), lock;
	char pid[32];

	if (fd == -1 || (h->by_fcntl && fcntl(fd, F_SETLK, &fl) == -1))
		return 1;
	if (h->by_dotlock) {
		int n = snprintf(pid, sizeof(pid), "%ld", (long)getpid());

		lock = open(h->m->dotlock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
		if (lock == -1 || write(lock, pid, (size_t)n) != n)
			return 2;
	}
	if (write(h->ready, "x", 1) != 1)
		return 3;
	(void)usleep((useconds_t)h->ms * 1000);
	return h->by_dotlock && unlink(h->m->dotlock) == -1 ? 4 : 0;
}

static pid_t
start_holder(struct holder *h)
{
	int fds[2];
	pid_t pid;
	char c;

	assert_int_equal(pipe(fds), 0);
	h->ready = fds[1];
	assert_true((pid = fork()) != -1);
	if (pid == 0)
		_exit(hold(h));
	(void)close(fds[1]);
	assert_true(read(fds[0], &c, 1) == 1);
	(void)close(fds[0]);
	return pid;
}

static void
end_holder(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	(void)wait_child(pid);
}

static void
test_a_lock_that_stays_is_waited_for_no_longer_than_allowed(void **state)
{
	static const struct {
		bool by_fcntl, by_dotlock;
		enum mbox_lock_kind kind;
	} t[] = {
		{ true, false, MBOX_LOCK_BOTH },
		{ true, false, MBOX_LOCK_FCNTL },
		{ false, true, MBOX_LOCK_BOTH },
		{ false, true, MBOX_LOCK_DOTLOCK },
	};
	struct mailbox m;

	open_mailbox(&m, *state);
	for (size_t i = 0; i < nitems(t); i++)
		for (int64_t wait = 0; wait <= 250; wait += 250) {
			struct holder h = { &m, t[i].by_fcntl, t[i].by_dotlock, 60000, -1 };
			pid_t pid = start_holder(&h);
			int64_t start = clock_ms(), took;
			char who[32];

			assert_int_equal(acquire(&m, t[i].kind, wait), -1);
			took = clock_ms() - start;
			assert_row(
			    took >= wait && took < wait + SOON_MS, "%zu: %d ms", i, (int)took);
			assert_int_equal(m.e.cls, ERR_TEMP);
			(void)snprintf(who, sizeof(who), "process %ld", (long)pid);
			assert_row(strstr(m.e.msg, who) != NULL, "%s", m.e.msg);
			assert_non_null(strstr(m.e.msg, m.path));
			assert_true(!m.lock.fcntl && m.lock.dotlock.path == NULL);
			assert_int_equal(access(m.dotlock, F_OK), t[i].by_dotlock ? 0 : -1);
			if (!t[i].by_fcntl) /* ours went when theirs was not to be had */
				assert_int_equal(in_child(try_fcntl, &m), 0);
			end_holder(pid);
			(void)unlink(m.dotlock);
			assert_int_equal(count_names(*state), 1);
		}
	(void)close(m.fd);
}

static void
test_a_lock_that_goes_is_waited_for(void **state)
{
	static const struct {
		bool by_fcntl, by_dotlock;
	} t[] = { { true, false }, { false, true }, { true, true } };
	struct mailbox m;

	open_mailbox(&m, *state);
	for (size_t i = 0; i < nitems(t); i++) {
		struct holder h = { &m, t[i].by_fcntl, t[i].by_dotlock, 250, -1 };
		pid_t pid = start_holder(&h);

		assert_row(acquire(&m, MBOX_LOCK_BOTH, 60000) == 0, "%s", m.e.msg);
		assert_int_equal(wait_child(pid), 0); /* its dotlock was there when it ended */
		assert_held(&m, true, true);
		mboxlock_release(&m.lock);
	}
	(void)close(m.fd);
}

/* The kinds do not know each other: that is why both are the default. */
static void
test_one_kind_does_not_keep_the_other_out(void **state)
{
	struct mailbox m;
	struct holder h = { &m, true, false, 60000, -1 };
	pid_t pid;

	open_mailbox(&m, *state);
	pid = start_holder(&h);
	assert_int_equal(acquire(&m, MBOX_LOCK_DOTLOCK, 0), 0);
	mboxlock_release(&m.lock);
	end_holder(pid);
	(void)close(m.fd);
}

/* ---- dotlocks that somebody left behind ---- */

/* A number that was a process's a moment ago. */
static pid_t
dead_pid(void)
{
	pid_t pid = fork();

	assert_true(pid != -1);
	if (pid == 0)
		_exit(0);
	assert_int_equal(wait_child(pid), 0);
	assert_true(kill(pid, 0) == -1 && errno == ESRCH);
	return pid;
}

static void
set_age(const char *path, int64_t seconds)
{
	struct timespec times[2] = { { .tv_sec = (time_t)(clock_epoch() - seconds) } };

	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void
test_a_dotlock_whose_holder_is_dead_is_broken_at_once(void **state)
{
	static const struct {
		const char *before, *behind;
	} t[] = { { "", "" }, { "", "\n" }, { " ", " \n" }, { "000", "\n" }, { "", "\nhost\n" } };
	char text[64], want[32];
	struct mailbox m;

	open_mailbox(&m, *state);
	(void)snprintf(want, sizeof(want), "%ld\n", (long)getpid());
	for (size_t i = 0; i < nitems(t); i++) {
		int64_t start = clock_ms();

		(void)snprintf(
		    text, sizeof(text), "%s%ld%s", t[i].before, (long)dead_pid(), t[i].behind);
		write_file(m.dotlock, text, strlen(text), 0444);
		assert_row(acquire(&m, MBOX_LOCK_BOTH, 60000) == 0, "%s", m.e.msg);
		assert_true(clock_ms() - start < SOON_MS);
		assert_file_equal(m.dotlock, want);
		mboxlock_release(&m.lock);
		write_file(m.dotlock, text, strlen(text), 0444); /* nor is there time to wait */
		assert_row(acquire(&m, MBOX_LOCK_DOTLOCK, 0) == 0, "%s", m.e.msg);
		mboxlock_release(&m.lock);
		assert_int_equal(count_names(*state), 1);
	}
	(void)close(m.fd);
}

static void
test_a_fresh_dotlock_without_a_number_is_respected(void **state)
{
	static const char *const texts[] = { "", "\n", "0", "0\n", "-1\n", "+1\n", "host:1\n",
		"99999999999999999999\n", "4294967297\n", "0x10\n", "1 2\n", "\n1\n",
		"123456789012345678901234567890" };
	struct mailbox m;

	open_mailbox(&m, *state);
	for (size_t i = 0; i < nitems(texts); i++) {
		write_file(m.dotlock, texts[i], strlen(texts[i]), 0644);
		assert_row(acquire(&m, MBOX_LOCK_DOTLOCK, 0) == -1, "\"%s\"", texts[i]);
		assert_int_equal(m.e.cls, ERR_TEMP);
		assert_non_null(strstr(m.e.msg, m.dotlock));
		assert_file_equal(m.dotlock, texts[i]);
	}
	(void)close(m.fd);
}

static void
test_a_dotlock_that_nobody_touches_for_five_minutes_is_broken(void **state)
{
	char self[32];
	const char *const texts[] = { "", "0", "no number", self };
	struct mailbox m;

	open_mailbox(&m, *state);
	(void)snprintf(self, sizeof(self), "%ld\n", (long)getppid()); /* lives, but forgot it */
	for (size_t i = 0; i < nitems(texts); i++) {
		write_file(m.dotlock, texts[i], strlen(texts[i]), 0644);
		set_age(m.dotlock, 240);
		assert_row(acquire(&m, MBOX_LOCK_DOTLOCK, 0) == -1, "\"%s\"", texts[i]);
		set_age(m.dotlock, -3600); /* from a machine whose clock is ahead */
		assert_row(acquire(&m, MBOX_LOCK_DOTLOCK, 0) == -1, "\"%s\"", texts[i]);
		set_age(m.dotlock, 301);
		assert_row(acquire(&m, MBOX_LOCK_DOTLOCK, 0) == 0, "\"%s\"", texts[i]);
		mboxlock_release(&m.lock);
		assert_int_equal(count_names(*state), 1);
	}
	(void)close(m.fd);
}

static void
test_what_is_no_file_is_a_lock_all_the_same(void **state)
{
	struct mailbox m;
	struct stat st;
	char text[32];

	open_mailbox(&m, *state);
	assert_int_equal(mkfifo(m.dotlock, 0600), 0);
	assert_int_equal(acquire(&m, MBOX_LOCK_DOTLOCK, 0), -1);
	assert_int_equal(unlink(m.dotlock), 0);

	assert_int_equal(mkdir(m.dotlock, 0700), 0);
	assert_int_equal(acquire(&m, MBOX_LOCK_DOTLOCK, 0), -1);
	set_age(m.dotlock, 3600); /* not to be removed, but not to be waited for without end */
	assert_int_equal(acquire(&m, MBOX_LOCK_DOTLOCK, 150), -1);
	assert_int_equal(m.e.cls, ERR_TEMP);
	assert_int_equal(lstat(m.dotlock, &st), 0);
	assert_int_equal(rmdir(m.dotlock), 0);

	/* a link is not followed: neither to be written, nor to be believed */
	(void)snprintf(text, sizeof(text), "%ld\n", (long)dead_pid());
	write_file(in_dir(*state, "victim"), text, strlen(text), 0600);
	assert_int_equal(symlink(in_dir(*state, "victim"), m.dotlock), 0);
	assert_int_equal(acquire(&m, MBOX_LOCK_DOTLOCK, 0), -1);
	assert_file_equal(in_dir(*state, "victim"), text);
	assert_int_equal(unlink(m.dotlock), 0);
	assert_int_equal(symlink(in_dir(*state, "missing"), m.dotlock), 0);
	assert_int_equal(acquire(&m, MBOX_LOCK_DOTLOCK, 0), -1);
	assert_int_equal(access(in_dir(*state, "missing"), F_OK), -1);
	(void)close(m.fd);
}

/* ---- directories that are not ours ---- */

/* In a child without root's rights: bit 0 for BOTH, 1 for DOTLOCK, 2 for FCNTL. */
static int
lock_without_dotlock(void *arg)
{
	struct mailbox *m = arg;
	int got = 0;

	if (geteuid() == 0 && (setgid(65534) == -1 || setuid(65534) == -1))
		return 64;
	if (acquire(m, MBOX_LOCK_BOTH, 0) == 0)
		got |= m->lock.fcntl && m->lock.dotlock.path == NULL ? 1 : 128;
	mboxlock_release(&m->lock);
	if (acquire(m, MBOX_LOCK_DOTLOCK, 0) == 0)
		got |= 2;
	else if (m->e.cls != ERR_TEMP || strstr(m->e.msg, m->dotlock) == NULL)
		got |= 32;
	mboxlock_release(&m->lock);
	if (acquire(m, MBOX_LOCK_FCNTL, 0) == 0)
		got |= 4;
	mboxlock_release(&m->lock);
	return got;
}

static void
test_without_a_right_to_make_dotlocks_fcntl_is_enough_for_both(void **state)
{
	struct mailbox m;

	open_mailbox(&m, *state);
	assert_int_equal(chmod(*state, 0555), 0);
	assert_int_equal(in_child(lock_without_dotlock, &m), 1 | 4);
	assert_int_equal(chmod(*state, 0700), 0);
	assert_int_equal(count_names(*state), 1);
	(void)close(m.fd);
}

static void
test_a_file_that_cannot_be_locked_is_a_failure(void **state)
{
	struct mailbox m;

	open_mailbox(&m, *state);
	(void)close(m.fd);
	m.fd = open(m.path, O_RDONLY | O_CLOEXEC); /* not for writing: no write lock */
	assert_int_equal(acquire(&m, MBOX_LOCK_BOTH, 0), -1);
	assert_int_equal(m.e.cls, ERR_TEMP);
	assert_non_null(strstr(m.e.msg, strerror(EBADF)));
	assert_int_equal(count_names(*state), 1);
	(void)close(m.fd);
}

/* ---- many at once ---- */

/* Counts up in a file, which goes wrong when two do it at the same time. */
static int
count_up(void *arg)
{
	struct mailbox *m = arg;
	int bad = 0;

	for (int i = 0; i < 3; i++) {
		char c = 0;

		if (acquire(m, MBOX_LOCK_DOTLOCK, 60000) == -1)
			return 100;
		bad += pread(m->fd, &c, 1, 0) != 1;
		(void)usleep(2000);
		c++;
		bad += pwrite(m->fd, &c, 1, 0) != 1;
		mboxlock_release(&m->lock);
	}
	return bad;
}

static void
count_together(const char *dir)
{
	struct mailbox m;
	pid_t pids[4];

	open_mailbox(&m, dir);
	(void)close(m.fd);
	write_file(m.path, "", 1, 0600); /* a zero */
	assert_true((m.fd = open(m.path, O_RDWR | O_CLOEXEC)) != -1);
	for (size_t i = 0; i < nitems(pids); i++) {
		assert_true((pids[i] = fork()) != -1);
		if (pids[i] == 0)
			_exit(count_up(&m));
	}
	for (size_t i = 0; i < nitems(pids); i++)
		assert_int_equal(wait_child(pids[i]), 0);
	assert_file_equal(m.path, "\014"); /* four times three */
	assert_int_equal(count_names(dir), 1);
	(void)close(m.fd);
}

static void
test_only_one_at_a_time_holds_a_dotlock(void **state)
{
	count_together(*state);
	no_linkat = true;
	count_together(*state);
}

static int
leave_dir(void **state)
{
	no_linkat = false;
	return remove_dir(state);
}

/* procmail's order. Has the dotlock when ready says so; ends when it has had the other one, too. */
static int
take_dotlock_first(const struct mailbox *m, int ready)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(m->path, O_RDWR | O_CLOEXEC);
	int dot = open(m->dotlock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);

	if (fd == -1 || dot == -1 || dprintf(dot, "%ld\n", (long)getpid()) <= 0 ||
	    write(ready, "", 1) != 1)
		return 1;
	(void)usleep(50000); /* so that we find it there, and may hold the other one */
	return fcntl(fd, F_SETLKW, &fl) == 0 && unlink(m->dotlock) == 0 ? 0 : 2;
}

static void
test_who_takes_them_the_other_way_round_is_let_through(void **state)
{
	struct mailbox m;
	int ready[2];
	pid_t pid;
	char c;

	open_mailbox(&m, *state);
	assert_int_equal(pipe(ready), 0);
	assert_true((pid = fork()) != -1);
	if (pid == 0)
		_exit(take_dotlock_first(&m, ready[1]));
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_row(acquire(&m, MBOX_LOCK_BOTH, SOON_MS / 2) == 0, "%s", m.e.msg);
	assert_held(&m, true, true);
	mboxlock_release(&m.lock);
	assert_int_equal(wait_child(pid), 0);
	(void)close(ready[0]);
	(void)close(ready[1]);
	(void)close(m.fd);
}

int
main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, leave_dir)
	const struct CMUnitTest tests[] = {
		IN_DIR(test_each_kind_takes_its_locks_and_leaves_nothing),
		IN_DIR(test_the_dotlock_says_whose_it_is),
		IN_DIR(test_a_lock_that_stays_is_waited_for_no_longer_than_allowed),
		IN_DIR(test_a_lock_that_goes_is_waited_for),
		IN_DIR(test_one_kind_does_not_keep_the_other_out),
		IN_DIR(test_a_dotlock_whose_holder_is_dead_is_broken_at_once),
		IN_DIR(test_a_fresh_dotlock_without_a_number_is_respected),
		IN_DIR(test_a_dotlock_that_nobody_touches_for_five_minutes_is_broken),
		IN_DIR(test_what_is_no_file_is_a_lock_all_the_same),
		IN_DIR(test_without_a_right_to_make_dotlocks_fcntl_is_enough_for_both),
		IN_DIR(test_a_file_that_cannot_be_locked_is_a_failure),
		IN_DIR(test_only_one_at_a_time_holds_a_dotlock),
		IN_DIR(test_who_takes_them_the_other_way_round_is_let_through),
	};

	log_set_level(LOG_QUIET);
	(void)alarm(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
