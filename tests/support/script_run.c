/* script_run.c - line by line: a command, the events behind it, the assertions behind those. */
#include "tests/support/script_run.h"

#include "tests/support/script_core.h"

#include <string.h>

struct player {
    const struct jz_script *script;
    const struct jz_script_scenario *scenario;
    struct jz_script_core core;
    FILE *out;
    uint32_t mismatches;
};

/* NULL stands for nothing at all. */
static void tell_mismatch(struct player *player, uint32_t number, const char *expected,
                          const char *found)
{
    const char *mark_expected = expected == NULL ? "" : "\"";
    const char *mark_found = found == NULL ? "" : "\"";
    (void)fprintf(player->out, "%s:%u: %s: expected %s%s%s, found %s%s%s\n", player->script->path,
                  number, player->scenario->id, mark_expected,
                  expected == NULL ? "no event" : expected, mark_expected, mark_found,
                  found == NULL ? "no event" : found, mark_found);
    player->mismatches++;
}

static void tell_fault(struct player *player, uint32_t number)
{
    if (player->core.fault != NULL) {
        (void)fprintf(player->out, "%s:%u: %s: expected all invariants to hold, found \"%s\"\n",
                      player->script->path, number, player->scenario->id, player->core.fault);
        player->mismatches++;
    }
}

/* Compares the events of the command at `place` with the lines behind it. Returns the place of the
 * first line that is none of them. */
static uint32_t compare_events(struct player *player, uint32_t place)
{
    const struct jz_script_scenario *scenario = player->scenario;
    const uint32_t command = scenario->lines[place].number;
    const struct jz_script_found *found = &player->core.found;
    const char *next = found->text;
    uint32_t left = found->count;
    for (place++; place < scenario->line_count; place++) {
        const struct jz_script_line *line = &scenario->lines[place];
        if (line->kind != JZ_SCRIPT_EVENT) {
            break;
        }
        const char *event = left > 0 ? next : NULL;
        if (event == NULL || strcmp(event, line->text) != 0) {
            tell_mismatch(player, line->number, line->text, event);
        }
        if (event != NULL) {
            next += strlen(next) + 1;
            left--;
        }
    }
    for (; left > 0; left--) {
        tell_mismatch(player, command, NULL, next);
        next += strlen(next) + 1;
    }
    return place;
}

static void check_assertion(struct player *player, const struct jz_script_line *line)
{
    jz_script_core_tell(&player->core, &line->assertion);
    if (strcmp(player->core.found.text, line->text) != 0) {
        tell_mismatch(player, line->number, line->text, player->core.found.text);
    }
}

/* The word to skip at, NULL if the scenario was played to its end. */
static const char *play(struct player *player, uint32_t *number)
{
    const struct jz_script_scenario *scenario = player->scenario;
    uint32_t place = 0;
    tell_fault(player, scenario->number);
    while (place < scenario->line_count) {
        const struct jz_script_line *line = &scenario->lines[place];
        const char *word = jz_script_line_unsupported(line);
        *number = line->number;
        if (word != NULL) {
            return word;
        }
        if (line->kind == JZ_SCRIPT_ASSERTION) {
            check_assertion(player, line);
            place++;
            continue;
        }
        jz_script_core_apply(&player->core, line);
        tell_fault(player, line->number);
        if (jz_script_core_has_cycle(&player->core)) {
            return "implied";
        }
        place = compare_events(player, place);
    }
    return NULL;
}

void jz_script_run(const struct jz_script *script, FILE *out, struct jz_script_totals *totals)
{
    for (uint32_t i = 0; i < script->scenario_count; i++) {
        struct player player = {
            .script = script, .scenario = &script->scenarios[i], .out = out, .mismatches = 0};
        uint32_t number = player.scenario->number;
        jz_script_core_start(&player.core, player.scenario);
        const char *word = play(&player, &number);
        jz_script_core_stop(&player.core);
        if (word != NULL) {
            (void)fprintf(out, "%s:%u: %s: skipped: %s\n", script->path, number,
                          player.scenario->id, word);
        }
        totals->failed += player.mismatches > 0 ? 1 : 0;
        totals->skipped += player.mismatches == 0 && word != NULL ? 1 : 0;
        totals->passed += player.mismatches == 0 && word == NULL ? 1 : 0;
    }
}

void jz_script_run_tell(const struct jz_script_totals *totals, FILE *out)
{
    (void)fprintf(out, "%u passed, %u failed", totals->passed, totals->failed);
    if (totals->skipped > 0) {
        (void)fprintf(out, ", %u skipped", totals->skipped);
    }
    (void)fprintf(out, "\n");
}
