/* What a delivery that was cut short has left: whole messages are known, no foreign byte is cut. */
#include "unit.h"

#include "delivery.h"
#include "util/log.h"

/* ---- a delivery, and what it would have written ---- */

static const char *const mails[] = {
	"From: a@example\nSubject: one\n\nFrom the start\n"
	"and on for a while, so that other programs' messages can be shorter than this one of "
	"ours\n",
	"Return-Path: <b@example>\n\n\nno newline at the end",
	"X: y\n\n>From \n\n",
};

#define NMAILS nitems(mails)

struct begun {
	struct place p; /* its intent is what the journal would say */
	const char *path;
	struct slice before; /* what the mbox held: S bytes */
	char *whole;         /* and what it holds when all has arrived */
	size_t len;
	size_t start;        /* of the first message: behind S and a separator */
	size_t ends[NMAILS]; /* of each */
	bool arrived[NMAILS];
};

/* Delivers the messages to a file with those bytes, and remembers all about it. */
static void
begin(struct begun *b, const char *path, struct slice before)
{
	struct message batch[NMAILS];
	size_t at;

	*b = (struct begun){ .path = path, .before = before };
	write_file(path, before.p, before.len, 0600);
	place_at(&b->p, path, 0);
	for (size_t i = 0; i < NMAILS; i++)
		batch[i] = i == 1 ? file_message("b", slice_str(mails[i]), KiB)
				  : memory_message(i == 0 ? "a" : "c", slice_str(mails[i]));
	deliver(&b->p, batch, NMAILS);
	for (size_t i = 0; i < NMAILS; i++)
		message_free(&batch[i]);
	b->whole = read_file(path, &b->len);
	at = b->len;
	for (size_t i = NMAILS; i-- > 0; at -= b->p.in->items[i].length)
		b->ends[i] = at;
	b->start = at;
	assert_true(at >= before.len && at <= before.len + 2);
}

static void
end(struct begun *b)
{
	free(b->whole);
	place_leave(&b->p);
}

static int
recover(struct begun *b)
{
	const struct deliver_kind *kind = b->p.to->kind;

	memset(b->arrived, 0, sizeof(b->arrived));
	b->p.e = (struct error)NO_ERROR;
	return kind->recover(b->p.to, &b->p.params, b->p.in, b->arrived, &b->p.e);
}

/* How many of the messages have arrived: always the first ones. */
static size_t
count_arrived(const struct begun *b)
{
	size_t n = 0;

	while (n < NMAILS && b->arrived[n])
		n++;
	for (size_t i = n; i < NMAILS; i++)
		assert_false(b->arrived[i]);
	return n;
}

/* How many messages are whole when the append ends there. */
static size_t
count_whole(const struct begun *b, size_t cut)
{
	size_t n = 0;

	while (n < NMAILS && b->ends[n] <= cut)
		n++;
	return n;
}

/* The mbox holds the beginning of the append up to cut, and then tail. */
static void
leave_behind(const struct begun *b, size_t cut, const char *tail)
{
	struct buf text = BUF_INIT(MiB);

	assert_int_equal(buf_append(&text, b->whole, cut), 0);
	assert_int_equal(buf_addstr(&text, tail), 0);
	write_file(b->path, text.p, text.len, 0600);
	buf_free(&text);
}

static void
check_unchanged(const struct begun *b, size_t cut, const char *tail)
{
	struct buf want = BUF_INIT(MiB);
	char about[200];

	(void)snprintf(
	    about, sizeof(about), "cut at %zu of %zu, then \"%.100s\"", cut, b->len, tail);
	assert_int_equal(buf_append(&want, b->whole, cut), 0);
	assert_int_equal(buf_addstr(&want, tail), 0);
	check_file_bytes(b->path, buf_slice(&want), about);
	buf_free(&want);
}

/* What there may be in an mbox before; each asks for another separator. */
static const struct slice befores[] = {
	BYTES(""),
	BYTES("From x@example Mon Jan  1 00:00:00 2001\n\nold\n\n"),
	BYTES("From x@example Mon Jan  1 00:00:00 2001\n\nold\n"),
	BYTES("From x@example Mon Jan  1 00:00:00 2001\n\nold"),
	/* an older one of our own, of the same second, and cut short */
	BYTES("From a@example " DATE "\nFrom: a@example\nSubj"),
};

/* ---- a crash ---- */

