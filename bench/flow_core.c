/* flow_core.c - the translation, and the comparison with what a venue did. */
#include "bench/flow_core.h"

#include "engine/base/assert.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define BASE     1u
#define QUOTE    2u
#define START_NS (UINT64_C(15512) * 86400 * 1000000000) /* 2012-06-21 */
#define DAY      15512u
#define STEP_NS  100000u

/* Enough for any order of a flow, and all of it together below 2^62. */
#define FUNDS_POINTS (UINT64_C(1) << 61)

static void keep_last(struct jz_events *events)
{
    struct jz_flow_core *replay = (struct jz_flow_core *)events; /* its first member */
    replay->events_taken += (uint64_t)(events->next - replay->room);
    events->next = replay->room;
    events->end = replay->room + JZ_FLOW_CORE_EVENTS;
}

static uint64_t mix(uint64_t value)
{
    value ^= value >> 33;
    value *= UINT64_C(0xff51afd7ed558ccd);
    value ^= value >> 33;
    value *= UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ value >> 33;
}

static struct jz_account_id account_of(const struct jz_flow_core *replay, uint64_t id, uint8_t side)
{
    const uint32_t within = (uint32_t)(mix(id) % replay->options.accounts);
    return (struct jz_account_id){JZ_ACCOUNT_FIRST + within +
                                  (side == JZ_SIDE_SELL ? replay->options.accounts : 0)};
}

static struct jz_record header(struct jz_flow_core *replay, uint16_t kind)
{
    const bool is_genesis = kind == JZ_COMMAND_GENESIS;
    replay->sequence++;
    return (struct jz_record){
        .bytes = sizeof(struct jz_flow_core_command),
        .kind = kind,
        .version = JZ_COMMAND_VERSION,
        .rules = JZ_RULES_VERSION,
        .day = DAY,
        .sequence = replay->sequence,
        .time_ns = START_NS + replay->sequence * STEP_NS,
        .key = is_genesis ? 0 : 1,
        .nonce = is_genesis ? 0 : ++replay->nonce,
    };
}

static const struct jz_event_result *result_of(const struct jz_flow_core *replay)
{
    JZ_ASSERT(replay->events.next > replay->room);
    return &replay->events.next[-1].result;
}

void jz_flow_core_translate(struct jz_flow_core *replay, const struct jz_flow_command *command,
                            struct jz_flow_core_command *translated)
{
    static const uint16_t kinds[] = {
        [JZ_FLOW_PLACE] = JZ_COMMAND_PLACE_ORDER,
        [JZ_FLOW_CANCEL] = JZ_COMMAND_CANCEL_ORDER,
        [JZ_FLOW_REPLACE] = JZ_COMMAND_REPLACE_ORDER,
    };
    const struct jz_account_id account = account_of(replay, command->id, command->side);
    memset(translated, 0, sizeof(*translated));
    translated->record = header(replay, kinds[command->kind]);
    bool fits = true;
    switch ((enum jz_flow_kind)command->kind) {
    case JZ_FLOW_PLACE:
        translated->place = (struct jz_place_order){
            .account = account,
            .market = replay->market,
            .lots = command->lots,
            .price = command->price,
            .side = command->side,
            .time_in_force = command->time_in_force,
            .stp_mode = JZ_STP_CANCEL_NEWEST,
        };
        fits = jz_flow_client_id(command->id, translated->place.client_id);
        break;
    case JZ_FLOW_CANCEL:
        translated->cancel.account = account;
        fits = jz_flow_client_id(command->id, translated->cancel.client_id);
        break;
    case JZ_FLOW_REPLACE:
        translated->replace.account = account;
        translated->replace.lots = command->lots;
        translated->replace.price = command->price;
        fits = jz_flow_client_id(command->id, translated->replace.client_id);
        break;
    }
    JZ_ASSERT(fits); /* the reader lets no longer id pass */
}

