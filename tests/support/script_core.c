/* script_core.c - names become numbers, lines become records, and every command is checked. */
#include "tests/support/script_core.h"

#include "engine/base/assert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define DAY_NS        (UINT64_C(86400) * 1000000000)
#define OPERATOR_KEY  1u
#define OPERATOR_LANE 0u
#define EVENTS_FIRST  256u

/* ---- found lines ----------------------------------------------------------------------------- */

static void append(struct jz_script_found *found, const char *format, va_list words)
{
    char line[512];
    const int length = vsnprintf(line, sizeof(line), format, words);
    JZ_ASSERT(length >= 0 && (size_t)length < sizeof(line));
    if (found->used + (size_t)length + 1 > found->room) {
        found->room = found->room * 2 + sizeof(line);
        found->text = realloc(found->text, found->room);
        JZ_ASSERT(found->text != NULL);
    }
    memcpy(found->text + found->used, line, (size_t)length + 1);
    found->used += (size_t)length + 1;
}

void jz_script_found_add(struct jz_script_found *found, const char *format, ...)
{
    va_list words;
    va_start(words, format);
    append(found, format, words);
    va_end(words);
    found->count++;
}

void jz_script_found_extend(struct jz_script_found *found, const char *format, ...)
{
    JZ_ASSERT(found->count > 0);
    found->used--; /* over the NUL of the last line */
    va_list words;
    va_start(words, format);
    append(found, format, words);
    va_end(words);
}

static void forget_found(struct jz_script_core *run)
{
    run->found.used = 0;
    run->found.count = 0;
    run->fault = NULL;
}

/* ---- names ----------------------------------------------------------------------------------- */

struct jz_account_id jz_script_core_account(const struct jz_script_core *run, const char *name)
{
    if (strcmp(name, "FEE") == 0) {
        return (struct jz_account_id){JZ_ACCOUNT_FEE};
    }
    if (strcmp(name, "EXPIRED") == 0) {
        return (struct jz_account_id){JZ_ACCOUNT_EXPIRED};
    }
    const uint32_t place = jz_script_names_find(&run->scenario->accounts, name);
    JZ_ASSERT(place != UINT32_MAX);
    return (struct jz_account_id){JZ_ACCOUNT_FIRST + place};
}

struct jz_currency_id jz_script_core_currency(const struct jz_script_core *run, const char *name)
{
    const uint32_t place = jz_script_names_find(&run->scenario->currencies, name);
    JZ_ASSERT(place != UINT32_MAX);
    return (struct jz_currency_id){place + 1};
}

const struct jz_script_listing *jz_script_core_listing(const struct jz_script_core *run,
                                                       const struct jz_script_market *market)
{
    for (uint32_t i = 0; i < run->listing_count; i++) {
        if (strcmp(run->listings[i].market.text, market->text) == 0) {
            return &run->listings[i];
        }
    }
    return NULL;
}

static uint32_t place_of_order(const struct jz_script_core *run, struct jz_order_id order)
{
    const uint32_t slot = (uint32_t)order.value;
    const uint32_t place = slot < run->slot_count ? run->ids_by_slot[slot] : UINT32_MAX;
    return place != UINT32_MAX && run->ids[place].order.value == order.value ? place : UINT32_MAX;
}

const char *jz_script_core_id_text(const struct jz_script_core *run, struct jz_order_id order)
{
    const uint32_t place = place_of_order(run, order);
    return place == UINT32_MAX ? "?" : run->scenario->ids.names[place];
}

/* The id itself if it fits, else its place among the scenario's ids. */
static void fill_client_id(uint32_t place, const char *id, char client_id[JZ_CLIENT_ID_BYTES])
{
    char other[JZ_CLIENT_ID_BYTES + 1];
    (void)snprintf(other, sizeof(other), "~%" PRIu32, place);
    const char *text = strlen(id) <= JZ_CLIENT_ID_BYTES ? id : other;
    memset(client_id, 0, JZ_CLIENT_ID_BYTES);
    memcpy(client_id, text, strlen(text));
}

/* ---- sending --------------------------------------------------------------------------------- */