static void
test_a_cut_at_any_byte_leaves_the_whole_messages(void **state)
{
	const char *path = in_dir(*state, "inbox");
	struct begun b;
	char about[64];

	for (size_t i = 0; i < nitems(befores); i++) {
		begin(&b, path, befores[i]);
		for (size_t cut = befores[i].len; cut <= b.len; cut++) {
			size_t n = count_whole(&b, cut),
			       left = n > 0 ? b.ends[n - 1] : b.before.len;

			if (cut <= b.start)
				left = cut; /* newlines do no harm */
			leave_behind(&b, cut, "");
			for (int again = 0; again < 2; again++) { /* as often as one likes */
				(void)snprintf(about, sizeof(about),
				    "before %zu, cut at %zu of %zu", i, cut, b.len);
				assert_row(recover(&b) == 0, "%s: %s", about, b.p.e.msg);
				assert_row(count_arrived(&b) == n, "%s", about);
				check_file_bytes(path, (struct slice){ b.whole, left }, about);
			}
		}
		end(&b);
	}
	assert_int_equal(count_names(*state), 1); /* and no lock */
}

/* The next delivery makes one mbox of it, whatever was left. */
static void
test_the_next_delivery_goes_on_where_recovery_ended(void **state)
{
	const char *path = in_dir(*state, "inbox");
	struct begun b;

	for (size_t i = 0; i < nitems(befores); i++) {
		begin(&b, path, befores[i]);
		for (size_t cut = befores[i].len; cut <= b.len; cut += 7) {
			struct message rest[NMAILS];
			struct place p;
			size_t n;

			leave_behind(&b, cut, "");
			assert_int_equal(recover(&b), 0);
			n = count_arrived(&b);
			place_at(&p, path, 0);
			for (size_t m = n; m < NMAILS; m++) {
				rest[m] = memory_message("key", slice_str(mails[m]));
				put(&p, &rest[m]);
			}
			if (n < NMAILS)
				assert_row(prepare(&p) == 0 && commit(&p) == 0, "%s", p.e.msg);
			place_leave(&p);
			for (size_t m = n; m < NMAILS; m++)
				message_free(&rest[m]);
			check_file_bytes(path, (struct slice){ b.whole, b.len }, "in the end");
		}
		end(&b);
	}
}

static void
test_what_has_arrived_is_synced_before_it_counts(void **state)
{
	const char *path = in_dir(*state, "inbox");
	struct begun b;
	struct stat st;

	begin(&b, path, befores[1]);
	leave_behind(&b, b.ends[0], "");
	memset(&synced, 0, sizeof(synced));
	assert_int_equal(recover(&b), 0);
	assert_int_equal(count_arrived(&b), 1);
	assert_int_equal(stat(path, &st), 0);
	assert_true(synced.ino == st.st_ino && synced.size == st.st_size && synced.dirs == 1);

	leave_behind(&b, b.len, "");
	synced.fails = EIO;
	assert_int_equal(recover(&b), -1);
	assert_int_equal(b.p.e.cls, ERR_TEMP);
	synced.fails = 0;

	leave_behind(&b, b.ends[0] + 20, ""); /* a cut that may not last is none */
	synced.fails = EIO;
	assert_int_equal(recover(&b), -1);
	synced.fails = 0;
	end(&b);
}

/* A large batch, of which the middle message is cut in its middle. */
static void
test_messages_longer_than_a_chunk_are_recognised(void **state)
{
	static const size_t cuts[] = { 1, 60000, 65535, 65536, 65537, 131072, 199999 };
	const char *path = in_dir(*state, "inbox");
	struct buf text = BUF_INIT(MiB);
	struct message batch[3];
	bool arrived[3];
	struct place p;
	char *whole;
	size_t len, first;

	while (text.len < 200000)
		(void)buf_addf(&text, "line %zu From here\n", text.len);
	for (size_t i = 0; i < nitems(batch); i++)
		batch[i] = file_message("key", buf_slice(&text), 64 * KiB);
	place_at(&p, path, 0);
	deliver(&p, batch, nitems(batch));
	whole = read_file(path, &len);
	first = p.in->items[0].length;
	for (size_t i = 0; i < nitems(cuts); i++) {
		memset(arrived, 0, sizeof(arrived));
		write_file(path, whole, first + cuts[i], 0600);
		assert_int_equal(p.to->kind->recover(p.to, &p.params, p.in, arrived, &p.e), 0);
		assert_true(arrived[0] && !arrived[1] && !arrived[2]);
		check_file_bytes(path, (struct slice){ whole, first }, "the first");
	}
	/* another program's mail in its middle, at the border of what is read at once */
	for (size_t at = 65480; at < 65560; at++) {
		static const char other[] =
		    "\nFrom o@example Mon Jan  1 00:00:00 2001\n\nother\n\n";

		text.len = 0;
		assert_int_equal(buf_append(&text, whole, first + at), 0);
		assert_int_equal(buf_addstr(&text, other), 0);
		write_file(path, text.p, text.len, 0600);
		memset(arrived, 0, sizeof(arrived));
		assert_int_equal(p.to->kind->recover(p.to, &p.params, p.in, arrived, &p.e), 0);
		assert_true(arrived[0] && !arrived[1]);
		check_file_bytes(path, buf_slice(&text), "with another's mail");
	}
	free(whole);
	place_leave(&p);
	for (size_t i = 0; i < nitems(batch); i++)
		message_free(&batch[i]);
	buf_free(&text);
}

