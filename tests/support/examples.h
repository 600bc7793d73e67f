/* examples.h - the examples of gateway/PROTOCOL.md, one after the other.
 *
 * "```KIND WORDS" opens one; one of kind hex belongs to the one before it and says its bytes.
 */
#ifndef JZ_TESTS_SUPPORT_EXAMPLES_H
#define JZ_TESTS_SUPPORT_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#define JZ_EXAMPLE_BYTES 4096u

struct jz_example {
    char kind[16];               /* request, reply, refusal, report, feed, batch, bad, malformed */
    char about[64];              /* op, topic, or code and field */
    char text[JZ_EXAMPLE_BYTES]; /* as written; malformed: hex */
    uint8_t bytes[JZ_EXAMPLE_BYTES];
    size_t byte_count;
};

/* The whole document, ending with NUL. The caller frees it. */
char *jz_examples_read(void);

/* Reads the next example from a place in the document. Returns the place behind it, NULL behind the
 * last one. */
const char *jz_examples_next(const char *from, struct jz_example *example);

#endif /* JZ_TESTS_SUPPORT_EXAMPLES_H */
