/* guest.h - somebody at the requests socket of a real jiaozid: says requests as text, hears what
 * comes back.
 *
 *     guest_connect(&ana, daemon.requests);
 *     guest_hello(&ana, "");
 *     assert_string_equal(guest_order(&ana, "'op': 'cancel_order', ..."), "UNKNOWN order_id");
 *
 * An answer is told as a verdict: "ok", "ok again" (a duplicate), a code, or a code and the field
 * at fault, as in "INVALID_PARAM lots"; "silence" if none comes.
 *
 * Texts are JSON with ' for " (tests/support/packed.h).
 */
#ifndef JZ_TESTS_E2E_GUEST_H
#define JZ_TESTS_E2E_GUEST_H

#include "gateway/wire/message.h"
#include "gateway/wire/socket.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    GUEST_WAIT_MS = 10000, /* for anything that must come */
    GUEST_QUIET_MS = 100,  /* for anything that must not */
    GUEST_TEXT_BYTES = 4096,
};

struct guest {
    struct jz_socket_context context;
    struct jz_socket socket;
    struct jz_socket_frame frame;
    struct jz_message_reader *reader;
    struct jz_message heard; /* the last one */
    bool is_open;            /* a message is under way in the reader */
    uint32_t lane;           /* after hello, and the next one */
    uint64_t nonce;          /* last one used by guest_order */
    uint32_t patience_ms;    /* that guest_verdict waits; GUEST_WAIT_MS unless changed */
    char verdict[64];
};

/* Connects; hello is still to be said. */
void guest_connect(struct guest *guest, const char *endpoint);

/* The connection ends. */
void guest_leave(struct guest *guest);

/* Sends {"v": 1, fields}, or bytes as they are. */
void guest_say(struct guest *guest, const char *fields);
void guest_say_bytes(struct guest *guest, const void *bytes, size_t count);

/* The next map if one comes in so many milliseconds, else NULL. Good until the next one. */
const struct jz_message *guest_hear(struct guest *guest, uint32_t ms);

/* Waits for the next reply, passing over reports: what it says. Good until the next one. */
const char *guest_verdict(struct guest *guest);

/* Says and waits for the verdict: the fields as they are; with the next nonce; with a ref. */
const char *guest_ask(struct guest *guest, const char *fields);
const char *guest_order(struct guest *guest, const char *fields);
const char *guest_query(struct guest *guest, const char *fields);

/* Says hello with these fields ("" for none), and must be welcome. */
void guest_hello(struct guest *guest, const char *fields);

/* get_status with digests, which must be answered. */
struct jz_status_answer guest_status(struct guest *guest);

/* Lists BEANS and MILES, opens accounts 16 to 19, opens BEANS/MILES (ten BEANS a lot, prices up to
 * 1,000) and gives 16 (Ana) and 17 (Bo) a million of each. */
void guest_open_market(struct guest *guest);

/* A sell order of 16 for one lot at 900 that does not rest, which must be done: the exchange is
 * well and takes orders. */
void guest_expect_service(struct guest *guest);

#endif /* JZ_TESTS_E2E_GUEST_H */
