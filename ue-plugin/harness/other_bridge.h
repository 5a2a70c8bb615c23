// Included first where a test wants headers of another bridge than the archive's: CycloramaCoreModule.cpp then sees
// another number than the archive says.
#pragma once

#include "Bridge/abi.h"

#define ABI_HASH ABI_HASH + 1
