/* What a process in a sandbox can still do for the connections that it was made for. */
#include "unit.h"

#include <fcntl.h>
#include <sys/socket.h>

#include "net/needs.h"
#include "util/mem.h"

#include "confined.h"

/* Enters it for good: in a child. */
static bool
enter(const struct way *w, const char *ca)
{
	struct sandbox *s = sandbox_new();
	struct error e = NO_ERROR;
	int rc;

	net_needs(w, ca, s);
	rc = sandbox_enter(s, &e);
	sandbox_free(s);
	return rc == 0;
}

/* ---- servers of this machine ---- */

/* 0: the kernel lets us make a socket for one; else why not. */
static int
make_local_socket(void *way)
{
	int fd = enter(way, NULL) ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;

	return fd == -1 ? errno : 0;
}

static void
test_local_sockets(void **state)
{
	static const struct {
		struct way way;
		bool allowed;
	} rows[] = {
		{ { .to = { .host = "pop.example.org" } }, false },
		{ { .to = { .host = "localhost" } }, false },
		{ { .to = { .host = ".local" } }, false },
		{ { .to = { .host = "192.0.2.1" } }, false },
		/* a daemon is asked for those */
		{ { .to = { .host = "mail.local" } }, true },
		{ { .to = { .host = "mail.LOCAL" } }, true },
		{ { .socket = "/run/pop3" }, true },
	};

	(void)state;
	for (size_t i = 0; i < nitems(rows); i++) {
		int want = rows[i].allowed || !system_has("seccomp") ? 0 : EPERM;

		assert_int_equal(
		    in_child(make_local_socket, (void *)(uintptr_t)&rows[i].way), want);
	}
}

static void
test_a_program_prevents_it(void **state)
{
	const struct way way = { .command = "ssh mail" };
	struct sandbox *s = sandbox_new();
	struct buf words = BUF_INIT(KiB);

	(void)state;
	net_needs(&way, NULL, s);
	sandbox_describe(s, &words);
	assert_slice_equal(buf_slice(&words), "off: connect-command starts a program");
	buf_free(&words);
	sandbox_free(s);
}

/* ---- authorities ---- */

static bool
can_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd != -1)
		(void)close(fd);
	return fd != -1;
}

/* What can be read, as bits. */
static int
look_at_authorities(void *dir)
{
	static const struct way way = { .to = { .host = "pop.example.org" } };
	static const char *const paths[] = { "ca/plain", "ca/link", "far", "other" };
	int bits = 0;

	if (!enter(&way, in_dir(dir, "ca")))
		return 64;
	for (size_t i = 0; i < nitems(paths); i++)
		bits |= can_read(in_dir(dir, paths[i])) << i;
	return bits;
}

/* A directory of them has links to files elsewhere, and nothing else is there within reach. */
static void
test_authorities_elsewhere(void **state)
{
	assert_int_equal(mkdir(in_dir(*state, "ca"), 0700), 0);
	write_file(in_dir(*state, "ca/plain"), "x", 1, 0600);
	write_file(in_dir(*state, "far"), "x", 1, 0600);
	write_file(in_dir(*state, "other"), "x", 1, 0600);
	assert_int_equal(symlink("../far", in_dir(*state, "ca/link")), 0);
	assert_int_equal(in_child(look_at_authorities, *state), system_has("Landlock") ? 7 : 15);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local_sockets),
		cmocka_unit_test(test_a_program_prevents_it),
		cmocka_unit_test_setup_teardown(test_authorities_elsewhere, make_dir, remove_dir),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
