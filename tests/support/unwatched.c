/* unwatched.c - tells the thread sanitizer to leave libzmq alone.
 *
 * The distribution's libzmq is not built with the sanitizer: it sees its memory, but not the
 * operations by which its threads hand it over, and would report each message as a race. What our
 * own code does with memory is watched as ever. For every test with ZeroMQ sockets.
 */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libzmq.so\n";
}
