/* Whatever is killed and whenever: what was acknowledged is there, and nothing happens twice.
 *
 * Method: a stream of orders from one seed goes through libjiaozi to a real jiaozid and, command by
 * command, into a core in this process. Meanwhile jiaozid (or its gateway) is killed with SIGKILL
 * at random moments and started again. Every answer must be the one that the core gives, no answer
 * may come twice, and in the end both must have the same content digest. Half of the rounds run
 * over the shim, a disk that forgets what was not flushed; and without the flush this very test
 * must fail.
 *
 *     crash_daemon [SEED]
 */
#include "tests/support/core_street.h"
#include "tests/support/daemon.h"

#include "jiaozi/client.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WINDOW = 256, COMMANDS_MAX = 1 << 20, LIVE_NAMES = 512, SETTLE_MS = 20000 };

enum victim { VICTIM_DAEMON = 1, VICTIM_GATEWAY };

struct plan {
    int kills;
    enum victim victim;
    const char *const *setting; /* environment of jiaozid */
};

static struct {
    struct jz_daemon daemon;
    struct desk twin;
    struct jz_client *client;
    uint64_t random;
    uint64_t sent;
    uint64_t answered;
    uint64_t duplicates;
    uint64_t acknowledged_seq;
    struct expected {
        enum jz_result result;
        uint64_t executed_lots;
        bool is_answered;
    } * expected;    /* per command, by tag - 1 */
    char fault[256]; /* the first thing that was wrong, "" so far */
} story;

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    story.random += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t x = story.random;
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (x ^ (x >> 31)) % below;
}

static uint64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return ((uint64_t)now.tv_sec * 1000) + ((uint64_t)now.tv_nsec / 1000000);
}

static void blame(const char *what, uint64_t number)
{
    if (story.fault[0] == '\0') {
        (void)snprintf(story.fault, sizeof(story.fault), "%s (%llu)", what,
                       (unsigned long long)number);
    }
}

static void on_answer(void *context, const struct jz_answer *answer)
{
    (void)context;
    struct expected *expected = &story.expected[answer->tag - 1];

    if (expected->is_answered) {
        blame("a command was answered twice", answer->tag);
    }
    if (answer->result != expected->result || answer->executed_lots != expected->executed_lots) {
        char what[128];
        (void)snprintf(what, sizeof(what), "command kind %d: %s, %llu lots; the core says %s, %llu",
                       (int)answer->kind, jz_result_wire((int)answer->result),
                       (unsigned long long)answer->executed_lots,
                       jz_result_wire((int)expected->result),
                       (unsigned long long)expected->executed_lots);
        blame(what, answer->tag);
    }
    expected->is_answered = true;
    story.answered++;
    story.duplicates += answer->duplicate ? 1 : 0;
    story.acknowledged_seq =
        answer->seq > story.acknowledged_seq ? answer->seq : story.acknowledged_seq;
}

/* ---- the stream --------------------------------------------------------------------------------
 */

static void set_name(char *name, size_t name_bytes, uint64_t number)
{
    (void)snprintf(name, name_bytes, "n%llu", (unsigned long long)number);
}

/* A random order, cancel or replace, drawn and applied to the twin and handed to the client. */
static void send_one(void)
{
    const uint32_t account = draw(2) == 0 ? ANA : BO;
    const uint64_t kind = draw(10);
    const uint64_t price = 90 + draw(20);
    char name[JZ_CLIENT_ID_BYTES + 1];
    struct jz_command command = {.account = {account}};
    const struct jz_event_result *result = NULL;

    set_name(name, sizeof(name), draw(LIVE_NAMES));
    if (kind < 6) {
        const uint8_t side = draw(2) == 0 ? JZ_SIDE_BUY : JZ_SIDE_SELL;
        const uint64_t lots = 1 + draw(5);
        const enum jz_time_in_force tif = draw(5) == 0 ? JZ_TIF_IOC : JZ_TIF_GTC;
        command.kind = JZ_COMMAND_PLACE_ORDER;
        command.place = (struct jz_new_order){"BEANS/MILES", name, lots, price, side, tif};
        const struct wish wish = {account, side, lots, price, name, (uint8_t)tif};
        result = street_place(&story.twin, wish);
    } else if (kind < 9) {
        command.kind = JZ_COMMAND_CANCEL_ORDER;
        command.change = (struct jz_order_change){.client_id = name};
        struct jz_cancel_order body = {.account = {account}};
        memcpy(body.client_id, name, strlen(name));
        result = desk_apply(&story.twin, JZ_COMMAND_CANCEL_ORDER, &body);
    } else {
        command.kind = JZ_COMMAND_REPLACE_ORDER;
        command.change =
            (struct jz_order_change){.client_id = name, .lots = 1 + draw(5), .price = price};
        struct jz_replace_order body = {
            .account = {account}, .lots = command.change.lots, .price = price};
        memcpy(body.client_id, name, strlen(name));
        result = desk_apply(&story.twin, JZ_COMMAND_REPLACE_ORDER, &body);
    }
    story.expected[story.sent] = (struct expected){.result = (enum jz_result)result->result,
                                                   .executed_lots = result->amount};
    story.sent++;
    assert_int_equal(jz_client_submit(story.client, &command, story.sent, NULL), JZ_OK);
}

