/* The state file: what is appended is found again, whatever a crash leaves of it. */
#include "unit.h"

#include <signal.h>
#include <sys/resource.h>

#include "state/journal.h"
#include "util/log.h"

#define HEADER "haulmail journal 1\n"
#define DIGEST "0123456789abcdef0123456789abcdef"

static struct journal *
open_journal(const char *path)
{
	struct error e = NO_ERROR;
	struct journal *j = journal_open(path, false, false, &e);

	if (j == NULL)
		print_error("%s\n", e.msg);
	assert_non_null(j);
	assert_int_equal(e.cls, ERR_OK);
	return j;
}

static struct journal *
open_text(const char *path, const char *text)
{
	write_file(path, text, strlen(text), 0600);
	return open_journal(path);
}

static void
sync_and_close(struct journal *j)
{
	struct error e = NO_ERROR;

	assert_int_equal(journal_sync(j, &e), 0);
	journal_close(j);
}

static struct journal_record
find(struct journal *j, const char *key)
{
	char *copy = exact_copy(key);
	struct journal_record r = journal_find(j, (struct slice){ copy, strlen(key) });

	free(copy);
	return r;
}

static bool
has_part(const struct journal *j, const char *key, const char *target)
{
	return journal_has_part(j, slice_str(key), target);
}

/* ---- appending and finding ---- */

static void
test_a_new_journal_has_its_header_and_is_private(void **state)
{
	const char *path = in_dir(*state, "a/b/journal");
	struct stat st;

	journal_close(open_journal(path));
	assert_file_equal(path, HEADER);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	journal_close(open_journal(path));
	assert_file_equal(path, HEADER);
}

static void
test_what_was_appended_is_found_by_the_next_run(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct journal *j = open_journal(path);
	struct journal_record r;

	journal_seen(j, "uid1", 1700000000);
	journal_skip(j, "uid2", DIGEST);
	journal_fail(j, "uid3", 2, 1700000001, "the server said no");
	journal_part(j, "uid4", "mbox:/in box");
	journal_gone(j, "uid5");
	assert_int_equal(find(j, "uid1").kind, JOURNAL_UNKNOWN); /* for the next run */
	sync_and_close(j);
	assert_file_equal(path, HEADER "seen uid1 1700000000\nskip uid2 " DIGEST "\n"
				       "fail uid3 2 1700000001 the\\040server\\040said\\040no\n"
				       "part uid4 mbox:/in\\040box\ngone uid5\n");

	j = open_journal(path);
	r = find(j, "uid1");
	assert_int_equal(r.kind, JOURNAL_SEEN);
	assert_int_equal(r.epoch, 1700000000);
	r = find(j, "uid2");
	assert_int_equal(r.kind, JOURNAL_SKIP);
	assert_slice_equal(r.detail, DIGEST);
	r = find(j, "uid3");
	assert_int_equal(r.kind, JOURNAL_FAIL);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.epoch, 1700000001);
	assert_slice_equal(r.detail, "the\\040server\\040said\\040no");
	assert_int_equal(find(j, "uid4").kind, JOURNAL_UNKNOWN);
	assert_int_equal(find(j, "uid5").kind, JOURNAL_UNKNOWN);
	assert_int_equal(find(j, "uid").kind, JOURNAL_UNKNOWN);
	assert_int_equal(find(j, "uid1 1700000000").kind, JOURNAL_UNKNOWN);
	assert_true(journal_has_parts(j));
	assert_true(has_part(j, "uid4", "mbox:/in box"));
	assert_false(has_part(j, "uid4", "mbox:/in"));
	assert_false(has_part(j, "uid1", "mbox:/in box"));
	assert_int_equal(journal_count(j), 3);
	journal_close(j);
}

static void
test_the_last_record_about_a_key_counts(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct journal *j = open_text(path, HEADER "fail a 1 5 x\nfail a 2 6 y\n"
						   "skip b " DIGEST "\nseen b 7\n"
						   "seen c 8\ngone c\n"
						   "seen d 8\ngone d\nseen d 9\n"
						   "gone e\n");

	assert_int_equal(find(j, "a").count, 2);
	assert_slice_equal(find(j, "a").detail, "y");
	assert_int_equal(find(j, "b").kind, JOURNAL_SEEN);
	assert_int_equal(find(j, "c").kind, JOURNAL_UNKNOWN);
	assert_int_equal(find(j, "d").epoch, 9);
	assert_int_equal(journal_count(j), 3);
	assert_false(journal_has_parts(j));
	journal_close(j);
}

