// What csimd/every_instruction_set.h and the headers beside it need, to be included before a namespace is opened for them.
#pragma once

#include "../csimd.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
