/* picture.c - each event is laid over what was known before.
 *
 * Why the mix of slices and events is right: the engine writes both, in one order, and tells in a
 * slice how things stand at that place in the order. What a slice tells is therefore newer than
 * every event before it and older than every event behind it, and all quantities are absolute. An
 * event about a market that no slice has told yet can be dropped, because the slice will tell a
 * later state.
 */
#include "gateway/picture.h"

#include "engine/base/assert.h"
#include "engine/base/limits.h"
#include "jiaozi/status.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_MIN          64u
#define KEY_OF_OPERATOR   1u
#define ACCOUNTS_PER_WORD 64u

/* Room for index, zeroed where it is new. Doubles, so that listing n objects moves each twice. */
static int make_room(void **items, uint32_t *room, uint32_t index, size_t item_bytes)
{
    if (index < *room) {
        return JZ_OK;
    }
    uint32_t wanted = *room == 0 ? ROOM_MIN : *room;
    while (wanted <= index) {
        wanted *= 2;
    }
    char *grown = realloc(*items, wanted * item_bytes);
    if (grown == NULL) {
        return JZ_ENOMEM;
    }
    memset(grown + (*room * item_bytes), 0, (wanted - *room) * item_bytes);
    *items = grown;
    *room = wanted;
    return JZ_OK;
}

static int apply_currency(struct jz_picture *picture, const struct jz_event_currency *event)
{
    const uint32_t id = event->currency.value;
    void *items = picture->currencies;

    JZ_ASSERT(id > 0 && id <= JZ_CURRENCIES_MAX);
    int status = make_room(&items, &picture->currencies_room, id, sizeof(*picture->currencies));
    picture->currencies = items;
    if (status != JZ_OK) {
        return status;
    }
    struct jz_picture_currency *currency = &picture->currencies[id];
    picture->currencies_count += currency->code_bytes == 0;
    currency->is = *event;
    currency->code_bytes = (uint32_t)strnlen(event->code, sizeof(event->code));
    JZ_ASSERT(currency->code_bytes > 0);

    struct jz_name name;
    const bool fits = jz_name_make(&name, event->code, currency->code_bytes);
    JZ_ASSERT(fits);
    return jz_names_put(&picture->codes, &name, id);
}

static int apply_account(struct jz_picture *picture, struct jz_account_id account)
{
    const uint32_t word = account.value / ACCOUNTS_PER_WORD;
    const uint64_t bit = UINT64_C(1) << (account.value % ACCOUNTS_PER_WORD);
    void *items = picture->accounts;

    JZ_ASSERT(account.value > 0 && account.value <= JZ_ACCOUNTS_MAX);
    const int status = make_room(&items, &picture->accounts_room, word, sizeof(*picture->accounts));
    picture->accounts = items;
    if (status != JZ_OK) {
        return status;
    }
    picture->accounts_count += (picture->accounts[word] & bit) == 0;
    picture->accounts[word] |= bit;
    return JZ_OK;
}

/* False if a currency is not known. */
static bool write_symbol(const struct jz_picture *picture, struct jz_picture_market *market)
{
    const struct jz_picture_currency *base = jz_picture_find_currency(picture, market->is.base);
    const struct jz_picture_currency *quote = jz_picture_find_currency(picture, market->is.quote);

    if (base == NULL || quote == NULL) {
        return false;
    }
    JZ_ASSERT(base->code_bytes <= JZ_CURRENCY_CODE_MAX);
    JZ_ASSERT(quote->code_bytes <= JZ_CURRENCY_CODE_MAX);
    memcpy(market->symbol, base->is.code, base->code_bytes);
    market->symbol[base->code_bytes] = '/';
    memcpy(market->symbol + base->code_bytes + 1, quote->is.code, quote->code_bytes);
    market->symbol_bytes = (uint8_t)(base->code_bytes + 1 + quote->code_bytes);
    return true;
}

/* The first part of a market lists it, the second one, which follows at once, says how it stands. A
 * market whose currencies no slice has told yet is left out: its own slice comes behind theirs. */
