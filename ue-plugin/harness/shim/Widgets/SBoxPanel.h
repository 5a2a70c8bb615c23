// Stand-in; see Shim/Slate.h.
#pragma once
#include "Shim/Slate.h"
