/* lookup.c - the picture as answers. */
#include "gateway/lookup.h"

#include "engine/base/assert.h"
#include "gateway/post.h"

enum {
    RETRY_MS = 20,
    LEVELS_A_WORK = 32, /* an item of work, in levels and markets to be told */
    MARKETS_A_WORK = 4,
};

_Static_assert(JZ_ENCODE_BOOK_BYTES_MAX + (2u * JZ_WIRE_LEVELS_MAX * JZ_ENCODE_LEVEL_BYTES_MAX) <
                   JZ_OUTBOX_BYTES - JZ_ENCODE_ARRAY_BYTES,
               "the largest book fits a message");
_Static_assert(JZ_ENCODE_MARKETS_BYTES_MAX + (JZ_WIRE_MARKETS_MAX * JZ_ENCODE_MARKET_BYTES_MAX) <
                   JZ_OUTBOX_BYTES - JZ_ENCODE_ARRAY_BYTES,
               "the largest page of markets fits a message");

static struct jz_reply reply_to(const struct jz_desk *desk, const struct jz_ref *ref)
{
    return (struct jz_reply){.ref = *ref, .seq = desk->picture.sequence};
}

static void refuse(struct jz_desk *desk, struct jz_session *session,
                   const struct jz_request *request, const struct jz_refusal *refusal)
{
    const struct jz_reply reply = {.ref = request->ref};
    jz_post_refuse(desk, session, &session->peer, &reply, refusal);
}

static void refuse_busy(struct jz_desk *desk, struct jz_session *session,
                        const struct jz_request *request)
{
    const struct jz_refusal refusal = {.result = JZ_RESULT_BUSY, .retry_after_ms = RETRY_MS};
    refuse(desk, session, request, &refusal);
}

static void refuse_symbol(struct jz_desk *desk, struct jz_session *session,
                          const struct jz_request *request)
{
    const struct jz_refusal refusal = {
        .result = JZ_RESULT_UNKNOWN_MARKET,
        .field = {jz_field_word(JZ_FIELD_SYMBOL), sizeof("symbol") - 1},
    };
    refuse(desk, session, request, &refusal);
}

/* ---- get_status -------------------------------------------------------------------------------
 */

static void post_status(struct jz_desk *desk, struct jz_session *session,
                        const struct jz_reply *reply, const struct jz_status_answer *answer)
{
    uint8_t *room = jz_post_claim(desk, session, JZ_ENCODE_REPLY_BYTES_MAX);
    if (room != NULL) {
        jz_post_commit(desk, session,
                       jz_encode_status(room, JZ_ENCODE_REPLY_BYTES_MAX, reply, answer));
    }
}

static struct jz_status_answer status_now(const struct jz_desk *desk)
{
    return (struct jz_status_answer){
        .ts = desk->picture.time_ns,
        .currencies = desk->picture.currencies_count,
        .markets = desk->picture.markets_count,
        .accounts = desk->picture.accounts_count,
        .connections = desk->sessions.member_count,
        .busy = jz_link_is_busy(&desk->link),
        .storage_full = jz_link_is_storage_full(&desk->link),
    };
}

static void answer_status(struct jz_desk *desk, struct jz_session *session,
                          const struct jz_request *request)
{
    if (!request->digest) {
        const struct jz_reply reply = reply_to(desk, &request->ref);
        const struct jz_status_answer answer = status_now(desk);
        post_status(desk, session, &reply, &answer);
        return;
    }
    if (desk->status_count == JZ_DESK_STATUS_MAX ||
        !jz_link_ask(&desk->link, JZ_ASK_STATUS, session->slot, session->generation)) {
        refuse_busy(desk, session, request);
        return;
    }
    const uint32_t place = (desk->status_first + desk->status_count) % JZ_DESK_STATUS_MAX;
    desk->status_asks[place] = (struct jz_desk_status_ask){
        .slot = session->slot, .generation = session->generation, .ref = request->ref};
    desk->status_count++;
}

void jz_lookup_status_came(struct jz_desk *desk, const struct jz_record *record)
{
    if (record->origin.epoch != desk->link.epoch) {
        return;
    }
    /* Questions and answers keep their order, so this is the answer to the oldest one. */
    JZ_ASSERT(desk->status_count > 0);
    const struct jz_desk_status_ask *ask = &desk->status_asks[desk->status_first];
    JZ_ASSERT(ask->slot == record->origin.slot);
    JZ_ASSERT(ask->generation == record->origin.generation);
    desk->status_first = (desk->status_first + 1) % JZ_DESK_STATUS_MAX;
    desk->status_count--;

    struct jz_session *session = jz_session_at(&desk->sessions, ask->slot, ask->generation);
    if (session == NULL) {
        return;
    }
    const struct jz_core_status *core = (const struct jz_core_status *)(record + 1);
    const struct jz_reply reply = {.ref = ask->ref, .seq = record->sequence};
    struct jz_status_answer answer = status_now(desk);
    answer.has_digest = true;
    answer.live_orders = core->live_orders;
    answer.state_digest = core->state;
    answer.content_digest = core->content;
    post_status(desk, session, &reply, &answer);
}

