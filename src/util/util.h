/*
 * util.h - the ground floor: what every other folder may use.
 *
 * Here:      errors (error.h), messages to the user (log.h), memory that cannot fail (mem.h),
 *            slices and growing buffers (slice.h, buf.h), escaping (text.h), clocks and
 *            durations (clock.h), sizes and durations as people write them (units.h), paths and
 *            whole-file I/O (path.h, io.h), whose files and links are to be used (trust.h), child
 *            processes and core files (child.h, core.h), what a process gives up and has another
 *            one do (sandbox.h, twin.h), digests (digest.h), a hash index (index.h).
 * Not here:  anything that knows mail, a protocol, a config keyword or the journal.
 * Ownership: what a function allocates, its caller frees; slices borrow and never own.
 *
 * util includes no other folder.
 */
#ifndef UTIL_UTIL_H
#define UTIL_UTIL_H

#include <stddef.h>
#include <sys/param.h> /* MIN and MAX */

#define nitems(a) (sizeof(a) / sizeof((a)[0]))
#define KiB ((size_t)1024)
#define MiB (KiB * 1024)

#endif
