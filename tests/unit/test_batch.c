/* Messages that have arrived: bounded in memory, whole and apart from each other. */
#include "unit.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>

#include "engine/batch.h"
#include "util/clock.h"

/* The largest that certainly stays in memory: there is room for a chunk behind it. */
#define IN_MEMORY (BATCH_MEMORY_MAX - MESSAGE_CHUNK)

/* ---- messages that tell who they are ---- */

static char
byte_of(size_t who, uint64_t at)
{
	return (char)(who * 31 + at * 7 + at / 251 + at / 65536);
}

/* Lets bytes of a message arrive, at most so many at a time. */
static int
arrive(struct batch *b, size_t who, uint64_t len, size_t step, struct error *e)
{
	for (uint64_t left = len; left > 0;) {
		uint64_t at = batch_arriving(b);
		char *room;
		size_t n;

		if (batch_room(b, &room, &n, e) == -1)
			return -1;
		assert_true(n >= MESSAGE_CHUNK);
		n = MIN(MIN(n, step), left);
		for (size_t i = 0; i < n; i++)
			room[i] = byte_of(who, at + i);
		batch_grow(b, n);
		left -= n;
		assert_true(batch_arriving(b) == at + n);
	}
	return 0;
}

static void
check_message(const struct message *m, size_t who, uint64_t len)
{
	struct message_cursor c = { .at = 0 };
	struct error e = NO_ERROR;
	struct slice got;
	bool final = len == 0;

	assert_true(m->length == len);
	assert_true(m->head.len == (m->fd == -1 ? len : BATCH_HEAD_MAX));
	for (size_t i = 0; i < m->head.len; i++)
		assert_true(m->head.p[i] == byte_of(who, i));
	while (!final) {
		assert_row(message_next(m, &c, &got, &final, &e) == 0, "%s", e.msg);
		assert_true(got.len > 0);
		for (size_t i = 0; i < got.len; i++)
			assert_row(got.p[i] == byte_of(who, c.at + i), "message %zu, byte %llu",
			    who, (unsigned long long)(c.at + i));
		c.at += got.len;
	}
	assert_true(c.at == len);
	message_cursor_free(&c);
}

/* One whole message more; its key and its entry say who it is. */
static void
add(struct batch *b, size_t who, uint64_t len, size_t step)
{
	struct error e = NO_ERROR;
	struct message m;
	char key[16];

	assert_row(arrive(b, who, len, step, &e) == 0, "%s", e.msg);
	assert_row(batch_whole(b, &m, &e) == 0, "%s", e.msg);
	check_message(&m, who, len);
	(void)snprintf(key, sizeof(key), "k%zu", who);
	batch_add(b, &m, key, 1000 + who);
	assert_true(batch_arriving(b) == 0);
}

/* All messages of the batch are who they should be. */
static void
check_batch(const struct batch *b, size_t first, const uint64_t *lengths, size_t n)
{
	uint64_t bytes = 0;
	char key[16];

	assert_true(b->n == n);
	for (size_t i = 0; i < n; i++) {
		(void)snprintf(key, sizeof(key), "k%zu", first + i);
		assert_string_equal(b->items[i].message.key, key);
		assert_true(b->items[i].entry == 1000 + first + i);
		check_message(&b->items[i].message, first + i, lengths[i]);
		bytes += lengths[i];
	}
	assert_true(b->bytes == bytes);
}

/* Whether it is full for any other reason than its age: this machine may be slow. */
static bool
full_of_messages(struct batch *b)
{
	b->born_ms = clock_ms();
	return batch_is_full(b);
}