static void
test_flushed_records_are_in_the_file_and_others_are_not(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct journal *j = open_journal(path);
	struct error e = NO_ERROR;

	journal_part(j, "a", "t:1");
	assert_file_equal(path, HEADER);
	assert_int_equal(journal_flush(j, &e), 0);
	assert_file_equal(path, HEADER "part a t:1\n");
	journal_seen(j, "a", 1);
	journal_close(j);
	assert_file_equal(path, HEADER "part a t:1\n");
}

static void
test_deliveries_without_an_end_are_unfinished(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct journal *j = open_journal(path);
	struct intent *in[4];
	const struct intent *left;

	for (size_t i = 0; i < nitems(in); i++) {
		in[i] = intent_new("mbox:/a", (int64_t)i);
		(void)strlcpy(intent_add(in[i], "uid:1")->digest, DIGEST, DIGEST_HEX);
		journal_intent(j, in[i]);
	}
	journal_done(j, in[0]->n);
	journal_void(j, in[2]->n);
	sync_and_close(j);

	j = open_journal(path);
	left = TAILQ_FIRST(journal_unfinished(j));
	assert_non_null(left);
	assert_int_equal(left->n, in[1]->n);
	assert_string_equal(left->items[0].key, "uid:1");
	left = TAILQ_NEXT(left, link);
	assert_non_null(left);
	assert_int_equal(left->n, in[3]->n);
	assert_null(TAILQ_NEXT(left, link));
	/* a new one is not taken for one of those */
	journal_intent(j, in[0]);
	assert_true(in[0]->n > in[3]->n);
	journal_close(j);
	for (size_t i = 0; i < nitems(in); i++)
		intent_free(in[i]);
}

static void
test_many_keys_are_found(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct journal *j = open_journal(path);
	char key[32];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(key, sizeof(key), "uid%d", i);
		journal_seen(j, key, i);
	}
	sync_and_close(j);
	j = open_journal(path);
	assert_int_equal(journal_count(j), 20000);
	for (int i = 0; i < 20000; i += 7) {
		(void)snprintf(key, sizeof(key), "uid%d", i);
		assert_int_equal(journal_find(j, slice_str(key)).epoch, i);
	}
	assert_int_equal(find(j, "uid20000").kind, JOURNAL_UNKNOWN);
	journal_close(j);
}

/* ---- what a crash leaves ---- */

static const char crashed[] =
    HEADER "seen a 1\nintent 1 mbox:/a 5 0 b:3:" DIGEST "\npart b mbox:/a\nseen b 22\ndone 1\n";

static void
test_a_file_cut_anywhere_loses_only_its_last_line(void **state)
{
	const char *path = in_dir(*state, "journal");

	for (size_t len = 0; len < sizeof(crashed); len++) {
		size_t whole = len;
		struct journal *j;
		char want[512];

		while (whole > 0 && crashed[whole - 1] != '\n')
			whole--;
		write_file(path, crashed, len, 0600);
		j = open_journal(path);
		(void)snprintf(want, sizeof(want), "%.*s", (int)whole, crashed);
		assert_int_equal(find(j, "a").kind, strstr(want, "seen a 1\n") ? JOURNAL_SEEN : 0);
		assert_int_equal(find(j, "b").kind, strstr(want, "seen b 22\n") ? JOURNAL_SEEN : 0);
		assert_int_equal(has_part(j, "b", "mbox:/a"), strstr(want, "part b") != NULL);
		assert_int_equal(TAILQ_EMPTY(journal_unfinished(j)),
		    strstr(want, "intent") == NULL || strstr(want, "done 1\n") != NULL);
		journal_seen(j, "c", 333);
		sync_and_close(j);
		(void)snprintf(want, sizeof(want), "%.*sseen c 333\n",
		    whole > 0 ? (int)whole : (int)strlen(HEADER), crashed);
		assert_file_equal(path, want);
	}
}

static void
test_a_tail_of_NULs_is_cut_off(void **state)
{
	const char *path = in_dir(*state, "journal");
	static const struct {
		struct slice text;
		const char *left;
	} t[] = {
		{ BYTES(HEADER "seen a 1\n\0\0\0\0"), HEADER "seen a 1\n" },
		{ BYTES(HEADER "seen a 1\nse\0\0"), HEADER "seen a 1\n" },
		{ BYTES(HEADER "seen a 1\n\0\0\nseen b 2\n"), HEADER "seen a 1\n" },
		{ BYTES("\0\0\0\0\0"), HEADER },
		{ BYTES("haulmail\0\0"), HEADER },
	};

	for (size_t i = 0; i < nitems(t); i++) {
		write_file(path, t[i].text.p, t[i].text.len, 0600);
		journal_close(open_journal(path));
		assert_file_equal(path, t[i].left);
	}
}

