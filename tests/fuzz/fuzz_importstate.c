/* State files of other programs: the UIDs in them. The first byte is the format. */
#include "fuzz.h"

#include <stdlib.h>

#include "config/import.h"
#include "util/text.h"

static void
check_uids(const struct known_uids *k, struct slice text)
{
	CHECK(k->n <= text.len && k->nonsense <= text.len + 1);
	CHECK(!text_has_control(buf_slice(&k->others)));
	for (size_t i = 0; i < k->n; i++) {
		CHECK(k->list[i].uid.len > 0 && fuzz_is_within(k->list[i].uid, text));
		for (size_t n = 0; n < i && i < 100; n++)
			CHECK(!slice_same(k->list[i].uid, k->list[n].uid));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct import_owner owners[] = {
		{ "pop.example.org", "alice", "/home/alice/.fetchids" },
		{ "pop.example.org", "alice", "oldmail-pop.example.org-995-alice" },
		{ "pop.example.org", "alice", ".uidls-pop.example.org" },
	};
	struct slice in = fuzz_input(data, size);
	enum import_format f = (enum import_format)(fuzz_byte(&in) % (IMPORT_POP3EL + 1));
	enum import_format looks = import_recognise_state(in);

	for (size_t i = 0; i < nitems(owners); i++) {
		struct buf text = BUF_INIT(MiB);
		struct known_uids k = { .n = 0 };

		CHECK(buf_append(&text, in.p, in.len) == 0);
		import_state(looks != IMPORT_UNKNOWN ? looks : f, &text, &owners[i], &k);
		check_uids(&k, buf_slice(&text));
		known_uids_free(&k);
		buf_free(&text);
	}
	return 0;
}
