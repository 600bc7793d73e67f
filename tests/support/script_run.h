/* script_run.h - plays scenario files and compares what comes out with what they expect.
 *
 * Each mismatch is one line, and the run goes on behind it:
 *
 *     tests/scenario/stp.scn:14: S28: expected "CXL 3 4 STP", found "RST 3 4@100"
 *     tests/scenario/stp.scn:31: S29: skipped: stp
 *
 * A scenario that comes to something the core cannot do yet stops there and counts as skipped, or
 * as failed if it had a mismatch before that point.
 */
#ifndef JZ_TESTS_SCRIPT_RUN_H
#define JZ_TESTS_SCRIPT_RUN_H

#include "tests/support/script.h"

#include <stdint.h>
#include <stdio.h>

struct jz_script_totals {
    uint32_t passed;
    uint32_t failed;
    uint32_t skipped;
};

/* Runs all scenarios of a script that was read without an error, each in a core of its own, adds to
 * the totals and writes what does not fit to out. */
void jz_script_run(const struct jz_script *script, FILE *out, struct jz_script_totals *totals);

/* Writes the last line: "3 passed, 0 failed", with ", 2 skipped" if any was. */
void jz_script_run_tell(const struct jz_script_totals *totals, FILE *out);

#endif /* JZ_TESTS_SCRIPT_RUN_H */