static void
test_a_crash_is_not_repaired_when_only_read(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct error e = NO_ERROR;
	struct journal *j;
	size_t len;

	write_file(path, crashed, sizeof(crashed) - 3, 0400);
	j = journal_open(path, true, false, &e);
	assert_non_null(j);
	assert_int_equal(find(j, "b").kind, JOURNAL_SEEN);
	assert_false(TAILQ_EMPTY(journal_unfinished(j)));
	journal_close(j);
	free(read_file(path, &len));
	assert_int_equal(len, sizeof(crashed) - 3);
}

static void
test_read_only_creates_nothing(void **state)
{
	const char *path = in_dir(*state, "a/journal");
	struct error e = NO_ERROR;
	struct journal *j = journal_open(path, true, false, &e);

	assert_non_null(j);
	assert_int_equal(journal_count(j), 0);
	assert_int_equal(find(j, "a").kind, JOURNAL_UNKNOWN);
	journal_close(j);
	assert_int_equal(access(in_dir(*state, "a"), F_OK), -1);
}

/* ---- other files ---- */

static void
test_what_is_no_journal_is_refused_and_untouched(void **state)
{
	const char *path = in_dir(*state, "journal");
	static const struct slice t[] = {
		BYTES("Dear diary,\n"),
		BYTES("haulmail journal 2\nseen a 1\n"),
		BYTES("haulmail journal 1 \n"),
		BYTES("haulmail journal\n"),
		BYTES("\n"),
		BYTES(" haulmail journal 1\n"),
		/* without a newline, or without one before a NUL: still somebody's file */
		BYTES("Dear diary"),
		BYTES("x"),
		BYTES("\177ELF\2\1\1\0\0\0\0\n more"),
	};

	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		struct journal *j;
		size_t len;
		char *text;

		write_file(path, t[i].p, t[i].len, 0600);
		j = journal_open(path, false, false, &e);
		text = read_file(path, &len);
		check_bytes(text, len, t[i].p, t[i].len, "untouched", __FILE__, __LINE__);
		free(text);
		assert_row(j == NULL && e.cls == ERR_CONFIG, "%s", t[i].p);
	}
}

static void
test_no_other_kind_of_file_is_opened(void **state)
{
	const char *link = in_dir(*state, "link"), *fifo = in_dir(*state, "fifo");
	const char *const t[] = { link, fifo, *state };

	assert_int_equal(symlink(in_dir(*state, "journal"), link), 0);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;

		assert_null(journal_open(t[i], false, false, &e));
		assert_true(e.cls == ERR_CREATE || e.cls == ERR_CONFIG);
	}
	assert_int_equal(access(in_dir(*state, "journal"), F_OK), -1);
}

static void
test_unknown_records_are_passed_over_and_kept(void **state)
{
	static const char text[] =
	    HEADER "seen a 1\nserver abc TOP\nseen\nseen b\nseen b x\n"
		   "fail c x 1 y\ndone x\nintent z\npart\npart a\n\nseen d 4\n";
	const char *path = in_dir(*state, "journal");
	struct journal *j = open_text(path, text);

	assert_int_equal(journal_count(j), 2);
	assert_int_equal(find(j, "a").kind, JOURNAL_SEEN);
	assert_int_equal(find(j, "d").kind, JOURNAL_SEEN);
	assert_int_equal(find(j, "b").kind, JOURNAL_UNKNOWN);
	sync_and_close(j);
	assert_file_equal(path, text);
}

/* ---- compacting ---- */

static bool
keep_but_dropped(void *ctx, struct slice key)
{
	(void)ctx;
	return key.len < 4 || memcmp(key.p, "drop", 4) != 0;
}

static void
test_the_last_server_counts(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct error e = NO_ERROR;
	struct journal *j = open_journal(path);

	assert_int_equal(journal_server(j).len, 0);
	journal_note_server(j, "d1", slice_str("TOP"));
	journal_note_server(j, "d2", slice_str(""));
	assert_int_equal(journal_sync(j, &e), 0);
	journal_close(j);
	j = open_journal(path);
	assert_slice_equal(journal_server(j), "d2 ");
	journal_close(j);
}

