/* replay.h - recorded order flow on its way through the exchange, and what came of it. */
#ifndef JZ_CLI_REPLAY_H
#define JZ_CLI_REPLAY_H

#include "clients/cli/cli.h"
#include "clients/cli/compare.h"
#include "clients/cli/draw.h"
#include "clients/cli/flow.h"
#include "clients/cli/progress.h"
#include "engine/base/histogram.h"

#include <stdbool.h>
#include <stdint.h>

#define JZ_REPLAY_WINDOW_DEFAULT 256u

struct jz_replay_options {
    struct jz_flow_paths paths;
    const char *path;  /* as given: a directory or a commands file */
    const char *fills; /* instead of the file beside it; NULL: that one */
    const char *books;
    const char *symbol; /* market that takes the orders */
    struct jz_account_id buyer;
    struct jz_account_id seller;
    uint64_t tick_price; /* setup: of the market */
    uint64_t limit;      /* commands to send; 0: all */
    uint32_t window;     /* commands in flight */
    bool has_setup;      /* list currencies and market, open and fund the accounts first */
};

struct jz_replay {
    struct jz_cli *cli;
    const struct jz_replay_options *options;
    struct jz_flow *flow;
    struct jz_flow_step step; /* read and not yet submitted, if has_step */
    bool has_step;
    bool is_at_end; /* of the flow */
    const struct jz_mirror *mirror;
    struct jz_compare compare;
    struct jz_histogram latency_ns; /* submit to answer */
    struct jz_progress progress;
    uint64_t sent_ns[JZ_CLIENT_WINDOW_MAX]; /* of a command in flight: its number modulo this */
    uint64_t submitted;
    uint64_t answered;
    uint64_t start_ns;
    uint64_t end_ns;
    uint64_t down_ns;  /* since when there is no connection; 0: there is one */
    uint64_t moved_ns; /* the last time that anything was submitted or answered */
    uint64_t connect_count;
    uint64_t resent;          /* commands that went out once more because a connection was lost */
    struct jz_answer refusal; /* without a number: the run ends; result 0: there is none */
    bool is_disordered;       /* an answer came before that to an earlier command */
    struct jz_draw_book final_book;
};

/* Lists the two currencies and the market, opens both accounts and gives the buyer quote points and
 * the seller base points. Doing it again changes nothing but the balances. Returns the exit code.
 */
int jz_setup_run(struct jz_cli *cli, const struct jz_replay_options *options);

/* Prints what came of it, as a table or as JSON. */
void jz_summary_print(const struct jz_replay *replay);

#endif /* JZ_CLI_REPLAY_H */
