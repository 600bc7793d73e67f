/* setup.c - what a replay needs before its first order: currencies, market, funded accounts. */
#include "clients/cli/replay.h"

#include <inttypes.h>
#include <stdio.h>

/* More than any recorded day moves, and four such credits stay below the cap of a currency. */
#define FUNDS_POINTS (UINT64_C(1) << 60)

static int put_currency(struct jz_cli *cli, const char *code, uint32_t scale)
{
    const struct jz_command command = {.kind = JZ_COMMAND_PUT_CURRENCY,
                                       .currency = {.code = code, .scale = scale}};
    struct jz_answer answer;
    return jz_cli_call(cli, &command, &answer);
}

/* Opens an account; one that is open already will do, whatever its role. */
static int open_account(struct jz_cli *cli, struct jz_account_id account)
{
    const struct jz_command command = {
        .kind = JZ_COMMAND_PUT_ACCOUNT, .account = account, .role = JZ_ROLE_MARKET_MAKER};
    struct jz_answer answer;
    const int status = jz_client_call(cli->client, &command, &answer);
    if (status != JZ_OK) {
        return jz_cli_fault(cli, status);
    }
    return answer.result == JZ_RESULT_DONE || answer.result == JZ_RESULT_CONFLICT
               ? JZ_EXIT_OK
               : jz_cli_refused(cli, answer.result, answer.field);
}

static int fund(struct jz_cli *cli, struct jz_account_id account, const char *currency)
{
    char source_id[JZ_SOURCE_ID_BYTES + 1];
    (void)snprintf(source_id, sizeof(source_id), "replay-%s-%" PRIu32, currency, account.value);
    const struct jz_command command = {
        .kind = JZ_COMMAND_MINT,
        .account = account,
        .credit = {.currency = currency, .source_id = source_id, .amount_points = FUNDS_POINTS}};
    struct jz_answer answer;
    return jz_cli_call(cli, &command, &answer);
}

int jz_setup_run(struct jz_cli *cli, const struct jz_replay_options *options)
{
    char base[JZ_CODE_BYTES];
    char quote[JZ_CODE_BYTES];
    if (!jz_cli_symbol(options->symbol, base, quote)) {
        return jz_cli_usage(cli, "'%s' is no market; write BASE/QUOTE", options->symbol);
    }
    const struct jz_command market = {.kind = JZ_COMMAND_PUT_MARKET,
                                      .market = {.base = base,
                                                 .quote = quote,
                                                 .lot_points = 1,
                                                 .quote_unit_points = 1,
                                                 .tick_price = options->tick_price}};
    struct jz_answer answer;
    int code = put_currency(cli, base, 0);
    if (code == JZ_EXIT_OK) {
        code = put_currency(cli, quote, 4);
    }
    if (code == JZ_EXIT_OK) {
        code = jz_cli_call(cli, &market, &answer);
    }
    if (code == JZ_EXIT_OK) {
        code = open_account(cli, options->buyer);
    }
    if (code == JZ_EXIT_OK) {
        code = open_account(cli, options->seller);
    }
    if (code == JZ_EXIT_OK) {
        code = fund(cli, options->buyer, quote);
    }
    if (code == JZ_EXIT_OK) {
        code = fund(cli, options->seller, base);
    }
    return code;
}
