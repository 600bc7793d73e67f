/* core_stream.c - dice for every field of every command. Calls nothing but plain memory moves. */
#include "tests/support/core_stream.h"

#include <string.h>

enum { FIRST_ACCOUNT = JZ_ACCOUNT_FIRST, CURRENCIES = 5 };

struct jz_genesis stream_genesis(void)
{
    struct jz_genesis genesis = desk_genesis();
    genesis.orders = 200;
    genesis.levels = 100;
    return genesis;
}

uint64_t stream_below(struct stream *stream, uint64_t bound)
{
    /* splitmix64: G. Steele, D. Lea, C. Flood, OOPSLA 2014. */
    uint64_t z = (stream->random += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) % bound;
}

static bool one_in(struct stream *stream, uint64_t count)
{
    return stream_below(stream, count) == 0;
}

static uint32_t any_account(struct stream *stream)
{
    return one_in(stream, 100) ? (uint32_t)stream_below(stream, 100)
                               : FIRST_ACCOUNT + (uint32_t)stream_below(stream, STREAM_ACCOUNTS);
}

static void set_kind(struct stream_command *command, uint16_t kind, const void *body)
{
    command->record.kind = kind;
    memcpy(command->body, body, sizeof(command->body));
}

static void make_currency(uint32_t number, struct stream_command *command)
{
    struct jz_put_currency put = {.scale = 2, .supply_cap_points = UINT64_C(1) << 40};
    put.code[0] = 'C';
    put.code[1] = (char)('0' + (number % 10));
    set_kind(command, JZ_COMMAND_PUT_CURRENCY, &put);
}

static void make_market(uint32_t number, struct stream_command *command)
{
    const struct jz_put_market put = {
        .base = {number + 1},
        .quote = {number + 2},
        .lot_points = 10,
        .quote_unit_points = 1 + number,
        .tick_price = 1,
        .price_min = 1,
        .price_max = STREAM_PRICE_MAX,
        .notional_min_points = number * 20,
        .band_bp = number == 3 ? 5000 : 0,
        .reference_price = number == 3 ? STREAM_PRICE_MAX / 2 : 0,
    };
    set_kind(command, JZ_COMMAND_PUT_MARKET, &put);
}

static void make_account(uint32_t account, uint32_t role, struct stream_command *command)
{
    const struct jz_put_account put = {.account = {account}, .role = role};
    set_kind(command, JZ_COMMAND_PUT_ACCOUNT, &put);
}

static void make_mint(struct stream *stream, uint32_t account, uint32_t currency,
                      struct stream_command *command)
{
    struct jz_mint mint = {
        .account = {account},
        .currency = {currency},
        .amount_points = 1 + stream_below(stream, 5000),
    };
    uint64_t name = stream->step / (one_in(stream, 8) ? 256 : 1); /* some are used twice */
    for (uint32_t i = 0; i < 8; i++) {
        mint.source_id[i] = (char)('a' + (name % 16));
        name /= 16;
    }
    const bool is_mint = !one_in(stream, 3);
    set_kind(command, is_mint ? JZ_COMMAND_MINT : JZ_COMMAND_TRANSFER_IN, &mint);
}

static void make_place(struct stream *stream, struct stream_command *command)
{
    struct jz_place_order place = {
        .account = {any_account(stream)},
        .market = {1 + (uint32_t)stream_below(stream, STREAM_MARKETS)},
        .lots = 1 + stream_below(stream, 30),
        .price = 1 + stream_below(stream, STREAM_PRICE_MAX),
        .side = (uint8_t)(1 + stream_below(stream, 2)),
        .time_in_force = one_in(stream, 5) ? JZ_TIF_IOC : JZ_TIF_GTC,
        .stp_mode = JZ_STP_CANCEL_NEWEST,
    };
    if (one_in(stream, 2)) {
        place.client_id[0] = (char)('a' + stream_below(stream, 20));
        place.client_id[1] = (char)('a' + stream_below(stream, 5));
    }
    if (one_in(stream, 25)) {
        const uint64_t odd[] = {0, UINT64_MAX, UINT64_C(1) << 59, 1000};
        place.lots = odd[stream_below(stream, 4)];
    }
    if (one_in(stream, 50)) {
        place.price = stream_below(stream, 2) * 1000;
    }
    if (one_in(stream, 50)) {
        place.market.value = (uint32_t)stream_below(stream, 10);
    }
    if (one_in(stream, 100)) {
        place.reserved[stream_below(stream, sizeof(place.reserved))] = 1;
    }
    set_kind(command, JZ_COMMAND_PLACE_ORDER, &place);
}

/* Any order heard of lately, maybe long gone, mostly under its owner's account. */
static struct stream_order any_order(struct stream *stream)
{
    if (stream->known_count == 0) {
        return (struct stream_order){.order = 1, .account = FIRST_ACCOUNT};
    }
    const uint32_t count = stream->known_count < STREAM_KNOWN ? stream->known_count : STREAM_KNOWN;
    struct stream_order order = stream->known[stream_below(stream, count)];
    if (one_in(stream, 30)) {
        order.account = any_account(stream);
    }
    if (order.client_id[0] != '\0' && one_in(stream, 2)) {
        order.order = 0;
    } else {
        memset(order.client_id, 0, sizeof(order.client_id));
    }
    return order;
}

static void make_cancel(struct stream *stream, struct stream_command *command)
{
    const struct stream_order order = any_order(stream);
    struct jz_cancel_order cancel = {.account = {order.account}, .order = {order.order}};
    memcpy(cancel.client_id, order.client_id, sizeof(cancel.client_id));
    set_kind(command, JZ_COMMAND_CANCEL_ORDER, &cancel);
}

