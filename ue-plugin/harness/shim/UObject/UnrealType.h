// Stand-in; see Shim/Object.h.
#pragma once
#include "Shim/Object.h"
