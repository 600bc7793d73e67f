/* order.c - one order: placed, replaced, cancelled. */
#include "clients/cli/cli.h"
#include "clients/cli/table.h"
#include "gateway/wire/wire.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 5

enum { KEY_IOC = 0x200, KEY_ID };

struct order {
    struct jz_cli *cli;
    const char *words[WORDS_MAX]; /* arguments that are no options */
    int word_count;
    const char *client_id;
    bool is_ioc;
};

static error_t parse_order(int key, char *arg, struct argp_state *state)
{
    struct order *order = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = order->cli;
        return 0;
    case KEY_IOC:
        order->is_ioc = true;
        return 0;
    case KEY_ID:
        if (strlen(arg) == 0 || strlen(arg) > JZ_CLIENT_ID_BYTES) {
            argp_error(state, "--id takes 1 to %u bytes", JZ_CLIENT_ID_BYTES);
        }
        order->client_id = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (order->word_count == WORDS_MAX) {
            argp_error(state, "'%s' is one argument too many", arg);
        }
        order->words[order->word_count++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&jz_cli_argp, 0, NULL, 0}, {0}};

/* Sends the command and prints how the order stands; verb: what cum_lots means. */
static int run(struct jz_cli *cli, const struct jz_command *command, const char *verb)
{
    struct jz_answer answer;
    const int code = jz_cli_call(cli, command, &answer);
    if (code != JZ_EXIT_OK) {
        return code;
    }
    if (cli->json) {
        json_t *object = jz_cli_json_answer(&answer);
        (void)json_object_set_new(object, "order_id", jz_cli_json_number(answer.order.value));
        (void)json_object_set_new(object, "status",
                                  json_string(jz_wire_status_word((int)answer.order_status)));
        (void)json_object_set_new(object, "cum_lots", jz_cli_json_number(answer.executed_lots));
        (void)json_object_set_new(object, "leaves_lots", jz_cli_json_number(answer.leaves_lots));
        jz_cli_print_json(object);
        return JZ_EXIT_OK;
    }
    char done[JZ_NUMBER_BYTES];
    char open[JZ_NUMBER_BYTES];
    printf("order %" PRIu64 " is %s: %s lots %s, %s open (seq %" PRIu64 ")\n", answer.order.value,
           jz_wire_status_word((int)answer.order_status),
           jz_table_group(done, answer.executed_lots), verb,
           jz_table_group(open, answer.leaves_lots), answer.seq);
    return JZ_EXIT_OK;
}

int jz_order_place(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"ioc", KEY_IOC, NULL, 0, "what does not trade at once is cancelled", 1},
        {"id", KEY_ID, "CLIENT_ID", 0, "your own name for the order, 1 to 16 bytes", 1},
        {0},
    };
    static const struct argp argp = {
        .options = options,
        .parser = parse_order,
        .args_doc = "buy|sell ACCOUNT SYMBOL LOTS PRICE",
        .doc = "Places a limit order. PRICE is in quote units per lot.",
        .children = children,
    };
    struct order order = {.cli = cli};
    jz_cli_parse(cli, &argp, argc, argv, &order);
    struct jz_command command = {.kind = JZ_COMMAND_PLACE_ORDER};
    uint64_t account = 0;
    if (order.word_count != WORDS_MAX) {
        return jz_cli_usage(cli, "it takes buy or sell, ACCOUNT, SYMBOL, LOTS and PRICE");
    }
    if (strcmp(order.words[0], "buy") != 0 && strcmp(order.words[0], "sell") != 0) {
        return jz_cli_usage(cli, "'%s' is neither buy nor sell", order.words[0]);
    }
    if (!jz_cli_number(order.words[1], 1, UINT32_MAX, &account)) {
        return jz_cli_usage(cli, "'%s' is no account number", order.words[1]);
    }
    if (!jz_cli_number(order.words[3], 0, UINT64_MAX, &command.place.lots) ||
        !jz_cli_number(order.words[4], 0, UINT64_MAX, &command.place.price)) {
        return jz_cli_usage(cli, "LOTS and PRICE are whole numbers");
    }
    command.account.value = (uint32_t)account;
    command.place.symbol = order.words[2];
    command.place.client_id = order.client_id;
    command.place.side = order.words[0][0] == 'b' ? JZ_SIDE_BUY : JZ_SIDE_SELL;
    command.place.time_in_force = order.is_ioc ? JZ_TIF_IOC : JZ_TIF_GTC;
    return run(cli, &command, "executed");
}

/* Reads ACCOUNT and, unless --id named the order, ORDER. Returns how many words that took, 0 after
 * telling what is wrong. */
static int read_which(const struct order *order, struct jz_command *command)
{
    uint64_t account = 0;
    if (order->word_count < 1 || !jz_cli_number(order->words[0], 1, UINT32_MAX, &account)) {
        (void)jz_cli_usage(order->cli, "an account number comes first");
        return 0;
    }
    command->account.value = (uint32_t)account;
    command->change.client_id = order->client_id;
    if (order->client_id != NULL) {
        return 1;
    }
    if (order->word_count < 2 ||
        !jz_cli_number(order->words[1], 1, UINT64_MAX, &command->change.order.value)) {
        (void)jz_cli_usage(order->cli, "which order? give its number, or --id with your own name");
        return 0;
    }
    return 2;
}

static const struct argp_option change_options[] = {
    {"id", KEY_ID, "CLIENT_ID", 0, "the order with this name, instead of ORDER", 1},
    {0},
};

int jz_order_cancel(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp argp = {
        .options = change_options,
        .parser = parse_order,
        .args_doc = "ACCOUNT ORDER\nACCOUNT --id CLIENT_ID",
        .doc = "Cancels an order.",
        .children = children,
    };
    struct order order = {.cli = cli};
    jz_cli_parse(cli, &argp, argc, argv, &order);
    struct jz_command command = {.kind = JZ_COMMAND_CANCEL_ORDER};
    const int words = read_which(&order, &command);
    if (words == 0) {
        return JZ_EXIT_USAGE;
    }
    if (order.word_count != words) {
        return jz_cli_usage(cli, "'%s' is one argument too many", order.words[words]);
    }
    return run(cli, &command, "cancelled");
}

int jz_order_replace(struct jz_cli *cli, int argc, char **argv)
{
    static const struct argp argp = {
        .options = change_options,
        .parser = parse_order,
        .args_doc = "ACCOUNT ORDER LOTS PRICE\nACCOUNT --id CLIENT_ID LOTS PRICE",
        .doc = "Gives an order a new number of open lots and a new price. Fewer lots at the same "
               "price keep its place; all else puts it behind the others.",
        .children = children,
    };
    struct order order = {.cli = cli};
    jz_cli_parse(cli, &argp, argc, argv, &order);
    struct jz_command command = {.kind = JZ_COMMAND_REPLACE_ORDER};
    const int words = read_which(&order, &command);
    if (words == 0) {
        return JZ_EXIT_USAGE;
    }
    if (order.word_count != words + 2 ||
        !jz_cli_number(order.words[words], 0, UINT64_MAX, &command.change.lots) ||
        !jz_cli_number(order.words[words + 1], 0, UINT64_MAX, &command.change.price)) {
        return jz_cli_usage(cli, "the new LOTS and PRICE come last, as whole numbers");
    }
    return run(cli, &command, "executed");
}