static int apply_market(struct jz_picture *picture, const struct jz_event *event)
{
    const uint32_t id = event->market.value;
    void *items = picture->markets;

    JZ_ASSERT(id > 0 && id <= JZ_MARKETS_MAX);
    int status = make_room(&items, &picture->markets_room, id, sizeof(*picture->markets));
    picture->markets = items;
    if (status != JZ_OK) {
        return status;
    }
    struct jz_picture_market *market = &picture->markets[id];
    if ((event->flags & JZ_EVENT_FLAG_PART2) != 0) {
        market->stands = event->state;
        return JZ_OK;
    }
    market->is = event->terms;
    if (market->symbol_bytes != 0 || !write_symbol(picture, market)) {
        return JZ_OK;
    }
    jz_ladder_init(&market->bids, JZ_SIDE_BUY);
    jz_ladder_init(&market->asks, JZ_SIDE_SELL);
    picture->markets_count++;

    struct jz_name name;
    const bool fits = jz_name_make(&name, market->symbol, market->symbol_bytes);
    JZ_ASSERT(fits);
    return jz_names_put(&picture->symbols, &name, id);
}

static struct jz_picture_market *market_at(struct jz_picture *picture, struct jz_market_id market)
{
    if (market.value >= picture->markets_room || picture->markets[market.value].symbol_bytes == 0) {
        return NULL;
    }
    return &picture->markets[market.value];
}

static void apply_trade(struct jz_picture *picture, const struct jz_event *event)
{
    struct jz_picture_market *market = market_at(picture, event->market);
    if (market != NULL) {
        market->stands.trade_no = event->number;
        market->stands.last_price = event->trade.price;
    }
}

static int apply_depth(struct jz_picture *picture, const struct jz_record *header,
                       const struct jz_event *event)
{
    struct jz_picture_market *market = market_at(picture, event->market);
    if (market == NULL) {
        return JZ_OK;
    }
    if (header->kind == JZ_RECORD_EVENTS) {
        market->stands.depth_no = event->number;
    }
    for (uint32_t i = 0; i < sizeof(event->depth.levels) / sizeof(event->depth.levels[0]); i++) {
        const struct jz_depth_level *level = &event->depth.levels[i];
        if (level->side == 0) {
            continue;
        }
        struct jz_ladder *ladder = level->side == JZ_SIDE_BUY ? &market->bids : &market->asks;
        const int status = jz_ladder_set(ladder, level->price, level->lots);
        if (status != JZ_OK) {
            return status;
        }
    }
    return JZ_OK;
}

static int apply_lane(struct jz_picture *picture, const struct jz_event_lane *event)
{
    void *items = picture->lanes;

    JZ_ASSERT(event->lane <= JZ_LANES_MAX);
    JZ_ASSERT(event->window > 0 && event->window <= JZ_WINDOW_MAX);
    if (event->key != KEY_OF_OPERATOR) {
        return JZ_OK;
    }
    const int status =
        make_room(&items, &picture->lanes_room, event->lane, sizeof(*picture->lanes));
    picture->lanes = items;
    if (status != JZ_OK) {
        return status;
    }
    picture->lanes[event->lane] = (struct jz_picture_lane){
        .highest_nonce = event->highest_nonce,
        .window = event->window,
    };
    return JZ_OK;
}

/* A result says how high its lane has come. A lane that no slice has told yet will be told later.
 */
static void apply_result(struct jz_picture *picture, const struct jz_record *header,
                         const struct jz_event_result *event)
{
    if (header->key == KEY_OF_OPERATOR && header->lane < picture->lanes_room &&
        picture->lanes[header->lane].window != 0) {
        picture->lanes[header->lane].highest_nonce = event->highest_nonce;
    }
}

void jz_picture_init(struct jz_picture *picture)
{
    *picture = (struct jz_picture){0};
    jz_names_init(&picture->codes);
    jz_names_init(&picture->symbols);
}

void jz_picture_deinit(struct jz_picture *picture)
{
    for (uint32_t id = 0; id < picture->markets_room; id++) {
        jz_ladder_deinit(&picture->markets[id].bids);
        jz_ladder_deinit(&picture->markets[id].asks);
    }
    free(picture->currencies);
    free(picture->markets);
    free(picture->accounts);
    free(picture->lanes);
    jz_names_deinit(&picture->codes);
    jz_names_deinit(&picture->symbols);
    *picture = (struct jz_picture){0};
}