/* ---- other programs ---- */

static size_t
count_same(const char *a, const char *b)
{
	size_t n = 0;

	while (a[n] != '\0' && a[n] == b[n])
		n++;
	return n;
}

static void
test_the_mail_of_others_behind_ours_is_never_cut(void **state)
{
	static const char *const theirs[] = {
		"From o@example Mon Jan  1 00:00:00 2001\n\nother\n\n",
		"\nFrom o@example Mon Jan  1 00:00:00 2001\n\nother\n\n",
		"\n\nFrom o@example Mon Jan  1 00:00:00 2001\n\nother\n",
		"\n\nFrom o@example Mon Jan  1 00:00:00 2001\n\nother, much longer than what we "
		"would have written: 0123456789 0123456789 0123456789 0123456789 0123456789\n\n",
		"\nFrom o@example Mon Jan  1 2001\n\nanother date\n\n",
		"\nFrom o@example " DATE "\n\nof the same second\n\n",
	};
	const char *path = in_dir(*state, "inbox");
	struct begun b;

	for (size_t i = 0; i < nitems(befores); i++) {
		begin(&b, path, befores[i]);
		for (size_t t = 0; t < nitems(theirs); t++)
			for (size_t cut = b.start + 1; cut <= b.len; cut++) {
				/* the newlines that end ours may be theirs */
				size_t same = count_same(b.whole + cut, theirs[t]);
				size_t n = count_whole(&b, cut + same);

				leave_behind(&b, cut, theirs[t]);
				assert_int_equal(recover(&b), 0);
				assert_row(count_arrived(&b) == n, "cut at %zu", cut);
				check_unchanged(&b, cut, theirs[t]);
			}
		end(&b);
	}
}

static void
test_what_others_wrote_in_our_place_is_never_cut(void **state)
{
	static const char *const theirs[] = {
		"x",
		"Fx",
		"From: a@example\n",
		"From o@example Mon Jan  1 00:00:00 2001\n", /* and there it was cut */
		"From o@example Mon Jan  1 00:00:00 2001\n\nother\n\n",
		"From a@example " DATE " \n\nnearly our date\n\n",
		"From  " DATE "\n\nno sender\n\n",
		"From o@example " DATE "\n\nof the same second\n\n",
		"From a@example " DATE "\n\n\n",
		"From o@example Mon Jan  1 00",
		"From o@example\n",
		"From o@example Tue Nov 14\n",
		"other lines\nFrom a@example " DATE "\nFrom: a@example\n",
		"\nFrom o@example Mon Jan  1 00:00:00 2001\n\nother\n\n",
	};
	const char *path = in_dir(*state, "inbox");
	struct begun b;

	for (size_t i = 0; i < 4; i++) {
		begin(&b, path, befores[i]);
		for (size_t t = 0; t < nitems(theirs); t++) {
			leave_behind(&b, b.start, theirs[t]);
			assert_int_equal(recover(&b), 0);
			assert_int_equal(count_arrived(&b), 0);
			check_unchanged(&b, b.start, theirs[t]);
			leave_behind(&b, b.before.len, theirs[t]); /* without our separator */
			assert_int_equal(recover(&b), 0);
			assert_int_equal(count_arrived(&b), 0);
			check_unchanged(&b, b.before.len, theirs[t]);
			leave_behind(&b, b.ends[0], theirs[t]);
			assert_int_equal(recover(&b), 0);
			assert_int_equal(count_arrived(&b), 1);
			check_unchanged(&b, b.ends[0], theirs[t]);
		}
		end(&b);
	}
}

static void
test_a_message_that_was_changed_is_not_ours(void **state)
{
	const char *path = in_dir(*state, "inbox");
	struct begun b;

	begin(&b, path, befores[1]);
	for (size_t at = b.start; at < b.ends[0]; at++) {
		b.whole[at] ^= 1;
		leave_behind(&b, b.len, "");
		assert_int_equal(recover(&b), 0);
		assert_int_equal(count_arrived(&b), 0);
		check_unchanged(&b, b.len, "");
		b.whole[at] ^= 1;
	}
	end(&b);
}

