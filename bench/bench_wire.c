/* bench_wire.c - orders a second through a real jiaozid, each durable before it is answered.
 *
 * Starts the jiaozid beside this program on a fresh directory, on plain loopback, and sends it one
 * order per message with a fixed number in flight, through libjiaozi as any client would. Buys and
 * sells come from accounts of their own at prices in a narrow band, so that about half of them
 * trade and the book stays small. The time of an order is from submit to its answer. Client,
 * gateway and engine share the machine.
 */
#include "bench/bench.h"

#include "jiaozi/jiaozi.h"
#include "tests/support/daemon.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_SECOND 1000000000u
#define NS_PER_MS     1000000u
#define WARM_UP_NS    (500u * (uint64_t)NS_PER_MS)
#define SYMBOL        "BEANS/MILES"
#define FIRST_ACCOUNT 101u
#define ACCOUNTS_MAX  100000u
#define PRICE_BASE    1000u
#define PRICE_STEPS   16u
#define LOTS_STEPS    8u
#define FUNDS_POINTS  (UINT64_C(1) << 40)
#define PATH_BYTES    512u
#define TAG_SLOTS     8192u /* more than commands in flight */

struct setting {
    const char *parent; /* folder to work in */
    uint64_t window;
    uint64_t seconds;
    uint64_t orders; /* 0: by time */
    uint64_t accounts;
    uint64_t seed;
    bool json;
};

/* Processor time, nanoseconds: what stays true of a figure on a machine that others use too. */
struct used {
    uint64_t client_ns;
    uint64_t daemon_ns;
    uint64_t gateway_ns;
};

struct run {
    const struct setting *setting;
    const struct jz_daemon *daemon;
    struct jz_client *client;
    uint64_t random;
    uint64_t sent_ns[TAG_SLOTS]; /* of the order with this number modulo the slots */
    uint64_t submitted;
    uint64_t answered;
    uint64_t measured; /* answered since the warm-up */
    uint64_t traded;   /* of these, executed at least in part on arrival */
    uint64_t refused;
    uint64_t start_ns; /* of measuring; 0: warming up */
    uint64_t end_ns;
    struct used used; /* while measuring */
    struct jz_histogram latency_ns;
};

static struct run run;