static void
test_compaction_keeps_what_is_live(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct error e = NO_ERROR;
	struct journal *j = open_text(path,
	    HEADER "server x OLD\nseen a 1\nserver y TOP UIDL\nseen drop1 1\nskip b " DIGEST
		   "\nfail c 1 2 x\nfail c 2 3 y\n"
		   "part d mbox:/a\npart a mbox:/a\npart drop2 mbox:/a\nseen e 1\ngone e\n"
		   "intent 4 mbox:/a 5 0 f:3:" DIGEST "\nintent 5 mbox:/a 5 0 g:3:" DIGEST
		   "\nvoid 5\nintent 6 mbox:/a 5 0 f:3:" DIGEST "\ndone 6\n");
	const struct intent *in;
	struct stat st;

	journal_seen(j, "h", 9); /* a record of this run */
	assert_int_equal(journal_sync(j, &e), 0);
	assert_int_equal(journal_compact(j, keep_but_dropped, NULL, &e), 0);
	journal_close(j);
	assert_int_equal(access(in_dir(*state, "journal.new"), F_OK), -1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);

	j = open_journal(path);
	assert_int_equal(find(j, "a").epoch, 1);
	assert_int_equal(find(j, "b").kind, JOURNAL_SKIP);
	assert_slice_equal(find(j, "b").detail, DIGEST);
	assert_int_equal(find(j, "c").count, 2);
	assert_slice_equal(find(j, "c").detail, "y");
	assert_true(has_part(j, "d", "mbox:/a"));
	assert_int_equal(find(j, "h").epoch, 9);
	assert_int_equal(find(j, "e").kind, JOURNAL_UNKNOWN);
	assert_int_equal(find(j, "drop1").kind, JOURNAL_UNKNOWN);
	assert_false(has_part(j, "drop2", "mbox:/a"));
	assert_int_equal(journal_count(j), 4);
	in = TAILQ_FIRST(journal_unfinished(j));
	assert_non_null(in);
	assert_int_equal(in->n, 4);
	assert_string_equal(in->items[0].key, "f");
	assert_null(TAILQ_NEXT(in, link));
	/* nothing dead is left */
	assert_slice_equal(journal_server(j), "y TOP UIDL");
	journal_close(j);
	assert_file_equal(path,
	    HEADER "server y TOP UIDL\nintent 4 mbox:/a 5 0 f:3:" DIGEST "\nseen a 1\n"
		   "skip b " DIGEST "\nfail c 2 3 y\npart d mbox:/a\n"
		   "seen h 9\n");
}

static void
test_what_a_crash_left_of_compaction_is_removed(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct error e = NO_ERROR;
	struct journal *j;

	write_file(in_dir(*state, "journal.new"), "my thesis", 9, 0600); /* no journal at all */
	journal_close(open_text(path, HEADER "seen a 1\n"));
	assert_file_equal(in_dir(*state, "journal.new"), "my thesis");
	write_file(in_dir(*state, "journal.new"), HEADER "see", sizeof(HEADER) + 2, 0600);
	j = open_text(path, HEADER "seen a 1\n");
	assert_int_equal(access(in_dir(*state, "journal.new"), F_OK), -1);
	assert_int_equal(journal_compact(j, keep_but_dropped, NULL, &e), 0);
	journal_close(j);
	assert_file_equal(path, HEADER "seen a 1\n");
	assert_int_equal(access(in_dir(*state, "journal.new"), F_OK), -1);
}

static void
test_a_file_is_stale_when_half_of_it_is_dead(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct journal *j = open_text(path, HEADER "seen a 1\ngone a\n");
	char key[32];

	assert_false(journal_is_stale(j, 0)); /* small */
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(key, sizeof(key), "uid%04d", i);
		journal_seen(j, key, 1700000000);
	}
	sync_and_close(j);

	j = open_journal(path);
	assert_false(journal_is_stale(j, 0));
	assert_false(journal_is_stale(j, 500));
	assert_true(journal_is_stale(j, 1500));
	assert_true(journal_is_stale(j, 2000));
	for (int i = 0; i < 1500; i++) {
		(void)snprintf(key, sizeof(key), "uid%04d", i);
		journal_gone(j, key);
	}
	sync_and_close(j);

	j = open_journal(path);
	assert_true(journal_is_stale(j, 0));
	journal_close(j);
}

static void
test_a_file_with_unknown_records_is_never_stale(void **state)
{
	const char *path = in_dir(*state, "journal");
	struct journal *j = open_text(path, HEADER "from-the-future a 1\n");

	for (int i = 0; i < 5000; i++)
		journal_gone(j, "a");
	sync_and_close(j);
	j = open_journal(path);
	assert_false(journal_is_stale(j, 0));
	journal_close(j);
}

