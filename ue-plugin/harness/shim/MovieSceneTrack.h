// Stand-in; see Shim/Sequence.h.
#pragma once
#include "Shim/Sequence.h"
