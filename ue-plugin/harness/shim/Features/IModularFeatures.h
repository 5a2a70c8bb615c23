// Stand-in; see Shim/Editor.h.
#pragma once
#include "Shim/Editor.h"