void jz_flow_core_apply(struct jz_flow_core *replay, const struct jz_flow_core_command *command)
{
    replay->events.next = replay->room;
    replay->events_taken = 0;
    jz_core_apply(replay->core, &command->record, &replay->events);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool differs(struct jz_flow_core *replay, const struct jz_flow_step *step, const char *what,
                    uint64_t expected, uint64_t found)
{
    (void)snprintf(replay->mismatch, sizeof(replay->mismatch),
                   "row %" PRIu64 " op %c id %" PRIu64 ": %s: expected %" PRIu64 ", found %" PRIu64,
                   step->command.row, step->command.op, step->command.id, what, expected, found);
    return false;
}

/* Each trade names its maker by the report behind it. */
static bool compare_fills(struct jz_flow_core *replay, const struct jz_flow_step *step)
{
    uint32_t count = 0;
    for (const struct jz_event *event = replay->room; event < replay->events.next; event++) {
        if (event->kind != JZ_EVENT_TRADE) {
            continue;
        }
        if (count == step->fill_count) {
            return differs(replay, step, "fills", step->fill_count, count + 1);
        }
        const struct jz_flow_fill *fill = &step->fills[count];
        const uint64_t maker_id = jz_flow_id(event[1].order.client_id);
        if (event[1].kind != JZ_EVENT_ORDER || maker_id != fill->maker_id) {
            return differs(replay, step, "maker", fill->maker_id, maker_id);
        }
        if (event->trade.price != fill->price) {
            return differs(replay, step, "price of a fill", fill->price, event->trade.price);
        }
        if (event->trade.lots != fill->lots) {
            return differs(replay, step, "lots of a fill", fill->lots, event->trade.lots);
        }
        count++;
    }
    replay->fills += count;
    return count == step->fill_count || differs(replay, step, "fills", step->fill_count, count);
}

static bool compare_side(struct jz_flow_core *replay, const struct jz_flow_step *step, uint8_t side,
                         const struct jz_flow_level expected[JZ_FLOW_LEVELS])
{
    struct jz_depth_level found[JZ_FLOW_LEVELS];
    memset(found, 0, sizeof(found));
    (void)jz_core_depth(replay->core, replay->market, side, found, JZ_FLOW_LEVELS);
    for (uint32_t i = 0; i < JZ_FLOW_LEVELS; i++) {
        if (found[i].price != expected[i].price) {
            return differs(replay, step, "price of a level", expected[i].price, found[i].price);
        }
        if (found[i].lots != expected[i].lots) {
            return differs(replay, step, "lots of a level", expected[i].lots, found[i].lots);
        }
    }
    return true;
}

bool jz_flow_core_step(struct jz_flow_core *replay, const struct jz_flow_step *step)
{
    struct jz_flow_core_command command;
    jz_flow_core_translate(replay, &step->command, &command);
    jz_flow_core_apply(replay, &command);
    JZ_ASSERT(replay->events_taken == 0);
    replay->commands++;
    replay->takers += step->command.op == 'T' ? 1 : 0;

    const struct jz_event_result *result = result_of(replay);
    if (result->result != JZ_RESULT_DONE) {
        return differs(replay, step, "result", JZ_RESULT_DONE, result->result);
    }
    const bool rests = step->command.op == 'A' || step->command.kind == JZ_FLOW_REPLACE;
    if (result->leaves_lots != (rests ? step->command.lots : 0)) {
        return differs(replay, step, "open lots", rests ? step->command.lots : 0,
                       result->leaves_lots);
    }
    if (!compare_fills(replay, step)) {
        return false;
    }
    if (step->book == NULL) {
        return true;
    }
    replay->books++;
    return compare_side(replay, step, JZ_SIDE_SELL, step->book->asks) &&
           compare_side(replay, step, JZ_SIDE_BUY, step->book->bids);
}

/* ---- start and stop -------------------------------------------------------------------------- */

static void set_up(struct jz_flow_core *replay, struct jz_flow_core_command *command, uint16_t kind)
{
    command->record = header(replay, kind);
    jz_flow_core_apply(replay, command);
    JZ_ASSERT(result_of(replay)->result == JZ_RESULT_DONE);
}

static void list_all(struct jz_flow_core *replay)
{
    static const char *const codes[] = {"BASE", "QUOTE"};
    for (size_t i = 0; i < 2; i++) {
        struct jz_flow_core_command command = {
            .put_currency = {.scale = 0, .supply_cap_points = JZ_AMOUNT_MAX}};
        memcpy(command.put_currency.code, codes[i], strlen(codes[i]));
        set_up(replay, &command, JZ_COMMAND_PUT_CURRENCY);
    }
    struct jz_flow_core_command command = {.put_market = {
                                               .base = {BASE},
                                               .quote = {QUOTE},
                                               .lot_points = 1,
                                               .quote_unit_points = 1,
                                               .tick_price = 100,
                                               .price_min = 1,
                                               .price_max = JZ_PRICE_MAX,
                                           }};
    set_up(replay, &command, JZ_COMMAND_PUT_MARKET);
    replay->market.value = (uint32_t)result_of(replay)->object;
}

static void fund_all(struct jz_flow_core *replay)
{
    const uint32_t accounts = replay->options.accounts;
    JZ_ASSERT(accounts > 0);
    for (uint32_t i = 0; i < 2 * accounts; i++) {
        const struct jz_account_id account = {JZ_ACCOUNT_FIRST + i};
        struct jz_flow_core_command opening = {
            .put_account = {.account = account, .role = JZ_ROLE_MEMBER}};
        set_up(replay, &opening, JZ_COMMAND_PUT_ACCOUNT);
        struct jz_flow_core_command mint = {.mint = {
                                                .account = account,
                                                .currency = {i < accounts ? QUOTE : BASE},
                                                .amount_points = FUNDS_POINTS / accounts,
                                                .checked_seq = replay->sequence,
                                            }};
        (void)snprintf(mint.mint.source_id, sizeof(mint.mint.source_id), "funds %" PRIu32, i);
        set_up(replay, &mint, JZ_COMMAND_MINT);
    }
}

int jz_flow_core_start(struct jz_flow_core *replay, const struct jz_flow_core_options *options)
{
    struct jz_flow_core_command command = {.genesis = {
                                               .rules = JZ_RULES_VERSION,
                                               .currencies = 2,
                                               .markets = 1,
                                               .accounts = JZ_ACCOUNT_FIRST + 2 * options->accounts,
                                               .balances = 4 * options->accounts + 4,
                                               .orders = options->orders,
                                               .levels = options->orders,
                                               .lanes = 1,
                                               .window = 4096,
                                           }};
    JZ_ASSERT(options->accounts > 0);
    memset(replay, 0, sizeof(*replay));
    replay->options = *options;
    replay->events.turn = keep_last;
    replay->events.next = replay->room;
    replay->events.end = replay->room + JZ_FLOW_CORE_EVENTS;
    JZ_ASSERT(jz_core_check_genesis(&command.genesis) == 0);
    replay->range_bytes = jz_core_range_bytes(&command.genesis);
    replay->range = mmap(NULL, replay->range_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (replay->range == MAP_FAILED) {
        return JZ_ENOMEM;
    }
    replay->core = jz_core_init(replay->range, &command.genesis);
    set_up(replay, &command, JZ_COMMAND_GENESIS);
    list_all(replay);
    fund_all(replay);
    return JZ_OK;
}

void jz_flow_core_stop(struct jz_flow_core *replay)
{
    const int status = munmap(replay->range, replay->range_bytes);
    JZ_ASSERT(status == 0);
}