/* How many descriptors are open. */
static size_t
count_open(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static size_t
count_names(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n - 2;
}

/* ---- tests ---- */

static void
test_small_messages_stay_in_memory(void **state)
{
	static const uint64_t lengths[] = { 0, 1, 100, 0, 65535, 65536, 65537, IN_MEMORY };
	const size_t before = count_open();
	struct batch b;

	batch_init(&b, *state);
	for (size_t i = 0; i < nitems(lengths); i++)
		add(&b, i, lengths[i], 10000 + i);
	check_batch(&b, 0, lengths, nitems(lengths));
	for (size_t i = 0; i < nitems(lengths); i++)
		assert_int_equal(b.items[i].message.fd, -1);
	assert_int_equal(count_open(), before);
	assert_false(full_of_messages(&b));
	batch_free(&b);
	batch_free(&b); /* again: nothing is left to free */
}

static void
test_what_is_too_large_goes_to_a_file_without_a_name(void **state)
{
	static const uint64_t lengths[] = { IN_MEMORY + 1, BATCH_MEMORY_MAX - 1, BATCH_MEMORY_MAX,
		BATCH_MEMORY_MAX + 1, BATCH_MEMORY_MAX + BATCH_HEAD_MAX, 2 * MiB - 1, 2 * MiB,
		3 * MiB + 7 };
	static const size_t steps[] = { SIZE_MAX, MESSAGE_CHUNK, 4099 };
	const size_t before = count_open();

	for (size_t s = 0; s < nitems(steps); s++)
		for (size_t i = 0; i < nitems(lengths); i++) {
			struct batch b;
			struct stat st;
			bool filed;

			batch_init(&b, *state);
			add(&b, i, lengths[i], steps[s]);
			check_batch(&b, i, &lengths[i], 1);
			filed = b.items[0].message.fd != -1;
			assert_true(filed || lengths[i] <= BATCH_MEMORY_MAX);
			if (filed) {
				assert_int_equal(fstat(b.items[0].message.fd, &st), 0);
				assert_true(st.st_size == (off_t)lengths[i] && st.st_nlink == 0);
				assert_int_equal(st.st_mode & 07777, 0600);
				assert_true(
				    (fcntl(b.items[0].message.fd, F_GETFD) & FD_CLOEXEC) != 0);
			}
			assert_int_equal(count_names(*state), 0);
			assert_int_equal(count_open(), before + filed);
			batch_free(&b);
			assert_int_equal(count_open(), before);
		}
}

/* What is decided on the way is decided on the head that the whole message has in the end. */
static void
test_the_head_is_there_before_the_message_is_whole(void **state)
{
	const uint64_t lengths[] = { 1, IN_MEMORY, 2 * MiB };

	for (size_t i = 0; i < nitems(lengths); i++) {
		struct error e = NO_ERROR;
		struct slice head;
		struct message m;
		struct batch b;
		bool has;

		batch_init(&b, *state);
		add(&b, 5, 100, SIZE_MAX); /* it does not begin at the beginning of the arena */
		assert_int_equal(arrive(&b, i, lengths[i], SIZE_MAX, &e), 0);
		has = batch_has_head(&b, &head);
		assert_true(has == (lengths[i] > IN_MEMORY));
		assert_int_equal(batch_whole(&b, &m, &e), 0);
		if (has)
			check_bytes(
			    head.p, head.len, m.head.p, m.head.len, "head", __FILE__, __LINE__);
		batch_drop(&b);
		assert_false(batch_has_head(&b, &head));
		batch_free(&b);
	}
}

static void
test_large_and_small_ones_lie_side_by_side(void **state)
{
	static const uint64_t lengths[] = { 10, 2 * MiB, 0, 500000, MiB + 1, 1, 77777 };
	const size_t before = count_open();
	struct batch b;

	batch_init(&b, *state);
	for (int round = 0; round < 2; round++) { /* and again when it was cleared */
		for (size_t i = 0; i < nitems(lengths); i++)
			add(&b, i, lengths[i], 30000);
		check_batch(&b, 0, lengths, nitems(lengths));
		assert_int_equal(count_open(), before + 2);
		batch_clear(&b);
		assert_int_equal(count_open(), before);
		assert_true(b.n == 0 && b.used == 0 && b.bytes == 0);
		assert_false(full_of_messages(&b));
	}
	batch_free(&b);
}

static void
test_abandoned_messages_give_their_room_back(void **state)
{
	static const uint64_t kept[] = { 1000, 1500000, 20 };
	const size_t before = count_open();
	struct error e = NO_ERROR;
	struct batch b;
	struct message m;

	batch_init(&b, *state);
	for (size_t i = 0; i < nitems(kept); i++) {
		for (int n = 0; n < 20; n++) { /* far more than there is room for */
			size_t used = b.used;

			assert_int_equal(
			    arrive(&b, 99, n % 2 == 0 ? 900000 : 2 * MiB, SIZE_MAX, &e), 0);
			if (n % 3 == 0) /* one that was whole, but not wanted */
				assert_int_equal(batch_whole(&b, &m, &e), 0);
			batch_drop(&b);
			assert_true(batch_arriving(&b) == 0 && b.used == used);
			assert_false(full_of_messages(&b));
		}
		add(&b, i, kept[i], 50000);
	}
	check_batch(&b, 0, kept, nitems(kept));
	assert_int_equal(count_open(), before + 1);
	batch_drop(&b); /* of nothing */
	assert_int_equal(arrive(&b, 99, 2 * MiB, SIZE_MAX, &e), 0);
	batch_free(&b); /* in the middle of a message */
	assert_int_equal(count_open(), before);
}

/* ---- when it is full ---- */

static void
test_it_is_full_at_a_thousand_messages(void **state)
{
	struct batch b;

	batch_init(&b, *state);
	assert_false(full_of_messages(&b));
	for (size_t i = 0; i < BATCH_MESSAGES; i++) {
		assert_false(full_of_messages(&b));
		add(&b, i, i % 3, 100);
	}
	assert_true(full_of_messages(&b));
	batch_clear(&b);
	assert_false(full_of_messages(&b));
	batch_free(&b);
}

static void
test_it_is_full_when_no_message_more_has_room_in_memory(void **state)
{
	const size_t len = 100000;
	struct batch b;
	size_t n = 0;

	batch_init(&b, *state);
	while (!full_of_messages(&b)) {
		assert_true(BATCH_ARENA - b.used >= BATCH_MEMORY_MAX);
		add(&b, n++, len, SIZE_MAX);
	}
	assert_true(n == (BATCH_ARENA - BATCH_MEMORY_MAX) / len + 1);
	check_message(&b.items[n - 1].message, n - 1, len);
	batch_free(&b);
}

static void
test_it_is_full_at_eight_megabytes_wherever_they_are(void **state)
{
	struct batch b;

	batch_init(&b, *state);
	add(&b, 0, 7 * MiB, SIZE_MAX);
	assert_false(full_of_messages(&b));
	add(&b, 1, MiB - 1, 10000);
	assert_false(full_of_messages(&b));
	add(&b, 2, 1, 1);
	assert_true(full_of_messages(&b));
	batch_free(&b);
}

static void
test_it_is_full_two_seconds_after_its_first_message(void **state)
{
	struct batch b;
	int64_t born;

	batch_init(&b, *state);
	add(&b, 0, 1, 1);
	born = b.born_ms;
	assert_true(clock_ms() - born < 10000);
	(void)usleep(3000);
	add(&b, 1, 1, 1);
	assert_true(b.born_ms == born); /* later ones do not make it younger */
	b.born_ms = clock_ms() - BATCH_AGE_MS / 2;
	assert_false(batch_is_full(&b));
	b.born_ms = clock_ms() - BATCH_AGE_MS;
	assert_true(batch_is_full(&b));
	batch_clear(&b);
	assert_false(batch_is_full(&b)); /* nobody waits for an empty one */
	batch_free(&b);
}

/* ---- a disk that fails ---- */

static void
test_a_directory_that_is_not_there_is_an_error(void **state)
{
	struct error e = NO_ERROR;
	struct batch b;
	uint64_t small = 10;

	batch_init(&b, in_dir(*state, "missing"));
	assert_int_equal(arrive(&b, 0, 2 * MiB, SIZE_MAX, &e), -1);
	assert_int_equal(e.cls, ERR_CREATE);
	assert_non_null(strstr(e.msg, "missing"));
	batch_drop(&b);
	add(&b, 1, small, 10); /* what needs no file arrives */
	check_batch(&b, 1, &small, 1);
	batch_free(&b);
}

/* With a limit on the size of files instead of a full disk. */
static int
arrive_below(struct batch *b, size_t most, uint64_t len, bool end, struct error *e)
{
	struct rlimit old, low;
	struct message m;
	int rc;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	low = old;
	low.rlim_cur = most;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	rc = arrive(b, 5, len, SIZE_MAX, e);
	if (rc == 0 && end)
		rc = batch_whole(b, &m, e);
	if (setrlimit(RLIMIT_FSIZE, &old) == -1)
		abort();
	return rc;
}

static void
test_a_full_disk_costs_the_message_that_did_not_fit(void **state)
{
	static const uint64_t lengths[] = { 1000, 2 * MiB };
	const size_t before = count_open();
	struct error e = NO_ERROR;
	struct batch b;

	batch_init(&b, *state);
	add(&b, 0, lengths[0], 1000);
	assert_int_equal(arrive_below(&b, 1500000, 3 * MiB, false, &e), -1); /* while it arrives */
	assert_int_equal(e.cls, ERR_TEMP);
	assert_non_null(strstr(e.msg, *state));
	batch_drop(&b);
	e = (struct error)NO_ERROR;
	assert_int_equal(arrive_below(&b, 1500000, 1600000, false, &e), 0);
	batch_drop(&b);
	assert_int_equal(arrive_below(&b, 1500000, 1600000, true, &e), -1); /* at its end */
	assert_int_equal(e.cls, ERR_TEMP);
	batch_drop(&b);
	assert_int_equal(count_open(), before);
	add(&b, 1, lengths[1], SIZE_MAX); /* when there is room again */
	check_batch(&b, 0, lengths, 2);
	batch_free(&b);
}

int
main(void)
{
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		IN_DIR(test_small_messages_stay_in_memory),
		IN_DIR(test_what_is_too_large_goes_to_a_file_without_a_name),
		IN_DIR(test_the_head_is_there_before_the_message_is_whole),
		IN_DIR(test_large_and_small_ones_lie_side_by_side),
		IN_DIR(test_abandoned_messages_give_their_room_back),
		IN_DIR(test_it_is_full_at_a_thousand_messages),
		IN_DIR(test_it_is_full_when_no_message_more_has_room_in_memory),
		IN_DIR(test_it_is_full_at_eight_megabytes_wherever_they_are),
		IN_DIR(test_it_is_full_two_seconds_after_its_first_message),
		IN_DIR(test_a_directory_that_is_not_there_is_an_error),
		IN_DIR(test_a_full_disk_costs_the_message_that_did_not_fit),
	};

	(void)signal(SIGXFSZ, SIG_IGN); /* a limit shows as an errno */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
