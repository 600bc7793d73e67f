/* example.c - one order: Ana buys 10 lots of BEANS for MILES, and hears what became of it. */
#include "jiaozi/jiaozi.h"

#include <inttypes.h>
#include <stdio.h>

static void hear_report(void *context, const struct jz_execution *report)
{
    (void)context;
    printf("report %" PRIu64 ": %" PRIu64 " lots executed, %" PRIu64 " open\n", report->stream_seq,
           report->cum_lots, report->leaves_lots);
}

int main(int argc, char **argv)
{
    const struct jz_account_id ana = {101};
    const struct jz_client_options options = {
        .struct_bytes = sizeof(options),
        .requests = argc > 1 ? argv[1] : JZ_REQUESTS_DEFAULT,
        .accounts = &ana,
        .account_count = 1,
        .on_report = hear_report,
    };
    const struct jz_command buy = {
        .kind = JZ_COMMAND_PLACE_ORDER,
        .account = ana,
        .place = {.symbol = "BEANS/MILES", .lots = 10, .price = 31, .side = JZ_SIDE_BUY},
    };
    struct jz_client *client = NULL;
    struct jz_answer answer;
    int status = jz_client_create(&options, &client);
    if (status == JZ_OK) {
        status = jz_client_call(client, &buy, &answer); /* connects, sends, waits until durable */
    }
    if (status != JZ_OK) {
        printf("no answer: %s\n", jz_status_text(status));
    } else if (answer.result != JZ_RESULT_DONE) {
        printf("refused: %s\n", jz_result_text((int)answer.result));
    } else {
        printf("order %" PRIu64 " is number %" PRIu64 " in the journal\n", answer.order.value,
               answer.seq);
    }
    jz_client_destroy(client);
    return status == JZ_OK && answer.result == JZ_RESULT_DONE ? 0 : 1;
}