/* Keeps the window full until the moment comes. */
static void stream_until(uint64_t end_ms)
{
    while (now_ms() < end_ms && story.fault[0] == '\0') {
        while (jz_client_room(story.client) > 0 && story.sent < COMMANDS_MAX) {
            send_one();
        }
        assert_true(jz_client_poll(story.client, 1) >= 0);
    }
}

static void settle(void)
{
    const uint64_t end_ms = now_ms() + SETTLE_MS;
    while (jz_client_unanswered(story.client) > 0 && now_ms() < end_ms) {
        assert_true(jz_client_poll(story.client, 10) >= 0);
    }
    if (jz_client_unanswered(story.client) > 0) {
        blame("commands stay without an answer", jz_client_unanswered(story.client));
    }
}

/* ---- the street over the wire ------------------------------------------------------------------
 */

static void call(const struct jz_command *command)
{
    struct jz_answer answer;
    assert_int_equal(jz_client_call(story.client, command, &answer), JZ_OK);
    assert_int_equal(answer.result, JZ_RESULT_DONE);
}

/* The same currencies, accounts, market and purses as the twin's street_open_rich. */
static void open_street_over_the_wire(void)
{
    static const char *const codes[] = {"BEANS", "MILES", "STARS"};
    static const uint32_t accounts[] = {ANA, BO, CY};

    for (int i = 0; i < 3; i++) {
        const struct jz_put_currency twin = street_currency_body(codes[i]);
        const struct jz_command command = {
            .kind = JZ_COMMAND_PUT_CURRENCY,
            .currency = {.code = codes[i],
                         .scale = twin.scale,
                         .supply_cap_points = twin.supply_cap_points}};
        call(&command);
        const struct jz_command account = {
            .kind = JZ_COMMAND_PUT_ACCOUNT, .account = {accounts[i]}, .role = JZ_ROLE_MEMBER};
        call(&account);
    }
    const struct jz_put_market market = street_market_body(BEANS, MILES);
    const struct jz_command listing = {.kind = JZ_COMMAND_PUT_MARKET,
                                       .market = {.base = "BEANS",
                                                  .quote = "MILES",
                                                  .lot_points = market.lot_points,
                                                  .quote_unit_points = market.quote_unit_points,
                                                  .tick_price = market.tick_price,
                                                  .price_min = market.price_min,
                                                  .price_max = market.price_max}};
    call(&listing);
    for (int i = 0; i < 9; i++) {
        char source_id[16];
        (void)snprintf(source_id, sizeof(source_id), "purse-%d", i);
        const struct jz_command purse = {
            .kind = JZ_COMMAND_MINT,
            .account = {accounts[i / 3]},
            .credit = {.currency = codes[i % 3], .source_id = source_id, .amount_points = PURSE}};
        call(&purse);
    }
}

static struct jz_genesis roomy_genesis(void)
{
    struct jz_genesis genesis = desk_genesis();
    genesis.orders = 4096;
    genesis.levels = 4096;
    genesis.window = 4096;
    return genesis;
}

/* ---- a story -----------------------------------------------------------------------------------
 */

static const char *const small_segments[] = {"--segment-bytes=1M", "--event-ring-bytes=4M",
                                             "--reserve-bytes=0", NULL};

static void compare_digests(void)
{
    struct jz_exchange_status status;
    enum jz_result result = JZ_RESULT_DONE;
    const struct jz_digest twin = jz_core_content_digest(story.twin.core);

    if (jz_client_get_status(story.client, true, &status, &result) != JZ_OK) {
        blame("no status at the end", 0);
    } else if (memcmp(&status.content_digest, &twin, sizeof(twin)) != 0) {
        blame("the exchange and the core differ in content", status.seq);
    } else if (status.seq < story.acknowledged_seq) {
        blame("an acknowledged sequence is gone", story.acknowledged_seq);
    }
}

static void strike(const struct plan *plan)
{
    if (plan->victim == VICTIM_GATEWAY) {
        const pid_t gateway = jz_daemon_gateway(&story.daemon);
        if (gateway > 0) { /* else it is being restarted at this moment */
            (void)kill(gateway, SIGKILL);
        }
        return;
    }
    jz_daemon_kill(&story.daemon);
    if (!jz_daemon_start(&story.daemon)) {
        blame("jiaozid does not start again", (uint64_t)story.daemon.exit_code);
    }
}