static struct jz_script_core *run_of(struct jz_events *events)
{
    return (struct jz_script_core *)events; /* its first member */
}

/* More room, and all events stay. */
static void turn(struct jz_events *events)
{
    struct jz_script_core *run = run_of(events);
    const uint32_t used = run->room_count;
    run->room_count = used == 0 ? EVENTS_FIRST : used * 2;
    run->room = realloc(run->room, run->room_count * sizeof(run->room[0]));
    JZ_ASSERT(run->room != NULL);
    events->next = run->room + used;
    events->end = run->room + run->room_count;
}

static const struct jz_event_result *result_of(const struct jz_script_core *run)
{
    JZ_ASSERT(run->events.next > run->room);
    return &run->events.next[-1].result;
}

static void note_fault(struct jz_script_core *run, const char *fault)
{
    if (run->fault == NULL) {
        run->fault = fault;
    }
}

/* An accepted order is known from here on by the id that the core gave it. */
static void note_accepted(struct jz_script_core *run, const struct jz_event *event)
{
    const uint32_t slot = (uint32_t)event->order.order.value;
    const uint32_t place = run->placing;
    char client_id[JZ_CLIENT_ID_BYTES] = "";
    if (place < run->scenario->ids.count) {
        fill_client_id(place, run->scenario->ids.names[place], client_id);
    }
    if (slot >= run->slot_count ||
        memcmp(client_id, event->order.client_id, sizeof(client_id)) != 0) {
        note_fault(run, "an order was accepted that nobody placed");
        return;
    }
    run->ids[place] = (struct jz_script_id){.order = event->order.order, .account = event->account};
    run->ids_by_slot[slot] = place;
}

static void check_result(struct jz_script_core *run, const struct jz_record *record)
{
    const struct jz_event *last = run->events.next - 1;
    for (const struct jz_event *event = run->room; event < last; event++) {
        if (event->kind == JZ_EVENT_RESULT) {
            note_fault(run, "a command has more than one result");
        }
    }
    if (last->kind != JZ_EVENT_RESULT || last->result.command != record->kind ||
        last->result.duplicate != 0 || last->result.first_sequence != record->sequence ||
        last->result.highest_nonce != record->nonce) {
        note_fault(run, "the result at the end is not that of the command");
    }
}

/* The sum of each currency over all accounts is what was deposited. */
static void check_sums(struct jz_script_core *run)
{
    for (uint32_t currency = 0; currency < run->scenario->currencies.count; currency++) {
        const struct jz_currency_id id = {currency + 1};
        uint64_t sum = 0;
        for (uint32_t account = 1; account < run->mirror.account_count; account++) {
            const struct jz_balance_view balance =
                jz_core_balance(run->core, (struct jz_account_id){account}, id);
            sum += balance.available_points + balance.held_orders_points +
                   balance.held_other_points + balance.pending_points;
        }
        if (sum != run->deposited_points[currency]) {
            note_fault(run, "the accounts of a currency do not sum to its deposits");
        }
    }
}

/* Gives the core one command, with the run's clock, and keeps its events. */
static void send(struct jz_script_core *run, uint16_t kind, const void *body, uint64_t day)
{
    struct {
        struct jz_record record;
        uint8_t body[JZ_RECORD_UNIT_BYTES];
    } command;
    const bool is_engine = kind == JZ_COMMAND_GENESIS || kind == JZ_COMMAND_TICK;
    command.record = (struct jz_record){
        .bytes = sizeof(command),
        .kind = kind,
        .version = JZ_COMMAND_VERSION,
        .rules = JZ_RULES_VERSION,
        .day = (uint32_t)day,
        .sequence = ++run->sequence,
        .time_ns = day * DAY_NS,
        .key = is_engine ? 0 : OPERATOR_KEY,
        .lane = is_engine ? 0 : OPERATOR_LANE,
        .nonce = is_engine ? 0 : ++run->nonce,
    };
    memcpy(command.body, body, sizeof(command.body));

    run->events.next = run->room;
    jz_core_apply(run->core, &command.record, &run->events);
    jz_core_verify(run->core);
    for (const struct jz_event *event = run->room; event < run->events.next; event++) {
        if (event->kind == JZ_EVENT_ORDER && event->exec_type == JZ_EXEC_ACCEPTED) {
            note_accepted(run, event);
        }
        const char *fault = jz_script_mirror_apply(&run->mirror, event);
        if (fault != NULL) {
            note_fault(run, fault);
        }
    }
    check_result(run, &command.record);
}

