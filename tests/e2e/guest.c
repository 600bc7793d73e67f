/* guest.c - a DEALER socket in the hands of a test. */
#include "tests/e2e/guest.h"

#include "engine/base/clock.h"
#include "tests/support/cmocka.h"
#include "tests/support/packed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void guest_connect(struct guest *guest, const char *endpoint)
{
    *guest = (struct guest){.patience_ms = GUEST_WAIT_MS};
    const struct jz_socket_options options = {.kind = JZ_SOCKET_CLIENT, .endpoint = endpoint};
    jz_socket_frame_init(&guest->frame);
    assert_int_equal(jz_socket_context_open(&guest->context), JZ_OK);
    assert_int_equal(jz_socket_open(&guest->socket, &guest->context, &options), JZ_OK);
    assert_int_equal(jz_message_reader_create(&guest->reader), JZ_OK);
}

void guest_leave(struct guest *guest)
{
    jz_message_reader_destroy(guest->reader);
    jz_socket_frame_deinit(&guest->frame);
    jz_socket_close(&guest->socket);
    jz_socket_context_close(&guest->context);
    guest->reader = NULL;
}

/* ---- saying ----------------------------------------------------------------------------------
 */

void guest_say_bytes(struct guest *guest, const void *bytes, size_t count)
{
    assert_int_equal(jz_socket_send(&guest->socket, bytes, count), JZ_OK);
}

void guest_say(struct guest *guest, const char *fields)
{
    char text[GUEST_TEXT_BYTES];
    uint8_t packed[GUEST_TEXT_BYTES];
    const int length = snprintf(text, sizeof(text), "{'v': 1, %s}", fields);
    assert_in_range(length, 1, GUEST_TEXT_BYTES - 1);
    guest_say_bytes(guest, packed, jz_packed_text(text, packed, sizeof(packed)));
}

/* ---- hearing ---------------------------------------------------------------------------------
 */

/* Takes the next message off the socket. False: none came. */
static bool receive(struct guest *guest, uint32_t ms)
{
    const uint64_t end_ns = jz_clock_monotonic_ns() + (ms * UINT64_C(1000000));
    struct jz_socket_message message;

    for (;;) {
        const int status = jz_socket_receive(&guest->socket, &guest->frame, &message);
        if (status == JZ_OK) {
            assert_int_equal(jz_message_open(guest->reader, message.body, message.body_bytes),
                             JZ_OK);
            guest->is_open = true;
            return true;
        }
        assert_int_equal(status, JZ_EAGAIN);
        const uint64_t now_ns = jz_clock_monotonic_ns();
        if (now_ns >= end_ns) {
            return false;
        }
        struct jz_socket_wait wait = {.socket = &guest->socket};
        const int left_ms = (int)((end_ns - now_ns) / 1000000) + 1;
        assert_int_equal(jz_socket_poll(&wait, 1, left_ms), JZ_OK);
    }
}

const struct jz_message *guest_hear(struct guest *guest, uint32_t ms)
{
    for (;;) {
        if (guest->is_open) {
            const int status = jz_message_next(guest->reader, &guest->heard);
            if (status == JZ_OK) {
                return &guest->heard;
            }
            assert_int_equal(status, JZ_EAGAIN);
            guest->is_open = false;
        }
        if (!receive(guest, ms)) {
            return NULL;
        }
    }
}

const char *guest_verdict(struct guest *guest)
{
    const struct jz_message *heard = guest_hear(guest, guest->patience_ms);
    while (heard != NULL && heard->kind == JZ_MESSAGE_REPORT) {
        heard = guest_hear(guest, guest->patience_ms);
    }
    if (heard == NULL) {
        return "silence";
    }
    if (heard->kind == JZ_MESSAGE_REPLY) {
        return heard->reply.duplicate ? "ok again" : "ok";
    }
    const struct jz_refusal *refusal = &heard->refusal;
    (void)snprintf(guest->verdict, sizeof(guest->verdict), "%s%s%.*s",
                   jz_result_wire((int)refusal->result), refusal->field.length > 0 ? " " : "",
                   (int)refusal->field.length, refusal->field.bytes);
    return guest->verdict;
}

/* ---- saying and hearing ----------------------------------------------------------------------
 */

const char *guest_ask(struct guest *guest, const char *fields)
{
    guest_say(guest, fields);
    return guest_verdict(guest);
}

const char *guest_order(struct guest *guest, const char *fields)
{
    char text[GUEST_TEXT_BYTES];
    guest->nonce++;
    (void)snprintf(text, sizeof(text), "%s, 'nonce': %" PRIu64, fields, guest->nonce);
    return guest_ask(guest, text);
}

const char *guest_query(struct guest *guest, const char *fields)
{
    char text[GUEST_TEXT_BYTES];
    (void)snprintf(text, sizeof(text), "%s, 'ref': 'q'", fields);
    return guest_ask(guest, text);
}

void guest_hello(struct guest *guest, const char *fields)
{
    char text[GUEST_TEXT_BYTES];
    struct jz_hello_answer answer = {0};

    (void)snprintf(text, sizeof(text), "'op': 'hello', 'ref': 1%s%s", fields[0] != '\0' ? ", " : "",
                   fields);
    assert_string_equal(guest_ask(guest, text), "ok");
    assert_int_equal(jz_message_hello(&guest->heard, &answer), JZ_OK);
    guest->lane = answer.lane;
    guest->nonce = answer.highest_nonce;
}

struct jz_status_answer guest_status(struct guest *guest)
{
    struct jz_status_answer answer = {0};

    assert_string_equal(guest_query(guest, "'op': 'get_status', 'digest': true"), "ok");
    assert_int_equal(jz_message_status(&guest->heard, &answer), JZ_OK);
    assert_true(answer.has_digest);
    return answer;
}

void guest_open_market(struct guest *guest)
{
    static const char *const requests[] = {
        "'op': 'put_currency', 'code': 'BEANS'",
        "'op': 'put_currency', 'code': 'MILES'",
        "'op': 'put_account', 'account': 16, 'role': 'member'",
        "'op': 'put_account', 'account': 17, 'role': 'member'",
        "'op': 'put_account', 'account': 18, 'role': 'member'",
        "'op': 'put_account', 'account': 19, 'role': 'merchant'",
        "'op': 'put_market', 'base': 'BEANS', 'quote': 'MILES', 'base_lot': 10, 'price_max': 1000",
        "'op': 'mint', 'account': 16, 'currency': 'BEANS', 'amount': 1000000, 'source_id': 'a-b'",
        "'op': 'mint', 'account': 16, 'currency': 'MILES', 'amount': 1000000, 'source_id': 'a-m'",
        "'op': 'mint', 'account': 17, 'currency': 'BEANS', 'amount': 1000000, 'source_id': 'b-b'",
        "'op': 'mint', 'account': 17, 'currency': 'MILES', 'amount': 1000000, 'source_id': 'b-m'",
    };
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        assert_string_equal(guest_order(guest, requests[i]), "ok");
    }
}

void guest_expect_service(struct guest *guest)
{
    struct jz_order_answer answer = {0};

    assert_string_equal(guest_order(guest, "'op': 'place_order', 'account': 16, "
                                           "'symbol': 'BEANS/MILES', 'side': 'sell', 'lots': 1, "
                                           "'price': 900, 'time_in_force': 'ioc'"),
                        "ok");
    assert_int_equal(jz_message_order(&guest->heard, &answer), JZ_OK);
}