/* Plays a plan; returns what was wrong, "" if nothing was. */
static const char *play(const struct plan *plan)
{
    const struct jz_genesis genesis = roomy_genesis();

    story.random = seed;
    story.sent = story.answered = story.duplicates = story.acknowledged_seq = 0;
    story.fault[0] = '\0';
    story.expected = calloc(COMMANDS_MAX, sizeof(*story.expected));
    assert_non_null(story.expected);
    for (int i = 0; small_segments[i] != NULL; i++) {
        story.daemon.options[i] = small_segments[i];
    }
    for (int i = 0; plan->setting != NULL && plan->setting[i] != NULL; i++) {
        story.daemon.environment[i] = plan->setting[i];
    }
    assert_true(jz_daemon_start(&story.daemon));
    const struct jz_client_options client = {.struct_bytes = sizeof(client),
                                             .window = WINDOW,
                                             .requests = story.daemon.requests,
                                             .feed = story.daemon.feed,
                                             .ordered = true,
                                             .silence_ms = 1000,
                                             .on_answer = on_answer};
    assert_int_equal(jz_client_create(&client, &story.client), JZ_OK);
    open_street_over_the_wire();
    street_open(&story.twin, &genesis);
    story.twin.is_unchecked = true;
    for (uint32_t i = 0; i < 9; i++) {
        street_expect(street_mint(&story.twin, ANA + (i / 3), BEANS + (i % 3), PURSE),
                      JZ_RESULT_DONE);
    }

    for (int i = 0; i < plan->kills && story.fault[0] == '\0'; i++) {
        stream_until(now_ms() + 20 + draw(60));
        strike(plan);
    }
    if (story.fault[0] == '\0') {
        stream_until(now_ms() + 50);
        settle();
        compare_digests();
    }
    printf("%llu commands, %llu answered as repeats, %d kills: %s\n",
           (unsigned long long)story.sent, (unsigned long long)story.duplicates, plan->kills,
           story.fault[0] == '\0' ? "nothing lost, nothing twice" : story.fault);
    jz_client_destroy(story.client);
    desk_close(&story.twin);
    free(story.expected);
    jz_daemon_kill(&story.daemon);
    return story.fault;
}

static int make(void **state)
{
    (void)state;
    assert_true(jz_daemon_create(&story.daemon, JZ_BIN_DIR, NULL));
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    jz_daemon_destroy(&story.daemon);
    return 0;
}

static void jiaozid_killed_25_times_loses_nothing(void **state)
{
    (void)state;
    const struct plan plan = {.kills = 25, .victim = VICTIM_DAEMON};
    assert_string_equal(play(&plan), "");
    assert_true(story.duplicates > 0); /* kills did fall between doing and answering */
}

static void over_a_disk_that_forgets_it_loses_nothing_either(void **state)
{
    (void)state;
    char directory[JZ_DAEMON_PATH_BYTES + 32];
    char tear[64];
    (void)snprintf(directory, sizeof(directory), "JZ_SHIM_DIRECTORY=%s", story.daemon.data);
    (void)snprintf(tear, sizeof(tear), "JZ_SHIM_TEAR=%llu", (unsigned long long)seed);
    const char *const setting[] = {"LD_PRELOAD=" JZ_SHIM, directory, tear, NULL};
    const struct plan plan = {.kills = 25, .victim = VICTIM_DAEMON, .setting = setting};
    assert_string_equal(play(&plan), "");
    assert_true(story.duplicates > 0);
}

static void without_the_flush_this_test_fails(void **state)
{
    (void)state;
    char directory[JZ_DAEMON_PATH_BYTES + 32];
    (void)snprintf(directory, sizeof(directory), "JZ_SHIM_DIRECTORY=%s/journal", story.daemon.data);
    const char *const setting[] = {"LD_PRELOAD=" JZ_SHIM, directory, "JZ_SHIM_NO_FLUSH=1", NULL};
    const struct plan plan = {.kills = 3, .victim = VICTIM_DAEMON, .setting = setting};
    assert_string_not_equal(play(&plan), "");
}

static void a_gateway_killed_under_load_loses_nothing(void **state)
{
    (void)state;
    const struct plan plan = {.kills = 5, .victim = VICTIM_GATEWAY};
    assert_string_equal(play(&plan), "");
}

int main(int argc, char **argv)
{
    seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(jiaozid_killed_25_times_loses_nothing, make, unmake),
        cmocka_unit_test_setup_teardown(over_a_disk_that_forgets_it_loses_nothing_either, make,
                                        unmake),
        cmocka_unit_test_setup_teardown(without_the_flush_this_test_fails, make, unmake),
        cmocka_unit_test_setup_teardown(a_gateway_killed_under_load_loses_nothing, make, unmake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