/* Processor time of a process with all its threads; 0 if it is gone. */
static uint64_t used_by(pid_t pid)
{
    char path[64];
    char text[1024];
    unsigned long user = 0;
    unsigned long kernel = 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return 0;
    }
    const size_t length = fread(text, 1, sizeof(text) - 1, file);
    (void)fclose(file);
    text[length] = '\0';
    const char *behind_name = strrchr(text, ')'); /* then: state, ten numbers, user, kernel */
    if (behind_name == NULL ||
        sscanf(behind_name + 1, " %*c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %lu %lu", &user,
               &kernel) != 2) {
        return 0;
    }
    return (user + kernel) * (NS_PER_SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

static struct used used_now(void)
{
    return (struct used){
        .client_ns = used_by(getpid()),
        .daemon_ns = used_by(run.daemon->pid),
        .gateway_ns = used_by(jz_daemon_gateway(run.daemon)),
    };
}

static uint64_t draw(void)
{
    run.random ^= run.random << 13;
    run.random ^= run.random >> 7;
    run.random ^= run.random << 17;
    return run.random;
}

static void hear_answer(void *context, const struct jz_answer *answer)
{
    (void)context;
    run.answered++;
    run.refused += answer->result != JZ_RESULT_DONE ? 1 : 0;
    if (run.start_ns != 0) {
        jz_histogram_add(&run.latency_ns, jz_bench_now_ns() - run.sent_ns[answer->tag % TAG_SLOTS]);
        run.measured++;
        run.traded += answer->executed_lots > 0 ? 1 : 0;
    }
}

/* Sends one command and waits; false, with a line on stderr, unless it is done. */
static bool call(const struct jz_command *command)
{
    struct jz_answer answer;
    const int status = jz_client_call(run.client, command, &answer);
    if (status != JZ_OK) {
        (void)fprintf(stderr, "jz-bench wire: %s\n", jz_status_text(status));
        return false;
    }
    if (answer.result != JZ_RESULT_DONE) {
        (void)fprintf(stderr, "jz-bench wire: set-up refused: %s\n",
                      jz_result_text((int)answer.result));
        return false;
    }
    return true;
}

/* Submits and polls until there is room; for set-up with many accounts. */
static bool push(const struct jz_command *command)
{
    int status = jz_client_submit(run.client, command, 0, NULL);
    while (status == JZ_EAGAIN) {
        if (jz_client_poll(run.client, 1000) < 0) {
            return false;
        }
        status = jz_client_submit(run.client, command, 0, NULL);
    }
    return status == JZ_OK;
}

static bool fund(uint32_t account, const char *currency)
{
    char source_id[JZ_SOURCE_ID_BYTES + 1];
    (void)snprintf(source_id, sizeof(source_id), "%s-%" PRIu32, currency, account);
    const struct jz_command open = {.kind = JZ_COMMAND_PUT_ACCOUNT, .account = {account}};
    const struct jz_command mint = {
        .kind = JZ_COMMAND_MINT,
        .account = {account},
        .credit = {.currency = currency, .source_id = source_id, .amount_points = FUNDS_POINTS}};
    return push(&open) && push(&mint);
}

/* Lists the market and funds the accounts: the first half buys, the other half sells. */
static bool set_up(void)
{
    const struct jz_command beans = {.kind = JZ_COMMAND_PUT_CURRENCY,
                                     .currency = {.code = "BEANS"}};
    const struct jz_command miles = {.kind = JZ_COMMAND_PUT_CURRENCY,
                                     .currency = {.code = "MILES"}};
    const struct jz_command market = {
        .kind = JZ_COMMAND_PUT_MARKET,
        .market = {.base = "BEANS", .quote = "MILES", .lot_points = 1, .quote_unit_points = 1}};
    if (!call(&beans) || !call(&miles) || !call(&market)) {
        return false;
    }
    for (uint32_t i = 0; i < run.setting->accounts; i++) {
        if (!fund(FIRST_ACCOUNT + i, i < run.setting->accounts / 2 ? "MILES" : "BEANS")) {
            return false;
        }
    }
    while (jz_client_unanswered(run.client) > 0) {
        if (jz_client_poll(run.client, 1000) < 0) {
            return false;
        }
    }
    if (run.refused > 0) {
        (void)fprintf(stderr, "jz-bench wire: an account could not be opened or funded\n");
        return false;
    }
    return true;
}

/* Places orders while the window has room. JZ_OK, or a status other than JZ_EAGAIN. */
static int place_orders(void)
{
    const uint64_t half = run.setting->accounts / 2;
    int status = JZ_OK;
    uint32_t room = jz_client_room(run.client);
    while (status == JZ_OK && room > 0) {
        const uint64_t random = draw();
        const bool is_buy = (random & 1) == 0;
        const struct jz_command order = {
            .kind = JZ_COMMAND_PLACE_ORDER,
            .account = {FIRST_ACCOUNT + (uint32_t)((random >> 8) % half + (is_buy ? 0 : half))},
            .place = {.symbol = SYMBOL,
                      .lots = 1 + (random >> 32) % LOTS_STEPS,
                      .price = PRICE_BASE + (random >> 40) % PRICE_STEPS,
                      .side = is_buy ? JZ_SIDE_BUY : JZ_SIDE_SELL},
        };
        run.sent_ns[run.submitted % TAG_SLOTS] = jz_bench_now_ns();
        status = jz_client_submit(run.client, &order, run.submitted, NULL);
        run.submitted += status == JZ_OK ? 1 : 0;
        room--;
    }
    return status == JZ_EAGAIN ? JZ_OK : status;
}

static bool is_over(uint64_t now_ns)
{
    const struct setting *setting = run.setting;
    if (run.start_ns == 0) {
        return false;
    }
    return setting->orders > 0 ? run.measured >= setting->orders
                               : now_ns - run.start_ns >= setting->seconds * NS_PER_SECOND;
}

static bool measure(void)
{
    const uint64_t begin_ns = jz_bench_now_ns();
    uint64_t now_ns = begin_ns;
    struct used begin = {0};
    run.answered = 0;
    while (!is_over(now_ns)) {
        int status = place_orders();
        if (status == JZ_OK) {
            status = jz_client_poll(run.client, 1000);
        }
        if (status < 0) {
            (void)fprintf(stderr, "jz-bench wire: %s\n", jz_status_text(status));
            return false;
        }
        now_ns = jz_bench_now_ns();
        if (run.start_ns == 0 && now_ns - begin_ns >= WARM_UP_NS) {
            begin = used_now();
            now_ns = jz_bench_now_ns();
            run.start_ns = now_ns;
        }
    }
    run.end_ns = now_ns;
    const struct used end = used_now();
    run.used.client_ns = end.client_ns - begin.client_ns;
    run.used.daemon_ns = end.daemon_ns - begin.daemon_ns;
    run.used.gateway_ns = end.gateway_ns - begin.gateway_ns;
    return true;
}

static void report(const struct setting *setting)
{
    struct jz_bench_report out;
    const uint64_t run_us = (run.end_ns - run.start_ns) / 1000 + 1;
    jz_bench_begin(&out, "wire", setting->json);
    jz_bench_text(&out, "transport", "tcp loopback, plain");
    jz_bench_text(&out, "durability", "journal, before each answer");
    jz_bench_count(&out, "orders_per_message", 1);
    jz_bench_count(&out, "window", setting->window);
    jz_bench_count(&out, "connections", 1);
    jz_bench_count(&out, "accounts", setting->accounts);
    jz_bench_count(&out, "trading_permille",
                   run.measured == 0 ? 0 : run.traded * 1000 / run.measured);
    jz_bench_count(&out, "orders", run.measured);
    jz_bench_count(&out, "refused", run.refused);
    jz_bench_count(&out, "orders_per_second", run.measured * 1000000 / run_us);
    jz_bench_latency(&out, &run.latency_ns);
    const uint64_t measured = run.measured == 0 ? 1 : run.measured;
    jz_bench_count(&out, "cpu_ns_client", run.used.client_ns / measured);
    jz_bench_count(&out, "cpu_ns_gateway", run.used.gateway_ns / measured);
    jz_bench_count(&out, "cpu_ns_engine_journal", run.used.daemon_ns / measured);
    jz_bench_end(&out);
}

/* Where this program lies: jiaozid lies beside it. */
static bool find_bin(char directory[PATH_BYTES])
{
    const ssize_t length = readlink("/proc/self/exe", directory, PATH_BYTES - 1);
    if (length <= 0) {
        return false;
    }
    directory[length] = '\0';
    char *slash = strrchr(directory, '/');
    if (slash == NULL) {
        return false;
    }
    *slash = '\0';
    return true;
}

static bool run_with(struct jz_daemon *daemon, const struct setting *setting)
{
    if (!jz_daemon_start(daemon)) {
        return false;
    }
    const struct jz_client_options options = {
        .struct_bytes = sizeof(options),
        .window = (uint32_t)setting->window,
        .requests = daemon->requests,
        .feed = daemon->feed,
        .on_answer = hear_answer,
    };
    run = (struct run){.setting = setting, .daemon = daemon, .random = setting->seed * 2 + 1};
    bool is_good = jz_client_create(&options, &run.client) == JZ_OK && set_up() && measure();
    jz_client_destroy(run.client);
    return is_good && jz_daemon_stop(daemon) == 0;
}

int jz_bench_wire(int argc, char **argv)
{
    struct setting setting = {.window = 256, .seconds = 5, .accounts = 1000, .seed = 1};
    const struct jz_bench_option options[] = {
        {"--window", "orders in flight", .number = &setting.window, .number_min = 1,
         .number_max = JZ_CLIENT_WINDOW_MAX},
        {"--seconds", "how long to measure, after half a second of warming up",
         .number = &setting.seconds, .number_min = 1, .number_max = 600},
        {"--orders", "measure so many orders instead", .number = &setting.orders},
        {"--accounts", "accounts that order, half of them buy", .number = &setting.accounts,
         .number_min = 2, .number_max = ACCOUNTS_MAX},
        {"--seed", "of the random orders", .number = &setting.seed, .number_max = 1u << 30},
        {"--directory", "where the journal is made and removed ($TMPDIR or /tmp)",
         .text = &setting.parent},
        {"--json", "one JSON object", .flag = &setting.json},
        {0},
    };
    const int code = jz_bench_parse(argc, argv, options);
    if (code >= 0) {
        return code;
    }
    char bin[PATH_BYTES];
    struct jz_daemon daemon;
    if (!find_bin(bin) || !jz_daemon_create(&daemon, bin, setting.parent)) {
        return 1;
    }
    const bool is_good = run_with(&daemon, &setting);
    jz_daemon_destroy(&daemon);
    if (is_good) {
        report(&setting);
    }
    return is_good ? 0 : 1;
}
