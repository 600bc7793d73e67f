/* replay.c - main of a fuzz target where there is no libFuzzer: runs it once over every file of the
 * folders and files that are named, in order. A corpus without a file is an error, since nothing
 * would have been tested.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t data_bytes);

static unsigned files_count;

static _Noreturn void give_up(const char *path)
{
    perror(path);
    exit(1);
}

/* The bytes lie in a block of exactly their length, so that reading past them is noticed. */
static void run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat facts;

    if (file == NULL || fstat(fileno(file), &facts) != 0) {
        give_up(path);
    }
    const size_t data_bytes = (size_t)facts.st_size;
    uint8_t *data = malloc(data_bytes);
    if ((data == NULL && data_bytes > 0) || fread(data, 1, data_bytes, file) != data_bytes) {
        give_up(path);
    }
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, data_bytes);
    free(data);
    files_count++;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_folder(const char *folder)
{
    struct dirent **entries = NULL;
    const int entries_count = scandir(folder, &entries, is_visible, alphasort);

    if (entries_count < 0) {
        give_up(folder);
    }
    for (int i = 0; i < entries_count; i++) {
        char path[4096];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        run_file(path);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat facts;
        if (stat(argv[i], &facts) != 0) {
            give_up(argv[i]);
        }
        if (S_ISDIR(facts.st_mode)) {
            run_folder(argv[i]);
        } else {
            run_file(argv[i]);
        }
    }
    (void)printf("%u files replayed\n", files_count);
    return files_count > 0 ? 0 : 1;
}