/* What must hold when a line of the scenario has been run. */
static void check_all(struct jz_script_core *run)
{
    const char *fault = jz_script_mirror_compare(&run->mirror, run->core);
    if (fault != NULL) {
        note_fault(run, fault);
    }
    check_sums(run);
}

/* ---- commands -------------------------------------------------------------------------------- */

/* A command that no scenario expects to be refused. */
static void send_listing(struct jz_script_core *run, uint16_t kind, const void *body)
{
    send(run, kind, body, run->day);
    if (result_of(run)->result != JZ_RESULT_DONE) {
        note_fault(run, jz_result_text(result_of(run)->result));
    }
}

static void apply_pair(struct jz_script_core *run, const struct jz_script_pair *pair)
{
    const struct jz_put_market body = {
        .base = jz_script_core_currency(run, pair->market.base),
        .quote = jz_script_core_currency(run, pair->market.quote),
        .lot_points = pair->lot_points,
        .quote_unit_points = pair->quote_unit_points,
        .tick_price = pair->tick_price,
        .price_min = pair->price_min,
        .price_max = pair->price_max,
        .notional_min_points = pair->notional_min_points,
        .band_bp = (uint32_t)pair->band_bp,
        .reference_price = (uint32_t)pair->reference_price,
    };
    send_listing(run, JZ_COMMAND_PUT_MARKET, &body);
    run->listings[run->listing_count++] = (struct jz_script_listing){
        .market = pair->market, .id = {(uint32_t)result_of(run)->object}};
}

static void apply_deposit(struct jz_script_core *run, const struct jz_script_deposit *deposit)
{
    if (deposit->amount_points == 0) {
        return; /* nothing to take in */
    }
    struct jz_mint body = {
        .account = jz_script_core_account(run, deposit->account),
        .currency = jz_script_core_currency(run, deposit->currency),
        .amount_points = deposit->amount_points,
        .checked_seq = run->sequence,
    };
    (void)snprintf(body.source_id, sizeof(body.source_id), "deposit %" PRIu64, run->sequence + 1);
    run->deposited_points[body.currency.value - 1] += deposit->amount_points;
    send_listing(run, JZ_COMMAND_TRANSFER_IN, &body);
}

static void apply_order(struct jz_script_core *run, const struct jz_script_order *order)
{
    const uint32_t place = jz_script_names_find(&run->scenario->ids, order->id);
    const struct jz_script_listing *listing = jz_script_core_listing(run, &order->market);
    const struct jz_script_id *known = &run->ids[place];
    struct jz_place_order body = {
        .account = jz_script_core_account(run, order->account),
        .lots = order->lots,
        .price = order->price,
        .side = order->side == 'B' ? JZ_SIDE_BUY : JZ_SIDE_SELL,
        .time_in_force = order->time_in_force[0] == '\0' ? JZ_TIF_GTC : JZ_TIF_IOC,
        .stp_mode = JZ_STP_CANCEL_NEWEST,
    };
    body.market.value = listing == NULL ? run->listing_count + 1 : listing->id.value;
    fill_client_id(place, order->id, body.client_id);

    /* Ids of dead orders are free again in the core, and each account has ids of its own. */
    struct jz_order_view view;
    const bool is_core_s = jz_core_find_order(run->core, known->order, &view) &&
                           known->account.value == body.account.value;
    if (known->order.value != 0 && !is_core_s) {
        jz_script_found_add(&run->found, "REJ %s DUP_ID", order->id);
        return;
    }
    run->placing = place;
    send(run, JZ_COMMAND_PLACE_ORDER, &body, run->day);
    run->placing = UINT32_MAX;
    jz_script_text_events(run, order->id);
}

