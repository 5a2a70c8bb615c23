// Stand-in; see Shim/Core.h.
#pragma once
#include "Shim/Core.h"