/* ---- get_markets ------------------------------------------------------------------------------
 */

static struct jz_market_answer describe(uint32_t id, const struct jz_picture_market *market)
{
    return (struct jz_market_answer){
        .market = id,
        .symbol = {market->symbol, market->symbol_bytes},
        .base_lot = market->is.lot_points,
        .quote_unit = market->is.quote_unit_points,
        .tick = market->is.tick_price,
        .price_min = market->is.price_min,
        .price_max = market->is.price_max,
        .min_notional = market->is.notional_min_points,
        .band = market->stands.band_bp,
        .reference = market->stands.reference_price,
        .state = (enum jz_market_state)market->stands.state,
        .depth_no = market->stands.depth_no,
        .trade_no = market->stands.trade_no,
        .last_price = market->stands.last_price,
    };
}

static void post_markets(struct jz_desk *desk, struct jz_session *session,
                         const struct jz_request *request, uint32_t count, uint32_t next)
{
    const struct jz_reply reply = reply_to(desk, &request->ref);
    const size_t most = JZ_ENCODE_MARKETS_BYTES_MAX + (count * JZ_ENCODE_MARKET_BYTES_MAX);
    desk->turn_work += count / MARKETS_A_WORK;
    uint8_t *room = jz_post_claim(desk, session, most);
    if (room != NULL) {
        jz_post_commit(desk, session,
                       jz_encode_markets(room, most, &reply, desk->markets, count, next));
    }
}

/* The market of a symbol in either order of its codes. */
static struct jz_market_id market_of(const struct jz_desk *desk, struct jz_text symbol)
{
    const struct jz_market_id market =
        jz_picture_market_of(&desk->picture, symbol.bytes, symbol.length);
    return market.value != 0
               ? market
               : jz_picture_market_reversed(&desk->picture, symbol.bytes, symbol.length);
}

static void answer_markets(struct jz_desk *desk, struct jz_session *session,
                           const struct jz_request *request)
{
    if (jz_request_has(request, JZ_FIELD_SYMBOL)) {
        const struct jz_market_id id = market_of(desk, request->symbol);
        if (id.value == 0) {
            refuse_symbol(desk, session, request);
            return;
        }
        desk->markets[0] = describe(id.value, jz_picture_find_market(&desk->picture, id));
        post_markets(desk, session, request, 1, 0);
        return;
    }
    uint32_t count = 0;
    uint32_t next = 0;
    for (uint64_t id = request->from; id < desk->picture.markets_room; id++) {
        const struct jz_market_id number = {(uint32_t)id};
        const struct jz_picture_market *market = jz_picture_find_market(&desk->picture, number);
        if (market == NULL) {
            continue;
        }
        if (count == JZ_WIRE_MARKETS_MAX) {
            next = number.value;
            break;
        }
        desk->markets[count] = describe(number.value, market);
        count++;
    }
    post_markets(desk, session, request, count, next);
}

/* ---- get_book ---------------------------------------------------------------------------------
 */

static void answer_book(struct jz_desk *desk, struct jz_session *session,
                        const struct jz_request *request)
{
    const struct jz_market_id id = market_of(desk, request->symbol);
    if (id.value == 0) {
        refuse_symbol(desk, session, request);
        return;
    }
    const struct jz_picture_market *market = jz_picture_find_market(&desk->picture, id);
    struct jz_book_answer book = {
        .symbol = {market->symbol, market->symbol_bytes},
        .depth_no = market->stands.depth_no,
        .levels = {.bids = desk->bids,
                   .asks = desk->asks,
                   .bid_count = jz_ladder_best(&market->bids, desk->bids, request->depth),
                   .ask_count = jz_ladder_best(&market->asks, desk->asks, request->depth)},
    };
    book.crc32 = jz_answer_crc32(&book.levels);

    const struct jz_reply reply = reply_to(desk, &request->ref);
    const uint32_t levels = book.levels.bid_count + book.levels.ask_count;
    desk->turn_work += levels / LEVELS_A_WORK;
    const size_t most = JZ_ENCODE_BOOK_BYTES_MAX + ((size_t)levels * JZ_ENCODE_LEVEL_BYTES_MAX);
    uint8_t *room = jz_post_claim(desk, session, most);
    if (room != NULL) {
        jz_post_commit(desk, session, jz_encode_book(room, most, &reply, &book));
    }
}

void jz_lookup_answer(struct jz_desk *desk, struct jz_session *session,
                      const struct jz_request *request)
{
    if (desk->is_inside) {
        refuse_busy(desk, session, request); /* half of a command's changes are in the picture */
    } else if (request->op == JZ_OP_GET_STATUS) {
        answer_status(desk, session, request);
    } else if (request->op == JZ_OP_GET_MARKETS) {
        answer_markets(desk, session, request);
    } else {
        JZ_ASSERT(request->op == JZ_OP_GET_BOOK);
        answer_book(desk, session, request);
    }
}