/* How a cancel or replace names its order: by order id and by client id in turn. */
struct target {
    struct jz_account_id account;
    struct jz_order_id order;
    char client_id[JZ_CLIENT_ID_BYTES];
};

static struct target target_of(const struct jz_script_core *run, const char *id)
{
    const uint32_t place = jz_script_names_find(&run->scenario->ids, id);
    const struct jz_script_id *known = &run->ids[place];
    struct target target = {.account = known->account};
    if (known->order.value != 0 && run->sequence % 2 == 0) {
        target.order = known->order;
    } else {
        fill_client_id(place, id, target.client_id);
    }
    if (target.account.value == 0) {
        target.account.value = JZ_ACCOUNT_FIRST; /* nobody's order: whoever asks */
    }
    return target;
}

static void apply_cancel(struct jz_script_core *run, const char *id)
{
    const struct target target = target_of(run, id);
    struct jz_cancel_order body = {.account = target.account, .order = target.order};
    memcpy(body.client_id, target.client_id, sizeof(body.client_id));
    send(run, JZ_COMMAND_CANCEL_ORDER, &body, run->day);
    jz_script_text_events(run, id);
}

static void apply_replace(struct jz_script_core *run, const struct jz_script_replace *replace)
{
    const struct target target = target_of(run, replace->id);
    struct jz_replace_order body = {
        .account = target.account,
        .order = target.order,
        .lots = replace->lots,
        .price = replace->price,
    };
    memcpy(body.client_id, target.client_id, sizeof(body.client_id));
    send(run, JZ_COMMAND_REPLACE_ORDER, &body, run->day);
    jz_script_text_events(run, replace->id);
}

static void apply_clock(struct jz_script_core *run, uint64_t day)
{
    const struct jz_tick body = {.reserved = {0}};
    send(run, JZ_COMMAND_TICK, &body, day);
    if (result_of(run)->result == JZ_RESULT_DONE) {
        run->day = day;
    }
    jz_script_text_events(run, "T");
    if (jz_core_day(run->core) != run->day || jz_core_time_ns(run->core) != run->day * DAY_NS) {
        note_fault(run, "the core's clock stands elsewhere");
    }
}

void jz_script_core_apply(struct jz_script_core *run, const struct jz_script_line *line)
{
    forget_found(run);
    if (line->kind == JZ_SCRIPT_PAIR) {
        apply_pair(run, &line->pair);
    } else if (line->kind == JZ_SCRIPT_DEPOSIT) {
        apply_deposit(run, &line->deposit);
    } else if (line->kind == JZ_SCRIPT_ORDER) {
        apply_order(run, &line->order);
    } else if (line->kind == JZ_SCRIPT_CANCEL) {
        apply_cancel(run, line->cancel);
    } else if (line->kind == JZ_SCRIPT_REPLACE) {
        apply_replace(run, &line->replace);
    } else if (line->kind == JZ_SCRIPT_CLOCK) {
        apply_clock(run, line->clock_day);
    } else {
        JZ_ASSERT(line->kind == JZ_SCRIPT_IMPLIED);
        run->implied_is_on = line->implied_is_on;
    }
    check_all(run);
}

void jz_script_core_tell(struct jz_script_core *run, const struct jz_script_assertion *assertion)
{
    forget_found(run);
    jz_script_text_assertion(run, assertion);
}

static bool has_market_between(const struct jz_script_core *run, const char *one, const char *two)
{
    for (uint32_t i = 0; i < run->listing_count; i++) {
        const struct jz_script_market *market = &run->listings[i].market;
        if ((strcmp(market->base, one) == 0 && strcmp(market->quote, two) == 0) ||
            (strcmp(market->base, two) == 0 && strcmp(market->quote, one) == 0)) {
            return true;
        }
    }
    return false;
}

bool jz_script_core_has_cycle(const struct jz_script_core *run)
{
    const struct jz_script_names *currencies = &run->scenario->currencies;
    for (uint32_t i = 0; i < run->listing_count && run->implied_is_on; i++) {
        const struct jz_script_market *market = &run->listings[i].market;
        for (uint32_t third = 0; third < currencies->count; third++) {
            if (has_market_between(run, market->base, currencies->names[third]) &&
                has_market_between(run, market->quote, currencies->names[third])) {
                return true;
            }
        }
    }
    return false;
}