static void
test_an_mbox_that_has_become_shorter_is_left_alone(void **state)
{
	const char *path = in_dir(*state, "inbox");
	struct begun b;

	begin(&b, path, befores[1]);
	for (size_t size = 0; size < befores[1].len; size++) {
		leave_behind(&b, size, "");
		assert_int_equal(recover(&b), 0);
		assert_int_equal(count_arrived(&b), 0);
		check_unchanged(&b, size, "");
	}
	end(&b);
}

static void
test_without_an_mbox_nothing_has_arrived(void **state)
{
	const char *path = in_dir(*state, "inbox");
	struct begun b;

	begin(&b, path, befores[0]);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(recover(&b), 0);
	assert_int_equal(count_arrived(&b), 0);
	assert_int_equal(count_names(*state), 0); /* nor is one made */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(recover(&b), -1);
	assert_int_equal(b.p.e.cls, ERR_CREATE);
	assert_int_equal(rmdir(path), 0);
	end(&b);
}

static void
test_an_intent_of_nothing_changes_nothing(void **state)
{
	const char *path = in_dir(*state, "inbox");
	struct begun b;

	begin(&b, path, befores[1]);
	place_again(&b.p);
	b.p.in->offset = befores[1].len;
	assert_int_equal(recover(&b), 0);
	check_unchanged(&b, b.len, "");
	end(&b);
}

/* A journal is text: its numbers may say anything. */
static void
test_no_number_of_an_intent_leads_astray(void **state)
{
	static const uint64_t numbers[] = { 0, 1, 2, 100, INT32_MAX, UINT32_MAX, INT64_MAX - 1,
		INT64_MAX };
	const char *path = in_dir(*state, "inbox");
	struct begun b;

	begin(&b, path, befores[1]);
	for (size_t i = 0; i < nitems(numbers); i++)
		for (size_t j = 0; j < nitems(numbers); j++) {
			struct intent *in = b.p.in;
			uint64_t length = in->items[0].length, offset = in->offset;

			in->offset = numbers[i];
			in->items[0].length = numbers[j];
			leave_behind(&b, b.len, "");
			assert_int_equal(recover(&b), 0);
			assert_int_equal(count_arrived(&b), 0);
			check_unchanged(&b, b.len, "");
			in->offset = offset;
			in->items[0].length = length;
		}
	end(&b);
}

/* ---- locks ---- */

/* In a child that waits for its parent's lock. */
static int
recover_in_vain(void *arg)
{
	struct begun *b = arg;

	return recover(b) == -1 && b->p.e.cls == ERR_TEMP && count_arrived(b) == 0 ? 0 : 1;
}

static void
test_nothing_is_looked_at_while_others_hold_the_lock(void **state)
{
	struct flock fl = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	const char *path = in_dir(*state, "inbox");
	struct begun b;
	int fd;

	begin(&b, path, befores[1]);
	leave_behind(&b, b.ends[0] + 20, "");
	assert_true((fd = open(path, O_RDWR | O_CLOEXEC)) != -1);
	assert_int_equal(fcntl(fd, F_SETLK, &fl), 0);
	assert_int_equal(in_child(recover_in_vain, &b), 0);
	check_unchanged(&b, b.ends[0] + 20, "");
	(void)close(fd);
	assert_int_equal(recover(&b), 0);
	check_unchanged(&b, b.ends[0], "");
	end(&b);
}

int
main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		IN_DIR(test_a_cut_at_any_byte_leaves_the_whole_messages),
		IN_DIR(test_the_next_delivery_goes_on_where_recovery_ended),
		IN_DIR(test_what_has_arrived_is_synced_before_it_counts),
		IN_DIR(test_messages_longer_than_a_chunk_are_recognised),
		IN_DIR(test_the_mail_of_others_behind_ours_is_never_cut),
		IN_DIR(test_what_others_wrote_in_our_place_is_never_cut),
		IN_DIR(test_a_message_that_was_changed_is_not_ours),
		IN_DIR(test_an_mbox_that_has_become_shorter_is_left_alone),
		IN_DIR(test_without_an_mbox_nothing_has_arrived),
		IN_DIR(test_an_intent_of_nothing_changes_nothing),
		IN_DIR(test_no_number_of_an_intent_leads_astray),
		IN_DIR(test_nothing_is_looked_at_while_others_hold_the_lock),
	};

	log_set_level(LOG_QUIET);
	(void)alarm(300);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
