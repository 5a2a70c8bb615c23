// Stand-in; see Shim/Automation.h.
#pragma once
#include "Shim/Automation.h"
