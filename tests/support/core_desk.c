/* core_desk.c - mapping a core, applying commands, keeping their events. */
#include "tests/support/core_desk.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct jz_genesis desk_genesis(void)
{
    return (struct jz_genesis){
        .rules = JZ_RULES_VERSION,
        .calendar_offset_s = 28800,
        .currencies = 8,
        .markets = 8,
        .accounts = 64,
        .balances = 64,
        .orders = 32,
        .levels = 16,
        .lanes = 64,
        .window = 8,
    };
}

static void *map_bytes(size_t bytes)
{
    void *range = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(range != MAP_FAILED);
    (void)madvise(range, bytes, MADV_NOHUGEPAGE); /* so that pages in use can be counted */
    return range;
}

/* The room is larger than any command of the tests needs. */
static void run_out(struct jz_events *events)
{
    (void)events;
    fail_msg("a command gave more than %u events", DESK_EVENTS_MAX);
}

void desk_open_blank(struct desk *desk, const struct jz_genesis *genesis)
{
    const struct jz_genesis small = desk_genesis();
    const struct jz_genesis *chosen = genesis != NULL ? genesis : &small;
    assert_int_equal(jz_core_check_genesis(chosen), 0);
    *desk = (struct desk){.range_bytes = jz_core_range_bytes(chosen)};
    desk->range = map_bytes(desk->range_bytes);
    desk->is_unchecked = desk->range_bytes > DESK_CHECKED_BYTES_MAX;
    desk->events = map_bytes(DESK_EVENTS_MAX * sizeof(struct jz_event));
    desk->core = jz_core_init(desk->range, chosen);
    desk->next = (struct jz_record){
        .version = JZ_COMMAND_VERSION,
        .rules = chosen->rules,
        .day = 20000,
        .time_ns = UINT64_C(20000) * 86400 * 1000000000,
        .key = 1,
    };
}

void desk_open(struct desk *desk, const struct jz_genesis *genesis)
{
    desk_open_blank(desk, genesis);
    const struct jz_genesis made = *jz_core_genesis(desk->core);
    desk->next.key = 0;
    const struct jz_event_result *result = desk_apply(desk, JZ_COMMAND_GENESIS, &made);
    assert_int_equal(result->result, JZ_RESULT_DONE);
    desk->next.key = 1;
    desk->next.nonce = 0;
}

void desk_close(struct desk *desk)
{
    assert_int_equal(munmap(desk->range, desk->range_bytes), 0);
    assert_int_equal(munmap(desk->events, DESK_EVENTS_MAX * sizeof(struct jz_event)), 0);
}

const struct jz_event_result *desk_apply_record(struct desk *desk, const struct jz_record *record)
{
    desk->room = (struct jz_events){
        .next = desk->events, .end = desk->events + DESK_EVENTS_MAX, .turn = run_out};
    jz_core_apply(desk->core, record, &desk->room);
    desk->event_count = (uint32_t)(desk->room.next - desk->events);
    assert_true(desk->event_count > 0);
    const struct jz_event *last = &desk->events[desk->event_count - 1];
    assert_int_equal(last->kind, JZ_EVENT_RESULT);
    assert_int_equal(desk_count(desk, JZ_EVENT_RESULT), 1);
    if (!desk->is_unchecked) {
        jz_core_verify(desk->core);
    }
    return &last->result;
}

const struct jz_event_result *desk_apply(struct desk *desk, uint16_t kind, const void *body)
{
    struct {
        struct jz_record record;
        unsigned char body[JZ_RECORD_UNIT_BYTES];
    } command = {.record = desk->next};
    command.record.bytes = sizeof(command);
    command.record.kind = kind;
    command.record.sequence = jz_core_sequence(desk->core) + 1;
    command.record.nonce = desk->next.key == 0 ? 0 : ++desk->next.nonce;
    memcpy(command.body, body, sizeof(command.body));
    return desk_apply_record(desk, &command.record);
}

const struct jz_event *desk_event(const struct desk *desk, uint8_t kind, uint32_t n)
{
    for (uint32_t i = 0; i < desk->event_count; i++) {
        if (desk->events[i].kind == kind && n-- == 0) {
            return &desk->events[i];
        }
    }
    return NULL;
}

uint32_t desk_count(const struct desk *desk, uint8_t kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < desk->event_count; i++) {
        count += desk->events[i].kind == kind;
    }
    return count;
}

static const char *exec_word(uint8_t exec_type)
{
    switch ((enum jz_exec_type)exec_type) {
#define X(value, name, word)                                                                       \
    case JZ_EXEC_##name:                                                                           \
        return word;
        JZ_EXEC_MAP(X)
#undef X
    }
    return "?";
}

static const char *event_word(const struct jz_event *event)
{
    switch ((enum jz_event_kind)event->kind) {
    case JZ_EVENT_RESULT:
        return "result";
    case JZ_EVENT_CURRENCY:
        return "currency";
    case JZ_EVENT_ACCOUNT:
        return "account";
    case JZ_EVENT_MARKET:
        return "market";
    case JZ_EVENT_TRANSFER:
        return "transfer";
    case JZ_EVENT_HOLD:
        return event->hold.released != 0 ? "free" : "hold";
    case JZ_EVENT_ORDER:
        if (event->exec_type == JZ_EXEC_TRADE) {
            return (event->flags & JZ_EVENT_FLAG_TAKER) != 0 ? "taker" : "maker";
        }
        return exec_word(event->exec_type);
    case JZ_EVENT_TRADE:
        return "trade";
    case JZ_EVENT_DEPTH:
        return "depth";
    case JZ_EVENT_LANE:
        return "lane";
    case JZ_EVENT_PICTURE_END:
        return "end";
    }
    return "?";
}

const char *desk_told(const struct desk *desk)
{
    static char text[4096];
    size_t at = 0;
    for (uint32_t i = 0; i < desk->event_count && at < sizeof(text); i++) {
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i == 0 ? "" : " ",
                               event_word(&desk->events[i]));
    }
    assert_true(at < sizeof(text));
    return text;
}

void desk_stories(struct CMUnitTest *tests, size_t count, CMFixtureFunction open,
                  CMFixtureFunction close)
{
    for (size_t i = 0; i < count; i++) {
        tests[i].setup_func = open;
        tests[i].teardown_func = close;
    }
}