int jz_picture_apply(struct jz_picture *picture, const struct jz_record *header,
                     const struct jz_event *event)
{
    picture->sequence = header->sequence;
    picture->time_ns = header->time_ns;

    switch ((enum jz_event_kind)event->kind) {
    case JZ_EVENT_RESULT:
        apply_result(picture, header, &event->result);
        return JZ_OK;
    case JZ_EVENT_CURRENCY:
        return apply_currency(picture, &event->currency);
    case JZ_EVENT_ACCOUNT:
        return apply_account(picture, event->account);
    case JZ_EVENT_MARKET:
        return apply_market(picture, event);
    case JZ_EVENT_TRADE:
        apply_trade(picture, event);
        return JZ_OK;
    case JZ_EVENT_DEPTH:
        return apply_depth(picture, header, event);
    case JZ_EVENT_LANE:
        return apply_lane(picture, &event->lane);
    case JZ_EVENT_PICTURE_END:
        picture->complete = true;
        return JZ_OK;
    case JZ_EVENT_TRANSFER:
    case JZ_EVENT_HOLD:
    case JZ_EVENT_ORDER:
        return JZ_OK;
    }
    return JZ_OK;
}

const struct jz_picture_currency *jz_picture_find_currency(const struct jz_picture *picture,
                                                           struct jz_currency_id currency)
{
    if (currency.value >= picture->currencies_room ||
        picture->currencies[currency.value].code_bytes == 0) {
        return NULL;
    }
    return &picture->currencies[currency.value];
}

const struct jz_picture_market *jz_picture_find_market(const struct jz_picture *picture,
                                                       struct jz_market_id market)
{
    if (market.value >= picture->markets_room || picture->markets[market.value].symbol_bytes == 0) {
        return NULL;
    }
    return &picture->markets[market.value];
}

struct jz_currency_id jz_picture_currency_of(const struct jz_picture *picture, const char *text,
                                             size_t text_bytes)
{
    struct jz_name name;
    if (!jz_name_make(&name, text, text_bytes)) {
        return (struct jz_currency_id){0};
    }
    return (struct jz_currency_id){jz_names_find(&picture->codes, &name)};
}

struct jz_market_id jz_picture_market_of(const struct jz_picture *picture, const char *text,
                                         size_t text_bytes)
{
    struct jz_name name;
    if (!jz_name_make(&name, text, text_bytes)) {
        return (struct jz_market_id){0};
    }
    return (struct jz_market_id){jz_names_find(&picture->symbols, &name)};
}

struct jz_market_id jz_picture_market_reversed(const struct jz_picture *picture, const char *text,
                                               size_t text_bytes)
{
    const char *slash = memchr(text, '/', text_bytes);
    char reversed[JZ_SYMBOL_MAX];

    if (slash == NULL || text_bytes > sizeof(reversed)) {
        return (struct jz_market_id){0};
    }
    const size_t base_bytes = (size_t)(slash - text);
    const size_t quote_bytes = text_bytes - base_bytes - 1;
    memcpy(reversed, slash + 1, quote_bytes);
    reversed[quote_bytes] = '/';
    memcpy(reversed + quote_bytes + 1, text, base_bytes);
    return jz_picture_market_of(picture, reversed, text_bytes);
}

const struct jz_picture_lane *jz_picture_find_lane(const struct jz_picture *picture, uint32_t lane)
{
    if (lane >= picture->lanes_room || picture->lanes[lane].window == 0) {
        return NULL;
    }
    return &picture->lanes[lane];
}

void jz_picture_verify(const struct jz_picture *picture)
{
    uint32_t markets = 0;
    uint32_t accounts = 0;

    for (uint32_t id = 0; id < picture->markets_room; id++) {
        const struct jz_picture_market *market = &picture->markets[id];
        if (market->symbol_bytes == 0) {
            continue;
        }
        markets++;
        JZ_ASSERT(jz_picture_market_of(picture, market->symbol, market->symbol_bytes).value == id);
        jz_ladder_verify(&market->bids);
        jz_ladder_verify(&market->asks);
    }
    for (uint32_t word = 0; word < picture->accounts_room; word++) {
        accounts += (uint32_t)__builtin_popcountll(picture->accounts[word]);
    }
    JZ_ASSERT(markets == picture->markets_count);
    JZ_ASSERT(accounts == picture->accounts_count);
}