/* ---- writes that fail ---- */

/* In a child: appends more than the limit lets through; the exit status tells what went wrong. */
static int
append_past_the_limit(void *arg)
{
	struct rlimit limit = { .rlim_cur = 100, .rlim_max = 100 };
	struct error e = NO_ERROR, again = NO_ERROR;
	struct journal *j = journal_open(arg, false, false, &e);
	char key[16];
	int rc = 0;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (j == NULL || setrlimit(RLIMIT_FSIZE, &limit) == -1)
		return 1;
	for (int i = 0; i < 20; i++) {
		(void)snprintf(key, sizeof(key), "uid%d", i);
		journal_seen(j, key, 1700000000);
	}
	if (journal_flush(j, &e) != -1)
		rc = 2;
	else if (e.cls != ERR_TEMP)
		rc = 3;
	journal_seen(j, "x", 1); /* that fits: the journal goes on */
	if (rc == 0 && journal_sync(j, &again) == -1)
		rc = 4;
	journal_close(j);
	return rc;
}

static void
test_a_write_that_fails_leaves_no_half_line(void **state)
{
	char path[1024]; /* not on the heap: to a child that exits it would be lost there */

	(void)strlcpy(path, in_dir(*state, "journal"), sizeof(path));
	journal_close(open_text(path, HEADER "seen a 1\n"));
	assert_int_equal(in_child(append_past_the_limit, path), 0);
	assert_file_equal(path, HEADER "seen a 1\nseen x 1\n");
}

/* A message deleted or marked as new lacks all targets again, until they have it anew. */
static void
test_gone_ends_the_parts_above_it(void **state)
{
	static const struct {
		const char *records;
		bool holds;
	} t[] = {
		{ "part a mbox:/a\n", true },
		{ "part a mbox:/a\nseen a 1\n", true },
		{ "part a mbox:/a\ngone a\n", false },
		{ "part a mbox:/a\nseen a 1\ngone a\n", false },
		{ "gone a\npart a mbox:/a\n", true },
		{ "part a mbox:/a\ngone a\npart a mbox:/a\n", true },
		{ "part a mbox:/a\ngone b\n", true },
	};
	const char *path = in_dir(*state, "journal");

	for (size_t i = 0; i < nitems(t); i++) {
		struct error e = NO_ERROR;
		char text[256];
		struct journal *j;

		(void)snprintf(text, sizeof(text), "%s%s", HEADER, t[i].records);
		j = open_text(path, text);
		assert_row(has_part(j, "a", "mbox:/a") == t[i].holds, "%s", t[i].records);
		assert_int_equal(journal_compact(j, keep_but_dropped, NULL, &e), 0);
		journal_close(j);
		j = open_journal(path); /* where it is seen, compacting leaves the parts out */
		if (find(j, "a").kind == JOURNAL_UNKNOWN)
			assert_row(has_part(j, "a", "mbox:/a") == t[i].holds, "%s", t[i].records);
		journal_close(j);
	}
}

#define in_a_dir(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		in_a_dir(test_a_new_journal_has_its_header_and_is_private),
		in_a_dir(test_what_was_appended_is_found_by_the_next_run),
		in_a_dir(test_the_last_record_about_a_key_counts),
		in_a_dir(test_flushed_records_are_in_the_file_and_others_are_not),
		in_a_dir(test_deliveries_without_an_end_are_unfinished),
		in_a_dir(test_many_keys_are_found),
		in_a_dir(test_a_file_cut_anywhere_loses_only_its_last_line),
		in_a_dir(test_a_tail_of_NULs_is_cut_off),
		in_a_dir(test_a_crash_is_not_repaired_when_only_read),
		in_a_dir(test_read_only_creates_nothing),
		in_a_dir(test_what_is_no_journal_is_refused_and_untouched),
		in_a_dir(test_no_other_kind_of_file_is_opened),
		in_a_dir(test_unknown_records_are_passed_over_and_kept),
		in_a_dir(test_the_last_server_counts),
		in_a_dir(test_compaction_keeps_what_is_live),
		in_a_dir(test_gone_ends_the_parts_above_it),
		in_a_dir(test_what_a_crash_left_of_compaction_is_removed),
		in_a_dir(test_a_file_is_stale_when_half_of_it_is_dead),
		in_a_dir(test_a_file_with_unknown_records_is_never_stale),
		in_a_dir(test_a_write_that_fails_leaves_no_half_line),
	};

	log_set_level(LOG_QUIET);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
