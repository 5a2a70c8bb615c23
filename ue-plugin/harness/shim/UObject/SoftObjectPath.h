// Stand-in; see Shim/Program.h.
#pragma once
#include "Shim/Program.h"