/* ---- start and stop -------------------------------------------------------------------------- */

static void *zeroed(size_t count, size_t bytes)
{
    void *room = calloc(count + 1, bytes);
    JZ_ASSERT(room != NULL);
    return room;
}

/* Capacities that the scenario cannot reach. */
static struct jz_genesis genesis_for(const struct jz_script_scenario *scenario)
{
    uint32_t markets = 1;
    uint32_t orders = 1;
    for (uint32_t i = 0; i < scenario->line_count; i++) {
        markets += scenario->lines[i].kind == JZ_SCRIPT_PAIR ? 1 : 0;
        orders += scenario->lines[i].kind == JZ_SCRIPT_ORDER ? 1 : 0;
    }
    const uint32_t accounts = JZ_ACCOUNT_FIRST + scenario->accounts.count;
    const uint32_t currencies = scenario->currencies.count + 1;
    return (struct jz_genesis){
        .rules = JZ_RULES_VERSION,
        .currencies = currencies,
        .markets = markets,
        .accounts = accounts,
        .balances = accounts * currencies,
        .orders = orders,
        .levels = orders,
        .lanes = 1,
        .window = 64,
    };
}

static void put_names(struct jz_script_core *run)
{
    const struct jz_script_scenario *scenario = run->scenario;
    for (uint32_t i = 0; i < scenario->currencies.count; i++) {
        struct jz_put_currency body = {.supply_cap_points = JZ_AMOUNT_MAX};
        (void)snprintf(body.code, sizeof(body.code), "C%07" PRIu32, i + 1);
        send_listing(run, JZ_COMMAND_PUT_CURRENCY, &body);
        JZ_ASSERT(result_of(run)->object == i + 1);
    }
    const uint32_t accounts = scenario->accounts.count == 0 ? 1 : scenario->accounts.count;
    for (uint32_t i = 0; i < accounts; i++) {
        const struct jz_put_account body = {
            .account = {JZ_ACCOUNT_FIRST + i},
            .role = JZ_ROLE_MEMBER,
        };
        send_listing(run, JZ_COMMAND_PUT_ACCOUNT, &body);
    }
}

void jz_script_core_start(struct jz_script_core *run, const struct jz_script_scenario *scenario)
{
    const struct jz_genesis genesis = genesis_for(scenario);
    *run = (struct jz_script_core){.events = {.turn = turn},
                                   .scenario = scenario,
                                   .implied_is_on = true,
                                   .placing = UINT32_MAX};
    JZ_ASSERT(jz_core_check_genesis(&genesis) == 0);
    run->range_bytes = jz_core_range_bytes(&genesis);
    run->range = mmap(NULL, run->range_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    JZ_ASSERT(run->range != MAP_FAILED);

    run->slot_count = genesis.orders + 2;
    run->ids = zeroed(scenario->ids.count, sizeof(run->ids[0]));
    run->ids_by_slot = zeroed(run->slot_count, sizeof(run->ids_by_slot[0]));
    memset(run->ids_by_slot, 0xFF, run->slot_count * sizeof(run->ids_by_slot[0]));
    run->deposited_points = zeroed(scenario->currencies.count, sizeof(run->deposited_points[0]));
    run->listings = zeroed(genesis.markets, sizeof(run->listings[0]));
    jz_script_mirror_init(&run->mirror, &genesis);

    run->core = jz_core_init(run->range, &genesis);
    send_listing(run, JZ_COMMAND_GENESIS, &genesis);
    put_names(run);
    check_all(run);
}

void jz_script_core_stop(struct jz_script_core *run)
{
    jz_script_mirror_deinit(&run->mirror);
    free(run->ids);
    free(run->ids_by_slot);
    free(run->deposited_points);
    free(run->listings);
    free(run->found.text);
    free(run->room);
    const int status = munmap(run->range, run->range_bytes);
    JZ_ASSERT(status == 0);
}
