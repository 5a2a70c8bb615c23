// Stand-in; see Shim/LiveLink.h.
#pragma once
#include "Shim/LiveLink.h"
