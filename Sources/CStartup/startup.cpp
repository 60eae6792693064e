// The first code of the program.
//
// libtorch fills its tables of operations before `main`. Where memory is limited (`ulimit -v`) that ends in std::bad_alloc, which
// nobody can catch there, and a dump of registers. Functions in .preinit_array of an executable run before the constructors of
// its libraries, so that the last words are ours.

#include "include/cstartup.h"

#if defined(__linux__)

#include <exception>
#include <new>
#include <string.h>
#include <unistd.h>

namespace {

void say(const char *text) {
  // There is no better place to complain.
  if (write(STDERR_FILENO, text, strlen(text)) < 0) return;
}

[[noreturn]] void endBriefly() {
  try {
    if (auto reason = std::current_exception()) std::rethrow_exception(reason);
  } catch (const std::bad_alloc &) {
    say("Error: There is not enough memory to start. Raise the limit (ulimit -v), or end other programs.\n");
    _exit(1);
  } catch (const std::exception &error) {
    say("Error: ");
    say(error.what());
    say("\n");
  } catch (...) {
  }
  say("Error: a fault of the program, not of its input. Please report it.\n");
  _exit(70);
}

void beforeLibraries(int, char **, char **) { std::set_terminate(endBriefly); }

__attribute__((section(".preinit_array"), used)) void (*const first)(int, char **, char **) = beforeLibraries;

}  // namespace

#endif

void cstartup_link(void) {}