static void make_replace(struct stream *stream, struct stream_command *command)
{
    const struct stream_order order = any_order(stream);
    struct jz_replace_order replace = {
        .account = {order.account},
        .order = {order.order},
        .lots = stream_below(stream, 30),
        .price = 1 + stream_below(stream, STREAM_PRICE_MAX + 1),
    };
    memcpy(replace.client_id, order.client_id, sizeof(replace.client_id));
    set_kind(command, JZ_COMMAND_REPLACE_ORDER, &replace);
}

/* What no honest client sends. */
static void make_odd(struct stream *stream, struct stream_command *command)
{
    const uint16_t kinds[] = {0, JZ_COMMAND_GENESIS, JZ_COMMAND_TICK, 999, JZ_COMMAND_PLACE_ORDER};
    unsigned char body[JZ_RECORD_UNIT_BYTES];
    for (size_t i = 0; i < sizeof(body); i++) {
        body[i] = (unsigned char)stream_below(stream, 256);
    }
    set_kind(command, kinds[stream_below(stream, 5)], body);
    if (one_in(stream, 3)) {
        command->record.lane = (uint32_t)stream_below(stream, 1000);
        command->record.key = (uint32_t)stream_below(stream, 3);
    }
}

static void make_tick(struct stream_command *command)
{
    const struct jz_tick tick = {{0}};
    command->record.key = 0;
    command->record.nonce = 0;
    set_kind(command, JZ_COMMAND_TICK, &tick);
}

/* Lists five currencies and four markets, opens and funds the accounts. False when done. */
static bool make_opening(struct stream *stream, struct stream_command *command)
{
    uint32_t step = stream->step;
    if (step < CURRENCIES) {
        make_currency(step, command);
        return true;
    }
    step -= CURRENCIES;
    if (step < STREAM_MARKETS) {
        make_market(step, command);
        return true;
    }
    step -= STREAM_MARKETS;
    if (step < STREAM_ACCOUNTS) {
        make_account(FIRST_ACCOUNT + step, JZ_ROLE_MEMBER, command);
        return true;
    }
    step -= STREAM_ACCOUNTS;
    if (step < 4 * STREAM_ACCOUNTS) {
        make_mint(stream, FIRST_ACCOUNT + (step / 4), 1 + (step % CURRENCIES), command);
        return true;
    }
    return false;
}

static void make_any(struct stream *stream, struct stream_command *command)
{
    const uint64_t die = stream_below(stream, 100);
    if (die < 55) {
        make_place(stream, command);
    } else if (die < 72) {
        make_cancel(stream, command);
    } else if (die < 87) {
        make_replace(stream, command);
    } else if (die < 93) {
        make_mint(stream, any_account(stream), (uint32_t)stream_below(stream, 7), command);
    } else if (die < 94) {
        make_account(any_account(stream), JZ_ROLE_MEMBER + (uint32_t)stream_below(stream, 2),
                     command);
    } else if (die < 95) {
        make_currency((uint32_t)stream_below(stream, 9), command);
    } else if (die < 96) {
        make_market((uint32_t)stream_below(stream, 6), command);
    } else if (die < 98) {
        make_odd(stream, command);
    } else {
        make_tick(command);
    }
}

void stream_open(struct stream *stream, uint64_t seed)
{
    *stream = (struct stream){
        .random = seed,
        .time_ns = UINT64_C(20001) * 86400 * 1000000000,
    };
}

void stream_next(struct stream *stream, struct stream_command *command)
{
    struct stream_command *past = &stream->past[stream_below(stream, STREAM_PAST)];
    const uint32_t lane = (uint32_t)stream_below(stream, STREAM_LANES);
    stream->time_ns += stream_below(stream, 1000000);
    const struct jz_record head = {
        .bytes = sizeof(*command),
        .version = JZ_COMMAND_VERSION,
        .rules = JZ_RULES_VERSION,
        .day = 20001,
        .time_ns = stream->time_ns,
        .key = 1,
        .lane = lane,
        .nonce = stream->nonces[lane] + 1,
        .origin = {.epoch = 1, .slot = lane},
    };
    *command = (struct stream_command){.record = head};
    if (!make_opening(stream, command)) {
        if (past->record.bytes != 0 && one_in(stream, 20)) {
            *command = *past;
            command->record.time_ns = head.time_ns;
            command->body[0] ^= one_in(stream, 3) ? 1 : 0;
        } else {
            make_any(stream, command);
            command->record.nonce += one_in(stream, 50) ? stream_below(stream, 12) : 0;
        }
    }
    if (command->record.key == 1 && command->record.lane < STREAM_LANES &&
        command->record.nonce > stream->nonces[command->record.lane]) {
        stream->nonces[command->record.lane] = command->record.nonce;
    }
    *past = *command;
    stream->step++;
}

void stream_hear(struct stream *stream, const struct jz_event *events, uint32_t event_count)
{
    for (uint32_t i = 0; i < event_count; i++) {
        if (events[i].kind != JZ_EVENT_ORDER || events[i].exec_type != JZ_EXEC_ACCEPTED) {
            continue;
        }
        struct stream_order *order = &stream->known[stream->known_count++ % STREAM_KNOWN];
        *order = (struct stream_order){
            .order = events[i].order.order.value,
            .account = events[i].account.value,
        };
        memcpy(order->client_id, events[i].order.client_id, sizeof(order->client_id));
    }
}

void stream_step(struct stream *stream, struct desk *desk, struct stream_command *command)
{
    stream_next(stream, command);
    command->record.sequence = jz_core_sequence(desk->core) + 1;
    (void)desk_apply_record(desk, &command->record);
    stream_hear(stream, desk->events, desk->event_count);
}
